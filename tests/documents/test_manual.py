"""Man pages are written from the commands' own help."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

TOOL = Path(__file__).parents[1] / "tools" / "manual.py"


def load() -> Any:
    spec = importlib.util.spec_from_file_location("manual_tool", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_command_has_a_man_page() -> None:
    """click-man reads `commands`, which is empty in groups that import commands when run."""
    manual = load()

    program = manual.loaded(manual.Root(), "segops-tui")

    assert "recompute" in program.commands["segments"].commands
    assert all(group.help for group in program.commands.values())
