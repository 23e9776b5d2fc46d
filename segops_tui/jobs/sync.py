"""Syncing one connector: a segment's members are pushed to an outside tool (contract §6)."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final

from segops_tui.api.resources.activations import Activation, Activations
from segops_tui.jobs.engine.ledger import note_job
from segops_tui.jobs.engine.plan import Send, read
from segops_tui.jobs.engine.polling import (
    PolledWork,
    WorkStatus,
    has_moved,
    poll_until_done,
    timestamp,
)
from segops_tui.wording import iso

if TYPE_CHECKING:
    from collections.abc import Iterable

    from segops_tui.api.request import Id, Request
    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.ledger import Ledger
    from segops_tui.jobs.engine.plan import Part

SYNC: Final = "sync"


def start_sync(
    ledger: Ledger, *, activation_id: Id, name: str, profile: str, command: str = ""
) -> Job:
    """Note the sync of a connector; nothing is sent yet."""
    return note_job(
        ledger,
        SYNC,
        activation_id,
        name=name,
        profile=profile,
        command=command or f"segops-tui activations sync {activation_id}",
        keys=(Sync.key,),
    )


class Sync(PolledWork):
    """One sync. `before` is the time of the last successful one, and the last error."""

    stage: ClassVar[str] = "syncing"
    settle_seconds: ClassVar[float] = 30.0
    """Longer than elsewhere: a connector does not show that a sync is running, and the same error
    twice looks like the first."""
    arrival_seconds: ClassVar[float] = 30.0

    def begin(self, job: Job) -> Part[Job]:
        """Read the connector's last sync."""
        connector: Activation = yield Send(_get(job))
        before = [timestamp(connector.last_synced_at), connector.last_error]
        name = job.target_name
        if name == f"#{job.target}" and connector.connector_type:
            name = f"{connector.connector_type} {name}"
        return replace(job.with_params(before=before), target_name=name)

    def start(self, job: Job) -> Request[Any]:
        """The request that starts the sync."""
        return Activations.sync.build(None, job.target)

    def check(self, job: Job, *, quiet: float) -> Part[WorkStatus]:  # noqa: ARG002
        """Compare the last sync and its error with `before`."""
        connector = yield from read(_get(job))
        synced_at = connector.last_synced_at
        is_new = has_moved(job.params["before"][0], synced_at)
        at = None if synced_at is None else iso(synced_at)
        return WorkStatus(
            is_over=is_new and not connector.last_error,
            is_failed=is_new and bool(connector.last_error),
            error=connector.last_error,
            result={"status": connector.status, "synced_at": at, "summary": "members pushed"},
        )

    def previous_error(self, job: Job) -> str:
        """The error of the previous sync."""
        return str(job.params["before"][1])

    def times(self, job: Job) -> Iterable[str]:
        """The time of the previous sync."""
        return (job.params["before"][0],)


def _get(job: Job) -> Request[Activation]:
    return Activations.get.build(None, job.target)


plan = partial(poll_until_done, kind=Sync())
