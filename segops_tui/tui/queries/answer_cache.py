"""Answers as far as they were fetched: by question, forgotten when the question was asked again.

Knows which questions are worth asking the server about; asks nobody itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from segops_tui.nouns.answers import Naming, own_names, rival_names, standings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from segops_tui.api.resources.competitors import Competitor
    from segops_tui.api.resources.queries import AIQuery, QueryResult
    from segops_tui.nouns.answers import Standing

MOST: Final = 200
"""Questions whose answers are kept; the one not fetched for longest goes first."""


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What is known of one question."""

    results: Sequence[QueryResult]
    standings: Mapping[str, Standing]
    last_run_at: datetime | None
    """When the question had been asked last as these were fetched."""

    @property
    def ids(self) -> frozenset[int]:
        """The answers, by number."""
        return frozenset(result.id for result in self.results)


class AnswerBook:
    """Every question's answers, and whose names are in them."""

    def __init__(self) -> None:
        self._kept: dict[int, Answers] = {}
        self._stale: set[int] = set()
        self._failed: set[int] = set()
        self._own: set[str] = set()
        self._rivals: set[str] = set()
        self.naming = Naming()

    def get(self, query_id: int) -> Answers | None:
        """The answers as they were last fetched."""
        return self._kept.get(query_id)

    def has_failed(self, query_id: int) -> bool:
        """Whether they were asked for in vain."""
        return query_id in self._failed

    @property
    def simulated(self) -> set[bool]:
        """Whether the latest answers are simulated: yes, no, or some of each."""
        return {
            standing.latest.is_simulated
            for answers in self._kept.values()
            for standing in answers.standings.values()
        }

    def put(self, query: AIQuery, results: Sequence[QueryResult]) -> None:
        """Keep what was fetched."""
        self._kept.pop(query.id, None)
        self._kept[query.id] = Answers(results, standings(results), query.last_run_at)
        while len(self._kept) > MOST:
            del self._kept[next(iter(self._kept))]
        self._stale.discard(query.id)
        self._failed.discard(query.id)
        self._own |= own_names(results)
        self._name()

    def meet(self, competitors: Sequence[Competitor]) -> None:
        """Know the competitors by their names."""
        self._rivals = rival_names(competitors)
        self._name()

    def fail(self, query_id: int) -> None:
        """Ask no more for these until `retry`."""
        self._failed.add(query_id)

    def retry(self) -> None:
        """What failed may be asked for again."""
        self._failed.clear()

    def forget(self, query_id: int) -> None:
        """There may be newer ones; those at hand stay until they come."""
        self._stale.add(query_id)

    def wants(self, query: AIQuery) -> bool:
        """Whether the server should be asked."""
        if query.id in self._failed:
            return False
        kept = self._kept.get(query.id)
        return kept is None or query.id in self._stale or kept.last_run_at != query.last_run_at

    def _name(self) -> None:
        self.naming = Naming(frozenset(self._own - self._rivals), frozenset(self._rivals))
