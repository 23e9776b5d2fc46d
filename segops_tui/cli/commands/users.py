"""`users`: people, what they did, and why a segment holds them or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from segops_tui import wording
from segops_tui.cli.core.group import Commands
from segops_tui.cli.core.input import body_options, read_object
from segops_tui.cli.core.options import SINCE, start_of
from segops_tui.cli.core.params import ID, ObjectId, completes
from segops_tui.nouns.users import (
    CHANGES,
    EVENTS,
    EXPLAINED,
    USER_SEGMENTS,
    USERS,
    change_rows,
    verdict_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import timedelta

    from segops_tui.api.resources.users import ConditionResult, User
    from segops_tui.cli.core.context import Invocation

COMMANDS: Final = Commands()

_MOST: Final = 200
"""Users or events in one answer (contract §9.1); there is no way to ask for the rest."""

USER = click.argument("user_id", metavar="USER", type=ID, shell_complete=completes("user"))


@COMMANDS.command(
    "users search",
    "segops-tui users search ada",
    "segops-tui users search --limit 20 -o name",
    calls=("users.search",),
    noun=USERS,
    lists=True,
)
@click.argument("text", metavar="[TEXT]", required=False)
def search(run: Invocation, text: str | None) -> None:
    """Search users by part of their id.

    The API returns at most 200; a longer TEXT narrows the search.
    """
    from segops_tui.cli.core.lists import write_list
    from segops_tui.cli.core.printing.selection import RowSelection

    selection = RowSelection.of(run)
    text = text or selection.send("user_id", ":")
    found = run.client.users.search(text, limit=_most(run))
    write_list(
        run, found, USERS, rest=f"a longer TEXT finds fewer, {_MOST} at most are shown",
        selection=selection, is_narrowed=bool(text),
    )  # fmt: skip


def _most(run: Invocation) -> int:
    """How many rows to ask for: all there are, where they are sorted or compared here."""
    is_selected = run.options.where or run.options.sort
    return _MOST if is_selected else min(run.options.rows or _MOST, _MOST)


@COMMANDS.command(
    "users get",
    "segops-tui users get u_00066",
    "segops-tui users get ada@example.com -o json",
    calls=("users.get",),
    noun=USERS,
)
@USER
def get(run: Invocation, user_id: str) -> None:
    """Show one user and their properties.

    For an alias, shows the user it is linked to.
    """
    user = run.client.users.get(user_id)
    run.out.one(user, USERS, further=_properties(user))


def _properties(user: User) -> Mapping[str, Sequence[str]]:
    from segops_tui.nouns.column import format_value

    wide = max((len(name) for name in user.properties), default=0)
    lines = [f"{name:<{wide}}  {format_value(value)}" for name, value in user.properties.items()]
    return {"properties": lines or ["none were sent"]}


@COMMANDS.command(
    "users events",
    "segops-tui users events u_00066",
    "segops-tui users events u_00066 --since 7d",
    "segops-tui users events u_00066 --type order_placed --since 2026-05-01 -o ndjson",
    calls=("users.events",),
    noun=EVENTS,
    lists=True,
)
@USER
@click.option("--type", "event_type", metavar="EVENT", help="Only events of this type.")
@click.option(
    "--since",
    metavar="WHEN",
    type=SINCE,
    help="Only events since this date or time, such as 2026-05-01, or as long ago as 7d or 24h.",
)
def events(
    run: Invocation, user_id: str, event_type: str | None, since: timedelta | str | None
) -> None:
    """List a user's events, newest first.

    The API returns at most 200; narrow them down with --since and --type.
    """
    from segops_tui.cli.core.lists import write_list
    from segops_tui.cli.core.printing.selection import RowSelection

    selection = RowSelection.of(run)
    event_type = event_type or selection.send("event_type", "=")
    start = start_of(since, run.now())
    found = run.client.users.events(user_id, event_type=event_type, since=start, limit=_most(run))
    rest = f"--since and --type narrow them down, {_MOST} at most are shown"
    write_list(
        run, found, EVENTS, remember=False, rest=rest, selection=selection,
        is_narrowed=bool(event_type or start),
    )  # fmt: skip


@COMMANDS.command(
    "users segments",
    "segops-tui users segments u_00066",
    "segops-tui users segments u_00066 -o name",
    calls=("users.segments",),
    noun=USER_SEGMENTS,
    lists=True,
)
@USER
def segments(run: Invocation, user_id: str) -> None:
    """List the segments a user is in."""
    from segops_tui.cli.core.lists import write_list

    write_list(run, run.client.users.segments(user_id), USER_SEGMENTS, remember=False)


@COMMANDS.command(
    "users explain",
    "segops-tui users explain u_00066 1",
    "segops-tui users explain u_00066 1 -o json",
    calls=("users.explain", "segments.get"),
    noun=EXPLAINED,
)
@USER
@click.argument("segment_id", metavar="SEGMENT", type=ObjectId("segment"))
def explain(run: Invocation, user_id: str, segment_id: str) -> None:
    """Show each condition of a segment's rule for one user.

    Works for members and others. The result is live; membership dates come from the
    last compute.
    """
    rows = list(run.client.users.explain(user_id, segment_id))
    run.out.listing(rows, EXPLAINED)
    if run.out.is_table:
        run.out.flush()
        _tell_verdict(run, user_id, segment_id, rows)


def _tell_verdict(
    run: Invocation, user_id: str, segment_id: str, rows: list[ConditionResult]
) -> None:
    from segops_tui.api.errors import SegOpsError

    if not rows:
        run.talk.note(EXPLAINED.empty)
        return
    try:
        segment = run.client.segments.get(segment_id)
    except SegOpsError:
        # The conditions are the answer; the verdict over them needs the segment's own logic.
        return
    verdict = verdict_of(rows, segment.definition)
    run.out.line("")
    run.out.line(wording.plain(f"{verdict.sentence(user_id, segment.name)}: {verdict.count}"))


@COMMANDS.command(
    "users simulate",
    "segops-tui users simulate u_00066 order_placed --set total=900",
    "segops-tui users simulate u_00066 order_placed payload.json -o json",
    calls=("users.publish_sandbox",),
)
@USER
@click.argument("event_type", metavar="EVENT")
@click.option(
    "--at", "occurred_at", metavar="TIME", help="When it happened, ISO 8601 (default now)."
)
@body_options
def simulate(
    run: Invocation,
    user_id: str,
    event_type: str,
    occurred_at: str | None,
    source: str | None,
    sets: tuple[str, ...],
) -> None:
    """Test an event: show which segments would change; stores nothing.

    FILE holds the event's payload. To record an event: segops-tui events track
    """
    payload: dict[str, Any] = read_object(source, sets)
    found = run.client.users.publish_sandbox(
        user_id=user_id, event_type=event_type, payload=payload, occurred_at=occurred_at
    )
    if run.options.output in {"json", "yaml", "ndjson"} and not run.options.fields:
        run.out.data(found.raw)
        return
    rows = change_rows(found)
    run.out.listing(rows, CHANGES)
    run.out.flush()
    if run.out.is_table:
        stay = wording.plural(found.unchanged_count, "segment")
        run.talk.note(f"{stay} would stay as they are; nothing was stored")
