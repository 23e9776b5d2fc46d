"""One key sends every form and answers every dialog that asks for something."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import segops_tui.tui
from segops_tui.tui.dialogs.dialog import Dialog

SHOW_ONLY = {
    "CommandLogScreen", "CopyMenu", "HelpScreen", "ImportDetail", "ImportsScreen", "Loading",
    "NoticesScreen", "SimulationScreen",
}  # fmt: skip
"""Dialogs that ask for nothing, and the menu of letters."""


def dialogs(of: type = Dialog) -> list[type]:
    return [each for sub in of.__subclasses__() for each in (sub, *dialogs(sub))]


def test_ctrl_s_answers_every_dialog_that_asks_for_something() -> None:
    root = Path(segops_tui.tui.__file__).parent
    for path in root.rglob("*.py"):
        parts = path.relative_to(root.parent).with_suffix("").parts
        import_module(".".join(("segops_tui", *parts)))

    ours = [each for each in dialogs() if each.__module__.startswith("segops_tui.")]
    deaf = {
        each.__name__
        for each in ours
        if not any("ctrl+s" in keys.split(",") for keys in each._merge_bindings().key_to_bindings)
    }

    assert len(ours) > 15
    assert deaf == SHOW_ONLY
