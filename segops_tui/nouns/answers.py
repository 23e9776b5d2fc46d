"""Answers to a question, read for the own brand: where it stands, what changed, who else is named.

Knows answers newest first and brands by their names; fetches nothing and draws nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal

from segops_tui.api.record import as_integer
from segops_tui.nouns.queries import PROVIDERS, SENTIMENTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from segops_tui.api.resources.competitors import Competitor
    from segops_tui.api.resources.queries import QueryResult
    from segops_tui.nouns.column import Tone

Kind = Literal["own", "rival", "other"]
"""Whose brand it is: ours, a competitor's of this workspace, anybody else's."""

MARKS: Final[Mapping[Kind, str]] = {"own": "★", "rival": "◆", "other": "◇"}
KIND_WORDS: Final[Mapping[Kind, str]] = {
    "own": "your brand",
    "rival": "competitor",
    "other": "other brand",
}
SIMULATED: Final = "≈"
"""Stands before what no assistant said."""
GONE, NEW, SAME = "gone", "new", "="

_LONGEST_NAME: Final = 80
"""Characters; what is longer is no brand's name and is not looked for."""
_NEVER: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Brand:
    """A brand in an answer, as far as the server told."""

    name: str
    position: int | None = None
    sentiment: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """The own brand in an assistant's latest answer, and what it was in the one before."""

    latest: QueryResult
    before: QueryResult | None = None

    @property
    def position(self) -> int | None:
        """The rank now."""
        return self.latest.position

    @property
    def change(self) -> str:
        """`↑2`, `↓1`, `=`, `new`, `gone`; nothing where there is nothing to compare."""
        if self.before is None:
            return ""
        return change_words(self.before.position, self.latest.position)


@dataclass(frozen=True, slots=True)
class Voice:
    """A brand's part of everything that was named."""

    name: str
    mentions: int
    share: float
    kind: Kind
    best: int | None
    """The best rank it had."""


@dataclass(frozen=True, slots=True)
class Naming:
    """Which names are whose, all of them in lower case."""

    own: frozenset[str] = frozenset()
    rivals: frozenset[str] = frozenset()

    def kind_of(self, name: str) -> Kind:
        """Whose brand a name is."""
        folded = name.strip().casefold()
        if folded in self.rivals:
            return "rival"
        return "own" if folded in self.own else "other"


def change_words(before: int | None, now: int | None) -> str:
    """What became of a rank; a smaller number is higher up."""
    if now is None:
        return "" if before is None else GONE
    if before is None:
        return NEW
    moved = before - now
    return f"↑{moved}" if moved > 0 else f"↓{-moved}" if moved < 0 else SAME


def cell_words(standing: Standing, *, wide: bool) -> str:
    """A board's cell: rank, sentiment's symbol, change; of a brand that is not named, that."""
    position, change = standing.position, standing.change
    if position is None:
        return change or "absent"
    symbol = SENTIMENTS.get(standing.latest.sentiment, " ")
    if wide:
        return f"#{position} {symbol} {change}".rstrip()
    return f"{f'#{position}{symbol}':<3}{change:>3}".rstrip()


def cell_tone(standing: Standing) -> Tone:
    """What was lost is bad, what sank asks for a look, first place and what rose are good."""
    position, change = standing.position, standing.change
    if position is None:
        return "bad" if change == GONE else "muted"
    if change.startswith("↓"):
        return "warn"
    return "good" if position == 1 or change == NEW or change.startswith("↑") else ""


def newest_first(results: Iterable[QueryResult]) -> list[QueryResult]:
    """Answers by their time; where that is missing, as they came."""
    return sorted(results, key=lambda result: result.captured_at or _NEVER, reverse=True)


def by_provider(results: Iterable[QueryResult]) -> dict[str, list[QueryResult]]:
    """Each assistant's answers, newest first; the assistants in their usual order."""
    found: dict[str, list[QueryResult]] = {provider: [] for provider in PROVIDERS}
    for result in newest_first(results):
        found.setdefault(result.provider, []).append(result)
    return {provider: answers for provider, answers in found.items() if answers}


def standings(results: Iterable[QueryResult]) -> dict[str, Standing]:
    """Where the own brand stands with each assistant that has answered."""
    return {
        provider: Standing(answers[0], answers[1] if len(answers) > 1 else None)
        for provider, answers in by_provider(results).items()
    }


def brands_of(result: QueryResult) -> list[Brand]:
    """The brands an answer names, in its order; what has no name is left out."""
    found = [_brand(item) for item in result.mentioned_brands]
    named = [brand for brand in found if brand.name]
    return sorted(named, key=lambda brand: brand.position if brand.position else len(named) + 1)


def own_names(results: Iterable[QueryResult]) -> set[str]:
    """Under which names the own brand was found: an answer's rank is that of one of its brands."""
    return {
        brand.name.strip().casefold()
        for result in results
        if result.position is not None
        for brand in brands_of(result)
        if brand.position == result.position
    }


def rival_names(competitors: Iterable[Competitor]) -> set[str]:
    """Every name competitors go by."""
    return {
        str(name).strip().casefold()
        for competitor in competitors
        for name in (competitor.name, *competitor.brand_aliases)
        if str(name).strip()
    }


def voices(results: Sequence[QueryResult], naming: Naming) -> list[Voice]:
    """Every brand with its share of all mentions, the loudest first."""
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
    """What finds these names in a text, the longer of two that begin alike; None for no names."""
    wanted = {name.strip() for name in names if 1 < len(name.strip()) <= _LONGEST_NAME}
    if not wanted:
        return None
    longest_first = sorted(wanted, key=lambda name: (-len(name), name))
    return re.compile(rf"(?<!\w)({'|'.join(map(re.escape, longest_first))})(?!\w)", re.IGNORECASE)


def marked_pieces(
    text: str, pattern: re.Pattern[str] | None, naming: Naming
) -> list[tuple[str, Kind | None]]:
    """A text cut at the names in it, each piece with whose name it is; the rest is nobody's."""
    if pattern is None:
        return [(text, None)]
    # Every second piece is what the one group of the pattern has found.
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
