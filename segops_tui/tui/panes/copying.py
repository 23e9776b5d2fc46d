"""Copying objects to the workspace of another profile: choose it, see the plan, confirm, run."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any, Final

from textual.content import Content

from segops_tui import wording
from segops_tui.nouns.encode import to_json
from segops_tui.tui.core.text import crop, one_line
from segops_tui.tui.dialogs.chooser import Choosable, Chooser
from segops_tui.tui.dialogs.confirm import Confirm
from segops_tui.tui.widgets.plain_text import PlainText

if TYPE_CHECKING:
    from collections.abc import Sequence

    from segops_tui.api.record import Record
    from segops_tui.config.profiles import Profile
    from segops_tui.jobs.workspace.planning import Change, FieldChange, WorkspacePlan
    from segops_tui.nouns.action import Action
    from segops_tui.tui.core.job_runner import Ended
    from segops_tui.tui.core.workspace import Workspace
    from segops_tui.tui.panes.pane import Pane

_SIGNS: Final = {"create": ("+", "$success"), "change": ("~", "$warning")}
_LONGEST: Final = 160
"""Characters of a value that the plan shows."""
_MOST_NAMED: Final = 2
LEFT_BEHIND: Final = {
    "segments": "Members are not copied, and nothing is recomputed.",
    "product-segments": "Nothing is recomputed there.",
    "queries": "Answers are not copied, and no query is run.",
    "schemas": "Events are not copied.",
    "competitors": "Answers that name it are not copied.",
}
"""What a copy does not do, by kind."""


def copying(action: Action, kind: str) -> Action:
    """Copy the chosen rows, objects of a kind of workspace files, to another profile."""

    async def run(pane: Pane[Any]) -> None:
        await copy_to_profile(pane, action, kind)

    return action.does(run, unavailable=cannot_copy)


def cannot_copy(pane: Pane[Any]) -> str:
    """There must be a row, and profiles to choose from."""
    if pane.workspace.open_workspaces.profiles is None:
        return "This console was started for one profile only."
    return pane.none_chosen()


async def copy_to_profile(pane: Pane[Any], action: Action, kind: str) -> None:
    """Ask where to, show what would change there, ask, and start the job that changes it."""
    rows = list(pane.chosen)
    profile = await _choose_profile(pane, rows)
    if profile is None:
        return
    workspaces = pane.workspace.open_workspaces
    with pane.reporting("Not copied"):
        target = await pane.load(f"Opening {profile.name}", workspaces.open_beside(profile))
        try:
            # Its client stays open while the user reads and answers.
            with target.changes.one():
                await _copy(pane, action, kind, rows, target)
        finally:
            workspaces.release(target)


async def _choose_profile(pane: Pane[Any], rows: Sequence[Any]) -> Profile | None:
    profiles = pane.workspace.open_workspaces.profiles
    if profiles is None:
        return None
    known = await pane.load("Profiles", asyncio.to_thread(profiles.known))
    choices = [
        Choosable(each.profile, one_line(each.name), note=_guard_note(each.profile))
        for each in known
        if each.profile is not None and each.name != pane.workspace.profile.name
    ]
    empty = "There is no other profile. Add one: esc, then p."
    about = pane.noun.label(rows[0]) if len(rows) == 1 else pane.counted(rows)
    chosen = await pane.ask(
        Chooser(f"Copy {crop(one_line(about), 40)} to profile", choices, empty=empty)
    )
    return None if chosen is None else chosen.value


def _guard_note(profile: Profile) -> str:
    return "" if profile.guard == "none" else one_line(profile.guard)


async def _copy(
    pane: Pane[Any], action: Action, kind: str, rows: Sequence[Any], target: Workspace
) -> None:
    here, there = one_line(pane.workspace.profile.name), one_line(target.profile.name)
    refusal = target.opened.read_only
    if not refusal and pane.workspace.client.account("") == target.client.account(""):
        refusal = f"{there} is the workspace that is copied from."
    if refusal:
        pane.notify(refusal, title="Not copied", severity="warning", markup=False)
        return
    ids = [pane.noun.key(row) for row in rows]
    reading = _planned(kind, ids, pane.workspace, target)
    plan, labels = await pane.load(f"Comparing with {there}", reading)
    if not labels:
        pane.notify("It does not exist any more.", title="Not copied", markup=False)
        return
    if not plan.changes:
        words = f"{wording.listed(labels, most=_MOST_NAMED)}: the same in {there} already."
        pane.notify(one_line(words), title="Nothing to copy", markup=False)
        return
    line = action.command_line(ids=ids, here=here, there=there)
    if plan.count("create") + plan.count("change") > len(rows):
        line += " --with-references"
    if not await pane.ask(_question(kind, plan, target, line)):
        return
    await _start(pane, plan, target, name=wording.listed(labels, most=_MOST_NAMED), line=line)


async def _planned(
    kind: str, ids: Sequence[Any], here: Workspace, there: Workspace
) -> tuple[WorkspacePlan, list[str]]:
    """What would change there, and the names of what is copied.

    Segments that a rule refers to are copied with it where the other workspace lacks them.

    Raises:
        SegOpsError: a workspace could not be read.
        WorkspaceInvalid: something cannot be copied by name.
    """
    # 40 ms that only a copy needs.
    from segops_tui.jobs.workspace.copying import documents_to_copy, plan_copies  # noqa: PLC0415
    from segops_tui.jobs.workspace.errors import WorkspaceInvalid  # noqa: PLC0415
    from segops_tui.jobs.workspace.planning import kinds_to_read  # noqa: PLC0415

    kinds = kinds_to_read([kind])
    ours, theirs = await asyncio.gather(_read(here, kinds), _read(there, kinds))
    wanted = {str(key) for key in ids}
    chosen: list[Record] = [row for row in ours[kind] if str(row["id"]) in wanted]

    def planned(*, with_references: bool) -> tuple[WorkspacePlan, list[str]]:
        documents = documents_to_copy(kind, chosen, ours, with_references=with_references)
        names = (here.profile.name, there.profile.name)
        plan = plan_copies(documents, theirs, environ=os.environ, here=names[0], there=names[1])
        return plan, [document.label for document in documents]

    try:
        return planned(with_references=False)
    except WorkspaceInvalid:
        return planned(with_references=True)


async def _read(workspace: Workspace, kinds: Sequence[str]) -> dict[str, list[Record]]:
    """All objects of some kinds. A server that does not answer is told of soon: a user waits."""
    from segops_tui.jobs.workspace.planning import with_ids  # noqa: PLC0415 (with the plan)

    spaces = {kind: getattr(workspace.client, kind.replace("-", "_")) for kind in kinds}
    return {kind: with_ids([row async for row in space.list()]) for kind, space in spaces.items()}


def _question(kind: str, plan: WorkspacePlan, target: Workspace, line: str) -> Confirm:
    """The plan, and the question: a locked profile's name has to be typed."""
    there = target.profile.name
    is_locked = target.opened.lock is not None
    counts = {"create": plan.count("create"), "change": plan.count("change")}
    what = wording.listed([f"{wording.count(n)} to {verb}" for verb, n in counts.items() if n])
    named = wording.listed([change.label for change in plan.changes], most=_MOST_NAMED)
    lines = [f"{what}: {named}.", LEFT_BEHIND[kind]]
    if plan.lacking:
        names = wording.listed(list(plan.lacking))
        lines.append(f"Needs environment variables that are not set: {names}.")
    if is_locked:
        lines[-1] += " It is unlocked for this copy only."
    return Confirm(
        f"Copy to {one_line(there)}?",
        lines=lines,
        details=PlainText(Content("\n").join(plan_lines(plan.changes))),
        profile=there,
        yes=f"Copy to {crop(one_line(there), 30)}",
        command=line,
        typed_name=there if is_locked else "",
        danger=is_locked,
        width=100,
    )


def plan_lines(changes: Sequence[Change]) -> list[Content]:
    """What is created and changed, with the fields of each."""
    from segops_tui.jobs.workspace.kinds import KINDS  # noqa: PLC0415 (with the plan)

    drawn = []
    for change in changes:
        sign, style = _SIGNS[change.action]
        at = "" if change.id is None else f"  #{change.id}"
        title = one_line(f"{sign} {KINDS[change.kind].one} {change.label}{at}")
        drawn.append(Content.styled(title, f"bold {style}"))
        drawn += [Content.styled(f"    {_field(field)}", style) for field in change.fields]
    return drawn


def _field(field: FieldChange) -> str:
    from segops_tui.jobs.workspace.planning import ABSENT  # noqa: PLC0415 (with the plan)

    if field.before is ABSENT:
        return one_line(f"+ {field.name}: {_shown(field.after)}")
    if field.after is ABSENT:
        return one_line(f"− {field.name}: {_shown(field.before)}")
    return one_line(f"~ {field.name}: {_shown(field.before)} → {_shown(field.after)}")


def _shown(value: Any) -> str:
    return crop(one_line(to_json(value, indent=None)), _LONGEST)


async def _start(
    pane: Pane[Any], plan: WorkspacePlan, target: Workspace, *, name: str, line: str
) -> None:
    from segops_tui.jobs.workspace.applying import start_apply  # noqa: PLC0415 (with the plan)

    job = await asyncio.to_thread(
        start_apply,
        target.ledger,
        plan,
        profile=target.profile.name,
        name=f"{name} from {pane.workspace.profile.name}",
        command=line,
    )
    lock = target.opened.lock
    if lock is not None and not lock.is_unlocked:
        lock.unlock()

        def ended(end: Ended) -> None:
            if end.job.id == job.id:
                lock.lock()

        target.jobs.ended.subscribe(pane, ended, immediate=True)
    pane.log_command(line)
    target.jobs.start(job)
