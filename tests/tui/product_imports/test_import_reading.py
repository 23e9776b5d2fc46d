"""The first step of an import: what the check cannot tell is asked; any reading can be set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot


async def to_check(pilot: Pilot[Any], file: Path) -> None:
    """Open the form, if it is not open, and check a file."""
    if not pilot.app.screen.query("FilePage"):
        await pilot.press("i")
        await pilot.pause()
    pilot.app.screen.query_one("Input").focus().value = str(file)
    await pilot.press("ctrl+s")


async def import_checked(pilot: Pilot[Any], reached: Any, seen: Any, *, rows: str) -> list[Any]:
    """Import the file that was checked; returns the products."""
    await reached(pilot, lambda: "uploads it" in seen(pilot))
    await pilot.press("enter")
    await reached(pilot, lambda: "is unique per row" in seen(pilot))
    await pilot.press("i")
    await reached(pilot, lambda: f"{rows} of " in seen(pilot) and "created" in seen(pilot))
    return [product async for product in pilot.app.workspace.client.products.list()]


async def test_what_is_not_certain_is_asked_with_the_cells_it_changes_and_all_can_be_chosen(
    stage, tmp_path: Path, seen, reached, typed
):
    """The encoding, the line of the column names, and a price that means two things.

    Nothing is sent before the user has chosen; the job is read with the choice. A wider window asks
    as well.

    Tab leads to the settings, where a separator is typed and an encoding chosen by its cells; the
    file is checked again with the choice. Options are forgotten with their file: the separator of
    one is not that of the next. A choice is left to the file again too.
    """
    first, second = tmp_path / "one.csv", tmp_path / "two.csv"
    first.write_text("sku~name\nR1~Rope\n", encoding="utf-8")
    second.write_text("sku,name\nR1,Größe\n", encoding="utf-8")
    encoded, titled, priced = (tmp_path / name for name in ("tools.csv", "list.csv", "preise.csv"))
    encoded.write_bytes("sku;name\nH1;ışık\n".encode("cp1254"))
    titled.write_text("Spring list,,\n,,\nsku,name,note\nR1,Rope,a\n", encoding="utf-8")
    priced.write_text("sku;name;Preis\nD1;Stuhl;12,50\nD2;Tisch;1.299\n", encoding="utf-8")
    async with stage.run(place="products", size=(80, 24)) as pilot:
        await to_check(pilot, titled)
        await reached(pilot, lambda: "Which is right?" in seen(pilot))
        assert "line 3" in seen(pilot)
        await pilot.press("enter")
        await reached(pilot, lambda: "1 row   3 columns" in seen(pilot))

        await to_check(pilot, encoded)
        for size in ((80, 24), (140, 40)):
            await pilot.resize_terminal(*size)
            await reached(pilot, lambda: "Which is right?" in seen(pilot))
            await reached(pilot, lambda: "only you can tell" in seen(pilot))
            assert "ışık" in seen(pilot), size
        assert not any("/import/" in call for call in stage.door.asked)
        options = pilot.app.screen.query_one("#asked")
        lines = [str(options.get_option_at_index(n).prompt) for n in range(options.option_count)]
        place = next(n for n, line in enumerate(lines) if "ışık" in line)
        await pilot.press(*["down"] * place, "enter")
        products = await import_checked(pilot, reached, seen, rows="1 row")
        assert {product.name for product in products} == {"ışık"}
        assert "--encoding cp1254" in pilot.app.workspace.log.entries[-1].command

        await pilot.press("escape")
        await to_check(pilot, priced)
        await reached(pilot, lambda: "Which is right?" in seen(pilot))
        assert "line 3" in seen(pilot)
        await pilot.press("enter")
        products = await import_checked(pilot, reached, seen, rows="2 rows")
        amounts = {row.sku: row.data["price"]["amount"] for row in products if "price" in row.data}
        assert amounts == {"D1": 12.5, "D2": 1299}

        await pilot.press("escape")
        await to_check(pilot, first)
        await reached(pilot, lambda: "How it is read" in seen(pilot))
        await pilot.press("tab", "down", "enter")
        await reached(pilot, lambda: "type a character" in seen(pilot))
        await typed(pilot, "~")
        await pilot.press("enter")
        await reached(pilot, lambda: "2 columns" in seen(pilot))
        assert "your choice" in seen(pilot)

        await to_check(pilot, second)
        await reached(pilot, lambda: "comma" in seen(pilot) and "2 columns" in seen(pilot))
        assert "your choice" not in seen(pilot)
        pilot.app.screen.query_one("#settings").focus()
        await pilot.press("enter")
        await reached(pilot, lambda: "GrĂ¶Ăźe" in seen(pilot))
        pilot.app.screen.query_one("Input").value = "Windows-1250"
        await pilot.pause()
        await pilot.press("enter")
        await reached(pilot, lambda: "your choice" in seen(pilot))
        assert "Windows-1250" in seen(pilot)
        pilot.app.screen.query_one("#settings").focus()
        await pilot.press("enter")
        await reached(pilot, lambda: "decide by the file" in seen(pilot))
        await pilot.press("enter")
        await reached(pilot, lambda: "your choice" not in seen(pilot))
        products = await import_checked(pilot, reached, seen, rows="1 row")
        assert [product.name for product in products if product.sku == "R1"] == ["Größe"]
