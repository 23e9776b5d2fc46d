"""Sizes of widgets: hear of each that is given, and ask for each that is needed.

Both classes stand in for what Textual (8.2) loses where messages are late, on a busy machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.geometry import Size

if TYPE_CHECKING:
    from typing import Self

    from textual.geometry import Region
    from textual.screen import Screen
    from textual.widget import Widget as _Base
else:
    _Base = object


class Sized(_Base):
    """Calls `fit_size` once for each size that a widget is given, the first included.

    `Resize` alone does not tell all. Textual compares a layout with the one before, and makes a
    new map of it whenever a place is asked for that is not known, as `mount` does itself. A widget
    that is in such a map before it was laid out gets no `Resize`, and would keep to the room of a
    widget without any.
    """

    _fitted = Size(0, 0)

    def fit_size(self) -> None:
        """Place what is shown in the room there is now."""
        raise NotImplementedError

    def on_mount(self) -> None:
        """Hear of each layout of the screen."""
        self.screen.screen_layout_refresh_signal.subscribe(self, self._laid_out, immediate=True)

    def on_resize(self) -> None:
        """Fit what is shown."""
        if self.outer_size != self._fitted:
            self._fitted = self.outer_size
            self.fit_size()

    def _laid_out(self, _screen: Screen[object]) -> None:
        if self.outer_size != self._fitted:
            self.call_next(self.on_resize)


class AutoSized(_Base):
    """Has the size of what it shows last, if its size follows from that.

    Textual counts a size once for all requests for a layout that come before the widget is idle.
    If a layout takes place between two of them, the widget would keep the size it got there, and
    the second text would not be seen.
    """

    def refresh(self, *regions: Region, **wanted: bool) -> Self:
        """Draw the widget again, with `layout` at the size it needs now."""
        if wanted.get("layout"):
            # No rule: any change of the styles makes Textual count the size again.
            self.styles.merge_rules({})
        return super().refresh(*regions, **wanted)
