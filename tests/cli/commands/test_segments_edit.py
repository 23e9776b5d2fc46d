"""`segments edit`: the editor's text, a diff, a question, and only then a change."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Program


def editor(program: Program, folder: Path, change: str) -> None:
    """Make an editor that changes the text of the file it opens."""
    script = folder / "editor.py"
    script.write_text(
        "import pathlib, sys\n"
        "file = pathlib.Path(sys.argv[1])\n"
        f"text = file.read_text()\nfile.write_text({change})\n"
    )
    program.environ["VISUAL"] = f"{sys.executable} {script}"


def test_what_was_edited_is_shown_and_saved(changing: Program, tmp_path: Path) -> None:
    editor(changing, tmp_path, "text.replace('High LTV buyers', 'Best buyers')")

    ended = changing("segments", "edit", "1", "--yes")

    assert ended.code == 0, ended.err
    assert "-name: High LTV buyers\n+name: Best buyers\n" in ended.out
    segment = changing("segments", "get", "1", "-o", "json").data
    assert segment["name"] == "Best buyers"


def test_only_what_changed_is_sent(program: Program, tmp_path: Path) -> None:
    editor(program, tmp_path, "text.replace('High LTV buyers', 'Best buyers')")

    ended = program("segments", "edit", "High LTV buyers", "--dry-run", "-o", "json")

    assert ended.data["dry_run"]["body"] == {"name": "Best buyers"}


def test_without_a_yes_or_a_change_nothing_is_saved(program: Program, tmp_path: Path) -> None:
    editor(program, tmp_path, "text + 'description: other\\n'")
    asked = program("segments", "edit", "1")
    editor(program, tmp_path, "text")

    assert asked.code == 2
    assert "nothing was changed" in program("segments", "edit", "1").err


def test_an_invalid_rule_is_named_and_not_sent(program: Program, tmp_path: Path) -> None:
    for change, words in (
        ("'definition: {logic: XOR, conditions: []}'", "logic"),
        ("'name: [x'", "not YAML"),
        ("'nmae: x'", "only name, description, is_active, definition can be edited"),
    ):
        editor(program, tmp_path, change)
        ended = program("segments", "edit", "1", "--yes")
        assert ended.code == 2
        assert words in ended.err
        assert "nothing was saved" in ended.err
