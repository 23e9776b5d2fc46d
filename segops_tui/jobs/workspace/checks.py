"""What is wrong with a document: its shape, and the values a server would refuse."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from segops_tui.api.condition_checks import quote_value
from segops_tui.api.definition import check_definition
from segops_tui.jobs.workspace.documents import (
    REFERRING,
    Document,
    Place,
    filled,
    is_secret,
    is_variable,
    variables_in,
)
from segops_tui.jobs.workspace.errors import FileProblem
from segops_tui.jobs.workspace.kinds import KINDS, REQUIRED
from segops_tui.wording import listed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from segops_tui.jobs.workspace.kinds import DocumentField, Kind

Faults = Iterator[tuple[Place, str]]

_PART: Final = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
_SLUG: Final = re.compile(r"[-a-zA-Z0-9_]+")
_URL: Final = re.compile(r"https?://[!-~]+", re.IGNORECASE)
_LOOPBACK: Final = re.compile(r"localhost|.*\.localhost|127(\.\d{1,3}){3}|::1")
_PROPERTY_TYPES: Final = ("string", "number", "boolean", "datetime", "array")


def parsed(
    kind: Kind, data: Any, lines: Mapping[Place, int], path: str
) -> tuple[Document | None, list[FileProblem]]:
    """The document of a file's value, or what is wrong with its shape."""
    top = Document(kind.name, {}, path, lines)
    if not isinstance(data, dict):
        words = "is empty" if data is None else "must hold the fields of one object"
        return None, [FileProblem(path, 0, f"the file {words}.")]
    found = [
        FileProblem(path, top.line_of(place), message)
        for place, message in _shape_faults(kind, data)
    ]
    return (None, found) if found else (Document(kind.name, filled(kind, data), path, lines), [])


def faults_of(document: Document) -> list[FileProblem]:
    """What a server would refuse of a document, references aside."""
    kind = KINDS[document.kind]
    faults: list[tuple[Place, str]] = []
    for each in kind.fields:
        if each.name in document.values:
            check = _VALUE_CHECKS.get(each.type)
            if check is not None:
                faults += check(each, document.values[each.name], (each.name,))
    return [
        FileProblem(document.path, document.line_of(place), f"{spelt(place)}: {message}")
        for place, message in faults
    ]


def spelt(place: Place) -> str:
    """A place as text: `definition.conditions[0].operator`."""
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in place]
    return "".join(parts).removeprefix(".")


def nearest(name: str, known: Iterable[str]) -> str:
    """` Did you mean 'description'?`, or nothing."""
    close = get_close_matches(name, list(known), n=1)
    return f" Did you mean {close[0]!r}?" if close else ""


def _shape_faults(kind: Kind, data: Mapping[str, Any]) -> Faults:
    by_name = kind.by_name
    ids = {f"{each.name}_id": each for each in kind.fields if each.type == "reference"}
    for name, value in data.items():
        if name in by_name:
            message = _type_fault(by_name[name], value)
            if message:
                yield (name,), f"{name} {message}"
            else:
                yield from _variable_faults(by_name[name], value)
        elif name not in ids:
            known = ", ".join(by_name)
            yield (
                (name,),
                f"a {kind.one} has no field {name!r}.{nearest(name, by_name)} Its fields: {known}.",
            )
        elif isinstance(value, bool) or not isinstance(value, int | str):
            yield (name,), f"{name} must be an id."
        elif ids[name].name in data:
            yield (name,), f"{name} and {ids[name].name} are the same; keep {ids[name].name}."
    for each in kind.fields:
        is_given = each.name in data or f"{each.name}_id" in ids.keys() & data.keys()
        if each.default is REQUIRED and not is_given:
            yield (), f"{each.name} is missing: a {kind.one} needs it."


def _type_fault(each: DocumentField, value: Any) -> str:
    """What is wrong with the type of a value; empty if it is right."""
    match each.type:
        case "text" | "secret":
            if isinstance(value, str):
                return ""
            is_scalar = value is not None and not isinstance(value, dict | list)
            return f"must be text: write it in quotes, '{_plain(value)}'." if is_scalar else _TEXT
        case "reference":
            is_fine = isinstance(value, str) or (value is None and each.default is None)
            return "" if is_fine else "must be a name: write it in quotes."
        case "flag":
            return "" if isinstance(value, bool) else "must be true or false."
        case "texts":
            is_fine = isinstance(value, list) and all(isinstance(item, str) for item in value)
            return "" if is_fine else "must be a list of texts."
        case "properties":
            is_fine = isinstance(value, list) and all(isinstance(item, dict) for item in value)
            return "" if is_fine else "must be a list of properties, each with name and type."
        case _:
            return "" if isinstance(value, dict) else "must be a mapping of fields."


_TEXT: Final = "must be text."


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _variable_faults(each: DocumentField, value: Any) -> Faults:
    """Literal secrets, and variables where they are not read."""
    if each.type == "secret":
        if value and not is_variable(value):
            yield (each.name,), f"{each.name} {_LITERAL}"
    elif each.type == "config":
        yield from _config_faults(value, (each.name,))
    else:
        for place, name in variables_in(value, (each.name,)):
            words = "only a connector's config and a webhook's secret are read from variables"
            yield place, f"{spelt(place)}: ${{env:{name}}} is not replaced here; {words}."


_LITERAL: Final = "is a secret, which no file should have: write ${env:NAME} and set NAME."


def _config_faults(value: Any, place: Place) -> Faults:
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _config_faults(item, (*place, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _config_faults(item, (*place, index))
    elif is_variable(value):
        return
    elif is_secret(place, value):
        yield place, f"{spelt(place)} {_LITERAL}"
    elif isinstance(value, str) and "${env:" in value:
        yield place, f"{spelt(place)}: a variable is the whole value: ${{env:NAME}}."


def _text_faults(each: DocumentField, value: str, place: Place) -> Faults:
    if "\0" in value:
        yield place, "null characters are not allowed."
    elif each.default is REQUIRED and not value.strip():
        yield place, "must not be blank."
    elif len(value) > each.longest:
        yield place, f"has {len(value):,} characters; at most {each.longest:,} are allowed."
    elif each.choices and value not in each.choices:
        yield place, _no_choice(value, each.choices)
    elif each.form == "slug" and not _SLUG.fullmatch(value):
        yield place, f"{quote_value(value)} is no slug: use letters, digits, - and _."
    elif each.form == "url" and (message := _url_fault(value)):
        yield place, message


def _texts_faults(each: DocumentField, value: list[str], place: Place) -> Faults:
    for index, item in enumerate(value):
        here = (*place, index)
        if not item.strip():
            yield here, "must not be blank."
        elif "\0" in item:
            yield here, "null characters are not allowed."
        elif len(item) > each.longest:
            yield here, f"has {len(item):,} characters; at most {each.longest:,} are allowed."
        elif each.choices and item not in each.choices:
            yield here, _no_choice(item, each.choices)


def _definition_faults(each: DocumentField, value: Any, place: Place) -> Faults:
    """The faults of a definition; a name stands for the id of a segment that exists."""
    rule = dict(value)
    if isinstance(rule.get("conditions"), list):
        rule["conditions"] = [_with_an_id(item) for item in rule["conditions"]]
    for fault in check_definition(rule, kind=each.rule):
        parts = tuple(int(index) if index else name for name, index in _PART.findall(fault.path))
        if parts[-1:] == ("segment_id",):
            parts = (*parts[:-1], "segment")
        yield (place if parts == ("definition",) else (*place, *parts)), fault.message


def _with_an_id(condition: Any) -> Any:
    is_referring = isinstance(condition, dict) and condition.get("type") in REFERRING
    if not is_referring or "segment" not in condition:
        return condition
    rest = {name: value for name, value in condition.items() if name != "segment"}
    return {"segment_id": 1, **rest} if isinstance(condition["segment"], str) else rest


def _properties_faults(_each: DocumentField, value: Any, place: Place) -> Faults:
    seen: set[str] = set()
    for index, item in enumerate(value):
        here, name = (*place, index), item.get("name")
        if not isinstance(name, str) or not name.strip() or "\0" in name or len(name) > 255:
            yield (*here, "name"), "must be the property's name, as text."
        elif name in seen:
            yield (*here, "name"), f"{quote_value(name)} is named twice."
        else:
            seen.add(name)
        type_ = item.get("type", "string")
        if type_ not in _PROPERTY_TYPES:
            yield (*here, "type"), _no_choice(type_, _PROPERTY_TYPES)
        if not isinstance(item.get("required", False), bool):
            yield (*here, "required"), "must be true or false."


def _no_choice(value: Any, choices: Sequence[str]) -> str:
    close = nearest(value, choices) if isinstance(value, str) else ""
    words = listed(list(choices), most=9, word="or")
    return f"{quote_value(value)} is not {words}.{close}"


def _url_fault(url: str) -> str:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host = ""
    if not _URL.fullmatch(url) or not host:
        return f"{quote_value(url)} is not an https URL."
    if parts.username is not None or parts.password is not None:
        return "a user name or a password in a URL is not supported."
    if parts.scheme.lower() == "http" and not _LOOPBACK.fullmatch(host):
        return "only https is allowed, except for localhost."
    return ""


_VALUE_CHECKS: Final[
    Mapping[str, Callable[[DocumentField, Any, Place], Faults]]
] = {
    "text": _text_faults,
    "texts": _texts_faults,
    "definition": _definition_faults,
    "properties": _properties_faults,
}  # fmt: skip
