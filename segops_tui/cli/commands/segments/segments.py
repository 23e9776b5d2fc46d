"""`segments`: audiences, and who is in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from segops_tui.cli.core.completion import completes
from segops_tui.cli.core.crud import Facts, shared_verbs
from segops_tui.cli.core.param_types import ID
from segops_tui.nouns.segments import MEMBERS, SEGMENTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from segops_tui.api.resources.segments import Segment
    from segops_tui.cli.core.context import Invocation

_MOST_MEMBERS: Final = 1_000
"""The largest page of members the API gives (contract §1.7)."""


def rule_of(run: Invocation, segment: Segment) -> Mapping[str, Sequence[str]]:
    """The rule as a person reads it, with the names of the segments it refers to."""
    from segops_tui.api.definition import referenced_segments, rule_lines
    from segops_tui.api.errors import NotFound

    names = {}
    for number in sorted(referenced_segments(segment.definition)):
        try:
            names[number] = run.client.segments.get(number).name
        except NotFound:
            names[number] = f"{number}, which does not exist"
    lines = rule_lines(dict(segment.definition), segment_names=names)
    return {"definition": [f"{'  ' * line.depth}{line.text}" for line in lines]}


FACTS: Final[Facts[Segment]] = Facts(
    group="segments",
    noun=SEGMENTS,
    space=lambda client: client.segments,
    example="--set name=VIPs --set description='Our best customers'",
    further=rule_of,
)

COMMANDS: Final = shared_verbs(FACTS)


@COMMANDS.command(
    "segments members",
    "segops-tui segments members 12",
    "segops-tui segments members 12 --all -o name > members.txt",
    calls=("segments.members",),
)
@click.argument("id", type=ID, shell_complete=completes("segment"))
def members(run: Invocation, id: str) -> None:
    """List who is in a segment.

    That is who was in it at its last compute; `segments recompute` brings it up to date.
    """
    from segops_tui.cli.core.lists import write_list

    most = min(run.options.rows or _MOST_MEMBERS, _MOST_MEMBERS)
    write_list(run, run.client.segments.members(id, limit=most), MEMBERS, remember=False)


@COMMANDS.command(
    "segments membership",
    "segops-tui segments membership u_00066",
    "segops-tui segments membership ada@example.com -o json",
    calls=("segments.membership",),
)
@click.argument("user_id", metavar="USER")
def membership(run: Invocation, user_id: str) -> None:
    """List the segments one user is in."""
    from segops_tui.api.record import Record
    from segops_tui.nouns.column import Column, Noun, aged

    answer = run.client.segments.membership(user_id)
    noun: Noun[Any] = Noun(
        name="membership",
        plural="memberships",
        title="Memberships",
        key=lambda row: row.raw.get("segment_id"),
        label=lambda row: str(row.raw.get("segment_name", "")),
        empty=f"{user_id} is in no segment.",
        columns=(
            Column("segment_id", "ID", lambda row: row.raw.get("segment_id"), align="right"),
            Column("segment_name", "NAME", lambda row: row.raw.get("segment_name"), flex=True),
            Column("computed_at", "COMPUTED", _computed_at, aged),
        ),
    )
    if run.options.output in {"json", "yaml", "ndjson"} and not run.options.fields:
        run.out.data(answer.raw)
        return
    rows = [
        Record(row if isinstance(row, dict) else {"segment_id": row}) for row in answer.segments
    ]
    run.out.listing(rows, noun)
    if not rows and run.out.is_table:
        run.talk.note(noun.empty)


def _computed_at(row: Any) -> Any:
    from segops_tui.api.record import as_moment

    return as_moment(row.raw.get("computed_at"))
