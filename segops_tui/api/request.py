"""Requests as values: what a call is, before anybody sends it.

Knows the shape of a call and of the four kinds of page; knows no client, no clock and no key.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import IO, Any, Generic, Literal, TypeVar
from urllib.parse import quote

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

Method = Literal["GET", "POST", "PATCH", "PUT", "DELETE"]
Id = int | str
"""An object's id. The API's own are integers; user ids are opaque strings."""

JsonObject = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file to send as one part of a multipart body.

    `open` is called for each attempt, so that a retry sends the whole file again.
    """

    open: Callable[[], IO[bytes]]
    filename: str
    size: int | None = None
    """Bytes, where known; progress is told against it."""
    field: str = "file"
    content_type: str = "text/csv"
    progress: Callable[[int], None] | None = None
    """Called with the bytes sent so far, from whichever thread sends."""


@dataclass(frozen=True, slots=True)
class Request(Generic[T_co]):
    """One call: everything needed to send it and to read its answer.

    `path` is relative to the base address (`https://api.segops.ai/api`), begins with `/` and is
    already quoted. A query value of None is left out.
    """

    method: Method
    path: str
    parse: Callable[[Any], T_co] = field(kw_only=True)
    query: Mapping[str, str | int | float | None] = field(default_factory=dict, kw_only=True)
    body: Any = field(default=None, kw_only=True)
    upload: Upload | None = field(default=None, kw_only=True)
    reads: bool = field(default=False, kw_only=True)
    """This POST only reads (preview, estimate, validate …), so no guard refuses it."""
    headers: Mapping[str, str] = field(default_factory=dict, kw_only=True)
    """Headers that are this call's own, such as a signature of its body."""

    @property
    def mutates(self) -> bool:
        """Whether the workspace may differ afterwards."""
        return self.method != "GET" and not self.reads


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a listing, and how to ask for the one after it."""

    items: list[T]
    count: int | None = None
    """How many there are in all, where the API says so."""
    cursor: str | None = None
    """Cursor style: pass it back. None is the end."""
    more: bool = False
    """Page style: another page follows."""
    raw: Any = None
    """The answer as it came."""

    def following(self, request: Request[Page[T]]) -> Request[Page[T]] | None:
        """The request for the next page, or None when this was the last.

        A cursor that repeats and a page that is empty both end the walk: a server that says
        "more" for ever must not keep a client for ever.
        """
        if self.cursor is not None:
            if self.cursor == request.query.get("cursor"):
                return None
            return replace(request, query={**request.query, "cursor": self.cursor})
        if self.more and self.items:
            number = int(request.query.get("page") or 1)
            return replace(request, query={**request.query, "page": number + 1})
        return None

    def ahead(self, request: Request[Page[T]]) -> Iterator[Request[Page[T]]]:
        """The requests for all pages that the count promises after this one; page style only.

        What was added meanwhile is found by `following` from the last of them.
        """
        if not (self.more and self.items and self.count) or self.cursor is not None:
            return
        number = int(request.query.get("page") or 1)
        last = -(-self.count // len(self.items))
        for following in range(number + 1, last + 1):
            yield replace(request, query={**request.query, "page": following})


def page_of(parse: Callable[[Any], T], *names: str) -> Callable[[Any], Page[T]]:
    """Read any of the API's listings: page, cursor, limit, or a bare array.

    The contract documents one style for each endpoint and contradicts itself, so every list
    endpoint accepts all of them (contract §1.7). `names` are further spellings of `results`.
    """

    def read(data: Any) -> Page[T]:
        if isinstance(data, list):
            return Page([parse(item) for item in data], count=len(data), raw=data)
        if not isinstance(data, dict):
            raise TypeError(f"a list was expected, not {type(data).__name__}")
        items = next((data[n] for n in ("results", *names) if isinstance(data.get(n), list)), None)
        if items is None:
            raise TypeError("a list was expected, and the answer has none")
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
    """A body as it is sent: JSON text in UTF-8. Whoever signs a body signs this."""
    return json.dumps(body, ensure_ascii=False, allow_nan=False).encode()


def ignore_body(_data: Any) -> None:
    """Read an answer that says nothing: a delete, whatever its body."""


def raw_json(data: Any) -> Any:
    """Read an answer as it came."""
    return data


def path(template: str, /, *parts: Id) -> str:
    """Fill `{}` with `parts`, each quoted so that it stays one path segment.

    Raises:
        ValueError: a part is empty, `.` or `..`, which no quoting keeps in place.
    """
    texts = [str(part) for part in parts]
    for text in texts:
        if text in {"", ".", ".."}:
            raise ValueError(f"not an identifier: {text!r}")
    return template.format(*(quote(text, safe="") for text in texts))


def compact(**fields: Any) -> dict[str, Any]:
    """The fields that were given: a None is "not said" and is not sent."""
    return {name: value for name, value in fields.items() if value is not None}
