"""Paginated answers: the first page by attribute and key, every page by iterating."""

from __future__ import annotations

from contextlib import aclosing, closing
from typing import TYPE_CHECKING, Any, Final, Generic, Self, TypeVar, overload

from segops_tui.api.errors import NotFound
from segops_tui.api.request import Page, PageTrail

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator, Iterator

    from segops_tui.api.request import Request
    from segops_tui.api.senders import AsyncSender, Sender

T = TypeVar("T")

_REWINDS: Final = 10
"""How often one page is read again because rows came or went; each time costs two requests."""


class FirstPage(Generic[T]):
    """The first page of a listing by attribute (`.results`) and by key (`["results"]`)."""

    _first: Page[T] | None = None

    @property
    def results(self) -> list[T]:
        """The items of the first page."""
        return self._loaded.items

    @property
    def count(self) -> int | None:
        """The number of items on all pages; None where the server does not report it."""
        return self._loaded.count

    @property
    def next(self) -> str | None:
        """The server's link to the next page, or its cursor; None on the last."""
        raw = self._loaded.raw
        link = raw.get("next") or raw.get("next_cursor") if isinstance(raw, dict) else None
        return None if link is None else str(link)

    @property
    def previous(self) -> str | None:
        """The server's link to the previous page; None on the first."""
        raw = self._loaded.raw
        return raw.get("previous") if isinstance(raw, dict) else None

    @property
    def raw(self) -> Any:
        """The first answer as decoded JSON."""
        return self._loaded.raw

    @overload
    def __getitem__(self, key: int, /) -> T: ...
    @overload
    def __getitem__(self, key: slice, /) -> list[T]: ...
    @overload
    def __getitem__(self, key: str, /) -> Any: ...
    def __getitem__(self, key: int | slice | str, /) -> Any:
        """A key of the first answer, or an item of the first page by its number."""
        if not isinstance(key, str):
            return self.results[key]
        if key in self._envelope:
            return self._envelope[key]
        if key in {"count", "next", "previous"}:
            return getattr(self, key)
        raise KeyError(key)

    def __bool__(self) -> bool:
        return bool(self.results)

    @property
    def _envelope(self) -> dict[str, Any]:
        raw = self._loaded.raw if isinstance(self._loaded.raw, dict) else {}
        return {**raw, "results": self.results}

    @property
    def _loaded(self) -> Page[T]:
        if self._first is None:
            raise RuntimeError("await the listing before you read it, or use `async for`")
        return self._first


class Listing(FirstPage[T]):
    """The first page of a listing; iterating walks every page.

    Pages are prefetched where the API reports a count. Rows that were seen are not repeated. When
    the count changes between two pages, rows came or went and moved the others: the walk goes back
    to the last page it knows and reads on from there. A row may still be missed if as many were
    added as deleted between two requests, or if the server counts and reads at different moments.
    """

    _client: Sender
    _request: Request[Page[T]]

    @classmethod
    def fetched(cls, client: Sender, request: Request[Page[T]]) -> Listing[T]:
        """Fetch the first page."""
        page = client.send(request)
        answer: Listing[T] = _Array() if isinstance(page.raw, list) else _Object()
        answer._client, answer._request, answer._first = client, request, page
        if isinstance(answer, _Array):
            answer.extend(page.items)
        elif isinstance(answer, _Object):
            answer.update(answer._envelope)
        return answer

    def __iter__(self) -> Iterator[T]:
        for page in self.pages():
            yield from page.items

    def __len__(self) -> int:
        if self.count is None:
            raise TypeError("the server does not report the length of this listing")
        return self.count

    def page(self) -> Page[T]:
        """The first page only."""
        return self._loaded

    def pages(self) -> Generator[Page[T], None, None]:
        """All pages from the requested one on."""
        walk = PageWalk(self._request)
        yield walk.begin(self._loaded)
        while not walk.is_over:
            with closing(self._client.prefetch(walk.ahead())) as pages:
                try:
                    for page in pages:
                        fresh = walk.take(page)
                        if fresh is None:
                            break
                        if fresh.items:
                            yield fresh
                        if walk.is_over:
                            break
                except NotFound:
                    walk.take(None)


class _Object(Listing[T], dict[str, Any]):  # type: ignore[misc]
    """A listing whose answer is an object: also a dictionary, as `json.dumps` expects it."""

    __bool__ = FirstPage.__bool__


class _Array(Listing[T], list[T]):  # type: ignore[misc]
    """A listing whose answer is an array: also a list, as `json.dumps` expects it."""


class AsyncListing(FirstPage[T]):
    """A listing of the async client: `async for` walks every page, `await` fetches the first.

    The walk is that of `Listing`.
    """

    def __init__(self, client: AsyncSender, request: Request[Page[T]]) -> None:
        self._client, self._request = client, request

    def __await__(self) -> Generator[Any, None, Self]:
        yield from self.page().__await__()
        return self

    async def __aiter__(self) -> AsyncIterator[T]:
        async for page in self.pages():
            for item in page.items:
                yield item

    def get(self, key: str, default: Any = None, /) -> Any:
        """A key of the first answer."""
        return self._envelope.get(key, default)

    def __contains__(self, key: object) -> bool:
        return key in self._envelope

    async def page(self) -> Page[T]:
        """The first page only."""
        if self._first is None:
            self._first = await self._client.send(self._request)
        return self._first

    async def pages(self) -> AsyncIterator[Page[T]]:
        """All pages from the requested one on."""
        walk = PageWalk(self._request)
        yield walk.begin(await self.page())
        while not walk.is_over:
            # Closed at once: the garbage collector would close it in some later turn of the loop.
            async with aclosing(self._client.prefetch(walk.ahead())) as pages:
                try:
                    async for page in pages:
                        fresh = walk.take(page)
                        if fresh is None:
                            break
                        if fresh.items:
                            yield fresh
                        if walk.is_over:
                            break
                except NotFound:
                    walk.take(None)


class PageWalk(Generic[T]):
    """Decides which pages a listing still needs, and which of their rows are new."""

    def __init__(self, request: Request[Page[T]]) -> None:
        self.is_over = False
        self._request = request
        self._start = self._at = int(request.query.get("page") or 1)
        self._seen = _Ids()
        self._following: Request[Page[T]] | None = None
        self._count: int | None = None
        self._size = 0
        self._rewinding = False
        self._alone = False
        """Whether to fetch one page at a time: rows moved, and may move again at once."""
        self._rewound: dict[int, int] = {}
        self._trail = PageTrail(
            request.path, cursor=request.query.get("cursor"), patience=2 * _REWINDS
        )

    def begin(self, page: Page[T]) -> Page[T]:
        """Accept the first page."""
        self._size = len(page.items)
        return self._accepted(page)

    def ahead(self) -> Iterator[Request[Page[T]]]:
        """The requests for the pages that are known to follow, at least one."""
        if self._following is not None:
            yield self._following
            return
        first = self._at + 1
        last = first
        if self._count and self._size and not self._alone:
            last = max(first, self._start - 1 + -(-self._count // self._size))
        for number in range(first, last + 1):
            yield self._request._replace(query={**self._request.query, "page": number})

    def take(self, page: Page[T] | None) -> Page[T] | None:
        """Accept the next page; None if another one has to be read before it.

        A page of None was past the end: the listing became shorter.
        """
        number = self._at + 1
        if self._following is not None:
            if page is None:
                self.is_over = True
                return None
            return self._accepted(page)
        if self._rewinding:
            if number > self._start and (page is None or not self._overlaps(page)):
                self._at -= 1
                return None
            self._rewinding = False
        elif self._has_moved(page) and self._may_rewind(number):
            self._rewinding = self._alone = True
            self._at = max(number - 2, self._start - 1)
            return None
        else:
            self._alone = False
        if page is None:
            self.is_over = True
            return None
        self._at = number
        return self._accepted(page)

    def _accepted(self, page: Page[T]) -> Page[T]:
        self._trail.add(page.items, page.cursor)
        fresh = []
        for item in page.items:
            key = _key(item)
            if key is None or self._seen.add(key):
                fresh.append(item)
        self._count = page.count
        if page.cursor is not None:
            self._following = page.next_request(self._following or self._request)
            self.is_over = self._following is None
        else:
            self.is_over = not (page.more and page.items)
        return Page(fresh, page.count, page.cursor, page.more, page.raw)

    def _has_moved(self, page: Page[T] | None) -> bool:
        return bool(self._seen) and (page is None or page.count != self._count)

    def _may_rewind(self, number: int) -> bool:
        self._rewound[number] = self._rewound.get(number, 0) + 1
        return self._rewound[number] <= _REWINDS

    def _overlaps(self, page: Page[T]) -> bool:
        return any(_key(item) in self._seen for item in page.items)


class _Ids:
    """Ids of rows that were seen; numbers that follow each other take a bit each."""

    def __init__(self) -> None:
        self._bits: dict[int, int] = {}
        self._words: set[str] = set()

    def __bool__(self) -> bool:
        return bool(self._bits or self._words)

    def __contains__(self, key: int | str | None) -> bool:
        if isinstance(key, int):
            return bool(self._bits.get(key >> 6, 0) >> (key & 63) & 1)
        return key in self._words

    def add(self, key: int | str) -> bool:
        """Add an id; returns whether it is new."""
        if key in self:
            return False
        if isinstance(key, int):
            self._bits[key >> 6] = self._bits.get(key >> 6, 0) | 1 << (key & 63)
        else:
            self._words.add(key)
        return True


def _key(item: Any) -> int | str | None:
    """What tells a row from another: its id, where it has one."""
    key = item.get("id") if isinstance(item, dict) else None
    return key if isinstance(key, int | str) else None
