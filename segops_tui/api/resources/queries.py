"""Queries: what AI assistants answer to shoppers, and how your brand ranks (contract §7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.endpoint import C_co, Crud, endpoint, followed_by, listing, with_fields
from segops_tui.api.record import (
    Record,
    array,
    flag,
    integer,
    is_later,
    maybe_integer,
    maybe_number,
    moment,
    text,
)
from segops_tui.api.request import Id, Page, Request, compact, page_of, path
from segops_tui.api.resources.segments import Queued

if TYPE_CHECKING:
    import builtins
    from collections.abc import Iterable

    from segops_tui.api.waiting import Steps, Waiting

PROVIDERS: Final = ("chatgpt", "perplexity", "claude", "gemini", "grok")
"""The assistants a query can run on (contract §7, documented)."""


class AIQuery(Record):
    """A shopper's question that runs on the assistants in `providers`, by `schedule`."""

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
    """One assistant's answer; `position` is your brand's rank from 1, None if not mentioned."""

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
    """Answers to one untracked query; assistants slower than 30 s are missing."""

    query_text = text()
    providers = array()
    timed_out = flag()
    results = array()
    diff = array()


class WinRate(Record):
    """How often your brand ranks ahead of a competitor (shape inferred)."""

    competitor_id = integer()
    competitor_name = text()
    wins = maybe_integer()
    losses = maybe_integer()
    ties = maybe_integer()
    total = maybe_integer()
    win_rate = maybe_number()


class Queries(Crud[C_co, AIQuery]):
    """Tracked queries and their results."""

    address = "/ai-reach/queries/"
    record = AIQuery

    @with_fields
    def create(self, /, *, query_text: str, **fields: Any) -> Request[AIQuery]:
        """Track a query of at most 1,000 characters; `providers` defaults to all five."""
        body = compact(query_text=query_text, **fields)
        return Request("POST", self.address, parse=AIQuery.parse, body=body)

    def _followed(
        self, start: Request[Queued], waiting: Waiting, query_id: Id
    ) -> Steps[builtins.list[QueryResult]]:
        """Wait for the time of the last run to move, then tell the new answers from the old."""
        query, results = Queries.get.build(None, query_id), Queries.results.build(None, query_id)
        before: AIQuery = yield query
        known: Page[QueryResult] = yield results
        yield start
        yield from waiting.until(query, lambda q: is_later(q.last_run_at, before.last_run_at))
        answers: Page[QueryResult] = yield results
        ids = {answer.id for answer in known.items}
        return [answer for answer in answers.items if answer.id not in ids]

    @followed_by(_followed)
    def run(self, query_id: Id) -> Request[Queued]:
        """Run a query on its assistants now; `wait=True` returns the new answers.

        Raises:
            WaitTimedOut: it was not done within `timeout` seconds (`wait=True` only).
        """
        return Request("POST", path("/ai-reach/queries/{}/run/", query_id), parse=Queued.parse)

    @listing
    def results(self, query_id: Id) -> Request[Page[QueryResult]]:
        """The latest 50 answers to a query, newest first."""
        return Request(
            "GET",
            path("/ai-reach/queries/{}/results/", query_id),
            parse=page_of(QueryResult.parse),
        )

    @with_fields
    def simulate(
        self, *, query_text: str, providers: Iterable[str] | None = None
    ) -> Request[Simulation]:
        """Run a query once, without tracking it."""
        body = compact(query_text=query_text, providers=None if providers is None else [*providers])
        return Request("POST", "/ai-reach/simulate/", parse=Simulation.parse, body=body, reads=True)

    @endpoint
    def dashboard(self) -> Request[Record]:
        """Mention rate, share of voice, position and sentiment over all results (inferred)."""
        return Request("GET", "/ai-reach/dashboard/", parse=Record.parse)

    @listing
    def win_rate(self) -> Request[Page[WinRate]]:
        """Your brand against each active competitor, best win rate first."""
        return Request("GET", "/ai-reach/win-rate/", parse=_win_rates)

    @listing
    def list(self) -> Request[Page[AIQuery]]:
        """All tracked queries, active and paused."""
        return Request("GET", self.address, parse=page_of(AIQuery.parse))

    iterate = list
    """The same as `list`: iterating it fetches every page."""


def _win_rates(data: Any) -> Page[WinRate]:
    """An array, as the sandbox answers; or an object, which no source rules out (§7.2)."""
    if not isinstance(data, dict) or "results" in data:
        return page_of(WinRate.parse)(data)
    lists = (value for value in data.values() if isinstance(value, list))
    rows = next(lists, [data] if data else [])
    return Page([WinRate(row) for row in rows if isinstance(row, dict)], raw=data)
