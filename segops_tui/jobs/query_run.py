"""Running one tracked query: each assistant's answer as it arrives (contract §7.1).

The run ends when every assistant has answered, or when the query has a newer last run.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final

from segops_tui.api.resources.queries import PROVIDERS, AIQuery, Queries, QueryResult
from segops_tui.jobs.engine.ledger import note_job
from segops_tui.jobs.engine.plan import Send, read, read_all
from segops_tui.jobs.engine.polling import (
    PolledWork,
    WorkStatus,
    has_moved,
    poll_until_done,
    timestamp,
)
from segops_tui.wording import plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from segops_tui.api.request import Id, Request
    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.ledger import Ledger
    from segops_tui.jobs.engine.plan import Part

QUERY_RUN: Final = "query-run"
_SILENCE: Final = 3.0
"""Seconds without an answer after which to check whether the run is over."""
_LONGEST_NAME: Final = 60


def start_query_run(
    ledger: Ledger, *, query_id: Id, name: str, profile: str, command: str = ""
) -> Job:
    """Note the run of a query; nothing is sent yet."""
    return note_job(
        ledger,
        QUERY_RUN,
        query_id,
        name=name,
        profile=profile,
        command=command or f"segops-tui queries run {query_id}",
        keys=(QueryRun.key,),
    )


class QueryRun(PolledWork):
    """One run. `before` is the time of the last run, and the ids of its answers."""

    stage: ClassVar[str] = "asking"
    unit: ClassVar[str] = "answers"
    arrival_seconds: ClassVar[float] = 30.0
    """Nothing shows a run before its first answer (contract §7.1)."""

    def begin(self, job: Job) -> Part[Job]:
        """Read the existing answers, and count the assistants that will answer."""
        query: AIQuery = yield Send(_query(job))
        answers = yield from read_all(Queries.results.build(None, job.target))
        text = query.query_text
        name = text if len(text) <= _LONGEST_NAME else f"{text[: _LONGEST_NAME - 1]}…"
        job = job.with_params(
            before=[timestamp(query.last_run_at), [answer.id for answer in answers]],
            expected=len(query.providers) or len(PROVIDERS),
        )
        return replace(job, target_name=name or job.target_name)

    def start(self, job: Job) -> Request[Any]:
        """The request that starts the run."""
        return Queries.run.build(None, job.target)

    def check(self, job: Job, *, quiet: float) -> Part[WorkStatus]:
        """Count the answers that are new."""
        last_run, known = job.params["before"]
        expected: int = job.params["expected"]
        answers = yield from read_all(Queries.results.build(None, job.target))
        fresh = [answer for answer in answers if answer.id not in set(known)]
        is_over = len(fresh) >= expected
        if not is_over and quiet >= _SILENCE:
            query = yield from read(_query(job))
            is_over = has_moved(last_run, query.last_run_at)
        return WorkStatus(
            is_over=is_over,
            is_running=0 < len(fresh) < expected,
            done=len(fresh),
            total=expected,
            result=_result(fresh, expected),
        )


def _query(job: Job) -> Request[AIQuery]:
    return Queries.get.build(None, job.target)


def _result(fresh: Sequence[QueryResult], expected: int) -> dict[str, Any]:
    places = [answer.position for answer in fresh if answer.position is not None]
    words = f"{len(places)} of {plural(len(fresh), 'answer')} mention you"
    if places:
        words += f", best #{min(places)}"
    if len(fresh) < expected:
        words += f"; {plural(expected - len(fresh), 'assistant')} did not answer"
    return {
        "answers": len(fresh),
        "asked": expected,
        "mentions": len(places),
        "best_position": min(places, default=None),
        "summary": words,
    }


plan = partial(poll_until_done, kind=QueryRun())
