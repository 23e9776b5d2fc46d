"""Watching segments: recompute them every so often while the console is open, with an alarm.

One round at a time: the next one is due an interval after the round before has ended.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal

from segops_tui import wording
from segops_tui.api.errors import SegOpsError
from segops_tui.nouns import segments as nouns
from segops_tui.nouns.comparison import read_operand
from segops_tui.nouns.segments import has_rule, in_order_of_dependence
from segops_tui.tui.core.actions import run_flow
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.core.text import crop, one_line
from segops_tui.tui.dialogs.chooser import Choosable, Chooser
from segops_tui.tui.dialogs.form import AskForm
from segops_tui.tui.dialogs.form_fields import FormField
from segops_tui.tui.rules.pane import start_recomputes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from segops_tui.api.resources.segments import Segment
    from segops_tui.tui.rules.pane import RulePane

SHORTEST: Final = 60.0
"""Seconds between two rounds at least."""
LONGEST: Final = 7 * 86_400.0
EVERY: Final = "15m"
THRESHOLD: Final = "20%"
_POLL: Final = 0.25
_GROUP: Final = "watch"


@dataclass(frozen=True, slots=True)
class WatchPlan:
    """What is watched, and how."""

    ids: tuple[int, ...]
    every: float
    """Seconds from the end of a round to the next."""
    threshold: float
    """The change that raises the alarm, as a share of the members before."""


class Watcher:
    """Carries the watch of a pane out; it ends with the pane, and so with the console."""

    def __init__(self, pane: RulePane[Segment]) -> None:
        self._pane = pane
        self.watch: WatchPlan | None = None
        self.skipped = ""
        """Why the last round was skipped; empty when it was not."""
        self.due = 0.0
        """The time of the next round, as a timestamp; 0 while one runs."""

    def start(self, watch: WatchPlan) -> None:
        """Watch these segments, in place of those watched before; the first round is now."""
        self.watch, self.skipped, self.due = watch, "", 0.0
        run_flow(self._pane, self._keep_watching, watch, group=_GROUP, exclusive=True)
        self._pane.name_list()

    def stop(self) -> None:
        """End the watch; recomputes that run are finished."""
        self.watch = None
        self._pane.workers.cancel_group(self._pane, _GROUP)
        self._pane.name_list()

    @property
    def note(self) -> str:
        """What is watched, for the list's border."""
        if self.watch is None:
            return ""
        # A time of day stays true, however seldom the border is drawn.
        zone = self._pane.workspace.now().tzinfo
        at = datetime.fromtimestamp(self.due, zone).strftime("%H:%M:%S")
        when = "now" if not self.due else f"next at {at}"
        skipped = f"skipped: {self.skipped}, " if self.skipped else ""
        return f"watching {len(self.watch.ids)}, {skipped}{when}"

    async def _keep_watching(self, watch: WatchPlan) -> None:
        while True:
            self.due = 0.0
            self._pane.name_list()
            await self.round(watch)
            self.due = self._pane.workspace.now().timestamp() + watch.every
            self._pane.name_list()
            await asyncio.sleep(watch.every)

    async def round(self, watch: WatchPlan) -> None:
        """Recompute what is watched, what others refer to first, and raise alarms."""
        pane = self._pane
        self.skipped = pane.workspace.guarded
        if self.skipped:
            return
        try:
            listed = [segment async for segment in pane.workspace.client.segments.list()]
        except SegOpsError as error:
            self.skipped = problem_of(error).title
            return
        ids = set(watch.ids)
        segments = [segment for segment in listed if segment.id in ids and has_rule(segment)]
        for wave in in_order_of_dependence(segments):
            free = [segment for segment in wave if pane.progress_of(segment) is None]
            before = {segment.id: segment.member_count or 0 for segment in free}
            ended = {key: pane.workspace.jobs.outcomes.get(_outcome(key, pane)) for key in before}
            await start_recomputes(pane, free, nouns.RECOMPUTE)
            while any(pane.progress_of(segment) is not None for segment in free):
                await asyncio.sleep(_POLL)
            for segment in free:
                job = pane.workspace.jobs.outcomes.get(_outcome(segment.id, pane))
                if job is not None and job is not ended[segment.id]:
                    self._check(segment, before[segment.id], job.result, watch.threshold)

    def _check(
        self, segment: Segment, known: int, result: Mapping[str, Any], threshold: float
    ) -> None:
        before = result.get("before")
        words = alarm(known if before is None else before, result.get("after"), threshold)
        if words:
            self._pane.app.bell()
            self._pane.notify(
                f"{crop(one_line(segment.name), 60)}: {words}",
                title="A watched segment changed",
                severity="warning",
                markup=False,
                timeout=60,
            )


def _outcome(segment_id: int, pane: RulePane[Segment]) -> tuple[str, str]:
    return pane.job_kind, str(segment_id)


def alarm(before: int, after: int | None, threshold: float) -> str:
    """What to say of a change that reaches the threshold; empty for a smaller one."""
    if after is None or after == before:
        return ""
    share = abs(after - before) / before if before else 1.0
    if share < threshold:
        return ""
    sign = "+" if after > before else "−"
    of = f" ({sign}{wording.percent(share)})" if before else ""
    return f"{before:,} → {after:,} members{of}; the threshold is {wording.percent(threshold)}."


def every_fault(typed: Any) -> str:
    """What is wrong with an interval."""
    age = read_operand(str(typed)).age
    if age is None:
        return "Not a length of time such as 15m, 2h or 1d."
    if not SHORTEST <= age.total_seconds() <= LONGEST:
        return "From 1m to 7d."
    return ""


def threshold_fault(typed: Any) -> str:
    """What is wrong with a threshold."""
    try:
        wording.share(str(typed))
    except ValueError as error:
        return str(error)
    return ""


def cannot_watch(pane: RulePane[Segment], watcher: Watcher) -> str:
    """Something must be watched already, or chosen where changes are sent."""
    if watcher.watch is not None:
        return ""
    return pane.workspace.guarded or ("" if pane.chosen else pane.none_chosen())


async def watch(pane: RulePane[Segment], watcher: Watcher) -> None:
    """Ask how often and from which change on; or show what is watched, to end it."""
    if watcher.watch is not None and await _show_watched(pane, watcher, watcher.watch) != "again":
        return
    chosen = list(pane.chosen)
    if not chosen:
        return
    names = wording.listed([segment.name for segment in chosen])

    async def send(values: dict[str, Any]) -> dict[str, Any]:
        return values

    values = await pane.ask(
        AskForm(
            f"Watch {pane.counted(chosen)}",
            (
                FormField("every", "Every", value=EVERY, required=True, check=every_fault),
                FormField(
                    "threshold", "Alarm from", value=THRESHOLD, required=True,
                    check=threshold_fault, note="The change of the members at a recompute.",
                ),
            ),
            send=send,
            profile=pane.workspace.profile.name,
            note=f"{names}. Recomputed while this console is open, what others refer to first.",
        )
    )  # fmt: skip
    if values is None:
        return
    age = read_operand(values["every"]).age
    assert age is not None
    ids = tuple(segment.id for segment in chosen)
    pane.table.clear_marks()
    watcher.start(WatchPlan(ids, age.total_seconds(), wording.share(values["threshold"])))


async def _show_watched(
    pane: RulePane[Segment], watcher: Watcher, watched: WatchPlan
) -> Literal["", "stop", "again"]:
    """List what is watched; a choice ends the watch, or begins another one."""
    names = {row.id: row.name for row in pane.rows}
    every = wording.span(watched.every)
    found: list[Choosable[str]] = [Choosable("stop", "Stop watching", f"every {every}")]
    if pane.chosen and {row.id for row in pane.chosen} != set(watched.ids):
        found.append(Choosable("again", f"Watch {pane.counted(pane.chosen)} instead"))
    note = f"alarm {wording.percent(watched.threshold)}"
    for key in watched.ids:
        found.append(Choosable("", names.get(key, f"segment {key}"), note, group="Watched"))
    choice = await pane.ask(Chooser(watcher.note.capitalize(), found))
    if choice is None or not choice.value:
        return ""
    if choice.value == "stop":
        watcher.stop()
        pane.notify("Nothing is watched now.", markup=False, timeout=4)
        return "stop"
    return "again"
