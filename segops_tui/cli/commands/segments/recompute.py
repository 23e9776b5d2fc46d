"""`segments recompute` and `product-segments recompute`: recompute memberships, several at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from segops_tui import wording
from segops_tui.api.record import Record
from segops_tui.cli.core.group import Commands
from segops_tui.cli.core.options import LENGTH
from segops_tui.cli.core.params import several
from segops_tui.nouns.column import Column, Context, Noun, Tone, counted, format_value
from segops_tui.nouns.segments import has_rule

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import timedelta

    from segops_tui.api.resources.product_segments import ProductSegment
    from segops_tui.api.resources.segments import Segment
    from segops_tui.cli.core.context import Invocation
    from segops_tui.jobs.engine.driver import JobOutcome
    from segops_tui.jobs.engine.job import Job

F = TypeVar("F", bound="Callable[..., Any]")

COMMANDS: Final = Commands()


def _tone(row: Record, _context: Context) -> Tone:
    tones: dict[Any, Tone] = {"done": "good", "failed": "bad", "running": "busy"}
    return tones.get(row.raw.get("state"), "")


def _result(row: Record) -> str:
    return str(row.raw.get("error") or row.raw.get("state"))


RESULTS: Final[Noun[Record]] = Noun(
    name="result",
    plural="results",
    title="Results",
    key=lambda row: row.raw["id"],
    label=lambda row: str(row.raw["name"]),
    empty="Nothing to recompute.",
    columns=(
        Column("id", "ID", lambda r: r.raw["id"], align="right", min_width=2),
        Column("name", "NAME", lambda r: r.raw["name"], flex=True, min_width=12, max_width=60),
        Column("before", "BEFORE", lambda r: r.raw["before"], counted, align="right"),
        Column("after", "AFTER", lambda r: r.raw["after"], counted, align="right"),
        Column(
            "delta", "CHANGE", lambda r: r.raw["delta"], lambda v, _: wording.delta(v),
            align="right",
        ),
        Column("seconds", "TOOK", lambda r: r.raw["seconds"], lambda v, _: _took(v), align="right"),
        Column("result", "RESULT", _result, tone=_tone, min_width=6, max_width=60),
    ),
)  # fmt: skip


RESULTS_WITH_CHANGES: Final = RESULTS._replace(
    columns=(
        *RESULTS.columns[:-2],
        Column("joined", "JOINED", lambda r: r.raw["joined"], counted, align="right"),
        Column("left", "LEFT", lambda r: r.raw["left"], counted, align="right"),
        *RESULTS.columns[-2:],
    ),
)
_MOST_IDS: Final = 1_000
"""Ids of those who joined, and of those who left, in a result."""


def _took(seconds: float | None) -> str:
    return format_value(None) if seconds is None else wording.duration(seconds)


def _choosing(noun: str) -> Callable[[F], F]:
    """The ways of saying which: ids, --all-segments, --stale, --name."""

    def decorated(function: F) -> F:
        for option in (
            click.option(
                "--all-segments", "everything", is_flag=True, help="All that have a rule."
            ),
            click.option(
                "--name", metavar="GLOB", help="Only those whose name matches GLOB, such as 'VIP*'."
            ),
            click.option(
                "--stale",
                type=LENGTH,
                metavar="AGE",
                help="Only active ones not computed for AGE (24h, 7d), or never.",
            ),
            several(noun, required=False),
        ):
            function = option(function)
        return function

    return decorated  # fmt: skip


@COMMANDS.command(
    "segments recompute",
    "segops-tui segments recompute 12 15 18",
    "segops-tui segments recompute --stale 24h --name 'VIP*'",
    "segops-tui segments recompute --all-segments --no-wait",
    "segops-tui segments recompute 12 15 --changes",
    calls=("segments.compute", "segments.get", "segments.list", "segments.members"),
)
@_choosing("segment")
@click.option(
    "--changes",
    is_flag=True,
    help="Count who joined and who left, of up to 1,000,000 members; -o json has their ids.",
)
def segments(
    run: Invocation,
    ids: tuple[str, ...],
    stale: timedelta | None,
    name: str | None,
    everything: bool,
    changes: bool,
) -> int:
    """Recompute memberships and wait for the new counts.

    Several run at once; one that fails does not stop the others. --all-segments means
    every segment that has a rule.
    """
    chosen = _chosen(run, run.client.segments, ids, stale, name, everything=everything)
    if not changes:
        return _recompute(run, chosen, is_product=False)
    if not run.options.wait:
        raise click.UsageError("--changes waits for the recompute; leave --no-wait out.")
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="segops-tui-") as folder:
        return _recompute(run, chosen, is_product=False, compared_in=Path(folder))


@COMMANDS.command(
    "product-segments recompute",
    "segops-tui product-segments recompute 3",
    "segops-tui product-segments recompute --all-segments",
    calls=("product_segments.compute", "product_segments.get", "product_segments.list"),
)
@_choosing("product segment")
def product_segments(
    run: Invocation,
    ids: tuple[str, ...],
    stale: timedelta | None,
    name: str | None,
    everything: bool,
) -> int:
    """Recompute product segments and wait for the new counts.

    Several run at once; one that fails does not stop the others.
    """
    chosen = _chosen(run, run.client.product_segments, ids, stale, name, everything=everything)
    return _recompute(run, chosen, is_product=True)


def _chosen(
    run: Invocation,
    space: Any,
    ids: Sequence[str],
    stale: timedelta | None,
    name: str | None,
    *,
    everything: bool,
) -> list[tuple[str, str]]:
    """Ids and names of what is meant."""
    by_rule = everything or stale is not None or name is not None
    if bool(ids) == by_rule:
        also = " --all is for the rows of a list." if run.options.all else ""
        raise click.UsageError(f"Give ids, --all-segments, --stale AGE or --name GLOB.{also}")
    if ids:
        return [(key, "") for key in dict.fromkeys(ids)]
    there: list[Segment | ProductSegment] = list(space.list(page_size=200))
    found = [s for s in there if _is_meant(s, run, stale=stale, name=name)]
    ready = [s for s in found if has_rule(s)]
    if len(ready) < len(found):
        names = wording.listed([s.name for s in found if s not in ready])
        run.talk.note(f"skipped (no rule): {names}")
    return [(str(segment.id), segment.name) for segment in ready]


def _is_meant(
    segment: Segment | ProductSegment, run: Invocation, *, stale: timedelta | None, name: str | None
) -> bool:
    from fnmatch import fnmatchcase

    from segops_tui.nouns.segments import is_stale

    if name is not None and not fnmatchcase(segment.name.casefold(), name.casefold()):
        return False
    return stale is None or is_stale(segment, context=Context(now=run.now()), than=stale)


def _recompute(
    run: Invocation,
    chosen: list[tuple[str, str]],
    *,
    is_product: bool,
    compared_in: Path | None = None,
) -> int:
    from segops_tui.cli.core.run_jobs import finished, patience, raise_first, results_noun, work
    from segops_tui.jobs import recompute
    from segops_tui.jobs.registry import plan_of

    if not chosen:
        run.talk.note("nothing to recompute")
        return 0
    jobs = [
        recompute.start_recompute(
            run.ledger,
            segment_id=key,
            name=name,
            profile=run.profile.name,
            command=_command(key, is_product=is_product),
            is_product=is_product,
            compare=None
            if compared_in is None
            else recompute.Comparison(compared_in / f"{number}.db"),
        )
        for number, (key, name) in enumerate(chosen)
    ]
    outcomes = work(run, jobs, plan_of, patience(run, on_its_way=recompute.Recompute.stage))
    if outcomes is None:
        return run.ended_early
    if run.out.is_table:
        raise_first(outcomes)
    if compared_in is None:
        run.out.listing([_row(outcome) for outcome in outcomes], results_noun(run, RESULTS))
    else:
        run.out.listing(map(_row_with_changes, outcomes), RESULTS_WITH_CHANGES)
    run.out.flush()
    _summary(run, outcomes)
    return finished(run, outcomes)


def recompute_everything(run: Invocation) -> int:
    """Recompute every segment that has a rule, for the demo."""
    chosen = [
        (str(segment.id), segment.name)
        for segment in run.client.segments.list()
        if has_rule(segment)
    ]
    return _recompute(run, chosen, is_product=False)


def _command(key: str, *, is_product: bool) -> str:
    import shlex

    noun = "product-segments" if is_product else "segments"
    return f"segops-tui {noun} recompute {shlex.quote(key)}"


def _row(outcome: JobOutcome) -> Record:
    from segops_tui.cli.core.run_jobs import as_row

    job: Job = outcome.job
    found = {name: job.result.get(name) for name in ("before", "after", "delta", "computed_at")}
    key = int(job.target) if job.target.isdecimal() else job.target
    return Record(as_row(outcome, id=key, name=job.target_name, **found))


def _row_with_changes(outcome: JobOutcome) -> Record:
    """A result with how many joined and left, and the ids of the first of them."""
    from segops_tui.cli.commands.segments.changes import ids_of
    from segops_tui.jobs.member_snapshots import MemberSnapshots

    row, job = _row(outcome), outcome.job
    counts = {name: job.result.get(name) for name in ("joined", "left")}
    who: dict[str, Any] = {"who_joined": None, "who_left": None}
    if counts["joined"] is not None:
        with MemberSnapshots(Path(job.params["members"])) as kept:
            found = kept.changes()
            who = who if found is None else ids_of(kept, found, _MOST_IDS)
    return Record({**row.raw, **counts, **who})


def _summary(run: Invocation, outcomes: Sequence[JobOutcome]) -> None:
    if len(outcomes) < 2:
        return
    counts = {"recomputed": 0, "failed": 0, "still running": 0}
    for outcome in outcomes:
        failed = outcome.error is not None
        counts[
            "failed" if failed else "recomputed" if outcome.job.is_final else "still running"
        ] += 1
    run.talk.note(", ".join(f"{number} {what}" for what, number in counts.items() if number))
