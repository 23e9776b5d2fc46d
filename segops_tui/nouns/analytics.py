"""How the workspace's figures are shown: totals, trends, overlaps, health, usage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from segops_tui import wording
from segops_tui.api.record import as_integer
from segops_tui.nouns.activations import CONNECTORS, connector_words, status_tone, status_words
from segops_tui.nouns.column import Column, Context, Noun, Tone, aged, counted, format_value
from segops_tui.nouns.marks import meter, spark

if TYPE_CHECKING:
    from segops_tui.api.resources.analytics import ActivationHealth, Overlap, Overview, Trend, Usage

UNLIMITED: Final = -1
"""How the API spells a limit that is none (contract §1.4)."""


def used_words(used: int | None, limit: int) -> str:
    """`20,648 of 50,000,000 (<1%)`, or `20,648, no limit`."""
    if limit <= UNLIMITED:
        return f"{wording.count(used)}, no limit"
    share = f" ({wording.percent(used / limit)})" if limit and used is not None else ""
    return f"{wording.count(used)} of {wording.count(limit)}{share}"


def used_tone(used: int | None, limit: int) -> Tone:
    """Nine tenths of a limit is worth a look, all of it is worth a word."""
    if limit <= 0 or used is None:
        return ""
    return "bad" if used >= limit else "warn" if used >= 0.9 * limit else ""


OVERVIEW: Final[Noun[Overview]] = Noun(
    name="overview",
    plural="overviews",
    title="Overview",
    key=lambda row: row.segment_count,
    label=lambda _row: "overview",
    empty="",
    shown_by_others=frozenset({"ai_credits_limit"}),
    columns=(
        Column("segment_count", "SEGMENTS", lambda o: o.segment_count, counted, align="right"),
        Column("total_members", "MEMBERS", lambda o: o.total_members, counted, align="right"),
        Column("events_30d", "EVENTS IN 30 DAYS", lambda o: o.events_30d, counted, align="right"),
        Column(
            "ai_credits_used", "AI CREDITS USED", lambda o: o.ai_credits_used,
            words=lambda o, _: used_words(o.ai_credits_used, o.ai_credits_limit),
            tone=lambda o, _: used_tone(o.ai_credits_used, o.ai_credits_limit), align="right",
        ),
        Column(
            "ai_credits_limit", "AI CREDITS LIMIT", lambda o: o.ai_credits_limit,
            lambda v, _: "none" if v == UNLIMITED else wording.count(v), align="right",
        ),
    ),
)  # fmt: skip


def trend_counts(trend: Trend) -> list[int]:
    """The counts of a segment's days, oldest first; days that cannot be read are left out."""
    counts = [as_integer(day.get("count")) for day in trend.trend if isinstance(day, Mapping)]
    return [count for count in counts if count is not None]


def trend_days(trend: Trend) -> dict[str, int]:
    """The counts of a segment by day; days that cannot be read are left out."""
    found = {}
    for day in trend.trend:
        count = as_integer(day.get("count")) if isinstance(day, Mapping) else None
        if count is not None and isinstance(day.get("day"), str):
            found[day["day"]] = count
    return found


def change_of(trend: Trend) -> int | None:
    """How many more members there are than at the first day known."""
    counts = trend_counts(trend)
    return counts[-1] - counts[0] if len(counts) > 1 else None


def _change_tone(trend: Trend, _context: Context) -> Tone:
    change = change_of(trend) or 0
    return "good" if change > 0 else "bad" if change < 0 else ""


TRENDS: Final[Noun[Trend]] = Noun(
    name="trend",
    plural="trends",
    title="Segments, last 30 days",
    key=lambda trend: trend.id,
    label=lambda trend: trend.name,
    empty="No active segments.",
    columns=(
        Column("id", "ID", lambda t: t.id, align="right", min_width=2, priority=5),
        Column("name", "NAME", lambda t: t.name, flex=True, min_width=12, max_width=60),
        Column("member_count", "MEMBERS", lambda t: t.member_count, counted, align="right"),
        Column("change", "CHANGE", change_of, lambda v, _: wording.delta(v), _change_tone,
               align="right"),
        # The newest day at the right, however far back a segment's history goes.
        Column("trend", "LAST 30 DAYS", trend_counts, lambda v, _: spark(v),
               lambda t, _: "busy" if t.trend else "", align="right", min_width=30, priority=1),
        Column("last_computed_at", "COMPUTED", lambda t: t.last_computed_at, aged, priority=3),
    ),
)  # fmt: skip

OVERLAPS: Final[Noun[Overlap]] = Noun(
    name="overlap",
    plural="overlaps",
    title="Overlap",
    key=lambda row: f"{row.seg_a_id}-{row.seg_b_id}",
    label=lambda row: f"{row.seg_a_name} and {row.seg_b_name}",
    empty="No two segments share members.",
    columns=(
        Column("seg_a_name", "SEGMENT", lambda o: o.seg_a_name, flex=True, min_width=12),
        Column("seg_b_name", "AND", lambda o: o.seg_b_name, flex=True, min_width=12),
        Column("overlap", "SHARED", lambda o: o.overlap, counted, align="right"),
        Column(
            "overlap_pct", "OF THE SMALLER", lambda o: o.overlap_pct,
            lambda v, _: "–" if v is None else f"{format_value(v)}%", align="right",
        ),
        Column("bar", "", lambda o: meter(None if o.overlap_pct is None else o.overlap_pct / 100),
               priority=4),
    ),
)  # fmt: skip


def _rate_tone(health: ActivationHealth, _context: Context) -> Tone:
    rate = health.success_rate
    return "" if rate is None else "good" if rate >= 90 else "warn" if rate >= 50 else "bad"


def _logs(health: ActivationHealth) -> list[Mapping[str, Any]]:
    return [log for log in health.sync_logs if isinstance(log, Mapping)]


def _latest(logs: Any, _context: Context) -> str:
    """The latest syncs, oldest first: `✓✓✗`."""
    return "".join("✓" if log.get("status") == "success" else "✗" for log in reversed(logs)) or "–"


HEALTH: Final[Noun[ActivationHealth]] = Noun(
    name="activation",
    plural="activations",
    title="Activation health",
    key=lambda health: health.id,
    label=lambda health: (
        f"{CONNECTORS.get(health.connector_type, health.connector_type)} for {health.segment_name}"
    ),
    empty="No activations yet. Add one: segops-tui activations create",
    columns=(
        Column("id", "ID", lambda h: h.id, align="right", min_width=2, priority=5),
        Column("segment_name", "SEGMENT", lambda h: h.segment_name, flex=True, min_width=12),
        Column("connector_type", "CONNECTOR", lambda h: h.connector_type, connector_words),
        Column(
            "status", "STATUS", lambda h: h.status, status_words,
            lambda h, _: status_tone(h.status), min_width=10,
        ),
        Column(
            "success_rate", "OK", lambda h: h.success_rate,
            lambda v, _: "–" if v is None else f"{format_value(v)}%", _rate_tone, align="right",
        ),
        Column("sync_logs", "SYNCS", _logs, _latest, priority=2),
        Column("member_count", "MEMBERS", lambda h: h.member_count, counted, align="right",
               priority=1),
        Column("last_synced_at", "SYNCED", lambda h: h.last_synced_at, aged),
        Column(
            "last_error", "LAST ERROR", lambda h: h.last_error, lambda v, _: format_value(v),
            lambda h, _: "bad" if h.last_error else "", flex=True, max_width=60, priority=6,
        ),
    ),
)  # fmt: skip

USAGE: Final[Noun[Usage]] = Noun(
    name="usage",
    plural="usages",
    title="Usage",
    key=lambda usage: usage.plan,
    label=lambda usage: usage.plan,
    empty="",
    shown_by_others=frozenset({"events_limit", "ai_credits_limit"}),
    columns=(
        Column("plan", "PLAN", lambda u: u.plan),
        Column("period_start", "FROM", lambda u: u.period_start, lambda v, _: format_value(v)[:10]),
        Column("period_end", "TO", lambda u: u.period_end, lambda v, _: format_value(v)[:10]),
        Column(
            "events_used", "EVENTS", lambda u: u.events_used,
            words=lambda u, _: used_words(u.events_used, u.events_limit),
            tone=lambda u, _: used_tone(u.events_used, u.events_limit),
        ),
        Column("events_limit", "EVENTS LIMIT", lambda u: u.events_limit,
               lambda v, _: "none" if v == UNLIMITED else wording.count(v)),
        Column(
            "ai_credits_used", "AI CREDITS", lambda u: u.ai_credits_used,
            words=lambda u, _: used_words(u.ai_credits_used, u.ai_credits_limit),
            tone=lambda u, _: used_tone(u.ai_credits_used, u.ai_credits_limit),
        ),
        Column("ai_credits_limit", "AI CREDITS LIMIT", lambda u: u.ai_credits_limit,
               lambda v, _: "none" if v == UNLIMITED else wording.count(v)),
        Column("mtu_computed", "USERS COUNTED", lambda u: u.mtu_computed, counted),
        Column(
            "api_calls_per_minute_limit", "CALLS A MINUTE",
            lambda u: u.api_calls_per_minute_limit, counted,
        ),
    ),
)  # fmt: skip
