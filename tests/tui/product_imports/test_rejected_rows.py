"""Rejected rows in the console: on which line, why, and in a file of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

GOODS = 'SKU,Name,Note\nL-0,Lamp,"two\nlines"\n,lost,x\nL-1,Light,y\n'


async def imported(
    pilot: Pilot[Any], folder: Path, to_columns: Any, reached: Any, seen: Any
) -> None:
    """A file of three rows, one of which is rejected, up to its report."""
    file = folder / "goods.csv"
    file.write_text(GOODS, encoding="utf-8")
    await to_columns(pilot, file)
    await pilot.press("i")
    await reached(pilot, lambda: "Rejected rows" in seen(pilot))


async def saved(pilot: Pilot[Any], to: Path, reached: Any, seen: Any, told: Any) -> str:
    """The file that `s` writes."""
    await pilot.press("s")
    await reached(pilot, lambda: "Save rejected rows" in seen(pilot))
    await pilot.pause()
    pilot.app.screen.query_one("Input").value = str(to)
    await pilot.press("enter")
    await reached(pilot, lambda: to.is_file() and "1 rejected row →" in told(pilot))
    return to.read_text(encoding="utf-8")


async def test_rejected_rows_are_told_by_the_line_an_editor_shows_and_saved(
    stage, ask, clock, tmp_path: Path, seen, reached, to_columns, told
):
    """By the report, and by the list of earlier imports as long as the file is of this machine.

    At 80 columns the number of rejected rows is in sight. To undo an import that was not compared,
    it is said before the yes that no copy was kept of a product it changed.
    """
    ask.ok("POST", "/api/pim/products/", {"sku": "L-0", "name": "Old lamp", "data": {}})
    clock.advance(minutes=5)
    async with stage.run(place="products") as pilot:
        await imported(pilot, tmp_path, to_columns, reached, seen)
        assert "line 4" in seen(pilot)
        text = await saved(pilot, tmp_path / "bad.csv", reached, seen, told)
        assert text.splitlines()[0] == "SKU,Name,Note,reason"
        assert text.splitlines()[1].startswith(",lost,x,")

        await pilot.press("escape", "I")
        await reached(pilot, lambda: "REJECTED" in seen(pilot) and "goods.csv" in seen(pilot))
        await reached(pilot, lambda: "line 4" in seen(pilot))
        await pilot.press("enter")
        await reached(pilot, lambda: "REASON" in seen(pilot))
        assert "line 4" in seen(pilot)
        text = await saved(pilot, tmp_path / "worse.csv", reached, seen, told)
        assert ",lost,x," in text

        await pilot.press("u")
        await reached(pilot, lambda: "of which no copy was kept" in seen(pilot))
        await pilot.press("n")
        await pilot.pause()
        listing = pilot.app.workspace.client.products.list()
        assert [product.name async for product in listing] == ["Lamp", "Light"]

        await pilot.press("escape", "escape")
        ledger = pilot.app.workspace.ledger
        for job in ledger.list():
            ledger.forget(job.id)
        await pilot.press("I")
        await reached(pilot, lambda: "row 2" in seen(pilot))
        await pilot.press("enter")
        await reached(pilot, lambda: "REASON" in seen(pilot))
        await pilot.press("s")
        await reached(pilot, lambda: "not made on this machine" in told(pilot))
