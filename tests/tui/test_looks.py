"""How the console looks: every scene of `tests/tools/scenes` against its baseline.

A baseline (`tests/snapshots/`, see `tests/tools/cells.py`) is the words of a screen and the looks
of its cells, in both themes. `make screenshots` draws all of them anew, and the pictures that the
documents show from them. Where a screen differs, the difference is in the failure, and pictures
of both are in build/looks.
"""

from __future__ import annotations

import difflib
import importlib.util
import re
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).parents[2]
DIFFERENT = ROOT / "build" / "looks"
MOST = 4_000_000
"""Octets that all pictures may have."""
MOST_OF_A_FILM = 400_000
ELEMENTS = {"svg", "style", "g", "rect", "circle", "path", "text"}


def load_tool() -> Any:
    spec = importlib.util.spec_from_file_location(
        "screenshots_tool", ROOT / "tests" / "tools" / "screenshots.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


tool = load_tool()
SIZES = dict(reversed(tool.LOOKS))
PICTURES = sorted(tool.FOLDER.glob("*.svg"))


@pytest.mark.pictures
@pytest.mark.parametrize(
    ("name", "size"), tool.LOOKS, ids=[f"{name}-{w}x{h}" for name, (w, h) in tool.LOOKS]
)
def test_the_console_looks_as_it_did(
    name: str, size: tuple[int, int], shop_file: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("NO_COLOR", raising=False)
    file = tool.baseline_of(name, size)
    assert file.exists(), "a new scene: make screenshots"
    baseline = file.read_text(encoding="utf-8")

    shots = tool.shots_of(name, size, shop_file)

    now = tool.written(shots)
    if now != baseline:
        lines = difflib.unified_diff(
            baseline.splitlines(), now.splitlines(), "was", "is", lineterm="", n=1
        )
        drawn = _drawn(f"{name}-{size[0]}x{size[1]}", was=tool.read(baseline), now=shots)
        pytest.fail(
            "\n".join([*lines, *drawn, "If it is meant to: make screenshots"]), pytrace=False
        )


def _drawn(name: str, **looks: Any) -> list[str]:
    """Pictures for a person to look at."""
    DIFFERENT.mkdir(parents=True, exist_ok=True)
    files = []
    for which, shots in looks.items():
        file = DIFFERENT / f"{name}-{which}.svg"
        file.write_text(tool.picture(shots), encoding="utf-8")
        files.append(f"{which}: {file}")
    return files


def test_each_scene_has_a_name_of_its_own():
    assert len(set(tool.LOOKS)) == len(tool.LOOKS)


def test_no_baseline_is_left_of_a_scene_that_is_gone():
    kept = {file for file in tool.BASELINES.rglob("*") if file.is_file()}

    assert kept <= {tool.baseline_of(*look) for look in tool.LOOKS}


@pytest.mark.parametrize("file", PICTURES, ids=lambda file: file.name)
def test_a_picture_is_drawn_from_its_baseline(file: Path):
    """So that a picture is never older than the look that the console is held to."""
    baseline = tool.baseline_of(file.stem, SIZES[file.stem]).read_text(encoding="utf-8")

    assert file.read_text(encoding="utf-8") == tool.picture(tool.read(baseline)), "make screenshots"


def test_the_repository_has_the_pictures_that_the_documents_show_and_no_other():
    assert {file.name for file in PICTURES} == {f"{name}.svg" for name in tool.shown()}


def test_the_pictures_are_small():
    sizes = {file.stem: file.stat().st_size for file in PICTURES}

    assert sum(sizes.values()) < MOST
    assert sizes["tour"] < MOST_OF_A_FILM


@pytest.mark.parametrize("file", PICTURES, ids=lambda file: file.name)
def test_a_picture_asks_nobody_for_anything(file: Path):
    """No font, style or picture comes from another place."""
    parts = list(ElementTree.parse(file).iter())

    assert {part.tag.removeprefix("{http://www.w3.org/2000/svg}") for part in parts} <= ELEMENTS
    styles = [part.text or "" for part in parts if part.tag.endswith("style")]
    values = [value for part in parts for value in part.attrib.values()]
    assert not re.search(r"//|url\(|@import|@font-face", " ".join(styles + values))


@pytest.mark.parametrize("file", PICTURES, ids=lambda file: file.name)
def test_a_picture_has_the_colours_of_both_themes(file: Path):
    text = file.read_text(encoding="utf-8")

    assert "@media(prefers-color-scheme:light){.a{" in text


def test_the_film_shows_each_step_and_ends_with_the_new_count():
    shots = tool.read(tool.baseline_of("tour", SIZES["tour"]).read_text(encoding="utf-8"))

    assert len(shots) >= 6
    assert "Rejected rows" in "".join(shot.screen.text for shot in shots)
    assert "just now" in shots[-1].screen.text
    assert tool.picture(shots).count("@keyframes") == len(shots)
