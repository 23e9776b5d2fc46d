"""Read what a plan is made from, show it, ask, and carry it out as one job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from segops_tui import wording
from segops_tui.cli.core.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from segops_tui.api.record import Record
    from segops_tui.cli.core.context import Invocation
    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.workspace.planning import Change, FieldChange, WorkspacePlan

_SIGNS: Final = {"create": ("+", "green"), "change": ("~", "yellow"), "delete": ("-", "red")}
_MOST_TOLD: Final = 5
_LONGEST: Final = 200
"""Characters of a value that the plan shows to people."""


def carry_out(
    run: Invocation, plan: WorkspacePlan, *, name: str, folder: Path | None = None
) -> int:
    """Show a plan, ask, and carry it out as one job of this workspace; returns the exit code.

    `name` and `folder` are those of `start_apply`. A dry run only shows the plan.

    Raises:
        Refused: the profile is guarded; nothing was asked.
        SegOpsError: the job failed.
    """
    from segops_tui.cli.core.run_jobs import exit_code, patience, raise_first, work
    from segops_tui.jobs.registry import plan_of
    from segops_tui.jobs.workspace.applying import start_apply

    if not plan.changes:
        if run.out.is_table or run.options.dry_run:
            write_plan(run, plan)
        else:
            _write_applied(run, None, plan)
        return 0
    if run.options.dry_run:
        write_plan(run, plan)
        run.talk.note("dry run: nothing was sent")
        return 0
    if run.out.is_table:
        write_plan(run, plan)
        run.out.flush()
    _refuse_if_guarded(run, plan)
    if not run.confirm(f"Apply {_summary(plan)} to profile {run.profile.name!r}?"):
        return run.declined("nothing was sent")
    job = start_apply(
        run.ledger,
        plan,
        profile=run.profile.name,
        name=name,
        folder=folder,
        command=run.command_line(),
    )
    outcomes = work(run, [job], plan_of, patience(run, on_its_way=""))
    if outcomes is None:
        return run.ended_early
    raise_first(outcomes)
    done = outcomes[0].job
    _write_applied(run, done, plan)
    remarks: Sequence[str] = done.result.get("remarks", ())
    for remark in remarks:
        run.talk.warn(remark)
    return exit_code(run, outcomes) or (int(ExitCode.INVALID) if remarks else 0)


def records_of(
    run: Invocation, kinds: Iterable[str], *, may_lack: Iterable[str] = ()
) -> dict[str, list[Record]]:
    """All objects of some kinds; a server that does not answer is told at once.

    A kind in `may_lack` that this server or plan does not have is left out, with a warning.
    """
    from segops_tui.api.errors import NotFound, PermissionDenied
    from segops_tui.jobs.workspace.planning import with_ids

    optional = set(may_lack)
    found = {}
    for name in kinds:
        run.talk.passing(f"reading {name.replace('-', ' ')} …")
        try:
            found[name] = with_ids(getattr(run.client, name.replace("-", "_")).list())
        except (NotFound, PermissionDenied) as error:
            if name not in optional:
                raise
            run.talk.close()
            run.talk.warn(f"{name} are not pulled: {error}")
    run.talk.close()
    return found


def _refuse_if_guarded(run: Invocation, plan: WorkspacePlan) -> None:
    """Refuse before the question what a guard would refuse after it.

    Raises:
        Refused: the profile is guarded.
    """
    from segops_tui.api.request import Request, raw_json
    from segops_tui.jobs.workspace.kinds import KINDS
    from segops_tui.session import guard_of

    guard = guard_of(run.profile, run.session_options)
    if guard is not None:
        first = KINDS[plan.changes[0].kind].resource.address
        guard.check(Request("POST", first, parse=raw_json), key="")


def _summary(plan: WorkspacePlan) -> str:
    counts = {
        "create": plan.count("create"),
        "change": plan.count("change"),
        "delete": plan.count("delete"),
    }
    return wording.listed([f"{wording.count(n)} to {verb}" for verb, n in counts.items() if n])


def write_plan(run: Invocation, plan: WorkspacePlan) -> None:
    """Write a plan: lines for people, one object for programs."""
    if not run.out.is_table:
        run.out.data(_as_json(plan))
        return
    for change in plan.changes:
        _write_change(run, change)
    if plan.changes:
        run.out.line("")
    unchanged = f"{wording.count(plan.unchanged)} unchanged"
    run.out.line(f"Plan: {_summary(plan) or 'nothing to do'}; {unchanged}.")
    if plan.unmanaged:
        them = wording.plural(plan.unmanaged, "object")
        run.talk.note(f"{them} in no file: kept (--prune deletes such objects)")
    if plan.lacking:
        names = wording.listed(list(plan.lacking), most=_MOST_TOLD)
        run.talk.note(f"apply needs environment variables that are not set: {names}")


def _write_change(run: Invocation, change: Change) -> None:
    from segops_tui.jobs.workspace.kinds import KINDS

    sign, colour = _SIGNS[change.action]
    was = f" (was {change.was})" if change.was else ""
    at = "" if change.id is None else f"  #{change.id}"
    one = KINDS[change.kind].one
    run.out.styled(f"{sign} {one} {change.label}{was}{at}", fg=colour, bold=True)
    for field in change.fields:
        for text, tone in _field_lines(field):
            run.out.styled(f"    {text}", fg=tone)


def _field_lines(field: FieldChange) -> list[tuple[str, str | None]]:
    from segops_tui.jobs.workspace.planning import ABSENT

    if field.before is ABSENT:
        return [(f"+ {field.name}: {_shown(field.after)}", "green")]
    if field.after is ABSENT:
        return [(f"- {field.name}: {_shown(field.before)}", "red")]
    return [(f"~ {field.name}: {_shown(field.before)} → {_shown(field.after)}", "yellow")]


def _shown(value: Any) -> str:
    """A value as one line; a long one is cut, with its length."""
    from segops_tui.nouns.encode import to_json

    text = to_json(value, indent=None)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text):,} characters)"


def _as_json(plan: WorkspacePlan) -> dict[str, Any]:
    return {
        "changes": [_change_as_json(change) for change in plan.changes],
        "create": plan.count("create"),
        "change": plan.count("change"),
        "delete": plan.count("delete"),
        "unchanged": plan.unchanged,
        "unmanaged": plan.unmanaged,
        "lacking": list(plan.lacking),
    }


def _change_as_json(change: Change) -> dict[str, Any]:
    from segops_tui.jobs.workspace.planning import ABSENT

    return {
        "action": change.action,
        "kind": change.kind,
        "name": change.label,
        "id": change.id,
        "was": change.was or None,
        "file": None if change.document is None else change.document.path,
        "fields": [
            {
                "field": field.name,
                **({} if field.before is ABSENT else {"before": field.before}),
                **({} if field.after is ABSENT else {"after": field.after}),
            }
            for field in change.fields
        ],
    }


def _write_applied(run: Invocation, job: Job | None, plan: WorkspacePlan) -> None:
    """Write what came of it."""
    result = {} if job is None else job.result
    if run.options.output == "name":
        return
    if run.out.is_table:
        run.out.line(f"Applied: {result.get('summary')}.")
        return
    counts = {name: result.get(name, 0) for name in ("created", "changed", "deleted")}
    run.out.data(
        {
            **counts,
            "unchanged": plan.unchanged,
            "remarks": list(result.get("remarks", ())),
            "job": None if job is None else job.id,
        }
    )
