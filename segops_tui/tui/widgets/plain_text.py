"""A text that is shown as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import Static

from segops_tui.tui.core.sized import AutoSized

if TYPE_CHECKING:
    from textual.content import Content


class PlainText(AutoSized, Static):
    """A `Static` in which nothing is markup, and that has room for its last text.

    Args:
        content: What is shown first.
        id: ID of the widget.
        classes: Names of classes, with blanks between.
    """

    def __init__(
        self, content: Content | str = "", *, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(content, id=id, classes=classes, markup=False)
