"""A line to type in, that takes no more of a paste than a line can use.

Knows a length; what is typed is its owner's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.widgets import Input

if TYPE_CHECKING:
    from textual import events

LONGEST: Final = 4_096
"""Characters: as long as a path may be. Drawing a megabyte in one line stops everything else."""


class Field(Input):
    """An input for a name, a path or a few words."""

    def on_paste(self, event: events.Paste) -> None:
        """Cut what is pasted before the input takes it."""
        event.text = event.text[:LONGEST]
