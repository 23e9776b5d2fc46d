"""Segments: audiences by rule, and their members (contract §2)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, Self, TypeVar

from segops_tui.api.endpoint import (
    C_co,
    Crud,
    download,
    endpoint,
    followed_by,
    listing,
    procedure,
    with_fields,
)
from segops_tui.api.errors import WorkFailed
from segops_tui.api.exchange import Sleep
from segops_tui.api.exports import Export, ExportJob, wait_for_export
from segops_tui.api.record import (
    Record,
    array,
    flag,
    integer,
    is_later,
    mapping,
    maybe_integer,
    moment,
    text,
)
from segops_tui.api.request import (
    Id,
    JsonObject,
    Page,
    Request,
    compact,
    ignore_body,
    page_of,
    path,
)
from segops_tui.api.waiting import TIMEOUT, Waiting

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from segops_tui.api.waiting import Steps

ExportFormat = Literal["csv", "parquet"]


class Segment(Record):
    """An audience. Field names are from the vendor's SDK; `status` is inferred (§2.1)."""

    id = integer()
    name = text()
    description = text()
    segment_type = text(default="rule")
    definition = mapping()
    is_active = flag(default=True)
    member_count = maybe_integer()
    last_computed_at = moment()
    status = text()
    last_compute_error = text()
    created_at = moment()
    updated_at = moment()

    @property
    def is_computing(self) -> bool:
        """Whether the server reports a running or queued compute."""
        return self.status in {"computing", "queued"}


class Queued(Record):
    """The server accepted the work; `status` is "queued" in all documented examples."""

    status = text(default="queued")

    @classmethod
    def parse(cls, data: Any) -> Self:
        """Read the answer; an empty one, or a text, also means that the work was accepted."""
        return cls(data if isinstance(data, Mapping) else {})


class Member(Record):
    """A user in a segment."""

    user_id = text()
    computed_at = moment()

    @classmethod
    def parse(cls, data: Any) -> Member:
        """Make a member of an object, or of a bare user id as in some answers (§2.2)."""
        return cls({"user_id": data} if isinstance(data, str) else dict(data))


class Version(Record):
    """A saved version of a segment's definition (shape inferred)."""

    id = integer()
    version = integer()
    definition = mapping()
    created_at = moment()
    created_by = text()


class Preview(Record):
    """The users a definition matches now: a count and a sample of ids."""

    matched_users = maybe_integer()
    sample_user_ids = array()
    sql = text()


class SizeEstimate(Record):
    """How many users a segment's definition matches now (shape inferred)."""

    estimated_count = maybe_integer("estimated_count", "matched_users")


class Membership(Record):
    """The segments of one user (shape inferred)."""

    user_id = text()
    segments = array()
    segment_ids = array()


AnySegment = TypeVar("AnySegment", bound="Computed")


class Computed(Protocol):
    """What a segment and a product segment say about their computes."""

    @property
    def last_computed_at(self) -> datetime | None:
        """When the last compute was done."""

    @property
    def last_compute_error(self) -> str:
        """Why the last compute failed; empty if it did not."""

    @property
    def is_computing(self) -> bool:
        """Whether the server reports a running or queued compute."""


class Edited(Protocol):
    """What a segment and a product segment say about their latest change."""

    @property
    def last_computed_at(self) -> datetime | None:
        """When the last compute was done."""

    @property
    def updated_at(self) -> datetime | None:
        """When anything of it was saved last."""


SETTLES: Final = timedelta(seconds=2)
"""How much later than a compute the same save may set `updated_at`; whether it does is inferred."""


def is_edited(segment: Edited) -> bool:
    """Whether it was updated after its last compute, which may be its rule or only its name.

    Saving a definition recomputes nothing (contract §2.3); only versions tell what was changed.
    """
    computed_at, updated_at = segment.last_computed_at, segment.updated_at
    if computed_at is None or updated_at is None:
        return False
    return updated_at - computed_at > SETTLES


def computed(
    segment: Request[AnySegment], waiting: Waiting, after: datetime | None
) -> Steps[AnySegment]:
    """Fetch a segment until it is computed, later than `after`, and no compute runs.

    Raises:
        WaitTimedOut: it was not computed in time.
    """
    return (
        yield from waiting.until(
            segment, lambda s: not s.is_computing and is_later(s.last_computed_at, after)
        )
    )


def recomputed(
    segment: Request[AnySegment], start: Request[Queued], waiting: Waiting
) -> Steps[AnySegment]:
    """Start a compute, and fetch the segment until its last compute is a new one.

    Raises:
        WorkFailed: the compute failed.
        WaitTimedOut: it was not done in time.
    """
    before: AnySegment = yield segment
    if before.last_computed_at is not None and not before.last_computed_at.microsecond:
        # Times are whole seconds on the wire, and two computes may share one (§1.6).
        yield Sleep(1.0)
    yield start
    has_begun = False

    def is_done(now: AnySegment) -> bool:
        nonlocal has_begun
        if now.is_computing:
            has_begun = True
            return False
        is_new_error = now.last_compute_error != before.last_compute_error
        return has_begun or is_new_error or is_later(now.last_computed_at, before.last_computed_at)

    after = yield from waiting.until(segment, is_done)
    if after.last_compute_error:
        raise WorkFailed(after.last_compute_error, last=after)
    return after


class Segments(Crud[C_co, Segment]):
    """Audiences by rule, and their members. Saving a definition adds a version, uncomputed."""

    address = "/segments/"
    record = Segment

    @with_fields
    def create(
        self,
        /,
        *,
        name: str,
        definition: JsonObject | None = None,
        description: str | None = None,
        segment_type: str | None = None,
        **fields: Any,
    ) -> Request[Segment]:
        """Create a segment; with a definition it gets version 1. `compute` fills it."""
        body = compact(
            name=name,
            description=description,
            segment_type=segment_type,
            definition=definition,
            **fields,
        )
        return Request("POST", "/segments/", parse=Segment.parse, body=body)

    @endpoint
    def preview(self, definition: JsonObject, *, limit: int | None = None) -> Request[Preview]:
        """Count and sample the users a definition matches now, without storing it."""
        return Request(
            "POST",
            "/segments/preview/",
            parse=Preview.parse,
            body=compact(definition=definition, limit=limit),
            reads=True,
        )

    @endpoint
    def estimate(self, segment_id: Id) -> Request[SizeEstimate]:
        """Count the users the stored definition matches now, without changing membership."""
        return Request(
            "POST", path("/segments/{}/estimate/", segment_id), parse=SizeEstimate.parse, reads=True
        )

    @listing
    def versions(self, segment_id: Id) -> Request[Page[Version]]:
        """The saved versions of a definition, newest first."""
        return Request(
            "GET",
            path("/segments/{}/versions/", segment_id),
            parse=page_of(Version.parse, "versions"),
        )

    def _followed(self, start: Request[Queued], waiting: Waiting, segment_id: Id) -> Steps[Segment]:
        """Compare the time of the last compute before and after."""
        segment = Segments.get.build(None, segment_id)
        return (yield from recomputed(segment, start, waiting))

    @followed_by(_followed)
    def recompute(self, segment_id: Id) -> Request[Queued]:
        """Recompute the members; `wait=True` returns the segment once that is done.

        Raises:
            WorkFailed: the compute failed (`wait=True` only).
            WaitTimedOut: it was not done within `timeout` seconds (`wait=True` only).
        """
        return Request("POST", path("/segments/{}/compute/", segment_id), parse=Queued.parse)

    compute = recompute
    """The same as `recompute`."""

    @procedure
    def wait_for(
        self,
        segment_id: Id,
        *,
        after: datetime | None = None,
        timeout: float = TIMEOUT,
        progress: Callable[[Segment], object] | None = None,
    ) -> Steps[Segment]:
        """Wait until a segment is computed and no compute runs, and return it.

        A compute that is queued may not show: give `last_computed_at` from before it as `after`.

        Raises:
            WaitTimedOut: it was not computed within `timeout` seconds.
        """
        return (
            yield from computed(
                Segments.get.build(None, segment_id), Waiting(timeout, progress), after
            )
        )

    @listing
    def members(
        self, segment_id: Id, *, limit: int = 1000, cursor: str | None = None
    ) -> Request[Page[Member]]:
        """The members as of the last compute, by user id; at most `limit` per page."""
        return Request(
            "GET",
            path("/segments/{}/members/", segment_id),
            parse=page_of(Member.parse, "members", "user_ids"),
            query={"limit": limit, "cursor": cursor},
        )

    @endpoint
    def membership(self, user_id: str) -> Request[Membership]:
        """The segments of one user."""
        return Request(
            "GET", "/segments/membership/", parse=Membership.parse, query={"user_id": user_id}
        )

    @procedure
    def export(
        self,
        segment_id: Id,
        *,
        format: ExportFormat = "csv",
        wait: bool = True,
        timeout: float = TIMEOUT,
        progress: Callable[[ExportJob], object] | None = None,
    ) -> Steps[Export[C_co]]:
        """Export the members and wait for the file; `read()` or `save()` it.

        Raises:
            WorkFailed: the export failed.
            WaitTimedOut: it was not ready within `timeout` seconds.
        """
        start = Segments.export_start.build(None, segment_id, format=format)
        waiting = Waiting(timeout, progress) if wait else None
        return (
            yield from wait_for_export(
                start,
                lambda job: Segments.export_status.build(None, segment_id, export_id=job),
                waiting,
                self._client,
            )
        )

    @endpoint
    def export_start(self, segment_id: Id, *, format: ExportFormat = "csv") -> Request[ExportJob]:
        """Start an export of the members; poll it with `export_status`."""
        return Request(
            "POST",
            path("/segments/{}/export/", segment_id),
            parse=ExportJob.parse,
            body={"format": format},
        )

    @endpoint
    def export_status(self, segment_id: Id, *, export_id: Id) -> Request[ExportJob]:
        """The status of an export; usually ready in 30 s below a million members (§2.2)."""
        return Request(
            "GET",
            path("/segments/{}/export/", segment_id),
            parse=ExportJob.parse,
            query={"export_id": export_id},
        )

    @download
    def export_download(self, export_id: Id) -> Request[None]:
        """Download a finished export.

        Raises:
            Gone: the export is older than an hour.
        """
        return Request("GET", path("/segments/exports/{}/download/", export_id), parse=ignore_body)

    @listing
    def list(self, *, page: int | None = None, page_size: int = 200) -> Request[Page[Segment]]:
        """All segments of the workspace, by id."""
        return Request(
            "GET",
            "/segments/",
            parse=page_of(Segment.parse, "segments"),
            query={"page": page, "page_size": page_size},
        )

    iterate = list
    """The same as `list`: iterating it fetches every page."""
