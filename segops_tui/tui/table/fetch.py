"""Which pages of a table are being fetched: few at once, the newest wish first, none after the end.

Knows no widget and decides no wish; whoever shows the table says what it would like to have now.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from segops_tui.tui.table.cache import RowPage, RowSource

__all__ = ["FetchHost", "PageFetcher", "Running"]

FETCHES_AT_ONCE = 2
"""A table never asks its server for more than this at the same time."""


class Running(Protocol):
    """Work on its way, which can be called off."""

    def cancel(self) -> object:
        """Call the work off."""


@dataclass(frozen=True, slots=True)
class FetchHost:
    """What a fetcher is given by the one it fetches for."""

    wanted: Callable[[], Iterable[int]]
    """Pages to have now, the most urgent first; asked whenever there is room for a fetch."""

    arrived: Callable[[int, RowPage], None]
    """Told of a page that has come."""

    failed: Callable[[int, Exception], None]
    """Told of a page that could not be had, for one of the expected reasons."""

    busy: Callable[[bool], None]
    """Told whether a page is on its way, whenever that may have changed."""

    spawn: Callable[[Callable[[], Awaitable[None]]], Running]
    """Starts work in the background; an error it raises is a bug and must not be lost."""

    expected: tuple[type[Exception], ...]
    """Errors which a server may well give."""


class PageFetcher:
    """Fetches pages of one source until it is closed; what comes later is dropped."""

    def __init__(self, source: RowSource, host: FetchHost) -> None:
        self._source = source
        self._host = host
        self._running: dict[int, Running] = {}
        self._closed = False

    def pump(self) -> None:
        """Start what is wanted now, as far as there is room."""
        if self._closed:
            return
        for number in self._host.wanted():
            if len(self._running) < FETCHES_AT_ONCE and number not in self._running:
                self._running[number] = self._host.spawn(partial(self._fetch, number))
        self._host.busy(bool(self._running))

    def close(self) -> None:
        """Call off what is on its way; nothing arrives and nothing fails any more."""
        self._closed = True
        for running in self._running.values():
            running.cancel()
        self._running.clear()

    async def _fetch(self, number: int) -> None:
        try:
            page: Any = await self._source.page(number)
        except self._host.expected as error:
            self._finish(number, partial(self._host.failed, number, error))
        else:
            self._finish(number, partial(self._host.arrived, number, page))

    def _finish(self, number: int, tell: Callable[[], None]) -> None:
        if self._closed:
            return
        self._running.pop(number, None)
        tell()
        self.pump()
