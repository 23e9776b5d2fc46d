"""Draws the console into `screenshots/`, from a seeded shop and a clock that stands still.

    python tests/tools/screenshots.py [--to FOLDER] [--size 140x40] [--theme dark] [NAME …]

Scenes are in `scenes/`, a module a noun; the same ones are what `tests/tui/test_looks.py` compares.
With `--to` each is also written as PNG, for eyes.
"""

from __future__ import annotations

import argparse
import asyncio
import html
import os
import re
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from scenes import SCENES
from studio import BOTH, draw, normalised, seeded

__all__ = ["BOTH", "FOLDER", "PNGS", "SCENES", "WIDE", "draw", "file_of", "normalised", "seeded"]

FOLDER = Path(__file__).parents[2] / "screenshots"
WIDE = (140, 40)
_BRAILLE = re.compile(
    r'<text (?P<before>[^>]*?)x="(?P<x>[\d.]+)"(?P<y> y="[\d.]+") textLength="(?P<length>[\d.]+)"'
    r"(?P<after>[^>]*)>(?P<words>[^<]*[\u2800-\u28ff][^<]*)</text>"
)
PNGS = ("segments", "queries", "segment-editor", "import")
"""Scenes the README shows, as PNG too: some places show no SVG."""


def file_of(name: str, theme: str) -> str:
    """What a picture is called."""
    return f"{name}{'' if theme == 'dark' else '-' + theme}.svg"


def main(words: list[str]) -> int:
    """Draw every scene, or those named."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--to", type=Path)
    parser.add_argument("--size", default="x".join(map(str, WIDE)))
    parser.add_argument("--theme", choices=BOTH)
    parser.add_argument("names", nargs="*")
    given = parser.parse_args(words)
    os.environ.pop("NO_COLOR", None)
    folder = (given.to or FOLDER).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    columns, rows = map(int, given.size.split("x"))
    with tempfile.TemporaryDirectory() as scratch:
        shop = seeded(Path(scratch) / "shop.sqlite3")
        for scene in SCENES:
            if given.names and scene.name not in given.names:
                continue
            themes = [given.theme] if given.theme else scene.themes
            pictures = asyncio.run(draw(scene, shop, size=(columns, rows), themes=themes))
            for theme, svg in pictures.items():
                file = folder / file_of(scene.name, theme)
                file.write_text(svg, encoding="utf-8")
                if given.to is not None or (scene.name in PNGS and theme == "dark"):
                    _write_png(svg, file.with_suffix(".png"))
                print(file)
    return 0


def _write_png(svg: str, file: Path) -> None:
    import cairosvg

    # The picture asks the web for its font, which cairo does not; any machine has this one.
    svg = svg.replace("Fira Code", "DejaVu Sans Mono")
    svg = _BRAILLE.sub(_in_cells, svg)
    cairosvg.svg2png(bytestring=svg.encode(), write_to=str(file), output_width=1400)


def _in_cells(text: re.Match[str]) -> str:
    """Text with Braille, a cell at a time: that font has none, and the one that has is no grid."""
    words = html.unescape(text["words"])
    width = float(text["length"]) / len(words)
    return "".join(
        f'<text {text["before"]}x="{float(text["x"]) + at * width}"{text["y"]}{text["after"]}'
        f' style="font-family: DejaVu Sans">{html.escape(sign)}</text>'
        for at, sign in enumerate(words)
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
