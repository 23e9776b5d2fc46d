"""`check`: what is wrong in the workspace, for people and for cron."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import click

from segops_tui.api.errors import SegOpsError
from segops_tui.cli.core.exit_codes import ExitCode
from segops_tui.cli.core.group import Commands
from segops_tui.error_catalogue import command_hint
from segops_tui.nouns.health import (
    CHECKS,
    FINDINGS,
    Limits,
    Readings,
    Unread,
    edited_segments,
    findings,
    is_wrong,
    tally,
    undeclared_events,
)
from segops_tui.wording import share

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from segops_tui.cli.core.context import Invocation
    from segops_tui.jobs.health import HealthPart

COMMANDS: Final = Commands()

JOBS_READ: Final = 500
"""The newest jobs of the ledger that are checked."""


@COMMANDS.command(
    "check",
    "segops-tui check",
    "segops-tui check --threshold 20% --threshold 12=50% -o json",
    "segops-tui check --skip stale --quiet || notify-send 'SegOps needs a look'",
    calls=(
        "segments.list", "segments.versions", "segments.preview", "product_segments.list",
        "activations.list", "pages.list", "schemas.list", "webhooks.list",
        "analytics.activations", "analytics.segments", "analytics.usage",
    ),
)  # fmt: skip
@click.option(
    "--threshold",
    "thresholds",
    metavar="PERCENT|ID=PERCENT",
    multiple=True,
    help="Report a segment that changed by more than this from one day to the next; with an id,"
    " for that segment. Default: the profile's, else 20%.",
)
@click.option(
    "--skip",
    metavar="CHECK",
    multiple=True,
    type=click.Choice(list(CHECKS)),
    help=f"Leave out a check: {', '.join(CHECKS)}. Repeatable.",
)
def check(run: Invocation, thresholds: Sequence[str], skip: Sequence[str]) -> int:
    """Check the workspace's health; exits 1 when something is wrong.

    Failed syncs, computes, jobs, page builds and deliveries, dropped events, rules that refer to
    nothing, quotas near their end, segments that changed suddenly or are stale, each with the
    command that mends it. It sends a dozen requests, and changes nothing. A part that cannot be
    read counts as wrong; what the API does not tell is listed as unknown and does not.
    """
    limits = _limits(run, thresholds)
    readings = _read(run)
    found = [each for each in findings(readings, limits) if each.check not in skip]
    wrong = [each for each in found if is_wrong(each)]
    run.out.listing(found, FINDINGS)
    if run.out.is_table:
        run.talk.note(tally(wrong) or "all well")
    return int(ExitCode.REFUSED if wrong else ExitCode.OK)


def _limits(run: Invocation, thresholds: Sequence[str]) -> Limits:
    profile = run.profile
    limits = Limits(run.now(), profile.threshold, dict(profile.thresholds))
    for given in thresholds:
        key, equals, words = given.rpartition("=")
        try:
            if equals:
                own = {**limits.thresholds, int(key): share(words)}
                limits = replace(limits, thresholds=own)
            else:
                limits = replace(limits, threshold=share(words))
        except ValueError as error:
            raise click.BadParameter(
                f"{given!r} is neither a percentage such as 20% nor a segment's, such as 12=50%.",
                param_hint="--threshold",
            ) from error
    return limits


def _read(run: Invocation) -> Readings:
    from segops_tui.jobs.health import READINGS, events_reading, rules_reading

    readings = _send(run, READINGS, Readings())
    edited, undeclared = edited_segments(readings), undeclared_events(readings)
    further = [rules_reading(edited)] if edited else []
    if undeclared and readings.schemas is not None:
        further.append(events_reading(undeclared))
    readings = _send(run, further, readings)
    try:
        jobs = [
            job for job in run.ledger.list(limit=JOBS_READ) if run.ledger.why_elsewhere(job) is None
        ]
    except SegOpsError as error:
        unread = {**readings.unread, "jobs": Unread("jobs", "jobs", str(error))}
        return replace(readings, unread=unread)
    return replace(readings, jobs=jobs)


def _send(run: Invocation, parts: Sequence[HealthPart], readings: Readings) -> Readings:
    """Read the parts, as many at a time as the transport carries."""
    unread = dict(readings.unread)
    read: dict[str, Any] = {}
    for part, answer in zip(parts, _answers(run, parts), strict=True):
        if isinstance(answer, SegOpsError):
            hint = command_hint(answer)
            unread[part.name] = Unread(part.title, part.place, str(answer), hint)
        else:
            read[part.name] = answer
    return replace(readings, unread=unread, **read)


def _answers(run: Invocation, parts: Sequence[HealthPart]) -> Iterable[Any]:
    from segops_tui.jobs.engine.runner import run_part

    client = run.client

    def answer(part: HealthPart) -> Any:
        try:
            return run_part(part.part(), client)
        except SegOpsError as error:
            return error

    if client.concurrency == 1:
        return map(answer, parts)
    from concurrent.futures import ThreadPoolExecutor

    pool = ThreadPoolExecutor(client.concurrency)
    try:
        return list(pool.map(answer, parts))
    finally:
        # Without waiting: Ctrl-C ends the command at once.
        pool.shutdown(wait=False, cancel_futures=True)
