"""The board's answers and cells: one row a query, one column an assistant."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from segops_tui import wording
from segops_tui.nouns.column import Column, Context, Tone
from segops_tui.nouns.marks import active_tone, active_words
from segops_tui.nouns.queries import (
    PROVIDERS,
    QUERIES,
    SIMULATED,
    Naming,
    cell_tone,
    cell_words,
    own_names,
    rival_names,
    standings,
)
from segops_tui.tui.panes.pane import id_last
from segops_tui.tui.plots.scale import spinner

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from segops_tui.api.resources.competitors import Competitor
    from segops_tui.api.resources.queries import AIQuery, QueryResult
    from segops_tui.jobs.engine.progress import Progress
    from segops_tui.nouns.queries import Standing

MOST: Final = 200
"""Queries whose answers are kept; the least recently fetched one is dropped first."""
WIDE: Final = 116
"""Cells of a table from which its cells are spaced and assistants have their full names."""
QUERY_WIDTHS: Final = ((WIDE, 40), (90, 30), (0, 28))
"""Cells a query has before other columns are shown, by the cells of the table."""
SHORT_NAMES: Final = {"chatgpt": "GPT", "perplexity": "PPLX"}
_FAINT: Final = frozenset({"category", "schedule", "providers", "tags", "id"})


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """The fetched answers to one query."""

    results: Sequence[QueryResult]
    standings: Mapping[str, Standing]
    last_run_at: datetime | None
    """The query's last run at the time they were fetched."""

    @property
    def ids(self) -> frozenset[int]:
        """The ids of the answers."""
        return frozenset(result.id for result in self.results)


class AnswerCache:
    """The answers to every query fetched so far, and whose brands they mention."""

    def __init__(self) -> None:
        self._kept: dict[int, Answers] = {}
        self._stale: set[int] = set()
        self._failed: set[int] = set()
        self._own: set[str] = set()
        self._rivals: set[str] = set()
        self.naming = Naming()

    def get(self, query_id: int) -> Answers | None:
        """The answers as last fetched."""
        return self._kept.get(query_id)

    def has_failed(self, query_id: int) -> bool:
        """Whether fetching them failed."""
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
        self._update_naming()

    def set_competitors(self, competitors: Sequence[Competitor]) -> None:
        """Recognise the competitors by their names."""
        self._rivals = rival_names(competitors)
        self._update_naming()

    def fail(self, query_id: int) -> None:
        """Do not fetch these until `retry`."""
        self._failed.add(query_id)

    def retry(self) -> None:
        """Allow what failed to be fetched again."""
        self._failed.clear()

    def expire(self, query_id: int) -> None:
        """Fetch these again; the old ones are shown until the new ones arrive."""
        self._stale.add(query_id)

    def needs_fetch(self, query: AIQuery) -> bool:
        """Whether the answers are missing or out of date."""
        if query.id in self._failed:
            return False
        kept = self._kept.get(query.id)
        return kept is None or query.id in self._stale or kept.last_run_at != query.last_run_at

    def _update_naming(self) -> None:
        self.naming = Naming(frozenset(self._own - self._rivals), frozenset(self._rivals))


class BoardCells:
    """The columns of the board and the texts of their cells."""

    room: int = 0
    """Cells of the table."""
    mixed: bool = False
    """Whether only some answers are simulated, so that each of those is marked."""

    def __init__(
        self, answers: AnswerCache, progress_of: Callable[[AIQuery], Progress | None]
    ) -> None:
        self._answers, self._progress_of = answers, progress_of
        self._known: dict[str, tuple[int | None, frozenset[int]]] = {}

    @property
    def wide(self) -> bool:
        """Whether there is room for spaced cells and the full names of assistants."""
        return self.room >= WIDE

    @property
    def query_width(self) -> int:
        """The least cells of a query."""
        return next(cells for room, cells in QUERY_WIDTHS if self.room >= room)

    def columns(self) -> list[Column[AIQuery]]:
        """The query, your brand's rank with each assistant, then the noun's other columns."""
        live: dict[str, dict[str, Any]] = {
            "query_text": {
                "min_width": self.query_width,
                "words": _query_words,
                "tone": _query_tone,
            },
            "is_active": {"words": self._state, "tone": self._state_tone, "priority": 2},
            "last_run_at": {"words": self._last_run, "tone": self._last_run_tone, "priority": 1},
        }
        live |= {key: {"tone": _faint} for key in _FAINT}
        columns = [
            column._replace(**live.get(column.key, {})) for column in id_last(QUERIES.columns)
        ]
        return [columns[0], *map(self._assistant, PROVIDERS), *columns[1:]]

    def note_progress(self, query: AIQuery, progress: Progress) -> bool:
        """Note a run's progress; true if more answers have arrived since the last call.

        The answers from before the run are noted too, to tell the new ones apart.
        """
        answers = self._answers.get(query.id)
        before = frozenset() if answers is None else answers.ids
        done, known = self._known.get(progress.job_id, (None, before))
        self._known[progress.job_id] = progress.done, known
        return progress.done != done

    def run_ended(self, job_id: str) -> None:
        """Drop what was noted of a run."""
        self._known.pop(job_id, None)

    def _assistant(self, provider: str) -> Column[AIQuery]:
        name = PROVIDERS[provider]
        title = name if self.wide else SHORT_NAMES.get(provider, name)
        width = 10 if self.wide else 7 if self.mixed else 6
        return Column(
            provider,
            title.upper(),
            partial(self._position, provider),
            words=partial(self._cell, provider),
            tone=partial(self._cell_tone, provider),
            min_width=width,
            max_width=width,
        )

    def _standing(self, provider: str, query: AIQuery) -> Standing | None:
        answers = self._answers.get(query.id)
        return None if answers is None else answers.standings.get(provider)

    def _position(self, provider: str, query: AIQuery) -> int | None:
        standing = self._standing(provider, query)
        return None if standing is None else standing.position

    def _cell(self, provider: str, query: AIQuery, _context: Context) -> str:
        if self._is_awaited(provider, query):
            return "◌"
        standing = self._standing(provider, query)
        if standing is not None:
            sign = SIMULATED if self.mixed and standing.latest.is_simulated else ""
            return sign + cell_words(standing, wide=self.wide)
        if query.providers and provider not in query.providers:
            return "·"
        if self._answers.has_failed(query.id):
            return "?"
        return "…" if self._answers.get(query.id) is None else "–"

    def _cell_tone(self, provider: str, query: AIQuery, _context: Context) -> Tone:
        if self._is_awaited(provider, query):
            return "busy"
        standing = self._standing(provider, query)
        return "muted" if standing is None else cell_tone(standing)

    def _is_awaited(self, provider: str, query: AIQuery) -> bool:
        """Whether the query is running and this assistant has not answered yet."""
        progress = self._progress_of(query)
        if progress is None or (query.providers and provider not in query.providers):
            return False
        _, known = self._known.get(progress.job_id, (None, frozenset()))
        standing = self._standing(provider, query)
        return standing is None or standing.latest.id in known

    def _state(self, query: AIQuery, context: Context) -> str:
        progress = self._progress_of(query)
        if progress is None:
            return active_words(query.is_active, context)
        return f"◌ asking {progress.done or 0}/{progress.total}" if progress.total else "◌ asking"

    def _state_tone(self, query: AIQuery, _context: Context) -> Tone:
        return "busy" if self._progress_of(query) else active_tone(query.is_active)

    def _last_run(self, query: AIQuery, context: Context) -> str:
        progress = self._progress_of(query)
        if progress is None:
            return wording.age(query.last_run_at, now=context.now)
        elapsed = progress.elapsed_at(context.now.timestamp())
        return f"{spinner(elapsed)} {wording.span(elapsed)}"

    def _last_run_tone(self, query: AIQuery, _context: Context) -> Tone:
        return "busy" if self._progress_of(query) else ""


def _query_words(query: AIQuery, _context: Context) -> str:
    """The query; a paused one is marked, as the state column may have no room."""
    return query.query_text if query.is_active else f"○ {query.query_text}"


def _query_tone(query: AIQuery, _context: Context) -> Tone:
    return "" if query.is_active else "muted"


def _faint(_query: AIQuery, _context: Context) -> Tone:
    return "muted"
