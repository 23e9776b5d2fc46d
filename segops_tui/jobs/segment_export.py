"""Exports of segments to files: one segment into one file, or several into a folder."""

from __future__ import annotations

import unicodedata
from functools import partial
from typing import TYPE_CHECKING, Final, get_args

from segops_tui.api.resources.segments import ExportFormat, Segments
from segops_tui.jobs.engine.download import Target
from segops_tui.jobs.engine.errors import CannotWrite, WouldOverwrite
from segops_tui.jobs.engine.file_export import choose_format, export_plan, note_export
from segops_tui.wording import listed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from segops_tui.api.request import Id
    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.ledger import Ledger

EXPORT: Final = "export"
_LONGEST: Final = 80
"""Characters of a name; with an id and an ending it fits every file system, in any alphabet."""

plan = partial(export_plan, resource=Segments)


def start_export(
    ledger: Ledger,
    *,
    segment_id: Id,
    name: str,
    to: Path,
    profile: str,
    format: str | None = None,
    force: bool = False,
    command: str = "",
) -> Job:
    """Note the export of a segment; nothing is sent yet. The format follows the file's name.

    Raises:
        WouldOverwrite: the file exists and `force` was not given.
        CannotWrite: the file cannot be written there, or there is no such format.
    """
    return note_export(
        ledger,
        EXPORT,
        segment_id,
        name=name,
        target=Target(to, force),
        format=choose_format(to, format, get_args(ExportFormat), noun="Segments"),
        profile=profile,
        command=command or f"segops-tui segments export {segment_id} --to {to}",
    )


def start_exports(
    ledger: Ledger,
    *,
    segments: Sequence[tuple[Id, str]],
    folder: Path,
    profile: str,
    format: str = "csv",
    force: bool = False,
) -> list[Job]:
    """Note an export of each segment (id and name) into `folder`, which is created if missing.

    Either all are noted or none.

    Raises:
        WouldOverwrite: one of the files exists and `force` was not given.
        CannotWrite: the folder cannot be created or written, or there is no such format.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotWrite(
            f"Cannot make the folder {folder}: {error.strerror or error}.", hint="Choose another."
        ) from error
    targets = {
        number: (name, folder / file_name(name, number, ending=format)) for number, name in segments
    }
    existing = [to.name for _, to in targets.values() if to.exists() and not force]
    if existing:
        raise WouldOverwrite(
            f"{listed(existing)} in {folder} would be replaced.", hint="Overwrite with --force."
        )
    for _, to in targets.values():
        Target(to, force).check()
    return [
        start_export(
            ledger,
            segment_id=number,
            name=name,
            to=to,
            profile=profile,
            format=format,
            force=force,
        )
        for number, (name, to) in targets.items()
    ]


def file_name(name: str, number: Id, *, ending: str) -> str:
    """A file name for a segment that is valid on every system: words of its name, and its id.

    The id distinguishes segments of the same name, also on file systems that ignore case.
    """
    plain = unicodedata.normalize("NFKC", name)
    words = "".join(c if c.isalnum() else " " for c in plain).split()
    stem = "-".join(words)[:_LONGEST].strip("-")
    safe_id = "".join(c for c in str(number) if c.isalnum() or c in "-_") or "0"
    return f"{stem or 'segment'}-{safe_id}.{ending}"
