"""`commands`: every command described as data, for people, scripts and agents."""

from __future__ import annotations

import inspect
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

import click

from segops_tui._version import __version__
from segops_tui.api.namespaces import NAMESPACES
from segops_tui.api.record import Record
from segops_tui.api.request import Upload
from segops_tui.cli.core.exit_codes import ExitCode
from segops_tui.cli.core.group import Command, Commands
from segops_tui.cli.core.names import LOOKUPS, NameLookup
from segops_tui.cli.core.params import ObjectId
from segops_tui.nouns.column import Column, Noun

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from segops_tui.api.request import Request
    from segops_tui.cli.core.context import Invocation

COMMANDS: Final = Commands()


@COMMANDS.command(
    "commands",
    "segops-tui commands",
    "segops-tui commands --jq '.commands[] | select(.mutates) | .command'",
    lists=True,
)
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print everything about each command as one JSON document.",
)
def commands(run: Invocation, as_json: bool) -> None:
    """List all commands, with options, exit codes and endpoints.

    --json includes each command's arguments, options and endpoints, and whether it changes
    anything: `mutates` for a change in the workspace or on this machine, `writes` for what it
    changes on this machine.
    """

    root = click.get_current_context().find_root().command
    told = program_reference(root)
    if as_json or run.options.output in {"json", "yaml"}:
        run.out.data(told)
        return
    from segops_tui.cli.core.lists import write_rows

    run.options = run.options._replace(all=run.options.limit is None)
    write_rows(run, rows(told), ROWS)


ANY: Final = "http.request"
"""The one call that may be any: `api`."""

ROWS: Final[Noun[Record]] = Noun(
    name="command",
    plural="commands",
    title="Commands",
    key=lambda row: row.raw["command"],
    label=lambda row: str(row.raw["command"]),
    empty="",
    columns=(
        Column("command", "COMMAND", lambda r: r.raw["command"], min_width=12),
        Column("changes", "CHANGES", lambda r: r.raw["mutates"],
               lambda v, _: "changes" if v else "reads", priority=2),
        Column("help", "HELP", lambda r: r.raw["help"], flex=True, min_width=20, max_width=90),
    ),
)  # fmt: skip


def program_reference(root: click.Command) -> dict[str, Any]:
    """Everything a script or an agent needs before running a command."""
    from segops_tui.cli.core.options import shared_options

    return {
        "program": "segops-tui",
        "version": __version__,
        "exit_codes": [
            {"code": int(code), "name": code.name.lower(), "meaning": code.meaning}
            for code in ExitCode
        ],
        "shared_options": [_option(option) for option in shared_options()],
        "commands": [_command(path, found) for path, found in walk(root)],
    }


def rows(told: Mapping[str, Any]) -> list[Record]:
    """One row a command, for people."""
    return [Record(command) for command in told["commands"]]


def walk(root: click.Command) -> Iterator[tuple[str, Command]]:
    """Every command by its words; each module is imported."""
    context = click.Context(root, info_name="segops-tui")
    yield from _below(root, context, ())


def _below(
    here: click.Command, context: click.Context, words: tuple[str, ...]
) -> Iterator[tuple[str, Command]]:
    if isinstance(here, Command):
        yield " ".join(words), here
    if not isinstance(here, click.Group):
        return
    for name in here.list_commands(context):
        found = here.get_command(context, name)
        if found is not None:
            inner = click.Context(found, parent=context, info_name=name)
            yield from _below(found, inner, (*words, name))


def _command(path: str, command: Command) -> dict[str, Any]:
    own = [param for param in command.params if param not in command.shared]
    calls = dict.fromkeys([*command.calls, *(f"{n.space}.list" for n in _looked_up(own))])
    endpoints = [described(name) for name in calls]
    return {
        "command": path,
        "help": (command.help or "").partition("\n")[0],
        "description": command.help or "",
        "examples": list(command.examples),
        "arguments": [_argument(p) for p in own if isinstance(p, click.Argument)],
        "options": [_option(p) for p in own if isinstance(p, click.Option)],
        "endpoints": endpoints,
        "mutates": bool(command.writes) or any(endpoint["mutates"] for endpoint in endpoints),
        "writes": command.writes or None,
    }


def _looked_up(params: Sequence[click.Parameter]) -> list[NameLookup]:
    """How the names that a command takes in place of ids are found: by a listing each."""
    return [
        LOOKUPS[param.type.noun]
        for param in params
        if isinstance(param.type, ObjectId) and param.type.noun in LOOKUPS
    ]


def _argument(argument: click.Argument) -> dict[str, Any]:
    return {
        "name": argument.name,
        "metavar": argument.metavar or (argument.name or "").upper(),
        "required": argument.required,
        "multiple": argument.nargs == -1,
        **_type(argument),
    }


def _option(option: click.Option) -> dict[str, Any]:
    default = option.default
    return {
        "flags": [*option.opts, *option.secondary_opts],
        "metavar": option.metavar,
        "help": option.help,
        "required": option.required,
        "multiple": option.multiple,
        "is_flag": option.is_flag,
        "default": default if isinstance(default, str | int | float | bool) else None,
        **_type(option),
    }


def _type(param: click.Parameter) -> dict[str, Any]:
    kind = param.type
    found: dict[str, Any] = {"type": kind.name}
    if isinstance(kind, click.Choice):
        found["choices"] = [str(choice) for choice in kind.choices]
    if isinstance(kind, ObjectId):
        found |= {"noun": kind.noun, "takes_name": True}
    return found


def described(name: str) -> dict[str, Any]:
    """One endpoint, by the name the client has for it: `segments.list`."""
    if name == ANY:
        return {"call": name, "method": "*", "path": "/*", "mutates": True}
    request = unsent(name)
    return {
        "call": name,
        "method": request.method,
        "path": unquote(request.path),
        "mutates": request.mutates,
    }


def unsent(name: str) -> Request[Any]:
    """The request an endpoint makes of made-up arguments; every id is its parameter's name.

    Raises:
        AttributeError: the client has no such endpoint.
    """
    namespace, _, verb = name.partition(".")
    resource = getattr(
        import_module(f"segops_tui.api.resources.{namespace}"), NAMESPACES[namespace]
    )
    declared = inspect.getattr_static(resource, verb)
    wanted = list(inspect.signature(declared.build).parameters.values())[1:]
    given = [p for p in wanted if p.default is p.empty and p.kind is not p.VAR_KEYWORD]
    named = {p.name: _made_up(p.name) for p in given if p.kind is p.KEYWORD_ONLY}
    placed = [_made_up(p.name) for p in given if p.kind is not p.KEYWORD_ONLY]
    request: Request[Any] = declared.build(resource(None), *placed, **named)
    return request


def _made_up(name: str) -> Any:
    if name in _LISTED:
        return ()
    if name in _OBJECTS:
        return {}
    if name == "file":
        return Upload(open=_nothing, filename="catalogue.csv")
    return f"{{{name}}}"


def _nothing() -> Any:
    raise AssertionError("a described request is never sent")


_LISTED: Final[Sequence[str]] = ("events", "products", "fields", "properties")
_OBJECTS: Final[Sequence[str]] = ("payload", "config", "definition")
"""Arguments that are more than a word."""
