"""`activations`: connectors that push a segment to a marketing tool."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from segops_tui.cli.core.crud import Facts, shared_verbs
from segops_tui.cli.core.params import several
from segops_tui.nouns.activations import ACTIVATIONS

if TYPE_CHECKING:
    from segops_tui.api.resources.activations import Activation
    from segops_tui.cli.core.context import Invocation
    from segops_tui.jobs.engine.job import Job


def _know_segments(run: Invocation) -> None:
    """Fetch segment names, so that activations show them instead of ids."""
    from contextlib import suppress

    from segops_tui.api.errors import SegOpsError

    # A key that may not read segments still sees its activations.
    with suppress(SegOpsError):
        run.out.know({segment.id: segment.name for segment in run.client.segments.list()})


FACTS: Final[Facts[Activation]] = Facts(
    group="activations",
    noun=ACTIVATIONS,
    space=lambda client: client.activations,
    example="--set segment=7 --set connector_type=klaviyo --set config.list_id=Xk3T9a",
    required=("segment", "connector_type", "config"),
    change="--set status=active",
    prepare=_know_segments,
)

COMMANDS: Final = shared_verbs(FACTS)


@COMMANDS.command(
    "activations sync",
    "segops-tui activations sync 1 2",
    "segops-tui activations sync 1 --no-wait",
    calls=("activations.sync", "activations.get"),
)
@several("activation")
def sync(run: Invocation, ids: tuple[str, ...]) -> int:
    """Push members who entered or left now.

    Works in any status. A segment that was never computed pushes an empty list, which clears
    the tool's audience.
    """
    from segops_tui.cli.core.run_jobs import run_each
    from segops_tui.jobs.sync import Sync, start_sync

    def start(key: str) -> Job:
        return start_sync(run.ledger, activation_id=key, name="", profile=run.profile.name)

    return run_each(run, ids, start, stage=Sync.stage)
