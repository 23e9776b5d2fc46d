"""`pages export`: a page as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from segops_tui.cli.core.completion import completes
from segops_tui.cli.core.group import Commands
from segops_tui.cli.core.param_types import ID

if TYPE_CHECKING:
    from pathlib import Path

    from segops_tui.cli.core.context import Invocation
    from segops_tui.jobs.engine.job import Job

COMMANDS: Final = Commands()


@COMMANDS.command(
    "pages export",
    "segops-tui pages export 8 --format=html",
    "segops-tui pages export 8 --to rain-jackets.tsx",
    "segops-tui pages export 8 --format json --to - | jq .",
    calls=("pages.get", "pages.export_start", "pages.export_status", "pages.export_download"),
)
@click.argument("id", type=ID, shell_complete=completes("page"))
@click.option(
    "--format",
    type=click.Choice(["html", "tsx", "json"]),
    help="By default what FILE's ending says, else html.",
)
@click.option(
    "--to",
    metavar="FILE|-",
    type=click.Path(),
    help="Where to; - is stdout. By default page-ID.FORMAT in this folder.",
)
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
def export(run: Invocation, id: str, format: str | None, to: str | None, force: bool) -> int:
    """Write a page to a file: HTML, TSX or JSON.

    The file is in its place only when it is whole. The page has to be built.
    """
    from segops_tui.cli.core.exporting import export_to
    from segops_tui.jobs.page_export import start_page_export

    ending = format or "html"
    if to is None:
        to = _default(id, ending)
    page = run.client.pages.get(id)

    def start(path: Path) -> Job:
        return start_page_export(
            run.ledger,
            page_id=id,
            name=page.title or page.slug,
            to=path,
            profile=run.profile.name,
            format=format,
            force=force,
            command=run.command_line(),
        )

    return export_to(run, to, f"page.{ending}", start)


def _default(id: str, ending: str) -> str:
    """`page-8.html`: the person's own word for the page, where it can be part of a name."""
    if not id.replace("-", "").isalnum():
        raise click.UsageError("Say where to: --to FILE.")
    return f"page-{id}.{ending}"
