"""Commands and groups as click objects: lazy, with the shared options and one shape of help."""

from __future__ import annotations

import os
import sys
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from segops_tui.cli.core.command_table import Branch, Leaf
from segops_tui.cli.core.options import Shared, list_options, shared_options, wants_colour
from segops_tui.cli.core.process import terminal_size

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from segops_tui.nouns.column import Noun

_PACKAGE = "segops_tui.cli.commands"
_NARROWEST, _WIDEST = 50, 80
"""Columns of help, as click has them."""


class _Bold(click.HelpFormatter):
    """Writes headings in bold."""

    def write_heading(self, heading: str) -> None:
        """Write a heading."""
        self.write(f"{'':>{self.current_indent}}{click.style(f'{heading}:', bold=True)}\n")

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write the line of usage."""
        super().write_usage(prog, args, prefix or click.style("Usage:", bold=True) + " ")


class _Explained(click.Command):
    """Help in one shape: usage, what it does, examples, own options, shared options."""

    examples: Sequence[str] = ()
    shared: Sequence[click.Option] = ()

    def __init__(self, *args: Any, examples: Sequence[str] = (), **more: Any) -> None:
        more.setdefault("context_settings", {"help_option_names": ["-h", "--help"]})
        super().__init__(*args, **more)
        self.examples = examples
        # A command's own option wins: `products import --no-header` is about the file.
        own = {flag for param in self.params for flag in param.opts}
        self.shared = [o for o in shared_options(_complete_profile) if not own.intersection(o.opts)]
        self.params = [*self.params, *self.shared]

    def make_parser(self, ctx: click.Context) -> Any:
        """A parser that finds `-o` at once, and takes `-o=json` as it takes `--output=json`.

        click looks for a short option among the long ones first, and loads what finds similar
        names and translations for an error that it then drops.
        """
        parser = super().make_parser(ctx)
        parser._long_opt |= parser._short_opt
        return parser

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """`--help`, and `-h` where that is free."""
        return _help_option(*self.get_help_option_names(ctx))

    def get_help(self, ctx: click.Context) -> str:
        """The help, its headings in bold where colour is wanted."""
        options = Shared.collect(ctx.find_object(dict) or {})
        ctx.color = wants_colour(sys.stdout.isatty(), options, os.environ)
        ctx.terminal_width = max(min(terminal_size().columns, _WIDEST) - 2, _NARROWEST)
        ctx.formatter_class = _Bold if ctx.color else click.HelpFormatter
        return super().get_help(ctx)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write examples, own options, then the shared ones."""
        if self.examples:
            with formatter.section("Examples"):
                for example in self.examples:
                    formatter.write(f"{'':>{formatter.current_indent}}{example}\n")
        shared = set(self.shared)
        own = [p for p in self.get_params(ctx) if p not in shared]
        sections = [("Options", own), ("Shared options", self.shared)]
        if isinstance(self, click.Group) and ctx.parent is not None:
            del sections[1]
        for title, params in sections:
            records = [r for p in params if (r := p.get_help_record(ctx)) is not None]
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)
        if len(sections) == 1:
            formatter.write("\nFor shared options: segops-tui --help\n")


@cache
def _help_option(*names: str) -> click.Option:
    """The option as click has it, whose own looks for translations on disk each time."""
    return click.Option(
        [*names, "show_help"],
        is_flag=True,
        expose_value=False,
        is_eager=True,
        callback=_show_help,
        help="Show this message and exit.",
    )


def _show_help(context: click.Context, _option: click.Parameter, value: bool) -> None:
    if value and not context.resilient_parsing:
        click.echo(context.get_help(), color=context.color)
        context.exit()


class Command(_Explained):
    """One command. Its callback is given the `Invocation` first."""

    calls: Sequence[str] = ()
    """The endpoints it may call, as the client names them: `segments.list`."""
    writes: str = ""
    """What it changes on this machine: `the config file`."""
    noun: Noun[Any] | None = None
    """What it prints."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the callback with what it needs, made from the options of every level."""
        from segops_tui.cli.core.context import Invocation

        if self.callback is None:
            return None
        with Invocation.of(ctx) as run:
            if run.options.jq is not None:
                run.check_filter()
            given = ctx.params
            if any(getattr(param.type, "noun", None) for param in self.params):
                from segops_tui.cli.core.names import with_ids

                given = with_ids(run, self, given)
            return run.call(self.callback, **given)


class LazyGroup(_Explained, click.Group):
    """A group that imports a command's module only when the command is called."""

    def __init__(
        self,
        name: str | None,
        leaves: Mapping[str, Leaf | Branch],
        aliases: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(name, **more)
        self._leaves = leaves
        self.aliases = aliases or {}
        """Other names of its commands, which help names but does not list."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Every name, in the table's order."""
        return list(self._leaves)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of that name, imported now."""
        cmd_name = self.aliases.get(cmd_name, cmd_name)
        leaf = self._leaves.get(cmd_name)
        if leaf is None:
            return None
        if isinstance(leaf, Branch):
            return LazyGroup(cmd_name, leaf.verbs, leaf.aliases, help=leaf.help)
        key = cmd_name if self.name is None else f"{self.name} {cmd_name}"
        command: click.Command = import_module(f"{_PACKAGE}.{leaf.module}").COMMANDS[key]
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or suggest the nearest name."""
        name = args[0]
        is_known = name in self._leaves or name in self.aliases
        if not is_known and not ctx.resilient_parsing and not name.startswith("-"):
            raise click.UsageError(unknown_command(name, list(self._leaves)), ctx)
        return super().resolve_command(ctx, args)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Without a verb, show the help as talk and call it wrong usage."""
        if not args and not self.invoke_without_command and not ctx.resilient_parsing:
            click.echo(ctx.get_help(), err=True)
            ctx.exit(2)
        if not args or args[0].startswith("-"):
            return super().parse_args(ctx, args)
        # The verb comes first, so no option here is given: looking at each takes a millisecond.
        params, self.params = self.params, []
        try:
            return super().parse_args(ctx, args)
        finally:
            self.params = params

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the table's lines: no command is imported to explain it."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, leaf.help) for name, leaf in self._leaves.items()])
        if self.aliases:
            pairs = ", ".join(f"{alias} = {name}" for alias, name in self.aliases.items())
            formatter.write(f"\nAliases: {pairs}\n")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands before the options."""
        self.format_commands(ctx, formatter)
        _Explained.format_options(self, ctx, formatter)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[Any]:
        """Complete from the table alone."""
        from click.shell_completion import CompletionItem

        found = [
            CompletionItem(name, help=leaf.help)
            for name, leaf in self._leaves.items()
            if name.startswith(incomplete)
        ]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]


class Commands(dict[str, click.Command]):
    """The commands of one module, by `group verb` (or the bare name of a top-level one)."""

    def __init__(self) -> None:
        super().__init__()
        self._later: dict[str, Callable[[], object]] = {}

    def later(self, key: str, define: Callable[[], object]) -> None:
        """Define a command when it is asked for: a run needs one, and its options take a while."""
        self._later[key] = define

    def __missing__(self, key: str) -> click.Command:
        """Define the command now."""
        self._later.pop(key)()
        return self[key]

    def command(
        self,
        key: str,
        *examples: str,
        help: str | None = None,
        calls: Sequence[str] = (),
        writes: str = "",
        noun: Noun[Any] | None = None,
        lists: bool = False,
        **more: Any,
    ) -> Callable[[Callable[..., int | None]], Command]:
        """Make a command of a function whose docstring is its help.

        `noun` is what it prints; with `lists` it prints rows, which --where and --sort choose.
        """

        def made(callback: Callable[..., int | None]) -> Command:
            params = list(reversed(getattr(callback, "__click_params__", [])))
            text = help or callback.__doc__ or ""
            name = key.rpartition(" ")[2]
            command = Command(
                name,
                callback=callback,
                params=[*params, *(list_options() if lists else ())],
                help=_dedented(text),
                short_help=text.strip().splitlines()[0],
                examples=examples,
                **more,
            )
            command.calls, command.writes, command.noun = calls, writes, noun
            self[key] = command
            return command

        return made


def unknown_command(name: str, known: Sequence[str]) -> str:
    """The error for an unknown command, with the nearest name."""
    from difflib import get_close_matches

    close = get_close_matches(name, known, n=1, cutoff=0.5)
    nearest = f" Did you mean {close[0]!r}?" if close else ""
    return f"No such command {name!r}.{nearest}"


def _dedented(text: str) -> str:
    from inspect import cleandoc

    return cleandoc(text)


def _complete_profile(context: click.Context, _option: click.Parameter, incomplete: str) -> Any:
    from segops_tui.cli.core.params import profile_names

    return profile_names(context, incomplete)
