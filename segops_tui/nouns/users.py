"""How users, their events, and a segment's verdict on a user are shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from segops_tui import wording
from segops_tui.api.record import Record, as_number
from segops_tui.nouns.action import Action
from segops_tui.nouns.column import Column, Context, Noun, Tone, aged, counted, format_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from segops_tui.api.resources.schemas import EventSchema
    from segops_tui.api.resources.segments import Member
    from segops_tui.api.resources.users import (
        ConditionResult,
        Event,
        EventEffect,
        User,
        UserSegment,
    )

MOST_FACTS: Final = 300
"""Lines of one object."""
_SHORT_LIST: Final = 6
"""A list of this many plain values is shown on one line: `red, green`."""
_DEEPEST: Final = 12
_SYMBOL: Final = re.compile(r"(?:^|\s)(≥|≤|>|<|=|≠)\s")

IDENTIFIED: Final = "context_identified"
"""The event type whose latest payload is a user's traits (contract §12)."""
TRAIT: Final = "traits."
"""Before a trait's name in the key of its column, which no other column has then."""

USERS: Final[Noun[User]] = Noun(
    name="user",
    plural="users",
    title="Users",
    key=lambda user: user.user_id,
    label=lambda user: user.user_id,
    empty="No such users. List all: segops-tui users search",
    columns=(
        Column("user_id", "USER", lambda u: u.user_id, flex=True, min_width=12, max_width=80),
        Column("event_count", "EVENTS", lambda u: u.event_count, counted, align="right"),
        Column("first_seen", "FIRST SEEN", lambda u: u.first_seen, aged, priority=2),
        Column("last_seen", "LAST SEEN", lambda u: u.last_seen, aged),
    ),
)

EVENTS: Final[Noun[Event]] = Noun(
    name="event",
    plural="events",
    title="Events",
    key=lambda event: event.raw.get("occurred_at"),
    label=lambda event: event.event_type,
    empty="No such events.",
    columns=(
        Column("occurred_at", "WHEN", lambda e: e.occurred_at, lambda v, _: wording.moment(v)),
        Column("event_type", "EVENT", lambda e: e.event_type, min_width=12),
        Column(
            "payload",
            "PAYLOAD",
            lambda e: e.payload,
            flex=True,
            min_width=12,
        ),
    ),
)

USER_SEGMENTS: Final[Noun[UserSegment]] = Noun(
    name="segment",
    plural="segments",
    title="Segments",
    key=lambda row: row.segment_id,
    label=lambda row: row.segment_name,
    empty="In no segment. Why not? segops-tui users explain USER SEGMENT",
    columns=(
        Column("segment_id", "ID", lambda s: s.segment_id, align="right", min_width=2, priority=5),
        Column("segment_name", "NAME", lambda s: s.segment_name, flex=True, min_width=12),
        Column("member_count", "MEMBERS", lambda s: s.member_count, counted, align="right"),
        Column("computed_at", "COMPUTED", lambda s: s.computed_at, aged, min_width=10),
    ),
)


def actual_words(row: ConditionResult) -> str:
    """What a user has, in the terms of the condition: `430`, `3.3 days ago`, `2 of 3 steps`."""
    actual = row.raw.get("actual_value")
    match row.type:
        case "recency":
            days = as_number(actual)
            return "never" if days is None else f"{format_value(days)} days ago"
        case "event_sequence":
            return f"{format_value(actual)} of {format_value(row.raw.get('threshold'))} steps"
        case "segment_membership":
            return format_value(actual).replace("_", " ")
    return "nothing" if actual is None else format_value(actual)


def why_words(row: ConditionResult) -> str:
    """`needs ≥ 500, has 430`; only `has 430` where the condition shows what is needed."""
    actual, symbol = actual_words(row), _SYMBOL.search(row.label)
    match row.type:
        case "recency":
            return "never happened" if actual == "never" else f"last {actual}"
        case "event_sequence":
            return f"took {actual}"
        case "segment_membership":
            return f"is {actual} it"
    threshold = row.raw.get("threshold")
    needs = (
        f"needs {symbol[1]} {format_value(threshold)}, " if symbol and threshold is not None else ""
    )
    return f"{needs}has {actual}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a whole rule matches a user: the API answers for each condition only."""

    met: int
    total: int
    is_any: bool
    """Whether one condition is enough."""

    @property
    def matches(self) -> bool:
        """Whether the rule selects the user."""
        return self.met > 0 if self.is_any else self.met == self.total

    def sentence(self, user_id: str, segment: str) -> str:
        """`✓ ada matches “VIPs”`."""
        verb = "matches" if self.matches else "does not match"
        return f"{'✓' if self.matches else '✗'} {user_id} {verb} “{segment}”"

    @property
    def count(self) -> str:
        """`2 of 3 conditions met (all required)`."""
        required = "any" if self.is_any else "all"
        conditions = wording.plural(self.total, "condition")
        return f"{self.met} of {conditions} met ({required} required)"


def verdict_of(rows: Sequence[ConditionResult], definition: Any) -> Verdict:
    """The verdict over conditions, by the logic of their rule."""
    logic = definition.get("logic") if isinstance(definition, Mapping) else None
    return Verdict(sum(row.matches for row in rows), len(rows), logic == "OR")


def _match_tone(row: ConditionResult, _context: Context) -> Tone:
    return "good" if row.matches else "bad"


EXPLAINED: Final[Noun[ConditionResult]] = Noun(
    name="condition",
    plural="conditions",
    title="Conditions",
    key=lambda row: row.index,
    label=lambda row: row.label,
    empty="The segment has no rule yet, so it has no members.",
    columns=(
        Column(
            "matches", "MET", lambda r: r.matches, lambda v, _: "✓ yes" if v else "✗ no",
            _match_tone, min_width=5,
        ),
        Column("label", "CONDITION", lambda r: r.label, flex=True, min_width=14, max_width=80),
        Column(
            "actual_value", "ACTUAL", lambda r: r.raw.get("actual_value"), wide_only=True,
            words=lambda r, _: actual_words(r),
        ),
        Column("threshold", "THRESHOLD", lambda r: r.raw.get("threshold"), wide_only=True),
        Column(
            "why", "WHY", why_words, tone=_match_tone, min_width=16, max_width=60,
        ),
    ),
)  # fmt: skip

CHANGES: Final[Noun[Record]] = Noun(
    name="change",
    plural="changes",
    title="What would change",
    key=lambda row: row.raw.get("id"),
    label=lambda row: str(row.raw.get("name", "")),
    empty="The event would change no segment.",
    columns=(
        Column(
            "change", "CHANGE", lambda r: r.raw.get("change"),
            lambda v, _: "+ enters" if v == "entered" else "− leaves",
            lambda r, _: "good" if r.raw.get("change") == "entered" else "bad",
        ),
        Column("id", "ID", lambda r: r.raw.get("id"), align="right"),
        Column("name", "SEGMENT", lambda r: r.raw.get("name"), flex=True, min_width=12),
    ),
)  # fmt: skip


def change_rows(published: EventEffect) -> list[Record]:
    """A row for each segment that an event would make the user enter or leave."""
    rows = []
    for change, segments in (("entered", published.entered), ("exited", published.exited)):
        for item in segments:
            row: dict[str, Any] = dict(item) if isinstance(item, dict) else {"id": item}
            rows.append(Record({**row, "change": change}))
    return rows


EXPLAIN: Final = Action(
    "users.explain",
    "Explain",
    "e",
    "one",
    "users explain {id} {segment}",
    help="Show why this user is in a segment or not: each condition of its rule.",
)
EVENT_TYPE: Final = Action(
    "users.event_type",
    "Event type",
    "t",
    "one",
    "users events {id} --type {type}",
    help="Show only events of one type in the timeline.",
)
SINCE: Final = Action(
    "users.since",
    "Since",
    "w",
    "one",
    "users events {id} --since {since}",
    help="Show only recent events in the timeline.",
)
PUBLISH: Final = Action(
    "users.publish",
    "Try event",
    "V",
    "one",
    "users simulate {id} {event} {fields}",
    help="Show which segments an event would make the user enter or leave; nothing is stored.",
)
ALIAS: Final = Action(
    "users.alias",
    "Alias",
    "a",
    "one",
    "identity alias {anonymous} {id}",
    danger=True,
    help="Count an anonymous visitor's events for this user, for good.",
    changes=True,
)
MERGE: Final = Action(
    "users.merge",
    "Merge",
    "M",
    "one",
    "identity merge {id} {into}",
    danger=True,
    help="Merge this user into another, for good.",
    changes=True,
)

USER_ACTIONS: Final[tuple[Action, ...]] = (EXPLAIN, EVENT_TYPE, SINCE, PUBLISH, ALIAS, MERGE)


def payload_facts(payload: Mapping[str, Any], *, most: int = MOST_FACTS) -> list[tuple[str, str]]:
    """The names and values in a JSON object: `items[0].sku`, `A-1`."""
    facts = list(islice(_flatten("", payload, 0), most + 1))
    if len(facts) > most:
        facts[most] = ("…", f"more than {wording.plural(most, 'value')}; copy the JSON to see all")
    return facts


def _flatten(name: str, value: Any, depth: int) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and value and depth < _DEEPEST:
        for key, item in value.items():
            yield from _flatten(f"{name}.{key}" if name else str(key), item, depth + 1)
    elif isinstance(value, list) and not _is_short(value) and depth < _DEEPEST:
        for at, item in enumerate(value):
            yield from _flatten(f"{name}[{at}]", item, depth + 1)
    else:
        yield name, _value_words(value)


def _is_short(items: list[Any]) -> bool:
    return len(items) <= _SHORT_LIST and not any(isinstance(item, Mapping | list) for item in items)


def _value_words(value: Any) -> str:
    """Null, an empty text and a dash are three different things."""
    if value is None:
        return "null"
    return "“”" if value == "" else format_value(value)


def schema_traits(schemas: Iterable[EventSchema]) -> list[str]:
    """The names of the traits that the schema of the identify event declares."""
    return [
        str(item["name"])
        for schema in schemas
        if schema.event_type == IDENTIFIED
        for item in schema.properties
        if isinstance(item, Mapping) and item.get("name")
    ]


def trait_column(
    name: str,
    value: Callable[[Member], Any],
    *,
    words: Callable[[Member, Context], str] | None = None,
    tone: Callable[[Member, Context], Tone] = lambda _member, _context: "",
) -> Column[Member]:
    """The column of one trait of a segment's members."""
    return Column(f"{TRAIT}{name}", name.upper(), value, words=words, tone=tone, min_width=6)
