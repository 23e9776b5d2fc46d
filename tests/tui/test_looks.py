"""States of the console as pictures.

At 80×24 they are compared with `tests/snapshots` (`make snapshots` accepts a new look); at 140×40
with the pictures in `screenshots/`, which `make screenshots` draws.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pytest_textual_snapshot import SVGImageExtension

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

TESTS = Path(__file__).parents[1]
TRIES = 3


def load_tool() -> Any:
    spec = importlib.util.spec_from_file_location(
        "screenshots_tool", TESTS / "tools" / "screenshots.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


tool = load_tool()
SCENES = {scene.name: scene for scene in tool.SCENES}


class Baseline(SVGImageExtension):
    """Keeps the pictures of narrow screens where all snapshots are."""

    @classmethod
    def dirname(cls, *, test_location: Any) -> str:
        return str(TESTS / "snapshots" / Path(test_location.filepath).stem)


@pytest.mark.pictures
@pytest.mark.parametrize(
    "name",
    [
        *("segments", "versions", "recompute", "delete", "segment-editor", "products", "import"),
        *("queries", "query-answers", "pages", "product-segments", "users", "explain"),
        *("activations", "schemas", "analytics", "overlap", "jobs", "competitors", "webhooks"),
        *("help", "palette", "log", "offline"),
    ],
)
async def test_it_looks_as_it_did_on_a_small_screen(
    name: str, shop_file: Path, snapshot: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch
):
    """Nothing is cut off or crowded that was not before."""
    monkeypatch.delenv("NO_COLOR", raising=False)

    pictures = await tool.draw(SCENES[name], shop_file, size=(80, 24), themes=["dark"])

    assert pictures["dark"] == snapshot(extension_class=Baseline)


@pytest.mark.pictures
@pytest.mark.parametrize("name", [name for name, scene in SCENES.items() if scene.is_still])
async def test_the_committed_picture_is_what_the_console_looks_like(
    name: str, shop_file: Path, monkeypatch: pytest.MonkeyPatch
):
    """A stale picture in `screenshots/` is a lie; `make screenshots` draws them anew."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    scene = SCENES[name]

    files = {theme: tool.FOLDER / tool.file_of(name, theme) for theme in scene.themes}
    committed = {theme: file.read_text(encoding="utf-8") for theme, file in files.items()}

    # A stale picture differs every time; one caught between two frames of a busy machine does not.
    stale = set(scene.themes)
    for _ in range(TRIES):
        pictures = await tool.draw(scene, shop_file, size=tool.WIDE, themes=scene.themes)
        stale -= {theme for theme in scene.themes if pictures[theme] == committed[theme]}
        if not stale:
            break

    assert stale == set(), f"{name}: make screenshots"
