"""Export of a segment's members with their traits to a CSV file, which the API has no export for.

The file grows beside its target, a few members at a time, and the ledger keeps how far it is: a job
that was killed cuts off what it had not noted and goes on from there.
"""

from __future__ import annotations

import csv
import io
import os
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.json_text import json_text
from segops_tui.api.request import PageTrail
from segops_tui.api.resources.segments import Segments
from segops_tui.jobs.engine.download import Target, cannot_write, place
from segops_tui.jobs.engine.ledger import note_job
from segops_tui.jobs.engine.plan import Note, Save, Work, read
from segops_tui.jobs.member_traits import traits_of
from segops_tui.wording import plain, plural, size

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from segops_tui.api.request import Id, Page, Request
    from segops_tui.api.resources.segments import Member
    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.ledger import Ledger
    from segops_tui.jobs.engine.plan import Part, Plan

TRAIT_EXPORT: Final = "export-traits"
PAGE: Final = 100
"""Members whose traits are read before they are written, and the ledger has it."""
_AT_A_TIME: Final = 20
"""Members after which the progress is shown."""


def start_trait_export(
    ledger: Ledger,
    *,
    segment_id: Id,
    name: str,
    to: Path,
    traits: Sequence[str],
    profile: str,
    members: int | None = None,
    force: bool = False,
    command: str = "",
) -> Job:
    """Note the export of a segment's members with traits; nothing is sent yet.

    `members` is how many there are, for the progress.

    Raises:
        WouldOverwrite: the file exists and `force` was not given.
        CannotWrite: the file cannot be written there.
    """
    target = Target(to, force)
    target.check()
    return note_job(
        ledger,
        TRAIT_EXPORT,
        segment_id,
        name=name,
        profile=profile,
        command=command
        or f"segops-tui segments export {segment_id} --traits {','.join(traits)} --to {to}",
        params={
            "to": str(to.absolute()),
            "force": force,
            "traits": list(traits),
            "members": members,
            "cursor": None,
            "rows": 0,
            "size": 0,
        },
    )


def plan(job: Job) -> Plan:
    """Export from the beginning, or from where the ledger says the job stopped."""
    target = Target(Path(job.params["to"]), bool(job.params["force"]), job.id)
    if job.stage != "placing":
        if job.stage == "new":
            target.check()
        job = yield from _written(job, target)
    written: int = job.params["size"]
    yield Work(lambda _report: _place(target, written))
    rows = job.params["rows"]
    summary = f"{plural(rows, 'member')}, {size(written)} in {target.path.name}"
    result = {"path": str(target.path), "bytes": written, "members": rows, "summary": summary}
    return job.counted(rows, rows).ended(result)


def _written(job: Job, target: Target) -> Part[Job]:
    """Write all members, each page noted with the size that the file has then."""
    has = yield Work(lambda _report: _size(target))
    if has < job.params["size"]:
        # What was written is gone, so that nothing can be added to it.
        job = job.with_params(cursor=None, rows=0, size=0)
    rows, traits = job.params["rows"], job.params["traits"]
    job = job.measured("members").at("reading", done=rows, total=job.params["members"])
    yield Save(job)
    cursor = job.params["cursor"]
    first: Request[Page[Member]] = Segments.members.build(
        None, job.target, limit=PAGE, cursor=cursor
    )
    trail = PageTrail(first.path, cursor=cursor)
    following: Request[Page[Member]] | None = first
    while following is not None:
        page = yield from read(following)
        trail.add(page.items, page.cursor)
        found: list[Mapping[str, Any]] = []
        for start in range(0, len(page.items), _AT_A_TIME):
            members = page.items[start : start + _AT_A_TIME]
            found += yield from traits_of([member.user_id for member in members])
            yield Note(job.counted(rows + len(found)))
        text = "" if job.params["size"] else _lines([_header(traits)])
        text += _lines(
            _row(member, given, traits) for member, given in zip(page.items, found, strict=True)
        )
        end = yield Work(partial(_append, target, job.params["size"], text))
        rows += len(page.items)
        job = job.with_params(cursor=page.cursor, rows=rows, size=end).counted(rows)
        following = page.next_request(following)
        if following is None:
            job = job.at("placing", done=rows, total=rows)
        yield Save(job)
    return job


def _header(traits: Sequence[str]) -> list[str]:
    own = ["user_id", "computed_at"]
    return [*own, *(f"traits.{name}" if name in own else name for name in traits)]


def _row(member: Member, traits: Mapping[str, Any], names: Sequence[str]) -> list[str]:
    values = [member.get("user_id"), member.get("computed_at"), *map(traits.get, names)]
    return [_cell(value) for value in values]


def _cell(value: Any) -> str:
    """A value without characters that control a terminal; an object as JSON, None as nothing."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else json_text(value, ensure_ascii=False)
    return "\n".join(map(plain, text.splitlines()))


def _lines(rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _size(target: Target) -> int:
    try:
        return target.temporary.stat().st_size
    except OSError:
        return 0


def _append(target: Target, start: int, text: str, _report: object) -> int:
    """Write at a place, cutting off what an earlier run wrote after it; return the new size.

    Raises:
        CannotWrite: no space, or no permission.
    """
    try:
        with target.temporary.open("r+b" if start else "wb") as file:
            file.seek(start)
            file.truncate()
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
            return file.tell()
    except OSError as error:
        with suppress(OSError):
            target.temporary.unlink()
        raise cannot_write(target, error) from error


def _place(target: Target, written: int) -> None:
    """Move the file to its target, unless an earlier run that was killed has done so.

    Raises:
        CannotWrite: it cannot be moved.
        WouldOverwrite: another program created the target in the meantime.
    """
    is_there = not target.temporary.exists() and target.path.exists()
    if is_there and target.path.stat().st_size == written:
        return
    place(target)
    with suppress(OSError):
        target.temporary.unlink()
