"""What the endpoints ask of a client, blocking or async: send, fetch, carry out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator
    from contextlib import AbstractAsyncContextManager, AbstractContextManager

    from segops_tui.api.request import Request
    from segops_tui.api.waiting import Steps

T = TypeVar("T")


class Download(Protocol):
    """The bytes of a file, streamed."""

    length: int | None
    """The length in bytes, where the server reports it."""

    def __iter__(self) -> Iterator[bytes]: ...


class AsyncDownload(Protocol):
    """The bytes of a file, streamed."""

    length: int | None

    def __aiter__(self) -> AsyncIterator[bytes]: ...


class Sender(Protocol):
    """A client that blocks until the result arrives."""

    is_async: ClassVar[bool]

    def send(self, request: Request[T], /) -> T:
        """Send one request and return its result."""

    def prefetch(self, requests: Iterator[Request[T]], /) -> Generator[T, None, None]:
        """Send reads, a few at a time, and yield their results in order."""

    def carry_out(self, steps: Steps[T], /) -> T:
        """Carry out a call of several requests and pauses."""

    def fetch(self, request: Request[Any], /) -> AbstractContextManager[Download]:
        """Open a file as a stream of bytes."""


class AsyncSender(Protocol):
    """A client whose calls are awaited."""

    is_async: ClassVar[bool]

    async def send(self, request: Request[T], /) -> T:
        """Send one request and return its result."""

    def prefetch(self, requests: Iterator[Request[T]], /) -> AsyncGenerator[T, None]:
        """Send reads, a few at a time, and yield their results in order."""

    async def carry_out(self, steps: Steps[T], /) -> T:
        """Carry out a call of several requests and pauses."""

    def fetch(self, request: Request[Any], /) -> AbstractAsyncContextManager[AsyncDownload]:
        """Open a file as a stream of bytes."""
