"""Webhooks: addresses told of every successful recompute (contract §11; the CRUD is inferred)."""

from __future__ import annotations

from typing import Any

from segops_tui.api.crud import Editable
from segops_tui.api.endpoint import C_co, endpoint, listing
from segops_tui.api.record import Record, flag, integer, moment, text
from segops_tui.api.request import Page, Request, compact, page_of


class Webhook(Record):
    """An address that is told. Its secret comes back as `***`."""

    id = integer()
    url = text()
    description = text()
    is_active = flag(default=True)
    created_at = moment()
    updated_at = moment()


class Webhooks(Editable[C_co, Webhook]):
    """Outbound webhooks."""

    address = "/webhooks/"
    record = Webhook

    @endpoint
    def create(self, /, *, url: str, **further: Any) -> Request[Webhook]:
        """Add an address; with a `secret`, deliveries are signed."""
        body = compact(url=url, **further)
        return Request("POST", self.address, parse=Webhook.parse, body=body)

    @listing
    def list(self, *, page: int | None = None, page_size: int = 200) -> Request[Page[Webhook]]:
        """Every address."""
        return Request(
            "GET",
            self.address,
            parse=page_of(Webhook.parse),
            query={"page": page, "page_size": page_size},
        )

    iterate = list
    """The same, for who looks for a walk over every page."""
