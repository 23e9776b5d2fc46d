"""Calls and answers: what goes into the sandbox and what comes out, in process or over HTTP."""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import IO, TYPE_CHECKING, Any, Final, Protocol

from segops_tui.named_tuple import NamedTuple
from segops_tui.sandbox.core.admission import ANYONE, Caller
from segops_tui.sandbox.core.errors import ApiRefusal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_ENCODE: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
DEEPEST: Final = 200
"""Levels of nesting in a body; JSON is read and written by recursion, which has an end."""
JSON_HEADERS: Final[Mapping[str, str]] = {"content-type": "application/json"}


class UploadedFile(NamedTuple):
    """The file part of a multipart body, readable from its start."""

    filename: str
    content_type: str
    file: IO[bytes]


class Call(NamedTuple):
    """One request. `path` is still percent-encoded and begins with `/api/`."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = MappingProxyType({})
    """Names in lower case."""
    body: bytes = b""
    upload: UploadedFile | None = None
    caller: Caller = ANYONE
    """Known once the call is admitted."""

    def argument(self, name: str) -> str | None:
        """The last value of a query argument, or None; a blank one counts as absent."""
        found = None
        for key, value in self.query:
            if key == name:
                found = value
        return found or None

    def json(self) -> Any:
        """The decoded body; an empty one is an empty object.

        Raises:
            ApiRefusal: the body is not JSON that can be stored as UTF-8.
        """
        if not self.body.strip():
            return {}
        try:
            text = self.body.decode("utf-8-sig")
            value = json.loads(text, parse_constant=_refuse_constant, parse_float=_parse_float)
            if _is_deep(value):
                raise RecursionError
            if "\\u" in text:
                json.dumps(value, ensure_ascii=False).encode()
        except (ValueError, RecursionError) as error:
            words = "nested too deeply" if isinstance(error, RecursionError) else str(error)
            raise ApiRefusal(400, {"detail": f"JSON parse error - {words}"}) from error
        return value


class Answer(NamedTuple):
    """One response: a body in memory, or a file to send."""

    status: int
    headers: Mapping[str, str] = MappingProxyType({})
    body: bytes = b""
    file: Path | None = None


class Answering(Protocol):
    """A sandbox, or fault injection around one."""

    def admit(self, method: str, path: str, headers: Mapping[str, str], /) -> Caller:
        """Return who calls, before the body is read; raises `ApiRefusal` 401 or 403."""

    def answer(self, call: Call, /) -> Answer:
        """Answer one call."""

    def tick(self) -> bool:
        """Run the work that is due; return whether any work remains."""

    def close(self) -> None:
        """Close what is open."""


def answer(value: Any, *, status: int = 200) -> Answer:
    """Answer with JSON."""
    return Answer(status, JSON_HEADERS, dump(value).encode())


def refusal(refused: ApiRefusal) -> Answer:
    """Turn a refusal into an answer."""
    return Answer(refused.status, {**JSON_HEADERS, **refused.headers}, dump(refused.body).encode())


def dump(value: Any) -> str:
    """Encode JSON as it is stored and sent: compact, not escaped, never NaN."""
    return _ENCODE(value)


def _is_deep(value: Any) -> bool:
    """Whether a value is nested deeper than every part of the sandbox can follow."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(DEEPEST):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


def _refuse_constant(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")


def _parse_float(text: str) -> float:
    number = float(text)
    if number in {float("inf"), float("-inf")}:
        raise ValueError(f"{text} is out of range")
    return number
