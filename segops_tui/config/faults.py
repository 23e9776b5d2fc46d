"""Validate a config file: every fault with its table, its line and a hint. Never shows a key."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.address import checked_address, checked_base
from segops_tui.api.errors import SegOpsConfigError
from segops_tui.api.keys import mask_key, redact, require_secret_key
from segops_tui.named_tuple import NamedTuple
from segops_tui.wording import share

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

VERSION: Final = 1
"""The file format this program writes; a file without a version is read as this one."""

GUARDS: Final = ("none", "read-only", "production")
THEMES: Final = ("dark", "light", "ansi")
COLOURS: Final = ("red", "yellow", "green", "cyan", "blue", "magenta", "white")
KNOWN_KEYS: Final = frozenset(
    {
        *("api_url", "key", "key_env", "key_command", "keyring"),
        *("guard", "colour", "theme", "workspace", "threshold", "thresholds"),
    }
)
KEY_SOURCES: Final = ("key", "key_env", "key_command", "keyring")
TOP_KEYS: Final = frozenset(
    {
        "version", "default", "profiles", "theme", "bell", "keys", "threshold", "releases",
        "defaults", "aliases",
    }
)  # fmt: skip
OUTPUTS: Final = ("table", "json", "ndjson", "csv", "tsv", "yaml", "name")
DEFAULTS: Final = ("output", "timeout", "wait_timeout", "max_retries", "limit")
"""Keys of `[defaults]`."""

NAME: Final = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
_VARIABLE: Final = r"[A-Za-z_][A-Za-z0-9_]*"
_WORDS: Final = {str: "a text in quotes", bool: "true or false", int: "a whole number"}


class ConfigFault(NamedTuple):
    """One fault of a config file."""

    path: tuple[str, ...]
    """Names from the root of the file; empty for the file itself."""
    message: str
    hint: str | None = None
    line: int | None = None

    @property
    def where(self) -> str:
        """The table it is in, such as `[profiles.staging]`."""
        if self.path[:1] == ("profiles",) and len(self.path) > 1:
            return f"[profiles.{self.path[1]}]"
        return ""

    @property
    def sentence(self) -> str:
        """The table and the message, as one sentence."""
        return f"{self.where} {self.message}".strip()


def version_fault(data: Mapping[str, Any]) -> ConfigFault | None:
    """The fault of a version this program cannot read."""
    version = data.get("version", VERSION)
    if isinstance(version, bool) or not isinstance(version, int):
        return ConfigFault(
            ("version",), "version must be a whole number.", f"Write version = {VERSION}."
        )
    if version > VERSION:
        return ConfigFault(
            ("version",),
            f"was written by a newer segops-tui (format {version}; this one reads {VERSION}).",
            "Update segops-tui.",
        )
    return None


def top_faults(data: Mapping[str, Any]) -> Iterator[ConfigFault]:
    """Faults outside the profiles."""
    version = version_fault(data)
    if version:
        yield version
    for key in data.keys() - TOP_KEYS:
        yield ConfigFault((key,), f"has an unknown key {key!r}.", nearest(key, TOP_KEYS))
    default = data.get("default", "")
    if not isinstance(default, str):
        yield ConfigFault(("default",), "default must be a profile's name in quotes.")
    yield from _console_faults(data)
    yield from _command_faults(data)
    yield from _share_faults(("threshold",), data.get("threshold"))
    yield from _releases_faults(data.get("releases", ""))
    tables = data.get("profiles", {})
    if not isinstance(tables, dict):
        yield ConfigFault(("profiles",), "profiles must be tables, such as [profiles.staging].")
        return
    for name, table in tables.items():
        if not isinstance(table, dict):
            yield ConfigFault(
                ("profiles", name), "profiles must be tables, such as [profiles.staging]."
            )


def _console_faults(data: Mapping[str, Any]) -> Iterator[ConfigFault]:
    """Faults of the console's theme, bell and keys."""
    theme = data.get("theme", THEMES[0])
    if theme not in THEMES:
        close = nearest(theme, THEMES) if isinstance(theme, str) else None
        yield ConfigFault(("theme",), f"theme is one of {', '.join(THEMES)}.", close)
    if not isinstance(data.get("bell", False), bool):
        yield ConfigFault(("bell",), f"bell must be {_WORDS[bool]}.")
    keys = data.get("keys", {})
    if not isinstance(keys, dict):
        yield ConfigFault(
            ("keys",), "keys must be a table: [keys], then lines such as list.sort = 'o'."
        )
        return
    for name, value in flat_keys(keys).items():
        if not isinstance(value, str) or not value.strip():
            yield ConfigFault(("keys", *name.split(".")), f"keys: {name} must be a key in quotes.")


def _share_faults(path: tuple[str, ...], value: object) -> Iterator[ConfigFault]:
    """The fault of a percentage that is none; None is not set."""
    if value is None:
        return
    try:
        share(value if isinstance(value, str) else "")
    except ValueError:
        message = f"{'.'.join(path[-2:])} must be a percentage in quotes."
        yield ConfigFault(path, message, 'Write it as "20%".')


def _releases_faults(value: object) -> Iterator[ConfigFault]:
    """The fault of the address that tells the latest release."""
    hint = "Write an https address in quotes, or remove the line."
    if not isinstance(value, str):
        yield ConfigFault(("releases",), "releases must be an address in quotes.", hint)
    elif value:
        try:
            checked_address(value)
        except SegOpsConfigError:
            yield ConfigFault(("releases",), "releases is not a safe address.", hint)


def threshold_faults(name: str, table: Mapping[str, Any]) -> Iterator[ConfigFault]:
    """Faults of the changes of segments that a profile's health check reports."""
    at = ("profiles", name)
    yield from _share_faults((*at, "threshold"), table.get("threshold"))
    own = table.get("thresholds", {})
    if not isinstance(own, dict):
        yield ConfigFault(
            (*at, "thresholds"), "thresholds must be a table of segment ids.", 'Write 12 = "50%".'
        )
        return
    for key, value in own.items():
        if not (key.isascii() and key.isdigit()):
            yield ConfigFault((*at, "thresholds", key), f"thresholds: {key!r} is no segment's id.")
        yield from _share_faults((*at, "thresholds", key), value)


def _command_faults(data: Mapping[str, Any]) -> Iterator[ConfigFault]:
    """Faults of the command's defaults and aliases."""
    defaults, aliases = data.get("defaults", {}), data.get("aliases", {})
    if not isinstance(defaults, dict):
        yield ConfigFault(("defaults",), "defaults must be a table: [defaults].")
        defaults = {}
    for name, value in defaults.items():
        at = ("defaults", name)
        if name not in DEFAULTS:
            yield ConfigFault(at, f"defaults: unknown key {name!r}.", nearest(name, DEFAULTS))
        elif name == "output" and value not in OUTPUTS:
            yield ConfigFault(at, f"defaults: output is one of {', '.join(OUTPUTS)}.")
        elif name in {"max_retries", "limit"} and not _is_count(value, least=name == "limit"):
            yield ConfigFault(at, f"defaults: {name} must be {_WORDS[int]}.")
        elif name in {"timeout", "wait_timeout"} and not _is_length(value):
            yield ConfigFault(at, f"defaults: {name} must be seconds, or a length such as '90s'.")
    if not isinstance(aliases, dict):
        yield ConfigFault(("aliases",), "aliases must be a table: [aliases].")
        return
    for name, value in aliases.items():
        if not isinstance(value, str) or not value.strip():
            yield ConfigFault(("aliases", name), f"aliases: {name} must be a command in quotes.")


def _is_count(value: Any, *, least: bool) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= int(least)


def _is_length(value: Any) -> bool:
    if isinstance(value, str):
        return re.fullmatch(r"\d+(\.\d+)?\s*(s|m|min|h|d|w)?", value.strip()) is not None
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def flat_keys(keys: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """Actions and their keys, whether `list.sort` is a quoted or a dotted key."""
    found: dict[str, Any] = {}
    for name, value in keys.items():
        if isinstance(value, dict):
            found.update(flat_keys(value, f"{before}{name}."))
        else:
            found[f"{before}{name}"] = value
    return found


def shape_faults(name: str, table: Mapping[str, Any]) -> Iterator[ConfigFault]:
    """Faults that keep a profile from being read: its name, unknown settings, wrong types."""
    at = ("profiles", name)
    if not re.fullmatch(NAME, name):
        yield ConfigFault(
            at,
            f"{redact(name)!r} is not a valid profile name.",
            "Use letters, digits, '.', '_' and '-', a letter or digit first, at most 64.",
        )
    yield from threshold_faults(name, table)
    for key, value in table.items():
        if key in {"threshold", "thresholds"}:
            continue
        wanted = bool if key == "keyring" else str
        if key not in KNOWN_KEYS:
            yield ConfigFault(
                (*at, key), f"has an unknown key {redact(key)!r}.", nearest(key, KNOWN_KEYS)
            )
        elif not isinstance(value, wanted):
            yield ConfigFault((*at, key), f"{key} must be {_WORDS[wanted]}.")
    for key, choices in (("guard", GUARDS), ("colour", COLOURS), ("theme", THEMES)):
        value = table.get(key, choices[0])
        if isinstance(value, str) and value not in choices:
            close = nearest(value, choices)
            yield ConfigFault((*at, key), f"{key} is one of {', '.join(choices)}.", close)


def value_faults(name: str, table: Mapping[str, Any]) -> Iterator[ConfigFault]:
    """Faults of the values in a profile: its URL, its key source."""
    at = ("profiles", name)
    sources = [
        key for key in KEY_SOURCES if key in table and (key != "keyring" or table[key] is True)
    ]
    if len(sources) != 1:
        message = "has no key." if not sources else f"has several keys: {', '.join(sources)}."
        yield ConfigFault(at, message, "Set one of key, key_env, key_command or keyring = true.")
    for key, check in (("api_url", checked_base), ("key", require_secret_key)):
        value = table.get(key)
        if isinstance(value, str):
            try:
                check(value)
            except SegOpsConfigError as error:
                yield ConfigFault((*at, key), f"{key}: {error}", error.hint)
    variable = table.get("key_env")
    if isinstance(variable, str):
        yield from (ConfigFault((*at, "key_env"), *fault) for fault in variable_faults(variable))
    command = table.get("key_command")
    if isinstance(command, str):
        yield from (ConfigFault((*at, "key_command"), *fault) for fault in command_faults(command))


def variable_faults(variable: str) -> Iterator[tuple[str, str]]:
    """Faults of the name of an environment variable, each with a hint."""
    if mask_key(variable) != "…":
        yield (
            "key_env must name a variable, and this is a key.",
            "Revoke this key: shells record command lines, and other users can see them.",
        )
    elif not re.fullmatch(_VARIABLE, variable):
        yield "key_env is not a valid variable name.", "Use a name such as SEGOPS_STAGING_KEY."


def command_faults(command: str) -> Iterator[tuple[str, str]]:
    """Faults of a command that prints a key, each with a hint."""
    import shlex  # noqa: PLC0415 (only a key_command needs it)

    if redact(command) != command:
        yield (
            "key_command contains a key.",
            "Use a program that prints the key, such as 'pass show segops/staging'.",
        )
        return
    try:
        words = shlex.split(command)
    except ValueError:
        yield (
            "key_command has an unclosed quote.",
            "It is split into words but run without a shell.",
        )
        return
    if not words:
        yield "key_command is empty.", "Use a program such as 'pass show segops/staging'."


def every_fault(data: Mapping[str, Any], text: str) -> list[ConfigFault]:
    """All faults of a file, by line."""

    faults = list(top_faults(data))
    tables = data.get("profiles")
    for name, table in tables.items() if isinstance(tables, dict) else ():
        if isinstance(table, dict):
            faults += [*shape_faults(name, table), *value_faults(name, table)]
    default = data.get("default")
    if isinstance(default, str) and default and default != "sandbox":
        known = list(tables) if isinstance(tables, dict) else []
        if default not in known:
            there = ", ".join([*known, "sandbox"])
            faults.append(
                ConfigFault(
                    ("default",), f"default names no profile: {default!r}.", f"Profiles: {there}"
                )
            )
    placed = [fault._replace(line=line_of(text, fault.path)) for fault in faults]
    return sorted(placed, key=lambda fault: fault.line or 0)


def line_of(text: str, path: Sequence[str]) -> int | None:
    """The line of a key, or of the innermost table around it that is written out.

    The text must be valid TOML: each of its statements is parsed on its own.
    """
    import tomllib  # noqa: PLC0415 (only a message with a line needs it)

    best, most = None, 0
    header: list[str] = []
    statement, start = "", 1
    for number, line in enumerate(text.split("\n"), 1):
        start = start if statement else number
        statement += f"{line}\n"
        try:
            data = tomllib.loads(statement)
        except tomllib.TOMLDecodeError:
            continue  # The value goes on in the next line.
        if statement.lstrip().startswith("["):
            header, data = _names(data), {}
        defined, statement = _defined(path, header, data), ""
        if defined > most:
            best, most = start, defined
    return best


def _names(data: Any) -> list[str]:
    """The names in a header, parsed on its own."""
    names = []
    while data:
        name, data = next(iter(data.items()))
        names.append(name)
        data = data[0] if isinstance(data, list) else data
    return names


def _defined(path: Sequence[str], header: Sequence[str], data: Any) -> int:
    """How many names of a path a statement under a header defines."""
    for depth, name in enumerate(path):
        if depth < len(header):
            if header[depth] != name:
                return depth
        elif isinstance(data, dict) and name in data:
            data = data[name]
        else:
            return depth
    return len(path)


def nearest(word: str, known: Collection[str]) -> str:
    """A hint: the known word that is closest, or all of them."""
    from difflib import get_close_matches  # noqa: PLC0415 (only an invalid file needs it)

    close = get_close_matches(word, sorted(known), n=1)
    return f"Did you mean {close[0]!r}?" if close else f"Known: {', '.join(sorted(known))}."
