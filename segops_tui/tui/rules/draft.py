"""A rule as it is being written: what it says so far, and what is against it, with the place.

Knows text and the checks of the DSL; knows no widget and asks no server.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.condition_checks import RuleFault
from segops_tui.api.definition import check_definition
from segops_tui.tui.core.text import one_line
from segops_tui.tui.rules.json_positions import line_and_column, path_of, places_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from segops_tui.api.condition_types import Kind

LONGEST: Final = 200_000
"""Characters of a rule that are read: a hundred conditions are some ten thousand."""
LONGEST_LINE: Final = 1_000
"""Characters of a line that is left as it came."""
MOST_IN_LINE: Final = 20_000
"""Characters of a line that can be drawn at every key."""
START: Final = '{\n  "logic": "AND",\n  "conditions": []\n}'
"""What a new rule begins with."""

_TOLD: Final = re.compile(r"(?:definition\.)?([a-z_]\w*(?:\[\d+\]|\.\w+)*): (.+)", re.DOTALL)
_UNUSUAL: Final = re.compile(r"[^\x20-\x7e\n]")


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing against a rule."""

    path: str
    """Empty where the text is no JSON."""
    message: str
    start: int
    end: int
    line: int
    """From 1, as people count."""
    column: int

    @property
    def sentence(self) -> str:
        """The place, then what is wrong."""
        where = f"{self.path}: " if self.path else ""
        return one_line(f"line {self.line}  {where}{self.message}")


@dataclass(frozen=True, slots=True)
class Draft:
    """What a text says."""

    text: str
    definition: dict[str, Any] | None
    """None where it is no JSON object."""
    complaints: Sequence[Complaint] = ()

    @property
    def is_sound(self) -> bool:
        """Whether nothing is against it."""
        return self.definition is not None and not self.complaints

    @property
    def has_conditions(self) -> bool:
        """Whether there is anything to preview."""
        return bool(self.definition and self.definition.get("conditions"))


def read_draft(text: str, *, kind: Kind) -> Draft:
    """Say what a text means, or everything that is against it."""
    if len(text) > LONGEST:
        return Draft(text, None, [_complaint(text, "", too_much(text), 0, 1)])
    try:
        definition = json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        end = min(error.pos + 1, len(text))
        message = f"not JSON: {_plain(error.msg)}."
        return Draft(text, None, [_complaint(text, "", message, error.pos, end)])
    except RecursionError:
        return Draft(text, None, [_complaint(text, "", "it is nested too deeply.", 0, 1)])
    except ValueError as error:
        return Draft(text, None, [_complaint(text, "", f"not JSON: {error}.", 0, 1)])
    faults = check_definition(definition, kind=kind)
    found = definition if isinstance(definition, dict) else None
    return Draft(text, found, placed(text, faults))


def placed(text: str, faults: Iterable[RuleFault]) -> list[Complaint]:
    """Faults with the place of what they are about."""
    listed = list(faults)
    if not listed:
        return []
    places = places_in(text[:LONGEST])
    complaints = []
    for fault in listed:
        path = () if fault.path == "definition" else path_of(fault.path)
        span = places.nearest(path)
        complaints.append(_complaint(text, fault.path, fault.message, span.start, span.end))
    return complaints


def told(texts: Iterable[str]) -> list[RuleFault]:
    """A server's complaints about a definition: each may begin with a path (contract §13.6)."""
    faults = []
    for words in texts:
        match = _TOLD.fullmatch(words.strip())
        path, message = (match[1], match[2]) if match else ("definition", words)
        faults.append(RuleFault(path, message))
    return faults


def written(definition: object) -> str:
    """A definition as text to edit; characters nobody sees are spelt out, so they can be seen."""
    text = json.dumps(definition, indent=2, ensure_ascii=False)
    return _UNUSUAL.sub(_spelt, text)


def laid_out(text: str) -> str:
    """A text in lines: JSON that came as one long line gets its own."""
    if len(text) > LONGEST or max(map(len, text.splitlines()), default=0) <= LONGEST_LINE:
        return text
    try:
        return written(json.loads(text))
    except (ValueError, RecursionError):
        return text


def too_much(text: str) -> str:
    """Why a text is not taken in; empty when it may be."""
    if len(text) > LONGEST:
        return f"{len(text):,} characters are no rule; at most {LONGEST:,} are read."
    longest = max(map(len, text.splitlines()), default=0)
    if longest > MOST_IN_LINE:
        return f"A line of {longest:,} characters that is no JSON cannot be shown."
    return ""


def _spelt(match: re.Match[str]) -> str:
    letter = match[0]
    if one_line(letter) == letter:
        return letter
    units = letter.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def _complaint(text: str, path: str, message: str, start: int, end: int) -> Complaint:
    line, column = line_and_column(text, start)
    return Complaint(path, message, start, max(end, start + 1), line + 1, column + 1)


def _plain(message: str) -> str:
    """The parser's words for people: what is missing, not what a grammar is called."""
    known = {
        "Expecting value": "a value is missing here",
        "Expecting ',' delimiter": "a comma is missing here",
        "Expecting ':' delimiter": "a colon is missing here",
        "Extra data": "something stands after the end",
        "Illegal trailing comma before end of object": "a comma before the end",
        "Illegal trailing comma before end of array": "a comma before the end",
    }
    if message.startswith("Expecting property name"):
        return "a name in double quotes is missing here, or a comma is one too many"
    if message.startswith("Unterminated string"):
        return "a closing quote is missing"
    return known.get(message, message)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")
