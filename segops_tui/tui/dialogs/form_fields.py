"""The lines of a form as values: what is asked, what was typed means, what is against it.

Knows wire names and JSON; knows no widget and no noun.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Kind = Literal["text", "lines", "number", "words", "choice", "several", "flag", "json"]
"""A line, a text of several lines, a number, comma-separated words (a list), one of the options,
some of the options (a list), yes or no, any JSON in several lines."""

YES, NO = "yes", "no"
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9_]")


@dataclass(frozen=True, slots=True)
class FormField:
    """One thing a form asks for. `name` is the wire's, which a server's field errors use too."""

    name: str
    label: str
    kind: Kind = "text"
    value: Any = None
    """What stands there at first, as the API spells it; None is nothing."""
    options: Sequence[str] = ()
    required: bool = False
    hint: str = ""
    """Shown in an empty line."""
    longest: int = 0
    """Characters that are allowed; 0 is no limit of the API's own."""
    check: Callable[[Any], str] | None = None
    """What is against a value that could be read; empty when nothing is."""
    reader: Callable[[str], Reading] | None = None
    """Reads `lines` that mean more than their text."""
    secret: bool = False
    """Hidden while it is typed, and left out of the command line."""
    fixed: bool = False
    """Shown, but not to be changed: some fields are set once."""
    note: str = ""
    """Said below the line, for what its label cannot say."""
    also: Sequence[str] = ()
    """Other names a server may complain of it by: a field within another one, for instance."""

    @property
    def slug(self) -> str:
        """The name in letters an identifier may have; a name may be a server's."""
        return _NOT_PLAIN.sub(lambda found: f"-{ord(found[0]):x}-", self.name)

    @property
    def typed(self) -> str:
        """The first value as a person would type it."""
        return as_typed(self.value, self.kind)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a line holds: a value, or what is against it."""

    value: Any = None
    fault: str = ""
    empty: bool = False


def as_typed(value: Any, kind: Kind) -> str:
    """A value of the API in the form a line holds it."""
    if kind == "flag":
        return YES if value else NO
    if value is None:
        return ""
    if kind in {"words", "several"}:
        return ", ".join(str(item) for item in value) if isinstance(value, list | tuple) else ""
    if kind == "json":
        return json.dumps(value, indent=2, ensure_ascii=False)
    return str(value)


def read(field: FormField, typed: str) -> Reading:
    """Say what was typed means, or what is against it."""
    words = typed.strip()
    if not words and field.kind not in {"several", "flag"}:
        fault = f"{field.label} is needed." if field.required else ""
        return Reading([] if field.kind == "words" else None, fault, empty=True)
    if field.longest and len(words) > field.longest:
        return Reading(words, f"{len(words):,} characters; at most {field.longest:,} are allowed.")
    reading = _READERS[field.kind](field, words)
    if reading.fault or field.check is None:
        return reading
    return Reading(reading.value, field.check(reading.value))


def sent(
    fields: Sequence[FormField], values: dict[str, Any], *, changed_only: bool
) -> dict[str, Any]:
    """What goes to the server: without empty lines, or only what differs from before."""
    body = {}
    for field in fields:
        if field.fixed or field.name not in values:
            continue
        value = values[field.name]
        if changed_only:
            before = read(field, field.typed)
            if value == before.value:
                continue
            # An emptied line is said to the server, which would otherwise keep what it had.
            body[field.name] = "" if value is None and field.kind in {"text", "lines"} else value
        elif value not in (None, "", []):
            body[field.name] = value
    return body


def set_options(fields: Sequence[FormField], body: dict[str, Any]) -> list[str]:
    """The `--set` options of a command line that says the same; secrets are not said."""
    hidden = {field.name for field in fields if field.secret}
    options = []
    for name, value in body.items():
        options += ["--set", f"{name}={'…' if name in hidden else as_option(value)}"]
    return options


def as_option(value: Any) -> str:
    """A value as `--set` reads it: text as it is, unless it would be read as JSON."""
    if isinstance(value, str):
        try:
            json.loads(value)
        except ValueError:
            return value
    return json.dumps(value, ensure_ascii=False)


def _text(_field: FormField, words: str) -> Reading:
    return Reading(words)


def _number(_field: FormField, words: str) -> Reading:
    try:
        number = float(words)
    except ValueError:
        return Reading(None, "This is not a number.")
    if number != number or number in (float("inf"), float("-inf")):
        return Reading(None, "This is not a number.")
    return Reading(int(number) if number == int(number) else number)


def _words(_field: FormField, words: str) -> Reading:
    return Reading([word for part in words.split(",") if (word := part.strip())])


def _choice(field: FormField, words: str) -> Reading:
    if words in field.options:
        return Reading(words)
    return Reading(None, f"One of {', '.join(field.options)}.")


def _several(field: FormField, words: str) -> Reading:
    picked = _words(field, words).value
    if not picked and field.required:
        return Reading([], f"{field.label}: choose at least one.", empty=True)
    return Reading(picked, empty=not picked)


def _flag(_field: FormField, words: str) -> Reading:
    return Reading(words == YES)


def _lines(field: FormField, words: str) -> Reading:
    return Reading(words) if field.reader is None else field.reader(words)


def _json(_field: FormField, words: str) -> Reading:
    try:
        return Reading(json.loads(words))
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        return Reading(None, f"Not JSON: {where}: {error.msg}.")
    except RecursionError:
        return Reading(None, "Not JSON: it is nested too deeply.")


_READERS: dict[Kind, Callable[[FormField, str], Reading]] = {
    "text": _text,
    "lines": _lines,
    "number": _number,
    "words": _words,
    "choice": _choice,
    "several": _several,
    "flag": _flag,
    "json": _json,
}
