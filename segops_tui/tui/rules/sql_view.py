"""SQL for reading: keywords, strings and numbers coloured, lines as they came.

Knows a few words of SQL; refuses to understand it.
"""

from __future__ import annotations

import re
from typing import Final

from textual.content import Content, Span
from textual.widgets import Static

from segops_tui.tui.core.text import block

_TOKENS: Final = re.compile(
    r"(?P<string>'(?:[^']|'')*')|(?P<number>\b\d+(?:\.\d+)?\b)|(?P<comment>--[^\n]*)"
    r"|(?P<keyword>\b(?:SELECT|DISTINCT|FROM|WHERE|AND|OR|NOT|IN|IS|NULL|EXISTS|AS|ON|JOIN|LEFT"
    r"|INNER|GROUP|BY|HAVING|ORDER|LIMIT|UNION|ALL|INTERSECT|EXCEPT|WITH|CASE|WHEN|THEN|ELSE|END"
    r"|BETWEEN|LIKE|GLOB|CAST|COUNT|SUM|MIN|MAX|AVG|COALESCE|OVER|PARTITION|DESC|ASC|RECURSIVE"
    r"|MATERIALIZED|VALUES)\b)",
    re.IGNORECASE,
)
_STYLES: Final = {
    "string": "$success",
    "number": "$warning",
    "comment": "$text-muted",
    "keyword": "bold $primary",
}
LONGEST: Final = 60_000
"""Characters coloured; nobody reads on after that."""


class SqlView(Static):
    """A statement, wrapped where it is wider than the screen."""

    DEFAULT_CSS = "SqlView { width: 1fr; height: auto; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__("", id=id, markup=False)

    def show(self, sql: str) -> None:
        """Draw a statement."""
        self.update(coloured(sql))


def coloured(sql: str) -> Content:
    """A statement with its tokens coloured."""
    words = block(sql[:LONGEST])
    spans = [
        Span(match.start(), match.end(), _STYLES[match.lastgroup])
        for match in _TOKENS.finditer(words)
        if match.lastgroup is not None
    ]
    return Content(words, spans=spans)
