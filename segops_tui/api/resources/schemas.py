"""Event schemas: what payload an event type has (contract §5).

Paths are seen in the vendor's SDK, semantics are documented, the answers of `infer` and `validate`
are inferred.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from segops_tui.api.crud import Crud
from segops_tui.api.endpoint import C_co, endpoint, listing
from segops_tui.api.record import Record, array, flag, integer, moment, text
from segops_tui.api.request import JsonObject, Page, Request, compact, page_of

if TYPE_CHECKING:
    from collections.abc import Iterable


class EventSchema(Record):
    """The properties of one event type."""

    id = integer()
    event_type = text()
    description = text()
    properties = array()
    created_at = moment()
    updated_at = moment()


class InferredSchemas(Record):
    """Schemas guessed from samples."""

    schemas = array()


class ValidationResult(Record):
    """Whether a payload keeps to its schema."""

    valid = flag()
    errors = array()
    event_type = text()


class Schemas(Crud[C_co, EventSchema]):
    """Event schemas."""

    address = "/schemas/"
    record = EventSchema

    @endpoint
    def create(
        self, /, *, event_type: str, properties: Iterable[JsonObject], **further: Any
    ) -> Request[EventSchema]:
        """Register an event type; its events are checked from now on."""
        body = compact(
            event_type=event_type, properties=[dict(item) for item in properties], **further
        )
        return Request("POST", self.address, parse=EventSchema.parse, body=body)

    @endpoint
    def infer(self, events: Iterable[JsonObject]) -> Request[InferredSchemas]:
        """Guess schemas from sample events, storing nothing."""
        return Request(
            "POST",
            "/schemas/infer/",
            parse=InferredSchemas.parse,
            body={"events": [dict(event) for event in events]},
            reads=True,
        )

    @endpoint
    def validate(self, *, event_type: str, payload: JsonObject) -> Request[ValidationResult]:
        """Check one payload, storing nothing."""
        return Request(
            "POST",
            "/schemas/validate/",
            parse=ValidationResult.parse,
            body={"event_type": event_type, "payload": dict(payload)},
            reads=True,
        )

    @listing
    def list(self, *, page: int | None = None, page_size: int = 200) -> Request[Page[EventSchema]]:
        """Every registered event type."""
        return Request(
            "GET",
            self.address,
            parse=page_of(EventSchema.parse),
            query={"page": page, "page_size": page_size},
        )

    iterate = list
    """The same, for who looks for a walk over every page."""
