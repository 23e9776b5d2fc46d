"""Where the styles of dialogs stand."""

from __future__ import annotations

import re
from pathlib import Path

import segops_tui.tui


def test_no_widget_sizes_its_dialog_where_the_style_sheet_overrides_it() -> None:
    """A rule of a style sheet outranks every default rule, so `.dialog` is sized there alone."""
    root = Path(segops_tui.tui.__file__).parent
    rule = re.compile(r"^\s*\w+ \.dialog[\w.-]* \{[^}]*\b(width|height|padding):", re.MULTILINE)

    assert [path.name for path in root.rglob("*.py") if rule.search(path.read_text("utf-8"))] == []
