"""How queries, the assistants' answers and your brand's rank in them look to the user."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal

from segops_tui import wording
from segops_tui.api.record import Record, as_integer, as_number
from segops_tui.nouns.action import Action, copy_action, create_action, delete_action, edit_action
from segops_tui.nouns.column import Column, Context, Noun, Tone, aged, counted, format_value
from segops_tui.nouns.marks import active_tone, active_words, meter, ticked

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from segops_tui.api.resources.competitors import Competitor
    from segops_tui.api.resources.queries import AIQuery, QueryResult, WinRate

SENTIMENTS: Final = {"positive": "▲", "neutral": "●", "negative": "▼"}
PROVIDERS: Final = {
    "chatgpt": "ChatGPT",
    "perplexity": "Perplexity",
    "claude": "Claude",
    "gemini": "Gemini",
    "grok": "Grok",
}
"""Wire values of the contract's §7, with each assistant's own spelling."""

Kind = Literal["own", "rival", "other"]
"""Whose brand it is: your own, a competitor's of this workspace, or another."""

MARKS: Final[Mapping[Kind, str]] = {"own": "★", "rival": "◆", "other": "◇"}
KIND_WORDS: Final[Mapping[Kind, str]] = {
    "own": "your brand",
    "rival": "competitor",
    "other": "other brand",
}
SIMULATED: Final = "≈"
"""The mark of simulated answers."""
GONE, NEW, SAME = "gone", "new", "="

_LONGEST_NAME: Final = 80
"""Characters; longer names are not searched for in answers."""
_NEVER: Final = datetime.min.replace(tzinfo=UTC)


def provider_words(value: Any, _context: Context) -> str:
    """An assistant's name as its maker spells it."""
    return PROVIDERS.get(str(value), format_value(value))


def sentiment_words(value: Any, _context: Context) -> str:
    """A sentiment with its symbol."""
    return f"{SENTIMENTS[value]} {value}" if value in SENTIMENTS else format_value(value)


def sentiment_tone(sentiment: str) -> Tone:
    """How a sentiment is coloured."""
    tones: dict[str, Tone] = {"positive": "good", "negative": "bad"}
    return tones.get(sentiment, "")


def position_words(value: Any, _context: Context) -> str:
    """Your brand's rank, or `absent`."""
    return "absent" if value is None else f"#{value}"


def position_tone(position: int | None) -> Tone:
    """First is good, absent is bad."""
    return "bad" if position is None else "good" if position == 1 else ""


def win_tone(share: float | None) -> Tone:
    """Winning half of the answers is good."""
    return "muted" if share is None else "good" if share >= 0.5 else "bad"


def brand_names(result: QueryResult) -> list[str]:
    """The brands an answer mentions, in its order."""
    return [
        str(brand.get("name", "")) if isinstance(brand, Mapping) else str(brand)
        for brand in result.mentioned_brands
    ]


@dataclass(frozen=True, slots=True)
class Brand:
    """A brand mentioned in an answer."""

    name: str
    position: int | None = None
    sentiment: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """Your brand in an assistant's latest answer, and in the one before."""

    latest: QueryResult
    before: QueryResult | None = None

    @property
    def position(self) -> int | None:
        """The rank now."""
        return self.latest.position

    @property
    def change(self) -> str:
        """`↑2`, `↓1`, `=`, `new` or `gone`; empty without an earlier answer."""
        if self.before is None:
            return ""
        return change_words(self.before.position, self.latest.position)


@dataclass(frozen=True, slots=True)
class Voice:
    """A brand's share of all mentions."""

    name: str
    mentions: int
    share: float
    kind: Kind
    best: int | None
    """Its best rank."""


@dataclass(frozen=True, slots=True)
class Naming:
    """The lower-case names of your brand and of the competitors."""

    own: frozenset[str] = frozenset()
    rivals: frozenset[str] = frozenset()

    def kind_of(self, name: str) -> Kind:
        """Whose brand a name is."""
        folded = name.strip().casefold()
        if folded in self.rivals:
            return "rival"
        return "own" if folded in self.own else "other"


def change_words(before: int | None, now: int | None) -> str:
    """How a rank has changed; a smaller number is better."""
    if now is None:
        return "" if before is None else GONE
    if before is None:
        return NEW
    moved = before - now
    return f"↑{moved}" if moved > 0 else f"↓{-moved}" if moved < 0 else SAME


def cell_words(standing: Standing, *, wide: bool) -> str:
    """A cell of the board: rank, symbol of the sentiment, change; or `absent` or `gone`."""
    position, change = standing.position, standing.change
    if position is None:
        return change or "absent"
    symbol = SENTIMENTS.get(standing.latest.sentiment, " ")
    if wide:
        return f"#{position} {symbol} {change}".rstrip()
    return f"{f'#{position}{symbol}':<3}{change:>3}".rstrip()


def cell_tone(standing: Standing) -> Tone:
    """Gone is bad, a worse rank is a warning, first place and a better rank are good."""
    position, change = standing.position, standing.change
    if position is None:
        return "bad" if change == GONE else "muted"
    if change.startswith("↓"):
        return "warn"
    return "good" if position == 1 or change == NEW or change.startswith("↑") else ""


def newest_first(results: Iterable[QueryResult]) -> list[QueryResult]:
    """Answers by time; those without one last."""
    return sorted(results, key=lambda result: result.captured_at or _NEVER, reverse=True)


def by_provider(results: Iterable[QueryResult]) -> dict[str, list[QueryResult]]:
    """Each assistant's answers, newest first; the assistants in the order of `PROVIDERS`."""
    found: dict[str, list[QueryResult]] = {provider: [] for provider in PROVIDERS}
    for result in newest_first(results):
        found.setdefault(result.provider, []).append(result)
    return {provider: answers for provider, answers in found.items() if answers}


def standings(results: Iterable[QueryResult]) -> dict[str, Standing]:
    """Your brand's standing with each assistant that has answered."""
    return {
        provider: Standing(answers[0], answers[1] if len(answers) > 1 else None)
        for provider, answers in by_provider(results).items()
    }


def brands_of(result: QueryResult) -> list[Brand]:
    """The brands an answer mentions, in its order; those without a name are left out."""
    found = [_brand(item) for item in result.mentioned_brands]
    named = [brand for brand in found if brand.name]
    return sorted(named, key=lambda brand: brand.position if brand.position else len(named) + 1)


def own_names(results: Iterable[QueryResult]) -> set[str]:
    """The names of your brand: those at the rank that an answer has for it."""
    return {
        brand.name.strip().casefold()
        for result in results
        if result.position is not None
        for brand in brands_of(result)
        if brand.position == result.position
    }


def rival_names(competitors: Iterable[Competitor]) -> set[str]:
    """The names and aliases of competitors."""
    return {
        str(name).strip().casefold()
        for competitor in competitors
        for name in (competitor.name, *competitor.brand_aliases)
        if str(name).strip()
    }


def voices(results: Sequence[QueryResult], naming: Naming) -> list[Voice]:
    """Every brand with its share of all mentions, the most mentioned first."""
    names: dict[str, str] = {}
    counts: Counter[str] = Counter()
    best: dict[str, int] = {}
    for result in results:
        for brand in brands_of(result):
            folded = brand.name.strip().casefold()
            names.setdefault(folded, brand.name)
            counts[folded] += 1
            if brand.position is not None:
                best[folded] = min(brand.position, best.get(folded, brand.position))
    total = counts.total()
    return [
        Voice(names[key], number, number / total, naming.kind_of(key), best.get(key))
        for key, number in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    ]


def name_pattern(names: Iterable[str]) -> re.Pattern[str] | None:
    """A pattern that finds these names, the longest first; None without names."""
    wanted = {name.strip() for name in names if 1 < len(name.strip()) <= _LONGEST_NAME}
    if not wanted:
        return None
    longest_first = sorted(wanted, key=lambda name: (-len(name), name))
    return re.compile(rf"(?<!\w)({'|'.join(map(re.escape, longest_first))})(?!\w)", re.IGNORECASE)


def marked_pieces(
    text: str, pattern: re.Pattern[str] | None, naming: Naming
) -> list[tuple[str, Kind | None]]:
    """A text split at the names in it, each with its kind; the text between has None."""
    if pattern is None:
        return [(text, None)]
    # Every second piece is a match of the pattern's only group.
    return [
        (piece, naming.kind_of(piece) if number % 2 else None)
        for number, piece in enumerate(pattern.split(text))
        if piece
    ]


def _brand(item: Any) -> Brand:
    if isinstance(item, Mapping):
        name, sentiment = item.get("name"), item.get("sentiment")
        return Brand(
            name if isinstance(name, str) else "",
            as_integer(item.get("position")),
            sentiment if isinstance(sentiment, str) else "",
        )
    return Brand(item if isinstance(item, str) else "")


QUERIES: Final[Noun[AIQuery]] = Noun(
    name="query",
    plural="queries",
    title="Queries",
    key=lambda query: query.id,
    label=lambda query: query.query_text,
    empty="No queries yet. Create one: segops-tui queries create --set query_text='…'",
    columns=(
        Column("id", "ID", lambda q: q.id, align="right", min_width=2, priority=5),
        Column(
            "query_text", "QUESTION", lambda q: q.query_text, flex=True, min_width=20, max_width=90
        ),
        Column("category", "CATEGORY", lambda q: q.category, priority=3),
        Column(
            "is_active", "STATE", lambda q: q.is_active, active_words,
            lambda q, _: active_tone(q.is_active), min_width=8,
        ),
        Column("schedule", "RUNS", lambda q: q.schedule, priority=4),
        Column(
            "providers", "ASKS", lambda q: q.providers,
            lambda v, _: format_value(v) if v else "all",
            max_width=30, priority=6, wide_only=True,
        ),
        Column("tags", "TAGS", lambda q: q.tags, priority=7, wide_only=True),
        Column("last_run_at", "LAST RUN", lambda q: q.last_run_at, aged, min_width=10),
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
        Column("provider", "ASSISTANT", lambda r: r.provider, provider_words, min_width=10),
        Column(
            "position", "POSITION", lambda r: r.position, position_words,
            lambda r, _: position_tone(r.position), align="right",
        ),
        Column(
            "sentiment", "SENTIMENT", lambda r: r.sentiment, sentiment_words,
            lambda r, _: sentiment_tone(r.sentiment), min_width=10,
        ),
        Column("brands", "BRANDS IN ORDER", brand_names, flex=True,
               min_width=15, max_width=100),
        Column("captured_at", "WHEN", lambda r: r.captured_at, aged, min_width=10),
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
            align="right",
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
    title="By assistant",
    key=lambda row: row.raw.get("provider"),
    label=lambda row: str(row.raw.get("provider", "")),
    empty="",
    columns=(
        Column("provider", "ASSISTANT", lambda r: r.raw.get("provider"), provider_words,
               min_width=10),
        *_figures(),
    ),
)  # fmt: skip

RUN: Final = Action(
    "queries.run", "Run", "r", "marked", "queries run {ids}",
    help="Ask every assistant now and watch the answers arrive.", changes=True,
)  # fmt: skip
RUN_ALL: Final = Action(
    "queries.run_all", "Run all", "A", "pane", "queries run {ids}",
    help="Run every active query, after a confirmation that counts them.", changes=True,
)  # fmt: skip
SIMULATE: Final = Action(
    "queries.simulate", "Simulate", "m", "pane", "queries simulate {query}",
    help="Ask the assistants a query once; nothing is tracked.",
)  # fmt: skip
OPEN_DASHBOARD: Final = Action(
    "queries.standing", "Win rate", "w", "pane", "queries dashboard",
    help="Show how visible your brand is over all answers, and its win rate.",
)  # fmt: skip
TOGGLE: Final = Action(
    "queries.toggle", "Pause or resume", "t", "marked",
    "queries update {id} --set is_active={active}",
    help="Pause or resume scheduled runs.", changes=True,
)  # fmt: skip
CREATE: Final = create_action("queries", "query")
EDIT: Final = edit_action("queries", "query")
DELETE: Final = delete_action("queries", help="Delete for good, its answers too.")
COPY_TO: Final = copy_action("queries")

QUERY_ACTIONS: Final = (
    RUN, RUN_ALL, SIMULATE, OPEN_DASHBOARD, TOGGLE, CREATE, EDIT, DELETE, COPY_TO,
)  # fmt: skip

DASHBOARD_REFRESH: Final = Action(
    "standing.refresh", "Refresh", "ctrl+r", "pane", "queries dashboard",
    help="Fetch the figures again.",
)  # fmt: skip
DASHBOARD_NEXT_TAB: Final = Action(
    "standing.next_tab", "Next tab", "right_square_bracket", "pane", "queries win-rate",
    help="Show the next tab: now, the trend, the win rate.",
)  # fmt: skip
DASHBOARD_PREVIOUS_TAB: Final = Action(
    "standing.previous_tab", "Previous tab", "left_square_bracket", "pane", "queries win-rate",
    help="Show the previous tab.",
)  # fmt: skip
DASHBOARD_LEAVE: Final = Action(
    "standing.leave", "Leave", "escape", "pane", "queries list", help="Go back to the queries.",
)  # fmt: skip

DASHBOARD_ACTIONS: Final = (
    DASHBOARD_REFRESH, DASHBOARD_NEXT_TAB, DASHBOARD_PREVIOUS_TAB, DASHBOARD_LEAVE,
)  # fmt: skip
