"""Where somebody was: back and forward, as a browser does it.

Knows links; goes nowhere itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from segops_tui.tui.core.links import Link

MOST: Final = 100
"""Places that are remembered."""


class History:
    """Places in the order they were left, and the one in front."""

    def __init__(self) -> None:
        self._back: list[Link] = []
        self._forward: list[Link] = []

    @property
    def can_go_back(self) -> bool:
        """Whether there is a place before this one."""
        return bool(self._back)

    @property
    def can_go_forward(self) -> bool:
        """Whether somebody came back from somewhere."""
        return bool(self._forward)

    def left(self, here: Link) -> None:
        """Somebody goes on from here; what lay ahead is forgotten."""
        self._forward.clear()
        if not self._back or self._back[-1] != here:
            self._back.append(here)
            del self._back[:-MOST]

    def back(self, here: Link) -> Link:
        """The place before; `here` then lies ahead.

        Raises:
            IndexError: there is none.
        """
        return _step(self._back, self._forward, here)

    def forward(self, here: Link) -> Link:
        """The place somebody came back from.

        Raises:
            IndexError: there is none.
        """
        return _step(self._forward, self._back, here)


def _step(source: list[Link], other: list[Link], here: Link) -> Link:
    found = source.pop()
    other.append(here)
    return found
