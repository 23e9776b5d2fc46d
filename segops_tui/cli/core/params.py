"""Parameter types and shell completion: ids and profile names."""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from click.shell_completion import CompletionItem

    from segops_tui.config.paths import Paths

F = TypeVar("F", bound="Callable[..., Any]")


class IdType(click.ParamType[str]):
    """An object's id: any text that can be one segment of a path."""

    name = "id"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Refuse what no address can carry."""
        text = str(value)
        if text == "-" and param is not None and param.nargs == 1:
            self.fail("- reads ids where a command takes several; this one takes one.", param, ctx)
        text.encode()  # a text that is not UTF-8 is refused here, before it is looked up
        if text.strip() in {"", ".", ".."}:
            self.fail(f"{text!r} is not an id.", param, ctx)
        return text


class ObjectId(IdType):
    """The id of an object of one noun, or its name, which `names.with_ids` looks up."""

    def __init__(self, noun: str) -> None:
        self.noun = noun

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """The ids and names that listings showed."""
        return completes(self.noun)(ctx, param, incomplete)


_WORDS: Final = {"page": "SLUG", "product": "SKU", "schema": "EVENT", "query": "TEXT"}
"""What names an object, where it is not called a name."""


def words_for(noun: str) -> str:
    """`ID|NAME`, `ID|SKU`: how help names an argument that takes either."""
    return f"ID|{_WORDS.get(noun, 'NAME')}"


def one(noun: str, name: str = "id") -> Callable[[F], F]:
    """Give a command the argument that names one object of a noun."""
    return click.argument(name, type=ObjectId(noun), metavar=words_for(noun))


def several(noun: str, *, required: bool = True) -> Callable[[F], F]:
    """Give a command the argument `ids`, which names objects of a noun."""
    words = f"{words_for(noun)}…"
    return click.argument(
        "ids",
        type=ObjectId(noun),
        metavar=words if required else f"[{words}]",
        nargs=-1,
        required=required,
        callback=_with_piped,
    )


def several_and_file(noun: str) -> Callable[[F], F]:
    """Give a command the arguments `ids` and `source`: objects of a noun, and a FILE or `-`."""
    words = f"{words_for(noun)}… [FILE|-]"
    return click.argument(
        "ids", type=ObjectId(noun), metavar=words, nargs=-1, required=True, callback=_split
    )


PIPED: Final = "segops_tui ids were piped"
"""A mark on a click context: ids came from standard input, so that one is a list as well."""


def _with_piped(
    context: click.Context, _parameter: click.Parameter, words: tuple[str, ...]
) -> tuple[str, ...]:
    """The ids, with those of standard input in place of `-`; without any there is nothing to do."""
    if "-" not in words or context.resilient_parsing:
        return words
    piped = _piped_ids()
    context.meta[PIPED] = True
    place = words.index("-")
    ids = (*words[:place], *piped, *words[place + 1 :])
    if not ids:
        from segops_tui.cli.core.context import diagnostics
        from segops_tui.cli.core.options import Shared

        talk = diagnostics(Shared.collect(context.find_object(dict) or {}), os.environ)
        talk.note("no ids on standard input: nothing to do")
        context.exit(0)
    return ids


def _piped_ids() -> list[str]:
    """One id or name a line, as `-o name` prints them."""
    try:
        text = sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise click.UsageError(
            f"Standard input is not UTF-8 text (byte {error.start:,})."
        ) from error
    ids = [line.strip() for line in text.splitlines()]
    return [key for key in ids if key]


def _split(
    context: click.Context, parameter: click.Parameter, words: tuple[str, ...]
) -> tuple[str, ...]:
    """The ids; a file or `-` after them becomes `source`."""
    source = None
    if len(words) > 1 and _is_source(words[-1]):
        *ids, source = words
        words = tuple(ids)
    context.params["source"] = source
    if source == "-" and "-" in words:
        raise click.UsageError("Standard input has either the ids or the fields: give one a file.")
    return _with_piped(context, parameter, words)


def _is_source(word: str) -> bool:
    """Whether the word after ids is a file: `-`, by its ending, or because it is there."""
    from pathlib import Path

    if word == "-" or word.lower().endswith((".json", ".yaml", ".yml")):
        return True
    return not word.isdecimal() and Path(word).is_file()


ID: Final = IdType()


_MOST: Final = 1_000
"""Objects of one noun that are remembered."""


_PEOPLE: Final = frozenset({"user", "member"})
"""Nouns whose ids are personal data, which no file of ours keeps."""


def remember(paths: Paths, profile: str, noun: str, seen: Iterable[tuple[str, str]]) -> None:
    """Add the ids and names a list showed to those of earlier lists, except people's; a folder
    that cannot be written is no failure."""
    if noun in _PEOPLE:
        return
    known = _read(paths)
    kept = known.setdefault(profile, {})
    both = dict(seen)
    both |= {key: name for key, name in kept.get(noun, ()) if key not in both}
    pairs = [list(pair) for pair in both.items()][:_MOST]
    if pairs != kept.get(noun):
        kept[noun] = pairs
        _write(paths, known)


def _write(paths: Paths, known: Mapping[str, Any]) -> None:
    file = paths.state / "completion.json"
    scratch = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            out.write(json.dumps(known))
        scratch.replace(file)
    except OSError:
        with suppress(OSError):
            scratch.unlink()


def forget(paths: Paths, profile: str, noun: str, keys: Iterable[str]) -> None:
    """Drop the ids of objects that are no more."""
    known, gone = _read(paths), set(keys)
    pairs = known.get(profile, {}).get(noun, [])
    left = [pair for pair in pairs if pair[0] not in gone]
    if len(left) < len(pairs):
        known[profile][noun] = left
        _write(paths, known)


def completes(noun: str) -> Callable[..., list[CompletionItem]]:
    """A completer of ids of one noun, with the names as help."""

    def complete(
        context: click.Context, _parameter: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        paths, profile = _here(context)
        pairs = _read(paths).get(profile, {}).get(noun, [])
        begun = incomplete.casefold()
        ids = [CompletionItem(key, help=name) for key, name in pairs if key.startswith(incomplete)]
        names = [
            CompletionItem(name, help=f"{noun} {key}")
            for key, name in pairs
            if name and begun and name.casefold().startswith(begun)
        ]
        return ids + names

    return complete


def profile_names(context: click.Context, incomplete: str) -> list[str]:  # noqa: ARG001
    """Every profile of the config file that begins so."""
    from segops_tui.api.errors import SegOpsConfigError
    from segops_tui.config.paths import find_paths
    from segops_tui.config.profiles import Settings

    try:
        names = Settings.load(find_paths(os.environ)).names()
    except SegOpsConfigError:
        return []
    return [name for name in names if name.startswith(incomplete)]


def _here(context: click.Context) -> tuple[Paths, str]:
    from segops_tui.api.errors import SegOpsConfigError
    from segops_tui.cli.core.options import Shared
    from segops_tui.config.paths import find_paths
    from segops_tui.config.profiles import Settings

    paths = find_paths(os.environ)
    shared = Shared.collect(context.find_object(dict) or {})
    try:
        profile = Settings.load(paths).profile(shared.profile, os.environ)
    except SegOpsConfigError:
        return paths, ""
    return paths, profile.name


def _read(paths: Paths) -> dict[str, Any]:
    try:
        known: Mapping[str, Any] = json.loads((paths.state / "completion.json").read_bytes())
    except (OSError, ValueError):
        return {}
    return dict(known) if isinstance(known, dict) else {}
