"""The Products pane: the catalogue, searching, scoring, importing."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from segops_tui.api.errors import ConnectionFailed
from segops_tui.tui.core.links import Link
from segops_tui.tui.core.opened import Opened

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from conftest import Asker
    from segops_tui.tui.products.pane import ProductsPane

GOOD = "SKU,Name,Brand,Price\n" + "".join(
    f"sku-{number},Lamp {number},Acme,{number}.50\n" for number in range(1, 31)
)
SHOPIFY = "Handle,Title,Variant SKU\n" + "".join(
    f"lamp-{number},Lamp {number},\n" for number in range(1, 6)
)


def pane_of(pilot: Pilot[Any]) -> ProductsPane:
    """The pane, whatever dialog may still stand before it."""
    screens = reversed(pilot.app.screen_stack)
    return next(screen.pane for screen in screens if hasattr(screen, "pane"))


@pytest.fixture
def catalogue(ask: Asker) -> None:
    """250 products with a brand and a price."""
    fields = [{"name": "brand", "type": "string"}, {"name": "price", "type": "price"}]
    ask.ok("PUT", "/api/pim/schema/", {"fields": fields})
    products = [
        {"sku": f"s{n:03}", "name": f"Lamp {n:03}", "data": {"brand": "Acme", "price": n}}
        for n in range(1, 251)
    ]
    ask.ok("POST", "/api/pim/products/bulk/", {"products": products})


async def test_only_the_pages_in_sight_are_asked_for(stage, catalogue, seen, reached):
    """The title has the whole count, the table one page; the end costs one more."""
    async with stage.run(place="products") as pilot:
        await reached(pilot, lambda: "Products 250 of 250" in seen(pilot))
        listed = [call for call in stage.door.asked if call.startswith("GET /pim/products/?")]
        assert listed == ["GET /pim/products/?page=1&page_size=100"]

        await pilot.press("end")
        await reached(pilot, lambda: "Lamp 250" in seen(pilot))
        listed = [call for call in stage.door.asked if call.startswith("GET /pim/products/?")]
        assert len(listed) <= 3


async def test_the_schema_s_fields_are_columns(stage, catalogue, seen, reached):
    """Names come from the workspace."""
    async with stage.run(place="products", size=(160, 30)) as pilot:
        await reached(pilot, lambda: "BRAND" in seen(pilot))
        assert "PRICE" in seen(pilot)


async def test_words_typed_in_one_go_are_one_search_of_the_server_s(stage, catalogue, reached):
    """No word is asked for while the next one is being typed."""
    async with stage.run(place="products") as pilot:
        await pilot.press("slash")
        for end in range(1, 9):
            pilot.app.screen.focused.value = '"lamp 01'[:end]
        await reached(pilot, lambda: pane_of(pilot).counts() == (10, 250))

        searched = [call for call in stage.door.asked if "q=" in call]
        assert searched == ["GET /pim/products/?q=lamp 01&page=1&page_size=100"]

        await pilot.press("escape")
        await reached(pilot, lambda: pane_of(pilot).counts() == (250, 250))


async def test_a_slow_answer_to_an_older_word_never_shows(stage, catalogue, typed, gated, reached):
    async with stage.run(place="products") as pilot:
        await pilot.press("slash")
        with gated(stage, lambda call: "q=lamp 0&" in call):
            await typed(pilot, '"lamp 0')
            await reached(pilot, lambda: any("q=lamp 0&" in call for call in stage.door.asked))
            await typed(pilot, "1")
            await reached(pilot, lambda: pane_of(pilot).counts() == (10, 250))
        await pilot.pause()

        assert pane_of(pilot).counts() == (10, 250)


async def test_a_product_tells_every_attribute(stage, catalogue, seen, reached):
    """The detail has what the columns have no room for."""
    async with stage.run(place="products") as pilot:
        await reached(pilot, lambda: "brand" in seen(pilot))
        assert "Acme" in seen(pilot)


async def test_a_score_comes_with_its_dimensions_and_advice(stage, catalogue, seen, reached):
    """`s` scores; the tab shows four bars and what would raise the total."""
    async with stage.run(place="products", size=(140, 40)) as pilot:
        await reached(pilot, lambda: pane_of(pilot).row is not None)
        await pilot.press("c", "right_square_bracket")
        await reached(pilot, lambda: "of 100" in seen(pilot) and "/25" in seen(pilot))

        assert seen(pilot).count("/25") == 4
        assert "What would raise it" in seen(pilot)
        assert pilot.app.workspace.log.entries[-1].command == "segops-tui products score 1"


async def test_scoring_is_a_job_and_its_row_says_so(stage, catalogue, seen, reached, gated):
    """A job in the tray for each; the cell turns, and then has the figure."""
    async with stage.run(place="products", size=(140, 40)) as pilot:
        await reached(pilot, lambda: pane_of(pilot).row is not None)
        with gated(stage, lambda call: call.startswith("POST")):
            await pilot.press("space", "space", "c")
            await reached(pilot, lambda: len(pilot.app.workspace.jobs.progress) == 2)
            await reached(pilot, lambda: seen(pilot).count("◐ …") == 2)
        await reached(pilot, lambda: len(pilot.app.workspace.jobs.outcomes) == 2)
        await reached(pilot, lambda: len(re.findall(r"[●◍○] +\d+", seen(pilot))) == 2)

        assert not pane_of(pilot).table.marked


async def test_all_are_scored_after_a_question_that_counts(stage, catalogue, seen, reached):
    """Whatever is searched for, all means all."""
    async with stage.run(place="products", size=(140, 40)) as pilot:
        await reached(pilot, lambda: pane_of(pilot).row is not None)
        await pilot.press("C")
        await pilot.pause()
        assert "Score all 250 products?" in seen(pilot)
        await pilot.press("y")
        await reached(pilot, lambda: pilot.app.workspace.jobs.outcomes)

        await reached(pilot, lambda: pane_of(pilot).row.ai_readability_score is not None)
        assert pilot.app.workspace.log.entries[-1].command == "segops-tui products score-all --yes"


async def test_facets_narrow_on_the_server_together_with_the_search(
    stage, catalogue, ask, seen, reached, typed
):
    """Words find the value, its products are counted, the border has it, esc takes it away."""
    for number, brand in enumerate(["Fern", "Fern", "[/b]"]):
        data = {"brand": brand}
        ask.ok(
            "POST",
            "/api/pim/products/",
            {"sku": f"x{number}", "name": f"Lamp x{number}", "data": data},
        )
    async with stage.run(place="products", size=(140, 40)) as pilot:
        await reached(pilot, lambda: pane_of(pilot).counts() == (253, 253))
        await pilot.press("f")
        await reached(pilot, lambda: "BRAND  3 values" in seen(pilot))
        assert "[/b]" in seen(pilot)
        await typed(pilot, "fern")
        await reached(pilot, lambda: "brand=Fern   2 products" in seen(pilot))
        await pilot.press("enter")
        await reached(pilot, lambda: pane_of(pilot).counts() == (2, 253))
        assert "brand=Fern" in seen(pilot)
        assert "GET /pim/products/?brand=Fern&page=1&page_size=100" in stage.door.asked
        line = "segops-tui products list --where brand=Fern"
        assert pilot.app.workspace.log.entries[-1].command == line

        await pilot.press("slash")
        await typed(pilot, "x1")
        await reached(pilot, lambda: pane_of(pilot).counts() == (1, 253))
        await pilot.press("escape")
        await reached(pilot, lambda: pane_of(pilot).counts() == (2, 253))
        await pilot.press("escape")
        await reached(pilot, lambda: pane_of(pilot).counts() == (253, 253))


async def test_several_facets_are_taken_at_once_and_all_given_back(shop, seen, reached, typed):
    """tab takes one more, enter is done; ctrl+x narrows by nothing."""
    async with shop.run(place="products", size=(140, 40)) as pilot:
        await pilot.press("f")
        await reached(pilot, lambda: "enter choose" in seen(pilot))
        await typed(pilot, "ridge")
        await pilot.press("tab", "ctrl+u")
        await typed(pilot, "moss")
        await pilot.press("tab")
        await reached(pilot, lambda: "✓ Moss" in seen(pilot))
        await pilot.press("enter")
        wanted = {"brand": "Ridge Assembly", "color": "Moss"}
        await reached(pilot, lambda: pane_of(pilot).source.where == wanted)
        await reached(pilot, lambda: pane_of(pilot).counts() == (9, 2104))

        await pilot.press("f")
        await reached(pilot, lambda: "enter choose" in seen(pilot))
        await pilot.press("ctrl+x")
        await reached(pilot, lambda: pane_of(pilot).counts() == (2104, 2104))


async def test_a_value_that_is_not_on_offer_is_asked_for_exactly(
    stage, catalogue, seen, reached, typed
):
    """And what nothing has says so, with the way back."""
    async with stage.run(place="products") as pilot:
        await pilot.press("f")
        await reached(pilot, lambda: "enter choose" in seen(pilot))
        pilot.app.screen.query_one("Input").value = "brand=Nobody"
        await pilot.press("enter")
        await reached(
            pilot, lambda: "No product has brand=Nobody. Press esc to show more." in seen(pilot)
        )
        await pilot.press("escape")
        await reached(pilot, lambda: pane_of(pilot).counts() == (250, 250))


async def test_a_value_is_found_in_any_case_and_an_exact_one_says_how_else_to_write_it(
    shop, gated, seen, reached, typed
):
    """The server compares values in their case: `f` offers the one it has, `:` finds any."""
    async with shop.run(place="products", size=(80, 24)) as pilot:
        await pilot.press("f")
        await reached(pilot, lambda: "enter choose" in seen(pilot))
        pilot.app.screen.query_one("Input").value = "Color=pine"
        await reached(pilot, lambda: "= color=pine  exactly" in seen(pilot))
        await pilot.press("enter")
        await reached(pilot, lambda: pane_of(pilot).source.where == {"color": "Pine"})
        await pilot.press("escape")

        with gated(shop, lambda _call: True):
            pane_of(pilot).show_filter("color:pine")
            await reached(pilot, lambda: "◌ searching …" in seen(pilot))
            assert "Products 0 of" not in seen(pilot)
        pane_of(pilot).show_filter("color=pine")
        await reached(pilot, lambda: "“pine” in this case only; color:pine in any" in seen(pilot))


async def test_a_list_that_could_not_be_read_does_not_say_it_is_being_searched(
    stage, seen, reached
):
    stage.open_client()
    stage.door.error = ConnectionFailed("down")
    async with stage.console(place="products").run_test(size=(120, 30)) as pilot:
        await reached(pilot, lambda: "Cannot reach the server" in seen(pilot))
        await reached(pilot, lambda: "schema not read; columns as in the rows ─╯" in seen(pilot))


async def test_a_search_of_a_dead_server_says_so_and_is_tried_again(
    stage, catalogue, seen, reached
):
    """Rows that were to be sorted stay meanwhile."""
    async with stage.run(place="products") as pilot:
        await reached(pilot, lambda: "Lamp 001" in seen(pilot))
        pane = pane_of(pilot)
        stage.door.error = ConnectionFailed("down")
        pane.source.sort_by("name", descending=True)
        await reached(pilot, lambda: "Cannot reach the server" in seen(pilot))
        assert "Lamp 001" in seen(pilot)

        pane.show_filter("lamp 25")
        await reached(pilot, lambda: "Not fetched: the server did not answer." in seen(pilot))
        assert "loading" not in seen(pilot)
        assert not pane.detail.display

        stage.door.error = None
        pane._again()
        await reached(pilot, lambda: pane.counts() == (4, 250))
        assert pane.detail.display

        stage.door.error = ConnectionFailed("down")
        pane.source.sort_by(None)
        pane.show_filter("24")
        await reached(pilot, lambda: "could not load" in seen(pilot))
        assert not pane.detail.display


async def test_facets_that_cannot_be_had_are_said_to_be_missing(stage, catalogue, reached, told):
    """The list stays."""
    async with stage.run(place="products") as pilot:
        await reached(pilot, lambda: pane_of(pilot).row is not None)
        stage.door.status = 503
        await pilot.press("f")
        await reached(pilot, lambda: "No facets" in told(pilot))


def line_of(pilot: Pilot[Any], name: str) -> Any:
    slug = name.replace(".", "-2e-")
    return pilot.app.screen.query_one(f"#field-{slug}")


async def test_a_product_is_made_in_a_form_of_the_schema_s_fields(
    stage, catalogue, ask, seen, reached
):
    """It is gone to, at the end of the catalogue; a SKU that exists is refused at its line."""
    async with stage.run(place="products", size=(120, 40)) as pilot:
        await reached(pilot, lambda: pane_of(pilot).schema.fields)
        await pilot.press("n")
        await pilot.pause()
        line_of(pilot, "sku").value = "s001"
        line_of(pilot, "name").value = "Fern [lamp]"
        line_of(pilot, "data.brand").value = "Fern"
        line_of(pilot, "data.price").value = "19.90"
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: "product with this sku already exists." in seen(pilot))

        line_of(pilot, "sku").value = "fern-1"
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: pane_of(pilot).counts() == (251, 251))
        await reached(pilot, lambda: pane_of(pilot).row.sku == "fern-1")
        price = {"amount": 19.9, "currency": "USD"}
        assert pane_of(pilot).row.data == {"brand": "Fern", "price": price}
        assert "--set data.brand=Fern" in pilot.app.workspace.log.entries[-1].command


async def test_a_changed_attribute_is_sent_with_all_the_others(stage, catalogue, reached, seen):
    """The SKU stays; a fault is said while it is typed and nothing leaves."""
    async with stage.run(place="products", size=(120, 40)) as pilot:
        await reached(pilot, lambda: pane_of(pilot).schema.fields)
        await pilot.press("e")
        await pilot.pause()
        line_of(pilot, "data.price").value = "dear"
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: "An amount and a currency" in seen(pilot))
        assert not any(call.startswith("PATCH") for call in stage.door.asked)

        line_of(pilot, "data.price").value = "12"
        line_of(pilot, "data.brand").value = ""
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: pane_of(pilot).row.data == {"price": 12})
        command = pilot.app.workspace.log.entries[-1].command
        assert command == (
            'segops-tui products update 1 --set \'data={"brand": null, "price": 12}\''
        )


async def test_an_attribute_is_set_on_every_marked_product(stage, catalogue, reached, seen, told):
    """Asked about with the count, sent in bulk, and nothing else of them changes."""
    async with stage.run(place="products", size=(120, 40)) as pilot:
        await reached(pilot, lambda: pane_of(pilot).schema.fields)
        await pilot.press("space", "space", "space", "b")
        await pilot.pause()
        pilot.app.screen.query_one("#field-field").value = "price"
        line_of(pilot, "value").value = "dear"
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: "An amount and a currency" in seen(pilot))
        line_of(pilot, "value").value = "5 EUR"
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: "Change 3 products?" in seen(pilot))
        assert "price = 5 EUR" in seen(pilot)
        await pilot.press("y")
        await reached(pilot, lambda: "price = 5 EUR, of 3 products" in told(pilot))
        price = {"amount": 5, "currency": "EUR"}
        await reached(pilot, lambda: pane_of(pilot).table.row_at(2).data["price"] == price)

        assert pane_of(pilot).table.row_at(2).data["brand"] == "Acme"
        assert stage.door.asked.count("POST /pim/products/bulk/") == 1
        command = pilot.app.workspace.log.entries[-1].command
        assert command.startswith("segops-tui products bulk-upsert - <<< ")


async def test_a_locked_profile_changes_no_product(stage, catalogue, reached, told):
    """Every key that would says why it does not."""
    stage.profile = stage.profile._replace(guard="read-only")
    async with stage.run(place="products", open_client=lambda: locked(stage)) as pilot:
        await reached(pilot, lambda: pane_of(pilot).row is not None)
        for key in "nebcCd":
            await pilot.press(key)
            await pilot.pause()
            assert not pilot.app.screen.is_modal
        assert told(pilot).count("Nothing is changed here.") >= 6
        assert all(call.startswith("GET") for call in stage.door.asked)


def locked(stage: Any) -> Opened:
    return Opened(stage.open_client(), read_only="Nothing is changed here.")


async def test_products_are_deleted_after_a_yes(stage, catalogue, reached):
    """The pages in sight are fetched anew."""
    async with stage.run(place="products") as pilot:
        await reached(pilot, lambda: pane_of(pilot).row is not None)
        await pilot.press("space", "space", "d", "y")
        await reached(pilot, lambda: pane_of(pilot).counts() == (248, 248))


async def test_an_empty_catalogue_says_how_to_fill_it(stage, seen, reached):
    """The key that helps is named."""
    async with stage.run(place="products") as pilot:
        await reached(pilot, lambda: "Press i to import a CSV file, or" in seen(pilot))


async def test_earlier_imports_are_listed_with_what_was_refused(
    stage, tmp_path: Path, seen, reached
):
    """`I` opens them; where there are none, it says how to begin."""
    file = tmp_path / "lamps.csv"
    file.write_text(GOOD + ",no sku,Acme,1\n")
    async with stage.run(place="products", size=(140, 40)) as pilot:
        await pilot.press("I")
        await reached(pilot, lambda: "No imports yet." in seen(pilot))
        await pilot.press("escape")
        await start_import(pilot, file, reached, seen)
        await pilot.press("i")
        await reached(pilot, lambda: "31 rows of lamps.csv" in seen(pilot))
        await pilot.press("escape", "I")
        await reached(pilot, lambda: "lamps.csv" in seen(pilot) and "REJECTED" in seen(pilot))
        await reached(pilot, lambda: "line 32" in seen(pilot))


async def test_a_narrowed_view_is_saved_with_the_command_that_lists_the_same(
    stage, catalogue, tmp_path: Path, reached
):
    """Facets and words are options of the command."""
    file = tmp_path / "lamps.csv"
    async with stage.run(place="products") as pilot:
        await reached(pilot, lambda: pane_of(pilot).counts() == (250, 250))
        pane_of(pilot).source.where = {"brand": "Acme"}
        pane_of(pilot).source.search('"lamp 01"')
        await reached(pilot, lambda: pane_of(pilot).counts() == (10, 250))
        await pilot.press("ctrl+s")
        await pilot.pause()
        pilot.app.screen.query_one("Input").value = str(file)
        await pilot.press("enter")
        await reached(pilot, lambda: pilot.app.workspace.log.entries)

        line = pilot.app.workspace.log.entries[-1].command
        start = "segops-tui products list --where brand=Acme -q 'lamp 01' --all -o csv"
        assert line.startswith(start)
        assert len(file.read_text().splitlines()) == 11


async def start_import(pilot: Pilot[Any], file: Path, reached: Any, seen: Any) -> None:
    await pilot.press("i")
    await pilot.pause()
    pilot.app.screen.query_one("Input").value = str(file)
    await pilot.press("enter")
    await reached(pilot, lambda: "uploads it" in seen(pilot))
    await pilot.press("enter")
    await reached(pilot, lambda: pilot.app.screen.page == "columns")


async def test_a_file_is_checked_mapped_imported_and_reported(stage, tmp_path: Path, seen, reached):
    """Four steps; nothing is sent before the second, nothing imported before the third."""
    file = tmp_path / "lamps.csv"
    file.write_text(GOOD)
    async with stage.run(place="products") as pilot:
        await pilot.press("i")
        await pilot.pause()
        pilot.app.screen.query_one("Input").value = str(file)
        await pilot.press("enter")
        await reached(pilot, lambda: "30 rows   4 columns" in seen(pilot))
        assert not any("/import/" in call for call in stage.door.asked)

        await pilot.press("enter")
        await reached(pilot, lambda: "✓ SKU is unique per row" in seen(pilot))
        assert "→ sku" in seen(pilot)
        assert not any("/confirm/" in call for call in stage.door.asked)

        await pilot.press("i")
        await reached(pilot, lambda: "30 rows of lamps.csv" in seen(pilot))
        assert re.search(r"created +30 ", seen(pilot))

        await pilot.press("escape")
        await reached(pilot, lambda: pane_of(pilot).counts() == (30, 30))
        assert pilot.app.workspace.log.entries[-1].command.endswith("lamps.csv --yes")


async def test_what_an_import_would_change_is_told_before_it(
    stage, ask, tmp_path: Path, seen, reached
):
    """c counts new, changed and unchanged products; another choice makes the count void."""
    ask.ok("POST", "/api/pim/products/", {"sku": "L-0", "name": "Lamp 0", "data": {"brand": "X"}})
    ask.ok("POST", "/api/pim/products/", {"sku": "Z-1", "name": "Zebra", "data": {}})
    file = tmp_path / "lamps.csv"
    file.write_text("SKU,Name,Brand\nL-0,Lamp 0,Y\nL-1,Lamp 1,X\n")
    async with stage.run(place="products") as pilot:
        await start_import(pilot, file, reached, seen)
        assert "c compares with the catalogue" in seen(pilot)

        await pilot.press("c")
        words = "against the catalogue: 1 new, 1 changed (brand 1), 0 unchanged"
        await reached(pilot, lambda: words in seen(pilot))
        assert "1 product not in the file" in seen(pilot)
        assert not any("/confirm/" in call for call in stage.door.asked)

        await pilot.press("G", "x")
        await reached(pilot, lambda: "c compares with the catalogue" in seen(pilot))
        await pilot.press("c")
        await reached(pilot, lambda: "1 new, 0 changed, 1 unchanged" in seen(pilot))


async def test_a_comparison_that_fails_says_so_and_can_be_asked_for_again(
    stage, tmp_path: Path, seen, reached, told
):
    file = tmp_path / "lamps.csv"
    file.write_text("SKU,Name\nL-0,Lamp 0\n")
    async with stage.run(place="products") as pilot:
        await start_import(pilot, file, reached, seen)
        stage.door.status = 401

        await pilot.press("c")
        await reached(pilot, lambda: "key" in told(pilot))
        stage.door.status = None
        await pilot.press("c")

        await reached(pilot, lambda: "1 new, 0 changed, 0 unchanged" in seen(pilot))


async def test_an_empty_sku_column_is_named_and_the_proposal_taken(
    stage, tmp_path: Path, seen, reached, told
):
    """As in Shopify's exports: i says why not, a takes Handle, and the command says so."""
    file = tmp_path / "shopify.csv"
    file.write_text(SHOPIFY)
    async with stage.run(place="products") as pilot:
        await start_import(pilot, file, reached, seen)
        assert '"Variant SKU" is empty in every row' in seen(pilot)
        assert "a maps Handle to sku" in seen(pilot)
        await pilot.press("i")
        assert "is empty in every row" in told(pilot)

        await pilot.press("a")
        await reached(pilot, lambda: "✓ Handle is unique per row" in seen(pilot))
        assert "replaced by Handle" in seen(pilot)

        await pilot.press("i")
        await reached(pilot, lambda: "5 rows of shopify.csv" in seen(pilot))
        command = pilot.app.workspace.log.entries[-1].command
        assert "--map Handle=sku" in command
        assert "--skip 'Variant SKU'" in command


async def test_a_column_becomes_a_field_that_is_typed(stage, tmp_path: Path, seen, reached, typed):
    """Enter opens the choices; a name that is not there makes a new field."""
    file = tmp_path / "lamps.csv"
    file.write_text(GOOD)
    async with stage.run(place="products") as pilot:
        await start_import(pilot, file, reached, seen)
        await pilot.press("down", "down", "enter")
        await pilot.pause()
        await typed(pilot, "maker")
        await pilot.press("enter")
        await pilot.pause()
        assert "→ maker" in seen(pilot)

        await pilot.press("x")
        await pilot.pause()
        assert "skipped" in seen(pilot)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "There is no file"),
        (b"", "is empty"),
        (b"PK\x03\x04rest", "damaged zip archive"),
        (b"1,2\n3,4\n", "looks like a row"),
    ],
)
async def test_a_file_that_is_no_catalogue_is_refused_in_words(
    stage, tmp_path: Path, seen, reached, content, words
):
    """One line says what is wrong, the next what to do; nothing is sent."""
    file = tmp_path / "odd.csv"
    if content is not None:
        file.write_bytes(content)
    async with stage.run(place="products") as pilot:
        await pilot.press("i")
        await pilot.pause()
        pilot.app.screen.query_one("Input").value = str(file)
        await pilot.press("enter")
        await reached(pilot, lambda: words in seen(pilot).replace("\n", " "))

        assert not any("/import/" in call for call in stage.door.asked)


async def test_an_import_goes_on_when_its_screen_is_left(
    stage, tmp_path: Path, seen, reached, gated, told
):
    """The tray has it, and a word is said when it is done."""
    file = tmp_path / "lamps.csv"
    file.write_text(GOOD)
    async with stage.run(place="products") as pilot:
        await start_import(pilot, file, reached, seen)
        with gated(stage, lambda call: "/confirm/" in call):
            await pilot.press("i")
            await pilot.pause(0.3)
            await pilot.press("escape")
            await pilot.pause(0.2)
            assert "▶ import lamps.csv" in seen(pilot)

        await reached(pilot, lambda: "30 created" in told(pilot))
        await reached(pilot, lambda: pane_of(pilot).counts() == (30, 30))


async def test_an_import_left_at_its_columns_is_taken_up_from_the_jobs_pane(
    stage, tmp_path: Path, seen, reached
):
    """A job that waits opens where it stopped."""
    file = tmp_path / "lamps.csv"
    file.write_text(GOOD)
    async with stage.run(place="products") as pilot:
        await start_import(pilot, file, reached, seen)
        await pilot.press("escape", "0")
        await reached(pilot, lambda: "◇ waiting" in seen(pilot))
        await pilot.press("r")
        await reached(pilot, lambda: "SKU is unique per row" in seen(pilot))

        await pilot.press("i")
        await reached(pilot, lambda: "30 rows of lamps.csv" in seen(pilot))


ODD_FIELDS = ["[/b]", "größe x", "a.b", "\x1b[31mred", "data", "x" * 90, "field"]


async def test_a_schema_of_hostile_names_can_be_filled_in_and_chosen_from(
    stage, ask, seen, reached, typed
):
    """Names of fields and values are a server's; they are text in forms, facets and questions."""
    fields = [{"name": name, "type": "string", "description": name} for name in ODD_FIELDS]
    ask.ok("PUT", "/api/pim/schema/", {"fields": fields})
    data = {name: f"{name}!" for name in ODD_FIELDS}
    ask.ok("POST", "/api/pim/products/", {"sku": "[s]", "name": "[/b] \x1b[31m", "data": data})
    async with stage.run(place="products", size=(140, 40)) as pilot:
        await reached(pilot, lambda: pane_of(pilot).schema.fields)
        for key in ("e", "n", "b"):
            await pilot.press(key)
            await reached(pilot, lambda: "ctrl+y copy command" in seen(pilot))
            assert "[/b]" in seen(pilot)
            assert "\x1b" not in seen(pilot)
            await pilot.press("escape")
            await reached(pilot, lambda: not pilot.app.screen.is_modal)
        await pilot.press("f")
        await reached(pilot, lambda: "[/b]!" in seen(pilot))
        assert "\x1b" not in seen(pilot)
        await pilot.press("enter")
        await reached(pilot, lambda: pane_of(pilot).source.where)
        await reached(pilot, lambda: pane_of(pilot).counts() == (1, 1))
        await pilot.press("c")
        await reached(pilot, lambda: pilot.app.workspace.jobs.outcomes)


async def test_a_form_keeps_what_was_typed_when_the_server_is_gone(stage, catalogue, seen, reached):
    """And sends it when the server is back."""
    async with stage.run(place="products", size=(120, 40)) as pilot:
        await reached(pilot, lambda: pane_of(pilot).schema.fields)
        await pilot.press("e")
        await reached(pilot, lambda: "ctrl+s save" in seen(pilot))
        line_of(pilot, "name").value = "Lamp anew"
        stage.door.error = ConnectionFailed("No route.", method="PATCH", url="https://x.example")
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: "Not saved. Cannot reach the server" in seen(pilot))
        stage.door.error = None
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: pane_of(pilot).row.name == "Lamp anew")


async def test_a_chunk_that_fails_says_how_far_it_came(
    stage, catalogue, reached, told, monkeypatch
):
    """What was sent before it stays, and the marks with it."""
    async with stage.run(place="products", size=(120, 40)) as pilot:
        await reached(pilot, lambda: pane_of(pilot).schema.fields)
        pane_of(pilot).chunk = 2
        await pilot.press("space", "space", "space", "b")
        await pilot.pause()
        line_of(pilot, "value").value = "Fern"
        await pilot.press("ctrl+s")
        await pilot.pause(0.2)
        send, sent = stage.door.send, []

        async def once(attempt: Any) -> Any:
            if attempt.method == "POST" and sent:
                raise ConnectionFailed("No route.", method="POST", url="https://x.example")
            sent.extend([attempt] if attempt.method == "POST" else [])
            return await send(attempt)

        stage.door.send = once
        await pilot.press("y")
        await reached(pilot, lambda: "brand = Fern, of 2 products; then: Cannot" in told(pilot))

        assert len(pane_of(pilot).table.marked) == 3


async def test_what_uses_a_product_is_listed_and_enter_goes_there(
    stage, ask, catalogue, seen, reached, gated, monkeypatch
):
    """The tab says what is being read and what was not; each page is read once."""
    for slug in ("lamps", "draft"):
        ask.ok("POST", "/api/ai-pages/pages/", {"slug": slug})
    with closing(sqlite3.connect(stage.path, isolation_level=None)) as connection:
        connection.execute("""UPDATE pages SET product_skus = '["s002"]' WHERE slug = 'lamps'""")
    read = "GET /ai-pages/pages/1/"
    async with stage.run(place="products", size=(80, 24)) as pilot:
        tab = pane_of(pilot).detail._uses
        table, note = tab._table, tab._note
        await pilot.press("down", "]", "]")
        await reached(pilot, lambda: pane_of(pilot).detail.tabs.active == "used-by")
        assert tab._state == "waiting"
        with gated(stage, lambda call: call == read):
            await pilot.press("enter")
            await reached(pilot, lambda: str(note.content) == "Reading pages: 0 of 2 …")
            assert table.empty_text == "Loading …"
            await pilot.press("escape")
            await reached(pilot, lambda: tab._state == "waiting")
        assert "GET /ai-pages/pages/2/" in stage.door.asked
        await pilot.press("enter")
        await reached(pilot, lambda: table.row_count and not note.display)
        assert "page          lamps" in seen(pilot)

        stage.door.error = ConnectionFailed("Connection refused")
        await pilot.press("escape", "down", "enter")
        await reached(pilot, lambda: "What uses it could not be read" in table.empty_text)
        stage.door.error = None
        await pilot.press("]", "[")
        await reached(pilot, lambda: table.empty_text == "Nothing relies on it.")
        assert (table.row_count, stage.door.asked.count(read)) == (0, 2)

        visited = list[Link]()
        monkeypatch.setattr(type(pilot.app.screen), "visit", lambda _screen, to: visited.append(to))
        await pilot.press("escape", "up", "enter")
        await reached(pilot, lambda: table.row_count and table.has_focus)
        await pilot.press("enter")
        await reached(pilot, lambda: visited == [Link("pages", "1")])
