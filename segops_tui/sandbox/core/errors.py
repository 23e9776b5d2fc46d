"""Refusals of the sandbox, in the wording of the API's framework (contract §1.3)."""

from __future__ import annotations

import errno
import sqlite3
from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.errors import SegOpsConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

REQUIRED: Final = "This field is required."
_NO_SPACE: Final = frozenset({errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)})


class ApiRefusal(Exception):
    """The call is refused with this status and body; its writes are rolled back."""

    def __init__(
        self, status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(f"{status} {dict(body)}")
        self.status, self.body, self.headers = status, body, headers or {}


class PortInUse(SegOpsConfigError):
    """Another program already listens on the requested port."""


class SandboxUnreadable(SegOpsConfigError):
    """The sandbox's file cannot be opened: not a database, a newer version, or no permission."""


def busy() -> ApiRefusal:
    """503: other calls were writing for longer than a call may wait."""
    words = "The sandbox is busy: other calls are writing. Try again."
    return ApiRefusal(503, {"detail": words}, {"retry-after": "1"})


def is_out_of_space(error: Exception) -> bool:
    """Whether a write found no space: a full disk, a quota or a limit on the size of files.

    SQLite cannot tell these from a fault of the disk.
    """
    if isinstance(error, OSError):
        return error.errno in _NO_SPACE
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}


def no_space(error: Exception) -> ApiRefusal:
    """507: nothing was stored, and all of it can be sent again."""
    said = getattr(error, "strerror", None) or error
    return refused(f"The sandbox cannot write to its disk: {said}. Free some space.", status=507)


def database_refusal(error: sqlite3.Error) -> ApiRefusal:
    """The refusal for a failure of the database: 503 while it is locked, else 400, 500 or 507."""
    said = str(error)
    if is_out_of_space(error):
        return no_space(error)
    if "locked" in said or "busy" in said:
        return busy()
    if "user-defined function" in said:
        # The one function that raises is the search for a pattern; see `Pattern.is_found_in`.
        words = "A regular expression takes too long on the stored values; make it smaller."
        return invalid("definition", words)
    return refused(f"The sandbox's database failed: {error}.", status=500)


def invalid(field: str, *complaints: str) -> ApiRefusal:
    """400: one field and its errors."""
    return ApiRefusal(400, {field: list(complaints)})


def refused(detail: str, *, status: int = 400) -> ApiRefusal:
    """A refusal of the whole call, not of one field."""
    return ApiRefusal(status, {"detail": detail})


def not_found() -> ApiRefusal:
    """404: no such object."""
    return refused("Not found.", status=404)


def wrong_method(method: str, allowed: str) -> ApiRefusal:
    """405: names the methods the address accepts."""
    return ApiRefusal(405, {"detail": f'Method "{method}" not allowed.'}, {"allow": allowed})
