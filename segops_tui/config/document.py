"""Edit the text of a config file with tomlkit, keeping its comments and its order.

Every new text is parsed and compared with what was meant, so an odd layout of the file can never
make a change do something else. tomlkit is imported here only: 20 ms that only a write needs.
"""

from __future__ import annotations

import tomllib
from copy import deepcopy
from typing import TYPE_CHECKING, Any, cast

from segops_tui.api.errors import SegOpsConfigError
from segops_tui.config.faults import KEY_SOURCES, VERSION, version_fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tomlkit import TOMLDocument

Body = list[Any]
"""What tomlkit keeps of a table: pairs of key and item, comments and blank lines with no key."""


def parsed(text: str) -> dict[str, Any]:
    """Parse the text of a config file.

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
    """Add a profile at the end, or change the one of that name.

    A new key source replaces the old one; settings that `values` does not name stay.
    """
    import tomlkit  # noqa: PLC0415

    data = parsed(text)
    wanted = deepcopy(data)
    if not text.strip():
        wanted["version"] = VERSION
    table = wanted.setdefault("profiles", {}).setdefault(name, {})
    replaced = values.keys() & set(KEY_SOURCES)
    removed = [key for key in KEY_SOURCES if key in table] if replaced else []
    for key in removed:
        del table[key]
    table.update(values)

    def append() -> str:
        new = tomlkit.dumps({"profiles": {name: dict(values)}}).removeprefix("[profiles]\n")
        head = f"{text.rstrip()}\n" if text.strip() else f"version = {VERSION}\n"
        return f"{head}\n{new}"

    def update() -> str:
        document = tomlkit.parse(text)
        profiles: Any = document["profiles"]
        if name not in profiles:
            profiles[name] = tomlkit.inline_table()
        for key in removed:
            if key not in values:
                del profiles[name][key]
        profiles[name].update(values)
        return tomlkit.dumps(document)

    if name in data.get("profiles", {}):
        return _first_correct(wanted, update)
    return _first_correct(wanted, append, update)


def without_profile(text: str, name: str) -> str:
    """Remove a profile and the comment right above it; if it was the default, that goes too.

    Comments below it that belong to the next table stay.
    """
    import tomlkit  # noqa: PLC0415

    wanted = parsed(text)
    del wanted["profiles"][name]
    is_default = wanted.get("default") == name
    if is_default:
        del wanted["default"]

    def remove() -> str:
        document = tomlkit.parse(text)
        if is_default:
            del document["default"]
        for body, index, above in _slots(document, name):
            body[index] = (None, tomlkit.ws(_comments_of_next(body[index][1])))
            _drop_comment(*above)
        return tomlkit.dumps(document).rstrip("\n") + "\n"

    def delete() -> str:
        document = tomlkit.parse(text)
        if is_default:
            del document["default"]
        profiles: Any = document["profiles"]
        del profiles[name]
        return tomlkit.dumps(document)

    return _first_correct(wanted, remove, delete)


def with_profile_renamed(text: str, old: str, new: str) -> str:
    """Rename a profile, and the default with it if it names that profile."""
    import tomlkit  # noqa: PLC0415

    wanted = parsed(text)
    wanted["profiles"] = {
        (new if name == old else name): table for name, table in wanted["profiles"].items()
    }
    is_default = wanted.get("default") == old
    if is_default:
        wanted["default"] = new

    def rename() -> str:
        document = tomlkit.parse(text)
        if is_default:
            document["default"] = new
        for body, index, _ in _slots(document, old):
            key, table = tomlkit.key(new), body[index][1]
            body[index] = (key, table)
            if getattr(table, "display_name", None) is not None:
                table.display_name = f"profiles.{key.as_string()}"
        return tomlkit.dumps(document)

    def move() -> str:
        document = tomlkit.parse(text)
        if is_default:
            document["default"] = new
        profiles: Any = document["profiles"]
        values = profiles[old].unwrap()
        del profiles[old]
        profiles[new] = tomlkit.inline_table()
        profiles[new].update(values)
        return tomlkit.dumps(document)

    return _first_correct(wanted, rename, move)


def with_default(text: str, name: str) -> str:
    """Make a profile the default."""
    import tomlkit  # noqa: PLC0415

    def assign() -> str:
        document = tomlkit.parse(text)
        keys = [key and key.key for key, _ in document.body]
        if "default" in keys:
            document["default"] = name
        elif "version" in keys:
            new = (tomlkit.key("default"), tomlkit.item(name))
            document.body.insert(keys.index("version") + 1, new)
        else:
            return f"{tomlkit.dumps({'default': name})}\n{text}"
        return tomlkit.dumps(document)

    return _first_correct({**parsed(text), "default": name}, assign)


def with_value(text: str, path: Sequence[str], value: Any) -> str:
    """Set the value at a path; None removes it."""
    import tomlkit  # noqa: PLC0415

    wanted = deepcopy(parsed(text))
    if not text.strip():
        wanted["version"] = VERSION
        text = f"version = {VERSION}\n"
    inner = wanted
    for part in path[:-1]:
        inner = inner.setdefault(part, {})
        if not isinstance(inner, dict):
            raise SegOpsConfigError(f"{part} is not a table.")
    if value is None:
        inner.pop(path[-1], None)
    else:
        inner[path[-1]] = value

    def assign() -> str:
        document = tomlkit.parse(text)
        here: Any = document
        for part in path[:-1]:
            if part not in here:
                here[part] = tomlkit.table()
            here = here[part]
        if value is None:
            here.pop(path[-1], None)
        else:
            here[path[-1]] = value
        return tomlkit.dumps(document)

    def put_first() -> str:
        return f"{tomlkit.dumps({path[0]: value})}{text}"

    return _first_correct(wanted, assign, *([put_first] if len(path) == 1 else []))


def _slots(document: TOMLDocument, name: str) -> Iterator[tuple[Body, int, tuple[Body, int]]]:
    """Where a profile's tables are, and where the comments above each of them end."""
    for top, (key, profiles) in enumerate(document.body):
        if key is None or key.key != "profiles":
            continue
        body: Body = cast("Any", profiles).value.body
        for index, (inner, _) in enumerate(body):
            if inner is not None and inner.key == name:
                is_bare = getattr(profiles, "is_super_table", bool)()
                above = (document.body, top) if is_bare and index == 0 else (body, index)
                yield body, index, above


def _comments_of_next(item: Any) -> str:
    """The comments at the end of a table that belong to the next one.

    tomlkit keeps all comments up to the next header. Those right below the last key belong to the
    table, those after a blank line to the next; without a blank line, all belong to the next.
    """
    tail = ""
    for key, value in getattr(item.value, "body", ()):
        tail = "" if key is not None else tail + value.as_string()
    lines = tail.splitlines(keepends=True)
    blank = next((n for n, line in enumerate(lines) if not line.strip()), 0)
    return "".join(lines[blank:]).lstrip("\r\n")


def _drop_comment(body: Body, end: int) -> None:
    """Remove the comment right above a place; one that opens the file is about the file."""
    import tomlkit  # noqa: PLC0415
    from tomlkit.items import Comment, Table  # noqa: PLC0415

    while end and isinstance(body[end - 1][1], Table):
        body = body[end - 1][1].value.body
        end = len(body)
    start = end
    while start and isinstance(body[start - 1][1], Comment):
        start -= 1
    if start:
        body[start:end] = [(None, tomlkit.ws(""))] * (end - start)


def _first_correct(wanted: Mapping[str, Any], *makers: Callable[[], str]) -> str:
    """The first new text whose data are those that were meant.

    Raises:
        SegOpsConfigError: none is; the file has a layout that cannot be edited.
    """
    for make in makers:
        try:
            text = make()
            data = tomllib.loads(text)
        except (ValueError, KeyError, TypeError, AttributeError):
            continue  # tomlkit cannot edit this layout in this way.
        if _without_empty_profiles(data) == _without_empty_profiles(wanted):
            return text
    raise SegOpsConfigError(
        "The layout of the config file does not allow this change.",
        hint="Edit it by hand: segops-tui config edit",
    )


def _without_empty_profiles(data: Mapping[str, Any]) -> dict[str, Any]:
    """Data without an empty `profiles` table, which may or may not be written out."""
    return {key: value for key, value in data.items() if key != "profiles" or value}
