"""Every kind of job and where its plan is, so that a job from the ledger finds its plan again.

A plan is imported when it is first needed: a recompute does not load the CSV import.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

from segops_tui.jobs.engine.errors import JobBusy

if TYPE_CHECKING:
    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.ledger import Ledger
    from segops_tui.jobs.engine.plan import Plan

KINDS: Final = {
    "recompute": "segops_tui.jobs.recompute:plan",
    "recompute-products": "segops_tui.jobs.recompute:plan",
    "score": "segops_tui.jobs.scoring:plan_one",
    "score-all": "segops_tui.jobs.scoring:plan_all",
    "page-build": "segops_tui.jobs.page_builds:plan_one",
    "page-regenerate": "segops_tui.jobs.page_builds:plan_one",
    "pages-generate": "segops_tui.jobs.page_builds:plan_all",
    "query-run": "segops_tui.jobs.query_run:plan",
    "sync": "segops_tui.jobs.sync:plan",
    "export": "segops_tui.jobs.segment_export:plan",
    "export-traits": "segops_tui.jobs.trait_export:plan",
    "page-export": "segops_tui.jobs.page_export:plan",
    "import": "segops_tui.jobs.imports.plan:plan",
    "import-undo": "segops_tui.jobs.imports.undo:plan",
    "apply": "segops_tui.jobs.workspace.applying:plan",
}
"""Kind of job → `module:function` that makes a plan of a job."""


def plan_of(job: Job) -> Plan:
    """The plan of a job, from where it stands.

    Raises:
        JobBusy: a newer version of this program made a job of a kind this one does not know.
    """
    place = KINDS.get(job.kind)
    if place is None:
        raise JobBusy(
            f"Job {job.id} is a {job.kind}, which this version does not know.",
            hint="Update segops-tui to resume it.",
        )
    module, _, name = place.partition(":")
    plan: Plan = getattr(import_module(module), name)(job)
    return plan


def resume(ledger: Ledger, job_id: str) -> tuple[Job, Plan]:
    """Claim a job and find its plan; if several processes try, exactly one succeeds.

    Raises:
        KeyError: there is no such job.
        JobBusy: it has ended, or a living process runs it.
    """
    plan_of(ledger.get(job_id)).close()
    job = ledger.claim(job_id)
    return job, plan_of(job)
