"""`segments` and `product-segments`: audiences and sets of products, their rules and members."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from segops_tui.api.record import Record, as_moment
from segops_tui.cli.core.crud import Facts, shared_verbs
from segops_tui.cli.core.input import body_options, read_object
from segops_tui.cli.core.params import ObjectId, one
from segops_tui.nouns.column import Column, Noun, aged, counted
from segops_tui.nouns.segments import PRODUCT_SEGMENTS, SEGMENTS, VERSIONS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from segops_tui.api.condition_types import Kind
    from segops_tui.api.resources.product_segments import ProductSegment
    from segops_tui.api.resources.segments import Preview, Segment, SizeEstimate, Version
    from segops_tui.cli.core.context import Invocation


def rule_of(
    run: Invocation, segment: Segment | ProductSegment, kind: Kind = "user"
) -> Mapping[str, Sequence[str]]:
    """The rule as the user reads it, with the names of the segments it refers to."""
    from segops_tui.api.definition import referenced_segments, rule_lines
    from segops_tui.api.errors import NotFound

    names, missing = {}, set()
    for number in sorted(referenced_segments(segment.definition)):
        try:
            names[number] = run.client.segments.get(number).name
        except NotFound:
            missing.add(number)
    lines = rule_lines(dict(segment.definition), kind=kind, segment_names=names, missing=missing)
    return {"definition": [f"{'  ' * line.depth}{line.text}" for line in lines]}


def _used_by(run: Invocation, ids: Sequence[str]) -> Sequence[str]:
    from segops_tui.api.errors import SegOpsError
    from segops_tui.nouns.segments import used_by

    try:
        activations = list(run.client.activations.list())
        segments = list(run.client.segments.list())
        product_segments = list(run.client.product_segments.list())
    except SegOpsError as error:
        return [f"unknown, as it could not be read: {error}"]
    chosen = {int(key) for key in ids if key.isdecimal()}
    return used_by(chosen, segments, activations, product_segments)


FACTS: Final[Facts[Segment]] = Facts(
    group="segments",
    noun=SEGMENTS,
    space=lambda client: client.segments,
    example="--set name=VIPs --set description='Our best customers'",
    further=rule_of,
    used_by=_used_by,
)


def _product_rule(run: Invocation, segment: ProductSegment) -> Mapping[str, Sequence[str]]:
    return rule_of(run, segment, "product")


PRODUCT_FACTS: Final[Facts[ProductSegment]] = Facts(
    group="product-segments",
    noun=PRODUCT_SEGMENTS,
    space=lambda client: client.product_segments,
    example='--set name=\'On sale\' --set definition=\'{"logic": "AND", "conditions": []}\'',
    required=("name", "definition"),
    further=_product_rule,
)

COMMANDS: Final = shared_verbs(FACTS, PRODUCT_FACTS)


def _computed_at(row: Any) -> Any:
    return as_moment(row.raw.get("computed_at"))


MEMBERSHIPS: Final[Noun[Record]] = Noun(
    name="membership",
    plural="memberships",
    title="Memberships",
    key=lambda row: row.raw.get("segment_id"),
    label=lambda row: str(row.raw.get("segment_name", "")),
    empty="In no segment.",
    columns=(
        Column("segment_id", "ID", lambda row: row.raw.get("segment_id"), align="right"),
        Column("segment_name", "NAME", lambda row: row.raw.get("segment_name"), flex=True),
        Column("computed_at", "COMPUTED", _computed_at, aged),
    ),
)


@COMMANDS.command(
    "segments membership",
    "segops-tui segments membership u_00066",
    "segops-tui segments membership ada@example.com -o json",
    calls=("segments.membership",),
    noun=MEMBERSHIPS,
    lists=True,
)
@click.argument("user_id", metavar="USER")
def membership(run: Invocation, user_id: str) -> None:
    """List the segments one user is in."""
    from segops_tui.cli.core.lists import write_rows

    answer = run.client.segments.membership(user_id)
    asked = run.options
    is_whole = not (asked.fields or asked.where or asked.sort)
    if asked.output in {"json", "yaml", "ndjson"} and is_whole:
        run.out.data(answer.raw)
        return
    rows = [
        Record(row if isinstance(row, dict) else {"segment_id": row}) for row in answer.segments
    ]
    write_rows(run, rows, MEMBERSHIPS, empty=f"{user_id} is in no segment.")


PREVIEW: Final[Noun[Preview]] = Noun(
    name="preview",
    plural="previews",
    title="Preview",
    key=lambda preview: preview.matched_users,
    label=lambda preview: f"{preview.matched_users} users",
    empty="",
    columns=(
        Column("matched_users", "USERS", lambda p: p.matched_users, counted, align="right"),
        Column("sample_user_ids", "SAMPLE", lambda p: p.sample_user_ids, flex=True),
    ),
)

ESTIMATE: Final[Noun[SizeEstimate]] = Noun(
    name="estimate",
    plural="estimates",
    title="Estimate",
    key=lambda estimate: estimate.estimated_count,
    label=lambda estimate: f"{estimate.estimated_count} users",
    empty="",
    shown_by_others=frozenset({"matched_users"}),
    columns=(
        Column("estimated_count", "USERS", lambda e: e.estimated_count, counted, align="right"),
    ),
)


@COMMANDS.command(
    "segments preview",
    "segops-tui segments preview rule.json",
    "segops-tui segments preview --id 12",
    calls=("segments.preview", "segments.get"),
)
@click.option(
    "--id", "segment_id", type=ObjectId("segment"), metavar="ID|NAME",
    help="Start from this segment's definition.",
)  # fmt: skip
@body_options
def preview(
    run: Invocation, segment_id: str | None, source: str | None, sets: tuple[str, ...]
) -> None:
    """Count and sample the users a definition matches; stores nothing.

    FILE holds the definition itself, or a segment with one.
    """
    if source is not None and source.isdigit() and not Path(source).exists():
        raise click.UsageError(
            f"FILE is the file of a rule, and there is none named {source}."
            f" For the rule of segment {source}: segops-tui segments preview --id {source}"
        )
    given = read_object(source, sets)
    definition = given.get("definition", given)
    if segment_id is not None:
        definition = {**run.client.segments.get(segment_id).definition, **definition}
    if not definition:
        raise click.UsageError("There is no definition: give a FILE, --set or --id.")
    found = run.client.segments.preview(definition=definition)
    run.out.one(found, PREVIEW, further={"sql": found.sql.splitlines()} if found.sql else {})


@COMMANDS.command(
    "segments estimate", "segops-tui segments estimate 12", calls=("segments.estimate",)
)
@one("segment")
def estimate(run: Invocation, id: str) -> None:
    """Count the users a stored definition matches now."""
    run.out.one(run.client.segments.estimate(id), ESTIMATE)


@COMMANDS.command(
    "segments versions",
    "segops-tui segments versions 12",
    calls=("segments.versions",),
    noun=VERSIONS,
    lists=True,
)
@one("segment")
def versions(run: Invocation, id: str) -> None:
    """List every saved definition of a segment."""
    from segops_tui.cli.core.lists import write_list

    write_list(run, run.client.segments.versions(id), VERSIONS, remember=False)


@COMMANDS.command(
    "segments diff",
    "segops-tui segments diff 12",
    "segops-tui segments diff 12 1 3",
    calls=("segments.versions",),
)
@one("segment")
@click.argument("older", type=int, metavar="[OLDER]", required=False)
@click.argument("newer", type=int, metavar="[NEWER]", required=False)
def diff(run: Invocation, id: str, older: int | None, newer: int | None) -> None:
    """Show what changed between two versions of a definition.

    Without OLDER and NEWER, the last two.
    """
    saved = {version.version: version for version in run.client.segments.versions(id)}
    numbers = sorted(saved)
    if older is None and len(numbers) < 2:
        run.talk.note(f"Segment {id} has {len(numbers)} saved versions: nothing to compare.")
        return
    first = numbers[-2] if older is None else older
    second = numbers[-1] if newer is None else newer
    for number in (first, second):
        if number not in saved:
            known = ", ".join(map(str, numbers)) or "none"
            raise click.UsageError(f"Segment {id} has no version {number}. Saved: {known}.")
    _write_diff(run, saved[first], saved[second])


def _write_diff(run: Invocation, older: Version, newer: Version) -> None:
    if not run.out.is_table:
        before, after = _conditions(older), _conditions(newer)
        run.out.data(
            {
                "from": older.version,
                "to": newer.version,
                "logic": [older.definition.get("logic"), newer.definition.get("logic")],
                "removed": [condition for condition in before if condition not in after],
                "added": [condition for condition in after if condition not in before],
            }
        )
        return
    from difflib import unified_diff

    from segops_tui.nouns.encode import to_json

    before, after = (to_json(dict(v.definition)).splitlines() for v in (older, newer))
    names = (f"version {older.version}", f"version {newer.version}")
    changed = list(unified_diff(before, after, *names, lineterm=""))
    run.out.diff(changed)
    if not changed:
        run.talk.note("The two definitions are the same.")


def _conditions(version: Version) -> list[Any]:
    given = version.definition.get("conditions")
    return given if isinstance(given, list) else []
