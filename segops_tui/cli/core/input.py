"""Read request bodies from a file, standard input or `--set`: JSON, YAML or NDJSON."""

from __future__ import annotations

import json
import sys
from contextlib import nullcontext
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from click.shell_completion import CompletionItem

F = TypeVar("F", bound="Callable[..., Any]")


class FileType(click.ParamType[str]):
    """The name of a file, or `-`; `click.Path()` looks for its own name in another language."""

    name = "path"

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002
        param: click.Parameter,  # noqa: ARG002
        incomplete: str,
    ) -> list[CompletionItem]:
        """Let the shell complete file names."""
        from click.shell_completion import CompletionItem

        return [CompletionItem(incomplete, type="file")]


FILE: Final = FileType()


def set_option(function: F) -> F:
    """Give a command `--set`."""
    return click.option(
        "--set",
        "sets",
        metavar="KEY=VALUE",
        multiple=True,
        help="Set a field, parsed as JSON or else text; a.b=c sets a nested field.",
    )(function)


def body_options(function: F) -> F:
    """Give a command `[FILE|-]` and `--set`."""
    function = set_option(function)
    return click.argument("source", metavar="[FILE|-]", required=False, type=FILE)(function)


def read_object(source: str | None, sets: Iterable[str] = ()) -> dict[str, Any]:
    """The object a file (or `-`) holds, with the `--set` fields laid over it.

    Raises:
        click.UsageError: it is not JSON or YAML (with line and column), or not an object.
    """
    data = {} if source is None else read_data(source)
    if not isinstance(data, dict):
        raise click.UsageError(f"{_named(source)} must hold an object, not {_kind(data)}.")
    return lay_over(data, sets)


def read_data(source: str) -> Any:
    """Any value a file (or `-`) holds, JSON or YAML.

    Raises:
        click.UsageError: it is neither, with line and column.
        OSError: it cannot be read.
    """
    return parsed(read_text(source), source)


def read_text(source: str) -> str:
    """The text of a file, or of standard input for `-`.

    Raises:
        click.UsageError: it is not UTF-8.
        OSError: it cannot be read.
    """
    octets = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise click.UsageError(
            f"{_named(source)} is not UTF-8 text (byte {error.start:,})."
        ) from error


def parsed(text: str, source: str | None) -> Any:
    """The value of a JSON or YAML text.

    Raises:
        click.UsageError: it is neither, with line and column.
    """
    if not text.strip():
        raise click.UsageError(f"{_named(source)} is empty.")
    is_yaml = source is not None and source.endswith((".yaml", ".yml"))
    if not is_yaml and (text.lstrip()[0] in '{["' or (source or "").endswith(".json")):
        try:
            return json.loads(text, parse_constant=_no_constant)
        except json.JSONDecodeError as error:
            place = f"line {error.lineno}, column {error.colno}"
            raise click.UsageError(f"{_named(source)}, {place}: not JSON: {error.msg}.") from error
        except RecursionError as error:
            raise click.UsageError(f"{_named(source)} is nested too deeply.") from error
        except ValueError as error:
            raise click.UsageError(f"{_named(source)}: not JSON: {error}.") from error
    return _from_yaml(text, source)


def lay_over(data: dict[str, Any], sets: Iterable[str]) -> dict[str, Any]:
    """The object with every `key=value` set in it; a dot reaches inside.

    Raises:
        click.UsageError: a text has no `=`, no key, or reaches into what is not an object.
    """
    for text in sets:
        name, equals, value = text.partition("=")
        if not equals or not all(name.split(".")):
            raise click.UsageError(f"--set takes KEY=VALUE, not {text!r}.")
        _put(data, name.split("."), scalar(value), name)
    return data


def scalar(text: str) -> Any:
    """A value from a command line: JSON where it parses, else the text itself."""
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return text


def _put(data: dict[str, Any], path: Sequence[str], value: Any, name: str) -> None:
    for part in path[:-1]:
        inner = data.setdefault(part, {})
        if not isinstance(inner, dict):
            raise click.UsageError(f"--set {name}: {part!r} is {_kind(inner)}, not an object.")
        data = inner
    data[path[-1]] = value


def _from_yaml(text: str, source: str | None) -> Any:
    import yaml  # 15 ms that a JSON body does not owe

    try:
        return yaml.load(text, _json_like(yaml))  # a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise click.UsageError(
            f"{_named(source)}{place}: not YAML: {error.problem or 'unreadable'}."
        ) from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise click.UsageError(f"{_named(source)} is neither JSON nor YAML.") from error


def _json_like(yaml: Any) -> Any:
    """A safe loader that reads what JSON has: `no` stays text, and so does a date."""

    keep = {"tag:yaml.org,2002:null", "tag:yaml.org,2002:int", "tag:yaml.org,2002:float"}
    resolvers = {
        first: [(tag, pattern) for tag, pattern in pairs if tag in keep]
        for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    loader: Any = type("Loader", (yaml.SafeLoader,), {"yaml_implicit_resolvers": resolvers})
    import re

    loader.add_implicit_resolver(
        "tag:yaml.org,2002:bool", re.compile(r"^(?:true|false|True|False)$"), list("tfTF")
    )
    return loader


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")


def _named(source: str | None) -> str:
    return "standard input" if source in {None, "-"} else str(source)


def _kind(value: Any) -> str:
    names = {list: "a list", str: "text", bool: "a boolean", type(None): "nothing"}
    return names.get(type(value), "a number")


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


def open_editor(environ: Mapping[str, str], copy: Path) -> None:
    """Open a file in the user's editor and wait until it is closed.

    Raises:
        click.UsageError: there is no editor, or it failed.
    """
    import shlex
    import subprocess

    words = shlex.split(_editor(environ))
    try:
        done = subprocess.run([*words, str(copy)], check=False)
    except OSError as error:
        raise click.UsageError(
            f"The editor {words[0]!r} could not be started: {error.strerror}. Set EDITOR."
        ) from error
    if done.returncode != 0:
        raise click.UsageError(
            f"The editor {words[0]!r} ended with exit code {done.returncode}; nothing was changed."
        )


def _editor(environ: Mapping[str, str]) -> str:
    import shutil

    from segops_tui.system import EDITORS

    for variable in ("VISUAL", "EDITOR"):
        text = environ.get(variable, "").strip()
        if text:
            return text
    found = next((name for name in EDITORS if shutil.which(name)), None)
    if found is None:
        raise click.UsageError("There is no editor: set EDITOR.")
    return found
