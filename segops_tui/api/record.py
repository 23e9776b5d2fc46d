"""Records: JSON objects from the server, with typed access to the fields we know.

Half of the response shapes are inferred, so a missing or odd value never breaks a listing: it reads
as the field's default, and `raw` still has the original.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Generic, Self, TypeVar, overload

T = TypeVar("T")


class Record(dict[str, Any]):
    """One object as the server sent it, by key; the fields we know are attributes too.

    `segment["name"]`, `segment.get("name")`, `"name" in segment` and `json.dumps(segment)` read
    the server's own values; `segment.name` is typed, and has a default where the value is missing.
    """

    __slots__ = ()

    @property
    def raw(self) -> Mapping[str, Any]:
        """The object as the server sent it; read-only for a type checker."""
        return self

    @classmethod
    def parse(cls, data: Any) -> Self:
        """Make a record of a JSON object.

        Raises:
            TypeError: `data` is not an object.
        """
        if not isinstance(data, Mapping):
            raise TypeError(f"expected an object, not {type(data).__name__}")
        return cls(data)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({super().__repr__()})"

    def __hash__(self) -> int:  # type: ignore[override]
        return hash((type(self), self.get("id")))


class Field(Generic[T]):
    """Typed access to one key: `read` converts the value, or gives the default."""

    def __init__(self, read: Callable[[Any], T], *names: str, kind: str = "any value") -> None:
        self._read, self._names = read, names
        self.kind = kind
        """The type of the values, in words."""

    def __set_name__(self, owner: type[Any], name: str) -> None:
        self._names = self._names or (name,)

    @overload
    def __get__(self, obj: None, owner: type[Any]) -> Field[T]: ...
    @overload
    def __get__(self, obj: Record, owner: type[Any]) -> T: ...
    def __get__(self, obj: Record | None, owner: type[Any]) -> Field[T] | T:
        if obj is None:
            return self
        for name in self._names:
            value = obj.get(name)
            if value is not None:
                return self._read(value)
        return self._read(None)


def text(*names: str, default: str = "") -> Field[str]:
    """A string; a number is converted, anything else is the default."""

    def read(value: Any) -> str:
        if isinstance(value, str):
            return value
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        return default

    return Field(read, *names, kind="text")


def integer(*names: str, default: int = 0) -> Field[int]:
    """A whole number; a numeric string counts as one."""
    return Field(
        lambda value: default if (n := as_integer(value)) is None else n,
        *names,
        kind="whole number",
    )


def maybe_integer(*names: str) -> Field[int | None]:
    """A whole number or None."""
    return Field(as_integer, *names, kind="whole number")


def maybe_number(*names: str) -> Field[float | None]:
    """A number or None."""
    return Field(as_number, *names, kind="number")


def flag(*names: str, default: bool = False) -> Field[bool]:
    """A boolean."""
    return Field(
        lambda value: value if isinstance(value, bool) else default, *names, kind="true or false"
    )


def moment(*names: str) -> Field[datetime | None]:
    """A timestamp in UTC, or None."""
    return Field(as_moment, *names, kind="time")


def mapping(*names: str) -> Field[Mapping[str, Any]]:
    """An object; anything else reads as an empty one."""
    return Field(lambda value: value if isinstance(value, Mapping) else {}, *names, kind="object")


def array(*names: str) -> Field[list[Any]]:
    """An array; anything else reads as an empty one."""
    return Field(lambda value: value if isinstance(value, list) else [], *names, kind="list")


def as_integer(value: Any) -> int | None:
    """A whole number from a JSON value, or None."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    number = as_number(value)
    return int(number) if number is not None and number == int(number) else None


def as_number(value: Any) -> float | None:
    """A finite number from a JSON value, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if abs(number) != float("inf") and number == number else None


def as_moment(value: Any) -> datetime | None:
    """A timestamp of the contract's §1.6 (`Z`, `+00:00`, fractions) in UTC, or None."""
    if not isinstance(value, str):
        return None
    try:
        when = datetime.fromisoformat(value)
    except ValueError:
        return None
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)


def is_later(now: datetime | None, before: datetime | None) -> bool:
    """Whether a time has moved on: there is one, and none before or an earlier one."""
    return now is not None and (before is None or now > before)
