"""Declare an endpoint once; call it from a blocking or an async client.

Knows how a method that builds a request becomes a method that sends it; knows no endpoint.
"""

from __future__ import annotations

from contextlib import aclosing
from functools import wraps
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Concatenate,
    Generic,
    ParamSpec,
    Protocol,
    TypeVar,
    overload,
)

from segops_tui.api.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterator
    from contextlib import AbstractAsyncContextManager, AbstractContextManager

    from segops_tui.api.request import Page, Request

P = ParamSpec("P")
T = TypeVar("T")


class Download(Protocol):
    """The bytes of a file, as they come."""

    length: int | None
    """Bytes announced, where the server says."""

    def __iter__(self) -> Iterator[bytes]: ...


class AsyncDownload(Protocol):
    """The bytes of a file, as they come."""

    length: int | None

    def __aiter__(self) -> AsyncIterator[bytes]: ...


class Sender(Protocol):
    """A client that blocks until the answer arrives."""

    is_async: ClassVar[bool]

    def send(self, request: Request[T], /) -> T:
        """Carry out one request."""

    def prefetch(self, requests: Iterator[Request[T]], /) -> Iterator[T]:
        """Carry out reads, a few at a time, and answer them in order."""

    def fetch(self, request: Request[Any], /) -> AbstractContextManager[Download]:
        """Open a file for reading as it comes."""


class AsyncSender(Protocol):
    """A client that is awaited for the answer."""

    is_async: ClassVar[bool]

    async def send(self, request: Request[T], /) -> T:
        """Carry out one request."""

    def prefetch(self, requests: Iterator[Request[T]], /) -> AsyncGenerator[T, None]:
        """Carry out reads, a few at a time, and answer them in order."""

    def fetch(self, request: Request[Any], /) -> AbstractAsyncContextManager[AsyncDownload]:
        """Open a file for reading as it comes."""


C_co = TypeVar("C_co", bound=Sender | AsyncSender, covariant=True)


class Resource(Generic[C_co]):
    """A namespace of endpoints, bound to the client that sends them."""

    def __init__(self, client: C_co) -> None:
        self._client = client


def _unsent(build: Callable[..., Any], owner: type[Resource[Any]]) -> Callable[..., Any]:
    """`build` for whoever has no namespace at hand, only its class: `self` may be None.

    A verb that several nouns share asks its namespace for the address (`api.crud`).
    """

    @wraps(build)
    def made(namespace: Any, /, *args: Any, **fields: Any) -> Any:
        return build(owner(None) if namespace is None else namespace, *args, **fields)

    return made


class endpoint(Generic[P, T]):
    """A method that builds a request, and becomes a method that sends it.

    Read on the class it is an endpoint too, whose `build(None, …)` makes the request unsent.
    """

    def __init__(self, build: Callable[Concatenate[Any, P], Request[T]]) -> None:
        self.build = build
        self.__doc__ = build.__doc__

    @overload
    def __get__(self, obj: None, owner: type[Any]) -> endpoint[P, T]: ...
    @overload
    def __get__(self, obj: Resource[Sender], owner: type[Any]) -> Callable[P, T]: ...
    @overload
    def __get__(
        self, obj: Resource[AsyncSender], owner: type[Any]
    ) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, obj: Any, owner: type[Any]) -> Any:
        if obj is None:
            return endpoint(_unsent(self.build, owner))

        def call(*args: P.args, **kwargs: P.kwargs) -> Any:
            return obj._client.send(self.build(obj, *args, **kwargs))

        call.__doc__, call.__name__ = self.__doc__, self.build.__name__
        return call


class listing(Generic[P, T]):
    """An endpoint whose answer comes in pages; iterate it, or take its `pages()`.

    Read on the class it is one too, whose `build(None, …)` makes the first request unsent.
    """

    def __init__(self, build: Callable[Concatenate[Any, P], Request[Page[T]]]) -> None:
        self.build = build
        self.__doc__ = build.__doc__

    @overload
    def __get__(self, obj: None, owner: type[Any]) -> listing[P, T]: ...
    @overload
    def __get__(self, obj: Resource[Sender], owner: type[Any]) -> Callable[P, Listing[T]]: ...
    @overload
    def __get__(
        self, obj: Resource[AsyncSender], owner: type[Any]
    ) -> Callable[P, AsyncListing[T]]: ...
    def __get__(self, obj: Any, owner: type[Any]) -> Any:
        if obj is None:
            return listing(_unsent(self.build, owner))

        def call(*args: P.args, **kwargs: P.kwargs) -> Any:
            pages = AsyncListing if obj._client.is_async else Listing
            return pages(obj._client, self.build(obj, *args, **kwargs))

        call.__doc__, call.__name__ = self.__doc__, self.build.__name__
        return call


class download(Generic[P]):
    """An endpoint whose answer is a file; open it with `with` (or `async with`)."""

    def __init__(self, build: Callable[Concatenate[Any, P], Request[None]]) -> None:
        self.build = build
        self.__doc__ = build.__doc__

    @overload
    def __get__(self, obj: None, owner: type[Any]) -> download[P]: ...
    @overload
    def __get__(
        self, obj: Resource[Sender], owner: type[Any]
    ) -> Callable[P, AbstractContextManager[Download]]: ...
    @overload
    def __get__(
        self, obj: Resource[AsyncSender], owner: type[Any]
    ) -> Callable[P, AbstractAsyncContextManager[AsyncDownload]]: ...
    def __get__(self, obj: Any, owner: type[Any]) -> Any:
        if obj is None:
            return self

        def call(*args: P.args, **kwargs: P.kwargs) -> Any:
            return obj._client.fetch(self.build(obj, *args, **kwargs))

        call.__doc__, call.__name__ = self.__doc__, self.build.__name__
        return call


class Listing(Generic[T]):
    """Every item of a listing, fetched a page at a time as it is iterated."""

    def __init__(self, client: Sender, first: Request[Page[T]]) -> None:
        self._client, self._first = client, first

    def __iter__(self) -> Iterator[T]:
        for page in self.pages():
            yield from page.items

    def page(self) -> Page[T]:
        """The one page that was asked for."""
        return self._client.send(self._first)

    def pages(self) -> Iterator[Page[T]]:
        """Every page from the one asked for to the last, fetched ahead where a count is known."""
        page = self._client.send(self._first)
        yield page
        walk = _Walk(self._first, page)
        try:
            for page in self._client.prefetch(walk.known()):
                yield page
                if not page.items:
                    return
        except NotFound:
            return  # The listing shrank meanwhile: the page that was promised is no more.
        request = page.following(walk.last)
        while request is not None:
            page = self._client.send(request)
            yield page
            request = page.following(request)


class AsyncListing(Generic[T]):
    """Every item of a listing, fetched a page at a time as it is iterated."""

    def __init__(self, client: AsyncSender, first: Request[Page[T]]) -> None:
        self._client, self._first = client, first

    async def __aiter__(self) -> AsyncIterator[T]:
        async for page in self.pages():
            for item in page.items:
                yield item

    async def page(self) -> Page[T]:
        """The one page that was asked for."""
        return await self._client.send(self._first)

    async def pages(self) -> AsyncIterator[Page[T]]:
        """Every page from the one asked for to the last, fetched ahead where a count is known."""
        page = await self._client.send(self._first)
        yield page
        walk = _Walk(self._first, page)
        try:
            # Closed here and now: left to itself it would be closed at some later turn of the loop.
            async with aclosing(self._client.prefetch(walk.known())) as pages:
                async for page in pages:
                    yield page
                    if not page.items:
                        return
        except NotFound:
            return  # The listing shrank meanwhile: the page that was promised is no more.
        request = page.following(walk.last)
        while request is not None:
            page = await self._client.send(request)
            yield page
            request = page.following(request)


class _Walk(Generic[T]):
    """The pages known to follow a first one, and which of them was asked for last."""

    def __init__(self, first: Request[Page[T]], page: Page[T]) -> None:
        self.last, self._page = first, page

    def known(self) -> Iterator[Request[Page[T]]]:
        """Their requests, in order."""
        for request in self._page.ahead(self.last):
            self.last = request
            yield request
