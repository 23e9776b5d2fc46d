"""How segments, their members and their versions look to a person."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from segops_tui import wording
from segops_tui.api.resources.segments import is_edited
from segops_tui.nouns.action import Action, copy_action, create_action, delete_action, edit_action
from segops_tui.nouns.column import Column, Context, Noun, Tone, aged, counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Set

    from segops_tui.api.record import Record
    from segops_tui.api.resources.activations import Activation
    from segops_tui.api.resources.product_segments import ProductSegment
    from segops_tui.api.resources.segments import Member, Segment, Version

STALE_AFTER: Final = timedelta(hours=24)
"""Memberships older than this are called stale. Ours: the API has no such word."""

SYMBOLS: Final = {
    "draft": "○", "computing": "◌", "computed": "●", "changed": "◍", "rule changed": "◍",
    "stale": "◍", "failed": "✗", "inactive": "‖",
}  # fmt: skip
"""State never shows by colour alone."""


def state(segment: Segment | ProductSegment, context: Context) -> str:
    """`computing`, `failed`, `inactive`, `draft`, `rule changed`, `changed`, `stale` or `computed`.

    An inactive segment is left out where stale ones are recomputed, so its age says little.
    `status` is an inferred field, so a missing one is read off `last_computed_at`. Where versions
    were not read, a later `updated_at` only says that something was changed: rule or name.
    """
    if segment.is_computing:
        return "computing"
    if segment.last_compute_error:
        return "failed"
    if not segment.is_active:
        return "inactive"
    if segment.last_computed_at is None:
        return "draft"
    if segment.updated_at is not None and is_edited(segment):
        changes_rule = context.edits.get((segment.id, segment.updated_at))
        if changes_rule is None:
            return "changed"
        if changes_rule:
            return "rule changed"
    return "stale" if context.now - segment.last_computed_at > STALE_AFTER else "computed"


def is_stale(segment: Segment | ProductSegment, *, context: Context, than: timedelta) -> bool:
    """Whether an active segment's membership is older than `than`, or never was."""
    if not segment.is_active:
        return False
    when = segment.last_computed_at
    return when is None or context.now - when > than


def has_rule(segment: Segment | ProductSegment) -> bool:
    """Whether there is anything to compute; a listing that leaves definitions out does not say."""
    return "definition" not in segment.raw or bool(segment.definition.get("conditions"))


def copy_of(segment: Segment | ProductSegment, name: str | None = None) -> dict[str, Any]:
    """The fields of another segment with the same rule."""
    fields = {"name": name or f"Copy of {segment.name}", "description": segment.description}
    return fields | ({"definition": dict(segment.definition)} if segment.definition else {})


def in_order_of_dependence(segments: Iterable[Segment]) -> list[list[Segment]]:
    """The segments in groups to recompute one after the other: first what others refer to.

    Rules that refer to each other in a circle, which the API refuses, come last together.
    """
    from segops_tui.api.definition import referenced_segments  # noqa: PLC0415

    left = {segment.id: segment for segment in segments}
    groups = []
    while left:
        free = [
            s
            for s in left.values()
            if not (referenced_segments(s.definition) - {s.id}) & left.keys()
        ]
        group = free or list(left.values())
        groups.append(group)
        for segment in group:
            del left[segment.id]
    return groups


def used_by(
    ids: Set[int],
    segments: Iterable[Segment],
    activations: Iterable[Activation],
    product_segments: Iterable[ProductSegment] = (),
) -> list[str]:
    """What relies on these segments, a line each: rules that refer to them, and connectors.

    A rule's line goes on with the tools its segment is pushed to: `the rule of Buyers → Klaviyo`.
    """
    # Only who deletes pays for these (tests/startup).
    from segops_tui.nouns.uses import segment_uses  # noqa: PLC0415

    return [use.line for use in segment_uses(ids, segments, activations, product_segments)]


def rule_problem(
    segment: Segment | ProductSegment, *, known: Set[int] | None, unused_events: Set[str]
) -> str:
    """`missing segment 4`, `unknown event odrer`, or empty. Without `known`, none is missing."""
    # Only what shows rules pays for these (tests/startup).
    from segops_tui.api.definition import (  # noqa: PLC0415
        referenced_events,
        referenced_segments,
    )

    gone = [] if known is None else sorted(referenced_segments(segment.definition) - known)
    odd = sorted(referenced_events(segment.definition) & unused_events)
    parts = []
    if gone:
        words = "missing segment" if len(gone) == 1 else "missing segments"
        parts.append(f"{words} {wording.listed([str(each) for each in gone])}")
    if odd:
        words = "unknown event" if len(odd) == 1 else "unknown events"
        parts.append(f"{words} {wording.listed(odd)}")
    return ", ".join(parts)


def state_tone(segment: Segment | ProductSegment, context: Context) -> Tone:
    """How the state is coloured."""
    tones: dict[str, Tone] = {
        "computed": "good",
        "changed": "warn",
        "rule changed": "warn",
        "stale": "warn",
        "computing": "busy",
        "failed": "bad",
        "draft": "muted",
        "inactive": "muted",
    }
    return tones[state(segment, context)]


def state_words(segment: Segment | ProductSegment, context: Context) -> str:
    """The state with its symbol."""
    word = state(segment, context)
    return f"{SYMBOLS[word]} {word}"


def _state_value(segment: Segment | ProductSegment) -> str:
    return segment.status or ("draft" if segment.last_computed_at is None else "computed")


def _members(segment: Segment) -> int | None:
    return segment.member_count if segment.last_computed_at is not None else None


def _computed(segment: ProductSegment) -> int | None:
    return segment.computed_count if segment.last_computed_at is not None else None


SEGMENTS: Final[Noun[Segment]] = Noun(
    name="segment",
    plural="segments",
    title="Segments",
    key=lambda segment: segment.id,
    label=lambda segment: segment.name,
    empty="No segments yet. Create one: segops-tui segments create --set name=… --set definition=…",
    columns=(
        Column("id", "ID", lambda s: s.id, align="right", min_width=2, priority=5),
        Column("name", "NAME", lambda s: s.name, flex=True, min_width=12, max_width=60),
        Column(
            "state",
            "STATE",
            _state_value,
            words=state_words,
            tone=state_tone,
            min_width=11,
            max_width=14,
        ),
        Column("member_count", "MEMBERS", _members, counted, align="right", min_width=7),
        Column("last_computed_at", "COMPUTED", lambda s: s.last_computed_at, aged, min_width=10),
        Column("segment_type", "TYPE", lambda s: s.segment_type, priority=9, wide_only=True),
        Column("is_active", "ACTIVE", lambda s: s.is_active, priority=8, wide_only=True),
        Column("updated_at", "UPDATED", lambda s: s.updated_at, aged, priority=7, wide_only=True),
    ),
)

PRODUCT_SEGMENTS: Final[Noun[ProductSegment]] = Noun(
    name="product segment",
    plural="product segments",
    title="Product segments",
    key=lambda segment: segment.id,
    label=lambda segment: segment.name,
    empty="No product segments yet. Create one: segops-tui product-segments create --set name=…",
    columns=(
        Column("id", "ID", lambda s: s.id, align="right", min_width=2, priority=5),
        Column("name", "NAME", lambda s: s.name, flex=True, min_width=12, max_width=60),
        Column(
            "state",
            "STATE",
            _state_value,
            words=state_words,
            tone=state_tone,
            min_width=11,
            max_width=14,
        ),
        Column("computed_count", "PRODUCTS", _computed, counted, align="right", min_width=8),
        Column("last_computed_at", "COMPUTED", lambda s: s.last_computed_at, aged, min_width=10),
        Column("is_active", "ACTIVE", lambda s: s.is_active, priority=8, wide_only=True),
        Column("updated_at", "UPDATED", lambda s: s.updated_at, aged, priority=7, wide_only=True),
    ),
)

MEMBERS: Final[Noun[Member]] = Noun(
    name="member",
    plural="members",
    title="Members",
    key=lambda member: member.user_id,
    label=lambda member: member.user_id,
    empty="This segment has no members.",
    columns=(
        Column("user_id", "USER", lambda m: m.user_id, flex=True, min_width=12, max_width=80),
        Column("computed_at", "COMPUTED", lambda m: m.computed_at, aged, min_width=10),
    ),
)

_CHANGE_TONES: Final[dict[str, Tone]] = {"joined": "good", "left": "warn"}
_CHANGE_SIGNS: Final = {"joined": "+", "left": "−"}

MEMBER_CHANGES: Final[Noun[Record]] = Noun(
    name="member change",
    plural="member changes",
    title="Changes",
    key=lambda row: row.raw["user_id"],
    label=lambda row: str(row.raw["user_id"]),
    empty="The same users are in it as before.",
    columns=(
        Column(
            "change",
            "CHANGE",
            lambda r: r.raw["change"],
            words=lambda r, _: f"{_CHANGE_SIGNS.get(r.raw['change'], ' ')} {r.raw['change']}",
            tone=lambda r, _: _CHANGE_TONES.get(r.raw["change"], ""),
            min_width=8,
        ),
        Column("user_id", "USER", lambda r: r.raw["user_id"], flex=True, min_width=12),
    ),
)
"""Who joined and who left between two computes."""

VERSIONS: Final[Noun[Version]] = Noun(
    name="version",
    plural="versions",
    title="Versions",
    key=lambda version: version.version,
    label=lambda version: f"version {version.version}",
    empty="No definition was saved yet.",
    columns=(
        Column("version", "VERSION", lambda v: v.version, align="right", min_width=7),
        Column(
            "conditions",
            "CONDITIONS",
            lambda v: len(v.definition.get("conditions") or ()),
            counted,
            align="right",
        ),
        Column("created_at", "SAVED", lambda v: v.created_at, lambda v, _: wording.moment(v)),
        Column("created_by", "BY", lambda v: v.created_by, flex=True),
    ),
)


RECOMPUTE: Final = Action(
    "segments.recompute", "Recompute", "r", "marked", "segments recompute {ids}",
    help="Recompute the membership and watch the count change.", changes=True,
)  # fmt: skip
RECOMPUTE_STALE: Final = Action(
    "segments.recompute_stale", "Recompute stale", "R", "pane",
    "segments recompute --stale 24h",
    help="Recompute every active segment that is older than a day or was never computed.",
    changes=True,
)  # fmt: skip
EXPORT: Final = Action(
    "segments.export", "Export members", "x", "marked", "segments export {ids} --to {to}",
    help="Write the members to a CSV or Parquet file; several segments go into a folder.",
    changes=True,
)  # fmt: skip
CREATE: Final = create_action("segments", "segment")
EDIT: Final = edit_action("segments", "segment")
DELETE: Final = delete_action("segments")
EDIT_IN_EDITOR: Final = Action(
    "segments.edit_outside", "Edit in $EDITOR", "E", "one", "segments update {id} {fields}",
    help="Edit the rule in your own editor, review the changes, then save or discard them.",
    changes=True,
)  # fmt: skip

DUPLICATE: Final = Action(
    "segments.duplicate", "Duplicate", "D", "one", "segments duplicate {id} --name {name}",
    help="Make a segment with the same rule, under another name.", changes=True,
)  # fmt: skip
COPY_TO: Final = copy_action("segments")
TOGGLE: Final = Action(
    "segments.toggle", "Activate/deactivate", "t", "marked",
    "segments update {id} --set is_active={is_active}",
    help="An inactive segment is left out where stale ones are recomputed.", changes=True,
)  # fmt: skip
WATCH: Final = Action(
    "segments.watch", "Watch", "w", "marked", "segments recompute {ids} --changes",
    help="Recompute every so often while the console is open, with an alarm; or end that.",
)  # fmt: skip
RESTORE: Final = Action(
    "segments.restore", "Restore version", "V", "one", "segments restore {id} {version} --yes",
    help="Make the version under the cursor of the tab Versions the current rule again.",
    changes=True,
)  # fmt: skip

SEGMENT_ACTIONS: Final = (
    RECOMPUTE, RECOMPUTE_STALE, EXPORT, CREATE, EDIT, DELETE, EDIT_IN_EDITOR,
    DUPLICATE, COPY_TO, TOGGLE, RESTORE, WATCH,
)  # fmt: skip

PRODUCT_RECOMPUTE: Final = Action(
    "product_segments.recompute", "Recompute", "r", "marked", "product-segments recompute {ids}",
    help="Recompute which products match and watch the count change.", changes=True,
)  # fmt: skip
PRODUCT_CREATE: Final = create_action("product-segments", "product segment")
PRODUCT_EDIT: Final = edit_action("product-segments", "product segment")
PRODUCT_DELETE: Final = delete_action("product-segments")
PRODUCT_EDIT_IN_EDITOR: Final = Action(
    "product_segments.edit_outside", "Edit in $EDITOR", "E", "one",
    "product-segments update {id} {fields}",
    help="Edit the rule in your own editor, review the changes, then save or discard them.",
    changes=True,
)  # fmt: skip

PRODUCT_DUPLICATE: Final = Action(
    "product_segments.duplicate", "Duplicate", "D", "one",
    "product-segments duplicate {id} --name {name}",
    help="Make a product segment with the same rule, under another name.", changes=True,
)  # fmt: skip
PRODUCT_COPY_TO: Final = copy_action("product-segments")
PRODUCT_TOGGLE: Final = Action(
    "product_segments.toggle", "Activate/deactivate", "t", "marked",
    "product-segments update {id} --set is_active={is_active}",
    help="Switch a product segment on or off.", changes=True,
)  # fmt: skip

PRODUCT_EXPORT: Final = Action(
    "product_segments.export", "Export products", "x", "one",
    "product-segments export {id} --to {to}",
    help="Apply the rule to the catalogue, and write the products it matches to a file.",
)  # fmt: skip

PRODUCT_SEGMENT_ACTIONS: Final = (
    PRODUCT_RECOMPUTE, PRODUCT_EXPORT, PRODUCT_CREATE, PRODUCT_EDIT, PRODUCT_DELETE,
    PRODUCT_EDIT_IN_EDITOR, PRODUCT_DUPLICATE, PRODUCT_COPY_TO, PRODUCT_TOGGLE,
)  # fmt: skip
