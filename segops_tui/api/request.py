"""Requests as values: what to send, how to read the answer, and how to get the next page."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any, Generic, Literal, TypeVar
from urllib.parse import quote

from segops_tui.api.errors import SegOpsConfigError, UnexpectedAnswer
from segops_tui.api.json_text import json_text
from segops_tui.named_tuple import NamedTuple

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

Method = Literal["GET", "POST", "PATCH", "PUT", "DELETE"]
Id = int | str
"""An object's id. The API's own are integers; user ids are opaque strings."""

JsonObject = Mapping[str, Any]


class Upload(NamedTuple):
    """A file to send as one part of a multipart body.

    `open` is called for each attempt, so that a retry sends the whole file again.
    """

    open: Callable[[], IO[bytes]]
    filename: str
    size: int | None = None
    """Bytes, where known; progress is measured against it."""
    field: str = "file"
    content_type: str = "text/csv"
    progress: Callable[[int], None] | None = None
    """Called with the bytes sent so far, from the thread that sends."""


def upload_of(
    file: Upload | str | os.PathLike[str] | bytes | IO[bytes], filename: str | None = None
) -> Upload:
    """An upload of a path, of bytes, or of a file opened in binary mode.

    Raises:
        OSError: the file cannot be read.
        TypeError: it is something else, or a file opened in text mode.
    """
    if isinstance(file, Upload):
        return file if filename is None else file._replace(filename=filename)
    if isinstance(file, bytes | bytearray | memoryview):
        content = bytes(file)
        return Upload(
            open=lambda: BytesIO(content), filename=filename or "products.csv", size=len(content)
        )
    if isinstance(file, str | os.PathLike):
        chosen = Path(file)
        size = chosen.stat().st_size if chosen.is_file() else None
        return Upload(open=lambda: chosen.open("rb"), filename=filename or chosen.name, size=size)
    read = getattr(file, "read", None)
    given = read() if callable(read) else file
    if not isinstance(given, bytes):
        raise TypeError(
            "a CSV file is given as a path, as bytes, or as a file opened in binary mode, not as "
            f"{'a file opened in text mode' if isinstance(given, str) else type(given).__name__}"
        )
    return upload_of(given, filename or Path(str(getattr(file, "name", "products.csv"))).name)


class Request(NamedTuple, Generic[T_co]):
    """One call: what to send and how to parse the answer.

    `path` is relative to the base URL (`https://api.segops.ai/api`), starts with `/` and is
    already percent-encoded. A query value of None is left out.
    """

    method: Method
    path: str
    parse: Callable[[Any], T_co]
    query: Mapping[str, str | int | float | None] = MappingProxyType({})
    body: Any = None
    upload: Upload | None = None
    reads: bool = False
    """This POST only reads (preview, estimate, validate …), so no guard refuses it."""
    headers: Mapping[str, str] = MappingProxyType({})
    """Extra headers, such as a signature of the body."""
    any_content: bool = False
    """An answer that is not JSON is parsed as text, or as bytes if it is no text."""
    once: bool = False
    """Not sent again by the client while the first may have been carried out: the caller looks
    first, since a server may ignore the idempotency key."""

    @property
    def mutates(self) -> bool:
        """Whether the call may change the workspace."""
        return self.method != "GET" and not self.reads


class Page(Generic[T]):
    """One page of a listing, and how to request the next one."""

    __slots__ = ("count", "cursor", "items", "more", "raw")

    def __init__(
        self,
        items: list[T],
        count: int | None = None,
        cursor: str | None = None,
        more: bool = False,
        raw: Any = None,
    ) -> None:
        self.items, self.raw = items, raw
        """The items, and the answer as decoded JSON."""
        self.count = count
        """The number of items on all pages, where the API reports it."""
        self.cursor = cursor
        """Cursor style: the cursor of the next page; None on the last."""
        self.more = more
        """Page style: whether another page follows."""

    def next_request(self, request: Request[Page[T]]) -> Request[Page[T]] | None:
        """The request for the next page, or None on the last.

        A repeated cursor and an empty page both end the listing, so that a server that always
        reports more pages cannot keep a client busy for ever.
        """
        if self.cursor is not None:
            if self.cursor == request.query.get("cursor"):
                return None
            return request._replace(query={**request.query, "cursor": self.cursor})
        if self.more and self.items:
            number = int(request.query.get("page") or 1)
            return request._replace(query={**request.query, "page": number + 1})
        return None

    def remaining_requests(self, request: Request[Page[T]]) -> Iterator[Request[Page[T]]]:
        """The requests for all pages after this one, from the count; page style only.

        Items added in the meantime are found with `next_request` from the last of them.
        """
        if not (self.more and self.items and self.count) or self.cursor is not None:
            return
        number = int(request.query.get("page") or 1)
        last = -(-self.count // len(self.items))
        for other in range(number + 1, last + 1):
            yield request._replace(query={**request.query, "page": other})


class PageTrail:
    """The pages of one walk: notices a server that sends the same ones again and again.

    `patience` is how many pages in a row may repeat earlier ones, as they do when exactly a page
    of rows was added meanwhile. A cursor never repeats.
    """

    def __init__(self, path: str, *, cursor: object = None, patience: int = 1) -> None:
        self._path, self._patience = path, patience
        self._cursors = {str(cursor)} if cursor else set[str]()
        self._marks: set[int] = set()
        self._repeats = 0

    def add(self, items: Sequence[Any], cursor: str | None = None) -> None:
        """Note a page.

        Raises:
            UnexpectedAnswer: the walk would have no end.
        """
        if not items:
            return
        mark = mark_of(items)
        self._repeats = self._repeats + 1 if mark in self._marks else 0
        if self._repeats > self._patience or cursor in self._cursors:
            raise endless(f"GET {self._path}")
        self._marks.add(mark)
        if cursor is not None:
            self._cursors.add(cursor)


def mark_of(items: Sequence[Any]) -> int:
    """A number that two pages share only if their items are equal."""
    try:
        return hash(repr(list(items)))
    except RecursionError:  # nested too deeply to tell
        return id(items)


def endless(what: str) -> UnexpectedAnswer:
    """The error for a listing whose pages repeat; `what` is the request or the page."""
    return UnexpectedAnswer(
        f"{what}: the server sends the same page again and again, so the rows were not read to"
        " their end."
    )


def page_of(parse: Callable[[Any], T], *names: str) -> Callable[[Any], Page[T]]:
    """A parser for any of the API's listings: by page, by cursor, by limit, or a bare array.

    The contract documents one style for each endpoint and contradicts itself, so every list
    endpoint accepts all of them (contract §1.7). `names` are other names of `results`.
    """

    def read(data: Any) -> Page[T]:
        if isinstance(data, list):
            return Page([parse(item) for item in data], count=len(data), raw=data)
        if not isinstance(data, dict):
            raise TypeError(f"expected a list, not {type(data).__name__}")
        items = next((data[n] for n in ("results", *names) if isinstance(data.get(n), list)), None)
        if items is None:
            raise TypeError("expected a list, and the answer has none")
        count = data.get("count")
        cursor = data.get("next_cursor")
        return Page(
            [parse(item) for item in items],
            count=count if isinstance(count, int) else None,
            cursor=str(cursor) if cursor else None,
            more=bool(data.get("next")),
            raw=data,
        )

    return read


def encode_json(body: Any) -> bytes:
    """A body as it is sent and signed: JSON text in UTF-8.

    Raises:
        SegOpsConfigError: it has a NaN or an infinity, which JSON does not have.
    """
    try:
        return json_text(body, ensure_ascii=False, allow_nan=False).encode()
    except ValueError as error:
        raise SegOpsConfigError(
            "The body has a number that JSON does not have (NaN, or one beyond 1.8e308).",
            hint="Give a finite number, or the number as text.",
        ) from error


def ignore_body(_data: Any) -> None:
    """Ignore the body of an answer, as for a delete."""


def raw_json(data: Any) -> Any:
    """Return an answer as decoded JSON."""
    return data


def path(template: str, /, *parts: Id) -> str:
    """Fill `{}` with `parts`, each percent-encoded so that it stays one path segment.

    Raises:
        TypeError: a part is neither a number nor text.
        ValueError: a part is empty, `.` or `..`, which no encoding keeps in place.
    """
    texts = [_id_text(part) for part in parts]
    for text in texts:
        if text in {"", ".", ".."}:
            raise ValueError(f"not a valid id: {text!r}")
    return template.format(*(quote(text, safe="") for text in texts))


def _id_text(part: object) -> str:
    if isinstance(part, bool) or not isinstance(part, int | str):
        raise TypeError(f"an id is a number or text, not {type(part).__name__}: {part!r}")
    return str(part)


def compact(**fields: Any) -> dict[str, Any]:
    """The fields that were given; None means "not given" and is not sent."""
    return {name: value for name, value in fields.items() if value is not None}
