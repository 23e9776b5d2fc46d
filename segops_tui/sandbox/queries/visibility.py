"""AI visibility of the own brand: the dashboard and win rates of contract §7."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from segops_tui.sandbox.core.calls import answer
from segops_tui.sandbox.core.timestamps import DAY, wire
from segops_tui.sandbox.queries.answers import PROVIDERS
from segops_tui.sandbox.queries.brands import own_brand, spellings_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from segops_tui.sandbox.core.calls import Answer, Call
    from segops_tui.sandbox.core.context import SandboxContext

TREND_DAYS: Final = 30
TOP_BRANDS: Final = 10
_SCORES: Final = {"positive": 1.0, "neutral": 0.5, "negative": 0.0}


@dataclass(frozen=True, slots=True)
class _Mentioned:
    """A brand named in a stored answer."""

    name: str
    position: int | None
    sentiment: str


@dataclass(slots=True)
class Tally:
    """Totals over some answers, and the metrics computed from them."""

    results: int = 0
    naming: int = 0
    mentions: int = 0
    own_mentions: int = 0
    positions: list[int] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)

    def add(self, brands: list[_Mentioned], own: frozenset[str]) -> None:
        """Count one answer."""
        ours = [brand for brand in brands if brand.name.casefold() in own]
        self.results += 1
        self.mentions += len(brands)
        self.own_mentions += len(ours)
        self.naming += bool(ours)
        place = _best(brands, own)
        if place is not None:
            self.positions.append(place)
        if ours and ours[0].sentiment in _SCORES:
            self.scores.append(_SCORES[ours[0].sentiment])

    @property
    def mention_rate(self) -> float:
        """Share of answers that name the own brand."""
        return _share(self.naming, self.results)

    @property
    def share_of_voice(self) -> float:
        """Own mentions among all mentions of brands."""
        return _share(self.own_mentions, self.mentions)

    def show(self) -> dict[str, Any]:
        """The four metrics of the dashboard."""
        return {
            "mention_rate": self.mention_rate,
            "avg_position": _mean(self.positions),
            "share_of_voice": self.share_of_voice,
            "sentiment_score": _mean(self.scores),
        }


def figures(connection: sqlite3.Connection) -> dict[str, Any]:
    """The metrics over all answers, by provider and by day."""
    own = spellings_of(own_brand(connection))
    total, providers, days = Tally(), dict[str, Tally](), dict[int, Tally]()
    named: Counter[str] = Counter()
    for row, brands in _answers(connection):
        by_provider = providers.setdefault(row["provider"], Tally())
        by_day = days.setdefault(row["captured_at"] // DAY, Tally())
        for tally in (total, by_provider, by_day):
            tally.add(brands, own)
        named.update({brand.name for brand in brands})
    top = sorted(named.items(), key=lambda pair: (-pair[1], pair[0]))
    queries = connection.execute("SELECT count(*) FROM ai_queries").fetchone()[0]
    return {
        **total.show(),
        "total_queries": queries,
        "total_results": total.results,
        "by_provider": [
            {"provider": provider, **providers[provider].show()}
            for provider in sorted(providers, key=_usual_place)
        ],
        "trend": [_trend_point(day, days[day]) for day in sorted(days)[-TREND_DAYS:]],
        "top_brands": [{"name": name, "mentions": count} for name, count in top[:TOP_BRANDS]],
    }


def win_rates(connection: sqlite3.Connection) -> list[dict[str, Any]]:
    """Wins and losses against every active competitor, the highest win rate first."""
    own = spellings_of(own_brand(connection))
    rows = connection.execute("SELECT * FROM competitors WHERE is_active ORDER BY id").fetchall()
    competitors = [(row, spellings_of(row["name"], row["brand_aliases"])) for row in rows]
    outcomes = {row["id"]: Counter[str]() for row in rows}
    for _, brands in _answers(connection):
        ours = _best(brands, own)
        for row, names in competitors:
            outcomes[row["id"]][_outcome(ours, _best(brands, names))] += 1
    shown = [_standing(row, outcomes[row["id"]]) for row in rows]
    return sorted(shown, key=lambda entry: (-(entry["win_rate"] or 0.0), entry["competitor_id"]))


def _answers(connection: sqlite3.Connection) -> Iterator[tuple[sqlite3.Row, list[_Mentioned]]]:
    rows = connection.execute("SELECT provider, captured_at, mentioned_brands FROM ai_results")
    for row in rows:
        brands = json.loads(row["mentioned_brands"])
        yield row, [_Mentioned(b["name"], b["position"], b["sentiment"]) for b in brands]


def _best(brands: list[_Mentioned], names: frozenset[str]) -> int | None:
    """The best position under any of the names, or None without a mention."""
    places = [
        brand.position
        for brand in brands
        if brand.position is not None and brand.name.casefold() in names
    ]
    return min(places, default=None)


def _outcome(ours: int | None, theirs: int | None) -> str:
    if ours is None:
        return "losses" if theirs is not None else "neither"
    if theirs is None or ours < theirs:
        return "wins"
    return "ties" if ours == theirs else "losses"


def _standing(row: sqlite3.Row, outcomes: Counter[str]) -> dict[str, Any]:
    counted = {name: outcomes[name] for name in ("wins", "losses", "ties")}
    total = sum(counted.values())
    return {
        "competitor_id": row["id"],
        "competitor_name": row["name"],
        **counted,
        "total": total,
        "win_rate": _share(counted["wins"], total) if total else None,
    }


def _trend_point(day: int, tally: Tally) -> dict[str, Any]:
    return {
        "date": wire(day * DAY)[:10],
        "mention_rate": tally.mention_rate,
        "share_of_voice": tally.share_of_voice,
    }


def _usual_place(provider: str) -> tuple[int, str]:
    known = provider in PROVIDERS
    return (PROVIDERS.index(provider) if known else len(PROVIDERS), provider)


def _share(part: int, total: int) -> float:
    return round(part / total, 4) if total else 0


def _mean(numbers: list[int] | list[float]) -> float | None:
    return round(sum(numbers) / len(numbers), 4) if numbers else None


def dashboard(context: SandboxContext, _call: Call) -> Answer:
    """Return the metrics over all answers."""
    return answer(figures(context.connection))


def win_rate(context: SandboxContext, _call: Call) -> Answer:
    """Return the win rate against each active competitor."""
    return answer(win_rates(context.connection))
