"""How tracked questions, assistants' answers and the own brand's standing look to a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from segops_tui import wording
from segops_tui.api.record import Record, as_integer, as_number
from segops_tui.nouns.action import Action, create_action, delete_action, edit_action
from segops_tui.nouns.column import Column, Context, Noun, Tone, aged, counted, said
from segops_tui.nouns.marks import active_tone, active_words, meter, ticked

if TYPE_CHECKING:
    from segops_tui.api.resources.queries import AIQuery, QueryResult, WinRate

SENTIMENTS: Final = {"positive": "▲", "neutral": "●", "negative": "▼"}
PROVIDERS: Final = {
    "chatgpt": "ChatGPT",
    "perplexity": "Perplexity",
    "claude": "Claude",
    "gemini": "Gemini",
    "grok": "Grok",
}
"""Wire values of the contract's §7, as the assistants spell themselves."""


def provider_words(value: Any, _context: Context) -> str:
    """An assistant's name as its maker spells it."""
    return PROVIDERS.get(str(value), said(value))


def sentiment_words(value: Any, _context: Context) -> str:
    """A sentiment with its symbol."""
    return f"{SENTIMENTS[value]} {value}" if value in SENTIMENTS else said(value)


def sentiment_tone(sentiment: str) -> Tone:
    """How a sentiment is coloured."""
    tones: dict[str, Tone] = {"positive": "good", "negative": "bad"}
    return tones.get(sentiment, "")


def position_words(value: Any, _context: Context) -> str:
    """The own brand's rank; an answer without it says so."""
    return "absent" if value is None else f"#{value}"


def position_tone(position: int | None) -> Tone:
    """First is good, absent is bad, anything between passes."""
    return "bad" if position is None else "good" if position == 1 else ""


def win_tone(share: float | None) -> Tone:
    """Half of the answers won is good."""
    return "muted" if share is None else "good" if share >= 0.5 else "bad"


def brand_names(result: QueryResult) -> list[str]:
    """The brands an answer names, in its order."""
    return [
        str(brand.get("name", "")) if isinstance(brand, Mapping) else str(brand)
        for brand in result.mentioned_brands
    ]


QUERIES: Final[Noun[AIQuery]] = Noun(
    name="query",
    plural="queries",
    title="Queries",
    key=lambda query: query.id,
    label=lambda query: query.query_text,
    empty="No queries yet. Track one: segops-tui queries create --set query_text='…'",
    columns=(
        Column("id", "ID", lambda q: q.id, align="right", min_width=2, priority=5),
        Column(
            "query_text", "QUESTION", lambda q: q.query_text, flex=True, min_width=20, max_width=90
        ),
        Column("category", "CATEGORY", lambda q: q.category, lambda v, _: said(v), priority=3),
        Column(
            "is_active", "STATE", lambda q: q.is_active, active_words,
            lambda q, _: active_tone(q.is_active), min_width=8,
        ),
        Column("schedule", "RUNS", lambda q: q.schedule, priority=4),
        Column(
            "providers", "ASKS", lambda q: q.providers, lambda v, _: said(v) if v else "all",
            max_width=30, priority=6, wide_only=True,
        ),
        Column("tags", "TAGS", lambda q: q.tags, lambda v, _: said(v), priority=7, wide_only=True),
        Column("last_run_at", "LAST RUN", lambda q: q.last_run_at, aged, min_width=9),
    ),
)  # fmt: skip

RESULTS: Final[Noun[QueryResult]] = Noun(
    name="result",
    plural="results",
    title="Results",
    key=lambda result: result.raw.get("id"),
    label=lambda result: result.provider,
    empty="No answers yet. Ask now: segops-tui queries run ID",
    columns=(
        Column("id", "ID", lambda r: r.raw.get("id"), align="right", wide_only=True),
        Column("provider", "PROVIDER", lambda r: r.provider, provider_words, min_width=10),
        Column(
            "position", "POSITION", lambda r: r.position, position_words,
            lambda r, _: position_tone(r.position), align="right",
        ),
        Column(
            "sentiment", "SENTIMENT", lambda r: r.sentiment, sentiment_words,
            lambda r, _: sentiment_tone(r.sentiment), min_width=10,
        ),
        Column("brands", "BRANDS IN ORDER", brand_names, lambda v, _: said(v), flex=True,
               min_width=15, max_width=100),
        Column("captured_at", "WHEN", lambda r: r.captured_at, aged, min_width=9),
        Column(
            "is_simulated", "SIMULATED", lambda r: r.is_simulated, ticked, priority=6,
            wide_only=True,
        ),
    ),
)  # fmt: skip

WIN_RATES: Final[Noun[WinRate]] = Noun(
    name="win rate",
    plural="win rates",
    title="Win rate",
    key=lambda row: row.competitor_id,
    label=lambda row: row.competitor_name,
    empty="No active competitors. Add one: segops-tui competitors create --set name=…",
    columns=(
        Column("competitor_id", "ID", lambda w: w.competitor_id, align="right", priority=5),
        Column("competitor_name", "AGAINST", lambda w: w.competitor_name, flex=True, min_width=12),
        Column(
            "win_rate", "WON", lambda w: w.win_rate, lambda v, _: wording.percent(v),
            lambda w, _: win_tone(w.win_rate),
            align="right",
        ),
        Column("bar", "", lambda w: meter(w.win_rate), priority=4),
        Column("wins", "WINS", lambda w: w.wins, counted, align="right", priority=1),
        Column("losses", "LOSSES", lambda w: w.losses, counted, align="right", priority=1),
        Column("ties", "TIES", lambda w: w.ties, counted, align="right", priority=2),
    ),
)  # fmt: skip


def _share(name: str, title: str) -> Column[Record]:
    return Column(
        name, title, lambda r: as_number(r.raw.get(name)), lambda v, _: wording.percent(v),
        align="right",
    )  # fmt: skip


def _figures() -> tuple[Column[Record], ...]:
    return (
        _share("mention_rate", "MENTIONED"),
        Column(
            "avg_position", "AVERAGE POSITION", lambda r: as_number(r.raw.get("avg_position")),
            lambda v, _: said(v), align="right",
        ),
        _share("share_of_voice", "SHARE OF VOICE"),
        _share("sentiment_score", "SENTIMENT"),
    )  # fmt: skip


DASHBOARD: Final[Noun[Record]] = Noun(
    name="dashboard",
    plural="dashboards",
    title="Visibility",
    key=lambda row: row.raw.get("total_queries"),
    label=lambda _row: "dashboard",
    empty="",
    columns=(
        *_figures(),
        Column("total_queries", "QUERIES", lambda r: as_integer(r.raw.get("total_queries")),
               counted, align="right"),
        Column("total_results", "ANSWERS", lambda r: as_integer(r.raw.get("total_results")),
               counted, align="right"),
    ),
)  # fmt: skip

STANDINGS: Final[Noun[Record]] = Noun(
    name="standing",
    plural="standings",
    title="By provider",
    key=lambda row: row.raw.get("provider"),
    label=lambda row: str(row.raw.get("provider", "")),
    empty="",
    columns=(
        Column("provider", "PROVIDER", lambda r: r.raw.get("provider"), provider_words,
               min_width=10),
        *_figures(),
    ),
)  # fmt: skip

QUERY_ACTIONS: tuple[Action, ...] = (
    Action(
        "queries.run",
        "Run",
        "r",
        "marked",
        "queries run {ids}",
        help="Ask every assistant now and watch the answers come.",
        changes=True,
    ),
    Action(
        "queries.run_all",
        "Run all",
        "A",
        "pane",
        "queries run {ids}",
        help="Ask every active question now, once you have seen how many those are.",
        changes=True,
    ),
    Action(
        "queries.simulate",
        "Simulate",
        "m",
        "pane",
        "queries simulate {question}",
        help="Put a question to the assistants once; nothing is tracked.",
    ),
    Action(
        "queries.standing",
        "Win rate",
        "w",
        "pane",
        "queries dashboard",
        help="How visible your brand is over all answers, and who it wins against.",
    ),
    Action(
        "queries.toggle",
        "Pause or resume",
        "t",
        "marked",
        "queries update {id} --set is_active={active}",
        help="Ask no more on schedule, or again.",
        changes=True,
    ),
    create_action("queries", "query"),
    edit_action("queries", "query"),
    delete_action("queries", help="Delete for good, its answers too."),
)

STANDING_ACTIONS: tuple[Action, ...] = (
    Action(
        "standing.refresh", "Refresh", "ctrl+r", "pane", "queries dashboard", help="Ask the server."
    ),
    Action(
        "standing.next_tab",
        "Next tab",
        "right_square_bracket",
        "pane",
        "queries win-rate",
        help="Now, the trend, the win rate.",
    ),
    Action(
        "standing.previous_tab",
        "Previous tab",
        "left_square_bracket",
        "pane",
        "queries win-rate",
        help="And back.",
    ),
    Action(
        "standing.leave", "Leave", "escape", "pane", "queries list", help="Back to the questions."
    ),
)
