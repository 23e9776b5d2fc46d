"""The cells of a board: a question's state, and the own brand's standing with each assistant.

Knows answers at hand and runs under way; fetches nothing and knows no widget.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from segops_tui import wording
from segops_tui.nouns.answers import SIMULATED, cell_tone, cell_words
from segops_tui.nouns.column import Column, Context, Tone
from segops_tui.nouns.marks import active_tone, active_words
from segops_tui.nouns.queries import PROVIDERS, QUERIES
from segops_tui.tui.panes.old_pane import id_last
from segops_tui.tui.plots.meter import spinner

if TYPE_CHECKING:
    from collections.abc import Callable

    from segops_tui.api.resources.queries import AIQuery
    from segops_tui.jobs.engine.progress import Progress
    from segops_tui.nouns.answers import Standing
    from segops_tui.tui.queries.answer_cache import AnswerBook

WIDE: Final = 116
"""Cells of a table from which a cell has spaces in it and its assistant its whole name."""
QUESTION: Final = ((WIDE, 40), (90, 31), (0, 28))
"""Cells a question has before other columns are shown, by the cells of the table."""
SHORT_NAMES: Final = {"chatgpt": "GPT", "perplexity": "PPLX"}
_FAINT: Final = frozenset({"category", "schedule", "providers", "tags", "id"})


class BoardCells:
    """Says every cell of a board."""

    room: int = 0
    """Cells of the table."""
    mixed: bool = False
    """Whether some answers are simulated and others are not, so that each has to say so."""

    def __init__(self, book: AnswerBook, progress_of: Callable[[AIQuery], Progress | None]) -> None:
        self._book, self._progress_of = book, progress_of
        self._known: dict[str, tuple[int | None, frozenset[int]]] = {}

    @property
    def wide(self) -> bool:
        """Whether there is room for spaces in a cell, and for an assistant's whole name."""
        return self.room >= WIDE

    @property
    def question(self) -> int:
        """Cells a question has at least."""
        return next(cells for room, cells in QUESTION if self.room >= room)

    def columns(self) -> list[Column[AIQuery]]:
        """The question, its standing with each assistant, then what else is known of it."""
        live: dict[str, dict[str, Any]] = {
            "query_text": {"min_width": self.question, "words": _question, "tone": _question_tone},
            "is_active": {"words": self._state, "tone": self._state_tone, "priority": 2},
            "last_run_at": {"words": self._last_run, "tone": self._last_run_tone, "priority": 1},
        }
        live |= {key: {"tone": _faint} for key in _FAINT}
        columns = [
            replace(column, **live.get(column.key, {})) for column in id_last(QUERIES.columns)
        ]
        return [columns[0], *map(self._provider, PROVIDERS), *columns[1:]]

    def has_moved(self, query: AIQuery, progress: Progress) -> bool:
        """Whether there are more answers than when this was asked last; what was there before a
        run is noted, so that the old can be told from the new.
        """
        answers = self._book.get(query.id)
        before = frozenset() if answers is None else answers.ids
        done, known = self._known.get(progress.job_id, (None, before))
        self._known[progress.job_id] = progress.done, known
        return progress.done != done

    def has_ended(self, job_id: str) -> None:
        """A run is over."""
        self._known.pop(job_id, None)

    def _provider(self, provider: str) -> Column[AIQuery]:
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
        answers = self._book.get(query.id)
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
        if self._book.has_failed(query.id):
            return "?"
        return "…" if self._book.get(query.id) is None else "–"

    def _cell_tone(self, provider: str, query: AIQuery, _context: Context) -> Tone:
        if self._is_awaited(provider, query):
            return "busy"
        standing = self._standing(provider, query)
        return "muted" if standing is None else cell_tone(standing)

    def _is_awaited(self, provider: str, query: AIQuery) -> bool:
        """Whether a run is under way that this assistant has not answered in yet."""
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
        elapsed = max(0.0, context.now.timestamp() - progress.started_at)
        return f"{spinner(elapsed)} {wording.span(elapsed)}"

    def _last_run_tone(self, query: AIQuery, _context: Context) -> Tone:
        return "busy" if self._progress_of(query) else ""


def _question(query: AIQuery, _context: Context) -> str:
    """The question; of a paused one that, where its state may have no room."""
    return query.query_text if query.is_active else f"○ {query.query_text}"


def _question_tone(query: AIQuery, _context: Context) -> Tone:
    return "" if query.is_active else "muted"


def _faint(_query: AIQuery, _context: Context) -> Tone:
    return "muted"
