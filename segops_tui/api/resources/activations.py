"""Activations: connectors that push a segment's members to a marketing tool (contract §6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from segops_tui.api.endpoint import C_co, Crud, endpoint, listing
from segops_tui.api.record import Record, integer, mapping, moment, text
from segops_tui.api.request import Id, JsonObject, Page, Request, compact, page_of, path
from segops_tui.api.resources.segments import Queued

if TYPE_CHECKING:
    from typing import Literal

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

    @endpoint
    def create(
        self, /, *, segment: int, connector_type: str, config: JsonObject, **fields: Any
    ) -> Request[Activation]:
        """Create a connector; it is inactive and syncs nothing until its status is `active`."""
        body = compact(
            segment=segment, connector_type=connector_type, config=dict(config), **fields
        )
        return Request("POST", self.address, parse=Activation.parse, body=body)

    @endpoint
    def sync(self, activation_id: Id) -> Request[Queued]:
        """Start a sync of added and removed members, whatever the connector's status.

        A segment that was never computed syncs as empty, which clears the audience (§6).
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
