"""Draws the console from a seeded shop and a clock that stands still.

    python tests/tools/screenshots.py                       # `make screenshots`
    python tests/tools/screenshots.py --to FOLDER [--size 80x24] [NAME …]

Scenes are in `scenes/`, a module for each noun. Without options, each becomes a baseline in
`tests/snapshots/` (see `cells.py`), which `tests/tui/test_looks.py` compares, and those that
the README and docs/ show become pictures in `screenshots/`. With `--to`, scenes are drawn there, as
SVG and as PNG, and nothing else is written.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import cells
import drawing
from scenes import SCENES
from studio import Shot, draw, seeded

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "screenshots"
BASELINES = ROOT / "tests" / "snapshots"
WIDE, NARROW = (140, 40), (80, 24)
ON_A_SMALL_SCREEN = (
    *("segments", "versions", "recompute", "delete", "segment-editor", "products", "import"),
    *("queries", "query-answers", "pages", "product-segments", "users", "explain"),
    *("activations", "schemas", "analytics", "overlap", "jobs", "competitors", "webhooks"),
    *("help", "palette", "log", "offline"),
)
"""Scenes that are compared at 80×24 as well."""

Size = tuple[int, int]
LOOKS: tuple[tuple[str, Size], ...] = (
    *((scene.name, scene.size or WIDE) for scene in SCENES),
    *((name, NARROW) for name in ON_A_SMALL_SCREEN),
)
"""Everything that has a baseline."""


def baseline_of(name: str, size: Size) -> Path:
    """Where the baseline of a scene is kept."""
    return BASELINES / "{}x{}".format(*size) / f"{name}.txt"


def shown() -> list[str]:
    """The scenes whose pictures the README and docs/ show."""
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    return sorted(set(re.findall(r"screenshots/([\w-]+)\.svg", text)))


def shots_of(name: str, size: Size, shop: Path) -> list[Shot]:
    """Play a scene."""
    os.environ.pop("NO_COLOR", None)
    scene = next(scene for scene in SCENES if scene.name == name)
    return asyncio.run(draw(scene, shop, size=size))


def written(shots: list[Shot]) -> str:
    """The baseline of a scene, or of a film's every picture."""
    return "\n".join(cells.written(shot.screen, shot.title) for shot in shots)


def read(baseline: str) -> list[Shot]:
    """What a baseline was written from."""
    return [Shot(*cells.read(part)) for part in baseline.split("\n\n")]


def picture(shots: list[Shot]) -> str:
    """The SVG of a scene: a film where there are several shots."""
    return drawing.film(shots) if len(shots) > 1 else drawing.svg(shots[0].screen, shots[0].title)


def png(shots: list[Shot], file: Path) -> None:
    """Write the last shot as PNG, for eyes."""
    import cairosvg

    svg = drawing.svg(shots[-1].screen, shots[-1].title)
    cairosvg.svg2png(bytestring=svg.encode(), write_to=str(file), output_width=1400)


def _redraw(look: tuple[str, Size], shop: Path) -> Path:
    file = baseline_of(*look)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(written(shots_of(*look, shop)), encoding="utf-8")
    return file


def _redraw_all(shop: Path) -> int:
    """Every baseline, and the pictures that are shown; what belongs to no scene is removed."""
    failed = 0
    with ProcessPoolExecutor() as pool:
        drawn = {pool.submit(_redraw, look, shop): look for look in LOOKS}
        for future in as_completed(drawn):
            if error := future.exception():
                failed += 1
                print("FAILED", *drawn[future], error, file=sys.stderr)
            else:
                print(future.result().relative_to(ROOT))
    if failed:
        print(f"{failed} scenes could not be drawn; pictures stay as they are.", file=sys.stderr)
        return 1
    sizes = dict(reversed(LOOKS))
    pictures = {FOLDER / f"{name}.svg": name for name in shown()}
    for file, name in pictures.items():
        shots = read(baseline_of(name, sizes[name]).read_text(encoding="utf-8"))
        file.write_text(picture(shots), encoding="utf-8")
        print(file.relative_to(ROOT))
    kept = {*pictures, *(baseline_of(*look) for look in LOOKS)}
    for file in (*FOLDER.rglob("*"), *BASELINES.rglob("*")):
        if file.is_file() and file not in kept:
            file.unlink()
            print("removed", file.relative_to(ROOT))
    return 0


def main(words: list[str]) -> int:
    """Draw every scene, or those named."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--to", type=Path)
    parser.add_argument("--size")
    parser.add_argument("names", nargs="*")
    given = parser.parse_args(words)
    if given.to is None and (given.names or given.size):
        parser.error("a scene or a size needs --to FOLDER")
    with tempfile.TemporaryDirectory() as scratch:
        shop = seeded(Path(scratch) / "shop.sqlite3")
        if given.to is None:
            return _redraw_all(shop)
        given.to.mkdir(parents=True, exist_ok=True)
        for scene in SCENES:
            if given.names and scene.name not in given.names:
                continue
            size = scene.size or WIDE
            if given.size:
                columns, rows = map(int, given.size.split("x"))
                size = columns, rows
            shots = shots_of(scene.name, size, shop)
            file = given.to.resolve() / f"{scene.name}.svg"
            file.write_text(picture(shots), encoding="utf-8")
            png(shots, file.with_suffix(".png"))
            print(file)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
