"""Kinds of values a command line may carry: ids and lengths of time.

Knows how they are spelt, and says so where one is not.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any, Final

import click

_UNITS: Final = {"s": "seconds", "m": "minutes", "min": "minutes", "h": "hours", "d": "days"}
_LENGTH: Final = re.compile(r"(\d{1,9}(?:\.\d+)?)\s*(min|[smhdw])")


class IdType(click.ParamType[str]):
    """An object's id: any text that can be one segment of a path."""

    name = "id"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Refuse what no address can carry."""
        text = str(value)
        if text.strip() in {"", ".", ".."}:
            self.fail(f"{text!r} is not an id.", param, ctx)
        return text


class LengthType(click.ParamType[timedelta]):
    """A length of time: `90s`, `30m`, `24h`, `7d`, `2w`."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        """Read a number and a unit."""
        if isinstance(value, timedelta):
            return value
        match = _LENGTH.fullmatch(str(value).strip().lower())
        if match is None:
            self.fail(f"{value!r} is not a length of time such as 30m, 24h or 7d.", param, ctx)
        number, unit = float(match[1]), match[2]
        try:
            if unit == "w":
                return timedelta(weeks=number)
            return timedelta(**{_UNITS[unit]: number})
        except OverflowError:
            self.fail(f"{value!r} is longer than any calendar.", param, ctx)


ID: Final = IdType()
LENGTH: Final = LengthType()
