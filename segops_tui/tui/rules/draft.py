"""A rule while it is being edited: its text, the definition it parses to, and located faults."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.condition_checks import RuleFault
from segops_tui.api.definition import check_definition
from segops_tui.api.json_text import json_text
from segops_tui.tui.core.text import one_line
from segops_tui.tui.rules.json_positions import find_positions, line_and_column, parse_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from segops_tui.api.condition_types import Kind

LONGEST: Final = 200_000
"""Characters of a rule that are parsed: a hundred conditions are some ten thousand."""
LONGEST_LINE: Final = 1_000
"""Characters of a line that is not reflowed."""
MOST_IN_LINE: Final = 20_000
"""Characters of a line that can be redrawn at every key press."""
START: Final = '{\n  "logic": "AND",\n  "conditions": []\n}'
"""The text of a new rule."""

_SERVER_FAULT: Final = re.compile(
    r"(?:definition\.)?([a-z_]\w*(?:\[\d+\]|\.\w+)*): (.+)", re.DOTALL
)
_UNUSUAL: Final = re.compile(r"[^\x20-\x7e\n]")


@dataclass(frozen=True, slots=True)
class LocatedFault:
    """One fault of a rule and where in the text it is."""

    path: str
    """Empty where the text is not JSON."""
    message: str
    start: int
    end: int
    line: int
    """From 1."""
    column: int

    @property
    def sentence(self) -> str:
        """The line, the path, then what is wrong."""
        where = f"{self.path}: " if self.path else ""
        return one_line(f"line {self.line}  {where}{self.message}")


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """A text and what it parses to."""

    text: str
    definition: dict[str, Any] | None
    """None where the text is not a JSON object."""
    faults: Sequence[LocatedFault] = ()

    @property
    def is_valid(self) -> bool:
        """Whether it can be saved as it is."""
        return self.definition is not None and not self.faults

    @property
    def has_conditions(self) -> bool:
        """Whether there is anything to preview."""
        return bool(self.definition and self.definition.get("conditions"))


def parse_draft(text: str, *, kind: Kind) -> RuleDraft:
    """Parse a text and check the definition in it."""
    if len(text) > LONGEST:
        return RuleDraft(text, None, [_located(text, "", reason_too_long(text), 0, 1)])
    try:
        definition = json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        end = min(error.pos + 1, len(text))
        message = f"not JSON: {_plain(error.msg)}."
        return RuleDraft(text, None, [_located(text, "", message, error.pos, end)])
    except RecursionError:
        return RuleDraft(text, None, [_located(text, "", "nested too deeply.", 0, 1)])
    except ValueError as error:
        return RuleDraft(text, None, [_located(text, "", f"not JSON: {error}.", 0, 1)])
    faults = check_definition(definition, kind=kind)
    parsed = definition if isinstance(definition, dict) else None
    return RuleDraft(text, parsed, locate_faults(text, faults))


def locate_faults(text: str, faults: Iterable[RuleFault]) -> list[LocatedFault]:
    """Find the place in the text that each fault is about."""
    listed = list(faults)
    if not listed:
        return []
    positions = find_positions(text[:LONGEST])
    located = []
    for fault in listed:
        path = () if fault.path == "definition" else parse_path(fault.path)
        span = positions.nearest(path)
        located.append(_located(text, fault.path, fault.message, span.start, span.end))
    return located


def parse_server_faults(messages: Iterable[str]) -> list[RuleFault]:
    """Parse a server's messages on a definition: each may begin with a path (contract §13.6)."""
    faults = []
    for text in messages:
        match = _SERVER_FAULT.fullmatch(text.strip())
        path, message = (match[1], match[2]) if match else ("definition", text)
        faults.append(RuleFault(path, message))
    return faults


def format_definition(definition: object) -> str:
    """Format a definition for editing; invisible characters are escaped, so they can be seen."""
    text = json_text(definition, indent=2, ensure_ascii=False)
    return _UNUSUAL.sub(_escape, text)


def reflow_json(text: str) -> str:
    """Break JSON with an overlong line into indented lines; other text stays as it is."""
    if len(text) > LONGEST or max(map(len, text.splitlines()), default=0) <= LONGEST_LINE:
        return text
    try:
        return format_definition(json.loads(text))
    except (ValueError, RecursionError):
        return text


def reason_too_long(text: str) -> str:
    """Why a text is too long to edit; empty when it is not."""
    if len(text) > LONGEST:
        return f"{len(text):,} characters is too long for a rule; the limit is {LONGEST:,}."
    longest = max(map(len, text.splitlines()), default=0)
    if longest > MOST_IN_LINE:
        return f"A line of {longest:,} characters that is not JSON cannot be shown."
    return ""


def _escape(match: re.Match[str]) -> str:
    letter = match[0]
    if one_line(letter) == letter:
        return letter
    units = letter.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def _located(text: str, path: str, message: str, start: int, end: int) -> LocatedFault:
    line, column = line_and_column(text, start)
    return LocatedFault(path, message, start, max(end, start + 1), line + 1, column + 1)


def _plain(message: str) -> str:
    """The parser's message without grammar terms."""
    known = {
        "Expecting value": "a value is missing",
        "Expecting ',' delimiter": "a comma is missing",
        "Expecting ':' delimiter": "a colon is missing",
        "Extra data": "unexpected text after the end",
        "Illegal trailing comma before end of object": "a trailing comma",
        "Illegal trailing comma before end of array": "a trailing comma",
    }
    if message.startswith("Expecting property name"):
        return "a name in double quotes is missing, or there is a trailing comma"
    if message.startswith("Unterminated string"):
        return "a closing quote is missing"
    return known.get(message, message)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number")
