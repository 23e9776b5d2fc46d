"""Importing a catalogue."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from studio import Scene, Studio
from textual.widgets import Input

SHOPIFY = "Handle,Title,Vendor,Type,Tags,Variant SKU,Variant Price\n" + "".join(
    f"trail-{word}-{size},Trail {word.title()},Northwind,Hiking,{word};outdoor,,{price}.00\n"
    for word, price in (("boot", 149), ("parka", 289), ("tent", 399), ("stove", 79))
    for size in ("s", "m", "l")
)


async def _to_columns(studio: Studio) -> None:
    Path("shopify.csv").write_text(SHOPIFY, encoding="utf-8")
    await studio.until("NW-")
    await studio.press("i")
    await studio.until("4 Report")
    studio.pilot.app.screen.query_one(Input).value = "shopify.csv"
    await studio.press("enter")
    await studio.until("uploads it")


async def import_check(studio: Studio) -> None:
    """What a check says before a byte leaves."""
    await _to_columns(studio)


async def import_encoding(studio: Studio) -> None:
    """A file whose encoding only the user can tell."""
    Path("liste.csv").write_bytes("sku;name\nTR-1;ışık\n".encode("cp1254"))
    await studio.until("NW-")
    await studio.press("i")
    await studio.until("4 Report")
    studio.pilot.app.screen.query_one(Input).value = "liste.csv"
    await studio.press("enter")
    await studio.until("Which is right?")


async def import_columns(studio: Studio) -> None:
    """A file without SKUs, and the proposal."""
    await _to_columns(studio)
    await studio.press("enter")
    await studio.until("maps Handle to sku")


async def import_compare(studio: Studio) -> None:
    """What it would change, counted before it is gone on with."""
    await import_columns(studio)
    await studio.press("a")
    await studio.until("is unique per row")
    await studio.press("c")
    await studio.until("against the catalogue")


async def import_progress(studio: Studio) -> None:
    """Rows coming in."""
    rows = "".join(f"big-{n},Lamp {n},{n % 90}.00\n" for n in range(20_000))
    Path("lamps.csv").write_text("SKU,Name,Price\n" + rows, encoding="utf-8")
    await studio.until("NW-")
    await studio.press("i")
    await studio.until("4 Report")
    studio.pilot.app.screen.query_one(Input).value = "lamps.csv"
    await studio.press("enter")
    await studio.until("uploads it")
    await studio.press("enter")
    await studio.until("is unique per row")
    # Each look imports a slice of the rows, once the time for it has come: looks get through one
    # by one, the next when the one before has been answered.
    studio.door.holds = lambda call: call.startswith("GET /pim/import/")
    await studio.press("i")
    while "rows/s" not in studio.text():
        await studio.held()
        studio.now += timedelta(seconds=1)
        studio.door.let_one_go()
        await studio.pilot.pause(0.05)
    await studio.held()


async def import_types(studio: Studio) -> None:
    """Values that do not fit a field of the workspace, and the proposal."""
    lines = [f"more-{n},Lamp {n},{price}\n" for n, price in enumerate(["ask us", "12.00", "sold"])]
    Path("more.csv").write_text("sku,title,price\n" + "".join(lines), encoding="utf-8")
    await studio.until("NW-")
    await studio.press("i")
    await studio.until("4 Report")
    studio.pilot.app.screen.query_one(Input).value = "more.csv"
    await studio.press("enter")
    await studio.until("uploads it")
    await studio.press("enter")
    await studio.until("maps a column")


async def import_rejected(studio: Studio) -> None:
    """A report with rejected rows."""
    Path("bad.csv").write_text("sku,title\nA,Lamp\n,lost\n,gone\nB,Rope\n", encoding="utf-8")
    await studio.until("NW-")
    await studio.press("i")
    await studio.until("4 Report")
    studio.pilot.app.screen.query_one(Input).value = "bad.csv"
    await studio.press("enter")
    await studio.until("uploads it")
    await studio.press("enter")
    await studio.until("maps a column")
    await studio.press("i")
    await studio.until("Rejected rows")


async def import_detail(studio: Studio) -> None:
    """An earlier import, opened."""
    await import_rejected(studio)
    await studio.press("escape", "I")
    await studio.until("REJECTED")
    await studio.until("bad.csv")
    await studio.press("home")
    await studio.until("line 3")
    await studio.press("enter")
    await studio.until("REASON")


async def import_report(studio: Studio) -> None:
    """What came of it."""
    await import_columns(studio)
    await studio.press("a")
    await studio.until("is unique per row")
    await studio.press("i")
    await studio.until("rows of shopify.csv")


SCENES = (
    Scene("import-check", import_check, place="products"),
    Scene("import-encoding", import_encoding, place="products"),
    Scene("import-types", import_types, place="products"),
    Scene("import-rejected", import_rejected, place="products"),
    Scene("import-detail", import_detail, place="products"),
    Scene("import", import_columns, place="products"),
    Scene("import-compare", import_compare, place="products"),
    Scene("import-progress", import_progress, place="products", pace=1.0),
    Scene("import-report", import_report, place="products"),
)
