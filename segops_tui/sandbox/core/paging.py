"""The four pagination styles, as the server makes them (contract §1.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from segops_tui.named_tuple import NamedTuple
from segops_tui.sandbox.core.calls import answer
from segops_tui.sandbox.core.errors import refused

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence

    from segops_tui.sandbox.core.calls import Answer, Call

PAGE_SIZE: Final = 50
LARGEST_PAGE: Final = 200
MEMBERS: Final = 100
MOST_MEMBERS: Final = 1000
_BIG: Final = 2**62
_CURSOR: Final = b"u1:"


class Window(NamedTuple):
    """The requested part of a list."""

    offset: int
    size: int
    page: int | None
    """None if the call used `limit` and `offset`."""


def window(call: Call) -> Window:
    """Read `page` and `page_size`, or `limit` and `offset`.

    Raises:
        ApiRefusal: 404, `page` is not a page number.
    """
    if call.argument("page") is None and (call.argument("limit") or call.argument("offset")):
        size = _number(call.argument("limit"), PAGE_SIZE)
        return Window(_number(call.argument("offset"), 0, least=0), min(size, LARGEST_PAGE), None)
    size = min(_number(call.argument("page_size"), PAGE_SIZE), LARGEST_PAGE)
    page = _number(call.argument("page"), 0) if call.argument("page") else 1
    if not page:
        raise refused("Invalid page.", status=404)
    return Window((page - 1) * size, size, page)


def listed(
    connection: sqlite3.Connection,
    call: Call,
    *,
    table: str,
    show: Callable[[sqlite3.Row], Any],
    where: str = "1",
    params: Sequence[Any] = (),
    order: str = "id",
) -> Answer:
    """Answer a page-style list of the rows of a table.

    Raises:
        ApiRefusal: 404, the page is past the last one.
    """
    asked = window(call)
    count = connection.execute(f"SELECT count(*) FROM {table} WHERE {where}", params).fetchone()[0]
    if asked.page is not None and asked.page > 1 and asked.offset >= count:
        raise refused("Invalid page.", status=404)
    rows = connection.execute(
        f"SELECT * FROM {table} WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?",
        (*params, asked.size, asked.offset),
    )
    return answer(
        {
            "count": count,
            "next": _link(call, asked, asked.offset + asked.size, count),
            "previous": _link(call, asked, asked.offset - asked.size, count),
            "results": [show(row) for row in rows],
        }
    )


def read_limit(call: Call, name: str = "limit", *, default: int, most: int) -> int:
    """Read a limit, capped at `most`."""
    return min(_number(call.argument(name), default), most)


def cursor_after(user_id: str) -> str:
    """Make the opaque cursor that continues after a user id."""
    from base64 import urlsafe_b64encode  # noqa: PLC0415  # 2 ms a first page does not need

    return urlsafe_b64encode(_CURSOR + user_id.encode()).decode().rstrip("=")


def parse_cursor(cursor: str) -> str:
    """Return the user id that a cursor continues after.

    Raises:
        ApiRefusal: 400, the cursor is not one of ours.
    """
    from base64 import urlsafe_b64decode  # noqa: PLC0415  # 2 ms a first page does not need

    try:
        text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        if not text.startswith(_CURSOR):
            raise ValueError
        return text.removeprefix(_CURSOR).decode()
    except ValueError as error:
        raise refused("Invalid cursor.") from error


def _number(text: str | None, default: int, *, least: int = 1) -> int:
    if text is None or not (text.isascii() and text.isdigit()) or len(text) > 18:
        return default
    return number if (number := int(text)) >= least else default


def _link(call: Call, asked: Window, offset: int, count: int) -> str | None:
    """Return the relative URL of the page that starts at `offset`, if there is one."""
    if offset >= count or offset <= -asked.size:
        return None
    own = {"page"} if asked.page is not None else {"offset", "limit"}
    query = [(name, value) for name, value in call.query if name not in own]
    if asked.page is not None:
        query.append(("page", str(offset // asked.size + 1)))
    else:
        query += [("limit", str(asked.size)), ("offset", str(max(offset, 0)))]
    return f"{call.path}?{urlencode(query)}"
