"""Data as JSON, YAML, CSV and TSV: exact, and without characters that control a terminal."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from segops_tui import wording
from segops_tui.api.json_text import deeply, json_text, without_nan

_UNSAFE: Final = "[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
"""What JSON and YAML may carry raw but a terminal may obey: C1 controls, direction marks."""


_FORMULA: Final = r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r]"
_NUMBER: Final = r"\s*[+-]?(\d+([.,]\d+)*|[.,]\d+)([eE][+-]?\d+)?\s*%?"


def to_json(value: Any, *, indent: int | None = 2) -> str:
    """JSON with the server's own order of fields; unsafe characters as `\\uXXXX` escapes.

    A NaN or an infinity, which JSON does not have, is null.
    """
    options: dict[str, Any] = {
        "ensure_ascii": False,
        "indent": indent,
        "separators": None if indent else (",", ":"),
        "default": _jsonable,
        "allow_nan": False,
    }
    try:
        text = json_text(value, **options)
    except ValueError:
        text = json_text(deeply(lambda: without_nan(value)), **options)
    return _escaped(text)


def to_yaml(value: Any) -> str:
    """One YAML document, fields in the server's order."""
    import yaml  # noqa: PLC0415 (15 ms that only -o yaml owes)

    class Dumper(yaml.SafeDumper):
        """Quotes the strings that need an escape."""

    def text(dumper: yaml.SafeDumper, given: str) -> yaml.ScalarNode:
        style = '"' if re.search(_UNSAFE, given) else "|" if "\n" in given else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", given, style=style)

    Dumper.add_representer(str, text)
    dumped: str = deeply(
        lambda: yaml.dump(
            _plain_data(value), Dumper=Dumper, sort_keys=False, allow_unicode=True, width=10_000
        )
    )
    return _escaped(dumped).rstrip("\n")


def flat(value: Any) -> str:
    """One value as a CSV or TSV cell: dates in ISO form, objects as JSON, None as an empty cell."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case datetime():
            return wording.iso(value)
        case Mapping() | list() | tuple():
            return to_json(value, indent=None)
        case _:
            return str(value)


def harmless(text: str) -> str:
    """A text that no spreadsheet evaluates: one that begins like a formula gets a `'` before it."""
    if re.match(_FORMULA, text) and not re.fullmatch(_NUMBER, text):
        return f"'{text}"
    return text


def csv_line(values: list[str]) -> str:
    """One CSV record; line breaks stay inside quotes, other control characters are removed."""
    if values == [""]:
        return '""'  # an empty line would be no record
    return ",".join(_quoted("\n".join(map(wording.plain, v.splitlines()))) for v in values)


def tsv_line(values: list[str]) -> str:
    """One line of cells; a tab or line break inside a cell is spelt `\\t` or `\\n`."""
    return "\t".join(
        wording.plain(
            value.replace("\\", "\\\\").replace("\t", "\\t").replace("\r", "").replace("\n", "\\n")
        )
        for value in values
    )


def _quoted(text: str) -> str:
    if any(character in text for character in '",\n') or text != text.strip():
        return '"' + text.replace('"', '""') + '"'
    return text


def _escaped(text: str) -> str:
    """A text without unsafe characters; of ASCII only one is, and the pattern is slow to make."""
    if text.isascii() and "\x7f" not in text:
        return text
    return re.sub(_UNSAFE, _escape, text)


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match.group()):04x}"


def _jsonable(value: Any) -> Any:
    if isinstance(value, datetime):
        return wording.iso(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"not JSON: {type(value).__name__}")


def _plain_data(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain_data(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain_data(item) for item in value]
    return wording.iso(value) if isinstance(value, datetime) else value
