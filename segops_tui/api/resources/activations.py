"""Activations: connectors that push a segment's members to a marketing tool (contract §6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from segops_tui.api.crud import Crud
from segops_tui.api.endpoint import C_co, endpoint, listing
from segops_tui.api.record import Record, integer, mapping, moment, text
from segops_tui.api.request import Id, JsonObject, Page, Request, compact, page_of, path
from segops_tui.api.resources.segments import Queued

if TYPE_CHECKING:
    from typing import Literal

    ConnectorType = Literal["klaviyo", "braze", "talonone"]


class Activation(Record):
    """A connector. Secrets inside `config` come back as `***` and are never sent back so."""

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
    """Connectors to marketing tools."""

    address = "/activations/"
    record = Activation

    @endpoint
    def create(
        self, /, *, segment: int, connector_type: str, config: JsonObject, **further: Any
    ) -> Request[Activation]:
        """Add a connector; it starts inactive and syncs nothing until it is set active."""
        body = compact(
            segment=segment, connector_type=connector_type, config=dict(config), **further
        )
        return Request("POST", self.address, parse=Activation.parse, body=body)

    @endpoint
    def sync(self, activation_id: Id) -> Request[Queued]:
        """Push the difference now, whatever the status.

        A segment that was never computed pushes an empty list, which clears the audience (§6).
        """
        return Request("POST", path("/activations/{}/sync/", activation_id), parse=Queued.parse)

    @listing
    def list(self, *, page: int | None = None, page_size: int = 200) -> Request[Page[Activation]]:
        """Every connector."""
        return Request(
            "GET",
            self.address,
            parse=page_of(Activation.parse),
            query={"page": page, "page_size": page_size},
        )

    iterate = list
    """The same, for who looks for a walk over every page."""
