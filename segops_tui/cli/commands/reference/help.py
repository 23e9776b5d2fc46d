"""`help`: the help of any command, by its words, and of a few topics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from segops_tui.cli.core.exit_codes import ExitCode
from segops_tui.cli.core.group import Commands, unknown_command

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from segops_tui.cli.core.context import Invocation

COMMANDS: Final = Commands()


@COMMANDS.command(
    "help",
    "segops-tui help",
    "segops-tui help segments recompute",
    "segops-tui help exit-codes",
)
@click.argument("words", metavar="[COMMAND…|TOPIC]", nargs=-1)
def help_(run: Invocation, words: tuple[str, ...]) -> None:
    """Show help for a command.

    Topics: environment, exit-codes, formatting.
    """
    if len(words) == 1 and words[0] in TOPICS:
        run.out.line(TOPICS[words[0]]())
        return
    here = click.get_current_context().parent
    for word in words:
        if here is None or not isinstance(here.command, click.Group):
            raise click.UsageError(f"{' '.join(words)!r} is no command.")
        command = here.command.get_command(here, word)
        if command is None:
            known = here.command.list_commands(here)
            topics = TOPICS if here.parent is None else ()
            raise click.UsageError(unknown_command(word, [*known, *topics]), here)
        here = click.Context(command, info_name=command.name, parent=here)
    if here is not None:
        run.out.line(here.get_help())


VARIABLES: Final[Mapping[str, str]] = {
    "SEGOPS_API_KEY": "secret key (sk_…); with it no profile is needed",
    "SEGOPS_API_URL": "address of the API",
    "SEGOPS_PROFILE": "profile to use, as --profile",
    "SEGOPS_GUARD": "production or read-only: makes the guard of any profile stricter",
    "SEGOPS_OUTPUT": "output format, as --output",
    "SEGOPS_TIMEOUT": "timeout of each request, as --timeout",
    "SEGOPS_WAIT_TIMEOUT": "how long to wait for a job, as --wait-timeout",
    "SEGOPS_MAX_RETRIES": "retries after a transient failure, as --max-retries",
    "SEGOPS_LIMIT": "rows of a list, as --limit",
    "SEGOPS_TUI_HOME": "one folder for the config file, the jobs and the sandbox",
    "SEGOPS_SANDBOX_KEY": "key that sandbox serve accepts, as --key",
    "HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY": "proxies",
    "SSL_CERT_FILE, SSL_CERT_DIR": "certificates to trust",
    "VISUAL, EDITOR": "editor for rules and for config edit",
    "NO_COLOR": "no colour",
}


def _environment() -> str:
    return "\n".join(
        [
            "Environment variables. Options override them; they override the config file.",
            "",
            *(f"  {name}\n      {meaning}" for name, meaning in VARIABLES.items()),
        ]
    )


def _exit_codes() -> str:
    import textwrap

    codes = []
    for code in ExitCode:
        first, *rest = textwrap.wrap(code.meaning, 72)
        codes += [f"  {code:>3}  {first}", *(f"       {line}" for line in rest)]
    return "\n".join(["Exit codes.", "", *codes])


def _formatting() -> str:
    return """Formatting. Data goes to stdout, everything else to stderr.

  -o table    a table for people; on a terminal it fits the width, with ages of times
  -o json     one JSON document with the server's own fields
  -o ndjson   one JSON object a line, as rows arrive
  -o yaml     the same as JSON, as YAML
  -o csv, tsv values with a header; times in ISO 8601, in UTC
  -o name     one id a line, to pipe into a command that takes several ids: -

  --fields id,name       columns or fields, in order; data.brand reaches inside
  --limit 20, --all      rows of a list
  --safe                 with csv or tsv: no cell that a spreadsheet evaluates

Set a default with SEGOPS_OUTPUT, or with: segops-tui config set output json"""


TOPICS: Final[Mapping[str, Callable[[], str]]] = {
    "environment": _environment,
    "exit-codes": _exit_codes,
    "formatting": _formatting,
}
