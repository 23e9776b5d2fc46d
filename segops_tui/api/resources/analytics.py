"""Analytics: numbers about the workspace, read-only (contract §10)."""

from __future__ import annotations

from segops_tui.api.endpoint import C_co, Resource, endpoint, listing
from segops_tui.api.record import Record, array, integer, maybe_integer, maybe_number, moment, text
from segops_tui.api.request import Page, Request, page_of


class Overview(Record):
    """Counts of the workspace; an `ai_credits_limit` of −1 means unlimited."""

    segment_count = maybe_integer()
    total_members = maybe_integer()
    events_30d = maybe_integer()
    ai_credits_used = maybe_integer()
    ai_credits_limit = integer(default=-1)


class Trend(Record):
    """The member count of a segment over 30 days; `trend` is `[{"day", "count"}]`."""

    id = integer()
    name = text()
    member_count = maybe_integer()
    last_computed_at = moment()
    trend = array()


class Overlap(Record):
    """Members that two segments share; `overlap_pct` is 0–100, of the smaller segment."""

    seg_a_id = integer()
    seg_a_name = text()
    seg_b_id = integer()
    seg_b_name = text()
    overlap = integer()
    overlap_pct = maybe_number()


class ActivationHealth(Record):
    """The health of a connector; `success_rate` is the percentage of its last 30 syncs."""

    id = integer()
    segment_id = integer()
    segment_name = text()
    connector_type = text()
    status = text()
    last_synced_at = moment()
    last_error = text()
    member_count = maybe_integer()
    success_rate = maybe_number()
    sync_logs = array()


class Usage(Record):
    """Usage and limits of the plan; a limit of −1 means unlimited (shape inferred)."""

    plan = text()
    period_start = text()
    period_end = text()
    events_used = maybe_integer()
    events_limit = integer(default=-1)
    api_calls_per_minute_limit = maybe_integer()
    ai_credits_used = maybe_integer()
    ai_credits_limit = integer(default=-1)
    mtu_computed = maybe_integer()


class Analytics(Resource[C_co]):
    """Counts, trends, overlaps, connector health and usage of the workspace."""

    @endpoint
    def overview(self) -> Request[Overview]:
        """Counts of segments and members, events of 30 days, and AI credits."""
        return Request("GET", "/analytics/overview/", parse=Overview.parse)

    @listing
    def segments(self) -> Request[Page[Trend]]:
        """Active segments with their member count over 30 days."""
        return Request("GET", "/analytics/segments/", parse=page_of(Trend.parse))

    @listing
    def overlap(self) -> Request[Page[Overlap]]:
        """The 20 pairs of segments that share the most members."""
        return Request("GET", "/analytics/overlap/", parse=page_of(Overlap.parse))

    @listing
    def activations(self) -> Request[Page[ActivationHealth]]:
        """The health of each connector, with its latest syncs."""
        return Request("GET", "/analytics/activations/", parse=page_of(ActivationHealth.parse))

    @endpoint
    def usage(self) -> Request[Usage]:
        """Usage of the current billing period, and the plan's limits."""
        return Request("GET", "/analytics/usage/", parse=Usage.parse)
