"""Every kind of job by name, so that a job from the ledger finds its plan again.

Knows which plan is whose; a new kind is one line here and one module.
"""

from __future__ import annotations

import uuid
from functools import partial
from typing import TYPE_CHECKING, Final

from segops_tui.jobs import export, page_builds, query_run, recompute, scoring, sync
from segops_tui.jobs.engine.errors import JobBusy
from segops_tui.jobs.engine.polling import follow
from segops_tui.jobs.imports import plan

if TYPE_CHECKING:
    from collections.abc import Callable

    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.ledger import Ledger
    from segops_tui.jobs.engine.plan import Plan


def _new_key() -> str:
    return str(uuid.uuid4())


KINDS: Final[dict[str, Callable[[Job], Plan]]] = {
    recompute.SEGMENT: partial(follow, kind=recompute.Recompute()),
    recompute.PRODUCT_SEGMENT: partial(follow, kind=recompute.Recompute()),
    scoring.SCORE: partial(follow, kind=scoring.ScoreOne()),
    scoring.SCORE_ALL: partial(follow, kind=scoring.ScoreAll()),
    page_builds.BUILD: partial(follow, kind=page_builds.PageWork()),
    page_builds.REGENERATE: partial(follow, kind=page_builds.PageWork()),
    page_builds.GENERATE: partial(follow, kind=page_builds.BulkGenerate()),
    query_run.QUERY_RUN: partial(follow, kind=query_run.QueryRun()),
    sync.SYNC: partial(follow, kind=sync.Sync()),
    export.EXPORT: export.plan,
    export.PAGE_EXPORT: export.plan,
    plan.IMPORT: partial(plan.plan, new_key=_new_key),
}


def plan_of(job: Job) -> Plan:
    """The plan of a job, from where it stands.

    Raises:
        JobBusy: a newer version of this program made a job of a kind this one does not know.
    """
    plan = KINDS.get(job.kind)
    if plan is None:
        raise JobBusy(
            f"Job {job.id} is a {job.kind}, which this version does not know.",
            hint="Update segops-tui to resume it.",
        )
    return plan(job)


def resume(ledger: Ledger, job_id: str) -> tuple[Job, Plan]:
    """Take a job over and find its plan; exactly one of several who try succeeds.

    Raises:
        KeyError: there is no such job.
        JobBusy: it is over, or a living process is at it.
    """
    plan_of(ledger.get(job_id)).close()
    job = ledger.claim(job_id)
    return job, plan_of(job)
