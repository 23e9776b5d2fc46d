"""The fields of a form as values, and how typed text becomes a request body."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from segops_tui.api.json_text import json_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Kind = Literal["text", "lines", "number", "words", "choice", "several", "flag", "json"]
"""A line, a text of several lines, a number, comma-separated words (a list), one of the options,
some of the options (a list), yes or no, any JSON in several lines."""

YES, NO = "yes", "no"
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9_]")


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of a form. `name` is the API's name, which its field errors use too."""

    name: str
    label: str
    kind: Kind = "text"
    value: Any = None
    """The first value, as the API spells it; None is empty."""
    options: Sequence[str] = ()
    required: bool = False
    hint: str = ""
    """Shown in an empty field."""
    longest: int = 0
    """Characters the API allows; 0 is no limit."""
    check: Callable[[Any], str] | None = None
    """What is wrong with a parsed value; empty when nothing is."""
    reader: Callable[[str], Reading] | None = None
    """Parses a field of kind `lines`, where its value is not just the text."""
    secret: bool = False
    """Masked while it is typed, and left out of the command line."""
    fixed: bool = False
    """Shown but read-only: some fields are set once."""
    note: str = ""
    """Shown below the field, for what its label cannot tell."""
    also: Sequence[str] = ()
    """Other names the server may report its errors under, such as a nested field."""

    @property
    def slug(self) -> str:
        """The name as part of a widget id; a server's name may have any characters."""
        return _NOT_PLAIN.sub(lambda found: f"-{ord(found[0]):x}-", self.name)

    @property
    def typed(self) -> str:
        """The first value as a user would type it."""
        return as_typed(self.value, self.kind)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a field holds: a value, or what is wrong with it."""

    value: Any = None
    fault: str = ""
    empty: bool = False


def payload_fault(value: Any) -> str:
    """What is wrong with a value as an event's payload; empty when nothing is."""
    return "" if isinstance(value, dict) else "A payload is an object: { … }."


def as_typed(value: Any, kind: Kind) -> str:
    """An API value as the text of a field."""
    if kind == "flag":
        return YES if value else NO
    if value is None:
        return ""
    if kind in {"words", "several"}:
        return ", ".join(str(item) for item in value) if isinstance(value, list | tuple) else ""
    if kind == "json":
        return json_text(value, indent=2, ensure_ascii=False)
    return str(value)


def read(field: FormField, typed: str) -> Reading:
    """Parse typed text."""
    words = typed.strip()
    if not words and field.kind not in {"several", "flag"}:
        fault = f"{field.label} is required." if field.required else ""
        return Reading([] if field.kind == "words" else None, fault, empty=True)
    if field.longest and len(words) > field.longest:
        return Reading(words, f"{len(words):,} characters; at most {field.longest:,} are allowed.")
    reading = _READERS[field.kind](field, words)
    if reading.fault or field.check is None:
        return reading
    return Reading(reading.value, field.check(reading.value))


def is_as_it_was(field: FormField, value: Any) -> bool:
    """Whether a parsed value is what the field held at first: blanks around a text do not count."""
    return bool(value == read(field, field.typed).value)


def body_of(
    fields: Sequence[FormField], values: dict[str, Any], *, changed_only: bool
) -> dict[str, Any]:
    """The request body: without empty fields, or with only the changed ones."""
    body = {}
    for field in fields:
        if field.fixed or field.name not in values:
            continue
        value = values[field.name]
        if changed_only:
            if is_as_it_was(field, value):
                continue
            # An emptied field is sent, or the server would keep its old value.
            body[field.name] = "" if value is None and field.kind in {"text", "lines"} else value
        elif value not in (None, "", []):
            body[field.name] = value
    return body


def set_options(fields: Sequence[FormField], body: dict[str, Any]) -> list[str]:
    """The `--set` options of the equivalent command line, without secrets."""
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
    return json_text(value, ensure_ascii=False)


def _text(_field: FormField, words: str) -> Reading:
    return Reading(words)


def _number(_field: FormField, words: str) -> Reading:
    with suppress(ValueError):
        return Reading(int(words))  # A float holds whole numbers up to 2**53 only.
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
