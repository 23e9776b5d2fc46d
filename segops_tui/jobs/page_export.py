"""The export of one landing page to a file."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, get_args

from segops_tui.api.resources.pages import PageFormat, Pages
from segops_tui.jobs.engine.download import Target
from segops_tui.jobs.engine.file_export import choose_format, export_plan, note_export

if TYPE_CHECKING:
    from pathlib import Path

    from segops_tui.api.request import Id
    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.ledger import Ledger

PAGE_EXPORT: Final = "page-export"

plan = partial(export_plan, resource=Pages)


def start_page_export(
    ledger: Ledger,
    *,
    page_id: Id,
    name: str,
    to: Path,
    profile: str,
    format: str | None = None,
    force: bool = False,
    command: str = "",
) -> Job:
    """Note the export of a page; nothing is sent yet. The format follows the file's name.

    Raises:
        WouldOverwrite: the file exists and `force` was not given.
        CannotWrite: the file cannot be written there, or there is no such format.
    """
    chosen = choose_format(to, format, get_args(PageFormat), noun="Pages")
    return note_export(
        ledger,
        PAGE_EXPORT,
        page_id,
        name=name,
        target=Target(to, force),
        format=chosen,
        profile=profile,
        command=command or f"segops-tui pages export {page_id} --format {chosen} --to {to}",
    )
