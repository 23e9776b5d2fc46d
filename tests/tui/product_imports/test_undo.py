"""Undoing an earlier import in the console."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot


async def imported(
    pilot: Pilot[Any], file: Path, reached: Any, seen: Any, *, compared: bool
) -> None:
    """A file that changes one product and creates another, up to its report."""
    file.write_text("SKU,Name,Brand\nL-0,Lamp 0,New\nL-1,Lamp 1,New\n", encoding="utf-8")
    await pilot.press("i")
    await pilot.pause()
    pilot.app.screen.query_one("Input").value = str(file)
    await pilot.press("enter")
    await reached(pilot, lambda: "uploads it" in seen(pilot))
    await pilot.press("enter")
    await reached(pilot, lambda: "is unique per row" in seen(pilot))
    if compared:
        await pilot.press("c")
        await reached(pilot, lambda: "against the catalogue" in seen(pilot))
    await pilot.press("i")
    await reached(pilot, lambda: f"2 rows of {file.name}" in seen(pilot))


async def opened(pilot: Pilot[Any], name: str, reached: Any, seen: Any) -> None:
    """The import of the file of that name, the newest of the list, opened from there."""
    await pilot.press("escape", "I")
    await reached(pilot, lambda: name in seen(pilot))
    await pilot.press("home", "enter")
    await reached(pilot, lambda: "undo the import" in seen(pilot))
    assert name in seen(pilot)


async def brands(pilot: Pilot[Any]) -> dict[str, str]:
    """The brand of every product, by SKU."""
    listing = pilot.app.workspace.client.products.list()
    return {product.sku: str(product.data["brand"]) async for product in listing}


async def test_an_import_is_undone_whole_or_says_before_the_yes_what_no_copy_was_kept_of(
    stage, ask, clock, tmp_path: Path, seen, reached, told
):
    """The created product is deleted and the changed one restored, after a yes.

    A copy is kept where the import was compared.
    """
    data = {"brand": "Old"}
    ask.ok("POST", "/api/pim/products/", {"sku": "L-0", "name": "Lamp 0", "data": data})
    clock.advance(minutes=5)
    async with stage.run(place="products", size=(140, 40)) as pilot:
        await imported(pilot, tmp_path / "goods.csv", reached, seen, compared=True)
        await opened(pilot, "goods.csv", reached, seen)
        await pilot.press("u")
        await reached(pilot, lambda: "delete 1 created product" in seen(pilot))
        assert "restore 1 changed product" in seen(pilot)
        assert set(await brands(pilot)) == {"L-0", "L-1"}
        await pilot.press("y")

        await reached(pilot, lambda: "1 restored" in told(pilot))
        assert await brands(pilot) == {"L-0": "Old"}
        command = pilot.app.workspace.log.entries[-1].command
        assert command == "segops-tui products imports undo 1"

        await pilot.press("escape", "escape")
        await reached(pilot, lambda: not pilot.app.screen.is_modal)
        clock.advance(minutes=5)
        await imported(pilot, tmp_path / "more.csv", reached, seen, compared=False)
        await opened(pilot, "more.csv", reached, seen)
        await pilot.press("u")
        await reached(pilot, lambda: "of which no copy was kept" in seen(pilot))
        await pilot.press("n")
        await pilot.pause()
        assert set(await brands(pilot)) == {"L-0", "L-1"}
