"""Declare an endpoint once; call it from a blocking or an async client."""

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
    cast,
    overload,
)

from segops_tui.api.errors import NotFound
from segops_tui.api.record import Record
from segops_tui.api.request import Id, Request, ignore_body, path

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterator
    from contextlib import AbstractAsyncContextManager, AbstractContextManager

    from segops_tui.api.request import Page

P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R", bound=Record)


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

    def prefetch(self, requests: Iterator[Request[T]], /) -> Iterator[T]:
        """Send reads, a few at a time, and yield their results in order."""

    def fetch(self, request: Request[Any], /) -> AbstractContextManager[Download]:
        """Open a file as a stream of bytes."""


class AsyncSender(Protocol):
    """A client whose calls are awaited."""

    is_async: ClassVar[bool]

    async def send(self, request: Request[T], /) -> T:
        """Send one request and return its result."""

    def prefetch(self, requests: Iterator[Request[T]], /) -> AsyncGenerator[T, None]:
        """Send reads, a few at a time, and yield their results in order."""

    def fetch(self, request: Request[Any], /) -> AbstractAsyncContextManager[AsyncDownload]:
        """Open a file as a stream of bytes."""


C_co = TypeVar("C_co", bound=Sender | AsyncSender, covariant=True)


class Resource(Generic[C_co]):
    """A namespace of endpoints, bound to the client that sends them."""

    def __init__(self, client: C_co) -> None:
        self._client = client


def _without_client(build: Callable[..., Any], owner: type[Resource[Any]]) -> Callable[..., Any]:
    """`build`, usable without a client: `self` may be None.

    Verbs that several nouns share read the path from their namespace (`Editable`).
    """

    @wraps(build)
    def made(namespace: Any, /, *args: Any, **fields: Any) -> Any:
        return build(owner(None) if namespace is None else namespace, *args, **fields)

    return made


class endpoint(Generic[P, T]):
    """A method that builds a request, and becomes a method that sends it.

    On the class itself, `build(None, …)` makes the request without sending it.
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
            return endpoint(_without_client(self.build, owner))

        def call(*args: P.args, **kwargs: P.kwargs) -> Any:
            return obj._client.send(self.build(obj, *args, **kwargs))

        call.__doc__, call.__name__ = self.__doc__, self.build.__name__
        return call


class listing(Generic[P, T]):
    """An endpoint with a paginated answer; iterate its items, or its `pages()`.

    On the class itself, `build(None, …)` makes the first request without sending it.
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
            return listing(_without_client(self.build, owner))

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


class Editable(Resource[C_co], Generic[C_co, R]):
    """A collection of objects with ids: get, update and delete; a noun adds `create` and `list`."""

    address: ClassVar[str]
    """The path of the collection, such as `/schemas/`."""
    record: ClassVar[type[Record]]
    """The class of its objects; for a type checker, the second type parameter is the same."""

    @endpoint
    def get(self, object_id: Id, /) -> Request[R]:
        """Fetch one object by id."""
        return Request("GET", self._one(object_id), parse=self._parse)

    @endpoint
    def update(self, object_id: Id, /, **fields: Any) -> Request[R]:
        """Change the given fields and return the object."""
        return Request("PATCH", self._one(object_id), parse=self._parse, body=fields)

    @endpoint
    def delete(self, object_id: Id, /) -> Request[None]:
        """Delete one object."""
        return Request("DELETE", self._one(object_id), parse=ignore_body)

    def _one(self, object_id: Id) -> str:
        return path(self.address + "{}/", object_id)

    def _parse(self, data: Any) -> R:
        return cast("R", self.record.parse(data))


class Crud(Editable[C_co, R]):
    """A collection whose objects can also be replaced."""

    @endpoint
    def replace(self, object_id: Id, /, **fields: Any) -> Request[R]:
        """Replace the whole object and return it."""
        return Request("PUT", self._one(object_id), parse=self._parse, body=fields)


class Listing(Generic[T]):
    """The items of a listing, fetched page by page while iterating."""

    def __init__(self, client: Sender, first: Request[Page[T]]) -> None:
        self._client, self._first = client, first

    def __iter__(self) -> Iterator[T]:
        for page in self.pages():
            yield from page.items

    def page(self) -> Page[T]:
        """Fetch the requested page only."""
        return self._client.send(self._first)

    def pages(self) -> Iterator[Page[T]]:
        """All pages from the requested one on, prefetched where the API reports a count."""
        page = self._client.send(self._first)
        yield page
        rest = _KnownPages(self._first, page)
        try:
            for page in self._client.prefetch(rest.requests()):
                yield page
                if not page.items:
                    return
        except NotFound:
            return  # The listing became shorter while it was fetched.
        request = page.next_request(rest.last)
        while request is not None:
            page = self._client.send(request)
            yield page
            request = page.next_request(request)


class AsyncListing(Generic[T]):
    """The items of a listing, fetched page by page while iterating."""

    def __init__(self, client: AsyncSender, first: Request[Page[T]]) -> None:
        self._client, self._first = client, first

    async def __aiter__(self) -> AsyncIterator[T]:
        async for page in self.pages():
            for item in page.items:
                yield item

    async def page(self) -> Page[T]:
        """Fetch the requested page only."""
        return await self._client.send(self._first)

    async def pages(self) -> AsyncIterator[Page[T]]:
        """All pages from the requested one on, prefetched where the API reports a count."""
        page = await self._client.send(self._first)
        yield page
        rest = _KnownPages(self._first, page)
        try:
            # Closed at once: the garbage collector would close it in some later turn of the loop.
            async with aclosing(self._client.prefetch(rest.requests())) as pages:
                async for page in pages:
                    yield page
                    if not page.items:
                        return
        except NotFound:
            return  # The listing became shorter while it was fetched.
        request = page.next_request(rest.last)
        while request is not None:
            page = await self._client.send(request)
            yield page
            request = page.next_request(request)


class _KnownPages(Generic[T]):
    """The pages known to follow a first one, and the last one requested."""

    def __init__(self, first: Request[Page[T]], page: Page[T]) -> None:
        self.last, self._page = first, page

    def requests(self) -> Iterator[Request[Page[T]]]:
        """Their requests, in order."""
        for request in self._page.remaining_requests(self.last):
            self.last = request
            yield request
