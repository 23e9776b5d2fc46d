"""Webhooks: URLs called after each successful compute (contract §11; CRUD inferred)."""

from __future__ import annotations

from typing import Any

from segops_tui.api.endpoint import C_co, Editable, listing, with_fields
from segops_tui.api.record import Record, flag, integer, moment, text
from segops_tui.api.request import Page, Request, compact, page_of


class Webhook(Record):
    """A webhook endpoint. The server returns its secret as `***`."""

    id = integer()
    url = text()
    description = text()
    is_active = flag(default=True)
    created_at = moment()
    updated_at = moment()


class Webhooks(Editable[C_co, Webhook]):
    """Webhook endpoints."""

    address = "/webhooks/"
    record = Webhook

    @with_fields
    def create(self, /, *, url: str, **fields: Any) -> Request[Webhook]:
        """Create a webhook; with a `secret`, the server signs its deliveries."""
        body = compact(url=url, **fields)
        return Request("POST", self.address, parse=Webhook.parse, body=body)

    @listing
    def list(self, *, page: int | None = None, page_size: int = 200) -> Request[Page[Webhook]]:
        """All webhooks."""
        return Request(
            "GET",
            self.address,
            parse=page_of(Webhook.parse),
            query={"page": page, "page_size": page_size},
        )

    iterate = list
    """The same as `list`: iterating it fetches every page."""
