"""Many objects from one file, a chunk at a time: JSON, YAML or NDJSON.

Knows texts and line numbers; NDJSON is never held in memory whole.
"""

from __future__ import annotations

import json
import sys
from contextlib import nullcontext
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from segops_tui.cli.core.bodies import parsed

if TYPE_CHECKING:
    from collections.abc import Iterator


def read_objects(source: str, name: str, *, size: int) -> Iterator[list[dict[str, Any]]]:
    """Chunks of objects: an array, an object with `name`, NDJSON, or YAML.

    Raises:
        click.UsageError: something is not an object, with the line or place it is at.
        OSError: it cannot be read.
    """
    walk = _objects(source, name)
    while chunk := list(islice(walk, size)):
        yield chunk


def _objects(source: str, name: str) -> Iterator[dict[str, Any]]:
    where = "standard input" if source == "-" else source
    with nullcontext(sys.stdin.buffer) if source == "-" else Path(source).open("rb") as file:
        lines = (_text(line, number, where) for number, line in enumerate(file, 1))
        head = ""
        for line in lines:
            head += line
            if line.strip():
                break
        first = _object_or_none(head)
        if first is not None and name not in first:
            yield first
            yield from _ndjson(lines, where, head.count("\n") + 1)
            return
        whole = parsed("".join([head, *lines]), source)
    yield from _listed(whole, where, name)


def _ndjson(lines: Iterator[str], where: str, first: int) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(lines, first):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except ValueError as error:
            raise click.UsageError(f"{where}, line {number}: not JSON: {error}.") from error
        if not isinstance(value, dict):
            raise click.UsageError(f"{where}, line {number}: an object was expected.")
        yield value


def _listed(whole: Any, where: str, name: str) -> Iterator[dict[str, Any]]:
    items = whole.get(name, [whole]) if isinstance(whole, dict) else whole
    if not isinstance(items, list):
        raise click.UsageError(f"{where} must hold a list of {name}.")
    for number, item in enumerate(items):
        if not isinstance(item, dict):
            raise click.UsageError(f"{where}: {name}[{number}] is not an object.")
        yield item


def _object_or_none(line: str) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _text(line: bytes, number: int, where: str) -> str:
    try:
        return line.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError as error:
        raise click.UsageError(f"{where}, line {number}: not UTF-8 text.") from error
