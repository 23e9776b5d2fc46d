"""How long the console's table takes to open, and what it holds, beside Textual's DataTable.

Prints figures and ratios; asserts nothing. Run it as `python tests/benchmarks/bench_table.py`.
"""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.app import App, ComposeResult
from textual.widgets import DataTable

from segops_tui.tui.table.virtual_table import RowPage, TableColumn, VirtualTable

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.strip import Strip

SIZE = (120, 40)
COLUMNS = [
    TableColumn("sku", "SKU", lambda row: row["sku"]),
    TableColumn("title", "TITLE", lambda row: row["title"], flex=True),
    TableColumn("brand", "BRAND", lambda row: row["brand"]),
    TableColumn("price", "PRICE", lambda row: f"{row['price']:,.2f}", align="right"),
    TableColumn("stock", "STOCK", lambda row: str(row["stock"]), align="right"),
]


def product(index: int) -> dict[str, Any]:
    """Return a product as a listing would."""
    return {
        "id": index,
        "sku": f"SKU-{index:07}",
        "title": f"Trail running shoe {index % 977} [new]",
        "brand": ("Northwind", "Contoso", "Fabrikam")[index % 3],
        "price": index % 20_000 / 100,
        "stock": index % 500,
    }


class Catalogue:
    """A catalogue which makes its pages when asked, and counts."""

    page_size = 100

    def __init__(self, total: int) -> None:
        self.total = total
        self.asked = 0

    async def page(self, number: int) -> RowPage:
        """Return a page of products."""
        self.asked += 1
        end = min((number + 1) * self.page_size, self.total)
        rows = [product(index) for index in range(number * self.page_size, end)]
        return RowPage(rows, total=self.total)


class SeenVirtual(VirtualTable):
    """Notes when the last line of the screen was drawn."""

    seen = 0.0

    def render_line(self, y: int) -> Strip:
        """Draw a line and look at the clock."""
        line = super().render_line(y)
        if y == self.view_size.height - 1 and self.current_row is not None:
            self.seen = time.perf_counter()
        return line


class SeenStock(DataTable[str]):
    """The same for Textual's own."""

    seen = 0.0

    def render_line(self, y: int) -> Strip:
        """Draw a line and look at the clock."""
        line = super().render_line(y)
        if y == self.size.height - 1 and self.row_count:
            self.seen = time.perf_counter()
        return line


class Bench(App[None]):
    """A screen with one of the two tables."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.table: Any = SeenVirtual(COLUMNS) if kind == "virtual" else SeenStock()

    def compose(self) -> ComposeResult:
        """Put the table on the screen."""
        yield self.table


def resident() -> float:
    """Return this process's resident memory in MiB."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 2**20


async def drawn(table: Any, act: Callable[[], object]) -> float:
    """Do something to a table; return the seconds until the screen shows it."""
    table.seen = 0.0
    started = time.perf_counter()
    act()
    while not table.seen:
        await asyncio.sleep(0.001)
    return float(table.seen - started)


async def measure_virtual(total: int) -> None:
    """Open a catalogue in the virtual table, go about in it, print what it cost."""
    app = Bench("virtual")
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        table, source, empty = app.table, Catalogue(total), resident()
        opening = partial(table.set_source, source, key=lambda row: row["id"])
        report(f"first paint, {total:,} rows", await drawn(table, opening), source.asked)
        for name, line in (("to the end", total - 1), ("to the middle", total // 2)):
            source.asked = 0
            await asyncio.sleep(0.2)  # a person rests here; without it the table waits to settle
            going = partial(setattr, table, "cursor_row", line)
            report(name, await drawn(table, going), source.asked)
        started = time.perf_counter()
        for _ in range(20):
            for y in range(SIZE[1]):
                table.render_line(y)
        report("drawing a whole screen", (time.perf_counter() - started) / 20, 0)
        print(f"  memory above the empty table    {resident() - empty:8.1f} MiB")


async def measure_stock(total: int) -> None:
    """Open the same rows in a stock DataTable."""
    app = Bench("stock")
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        table, empty = app.table, resident()
        report(f"first paint, {total:,} rows", await drawn(table, partial(fill, table, total)), 0)
        print(f"  memory above the empty table    {resident() - empty:8.1f} MiB")


def fill(table: DataTable[str], total: int) -> None:
    """Add rows as DataTable wants them: all."""
    table.add_columns(*(column.title for column in COLUMNS))
    for index in range(total):
        row = product(index)
        table.add_row(*(str(column.cell(row)) for column in COLUMNS), key=str(index))


def report(what: str, seconds: float, fetches: int) -> None:
    """Print one figure."""
    fetched = f"   {fetches} page fetches" if fetches else ""
    print(f"  {what:30} {seconds * 1_000:9.1f} ms{fetched}")


def measured(kind: str, total: int) -> float:
    """Measure in a process of its own, show its figures, return its first paint in ms."""
    command = [sys.executable, __file__, kind, str(total)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    print(f"{kind}\n{printed}")
    return float(printed.splitlines()[0].split(" ms")[0].split()[-1])


def main(arguments: list[str]) -> None:
    """Measure one table if told which, else both beside each other."""
    if arguments:
        kind, total = arguments[0], int(arguments[1])
        asyncio.run(measure_virtual(total) if kind == "virtual" else measure_stock(total))
        return
    virtual = measured("virtual", 1_000_000)
    small = measured("virtual", 10_000)
    stock = measured("stock", 10_000)
    print(f"first paint of 10,000 rows: DataTable takes {stock / small:,.0f} times as long")
    print(f"1,000,000 rows open in {virtual / small:.1f} times what 10,000 take")


if __name__ == "__main__":
    main(sys.argv[1:])
