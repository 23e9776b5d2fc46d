"""Activations: connectors that push a segment's members to a marketing tool (contract §6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from segops_tui.api.endpoint import C_co, Crud, followed_by, listing, with_fields
from segops_tui.api.errors import WorkFailed
from segops_tui.api.exchange import Sleep
from segops_tui.api.record import Record, integer, is_later, mapping, moment, text
from segops_tui.api.request import Id, JsonObject, Page, Request, compact, page_of, path
from segops_tui.api.resources.segments import Queued

if TYPE_CHECKING:
    from typing import Literal

    from segops_tui.api.waiting import Steps, Waiting

    ConnectorType = Literal["klaviyo", "braze", "talonone"]


class Activation(Record):
    """A connector. The server returns secrets in `config` as `***`; never send that back."""

    id = integer()
    segment = integer("segment", "segment_id")
    connector_type = text()
    config = mapping()
    status = text()
    last_synced_at = moment()
    last_error = text()
    created_at = moment()
    updated_at = moment()


class Activations(Crud[C_co, Activation]):
    """Connectors to marketing tools: list, create, update, delete and sync."""

    address = "/activations/"
    record = Activation

    @with_fields
    def create(
        self, /, *, segment: int, connector_type: str, config: JsonObject, **fields: Any
    ) -> Request[Activation]:
        """Create a connector; it is inactive and syncs nothing until its status is `active`."""
        body = compact(
            segment=segment, connector_type=connector_type, config=dict(config), **fields
        )
        return Request("POST", self.address, parse=Activation.parse, body=body)

    def _followed(
        self, start: Request[Queued], waiting: Waiting, activation_id: Id
    ) -> Steps[Activation]:
        """Compare the time and the error of the last sync before and after."""
        connector = Activations.get.build(None, activation_id)
        before: Activation = yield connector
        if before.last_synced_at is not None and not before.last_synced_at.microsecond:
            # Times are whole seconds on the wire, and two syncs may share one (§1.6).
            yield Sleep(1.0)
        yield start

        def is_done(now: Activation) -> bool:
            has_moved = is_later(now.last_synced_at, before.last_synced_at)
            return has_moved or (bool(now.last_error) and now.last_error != before.last_error)

        after = yield from waiting.until(connector, is_done)
        if after.last_error:
            raise WorkFailed(after.last_error, last=after)
        return after

    @followed_by(_followed)
    def sync(self, activation_id: Id) -> Request[Queued]:
        """Start a sync of added and removed members, whatever the connector's status.

        `wait=True` returns the connector once that is done. A segment that was never computed
        syncs as empty, which clears the audience (§6).

        Raises:
            WorkFailed: the sync failed (`wait=True` only).
            WaitTimedOut: it was not done within `timeout` seconds (`wait=True` only).
        """
        return Request("POST", path("/activations/{}/sync/", activation_id), parse=Queued.parse)

    @listing
    def list(self, *, page: int | None = None, page_size: int = 200) -> Request[Page[Activation]]:
        """All connectors."""
        return Request(
            "GET",
            self.address,
            parse=page_of(Activation.parse),
            query={"page": page, "page_size": page_size},
        )

    iterate = list
    """The same as `list`: iterating it fetches every page."""
