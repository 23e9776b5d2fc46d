"""Competitors: brands you compare yours with (contract §7.2)."""

from __future__ import annotations

from typing import Any

from segops_tui.api.endpoint import C_co, Editable, listing, with_fields
from segops_tui.api.record import Record, array, flag, integer, moment, text
from segops_tui.api.request import Page, Request, compact, page_of


class Competitor(Record):
    """A competing brand; `brand_aliases` are its other names."""

    id = integer()
    name = text()
    domain = text()
    brand_aliases = array()
    is_active = flag(default=True)
    created_at = moment()
    updated_at = moment()


class Competitors(Editable[C_co, Competitor]):
    """Brands you compare yours with."""

    address = "/ai-reach/competitors/"
    record = Competitor

    @with_fields
    def create(self, /, *, name: str, **fields: Any) -> Request[Competitor]:
        """Add a competitor; its name must be unique in the workspace."""
        body = compact(name=name, **fields)
        return Request("POST", self.address, parse=Competitor.parse, body=body)

    @listing
    def list(self) -> Request[Page[Competitor]]:
        """All competitors."""
        return Request("GET", self.address, parse=page_of(Competitor.parse))

    iterate = list
    """The same as `list`: iterating it fetches every page."""
