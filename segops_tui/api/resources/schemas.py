"""Event schemas: the payload of each event type (contract §5).

Paths are from the vendor's SDK and semantics are documented; the responses of `infer` and
`validate` are inferred.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from segops_tui.api.endpoint import C_co, Crud, endpoint, listing, with_fields
from segops_tui.api.record import Record, array, flag, integer, moment, text
from segops_tui.api.request import JsonObject, Page, Request, compact, page_of

if TYPE_CHECKING:
    from collections.abc import Iterable


class EventSchema(Record):
    """The schema of one event type."""

    id = integer()
    event_type = text()
    description = text()
    properties = array()
    created_at = moment()
    updated_at = moment()


class InferredSchemas(Record):
    """Schemas inferred from sample events."""

    schemas = array()


class ValidationResult(Record):
    """Whether a payload is valid; `errors` says why not."""

    valid = flag()
    errors = array()
    event_type = text()


class Schemas(Crud[C_co, EventSchema]):
    """Event schemas, by event type."""

    address = "/schemas/"
    record = EventSchema

    @with_fields
    def create(
        self, /, *, event_type: str, properties: Iterable[JsonObject], **fields: Any
    ) -> Request[EventSchema]:
        """Register the schema of an event type; its events are validated from now on."""
        body = compact(
            event_type=event_type, properties=[dict(item) for item in properties], **fields
        )
        return Request("POST", self.address, parse=EventSchema.parse, body=body)

    @endpoint
    def infer(self, events: Iterable[JsonObject]) -> Request[InferredSchemas]:
        """Infer schemas from sample events, without storing them."""
        return Request(
            "POST",
            "/schemas/infer/",
            parse=InferredSchemas.parse,
            body={"events": [dict(event) for event in events]},
            reads=True,
        )

    @endpoint
    def validate(self, event_type: str, payload: JsonObject) -> Request[ValidationResult]:
        """Validate one payload, without storing it."""
        return Request(
            "POST",
            "/schemas/validate/",
            parse=ValidationResult.parse,
            body={"event_type": event_type, "payload": dict(payload)},
            reads=True,
        )

    @listing
    def list(self, *, page: int | None = None, page_size: int = 200) -> Request[Page[EventSchema]]:
        """The schemas of all registered event types."""
        return Request(
            "GET",
            self.address,
            parse=page_of(EventSchema.parse),
            query={"page": page, "page_size": page_size},
        )

    iterate = list
    """The same as `list`: iterating it fetches every page."""
