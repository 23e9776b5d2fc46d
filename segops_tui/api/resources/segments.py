"""Segments: the audiences a workspace defines, and who is in them (contract §2).

Knows their records and endpoints; the rule language itself is `api.definition`.
"""

from __future__ import annotations

from typing import Any, Literal

from segops_tui.api.crud import Crud
from segops_tui.api.endpoint import C_co, download, endpoint, listing
from segops_tui.api.record import Record, array, flag, integer, mapping, maybe_integer, moment, text
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

ExportFormat = Literal["csv", "parquet"]


class Segment(Record):
    """An audience. Field names are seen in the vendor's SDK; `status` is inferred (§2.1)."""

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
        """Whether a compute is under way, where the server says so."""
        return self.status in {"computing", "queued"}


class Queued(Record):
    """The server took the work on; `status` is "queued" in every example."""

    status = text(default="queued")


class Member(Record):
    """A user in a segment."""

    user_id = text()
    computed_at = moment()

    @classmethod
    def parse(cls, data: Any) -> Member:
        """Take an object, or the bare user id some answers have (§2.2)."""
        return cls({"user_id": data} if isinstance(data, str) else dict(data))


class Version(Record):
    """A snapshot of a definition, made at each save of one (shape inferred)."""

    id = integer()
    version = integer()
    definition = mapping()
    created_at = moment()
    created_by = text()


class Preview(Record):
    """Whom a definition would match now."""

    matched_users = integer()
    sample_user_ids = array()
    sql = text()


class SizeEstimate(Record):
    """How many a segment would have now (shape inferred)."""

    estimated_count = integer("estimated_count", "matched_users")


class Membership(Record):
    """The segments one user is in (shape inferred)."""

    user_id = text()
    segments = array()
    segment_ids = array()


class ExportJob(Record):
    """A file being made (contract §2.2): ready when `download_url` is there."""

    id = integer("export_id", "id")
    status = text()
    format = text()
    download_url = text()
    expires_at = moment()
    error = text("error", "error_message", "detail")

    @property
    def is_ready(self) -> bool:
        """Whether there is a file to download."""
        return bool(self.download_url) and not self.is_failed

    @property
    def is_failed(self) -> bool:
        """Whether there never will be."""
        return self.status in {"failed", "error"}


class Segments(Crud[C_co, Segment]):
    """Audiences, and the people in them. A new definition makes a version, computing nothing."""

    address = "/segments/"
    record = Segment

    @endpoint
    def create(
        self,
        /,
        *,
        name: str,
        definition: JsonObject | None = None,
        description: str | None = None,
        segment_type: str | None = None,
        **further: Any,
    ) -> Request[Segment]:
        """Create a segment; with a definition it gets version 1, uncomputed."""
        body = compact(
            name=name,
            description=description,
            segment_type=segment_type,
            definition=definition,
            **further,
        )
        return Request("POST", "/segments/", parse=Segment.parse, body=body)

    @endpoint
    def preview(self, *, definition: JsonObject, limit: int | None = None) -> Request[Preview]:
        """Count and sample whom a definition matches now, storing nothing."""
        return Request(
            "POST",
            "/segments/preview/",
            parse=Preview.parse,
            body=compact(definition=definition, limit=limit),
            reads=True,
        )

    @endpoint
    def estimate(self, segment_id: Id) -> Request[SizeEstimate]:
        """Count whom the stored definition matches now, storing nothing."""
        return Request(
            "POST", path("/segments/{}/estimate/", segment_id), parse=SizeEstimate.parse, reads=True
        )

    @listing
    def versions(self, segment_id: Id) -> Request[Page[Version]]:
        """Every saved definition, newest first."""
        return Request(
            "GET",
            path("/segments/{}/versions/", segment_id),
            parse=page_of(Version.parse, "versions"),
        )

    @endpoint
    def compute(self, segment_id: Id) -> Request[Queued]:
        """Start a full compute; `last_computed_at` moves when it is done."""
        return Request("POST", path("/segments/{}/compute/", segment_id), parse=Queued.parse)

    @listing
    def members(
        self, segment_id: Id, *, limit: int = 1000, cursor: str | None = None
    ) -> Request[Page[Member]]:
        """Who was in the segment at its last compute, by user id."""
        return Request(
            "GET",
            path("/segments/{}/members/", segment_id),
            parse=page_of(Member.parse, "members", "user_ids"),
            query={"limit": limit, "cursor": cursor},
        )

    @endpoint
    def membership(self, user_id: str) -> Request[Membership]:
        """The segments one user is in."""
        return Request(
            "GET", "/segments/membership/", parse=Membership.parse, query={"user_id": user_id}
        )

    @endpoint
    def export_start(self, segment_id: Id, *, format: ExportFormat = "csv") -> Request[ExportJob]:
        """Start writing the members to a file."""
        return Request(
            "POST",
            path("/segments/{}/export/", segment_id),
            parse=ExportJob.parse,
            body={"format": format},
        )

    @endpoint
    def export_status(self, segment_id: Id, *, export_id: Id) -> Request[ExportJob]:
        """See how far an export is; usually under 30 s below a million members (§2.2)."""
        return Request(
            "GET",
            path("/segments/{}/export/", segment_id),
            parse=ExportJob.parse,
            query={"export_id": export_id},
        )

    @download
    def export_download(self, export_id: Id) -> Request[None]:
        """Open the finished file; its link lives an hour, then 410."""
        return Request("GET", path("/segments/exports/{}/download/", export_id), parse=ignore_body)

    @listing
    def list(self, *, page: int | None = None, page_size: int = 200) -> Request[Page[Segment]]:
        """Every segment of the workspace, ascending by id."""
        return Request(
            "GET",
            "/segments/",
            parse=page_of(Segment.parse, "segments"),
            query={"page": page, "page_size": page_size},
        )

    iterate = list
    """The same, for who looks for a walk over every page."""
