"""What can be taken from a list: copied, saved to a file, seen with chosen columns."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Checkbox, Input

from segops_tui.api.errors import ConnectionFailed
from segops_tui.tui.core.clipboard import clipboard_program
from segops_tui.tui.core.ui_state import UiState
from segops_tui.tui.dialogs.column_chooser import ColumnChooser
from segops_tui.tui.dialogs.copy_menu import CopyMenu
from segops_tui.tui.dialogs.path_form import PathForm


@pytest.fixture
def copied(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What went to the clipboard; the machine's own is left alone."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"):
        monkeypatch.delenv(name, raising=False)
    return []


async def copy(pilot: Any, *keys: str) -> str:
    await pilot.press("y")
    assert isinstance(pilot.app.screen, CopyMenu)
    await pilot.press(*keys)
    return str(pilot.app.clipboard)


async def save(pilot: Any, path: Path, *, force: bool = False, key: str = "enter") -> None:
    await pilot.press("ctrl+s")
    await pilot.pause()
    assert isinstance(pilot.app.screen, PathForm)
    pilot.app.screen.query_one(Input).value = str(path)
    pilot.app.screen.query_one(Checkbox).value = force
    await pilot.press(key)


async def test_the_menu_copies_rows_in_each_of_their_forms_and_a_view_is_saved(
    shop, copied, tmp_path, seen, told, reached
):
    """The id on `y` twice; a name, a command, cells, the server's object; nothing on escape.

    A view as JSON is the server's own objects and replaces no file unasked. Those rows are saved
    that are marked, or else those that pass the filter, with the columns in view. Every product
    found is saved though only a page was loaded; a server that is lost in the middle leaves no half
    file.
    """
    existing, json_path = tmp_path / "mine.csv", tmp_path / "view.json"
    path, products = tmp_path / "view.csv", tmp_path / "products.ndjson"
    existing.write_text("mine")
    async with shop.run() as pilot:
        assert await copy(pilot, "escape") == ""
        assert await copy(pilot, "y") == "1"
        assert await copy(pilot, "n") == "High LTV buyers"
        assert await copy(pilot, "i") == "1"
        assert await copy(pilot, "c") == "segops-tui segments get 1"
        assert (await copy(pilot, "r")).split("\t")[:3] == ["High LTV buyers", "● computed", "74"]
        whole = json.loads(await copy(pilot, "j"))
        assert (whole["id"], whole["definition"]["logic"]) == (1, "AND")

        await pilot.press("space", "space")
        assert await copy(pilot, "i") == "1\n2"
        assert [each["id"] for each in json.loads(await copy(pilot, "j"))] == [1, 2]

        # Those are saved, too, and a file with another ending is refused.
        await save(pilot, tmp_path / "view.xlsx")
        await reached(pilot, lambda: "must end in .csv, .tsv, .json or .ndjson" in seen(pilot))

        field = pilot.app.screen.query_one(Input)
        field.value = str(existing)
        await pilot.press("enter")
        await reached(pilot, lambda: "The file exists" in seen(pilot))
        assert existing.read_text() == "mine"

        field.value = str(json_path)
        await pilot.press("enter")
        await reached(pilot, json_path.exists)
        saved = json.loads(json_path.read_text())
        assert [each["id"] for each in saved] == [1, 2]
        assert [each["name"] for each in saved] == ["High LTV buyers", "Lapsed VIPs"]

        await pilot.press("escape")
        assert not pilot.app.screen.pane.table.marked
        await pilot.press("slash")
        pilot.app.screen.focused.value = "name:vip state:changed"
        await pilot.pause()
        await pilot.press("enter")
        await save(pilot, path, key="ctrl+s")
        await reached(pilot, path.exists)
        line = pilot.app.workspace.log.entries[-1].command

        wheres = "--where name:vip --where state:changed"
        assert line.startswith(f"segops-tui segments list {wheres} --all -o csv")

        with path.open(newline="") as file:
            [row] = csv.DictReader(file)
        assert (row["name"], row["id"]) == ("Lapsed VIPs", "2")

        pilot.app.screen.go("products")
        await reached(pilot, lambda: pilot.app.screen.pane.id == "products")
        await save(pilot, products)
        await reached(pilot, products.exists)

        await pilot.press("ctrl+s")
        await pilot.pause()
        pilot.app.screen.query_one(Input).value = str(tmp_path / "half.csv")
        shop.door.error = ConnectionFailed("gone")
        await pilot.press("enter")
        await reached(pilot, lambda: "Not saved" in told(pilot))

    assert list(tmp_path.glob("*half*")) == []
    skus = [json.loads(line)["sku"] for line in products.read_text().splitlines()]
    assert len(skus) == len(set(skus)) == 2104


async def test_columns_are_chosen_moved_and_remembered(stage, ask, tmp_path, seen, reached, told):
    """The usual ones come back by a key, and a table keeps its last column.

    A broken memory costs a choice and nothing else.
    """
    ask.ok("POST", "/api/segments/", {"name": "Only"})
    file = tmp_path / "console.json"
    for content in ("", "{", "[1]", "\x00"):
        file.write_text(content)
        assert UiState(file).get("columns of segments") is None, content

    file.write_text('{"columns of segments": 3}')
    async with stage.run(ui_state=UiState(file)) as pilot:
        assert "STATE" in seen(pilot)
        await pilot.press("vertical_line")
        await pilot.pause()
        assert isinstance(pilot.app.screen, ColumnChooser)
        await pilot.press("down", "space", "down", "K", "enter")
        await reached(pilot, lambda: "STATE" not in seen(pilot))

    async with stage.run(ui_state=UiState(file)) as pilot:
        text = seen(pilot)
        assert "STATE" not in text
        assert text.index("NAME") < text.index("MEMBERS")

        await pilot.press("vertical_line", "d")
        await reached(pilot, lambda: "STATE" in seen(pilot))
        assert UiState(file).get("columns of segments") is None

        pilot.app.workspace.ui_state.put("columns of segments", ["name"])
        await pilot.press("vertical_line", "space")
        await pilot.pause()
        assert "needs at least one column" in told(pilot)


def test_a_clipboard_program_is_that_of_this_desktop(tmp_path, monkeypatch):
    for name in ("xclip", "wl-copy"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    found = [
        clipboard_program({"DISPLAY": ":0"}, platform="linux"),
        clipboard_program({"DISPLAY": ":0", "WAYLAND_DISPLAY": "w"}, platform="linux"),
        clipboard_program({"DISPLAY": ":0", "SSH_TTY": "/dev/pts/1"}, platform="linux"),
        clipboard_program({}, platform="linux"),
    ]

    assert [each and each[0] for each in found] == ["xclip", "wl-copy", None, None]
