"""Queries: what AI assistants answer to shoppers, and how the own brand fares (contract §7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.crud import Crud
from segops_tui.api.endpoint import C_co, endpoint, listing
from segops_tui.api.record import (
    Record,
    array,
    flag,
    integer,
    maybe_integer,
    maybe_number,
    moment,
    text,
)
from segops_tui.api.request import Id, Page, Request, compact, page_of, path
from segops_tui.api.resources.segments import Queued

if TYPE_CHECKING:
    from collections.abc import Iterable

PROVIDERS: Final = ("chatgpt", "perplexity", "claude", "gemini", "grok")
"""The assistants asked (contract §7, documented)."""


class AIQuery(Record):
    """A shopper's question that is put to the assistants on schedule."""

    id = integer()
    query_text = text()
    category = text()
    tags = array()
    providers = array()
    is_active = flag(default=True)
    schedule = text(default="daily")
    last_run_at = moment()
    created_at = moment()
    updated_at = moment()


class QueryResult(Record):
    """One assistant's answer. `position` is the own brand's rank from 1, None where absent."""

    id = integer()
    query = maybe_integer()
    provider = text()
    raw_response = text()
    mentioned_brands = array()
    mentioned_products = array()
    position = maybe_integer()
    sentiment = text()
    is_simulated = flag()
    captured_at = moment()


class Simulation(Record):
    """Answers to a question asked once; at most 30 s, slow providers are left out."""

    query_text = text()
    providers = array()
    timed_out = flag()
    results = array()
    diff = array()


class WinRate(Record):
    """How often the own brand ranks ahead of a competitor (shape inferred)."""

    competitor_id = integer()
    competitor_name = text()
    wins = integer()
    losses = integer()
    ties = integer()
    total = integer()
    win_rate = maybe_number()


class Queries(Crud[C_co, AIQuery]):
    """Tracked questions."""

    address = "/ai-reach/queries/"
    record = AIQuery

    @endpoint
    def create(self, /, *, query_text: str, **further: Any) -> Request[AIQuery]:
        """Track a question of at most 1,000 characters; no providers named means all five."""
        body = compact(query_text=query_text, **further)
        return Request("POST", self.address, parse=AIQuery.parse, body=body)

    @endpoint
    def run(self, query_id: Id) -> Request[Queued]:
        """Ask every provider now; results appear in `results`."""
        return Request("POST", path("/ai-reach/queries/{}/run/", query_id), parse=Queued.parse)

    @listing
    def results(self, query_id: Id) -> Request[Page[QueryResult]]:
        """The latest 50 answers, newest first."""
        return Request(
            "GET",
            path("/ai-reach/queries/{}/results/", query_id),
            parse=page_of(QueryResult.parse),
        )

    @endpoint
    def simulate(
        self, *, query_text: str, providers: Iterable[str] | None = None
    ) -> Request[Simulation]:
        """Ask once, tracking nothing."""
        body = compact(query_text=query_text, providers=None if providers is None else [*providers])
        return Request("POST", "/ai-reach/simulate/", parse=Simulation.parse, body=body, reads=True)

    @endpoint
    def dashboard(self) -> Request[Record]:
        """Mention rate, share of voice, position and sentiment over all results (inferred)."""
        return Request("GET", "/ai-reach/dashboard/", parse=Record.parse)

    @listing
    def win_rate(self) -> Request[Page[WinRate]]:
        """The own brand against each active competitor, best first."""
        return Request("GET", "/ai-reach/win-rate/", parse=page_of(WinRate.parse))

    @listing
    def list(self) -> Request[Page[AIQuery]]:
        """Every tracked question, active and paused."""
        return Request("GET", self.address, parse=page_of(AIQuery.parse))

    iterate = list
    """The same, for who looks for a walk over every page."""
