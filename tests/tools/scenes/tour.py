"""A catalogue is imported and a segment recomputed, step by step: the film in the README."""

from __future__ import annotations

from pathlib import Path

from studio import Scene, Studio
from textual.widgets import Input

from segops_tui.sandbox.seeding.sample import sample_csv


async def tour(studio: Studio) -> None:
    """From the list of products to a segment's new count."""
    Path("catalogue.csv").write_bytes(sample_csv())
    await studio.until("2,104 of 2,104")
    await studio.shot("Products: i imports a file")
    await studio.press("i")
    await studio.until("4 Report")
    studio.pilot.app.screen.query_one(Input).value = "catalogue.csv"
    await studio.shot("Import: the file")
    await studio.press("enter")
    await studio.until("uploads it")
    await studio.shot("Import: checked before anything is sent")
    await studio.press("enter")
    await studio.until("BECOMES")
    await studio.shot("Import: what each column becomes")
    await studio.press("i")
    await studio.until("Rejected rows")
    await studio.shot("Import: the report, with the rows that were rejected")
    await studio.press("escape", "1")
    await studio.until("Segments 14 of 14")
    await studio.press("down")
    await studio.shot("Segments: r recomputes")
    studio.door.holds = lambda call: call.startswith("POST")
    await studio.press("r")
    await studio.until("1 job")
    await studio.shot("Segments: at work, and the console is free")
    studio.door.let_go()
    await studio.done(2)
    await studio.shot("Segments: the new count")


SCENES = (Scene("tour", tour, place="products", size=(110, 30)),)
