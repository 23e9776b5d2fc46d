"""The verbs every noun has — list, get, create, update, delete — made from a few facts about it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import click

from segops_tui import wording
from segops_tui.cli.core.command_table import with_article
from segops_tui.cli.core.group import Commands
from segops_tui.cli.core.input import body_options, read_object, set_option
from segops_tui.cli.core.params import PIPED, forget, several, several_and_file
from segops_tui.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from segops_tui.api.record import Record
    from segops_tui.cli.core.context import Invocation
    from segops_tui.client.blocking import SegOpsAdmin
    from segops_tui.nouns.column import Noun

R = TypeVar("R", bound="Record")
F = TypeVar("F", bound="Callable[..., Any]")

VERBS = ("list", "get", "create", "update", "delete")


class Facts(NamedTuple, Generic[R]):
    """What the five verbs need to know of a noun."""

    group: str
    """The group's name, such as `product-segments`."""
    noun: Noun[R]
    space: Callable[[SegOpsAdmin], Any]
    """The client's namespace."""
    example: str
    """Fields of a new object, as the user would give them on the command line."""
    required: Sequence[str] = ("name",)
    change: str = ""
    """Fields of a change, where the first of `example` would not do."""
    is_paged: bool = True
    """Whether the server takes a size of pages."""
    replaces: bool = True
    """Whether an object can be written whole."""
    prepare: Callable[[Invocation], None] | None = None
    """Finds out what a table for people needs beside its rows, such as names."""
    noun_here: Callable[[Invocation], Noun[R]] | None = None
    """The noun as this workspace has it, where its columns depend on that."""
    further: Callable[[Invocation, R], Mapping[str, Sequence[str]]] | None = None
    """Paragraphs below one object's fields, for people."""

    used_by: Callable[[Invocation, Sequence[str]], Sequence[str]] | None = None
    """Finds what relies on objects, a line each; a user reads it before they are deleted."""

    def shown(self, run: Invocation) -> Noun[R]:
        """The noun to print with."""
        if self.prepare is not None and run.out.is_table:
            self.prepare(run)
        return self.noun if self.noun_here is None else self.noun_here(run)

    @property
    def one(self) -> str:
        """`a segment`, `an activation`."""
        return with_article(self.noun.name)

    def calls(self, *verbs: str) -> tuple[str, ...]:
        """The endpoints of these verbs, as the client names them."""
        return tuple(f"{self.group.replace('-', '_')}.{verb}" for verb in verbs)


def shared_verbs(*nouns: Facts[Any], without: Sequence[str] = ()) -> Commands:
    """The five verbs of each noun, except those its module writes itself."""
    commands = Commands()
    makers = {"list": _list, "get": _get, "create": _create, "update": _update, "delete": _delete}
    for facts in nouns:
        for verb in VERBS:
            if verb not in without:
                commands.later(f"{facts.group} {verb}", partial(makers[verb], commands, facts))
    return commands


def write_one(run: Invocation, facts: Facts[R], record: R) -> None:
    """Print one object."""
    wants_more = facts.further is not None and run.out.is_table
    further = facts.further(run, record) if wants_more and facts.further else {}
    run.out.one(record, facts.shown(run), further=further)


def _list(commands: Commands, facts: Facts[R]) -> None:
    call, many = f"segops-tui {facts.group} list", facts.noun.plural

    @commands.command(
        f"{facts.group} list",
        call,
        f"{call} --all -o csv",
        help=f"List {many}.",
        calls=facts.calls("list"),
        noun=facts.noun,
        lists=True,
    )
    def list_(run: Invocation) -> None:
        from segops_tui.cli.core.lists import page_size, write_list

        size = {"page_size": page_size(run)} if facts.is_paged else {}
        pages = facts.space(run.client).list(**size)
        write_list(run, pages, facts.shown(run))


def _write_saved(run: Invocation, facts: Facts[R], record: R) -> None:
    """Print a record that was written, and the server's warnings about it."""
    write_one(run, facts, record)
    warnings = record.raw.get("warnings")
    for words in warnings if isinstance(warnings, list) else ():
        run.talk.warn(str(words))


def _get(commands: Commands, facts: Facts[R]) -> None:
    call = f"segops-tui {facts.group} get"

    @commands.command(
        f"{facts.group} get",
        f"{call} 12",
        f"{call} 12 15 -o json",
        help=f"Show one {facts.noun.name}.\n\nSeveral are shown one after another, as data a list;"
        " - reads ids or names from standard input, one a line.",
        calls=facts.calls("get"),
        noun=facts.noun,
    )
    @several(facts.noun.name)
    def get(run: Invocation, ids: tuple[str, ...]) -> int:
        return _each(run, facts, ids, facts.space(run.client).get)


def _each(run: Invocation, facts: Facts[R], ids: Sequence[str], call: Callable[[str], R]) -> int:
    """Call an endpoint for each id and print what it returns; one given id is one object."""
    is_one = len(ids) == 1 and PIPED not in click.get_current_context().meta
    if is_one:
        _write_saved(run, facts, call(ids[0]))
        return 0
    found: list[R] = []
    _, code = run.each(dict.fromkeys(ids), lambda key: found.append(call(key)))
    if not run.out.is_table:
        run.out.listing(found, facts.shown(run))
    for place, record in enumerate(found if run.out.is_table else ()):
        if place:
            run.out.line("")
        _write_saved(run, facts, record)
    return code


def _create(commands: Commands, facts: Facts[R]) -> None:
    call = f"segops-tui {facts.group} create"

    @commands.command(
        f"{facts.group} create",
        f"{call} {facts.example}",
        f"{call} {facts.noun.name.replace(' ', '-')}.json",
        help=f"Create {facts.one}.\n\nIts fields come from FILE (JSON or YAML), standard"
        " input (-), or --set, which wins.",
        calls=facts.calls("create"),
    )
    @body_options
    def create(run: Invocation, source: str | None, sets: tuple[str, ...]) -> None:
        body = read_object(source, sets)
        check_sets(facts.noun.name, sets)
        _require(facts, body)
        _write_saved(run, facts, facts.space(run.client).create(**body))


def _require(facts: Facts[R], body: Mapping[str, Any]) -> None:
    missing = [name for name in facts.required if body.get(name) in (None, "")]
    if missing:
        raise click.UsageError(
            f"{facts.one.capitalize()} needs {wording.listed(missing)}:"
            f" give a FILE or --set {missing[0]}=…"
        )


def _update(commands: Commands, facts: Facts[R]) -> None:
    call = f"segops-tui {facts.group} update"
    change = facts.change or facts.example.partition(" --set ")[0]
    whole = click.option(
        "--replace",
        is_flag=True,
        help="Replace the whole object: fields not given are cleared or reset.",
    )

    @commands.command(
        f"{facts.group} update",
        f"{call} 12 {change}",
        f"{call} 12 15 changes.yaml",
        help=f"Change the given fields of {facts.one}.\n\nFields come from FILE"
        " (JSON or YAML), standard input (-), or --set, which wins. A - in place of ids reads"
        " them from standard input.",
        calls=facts.calls("update", *(["replace"] if facts.replaces else [])),
    )
    @several_and_file(facts.noun.name)
    @(whole if facts.replaces else _as_it_is)
    @set_option
    def update(
        run: Invocation,
        ids: tuple[str, ...],
        source: str | None,
        sets: tuple[str, ...],
        replace: bool = False,
    ) -> int:
        body = read_object(source, sets)
        check_sets(facts.noun.name, sets)
        if not body:
            raise click.UsageError("Nothing to change: give a FILE or --set KEY=VALUE.")
        space = facts.space(run.client)
        if replace:
            _require(facts, body)
        change = space.replace if replace else space.update
        return _each(run, facts, ids, lambda key: change(key, **body))


def check_sets(noun: str, sets: Sequence[str]) -> None:
    """Refuse a `--set` of a field that no object of the noun has.

    Raises:
        click.UsageError: with the nearest name.
    """
    if not sets:
        return
    from segops_tui.sandbox.openapi.fields import fields_of, is_open

    if is_open(noun):
        return
    known = [field.name for field in fields_of(noun)]
    for text in sets:
        name = text.partition("=")[0].partition(".")[0]
        if name and name not in known:
            raise click.UsageError(unknown_field(noun, name, known))


def unknown_field(noun: str, name: str, known: Sequence[str]) -> str:
    """The error for a field that there is not, with the nearest name."""
    from difflib import get_close_matches

    from segops_tui.sandbox.openapi.fields import NOUNS

    close = get_close_matches(name, known, n=1)
    nearest = f" Did you mean {close[0]!r}?" if close else ""
    there = with_article(noun).capitalize()
    group = NOUNS[noun].replace("_", "-")
    return f"{there} has no field {name!r}.{nearest} See: segops-tui explain {group}"


def _as_it_is(function: F) -> F:
    return function


def _delete(commands: Commands, facts: Facts[R]) -> None:
    call = f"segops-tui {facts.group} delete"

    @commands.command(
        f"{facts.group} delete",
        f"{call} 12",
        f"{call} 12 15 --yes",
        help=f"Delete {facts.noun.plural} permanently.",
        calls=facts.calls("delete", "get"),
    )
    @several(facts.noun.name)
    def delete(run: Invocation, ids: tuple[str, ...]) -> int:
        ids = tuple(dict.fromkeys(ids))
        space = facts.space(run.client)
        what = wording.plural(len(ids), facts.noun.name, facts.noun.plural)
        if run.is_interactive and not run.options.yes:
            names = [facts.noun.label(space.get(key)) for key in ids[:5]]
            what += f" ({wording.listed([*names, *ids[5:]], most=5)})"
            for line in () if facts.used_by is None else facts.used_by(run, ids):
                run.talk.warn(f"in use: {line}")
        if not run.confirm(f"Delete {what} in profile {run.profile.name!r} permanently?"):
            return run.declined("nothing was deleted")
        gone, code = run.each(ids, space.delete)
        forget(run.paths, run.profile.name, facts.noun.name, gone)
        for key in gone:
            run.talk.note(f"deleted {facts.noun.name} {key}")
        if run.options.output == "name":
            for key in gone:
                run.out.line(wording.plain(key))
        elif not run.out.is_table:
            run.out.data({"deleted": [int(key) if key.isdecimal() else key for key in gone]})
        return code
