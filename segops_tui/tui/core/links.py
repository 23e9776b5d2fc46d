"""Deep links to a place in the console, such as `segment/12/members`, and their history.

The grammar is `PANE[/TAB]` or `ONE/ID[/TAB]` with percent-encoded ids.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST = 2_000
"""Characters of a link that are parsed."""
HISTORY_LENGTH = 100
"""Places that are remembered."""


class BadLink(ValueError):
    """Nowhere in the console."""


@dataclass(frozen=True, slots=True)
class Link:
    """A pane, a row of it, a tab of its detail; a row or tab may be left open."""

    pane: str
    key: str = ""
    tab: str = ""


@dataclass(frozen=True, slots=True)
class PaneName:
    """How links call a pane and one of its rows."""

    pane: str
    one: str = ""


def parse_link(words: str, panes: Sequence[PaneName]) -> Link:
    """Read a link.

    Raises:
        BadLink: there is no such pane or kind of row; says which there are.
    """
    first, *rest = [unquote(part) for part in words[:LONGEST].strip().strip("/").split("/")]
    for named in panes:
        if first == named.pane and len(rest) <= 1:
            return Link(named.pane, tab=rest[0] if rest else "")
        if named.one and first == named.one and 1 <= len(rest) <= 2 and rest[0]:
            return Link(named.pane, rest[0], rest[1] if len(rest) == 2 else "")
    ones = [f"{named.one}/ID" for named in panes if named.one]
    raise BadLink(
        f"There is no place {words[:80]!r}. Places are {', '.join(named.pane for named in panes)};"
        f" {', '.join(ones)}; and a tab may follow: segment/12/members."
    )


def link_words(link: Link, panes: Sequence[PaneName]) -> str:
    """A link in words."""
    named = next((named for named in panes if named.pane == link.pane), PaneName(link.pane))
    parts = [link.pane] if not link.key else [named.one or link.pane, quote(link.key, safe="")]
    if link.tab:
        parts.append(quote(link.tab, safe=""))
    return "/".join(parts)


class History:
    """Places to go back and forward to, as in a browser."""

    def __init__(self) -> None:
        self._back: list[Link] = []
        self._forward: list[Link] = []

    @property
    def can_go_back(self) -> bool:
        """Whether there is an earlier place."""
        return bool(self._back)

    @property
    def can_go_forward(self) -> bool:
        """Whether there is a place to return to after going back."""
        return bool(self._forward)

    def left(self, here: Link) -> None:
        """Remember the place that is left; the places to go forward to are dropped."""
        self._forward.clear()
        if not self._back or self._back[-1] != here:
            self._back.append(here)
            del self._back[:-HISTORY_LENGTH]

    def back(self, here: Link) -> Link:
        """The earlier place; `here` becomes the next one forward.

        Raises:
            IndexError: there is none.
        """
        return _step(self._back, self._forward, here)

    def forward(self, here: Link) -> Link:
        """The next place forward; `here` becomes the earlier one.

        Raises:
            IndexError: there is none.
        """
        return _step(self._forward, self._back, here)


def _step(source: list[Link], other: list[Link], here: Link) -> Link:
    found = source.pop()
    other.append(here)
    return found
