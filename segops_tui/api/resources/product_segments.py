"""Product segments: sets of products by rule (contract §3); the API does not list their SKUs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from segops_tui.api.endpoint import C_co, Crud, followed_by, listing, procedure, with_fields
from segops_tui.api.record import Record, flag, mapping, maybe_integer, moment, text
from segops_tui.api.record import integer as integer_field
from segops_tui.api.request import Id, JsonObject, Page, Request, compact, page_of, path
from segops_tui.api.resources.segments import Queued, computed, recomputed
from segops_tui.api.waiting import TIMEOUT, Waiting

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from segops_tui.api.waiting import Steps


class ProductSegment(Record):
    """A set of products by rule; `computed_count` is its size at `last_computed_at`."""

    id = integer_field()
    name = text()
    description = text()
    definition = mapping()
    is_active = flag(default=True)
    computed_count = maybe_integer()
    last_computed_at = moment()
    status = text()
    last_compute_error = text()
    created_at = moment()
    updated_at = moment()

    @property
    def is_computing(self) -> bool:
        """Whether the server reports a running or queued compute."""
        return self.status in {"computing", "queued"}


class ProductSegments(Crud[C_co, ProductSegment]):
    """Sets of products by rule."""

    address = "/product-segments/"
    record = ProductSegment

    @with_fields
    def create(
        self,
        /,
        *,
        name: str,
        definition: JsonObject,
        description: str | None = None,
        **fields: Any,
    ) -> Request[ProductSegment]:
        """Create a product segment; `compute` fills it."""
        body = compact(name=name, definition=definition, description=description, **fields)
        return Request("POST", "/product-segments/", parse=ProductSegment.parse, body=body)

    def _followed(
        self, start: Request[Queued], waiting: Waiting, segment_id: Id
    ) -> Steps[ProductSegment]:
        """Compare the time of the last compute before and after."""
        segment = ProductSegments.get.build(None, segment_id)
        return (yield from recomputed(segment, start, waiting))

    @followed_by(_followed)
    def recompute(self, segment_id: Id) -> Request[Queued]:
        """Recompute the products; `wait=True` returns the product segment once that is done.

        Raises:
            WorkFailed: the compute failed (`wait=True` only).
            WaitTimedOut: it was not done within `timeout` seconds (`wait=True` only).
        """
        return Request(
            "POST", path("/product-segments/{}/compute/", segment_id), parse=Queued.parse
        )

    compute = recompute
    """The same as `recompute`."""

    @procedure
    def wait_for(
        self,
        segment_id: Id,
        *,
        after: datetime | None = None,
        timeout: float = TIMEOUT,
        progress: Callable[[ProductSegment], object] | None = None,
    ) -> Steps[ProductSegment]:
        """Wait until a product segment is computed and no compute runs, and return it.

        A compute that is queued may not show: give `last_computed_at` from before it as `after`.

        Raises:
            WaitTimedOut: it was not computed within `timeout` seconds.
        """
        return (
            yield from computed(
                ProductSegments.get.build(None, segment_id), Waiting(timeout, progress), after
            )
        )

    @listing
    def list(
        self, *, page: int | None = None, page_size: int = 200
    ) -> Request[Page[ProductSegment]]:
        """All product segments, by id."""
        return Request(
            "GET",
            "/product-segments/",
            parse=page_of(ProductSegment.parse),
            query={"page": page, "page_size": page_size},
        )

    iterate = list
    """The same as `list`: iterating it fetches every page."""
