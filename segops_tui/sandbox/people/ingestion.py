"""Ingestion: events come in, one or many, and are never changed again (contract §12).

Knows what is answered, for one event and for a batch; taking events in is `sandbox.intake`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from segops_tui.sandbox.core.calls import answer
from segops_tui.sandbox.core.errors import REQUIRED, Problem, invalid
from segops_tui.sandbox.people.intake import read_event, take_in

if TYPE_CHECKING:
    from segops_tui.sandbox.core.calls import Answer, Call
    from segops_tui.sandbox.core.context import Workspace

BATCH_LIMIT: Final = 500


def track(workspace: Workspace, call: Call) -> Answer:
    """Take one event; a bad one is refused, and one that breaks its schema quietly dropped."""
    take_in(workspace, [read_event(call.json(), workspace.now)])
    return answer({"queued": True}, status=202)


def track_batch(workspace: Workspace, call: Call) -> Answer:
    """Take up to 500 events; bad ones, by any measure, are skipped and counted."""
    body = call.json()
    listed = body.get("events") if isinstance(body, dict) else body
    if listed is None:
        raise invalid("events", REQUIRED)
    if not isinstance(listed, list):
        raise invalid("events", f"Expected a list of items but got {type(listed).__name__}.")
    if len(listed) > BATCH_LIMIT:
        raise invalid("events", f"At most {BATCH_LIMIT} events are taken, not {len(listed)}.")
    good = []
    for item in listed:
        try:
            good.append(read_event(item, workspace.now))
        except Problem:
            continue
    queued = take_in(workspace, good)
    return answer({"queued": queued, "skipped": len(listed) - queued}, status=202)
