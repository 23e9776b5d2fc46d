"""The README's table of keys is the program's own."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

TOOL = Path(__file__).parents[2] / "tools" / "key_table.py"


def load() -> Any:
    spec = importlib.util.spec_from_file_location("key_table_tool", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


tool = load()


def test_the_readme_has_the_keys_of_the_program():
    """Where this fails: python tests/tools/key_table.py --write."""
    found = tool.PART.search(tool.README.read_text(encoding="utf-8"))

    assert found is not None
    assert found[0] == tool.key_table()


def test_every_action_with_a_key_is_in_the_table():
    table = tool.key_table()

    for action in (*tool.EVERYWHERE, *tool.SHARED):
        assert f"{action.title}: {action.help}" in table
    for place in tool.PANES:
        for action in place.load().ACTIONS:
            assert action.title in table


def test_keys_are_spelled_as_people_call_them():
    spelled = [tool.spelled(key) for key in ("question_mark", "ctrl+p", "slash", "G", "escape")]

    assert spelled == ["?", "ctrl+p", "/", "G", "esc"]
