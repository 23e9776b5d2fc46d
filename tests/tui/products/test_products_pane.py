"""The Products pane: the catalogue, searching, scoring, importing."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from segops_tui.api.errors import ConnectionFailed
from segops_tui.client.guard import Lock
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

NO_CATALOGUES = (
    (None, "There is no file"),
    (b"", "is empty"),
    (b"PK\x03\x04rest", "damaged zip archive"),
    (b"1,2\n3,4\n", "looks like a row"),
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


async def test_a_list_fetches_what_is_in_sight_and_the_detail_what_uses_a_product_once(
    stage, ask, catalogue, gated, seen, reached, monkeypatch
):
    """The schema's fields are columns, the title has the whole count, and the end costs one page.

    No word is asked for while the next is being typed, and no late answer to an older word shows.
    A dead server is tried again. The list does not say then that it is being searched, and rows
    that were to be sorted stay meanwhile.

    What uses a product is listed, and enter goes there. The tab says what is being read and what
    was not; each page is read once.
    """
    for slug in ("lamps", "draft"):
        ask.ok("POST", "/api/ai-pages/pages/", {"slug": slug})
    with closing(sqlite3.connect(stage.path, isolation_level=None)) as connection:
        connection.execute("""UPDATE pages SET product_skus = '["s002"]' WHERE slug = 'lamps'""")
    read = "GET /ai-pages/pages/1/"

    def listed() -> list[str]:
        return [call for call in stage.door.asked if call.startswith("GET /pim/products/?")]

    stage.open_client()
    stage.door.error = ConnectionFailed("down")
    async with stage.console(place="products").run_test(size=(160, 36)) as pilot:
        await reached(pilot, lambda: "Cannot reach the server" in seen(pilot))
        await reached(pilot, lambda: "schema not read; columns as in the rows ─╯" in seen(pilot))
        stage.door.error = None
        stage.door.asked.clear()
        await pilot.press("ctrl+r")
        await reached(pilot, lambda: pane_of(pilot).has_schema)
        await reached(pilot, lambda: "BRAND" in seen(pilot))
        text = seen(pilot)
        assert "Products 250 of 250" in text
        assert "PRICE" in text
        assert "Acme" in text[text.index("brand") :], "the detail"
        assert listed() == ["GET /pim/products/?page=1&page_size=100"]
        await pilot.press("end")
        await reached(pilot, lambda: "Lamp 250" in seen(pilot))
        assert len(listed()) <= 3

        await pilot.press("slash")
        for end in range(1, 9):
            pilot.app.screen.focused.value = '"lamp 01'[:end]
        await reached(pilot, lambda: pane_of(pilot).counts() == (10, 250))
        searched = [call for call in stage.door.asked if "q=" in call]
        assert searched == ["GET /pim/products/?q=lamp 01&page=1&page_size=100"]
        await pilot.press("escape")
        await reached(pilot, lambda: pane_of(pilot).counts() == (250, 250))

        await pilot.press("slash")
        with gated(stage, lambda call: "q=lamp 2&" in call):
            pilot.app.screen.focused.value = '"lamp 2'
            await reached(pilot, lambda: any("q=lamp 2&" in call for call in stage.door.asked))
            pilot.app.screen.focused.value = '"lamp 24'
            await reached(pilot, lambda: pane_of(pilot).counts() == (10, 250))
        await pilot.pause()
        pane = pane_of(pilot)
        assert pane.counts() == (10, 250)
        await pilot.press("escape")
        await reached(pilot, lambda: "Lamp 001" in seen(pilot))
        assert "Cannot reach the server" not in seen(pilot)

        stage.door.error = ConnectionFailed("down")
        pane.source.sort_by("name", descending=True)
        await reached(pilot, lambda: "Cannot reach the server" in seen(pilot))
        assert "Lamp 001" in seen(pilot)

        pane.show_filter("lamp 25")
        await reached(pilot, lambda: "q=lamp&" in stage.door.listings("/pim/products/")[-1])
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
        await reached(pilot, lambda: "q=24" in stage.door.listings("/pim/products/")[-1])
        await reached(pilot, lambda: "could not load" in seen(pilot))
        assert not pane.detail.display

        stage.door.error = None
        pane.show_filter("")
        pane._again()
        await reached(pilot, lambda: pane.counts() == (250, 250))
        pane.table.cursor_row = 0
        await pilot.resize_terminal(80, 24)
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


async def test_scoring_is_a_job_whose_row_says_so_and_facets_narrow_together_with_the_search(
    stage, catalogue, ask, clock, tmp_path: Path, seen, told, reached, gated
):
    """A job in the tray for each marked product; the cell turns, and then has the figure.

    The tab shows four bars and, as advice, what would raise the total. All are scored after a
    question that counts: whatever is searched for, all means all.

    Facets narrow on the server. Words find the value, its products are counted, the border has it,
    esc takes it away. A value that is not on offer is asked for exactly; what nothing has says so,
    with the way back. A narrowed view is saved with the command that lists the same. Where facets
    cannot be had, that is said, and the list stays.
    """
    file = tmp_path / "lamps.csv"
    async with stage.run(place="products", size=(140, 40)) as pilot:
        await reached(pilot, lambda: pane_of(pilot).row is not None)
        with gated(stage, lambda call: call.startswith("POST")):
            await pilot.press("space", "space", "c")
            await reached(pilot, lambda: len(pilot.app.workspace.jobs.progress) == 2)
            await reached(pilot, lambda: seen(pilot).count("◐ …") == 2)
        await reached(pilot, lambda: len(pilot.app.workspace.jobs.outcomes) == 2)
        await reached(pilot, lambda: len(re.findall(r"[●◍○] +\d+", seen(pilot))) == 2)
        assert not pane_of(pilot).table.marked

        await pilot.press("c", "right_square_bracket")
        await reached(pilot, lambda: len(pilot.app.workspace.jobs.outcomes) == 3)
        await reached(pilot, lambda: "of 100" in seen(pilot) and "/25" in seen(pilot))
        assert seen(pilot).count("/25") == 4
        assert "What would raise it" in seen(pilot)
        assert pilot.app.workspace.log.entries[-1].command == "segops-tui products score 3"

        clock.advance(minutes=1)
        await pilot.press("C")
        await pilot.pause()
        assert "Score all 250 products?" in seen(pilot)
        await pilot.press("y")
        await reached(pilot, lambda: len(pilot.app.workspace.jobs.outcomes) == 4)
        table = pane_of(pilot).table
        await reached(pilot, lambda: table.row_at(9).ai_readability_score is not None)
        assert pilot.app.workspace.log.entries[-1].command == "segops-tui products score-all --yes"

        for number, brand in enumerate(["Fern", "Fern", "[/b]"]):
            data = {"brand": brand}
            ask.ok(
                "POST",
                "/api/pim/products/",
                {"sku": f"x{number}", "name": f"Lamp x{number}", "data": data},
            )
        pilot.app.clear_notifications()
        await pilot.press("ctrl+r")
        await reached(pilot, lambda: pane_of(pilot).counts() == (253, 253))
        await pilot.press("f")
        await reached(pilot, lambda: "BRAND  3 values" in seen(pilot))
        assert "[/b]" in seen(pilot)
        pilot.app.screen.query_one("Input").value = "fern"
        await reached(pilot, lambda: "brand=Fern   2 products" in seen(pilot))
        await pilot.press("enter")
        await reached(pilot, lambda: pane_of(pilot).counts() == (2, 253))
        assert "brand=Fern" in seen(pilot)
        assert "GET /pim/products/?brand=Fern&page=1&page_size=100" in stage.door.asked
        line = "segops-tui products list --where brand=Fern"
        assert pilot.app.workspace.log.entries[-1].command == line

        await pilot.press("slash")
        pilot.app.screen.focused.value = "x1"
        await reached(pilot, lambda: pane_of(pilot).counts() == (1, 253))
        await pilot.press("escape")
        await reached(pilot, lambda: pane_of(pilot).counts() == (2, 253))
        await pilot.press("escape")
        await reached(pilot, lambda: pane_of(pilot).counts() == (253, 253))

        await pilot.press("f")
        await reached(pilot, lambda: "enter choose" in seen(pilot))
        pilot.app.screen.query_one("Input").value = "brand=Nobody"
        await pilot.press("enter")
        words = "No product has brand=Nobody. Press esc to show more."
        await reached(pilot, lambda: words in seen(pilot))
        await pilot.press("escape")
        await reached(pilot, lambda: pane_of(pilot).counts() == (253, 253))

        pane_of(pilot).source.where = {"brand": "Acme"}
        pane_of(pilot).source.search('"lamp 01"')
        await reached(pilot, lambda: pane_of(pilot).counts() == (10, 253))
        await pilot.press("ctrl+s")
        await pilot.pause()
        pilot.app.screen.query_one("Input").value = str(file)
        await pilot.press("enter")
        start = "segops-tui products list --where brand=Acme -q 'lamp 01' --all -o csv"
        log = pilot.app.workspace.log
        await reached(pilot, lambda: log.entries[-1].command.startswith(start))
        assert len(file.read_text().splitlines()) == 11

        stage.door.status = 503
        await pilot.press("f")
        await reached(pilot, lambda: "No facets" in told(pilot))
        assert pane_of(pilot).counts() == (10, 253)


def line_of(pilot: Pilot[Any], name: str) -> Any:
    slug = name.replace(".", "-2e-")
    return pilot.app.screen.query_one(f"#field-{slug}")


async def test_products_are_made_changed_and_deleted_alone_or_together_once_unlocked(
    stage, catalogue, seen, told, reached
):
    """Every key that would change something says why it does not while the profile is locked.

    The form has the schema's fields. A new one is gone to, at the end of the catalogue; a SKU that
    exists is refused at its line. A changed attribute is sent with all the others, and the SKU
    stays; a fault is said while it is typed and nothing leaves. What was typed is kept when the
    server is gone, and sent when it is back.

    An attribute is set on every marked product: asked about with the count, sent in bulk, and
    nothing else of them changes. A chunk that fails says how far it came: what was sent before
    stays, and the marks with it. They are deleted after a yes, and the pages in sight are fetched
    anew.
    """
    lock = Lock("production", clock=lambda: 0.0)
    opened = Opened(stage.open_client(), lock)
    async with stage.run(place="products", size=(120, 40), open_client=lambda: opened) as pilot:
        await reached(pilot, lambda: pane_of(pilot).schema.fields)
        log = pilot.app.workspace.log
        for times, key in enumerate("nebcCd", start=1):
            await pilot.press(key)
            assert not pilot.app.screen.is_modal
            assert told(pilot).count("locked: U unlocks") == times
        assert all(call.startswith("GET") for call in stage.door.asked)

        lock.unlock()
        pilot.app.clear_notifications()
        await pilot.press("e")
        await reached(pilot, lambda: "ctrl+s save" in seen(pilot))
        line_of(pilot, "data.price").value = "dear"
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: "An amount and a currency" in seen(pilot))
        assert not any(call.startswith("PATCH") for call in stage.door.asked)

        line_of(pilot, "data.price").value = "12"
        line_of(pilot, "data.brand").value = ""
        stage.door.error = ConnectionFailed("No route.", method="PATCH", url="https://x.example")
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: "Not saved. Cannot reach the server" in seen(pilot))
        stage.door.error = None
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: pane_of(pilot).row.data == {"price": 12})
        body = '\'data={"brand": null, "price": 12}\''
        assert log.entries[-1].command == f"segops-tui products update 1 --set {body}"

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
        assert "--set data.brand=Fern" in log.entries[-1].command

        pane = pane_of(pilot)
        pane.table.cursor_row = 0
        whole, pane.chunk = pane.chunk, 2
        await pilot.press("space", "space", "space", "b")
        await pilot.pause()
        line_of(pilot, "value").value = "Fern"
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: "Change 3 products?" in seen(pilot))
        send, sent = stage.door.send, []

        async def once(attempt: Any) -> Any:
            if attempt.method == "POST" and sent:
                raise ConnectionFailed("No route.", method="POST", url="https://x.example")
            sent.extend([attempt] if attempt.method == "POST" else [])
            return await send(attempt)

        stage.door.send = once
        await pilot.press("y")
        await reached(pilot, lambda: "brand = Fern, of 2 products; then: Cannot" in told(pilot))
        assert len(pane.table.marked) == 3
        stage.door.send, pane.chunk = send, whole
        stage.door.asked.clear()

        await pilot.press("b")
        await pilot.pause()
        line_of(pilot, "field").value = "price"
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
        await reached(pilot, lambda: pane.table.row_at(2).data["price"] == price)

        assert [pane.table.row_at(at).data["brand"] for at in range(3)] == ["Fern", "Fern", "Acme"]
        assert stage.door.asked.count("POST /pim/products/bulk/") == 1
        command = pilot.app.workspace.log.entries[-1].command
        assert command.startswith("segops-tui products bulk-upsert - <<< ")

        assert not pane.table.marked
        await pilot.press("space", "space", "d")
        assert "They cannot be restored." in seen(pilot)
        await pilot.press("y")
        await reached(pilot, lambda: pane.counts() == (249, 249))


async def test_a_file_is_refused_in_words_or_checked_mapped_compared_imported_and_reported(
    stage, tmp_path: Path, seen, reached, to_columns, gated, told
):
    """Nothing is sent before the second of four steps, nothing imported before the third.

    An empty catalogue says how to fill it, and a list without imports that there are none. A line
    says what is wrong with a file. Enter on a column opens the choices; a name that is not there
    makes a new field. An import goes on when its screen is left: the tray has it, and a word is
    said when it is done.

    c counts new, changed and unchanged products, and can be pressed again after a failure. Another
    choice makes the count void. With other columns other products change, so it drops the copy that
    the comparison kept too: an incomplete one would restore half.

    An empty SKU column, as in Shopify's exports, is named: i says why not, a takes Handle, and the
    command says so.
    """
    async with stage.run(place="products") as pilot:
        await reached(pilot, lambda: "Press i to import a CSV file, or" in seen(pilot))
        await pilot.press("I")
        await reached(pilot, lambda: "No imports yet." in seen(pilot))
        await pilot.press("escape", "i")
        await pilot.pause()
        file = tmp_path / "odd.csv"
        for content, words in NO_CATALOGUES:
            if content is not None:
                file.write_bytes(content)
            pilot.app.screen.query_one("Input").focus().value = str(file)
            await pilot.press("enter")
            await reached(pilot, lambda words=words: words in seen(pilot).replace("\n", " "))

        file = tmp_path / "lamps.csv"
        file.write_text(GOOD)
        pilot.app.screen.query_one("Input").focus().value = str(file)
        await pilot.press("enter")
        await reached(pilot, lambda: "30 rows   4 columns" in seen(pilot))
        assert all(call.startswith("GET") for call in stage.door.asked)

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

        few = tmp_path / "few.csv"
        few.write_text("SKU,Name,Brand,Price\nsku-1,Lamp 1,Y,1.50\nL-1,Lamp 1,X,\n")
        await to_columns(pilot, few)
        assert "c compares with the catalogue" in seen(pilot)
        asked = len(stage.door.asked)
        stage.door.status = 401
        await pilot.press("c")
        await reached(pilot, lambda: "key" in told(pilot))

        stage.door.status = None
        await pilot.press("c")
        words = "against the catalogue: 1 new, 1 changed (brand 1), 0 unchanged"
        await reached(pilot, lambda: words in seen(pilot))
        assert "29 products not in the file" in seen(pilot)
        assert not any("/confirm/" in call for call in stage.door.asked[asked:])
        copies = pilot.app.workspace.ledger.path.parent / "undo"
        assert len(list(copies.glob("*.db"))) == 1

        await pilot.press("down", "down", "x")
        await reached(pilot, lambda: "c compares with the catalogue" in seen(pilot))
        await reached(pilot, lambda: not list(copies.glob("*.db")))
        await pilot.press("c")
        await reached(pilot, lambda: "1 new, 0 changed, 1 unchanged" in seen(pilot))
        await pilot.press("escape")

        more = tmp_path / "more.csv"
        more.write_text(GOOD.replace("sku-", "other-"))
        await to_columns(pilot, more)
        await pilot.press("down", "down", "enter")
        await pilot.pause()
        pilot.app.screen.query_one("Input").value = "maker"
        await pilot.pause()
        await pilot.press("enter")
        await reached(pilot, lambda: "→ maker" in seen(pilot))
        await pilot.press("x")
        await reached(pilot, lambda: "skipped" in seen(pilot))
        await reached(pilot, lambda: "✓ SKU is unique per row" in seen(pilot))
        with gated(stage, lambda call: "/confirm/" in call):
            await pilot.press("i")
            await pilot.pause(0.3)
            await pilot.press("escape")
            await reached(pilot, lambda: "▶ import more.csv" in seen(pilot))
        await reached(pilot, lambda: "30 created" in told(pilot))
        await reached(pilot, lambda: pane_of(pilot).counts() == (60, 60))

        file = tmp_path / "shopify.csv"
        file.write_text(SHOPIFY)
        await to_columns(pilot, file)
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


ODD_FIELDS = ["[/b]", "größe x", "a.b", "\x1b[31mred", "data", "x" * 90, "field"]


@pytest.mark.thorough
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
