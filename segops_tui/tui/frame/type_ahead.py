"""Keys typed ahead: each is given to what has the focus once the one before has been dealt with.

Knows the order of keys and the way they take up to the app; knows no key by its name. Textual
gives a key to what has the focus when it arrives, so that of "/lapsed" typed at once only the
first would be taken for what it is.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, ClassVar, Final

from textual import events
from textual.app import App

if TYPE_CHECKING:
    from textual.message_pump import MessagePump

_ROUNDS: Final = 2
"""The key takes the way to the app once, and what it made its widget say once more."""


class TypeAhead(App[int]):
    """An app that holds a key back until the one before it is through."""

    patience: ClassVar[float] = 2.0
    """Seconds after which the next key is given on, whatever the one before is waiting for."""

    _turn = 0
    _alarm: asyncio.TimerHandle | None = None
    """Set while a key is under way."""

    def __init__(self) -> None:
        super().__init__()
        self._held: deque[events.Event] = deque()

    async def on_event(self, event: events.Event) -> None:
        """Give an event on, a key when its turn has come."""
        if not isinstance(event, events.Key | events.Paste):
            await super().on_event(event)
        elif not self.screen_stack:
            # Typed on after leaving: Textual looks for the binding on a screen that is gone.
            return
        elif event.is_forwarded:
            await super().on_event(event)
        elif self._alarm is not None:
            self._held.append(event)
        else:
            await self._give(event)

    async def _give(self, event: events.Event) -> None:
        self._turn += 1
        turn = self._turn
        loop = asyncio.get_running_loop()
        self._alarm = loop.call_later(self.patience, self.call_later, self._through, turn)
        target = self.focused or self.screen
        await super().on_event(event)
        self._follow(turn, target, target, _ROUNDS)

    def _follow(self, turn: int, start: MessagePump, at: MessagePump | None, rounds: int) -> None:
        """Queue behind the key wherever it queues: at its widget, then at each one above."""
        while at is not None and at is not self:
            above = at._parent
            if at.call_later(self._follow, turn, start, above, rounds):
                return
            at = above
        if rounds > 1:
            self.call_later(self._follow, turn, start, start, rounds - 1)
        else:
            # A screen that the key opened chooses its focus when it is there.
            front = self.screen_stack[-1] if self.screen_stack else self
            if not front.call_later(self.call_later, self._through, turn):
                self.call_later(self._through, turn)

    async def _through(self, turn: int) -> None:
        if turn != self._turn or self._alarm is None:
            return
        self._alarm.cancel()
        self._alarm = None
        if self._held:
            await self._give(self._held.popleft())
