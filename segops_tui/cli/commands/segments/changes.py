"""`segments changes`: who joined and who left a segment, by a recompute or since an export."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from segops_tui import wording
from segops_tui.api.record import Record
from segops_tui.cli.core.group import Commands
from segops_tui.cli.core.params import one
from segops_tui.nouns.segments import MEMBER_CHANGES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from segops_tui.cli.core.context import Invocation
    from segops_tui.jobs.member_snapshots import MemberChanges, MemberSnapshots

COMMANDS: Final = Commands()

_BATCH: Final = 10_000
"""Ids of a file that are written at once."""


@COMMANDS.command(
    "segments changes",
    "segops-tui segments changes 12",
    "segops-tui segments changes 12 --since before.csv",
    "segops-tui segments changes 12 -o json --all",
    calls=("segments.compute", "segments.get", "segments.members"),
)
@one("segment")
@click.option(
    "--since",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Compare with an earlier `segments export` (CSV); recomputes nothing.",
)
def changes(run: Invocation, id: str, since: Path | None) -> int:
    """List who joined and who left a segment.

    Recomputes the segment, and compares its members before and after; up to 1,000,000 members
    are compared, in a temporary file. The counts go to stderr; -o json has counts and ids.
    """
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="segops-tui-") as folder:
        file = Path(folder) / "members.db"
        if since is not None:
            return _since(run, id, since, file)
        return _by_recompute(run, id, file)


def _by_recompute(run: Invocation, id: str, file: Path) -> int:
    from segops_tui.cli.core.run_jobs import as_id, exit_code, patience, raise_first, work
    from segops_tui.jobs.member_snapshots import MOST_MEMBERS, MemberSnapshots
    from segops_tui.jobs.recompute import Comparison, Recompute, start_recompute
    from segops_tui.jobs.registry import plan_of

    if not run.options.wait:
        raise click.UsageError("segments changes waits for the recompute; leave --no-wait out.")
    job = start_recompute(
        run.ledger,
        segment_id=id,
        name="",
        profile=run.profile.name,
        compare=Comparison(file),
    )
    outcomes = work(run, [job], plan_of, patience(run, on_its_way=Recompute.stage))
    if outcomes is None:
        return run.ended_early
    raise_first(outcomes)
    done = outcomes[0].job
    if not done.is_final:
        return exit_code(run, outcomes)
    with MemberSnapshots(file) as kept:
        found = kept.changes() if "joined" in done.result else None
        if found is None:
            from segops_tui.jobs.engine.errors import JobFailed

            raise JobFailed(
                f"The members of segment {id} could not be compared: {done.summary}.",
                job=done,
                hint=f"Up to {MOST_MEMBERS:,} members are compared, and another compute at the"
                " same time prevents it.",
            )
        _write(run, as_id(id), kept, found)
    return exit_code(run, outcomes)


def _since(run: Invocation, id: str, export: Path, file: Path) -> int:
    from segops_tui.cli.core.run_jobs import as_id
    from segops_tui.jobs.engine.polling import timestamp
    from segops_tui.jobs.member_snapshots import MOST_MEMBERS, PAGE, MemberSnapshots

    segment = run.client.segments.get(id)
    with MemberSnapshots(file) as kept:
        before = kept.begin("")
        ids = _exported_ids(export)
        while batch := list(islice(ids, _BATCH)):
            _check_limit(kept.add(before, batch), MOST_MEMBERS, str(export))
        kept.finish(before)
        after = kept.begin(timestamp(segment.last_computed_at))
        for page in run.client.segments.members(id, limit=PAGE).pages():
            count = kept.add(after, (member.user_id for member in page.items))
            _check_limit(count, MOST_MEMBERS, f"Segment {id}")
        kept.finish(after)
        found = kept.changes()
        assert found is not None
        _write(run, as_id(id), kept, found)
    return 0


def _check_limit(count: int, most: int, what: str) -> None:
    if count > most:
        raise click.UsageError(f"{what} has more than {most:,} members; so many are not compared.")


def _exported_ids(path: Path) -> Iterator[str]:
    """The ids in a file of `segments export`, or in one with an id a line."""
    import csv

    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file)
            head = next(rows, [])
            place = head.index("user_id") if "user_id" in head else 0
            if "user_id" not in head and head:
                if len(head) > 1:
                    raise click.UsageError(f"{path} has no column user_id.")
                yield head[0]
            for row in rows:
                if len(row) > place and row[place]:
                    yield row[place]
    except (UnicodeDecodeError, csv.Error) as error:
        raise click.UsageError(
            f"{path} is not a CSV file of members: {error}. Export with --to members.csv."
        ) from error


def ids_of(kept: MemberSnapshots, found: MemberChanges, most: int | None) -> dict[str, list[str]]:
    """Who joined and who left, by id, at most so many of each."""
    return {
        "who_joined": list(islice(kept.joined(found), most)),
        "who_left": list(islice(kept.left(found), most)),
    }


def _write(run: Invocation, id: Any, kept: MemberSnapshots, found: MemberChanges) -> None:
    most = run.options.rows
    if run.options.output in {"json", "yaml"} and not run.options.fields:
        run.out.data(
            {
                "id": id,
                "before": found.before.members,
                "after": found.after.members,
                "before_computed_at": found.before.computed_at or None,
                "after_computed_at": found.after.computed_at or None,
                "joined": found.joined,
                "left": found.left,
                **ids_of(kept, found, most),
            }
        )
        is_cut = most is not None and max(found.joined, found.left) > most
    else:
        rows = (
            Record({"change": change, "user_id": user_id})
            for change, ids in (("joined", kept.joined(found)), ("left", kept.left(found)))
            for user_id in ids
        )
        run.out.listing(islice(rows, most), MEMBER_CHANGES)
        is_cut = most is not None and found.joined + found.left > most
    run.out.flush()
    run.talk.note(
        f"{found.summary}; {wording.count(found.before.members)} →"
        f" {wording.plural(found.after.members, 'member')}"
    )
    if is_cut:
        run.talk.note(f"showing {wording.count(most)}; --all for the rest")
