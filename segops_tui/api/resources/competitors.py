"""Competitors: the brands answers are compared with (contract §7.2)."""

from __future__ import annotations

from typing import Any

from segops_tui.api.crud import Editable
from segops_tui.api.endpoint import C_co, endpoint, listing
from segops_tui.api.record import Record, array, flag, integer, moment, text
from segops_tui.api.request import Page, Request, compact, page_of


class Competitor(Record):
    """Another brand, with the other names it goes by."""

    id = integer()
    name = text()
    domain = text()
    brand_aliases = array()
    is_active = flag(default=True)
    created_at = moment()
    updated_at = moment()


class Competitors(Editable[C_co, Competitor]):
    """Brands to compare with."""

    address = "/ai-reach/competitors/"
    record = Competitor

    @endpoint
    def create(self, /, *, name: str, **further: Any) -> Request[Competitor]:
        """Add a brand; its name is unique in the workspace."""
        body = compact(name=name, **further)
        return Request("POST", self.address, parse=Competitor.parse, body=body)

    @listing
    def list(self) -> Request[Page[Competitor]]:
        """Every brand."""
        return Request("GET", self.address, parse=page_of(Competitor.parse))

    iterate = list
    """The same, for who looks for a walk over every page."""
