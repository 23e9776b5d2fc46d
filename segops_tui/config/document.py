"""Changes to the text of a config file that keep its comments and its order.

Text in, text out. What comes out is parsed and compared with what was meant, so that no clever
layout of a file can make a change do anything else.
"""

from __future__ import annotations

import re
import tomllib
from copy import deepcopy
from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.errors import SegOpsConfigError
from segops_tui.config.faults import KEY_SOURCES, VERSION, version_fault
from segops_tui.config.lines import places_in

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")


def parsed(text: str) -> dict[str, Any]:
    """What a text says.

    Raises:
        SegOpsConfigError: it is not TOML (with the line), or a newer version wrote it.
    """
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SegOpsConfigError(f"The config file is not valid TOML: {error}.") from error
    fault = version_fault(data)
    if fault is not None:
        raise SegOpsConfigError(f"The config file {fault.message}", hint=fault.hint)
    return data


def with_profile(text: str, name: str, values: Mapping[str, str | bool]) -> str:
    """A text with a profile, added at its end or changed where it is.

    A new key source takes the place of the old one; what `values` does not name stays.
    """
    data = parsed(text)
    wanted = deepcopy(data)
    if not text.strip():
        wanted["version"] = VERSION
    table = wanted.setdefault("profiles", {}).setdefault(name, {})
    gone = [key for key in KEY_SOURCES if key in table] if values.keys() & set(KEY_SOURCES) else []
    for key in gone:
        del table[key]
    table.update(values)
    if name in data.get("profiles", {}):
        return _meant(wanted, lambda: _updated(text, name, values, gone))
    return _meant(
        wanted, lambda: _appended(text, name, values), lambda: _updated(text, name, values, [])
    )


def without_profile(text: str, name: str) -> str:
    """A text without a profile and what describes it; the default goes with it if it was that."""
    data = parsed(text)
    wanted = deepcopy(data)
    del wanted["profiles"][name]
    if wanted.get("default") == name:
        del wanted["default"]
        text = _without_default(text)
    return _meant(wanted, lambda: _cut(text, ("profiles", name)), lambda: _removed(text, name))


def with_profile_renamed(text: str, old: str, new: str) -> str:
    """A text in which a profile has another name, the default's mention of it included."""
    data = parsed(text)
    wanted = deepcopy(data)
    wanted["profiles"] = {
        (new if name == old else name): table for name, table in data["profiles"].items()
    }
    if wanted.get("default") == old:
        wanted["default"] = new
        text = with_default(text, new)
    for place in reversed(list(places_in(text))):
        here = len(place.path) - len(place.spans)
        if place.path[:2] == ("profiles", old) and here <= 1:
            start, end = place.spans[1 - here]
            text = f"{text[:start]}{_key(new)}{text[end:]}"
    return _meant(wanted, lambda: text)


def with_default(text: str, name: str) -> str:
    """A text whose default is a profile."""
    import tomlkit  # noqa: PLC0415 (20 ms that only a write owes)

    wanted = {**parsed(text), "default": name}
    document = tomlkit.parse(text)
    if "default" in document:
        document["default"] = name
        return _meant(wanted, lambda: tomlkit.dumps(document))
    line = tomlkit.dumps({"default": name})
    places = list(places_in(text))
    above = places[: next((n for n, p in enumerate(places) if p.is_header), len(places))]
    version = next((place.line for place in above if place.path == ("version",)), None)
    if version is None:
        return _meant(wanted, lambda: f"{line}\n{text}")
    lines = text.splitlines(keepends=True)
    return _meant(wanted, lambda: "".join([*lines[:version], line, *lines[version:]]))


def _without_default(text: str) -> str:
    lines = text.splitlines(keepends=True)
    for place in places_in(text):
        if place.path == ("default",) and not place.is_header:
            del lines[place.line - 1]
            break
    return "".join(lines)


def _appended(text: str, name: str, values: Mapping[str, str | bool]) -> str:
    import tomlkit  # noqa: PLC0415 (20 ms that only a write owes)

    table = tomlkit.dumps({"profiles": {name: dict(values)}})
    table = table.removeprefix("[profiles]\n")
    head = f"{text.rstrip()}\n" if text.strip() else f"version = {VERSION}\n"
    return f"{head}\n{table}"


def _updated(text: str, name: str, values: Mapping[str, str | bool], gone: list[str]) -> str:
    import tomlkit  # noqa: PLC0415 (20 ms that only a write owes)

    document = tomlkit.parse(text)
    profiles: Any = document["profiles"]
    if name not in profiles:
        profiles[name] = tomlkit.inline_table()
    table = profiles[name]
    for key in gone:
        if key not in values:
            del table[key]
    for key, value in values.items():
        table[key] = value
    return tomlkit.dumps(document)


def _removed(text: str, name: str) -> str:
    import tomlkit  # noqa: PLC0415 (20 ms that only a write owes)

    document = tomlkit.parse(text)
    profiles: Any = document["profiles"]
    del profiles[name]
    return tomlkit.dumps(document)


def _cut(text: str, path: tuple[str, ...]) -> str:
    """Take out a table's lines, and the comment that stands right above it."""
    lines = text.splitlines(keepends=True)
    headers = [place for place in places_in(text) if place.is_header]
    for number in reversed(range(len(headers))):
        if headers[number].path[: len(path)] != path:
            continue
        first = headers[number].line - 1
        after = headers[number + 1].line - 1 if number + 1 < len(headers) else len(lines)
        last = _end_of_table(lines, first, after)
        first = _with_comment_above(lines, first)
        while last < after and not lines[last].strip():
            last += 1
        del lines[first:last]
    return "".join(lines).rstrip("\n") + "\n"


def _end_of_table(lines: list[str], first: int, after: int) -> int:
    """Where a table's own lines end: what follows a blank line, all comments, is the next one's."""
    last = after
    while last > first + 1 and (not lines[last - 1].strip() or _is_comment(lines[last - 1])):
        last -= 1
    # A comment right below the last key belongs to it.
    while last < after and _is_comment(lines[last]) and after != last:
        if not any(not line.strip() for line in lines[last:after]):
            return last
        last += 1
    return last


def _with_comment_above(lines: list[str], first: int) -> int:
    start = first
    while start > 0 and _is_comment(lines[start - 1]):
        start -= 1
    # What opens the file is about the file.
    return first if start == 0 else start


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else f'"{name}"'


def _meant(wanted: Mapping[str, Any], *makers: Callable[[], str]) -> str:
    """The first text that says what was meant.

    Raises:
        SegOpsConfigError: the file is laid out in a way no maker can follow.
    """
    for make in makers:
        try:
            text = make()
            said = tomllib.loads(text)
        except ValueError:
            # Both parsers' errors are ValueErrors; the next maker may do better.
            continue
        if _plain(said) == _plain(wanted):
            return text
    raise SegOpsConfigError(
        "The config file is laid out in a way that this change cannot follow.",
        hint="Change it by hand: segops-tui config edit",
    )


def _plain(data: Mapping[str, Any]) -> dict[str, Any]:
    """Data without a table of profiles that holds none, which may or may not be written."""
    return {key: value for key, value in data.items() if key != "profiles" or value}
