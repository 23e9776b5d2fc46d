"""Widgets that place what they show for their size, and hear of every size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.geometry import Size

if TYPE_CHECKING:
    from textual.screen import Screen
    from textual.widget import Widget as _Base
else:
    _Base = object


class Sized(_Base):
    """Calls `fit_size` once for each size that a widget is given, the first included.

    `Resize` alone does not tell all. Textual compares a layout with the one before, and makes a
    new map of it whenever a place is asked for that is not known, as `mount` does itself. A widget
    that is in such a map before it was laid out gets no `Resize`, and would keep to the room of a
    widget without any. Seen with Textual 8.2.
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
