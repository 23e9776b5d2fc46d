"""Undoing an earlier import in the console."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot


async def brands(pilot: Pilot[Any]) -> dict[str, str]:
    """The brand of every product, by SKU."""
    listing = pilot.app.workspace.client.products.list()
    return {product.sku: str(product.data["brand"]) async for product in listing}


async def test_a_compared_import_is_undone_whole(
    stage, ask, clock, tmp_path: Path, seen, reached, to_columns, told
):
    """The created product is deleted and the changed one restored, after a yes.

    That of an import which was not compared is asked about in `test_rejected_rows`.
    """
    data = {"brand": "Old"}
    ask.ok("POST", "/api/pim/products/", {"sku": "L-0", "name": "Lamp 0", "data": data})
    clock.advance(minutes=5)
    file = tmp_path / "goods.csv"
    file.write_text("SKU,Name,Brand\nL-0,Lamp 0,New\nL-1,Lamp 1,New\n", encoding="utf-8")
    async with stage.run(place="products", size=(140, 40)) as pilot:
        await to_columns(pilot, file)
        await reached(pilot, lambda: "is unique per row" in seen(pilot))
        await pilot.press("c")
        await reached(pilot, lambda: "against the catalogue" in seen(pilot))
        await pilot.press("i")
        await reached(pilot, lambda: "2 rows of goods.csv" in seen(pilot))
        await pilot.press("escape", "I")
        await reached(pilot, lambda: "goods.csv" in seen(pilot))
        await pilot.press("enter")
        await reached(pilot, lambda: "undo the import" in seen(pilot))

        await pilot.press("u")
        await reached(pilot, lambda: "delete 1 created product" in seen(pilot))
        assert "restore 1 changed product" in seen(pilot)
        assert set(await brands(pilot)) == {"L-0", "L-1"}
        await pilot.press("y")

        await reached(pilot, lambda: "1 restored" in told(pilot))
        assert await brands(pilot) == {"L-0": "Old"}
        command = pilot.app.workspace.log.entries[-1].command
        assert command == "segops-tui products imports undo 1"
