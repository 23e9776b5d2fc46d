"""What a check found, as lines: the sign says how bad, the hint what to do.

Knows findings; decides nothing about them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.content import Content

from segops_tui import wording
from segops_tui.tui.core.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from segops_tui.jobs.imports.findings import CsvCheck, Finding

_SIGNS: Final = {
    "error": ("✗", "$error"),
    "warning": ("▲", "$warning"),
    "notice": ("·", "$primary"),
}


def finding_lines(findings: Iterable[Finding]) -> list[Content]:
    """A line for each, its hint below it."""
    lines = []
    for finding in findings:
        sign, style = _SIGNS.get(finding.level, ("·", ""))
        lines.append(Content.assemble((f"{sign} ", f"bold {style}"), one_line(finding.text)))
        if finding.hint:
            lines.append(Content.styled(f"  {one_line(finding.hint)}", "$text-muted"))
    return lines


def check_content(check: CsvCheck) -> Content:
    """A file in short: how much, how it is written, what was found."""
    layout = check.layout
    facts = [
        wording.plural(check.rows, "row"),
        wording.plural(len(check.columns), "column"),
        wording.size(layout.size),
        layout.text.encoding_name,
    ]
    words = "   ".join(facts)
    head = Content.assemble((one_line(check.name), "bold"), "   ", (words, "$text-muted"))
    found = finding_lines([*check.errors, *check.warnings, *check.notices])
    if not check.errors:
        ready = Content.assemble(
            ("✓ ", "bold $success"), "It can be imported. Nothing was sent yet."
        )
        found = [ready, *found]
    return Content("\n").join([head, Content(""), *found])
