"""Identity: first claims, transitive merges, and a flat table that never disagrees."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from segops_tui.sandbox.core import identities
from segops_tui.sandbox.core.context import SandboxContext
from segops_tui.sandbox.core.migrations import FOUNDATION, migrate
from tests.sandbox.empty import empty_workspace


def alias(ask, anonymous_id, user_id):
    body = {"anonymous_id": anonymous_id, "user_id": user_id}
    return ask.ok("POST", "/api/identity/alias/", body)


def merge(ask, one, other):
    body = {"from_user_id": one, "into_user_id": other}
    return ask.ok("POST", "/api/identity/merge/", body)


def complaints(answer):
    assert answer.status == 400
    return json.loads(answer.body)


def profile(ask, user_id):
    found = ask.ok("GET", f"/api/explorer/users/{user_id}/")
    return found["user_id"], found["event_count"]


def test_the_first_claim_on_a_visitor_wins(ask):
    first = alias(ask, "abc", "ann")
    same = alias(ask, "anon_abc", "ann")
    later = alias(ask, "anon_abc", "bob")

    assert first == {
        "anonymous_id": "abc",
        "user_id": "ann",
        "status": "created",
        "canonical_user_id": "ann",
    }
    assert same["status"] == "exists"
    assert (later["status"], later["canonical_user_id"]) == ("conflict", "ann")


def test_what_a_visitor_did_before_counts_for_the_user(ask):
    ask.track(("anon_abc", "page_viewed"), ("anon_abc", "page_viewed"), ("ann", "order_placed"))

    alias(ask, "abc", "ann")

    assert profile(ask, "ann") == profile(ask, "anon_abc") == ("ann", 3)


def test_a_merge_is_followed_to_its_end_in_whatever_order_it_was_made(ask):
    ask.track(("a", "x"), ("b", "x"), ("c", "x"), ("anon_v", "x"))

    alias(ask, "v", "a")
    merge(ask, "b", "c")
    merge(ask, "a", "b")

    assert {profile(ask, each) for each in ("a", "b", "c", "anon_v")} == {("c", 4)}


def test_a_merge_beats_a_claim(ask):
    ask.track(("anon_v", "x"), ("ann", "x"), ("bob", "x"))
    alias(ask, "v", "ann")

    merge(ask, "anon_v", "bob")

    assert profile(ask, "anon_v") == ("bob", 2)
    assert profile(ask, "ann") == ("ann", 1)


def test_a_claim_after_a_merge_says_who_it_is_now(ask):
    alias(ask, "v", "ann")
    merge(ask, "ann", "bob")

    assert alias(ask, "v", "bob")["status"] == "exists"
    assert alias(ask, "v", "cyd") == {
        "anonymous_id": "v",
        "user_id": "cyd",
        "status": "conflict",
        "canonical_user_id": "bob",
    }


def test_nobody_is_merged_into_themselves_or_in_a_circle(ask):
    merge(ask, "a", "b")
    merge(ask, "b", "c")

    itself = ask("POST", "/api/identity/merge/", {"from_user_id": "x", "into_user_id": "x"})
    circle = ask("POST", "/api/identity/merge/", {"from_user_id": "c", "into_user_id": "a"})
    visitor = ask("POST", "/api/identity/alias/", {"anonymous_id": "v", "user_id": "anon_v"})

    assert complaints(itself) == {"into_user_id": ["A user cannot be merged into itself."]}
    assert complaints(circle) == {
        "into_user_id": ["a is already part of c: this would be a cycle."]
    }
    assert complaints(visitor) == {"user_id": ["A visitor cannot be an alias of itself."]}


def test_merging_a_merged_user_merges_the_user_they_are_now(ask):
    """a is b: who says that a is c says that b is c."""
    ask.track(("a", "x"), ("b", "x"), ("c", "x"))
    first = merge(ask, "a", "b")

    assert merge(ask, "a", "b") == first
    assert merge(ask, "a", "c")["status"] == "merged"
    assert profile(ask, "a") == profile(ask, "b") == profile(ask, "c") == ("c", 3)
    assert merge(ask, "a", "c")["status"] == merge(ask, "b", "c")["status"] == "merged"


def test_an_event_never_merges_two_known_users(ask):
    """The bare id of a visitor may be a user's: only `anon_` ids are claimed."""
    ask.track(("abc", "x"), ("ann", "x", {"anonymous_id": "abc"}))

    assert profile(ask, "abc") == ("abc", 1)


def test_an_event_that_names_its_own_sender_as_visitor_is_taken(ask):
    ask.track(("anon_v", "x", {"anonymous_id": "v"}))

    assert profile(ask, "anon_v") == ("anon_v", 1)


def test_missing_and_blank_ids_are_refused(ask):
    assert complaints(ask("POST", "/api/identity/merge/", {"from_user_id": " "})) == {
        "from_user_id": ["This field may not be blank."],
        "into_user_id": ["This field is required."],
    }


def test_a_segment_counts_canonical_users(ask, sandbox):
    rule = {
        "logic": "AND",
        "conditions": [{"type": "event_count", "event_type": "x", "operator": "gte", "value": 2}],
    }
    ask.track(("a", "x"), ("b", "x"))
    segment = ask.ok("POST", "/api/segments/", {"name": "Twice", "definition": rule})["id"]
    merge(ask, "a", "b")

    ask.ok("POST", f"/api/segments/{segment}/compute/")
    sandbox.settle()

    members = ask.ok("GET", f"/api/segments/{segment}/members/")["results"]
    assert [member["user_id"] for member in members] == ["b"]


def test_membership_is_asked_under_any_id_before_and_after_the_next_compute(ask, sandbox):
    rule = {
        "logic": "AND",
        "conditions": [{"type": "event_count", "event_type": "x", "operator": "gte", "value": 1}],
    }
    ask.track(("a", "x"), ("b", "x"))
    ask.ok("POST", "/api/segments/", {"name": "Did x", "definition": rule})
    ask.ok("POST", "/api/segments/1/compute/")
    sandbox.settle()
    merge(ask, "a", "c")
    before = ask.ok("GET", "/api/segments/membership/?user_id=c")["segment_ids"]

    ask.ok("POST", "/api/segments/1/compute/")
    sandbox.settle()

    after = ask.ok("GET", "/api/segments/membership/?user_id=a")["segment_ids"]
    assert (before, after) == ([1], [1])


def test_claims_are_recovered_from_a_workspace_made_before_they_were_kept():
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.executescript(FOUNDATION + "PRAGMA user_version = 1;")
    connection.execute("INSERT INTO identities VALUES ('anon_v', 'ann')")

    migrate(connection)

    assert connection.execute("SELECT visitor_id, user_id FROM alias_edges").fetchall() == [
        ("anon_v", "ann")
    ]
    connection.close()


IDS = ("a", "b", "c", "anon_1", "anon_2", "anon_3")
steps = st.lists(
    st.tuples(st.sampled_from(("claim", "merge")), st.sampled_from(IDS), st.sampled_from(IDS)),
    max_size=14,
)


@settings(max_examples=2 * settings.default.max_examples)
@given(steps=steps)
def test_the_flat_table_is_the_links_followed_to_their_end(steps):
    connection = empty_workspace()
    connection.row_factory = sqlite3.Row
    workspace = SandboxContext(connection, 0, Path("nowhere"))
    links: dict[str, str] = {}
    merged: set[str] = set()

    def path(user_id: str) -> list[str]:
        seen = [user_id]
        while seen[-1] in links:
            seen.append(links[seen[-1]])
            assert len(seen) <= len(IDS)
        return seen

    for kind, one, other in steps:
        try:
            if kind == "merge":
                identities.merge(workspace, one, other)
                while one in merged:
                    one = links[one]
                if one not in path(other):
                    links[one] = other
                    merged.add(one)
            elif identities.claim(workspace, one, other) == "created":
                links[identities.visitor_of(one)] = other
        except identities.OwnDescendant:
            continue

    rows = connection.execute("SELECT user_id, canonical_id FROM identities")
    assert {row["user_id"]: row["canonical_id"] for row in rows} == {
        user_id: path(user_id)[-1] for user_id in links
    }
    connection.close()
