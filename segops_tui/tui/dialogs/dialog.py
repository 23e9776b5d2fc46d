"""Dialog, the base of the console's modal screens, and Loading, its place while data is fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from segops_tui.tui.core.text import one_line
from segops_tui.tui.widgets.plain_text import PlainText

if TYPE_CHECKING:
    import asyncio

    from textual.app import ComposeResult
    from textual.await_complete import AwaitComplete
    from textual.binding import BindingType
    from textual.dom import DOMNode

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

    def age(self) -> None:
        """Draw the ages again, as the clock goes on; a dialog with ages overrides it."""

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        """Close with an answer, and cancel what the dialog is waiting for.

        Textual cancels workers only after the widgets they would draw in are gone.
        """
        self.workers.cancel_node(self)
        return super().dismiss(result)

    def action_cancel(self) -> None:
        """Close without an answer."""
        self.dismiss(None)

    def next_line(self) -> bool:
        """Focus the next field of a form; False where the last one, or none, has the focus."""
        fields = [each for each in self.focus_chain if _is_line(each.parent)]
        at = fields.index(self.focused) if self.focused in fields else len(fields)
        if at + 1 >= len(fields):
            return False
        fields[at + 1].focus()
        return True


def _is_line(parent: DOMNode | None) -> bool:
    return parent is not None and parent.has_class("line")


class Loading(Dialog[bool]):
    """Takes the place of a dialog while what it needs is fetched; answers None if the user cancels.

    A quick answer shows no box, so that nothing flickers.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", id="loading.cancel", tooltip="Stop loading."),
    ]
    DEFAULT_CSS = """
    Loading { background: transparent; }
    Loading.-slow { background: $background 60%; }
    Loading .dialog { visibility: hidden; }
    Loading.-slow .dialog { visibility: visible; }
    """
    quick: ClassVar[float] = 0.15
    """Seconds before the box is shown."""

    def __init__(self, title: str, task: asyncio.Task[Any]) -> None:
        super().__init__(title, subtitle="esc cancels")
        self._fetching = task

    def body(self) -> ComposeResult:
        """A line that says so."""
        yield PlainText("◌ loading …")

    def on_mount(self) -> None:
        """Close with the answer; show the box where it takes long."""
        self.set_timer(self.quick, lambda: self.add_class("-slow"))
        self._fetching.add_done_callback(self._loaded)

    def on_screen_resume(self) -> None:
        """A dialog that was over this one, such as that of `ctrl+q`, has closed."""
        if self._fetching.done():
            self._loaded(self._fetching)

    def _loaded(self, _task: asyncio.Task[Any]) -> None:
        self.call_later(self._close)

    def _close(self) -> None:
        if self.is_current:
            self.dismiss(True)
