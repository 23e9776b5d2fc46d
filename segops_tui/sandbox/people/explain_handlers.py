"""Rules tried on one user: explain a segment, and the vendor's event sandbox (contract §9.1).

Both work on a copy in memory, so nothing is stored, whatever is tried.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from segops_tui.api.definition import check_definition
from segops_tui.sandbox.core.calls import answer
from segops_tui.sandbox.core.errors import not_found
from segops_tui.sandbox.people.explain import explained
from segops_tui.sandbox.people.intake import read_event
from segops_tui.sandbox.people.user_snapshot import one_person
from segops_tui.sandbox.rules.compiler import compile_users, register_functions
from segops_tui.sandbox.schemas.event_schemas import checked
from segops_tui.sandbox.schemas.handlers import properties_of
from segops_tui.sandbox.segments.handlers import OBJECTS

if TYPE_CHECKING:
    from segops_tui.sandbox.core.calls import Answer, Call
    from segops_tui.sandbox.core.context import Workspace
    from segops_tui.sandbox.people.user_snapshot import OnePerson


def explain(workspace: Workspace, _call: Call, user_id: str, segment_id: int) -> Answer:
    """Each condition of a segment's rule for one user; a draft without conditions has none."""
    definition = json.loads(OBJECTS.row(workspace, segment_id)["definition"])
    names = {
        row["id"]: row["name"]
        for row in workspace.connection.execute("SELECT id, name FROM segments")
    }
    with one_person(workspace.connection, user_id) as person:
        if not person.is_known:
            raise not_found()
        if not _has_rule(definition):
            return answer([])
        return answer(explained(person, definition, now=workspace.now, segment_names=names))


def publish(workspace: Workspace, call: Call) -> Answer:
    """What an event would change: every active segment without it against with it.

    The event is tried as it is, even where its schema would turn it away.
    """
    event = read_event(call.json(), workspace.now)
    properties = properties_of(workspace, event["event_type"]) or []
    payload, _ = checked(event["payload"], properties)
    rows = workspace.connection.execute(
        "SELECT id, name, definition FROM segments WHERE is_active ORDER BY id"
    ).fetchall()
    names = {row["id"]: row["name"] for row in rows}
    rules = {row["id"]: json.loads(row["definition"]) for row in rows}
    with one_person(workspace.connection, event["user_id"]) as person:
        register_functions(person.connection)
        before = _memberships(person, rules, now=workspace.now)
        person.add(event["event_type"], event["occurred_at"], payload)
        after = _memberships(person, rules, now=workspace.now)
    found = {
        "published": True,
        "entered": [{"id": each, "name": names[each]} for each in sorted(after - before)],
        "exited": [{"id": each, "name": names[each]} for each in sorted(before - after)],
        "unchanged_count": len(rules) - len(before ^ after),
    }
    return answer(found)


def _memberships(person: OnePerson, rules: dict[int, Any], *, now: int) -> set[int]:
    """The segments whose rule selects a person now; a draft without conditions selects nobody."""
    return {
        segment_id
        for segment_id, definition in rules.items()
        if _has_rule(definition)
        and person.matches(compile_users(definition, now=now, has_aliases=person.has_aliases))
    }


def _has_rule(definition: Any) -> bool:
    return not check_definition(definition, allow_empty=False)
