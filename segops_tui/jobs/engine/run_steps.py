"""Carries out a part of a plan that is no job: questions asked of a server, nothing to resume.

Knows how to send, wait and work in both colours; keeps no record.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar, cast

from segops_tui.api.errors import SegOpsError
from segops_tui.jobs.engine.plan import Send, Wait, Work

if TYPE_CHECKING:
    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.plan import Part, Step
    from segops_tui.jobs.engine.progress_reporter import AsyncClient, Client

T = TypeVar("T")


def ask(part: Part[T], client: Client) -> T:
    """Walk `part` to its answer.

    Raises:
        SegOpsError: what ended it.
    """
    step, answer = _next(part, None)
    while step is not None:
        reply: Any = None
        try:
            match step:
                case Send():
                    reply = client.send(step.request, key=step.key)
                case Wait(seconds):
                    client.sleep(seconds)
                case Work(run):
                    reply = run(_untold)
        except SegOpsError as error:
            reply = error
        step, answer = _next(part, reply)
    return cast("T", answer)


async def ask_async(part: Part[T], client: AsyncClient) -> T:
    """Walk `part` to its answer; work goes to a thread.

    Raises:
        SegOpsError: what ended it.
    """
    step, answer = _next(part, None)
    while step is not None:
        reply: Any = None
        try:
            match step:
                case Send():
                    reply = await client.send(step.request, key=step.key)
                case Wait(seconds):
                    await client.sleep(seconds)
                case Work(run):
                    reply = await asyncio.to_thread(run, _untold)
        except SegOpsError as error:
            reply = error
        step, answer = _next(part, reply)
    return cast("T", answer)


def _next(part: Part[T], reply: Any) -> tuple[Step | None, Any]:
    """The next step, or None and the answer."""
    try:
        return (part.throw(reply) if isinstance(reply, SegOpsError) else part.send(reply)), None
    except StopIteration as end:
        return None, end.value


def _untold(_job: Job) -> None:
    """Nobody listens: there is no job."""
