"""What one version of a rule changed against the one before, line by line.

Knows the rule's readable lines; a change shows by its sign as well as by its colour.
"""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Final

from textual.content import Content
from textual.widgets import Static

from segops_tui.tui.core.text import one_line

AROUND: Final = 3
"""Lines shown before and after a change in a long text."""

if TYPE_CHECKING:
    from collections.abc import Sequence


class VersionDiff(Static):
    """A coloured diff."""

    DEFAULT_CSS = "VersionDiff { width: 1fr; height: auto; }"

    def __init__(self) -> None:
        super().__init__("", markup=False)

    def show(self, title: str, before: Sequence[str], after: Sequence[str]) -> None:
        """Draw the difference of two rules."""
        lines = [Content.styled(title, "$text-muted"), *diff_lines(before, after)]
        self.update(Content("\n").join(lines))

    def show_lines(self, before: Sequence[str], after: Sequence[str]) -> None:
        """Draw the difference of two texts: what changed, and a little of what is around it."""
        self.update(Content("\n").join(_near(diff_lines(before, after))))


def diff_lines(before: Sequence[str], after: Sequence[str]) -> list[Content]:
    """Every line with its sign: ` ` stays, `-` is gone, `+` is new."""
    drawn: list[Content] = []
    for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            drawn.extend(Content.styled(f"  {one_line(line)}", "") for line in after[c:d])
            continue
        drawn.extend(Content.styled(f"− {one_line(line)}", "$error") for line in before[a:b])
        drawn.extend(Content.styled(f"+ {one_line(line)}", "$success") for line in after[c:d])
    return drawn


def _near(lines: Sequence[Content]) -> list[Content]:
    """The lines that are changed or stand near one that is; for the others, how many they are."""
    changed = [at for at, line in enumerate(lines) if not line.plain.startswith("  ")]
    shown: list[Content] = []
    left_out: list[Content] = []
    for at, line in enumerate(lines):
        if any(abs(at - each) <= AROUND for each in changed):
            shown += [*_said(left_out), line]
            left_out = []
        else:
            left_out.append(line)
    return [*shown, *_said(left_out)]


def _said(left_out: Sequence[Content]) -> Sequence[Content]:
    """One line alone is shown: saying that it is not would take as much room."""
    if len(left_out) < 2:
        return left_out
    return [Content.styled(f"  … {len(left_out)} lines as they were", "$text-muted")]
