"""The program: its root command, and the one place where a run ends."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import click

from segops_tui._version import __version__
from segops_tui.cli.core.command_table import TABLE
from segops_tui.cli.core.exit_codes import ExitCode
from segops_tui.cli.core.group import LazyGroup
from segops_tui.cli.core.options import Shared
from segops_tui.cli.core.process import discard, prepare_streams, stopping_on_signals, writing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import NoReturn

    from segops_tui.cli.core.context import Invocation

NAME: Final = "segops-tui"
COMPLETE: Final = "_SEGOPS_TUI_COMPLETE"
"""The variable a shell's completion script sets."""

_HELP = """Segments, products and jobs of a SegOps workspace, on the command line.

Without arguments, in a terminal, it opens the console. Without a profile or SEGOPS_API_KEY it
uses a built-in sandbox."""


class Root(LazyGroup):
    """The root command."""

    def __init__(self) -> None:
        super().__init__(
            None,
            TABLE,
            help=_HELP,
            examples=(
                f"{NAME} segments list",
                f"{NAME} segments recompute 12",
                f"{NAME} products import catalogue.csv",
            ),
            invoke_without_command=True,
            callback=_alone,
            params=[
                click.Option(
                    ["--version"], is_flag=True, is_eager=True, expose_value=False,
                    callback=_version, help="Print the version.",
                )
            ],
        )  # fmt: skip

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; one that does not exist may be the user's alias of one."""
        if args[0] not in TABLE and not ctx.resilient_parsing and not args[0].startswith("-"):
            args = expanded(args)
        return super().resolve_command(ctx, args)

    def main(self, args: Sequence[str] | None = None, *_: Any, **__: Any) -> NoReturn:
        """Run, and exit with the code the run ended with."""
        words = list(sys.argv[1:] if args is None else args)
        instruction = os.environ.get(COMPLETE)
        if instruction:
            from click.shell_completion import shell_complete

            from segops_tui.cli.core.printing.completions import register

            register()
            sys.exit(shell_complete(self, {}, NAME, COMPLETE, instruction))
        sys.exit(run(self, words))


def expanded(words: list[str]) -> list[str]:
    """A command line with the user's aliases replaced; `$1` takes an argument, others follow.

    Raises:
        click.UsageError: an alias is not a command line, or needs more arguments.
    """
    import re
    import shlex

    from segops_tui.api.errors import SegOpsConfigError
    from segops_tui.config.paths import find_paths
    from segops_tui.config.profiles import Settings

    aliases: Mapping[str, str] = {}
    with suppress(SegOpsConfigError):  # told of by what needs the file
        aliases = Settings.load(find_paths(os.environ)).aliases
    seen: set[str] = set()
    while words and (name := words[0]) in aliases and name not in TABLE and name not in seen:
        seen.add(name)
        try:
            parts = shlex.split(aliases[name])
        except ValueError as error:
            raise click.UsageError(f"Alias {name!r}: {error}.") from error
        rest = words[1:]
        wanted = max([int(n) for part in parts for n in re.findall(r"\$([1-9])", part)], default=0)
        if len(rest) < wanted:
            raise click.UsageError(f"Alias {name!r} needs {wanted} arguments: {aliases[name]}")
        for number in range(1, wanted + 1):
            parts = [part.replace(f"${number}", rest[number - 1]) for part in parts]
        words = [*parts, *rest[wanted:]]
    if not words or words[0].startswith("-"):
        raise click.UsageError("An alias begins with a command; its options come after.")
    return words


def run(root: click.Command, args: list[str]) -> int:
    """Run a command line and return its exit code; errors are printed to stderr."""
    given: dict[str, Any] = {}
    prepare_streams()
    try:
        with stopping_on_signals():
            code = _invoked(root, args, given)
            _flush()
    except BrokenPipeError:
        discard(sys.stdout)
        return int(ExitCode.BROKEN_PIPE)
    except KeyboardInterrupt as error:
        return _fail(error, given, args)
    except Exception as error:  # noqa: BLE001 (the last stop: words and a code for everything)
        return _fail(error, given, args)
    return code


def _invoked(root: click.Command, args: list[str], given: dict[str, Any]) -> int:
    try:
        with root.make_context(NAME, list(args), obj=given) as context:
            return int(root.invoke(context) or 0)
    except click.exceptions.Exit as stop:
        return stop.exit_code


def _alone(*_args: Any, **_options: Any) -> int:
    """Open the console where there is a terminal, else show help."""
    context = click.get_current_context()
    if context.invoked_subcommand is not None:
        return 0
    from segops_tui.cli.core.context import Invocation

    with Invocation.of(context) as invocation:
        # A dumb terminal cannot move its cursor, so it gets the help.
        is_dumb = os.environ.get("TERM") == "dumb" and not invocation.is_served
        if invocation.can_draw and not is_dumb:
            return _open_console(context, invocation)
        invocation.talk.details(context.get_help())
    return int(ExitCode.USAGE)


def _open_console(context: click.Context, invocation: Invocation) -> int:
    """Run `open`, found by name: only its own module may import the console."""
    root = context.command
    command = root.get_command(context, "open") if isinstance(root, click.Group) else None
    if command is None or command.callback is None:
        raise AssertionError("The command table has `open`.")
    return int(command.callback(invocation, place="health") or 0)


def _version(context: click.Context, _option: click.Parameter, value: bool) -> None:
    if value and not context.resilient_parsing:
        click.echo(f"{NAME} {__version__}")
        context.exit()


def _fail(error: BaseException, given: dict[str, Any], args: list[str]) -> int:
    """Print the error that ended the run."""
    from segops_tui.cli.core.context import diagnostics
    from segops_tui.cli.core.error_report import explain

    if _wants_json(args) or (os.environ.get("SEGOPS_OUTPUT") == "json" and "output" not in given):
        given.setdefault("output", "json")
    options = Shared.collect(given)
    talk = diagnostics(options, os.environ)
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        discard(sys.stdout)
    problem = explain(error)
    talk.problem(problem)
    if options.debug and problem.is_bug:
        import traceback

        from segops_tui.api.keys import redact

        talk.details(redact("".join(traceback.format_exception(error))))
    return int(problem.exit_code)


def _wants_json(args: list[str]) -> bool:
    """Whether JSON was asked for, also where the command line could not be read to its end."""
    forms = ("json", "ndjson")
    asked = {f"{flag}{form}" for flag in ("-o", "-o=", "--output=") for form in forms}
    pairs = {(flag, form) for flag in ("-o", "--output") for form in forms}
    is_filtered = any(arg == "--jq" or arg.startswith("--jq=") for arg in args)
    return is_filtered or any(pair in pairs for pair in pairwise(args)) or bool(asked & set(args))


def _flush() -> None:
    """Write out what stdout still holds.

    Raises:
        OutputFailed: it cannot be written.
    """
    with writing():
        sys.stdout.flush()
