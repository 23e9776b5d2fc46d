"""Recomputing a segment or a product segment, which has no percentage (contract §2.3)."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final

from segops_tui.api.resources.product_segments import ProductSegment, ProductSegments
from segops_tui.api.resources.segments import Segment, Segments
from segops_tui.jobs.engine.ledger import note_job
from segops_tui.jobs.engine.plan import Send, read
from segops_tui.jobs.engine.polling import (
    PolledWork,
    WorkStatus,
    has_moved,
    poll_until_done,
    timestamp,
)
from segops_tui.wording import count, delta, iso

if TYPE_CHECKING:
    from collections.abc import Iterable

    from segops_tui.api.request import Id, Request
    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.ledger import Ledger
    from segops_tui.jobs.engine.plan import Part

AnySegment = Segment | ProductSegment

SEGMENT: Final = "recompute"
PRODUCT_SEGMENT: Final = "recompute-products"


def start_recompute(
    ledger: Ledger,
    *,
    segment_id: Id,
    name: str,
    profile: str,
    command: str = "",
    is_product: bool = False,
) -> Job:
    """Note the recompute of one segment; nothing is sent yet."""
    noun = "product-segments" if is_product else "segments"
    return note_job(
        ledger,
        PRODUCT_SEGMENT if is_product else SEGMENT,
        segment_id,
        name=name,
        profile=profile,
        command=command or f"segops-tui {noun} recompute {segment_id}",
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
        return replace(job.with_params(before=before), target_name=segment.name or job.target_name)

    def start(self, job: Job) -> Request[Any]:
        """The request that starts the compute."""
        resource = Segments if job.kind == SEGMENT else ProductSegments
        return resource.compute.build(None, job.target)

    def check(self, job: Job, *, quiet: float) -> Part[WorkStatus]:  # noqa: ARG002
        """Compare the time of the last compute with `before`."""
        segment = yield from read(_get(job))
        return WorkStatus(
            is_over=has_moved(job.params["before"][0], segment.last_computed_at),
            is_running=segment.is_computing,
            error=segment.last_compute_error,
            result=_result(job, segment),
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


def _get(job: Job) -> Request[AnySegment]:
    if job.kind == SEGMENT:
        return Segments.get.build(None, job.target)
    return ProductSegments.get.build(None, job.target)


def _members(segment: AnySegment) -> int | None:
    return segment.member_count if isinstance(segment, Segment) else segment.computed_count


plan = partial(poll_until_done, kind=Recompute())
