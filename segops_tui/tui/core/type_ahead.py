"""Keys typed ahead: each waits for the one before it, and for the dialog that one opens.

A question is answered by no key that was typed before it was shown, and what is typed behind a key
that was refused acts on nothing.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual import events
from textual.app import App

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.message_pump import MessagePump
    from textual.screen import Screen

_ROUNDS: Final = 2
"""The key bubbles up to the app once; messages it caused bubble up after it."""


_NEVER_HELD: Final = frozenset({"escape", "ctrl+c", "ctrl+q"})


def _is_never_held(event: events.Event) -> bool:
    return isinstance(event, events.Key) and event.key in _NEVER_HELD


class TypeAhead(App[int]):
    """An app that holds a key back until the one before it is handled."""

    key_timeout: ClassVar[float] = 2.0
    """Seconds after which the next key is dispatched, whatever the one before waits for."""

    typing_pause: ClassVar[float] = 0.4
    """Seconds between two keys after which the second is no part of what was typed in one go."""

    _turn = 0
    _typed_at = 0.0
    """When the last key was typed, however late it was handled."""
    _drops_typing = False
    _alarm: asyncio.TimerHandle | None = None
    """Set while a key is being handled."""

    def __init__(self) -> None:
        super().__init__()
        self._held: deque[tuple[events.Event, Screen[Any]]] = deque()
        """Each with the screen it was typed at."""
        self._holders = 0

    async def on_event(self, event: events.Event) -> None:
        """Dispatch an event; a key waits for its turn."""
        if not isinstance(event, events.Key | events.Paste):
            await super().on_event(event)
        elif not self.screen_stack:
            # Typed after quitting: Textual would look for the binding on a screen that is gone.
            return
        elif not event.is_forwarded and self._is_dropped(event):
            return
        elif event.is_forwarded or (self._holders and _is_never_held(event)):
            await super().on_event(event)
        elif self._alarm is not None or self._holders:
            self._held.append((event, self.screen))
        else:
            await self._dispatch(event)

    def drop_typing(self) -> None:
        """Drop what is being typed in one go: it was meant for a dialog that does not open."""
        self._held.clear()
        self._drops_typing = True

    def _is_dropped(self, event: events.Key | events.Paste) -> bool:
        gap, self._typed_at = event.time - self._typed_at, event.time
        is_text = isinstance(event, events.Paste) or event.is_printable or event.key == "enter"
        self._drops_typing = self._drops_typing and is_text and gap < self.typing_pause
        return self._drops_typing

    @contextmanager
    def holding_keys(self) -> Iterator[None]:
        """Keep keys for the dialog that opens after this block; if none opens, drop them.

        They are dropped too if it `must_be_read` before it is answered.

        Escape is not held: it cancels what the block waits for.
        """
        front = self.screen
        self._holders += 1
        try:
            yield
        finally:
            self._holders -= 1
            self.call_later(self._release, front)

    def _release(self, front: Screen[Any]) -> None:
        if self._holders:
            return
        if not self.screen_stack or self.screen is front:
            self._held.clear()
        elif self._alarm is None:
            # A screen sets its focus once it is mounted.
            self.screen.call_later(self.call_later, self._dispatch_next)

    async def _dispatch_next(self) -> None:
        while self._held and self._alarm is None and not self._holders:
            event, typed_at = self._held.popleft()
            is_unread = getattr(self.screen, "must_be_read", False) and typed_at is not self.screen
            if not is_unread or _is_never_held(event):
                await self._dispatch(event)

    async def _dispatch(self, event: events.Event) -> None:
        self._turn += 1
        turn = self._turn
        loop = asyncio.get_running_loop()
        self._alarm = loop.call_later(self.key_timeout, self.call_later, self._handled, turn)
        target = self.focused or self.screen
        await super().on_event(event)
        self._follow(turn, target, target, _ROUNDS)

    def _follow(self, turn: int, start: MessagePump, at: MessagePump | None, rounds: int) -> None:
        """Queue behind the key wherever it queues: at its widget, then at each ancestor."""
        while at is not None and at is not self:
            above = at._parent
            if at.call_later(self._follow, turn, start, above, rounds):
                return
            at = above
        if rounds > 1:
            self.call_later(self._follow, turn, start, start, rounds - 1)
        else:
            # A screen that the key opened sets its focus once it is mounted.
            front = self.screen_stack[-1] if self.screen_stack else self
            if not front.call_later(self.call_later, self._handled, turn):
                self.call_later(self._handled, turn)

    async def _handled(self, turn: int) -> None:
        if turn != self._turn or self._alarm is None:
            return
        self._alarm.cancel()
        self._alarm = None
        await self._dispatch_next()
