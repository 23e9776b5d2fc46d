"""Several segments exported into one folder: a job and a file each, under names that are safe.

Knows what a file may be called on every system; a name from the workspace is only ever words.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

from segops_tui.jobs.engine.download import Target
from segops_tui.jobs.engine.errors import CannotWrite, WouldOverwrite
from segops_tui.jobs.export import start_export
from segops_tui.wording import listed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from segops_tui.api.request import Id
    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.ledger import Ledger

_LONGEST: Final = 80
"""Characters of a name; with an id and an ending it fits every file system, in any alphabet."""


def file_name(name: str, number: Id, *, ending: str) -> str:
    """A name for a segment's file: its words, its id, no mark that means anything to a system.

    The id tells segments of one name apart, also where capitals do not count.
    """
    plain = unicodedata.normalize("NFKC", name)
    words = "".join(c if c.isalnum() else " " for c in plain).split()
    stem = "-".join(words)[:_LONGEST].strip("-")
    safe_id = "".join(c for c in str(number) if c.isalnum() or c in "-_") or "0"
    return f"{stem or 'segment'}-{safe_id}.{ending}"


def start_exports(
    ledger: Ledger,
    *,
    segments: Sequence[tuple[Id, str]],
    folder: Path,
    profile: str,
    format: str = "csv",
    force: bool = False,
) -> list[Job]:
    """Note an export of each segment (id and name) into `folder`, which is made where missing.

    None is noted unless all can be.

    Raises:
        WouldOverwrite: one of the files exists and `force` was not given.
        CannotWrite: the folder cannot be made or written, or there is no such format.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotWrite(
            f"Cannot make the folder {folder}: {error.strerror or error}.", hint="Choose another."
        ) from error
    chosen = {
        number: (name, folder / file_name(name, number, ending=format)) for number, name in segments
    }
    taken = [to.name for _, to in chosen.values() if to.exists() and not force]
    if taken:
        raise WouldOverwrite(
            f"{listed(taken)} in {folder} would be replaced.", hint="Replace with --force."
        )
    for _, to in chosen.values():
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
        for number, (name, to) in chosen.items()
    ]
