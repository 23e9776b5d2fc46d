"""The pane of segments of either kind: recompute them, watch the counts change, edit the rules."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar

from segops_tui import wording
from segops_tui.api.errors import SegOpsError
from segops_tui.api.resources.product_segments import ProductSegment
from segops_tui.api.resources.segments import Segment
from segops_tui.jobs.recompute import start_recompute
from segops_tui.nouns.column import Column, Context, Tone
from segops_tui.nouns.segments import copy_of, rule_problem, state_tone, state_words
from segops_tui.tui.core.actions import run_flow
from segops_tui.tui.core.text import crop, one_line, width
from segops_tui.tui.dialogs.form import Form
from segops_tui.tui.dialogs.form_fields import FormField
from segops_tui.tui.panes.actions import start_jobs
from segops_tui.tui.panes.editing import Toggling, show_saved
from segops_tui.tui.panes.pane import Pane, id_last
from segops_tui.tui.plots.scale import spinner

if TYPE_CHECKING:
    from collections.abc import Sequence

    from segops_tui.api.condition_types import Kind
    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.progress import Progress
    from segops_tui.jobs.recompute import Comparison
    from segops_tui.nouns.action import Action
    from segops_tui.tui.core.job_runner import Ended
    from segops_tui.tui.panes.editing import Dependents

S = TypeVar("S", bound=Segment | ProductSegment)

NAME_WIDTH: Final = 24
"""Cells a name has before columns for wide tables are shown."""
MOST_PROBLEM: Final = 32
"""Cells that what is wrong with a rule has at most: `missing segment 4, unknown event …`."""
STATE_WIDTH: Final = 14
"""Cells of `◍ rule changed`."""
CHANGE_SHOWN_FOR: Final = 600.0
"""Seconds the change by a recompute stays on screen."""


class RulePane(Pane[S]):
    """Segments of either kind. A subclass names the job kind and its actions."""

    job_kind: ClassVar[str]
    """The kind of a recompute in the ledger."""
    rule_kind: ClassVar[Kind] = "user"
    """Which conditions its rules may have."""
    count_key: ClassVar[str]
    """The column with the number of members."""
    _changes_shown = False
    _problem_width = 0
    """Cells of the longest text on what is wrong with a rule; 0 where nothing is."""

    def context(self) -> Context:
        """Now, and the names of segments that rules refer to."""
        workspace = self.workspace
        return Context(now=workspace.now(), names=workspace.names, edits=workspace.edits)

    def known_segments(self) -> set[int] | None:
        """The user segments that rules may refer to; None where they are not all known."""
        return None

    def problem_of(self, segment: S) -> str:
        """What a rule refers to and is not there; empty if nothing."""
        return rule_problem(
            segment, known=self.known_segments(), unused_events=self.workspace.unused_events
        )

    def columns(self) -> Sequence[Column[S]]:
        """The noun's columns with live state and age, and the change by a recompute if any."""
        live: dict[str, Column[S]] = {}
        for column in self.noun.columns:
            match column.key:
                case "state":
                    column = column._replace(
                        words=self._state, tone=self._state_tone, min_width=STATE_WIDTH
                    )
                case "last_computed_at":
                    column = column._replace(words=self._computed, tone=self._computed_tone)
                case "name":
                    column = column._replace(ample_width=NAME_WIDTH)
            live[column.key] = column
            if column.key == "name" and self._problem_width:
                live["problem"] = Column(
                    "problem",
                    "RULE",
                    self.problem_of,
                    lambda value, _: value,
                    tone=lambda segment, _: "bad" if self.problem_of(segment) else "",
                    min_width=self._problem_width,
                )
            if column.key == self.count_key and self._changes_shown:
                live["delta"] = Column(
                    "delta",
                    "Δ",
                    self._change,
                    lambda value, _: "" if value is None else wording.delta(value),
                    tone=self._change_tone,
                    align="right",
                    min_width=4,
                )
        return id_last(list(live.values()))

    def draw_rows(self) -> None:
        """Show the rows; the column of changes comes and goes with them."""
        shown = any(self._change(segment) is not None for segment in self.rows)
        longest = max((width(one_line(self.problem_of(row))) for row in self.rows), default=0)
        # A name can be cropped: the detail has it. What is wrong with a rule is read here.
        cells = min(longest, MOST_PROBLEM)
        if (shown, cells) != (self._changes_shown, self._problem_width):
            self._changes_shown, self._problem_width = shown, cells
            self.show_columns()
        super().draw_rows()

    def job_ended(self, ended: Ended) -> None:
        """Fetch the segment that was recomputed."""
        run_flow(self, self._fetch_again, ended.job.target, group="one")

    async def _fetch_again(self, segment_id: str) -> None:
        try:
            self.source.replace([await self.fetch_one(segment_id)])
        except SegOpsError as error:
            # On the border, as for the whole list: a batch of jobs would be a batch of notices.
            self.failed(error)

    def comparison(self, segment: S) -> Comparison | None:  # noqa: ARG002
        """How a recompute compares the members before and after; None where it does not."""
        return None

    def progress_of(self, segment: S) -> Progress | None:
        """The recompute of a segment that is running."""
        return self.workspace.jobs.find(self.job_kind, segment.id)

    def _state(self, segment: S, context: Context) -> str:
        return "◌ computing" if self.progress_of(segment) else state_words(segment, context)

    def _state_tone(self, segment: S, context: Context) -> Tone:
        return "busy" if self.progress_of(segment) else state_tone(segment, context)

    def _computed(self, segment: S, context: Context) -> str:
        progress = self.progress_of(segment)
        if progress is None:
            return wording.age(segment.last_computed_at, now=context.now)
        elapsed = progress.elapsed_at(context.now.timestamp())
        return f"{spinner(elapsed)} {wording.span(elapsed)}"

    def _computed_tone(self, segment: S, _context: Context) -> Tone:
        return "busy" if self.progress_of(segment) else ""

    def _change(self, segment: S) -> int | None:
        ended = self.workspace.jobs.outcomes.get((self.job_kind, str(segment.id)))
        if ended is None or self.progress_of(segment) is not None:
            return None
        age = self.workspace.now().timestamp() - (ended.finished_at or 0.0)
        change = ended.result.get("delta")
        return change if isinstance(change, int) and age < CHANGE_SHOWN_FOR else None

    def _change_tone(self, segment: S, _context: Context) -> Tone:
        change = self._change(segment)
        return "muted" if not change else "good" if change > 0 else "warn"


def cannot_recompute(pane: RulePane[Any]) -> str:
    """Recomputing needs a segment that is not being recomputed."""
    if not pane.chosen:
        return pane.none_chosen()
    if all(pane.progress_of(segment) is not None for segment in pane.chosen):
        return "It is being recomputed already."
    return ""


async def recompute(pane: RulePane[Any], *, action: Action) -> None:
    """Recompute the chosen segments."""
    segments = [segment for segment in pane.chosen if pane.progress_of(segment) is None]
    pane.log_command(action.command_line(ids=[segment.id for segment in segments]))
    pane.table.clear_marks()
    await start_recomputes(pane, segments, action)


async def start_recomputes(pane: RulePane[Any], segments: Sequence[Any], action: Action) -> None:
    """Start a job for each segment."""

    def note(segment: Any) -> Job:
        return start_recompute(
            pane.workspace.ledger,
            segment_id=segment.id,
            name=segment.name,
            profile=pane.workspace.profile.name,
            command=action.command_line(ids=[segment.id]),
            is_product=isinstance(segment, ProductSegment),
            compare=pane.comparison(segment),
        )

    await start_jobs(pane, [partial(note, segment) for segment in segments])


def rule_actions(create: Action, edit: Action, edit_in_editor: Action) -> tuple[Action, ...]:
    """Create and edit a rule in the console's editor, edit it in the user's own."""

    async def run_create(pane: RulePane[Any]) -> None:
        await _edit(pane, None, save=create)

    async def run_edit(pane: RulePane[Any]) -> None:
        await _edit_row(pane, save=edit)

    async def run_edit_in_editor(pane: RulePane[Any]) -> None:
        await _edit_row(pane, save=edit, external=True)

    return (
        create.does(run_create),
        edit.does(run_edit, unavailable=Pane.no_row),
        edit_in_editor.does(run_edit_in_editor, unavailable=Pane.no_row),
    )


async def _edit_row(pane: RulePane[Any], *, save: Action, external: bool = False) -> None:
    row: Any = pane.row
    if row is None:
        return
    if "definition" not in row.raw:
        # A listing may omit the rules.
        with pane.reporting("Not opened"):
            row = await pane.load("Rule", pane.fetch_one(str(row.id)))
    if "definition" in row.raw:
        await _edit(pane, row, save=save, external=external)


async def _edit(
    pane: RulePane[Any], row: Any | None, *, save: Action, external: bool = False
) -> None:
    # Only a user who edits a rule pays for the editor (tests/startup).
    from segops_tui.tui.rules.edited_segment import EditedSegment  # noqa: PLC0415
    from segops_tui.tui.rules.editor import RuleEditor  # noqa: PLC0415

    segment = EditedSegment(
        kind=pane.rule_kind, one=pane.noun.name, resource=pane.resource(), save=save, row=row
    )
    saved = await pane.app.push_screen_wait(RuleEditor(pane.workspace, segment, external=external))
    if saved is not None:
        show_saved(pane, saved, is_new=row is None, note="Saved. Press r to recompute.")


def duplicating(action: Action) -> Action:
    """Make another segment with the rule of the one under the cursor; its name is asked for."""

    async def run(pane: RulePane[Any]) -> None:
        row: Any = pane.row
        if row is not None and "definition" not in row.raw:
            with pane.reporting("Not duplicated"):
                row = await pane.load("Rule", pane.fetch_one(str(row.id)))
        if row is None or "definition" not in row.raw:
            return
        body = copy_of(row)
        field = FormField("name", "Name", value=one_line(body["name"]), required=True)

        def command(values: dict[str, Any]) -> str:
            return action.command_line(id=row.id, name=values.get("name") or body["name"])

        async def send(values: dict[str, Any]) -> Any:
            made = await pane.resource().create(**{**body, **values})
            pane.log_command(command(values))
            return made

        made = await pane.ask(
            Form(
                f"Duplicate {crop(one_line(row.name), 60)}",
                (field,),
                send=send,
                profile=pane.workspace.profile.name,
                command=command,
            )
        )
        if made is not None:
            show_saved(pane, made, is_new=True, note="Press r to compute it.")

    return action.does(run, unavailable=Pane.no_row)


def activating(action: Action, *, used_by: Dependents | None = None) -> Action:
    """Switch the chosen segments between active and inactive."""
    return Toggling(
        action=action,
        is_on=lambda row: bool(row.is_active),
        body=lambda to: {"is_active": to},
        command_values=lambda to: {"is_active": "true" if to else "false"},
        on="activate",
        off="deactivate",
        used_by=used_by,
    ).bound
