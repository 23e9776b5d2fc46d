"""Dialog: the base of the console's modal screens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from segops_tui.tui.core.text import one_line

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.await_complete import AwaitComplete

T = TypeVar("T")


class Dialog(ModalScreen[T | None], Generic[T]):
    """A titled box over the screen below; it answers a T, or None where the user cancels.

    A dialog composes what stands inside the box in `body`, binds its own keys, and names in
    `AUTO_FOCUS` the widget that has the focus first.
    """

    def __init__(
        self,
        title: str | Content,
        *,
        subtitle: str = "",
        width: int | None = None,
        box: str = "",
    ) -> None:
        super().__init__()
        if isinstance(title, str):
            title = Content.styled(one_line(title), "bold")
        self._title = title
        self._subtitle, self._width = Content(one_line(subtitle)), width
        self._box_classes = f"dialog {box}".strip()

    def compose(self) -> ComposeResult:
        """The box and what stands in it."""
        with Vertical(classes=self._box_classes) as box:
            box.border_title = self._title
            box.border_subtitle = self._subtitle
            if self._width is not None:
                box.styles.width = self._width
            yield from self.body()

    def body(self) -> ComposeResult:
        """The widgets inside the box."""
        raise NotImplementedError

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        """Close with an answer, and cancel what the dialog is waiting for.

        Textual cancels workers only after the widgets they would draw in are gone.
        """
        self.workers.cancel_node(self)
        return super().dismiss(result)

    def action_cancel(self) -> None:
        """Close without an answer."""
        self.dismiss(None)
