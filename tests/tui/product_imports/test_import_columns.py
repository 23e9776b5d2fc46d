"""The columns of an import: what is said about them is counted, and what is changed is kept."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


MERGING = "Handle,Title,Variant SKU\nshirt,Shirt,\nshirt,,\nhat,Hat,\n"


def catalogue(folder: Path, text: str) -> Path:
    """A file of these lines."""
    file = folder / "goods.csv"
    file.write_text(text, encoding="utf-8")
    return file


async def test_a_changed_column_is_counted_before_it_is_imported_and_kept_when_the_form_is_left(
    stage, ask, clock, tmp_path: Path, seen, reached, to_columns, gated, told
):
    """Two rows share a handle: they merge, and no tick says otherwise.

    Nothing is imported while columns are being counted, nor with columns that nobody could count,
    which says why; another change counts again.

    Values that do not fit an existing field are told, and `a` takes the proposal: a field of their
    own.

    Changed columns are kept when the form is left. Resumed from Jobs, the form shows them, and the
    import uses them. It says whose guess a column is. The report counts the time of work: an hour
    at the columns is no hour of import. Its footer offers only what can be done.
    """
    fields = [{"name": "published", "type": "number"}]
    ask.ok("PUT", "/api/pim/schema/", {"fields": fields})
    file = catalogue(tmp_path, MERGING)
    async with stage.run(place="products", size=(140, 40)) as pilot:
        await to_columns(pilot, file)
        stage.door.status = 401
        await pilot.press("a")
        await reached(pilot, lambda: "could not be checked" in seen(pilot))
        await pilot.press("i")
        await reached(pilot, lambda: "could not be checked" in told(pilot))

        stage.door.status = None
        with gated(stage, lambda call: "/schema/" in call):
            await pilot.press("down", "x")
            await reached(pilot, lambda: "Checking the columns" in seen(pilot))
            await pilot.press("i")
            await reached(pilot, lambda: "one moment" in told(pilot))
        await reached(pilot, lambda: "rows that share one become one product" in seen(pilot))
        assert "3 rows, 2 distinct" in seen(pilot)
        assert "unique per row" not in seen(pilot)
        await pilot.press("i")
        await reached(pilot, lambda: "3 rows of goods.csv" in seen(pilot))
        await pilot.press("escape")

        file = catalogue(tmp_path, "SKU,Name,Published\ns1,Tee,true\ns2,Cap,false\n")
        await to_columns(pilot, file)
        assert '"Published": 2 values not taken' in seen(pilot)
        assert "2 of 2 rows will be rejected" in seen(pilot)
        assert "2 values do not fit" in seen(pilot)
        assert "a maps Published to published_text" in seen(pilot)

        await pilot.press("a")
        await reached(pilot, lambda: "→ published_text" in seen(pilot))
        await reached(pilot, lambda: "SKU is unique per row" in seen(pilot))
        assert "will be rejected" not in seen(pilot)
        await pilot.press("i")
        await reached(pilot, lambda: "2 rows of goods.csv" in seen(pilot))
        assert re.search(r"rejected +0 ", seen(pilot))
        await pilot.press("escape")

        file = catalogue(tmp_path, "SKU,Name,Brand\nL-0,Lamp 0,Acme\n")
        await to_columns(pilot, file)
        assert "server's suggestion" in seen(pilot)
        await pilot.press("down", "down", "x")
        await reached(pilot, lambda: "skipped" in seen(pilot))
        assert "your choice" in seen(pilot)
        clock.advance(hours=1)

        await pilot.press("escape")
        await reached(pilot, lambda: "are kept" in told(pilot))
        await pilot.press("0")
        await reached(pilot, lambda: "◇ waiting" in seen(pilot))
        await pilot.press("r")

        await reached(pilot, lambda: "SKU is unique per row" in seen(pilot))
        assert "skipped" in seen(pilot)
        await pilot.press("i")
        await reached(pilot, lambda: "1 row of goods.csv" in seen(pilot))
        assert "1 h" not in seen(pilot)
        footer = seen(pilot).splitlines()[-1]
        assert "n Another file" in footer
        assert "Skip column" not in footer
        assert "Compare" not in footer
        products = [product async for product in pilot.app.workspace.client.products.list()]
        assert [dict(row.data) for row in products if row.sku == "L-0"] == [{}]
        assert "--skip Brand" in pilot.app.workspace.log.entries[-1].command
