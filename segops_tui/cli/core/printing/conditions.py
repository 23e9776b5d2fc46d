"""Read one `--where`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from segops_tui.nouns.comparison import Operator

_CONDITION: Final = re.compile(
    r"\s*([^\s=!<>:][^=!<>:]*?)\s*(!=|<=|>=|==|:|=|<|>)\s*(.*?)\s*", re.DOTALL
)


@dataclass(slots=True)
class Condition:
    """One `--where`: a field, an operator, a value."""

    field: str
    operator: Operator
    value: str
    is_sent: bool = False
    """Whether the server was asked for it."""

    def __str__(self) -> str:
        return f"{self.field}{self.operator}{self.value}"


def read_condition(text: str) -> Condition:
    """Read `members>1000`, `state = stale`, `name:vip`, `price=` (which is missing).

    Raises:
        ValueError: there is no operator in it, or no field before it.
    """
    found = _CONDITION.fullmatch(text)
    if found is None:
        raise ValueError(
            f"{text!r} is not FIELD OP VALUE, such as 'members>1000'; OP is one of"
            " = != < <= > >= and : for contains."
        )
    name, operator, value = found.groups()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        value = value[1:-1]
    return Condition(name, cast("Operator", "=" if operator == "==" else operator), value)
