"""Reads the workspace's health part by part, and shows each part as it arrives."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.errors import SegOpsError
from segops_tui.jobs.engine.async_runner import run_part_async
from segops_tui.jobs.health import READINGS, events_reading, rules_reading
from segops_tui.nouns.health import (
    HealthFinding,
    Limits,
    Readings,
    Unread,
    edited_segments,
    findings,
    undeclared_events,
)
from segops_tui.tui.core.messages import Alerted, Answered, Counted
from segops_tui.tui.core.problems import Troubled, problem_of
from segops_tui.tui.panes.source import ListSource

if TYPE_CHECKING:
    from collections.abc import Iterable

    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.health import HealthPart

AT_A_TIME: Final = 4
"""Parts that are read at the same time, so that the other panes get their turn."""
JOBS_READ: Final = 500
"""The newest jobs of the ledger that are checked."""
_LEDGER: Final = "jobs"


class HealthSource(ListSource[HealthFinding]):
    """Every finding, from what was read so far.

    What an earlier check read stays until it is read again: a part that fails adds a finding and
    takes none away.
    """

    def __init__(self, pane: Any) -> None:
        super().__init__(pane)
        self.readings = Readings()
        self.pending: dict[str, str] = {}
        """What is being read, each with its title."""

    @property
    def is_complete(self) -> bool:
        """Whether every part was read."""
        return not self.pending and not self.readings.unread

    @property
    def wrong(self) -> list[HealthFinding]:
        """The findings that need a person."""
        return [row for row in self.rows if row.severity != "unknown"]

    def count(self) -> None:
        """Report to the sidebar what is wrong, and where."""
        alerts: dict[str, tuple[int, int]] = {}
        for row in self.wrong:
            errors, warnings = alerts.get(row.pane, (0, 0))
            is_error = row.severity == "error"
            alerts[row.pane] = (errors + is_error, warnings + (not is_error))
        self.pane.post_message(Alerted(alerts))

    async def _load(self) -> None:
        titles = {part.name: part.title for part in READINGS}
        self.pending = {**titles, _LEDGER: "jobs"}
        self._show()
        await asyncio.gather(self._read_jobs(), self._read_all(READINGS))
        further = []
        # Where there is no candidate, what an earlier check found or could not read is over.
        if edited := edited_segments(self.readings):
            further.append(rules_reading(edited))
        else:
            self._put("new_rules", frozenset())
        if self.readings.schemas is not None:
            if odd := undeclared_events(self.readings):
                further.append(events_reading(odd))
            else:
                self._put("unused_events", frozenset())
        self.pending = {part.name: part.title for part in further}
        await self._read_all(further)
        self.pending = {}
        self.pane.checked()
        self._show()
        self.pane.arrive()

    async def _read_all(self, parts: Iterable[HealthPart]) -> None:
        turn = asyncio.Semaphore(AT_A_TIME)

        async def read(part: HealthPart) -> None:
            async with turn:
                await self._read(part)

        await asyncio.gather(*map(read, parts))

    async def _read(self, part: HealthPart) -> None:
        try:
            answer = await run_part_async(part.part(), self.pane.workspace.client)
        except SegOpsError as error:
            self._fail(part.name, part.title, part.place, error)
            return
        self._put(part.name, answer)
        self.pane.post_message(Answered())
        if part.name == "usage":
            self.pane.workspace.traffic.limit = answer.api_calls_per_minute_limit
        if part.name == "segments":
            names = {row.id: row.name for row in answer.items}
            self.pane.workspace.names.update(names)
        if part.name in _COUNTED and not getattr(answer, "more", True):
            self.pane.post_message(Counted(_COUNTED[part.name], len(answer.items)))

    async def _read_jobs(self) -> None:
        try:
            jobs = await asyncio.to_thread(self._own_jobs)
        except SegOpsError as error:
            self._fail(_LEDGER, "jobs", "jobs", error)
        else:
            self._put(_LEDGER, jobs)

    def _own_jobs(self) -> list[Job]:
        ledger = self.pane.workspace.ledger
        return [job for job in ledger.list(limit=JOBS_READ) if ledger.why_elsewhere(job) is None]

    def _put(self, name: str, answer: Any) -> None:
        unread = {key: why for key, why in self.readings.unread.items() if key != name}
        fields: dict[str, Any] = {name: answer}
        self.readings = replace(self.readings, unread=unread, **fields)
        if name == "unused_events":
            self.pane.workspace.unused_events.clear()
            self.pane.workspace.unused_events.update(answer)
        self._done(name)

    def _fail(self, name: str, title: str, place: str, error: SegOpsError) -> None:
        problem = problem_of(error)
        why = f"{problem.title}: {problem.detail}"
        failed = Unread(title, place, why, problem.hint)
        unread = {**self.readings.unread, name: failed}
        self.readings = replace(self.readings, unread=unread)
        self._done(name)
        self.pane.post_message(Troubled(problem))

    def _done(self, name: str) -> None:
        self.pending.pop(name, None)
        self._show()

    def _show(self) -> None:
        pane = self.pane
        profile = pane.workspace.profile
        limits = Limits(pane.workspace.now(), profile.threshold, profile.thresholds)
        self.rows = findings(self.readings, limits)
        pane.draw_rows()
        self.count()


_COUNTED: Final = {
    "segments": "segments",
    "product_segments": "product-segments",
    "activations": "activations",
    "pages": "pages",
    "schemas": "schemas",
    "webhooks": "webhooks",
}
"""Parts that are a whole listing, and the pane that lists the same."""
