"""Recomputing a segment or a product segment, which has no percentage (contract §2.3)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

from segops_tui.api.resources.product_segments import ProductSegment, ProductSegments
from segops_tui.api.resources.segments import Segment, Segments
from segops_tui.jobs.engine.errors import CannotWrite
from segops_tui.jobs.engine.ledger import note_job
from segops_tui.jobs.engine.plan import Send, Work, read
from segops_tui.jobs.engine.polling import (
    PolledWork,
    WorkStatus,
    has_moved,
    poll_until_done,
    timestamp,
)
from segops_tui.jobs.member_snapshots import MOST_MEMBERS, PAGE, MemberSnapshots
from segops_tui.wording import count, delta, iso

if TYPE_CHECKING:
    from collections.abc import Iterable

    from segops_tui.api.request import Id, Page, Request
    from segops_tui.api.resources.segments import Member
    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.ledger import Ledger
    from segops_tui.jobs.engine.plan import Part

AnySegment = Segment | ProductSegment

SEGMENT: Final = "recompute"
PRODUCT_SEGMENT: Final = "recompute-products"


@dataclass(frozen=True, slots=True)
class Comparison:
    """How the members before and after a recompute are compared."""

    file: Path
    """Temporary; in a private folder, which the caller removes."""
    most: int = MOST_MEMBERS
    """Members; a segment with more is recomputed without."""
    is_asked: bool = True
    """Whether the job fails where the file cannot be written."""

    @property
    def params(self) -> dict[str, Any]:
        """The parameters of a job."""
        return {"members": str(self.file), "most_compared": self.most, "is_asked": self.is_asked}


def start_recompute(
    ledger: Ledger,
    *,
    segment_id: Id,
    name: str,
    profile: str,
    command: str = "",
    is_product: bool = False,
    compare: Comparison | None = None,
) -> Job:
    """Note the recompute of one segment; nothing is sent yet.

    With `compare`, the members of a segment of users are read before and after.
    """
    noun = "product-segments" if is_product else "segments"
    return note_job(
        ledger,
        PRODUCT_SEGMENT if is_product else SEGMENT,
        segment_id,
        name=name,
        profile=profile,
        command=command or f"segops-tui {noun} recompute {segment_id}",
        params={} if compare is None or is_product else compare.params,
        keys=(Recompute.key,),
    )


class Recompute(PolledWork):
    """One recompute. `before` is the last compute's time, members and error."""

    stage: ClassVar[str] = "computing"
    key: ClassVar[str] = "compute"

    def begin(self, job: Job) -> Part[Job]:
        """Read the segment's last compute."""
        segment: AnySegment = yield Send(_get(job))
        error = segment.last_compute_error
        before = [timestamp(segment.last_computed_at), _members(segment), error]
        yield from _take_snapshot(job, segment)
        return replace(job.with_params(before=before), target_name=segment.name or job.target_name)

    def start(self, job: Job) -> Request[Any]:
        """The request that starts the compute."""
        resource = Segments if job.kind == SEGMENT else ProductSegments
        return resource.compute.build(None, job.target)

    def check(self, job: Job, *, quiet: float) -> Part[WorkStatus]:  # noqa: ARG002
        """Compare the time of the last compute with `before`."""
        segment = yield from read(_get(job))
        is_over = has_moved(job.params["before"][0], segment.last_computed_at)
        result = _result(job, segment)
        if is_over and not segment.is_computing:
            result |= yield from _compared(job, segment)
        return WorkStatus(
            is_over=is_over,
            is_running=segment.is_computing,
            error=segment.last_compute_error,
            result=result,
        )

    def times(self, job: Job) -> Iterable[str]:
        """The time of the previous compute."""
        return (job.params["before"][0],)

    def previous_error(self, job: Job) -> str:
        """The error of the previous compute."""
        return str(job.params["before"][2])


def _result(job: Job, segment: AnySegment) -> dict[str, Any]:
    before, after = job.params["before"][1], _members(segment)
    change = None if after is None else after - (before or 0)
    computed_at = segment.last_computed_at
    unit = "members" if job.kind == SEGMENT else "products"
    return {
        "before": before,
        "after": after,
        "delta": change,
        "computed_at": None if computed_at is None else iso(computed_at),
        "summary": f"{count(before)} → {count(after)} {unit}"
        f" ({'unchanged' if change == 0 else delta(change)})",
    }


def _is_compared(job: Job, segment: AnySegment) -> bool:
    """Whether the members of this compute are to be read."""
    return "members" in job.params and (_members(segment) or 0) <= job.params["most_compared"]


def _take_snapshot(job: Job, segment: AnySegment) -> Part[None]:
    """Read the members as of the segment's last compute, unless they were read before."""
    if not _is_compared(job, segment):
        return
    computed_at = timestamp(segment.last_computed_at)
    try:
        with MemberSnapshots(Path(job.params["members"])) as kept:
            latest = kept.latest()
            if latest is not None and latest.computed_at == computed_at:
                return
            snapshot = kept.begin(computed_at)
            following: Request[Page[Member]] | None = None
            if segment.last_computed_at is not None:
                following = Segments.members.build(None, job.target, limit=PAGE)
            while following is not None:
                page = yield from read(following)
                ids = [member.user_id for member in page.items]
                if (yield Work(partial(_add, kept, snapshot, ids))) > job.params["most_compared"]:
                    return
                following = page.next_request(following)
            kept.finish(snapshot)
    except CannotWrite:
        if job.params["is_asked"]:
            raise


def _add(kept: MemberSnapshots, snapshot: int, ids: list[str], _report: object) -> int:
    return kept.add(snapshot, ids)


def _compared(job: Job, segment: AnySegment) -> Part[dict[str, Any]]:
    """Who joined and who left, by number; the ids stay in the file."""
    if "members" not in job.params or not Path(job.params["members"]).exists():
        # A job that another process resumed has lost its temporary file.
        return {}
    yield from _take_snapshot(job, segment)
    try:
        with MemberSnapshots(Path(job.params["members"])) as kept:
            changes = kept.changes()
    except CannotWrite:
        return {}
    after = timestamp(segment.last_computed_at)
    if changes is None or changes.times != (job.params["before"][0], after):
        return {}
    words = f"{_result(job, segment)['summary']}: {changes.summary}"
    return {"joined": changes.joined, "left": changes.left, "summary": words}


def _get(job: Job) -> Request[AnySegment]:
    if job.kind == SEGMENT:
        return Segments.get.build(None, job.target)
    return ProductSegments.get.build(None, job.target)


def _members(segment: AnySegment) -> int | None:
    return segment.member_count if isinstance(segment, Segment) else segment.computed_count


plan = partial(poll_until_done, kind=Recompute())
