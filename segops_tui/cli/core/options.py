"""The options that mean the same everywhere, collected into one value."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import click

from segops_tui.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from click.shell_completion import CompletionItem

FORMATS: Final = ("table", "json", "ndjson", "csv", "tsv", "yaml", "name")
COLOUR_CHOICES: Final = ("auto", "always", "never")
DEFAULT_LIMIT: Final = 100
"""Rows of a list where neither --limit nor --all was given."""


class Shared(NamedTuple):
    """The shared options of this run."""

    profile: str | None = None
    api_url: str | None = None
    output: str = "table"
    fields: tuple[str, ...] = ()
    limit: int | None = None
    all: bool = False
    yes: bool = False
    dry_run: bool = False
    read_only: bool = False
    wait: bool = True
    timeout: float | None = None
    """Seconds for each request."""
    wait_timeout: float | None = None
    """Seconds to wait for jobs."""
    max_retries: int = 3
    debug: bool = False
    quiet: bool = False
    safe: bool = False
    header: bool = True
    jq: str | None = None
    where: tuple[str, ...] = ()
    sort: tuple[str, ...] = ()
    color: str = "auto"
    pager: bool = True

    @classmethod
    def collect(cls, given: Mapping[str, Any]) -> Shared:
        """The options from what was given, defaults for the rest; --jq is about JSON."""
        options = cls(**{name: given[name] for name in cls._fields if name in given})
        if options.jq is not None and options.output == "table":
            return options._replace(output="json")
        return options

    @property
    def rows(self) -> int | None:
        """How many rows a list shows; None is all of them."""
        return None if self.all else self.limit or DEFAULT_LIMIT

    @property
    def unlocks(self) -> bool:
        """Whether the profile's name and --yes were both given on the command line."""
        return self.yes and self.profile is not None


_UNITS: Final = {"s": "seconds", "m": "minutes", "min": "minutes", "h": "hours", "d": "days"}
_LENGTH: Final = r"(\d{1,9}(?:\.\d+)?)\s*(min|[smhdw])"


class LengthType(click.ParamType[timedelta]):
    """A length of time: `90s`, `30m`, `24h`, `7d`, `2w`."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        """Read a number and a unit."""
        if isinstance(value, timedelta):
            return value
        match = re.fullmatch(_LENGTH, str(value).strip().lower())
        if match is None:
            self.fail(f"{value!r} is not a length of time such as 30m, 24h or 7d.", param, ctx)
        number, unit = float(match[1]), match[2]
        try:
            if unit == "w":
                return timedelta(weeks=number)
            return timedelta(**{_UNITS[unit]: number})
        except OverflowError:
            self.fail(f"{value!r} is too long.", param, ctx)


LENGTH: Final = LengthType()


class SinceType(click.ParamType["timedelta | str"]):
    """A date, a time, or how long ago: `2026-05-01`, `2026-05-01T08:00Z`, `7d`, `24h`, `10m`."""

    name = "since"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta | str:
        """Read it: a length of time as one, a date or time as ISO 8601."""
        if isinstance(value, timedelta):
            return value
        text = str(value).strip()
        if re.fullmatch(_LENGTH, text.lower()):
            return LENGTH.convert(text, param, ctx)
        for kind in (date, datetime):
            with suppress(ValueError):
                return kind.fromisoformat(text).isoformat()
        raise click.BadParameter(
            f"{value!r} is neither a date such as 2026-05-01 nor a length of time such as 7d.",
            ctx,
            param,
        )


SINCE: Final = SinceType()


def start_of(since: timedelta | str | None, now: datetime) -> str | None:
    """What `SINCE` read as the API's date or time; a length of time ends now."""
    if not isinstance(since, timedelta):
        return since
    from segops_tui import wording

    try:
        return wording.iso(now - since)
    except OverflowError as error:
        raise click.BadParameter("that is before the first year.", param_hint="--since") from error


class Renamed(click.Option):
    """An option with an earlier spelling, which works and is not shown."""

    def __init__(self, *args: Any, was: str, **more: Any) -> None:
        super().__init__(*args, **more)
        self.was = was

    def add_to_parser(self, parser: Any, ctx: click.Context) -> None:
        """Parse both spellings."""
        shown = self.opts
        self.opts = [*shown, self.was]
        try:
            super().add_to_parser(parser, ctx)
        finally:
            self.opts = shown


class SecondsType(click.ParamType[float]):
    """A length of time in seconds: a number of them, or a number and a unit (`90s`, `10m`)."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Read it; zero is no length."""
        text = str(value).strip()
        try:
            seconds = float(text)
        except ValueError:
            seconds = LENGTH.convert(text, param, ctx).total_seconds()
        if not 0 < seconds < _ENDLESS:
            self.fail(f"{text!r} is not a length of time such as 30, 90s or 10m.", param, ctx)
        return seconds


SECONDS: Final = SecondsType()
_ENDLESS: Final = 366 * 86400.0
"""Seconds above which a wait is a mistake; clocks and sockets take no infinity."""


DEFAULTS: Final[Mapping[str, click.ParamType[Any]]] = {
    "output": click.Choice(FORMATS),
    "timeout": SECONDS,
    "wait_timeout": SECONDS,
    "max_retries": click.IntRange(min=0, max=20),
    "limit": click.IntRange(min=1),
}
"""Shared options whose default the environment and `[defaults]` of the config file set."""


def variable_of(name: str) -> str:
    """The environment variable of a shared option: `SEGOPS_OUTPUT`."""
    return f"SEGOPS_{name.upper()}"


def environment_defaults(environ: Mapping[str, str]) -> dict[str, Any]:
    """The defaults that environment variables set.

    Raises:
        click.UsageError: one of them has no meaning.
    """
    found = {}
    for name, kind in DEFAULTS.items():
        if text := environ.get(variable_of(name)):
            try:
                found[name] = kind.convert(text, None, None)
            except click.BadParameter as error:
                raise click.UsageError(f"{variable_of(name)}: {error.message}") from error
    return found


def file_defaults(table: Mapping[str, Any]) -> dict[str, Any]:
    """The defaults that a config file sets; a wrong one is left to `config validate`."""
    found = {}
    for name, kind in DEFAULTS.items():
        with suppress(click.BadParameter):
            if name in table:
                found[name] = kind.convert(str(table[name]), None, None)
    return found


def _remember(context: click.Context, option: click.Parameter, value: Any) -> Any:
    """Keep a value that was given; the levels are parsed from the root to the verb."""
    if value is not None and option.name is not None:
        context.ensure_object(dict)[option.name] = value
        if option.name in _OPPOSITES:
            context.obj.pop(_OPPOSITES[option.name], None)
    return value


_OPPOSITES: Final = {"limit": "all", "all": "limit"}


def _fields(context: click.Context, option: click.Parameter, value: str | None) -> Any:
    if value is None:
        return None
    names = tuple(name.strip() for name in value.split(",") if name.strip())
    if not names:
        raise click.BadParameter("give names, such as id,name.", context, option)
    return _remember(context, option, names)


def _conditions(context: click.Context, option: click.Parameter, value: tuple[str, ...]) -> Any:
    if not value:
        return None
    from segops_tui.cli.core.printing.conditions import read_condition

    for text in value:
        try:
            read_condition(text)
        except ValueError as error:
            raise click.BadParameter(str(error), context, option) from error
    return _remember(context, option, value)


def _option(*names: str, help: str, **more: Any) -> click.Option:
    more.setdefault("callback", _remember)
    return click.Option(names, help=help, expose_value=False, default=None, **more)


def _flag(*names: str, help: str) -> click.Option:
    return _option(*names, help=help, is_flag=True, flag_value=True)


@cache
def shared_options(complete_profile: Any = None) -> tuple[click.Option, ...]:
    """The shared options; the same objects for every command, as they keep nothing of a run."""
    return (
        _option(
            "-p", "--profile", metavar="NAME", help="Workspace to use.",
            shell_complete=complete_profile,
        ),
        _option("--api-url", metavar="URL", help="API address; overrides the profile's."),
        _option(
            "-o", "--output", type=DEFAULTS["output"],
            help="Output format (default table); `name` prints one id per line.",
        ),
        _option(
            "--fields", metavar="A,B,C", callback=_fields, shell_complete=_complete_fields,
            help="Columns, headings or fields to print, in order.",
        ),
        _option(
            "--jq", metavar="EXPR",
            help="Filter the JSON output with a jq expression; texts are printed unquoted.",
        ),
        _option(
            "--no-header", "header", is_flag=True, flag_value=False,
            help="Print no line of headings; with -o table, csv and tsv.",
        ),
        _flag("--safe", help="With -o csv or tsv: prefix ' to cells a spreadsheet would evaluate."),
        _option(
            "--limit", metavar="N", type=DEFAULTS["limit"],
            help=f"Maximum rows to list (default {DEFAULT_LIMIT}).",
        ),
        _flag("--all", help="All rows of a list; with a jobs command, all jobs."),
        _flag("-y", "--yes", help="Skip confirmation prompts."),
        _flag("--dry-run", help="Print each change as JSON; make none."),
        _flag("--read-only", help="Refuse every change."),
        _option("--wait/--no-wait", help="Wait for the job to finish (default), or only start it."),
        _option(
            "--timeout", metavar="TIME", type=SECONDS,
            help="Timeout of each request, such as 90s or 2m (default 30s).",
        ),
        _option(
            "--wait-timeout", metavar="TIME", type=SECONDS,
            help="How long to wait for a job, such as 10m (default: until it ends).",
        ),
        _option(
            "--max-retries", metavar="N", type=DEFAULTS["max_retries"],
            help="Retries after a transient failure (default 3).",
        ),
        _flag("--debug", help="Log each request to stderr; print the traceback of a bug."),
        _flag("--quiet", help="Print only data and errors: no notes, no progress."),
        _option(
            "--color", type=click.Choice(COLOUR_CHOICES), is_eager=True,
            help="When to colour (default auto: on a terminal); NO_COLOR, CLICOLOR and"
            " CLICOLOR_FORCE count as well.",
        ),
        _option(
            "--no-color", "color", is_flag=True, flag_value="never", is_eager=True,
            help="The same as --color never.",
        ),
        _option(
            "--no-pager", "pager", is_flag=True, flag_value=False,
            help="Do not show long tables in a pager ($PAGER, or less).",
        ),
    )  # fmt: skip


@cache
def list_options() -> tuple[click.Option, ...]:
    """The options of a command that lists rows; the same objects for each."""
    return (
        _option(
            "--where", metavar="'FIELD OP VALUE'", multiple=True, callback=_conditions,
            shell_complete=_complete_fields,
            help="Only rows for which this is true, such as 'members>1000', 'state=stale' or"
            " 'name:vip' (contains); repeatable.",
        ),
        _option(
            "--sort", metavar="[-]FIELD", callback=_fields, shell_complete=_complete_fields,
            help="Sort by a column or field; with - descending; several with commas.",
        ),
    )  # fmt: skip


def _complete_fields(
    context: click.Context, _option: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The columns of what the command prints, after what was typed before a comma."""
    from click.shell_completion import CompletionItem

    before, comma, begun = incomplete.rpartition(",")
    sign = begun[:1] if begun[:1] in {"-", "+"} else ""
    columns = getattr(getattr(context.command, "noun", None), "columns", ())
    return [
        CompletionItem(f"{before}{comma}{sign}{column.key}", help=column.title)
        for column in columns
        if column.key.startswith(begun[len(sign) :].casefold())
        or column.title.casefold().startswith(begun[len(sign) :].casefold())
    ]


def wants_colour(terminal: bool, options: Shared, environ: Mapping[str, Any]) -> bool:
    """Whether to colour: the option says, else the environment, else a terminal that can."""
    if options.color != "auto":
        return options.color == "always"
    if environ.get("NO_COLOR"):
        return False
    if environ.get("CLICOLOR_FORCE", "0") not in {"", "0"} or environ.get("FORCE_COLOR"):
        return True
    if environ.get("CLICOLOR") == "0" or environ.get("TERM") == "dumb":
        return False
    return terminal
