"""Segments: audiences by rule, and their members (contract §2)."""

from __future__ import annotations

from typing import Any, Literal

from segops_tui.api.endpoint import C_co, Crud, download, endpoint, listing
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

    matched_users = integer()
    sample_user_ids = array()
    sql = text()


class SizeEstimate(Record):
    """How many users a segment's definition matches now (shape inferred)."""

    estimated_count = integer("estimated_count", "matched_users")


class Membership(Record):
    """The segments of one user (shape inferred)."""

    user_id = text()
    segments = array()
    segment_ids = array()


class ExportJob(Record):
    """An export (contract §2.2); ready once it has a `download_url`, which expires in an hour."""

    id = integer("export_id", "id")
    status = text()
    format = text()
    download_url = text()
    expires_at = moment()
    error = text("error", "error_message", "detail")

    @property
    def is_ready(self) -> bool:
        """Whether the file can be downloaded."""
        return bool(self.download_url) and not self.is_failed

    @property
    def is_failed(self) -> bool:
        """Whether the export failed."""
        return self.status in {"failed", "error"}


class Segments(Crud[C_co, Segment]):
    """Audiences by rule, and their members. Saving a definition adds a version, uncomputed."""

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
    def preview(self, *, definition: JsonObject, limit: int | None = None) -> Request[Preview]:
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

    @endpoint
    def compute(self, segment_id: Id) -> Request[Queued]:
        """Start a full compute; `last_computed_at` changes when it is done."""
        return Request("POST", path("/segments/{}/compute/", segment_id), parse=Queued.parse)

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
