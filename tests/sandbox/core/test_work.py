"""Work advances when somebody looks, by the clock, and is done once."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

from segops_tui.sandbox.core.app import Call, Sandbox
from segops_tui.sandbox.core.migrations import STEPS
from segops_tui.sandbox.core.timestamps import micros

ANY = {
    "logic": "AND",
    "conditions": [{"type": "event_count", "event_type": "x", "operator": "gte", "value": 1}],
}


@pytest.fixture
def segment(ask):
    ask.track(("ann", "x"))
    ask.ok("POST", "/api/segments/", {"name": "s", "definition": ANY})

    def look():
        return ask.ok("GET", "/api/segments/1/")

    return look


def test_nothing_advances_while_the_clock_stands(ask, segment):
    ask.ok("POST", "/api/segments/1/compute/")

    assert [segment()["status"] for _ in range(3)] == ["draft"] * 3


def test_any_call_is_a_look(ask, segment, clock, sandbox):
    """A listing of something else brings the compute to its end."""
    ask.ok("POST", "/api/segments/1/compute/")
    clock.advance(minutes=10)

    ask.ok("GET", "/api/pim/products/")

    row = sandbox.store.connection().execute("SELECT status, member_count FROM segments")
    assert tuple(row.fetchone()) == ("computed", 1)


def test_work_goes_on_after_the_clock_was_set_back(ask, segment, clock):
    """It would stand still until the clock is where it was."""
    ask.ok("POST", "/api/segments/1/compute/")
    clock.advance(hours=-3)

    assert [segment()["status"] for _ in range(2)][-1] == "computed"


def _statuses(sandbox, clock, *, looks):
    """What a segment's status is after its compute was asked for, every two seconds."""
    body = json.dumps({"name": "s", "definition": ANY}).encode()
    sandbox.answer(Call("POST", "/api/segments/", body=body))
    sandbox.answer(Call("POST", "/api/segments/1/compute/"))
    found = []
    for _ in range(looks):
        segment = json.loads(sandbox.answer(Call("GET", "/api/segments/1/")).body)
        found.append(segment["status"])
        clock.advance(2)
    return found


def test_without_pace_work_is_done_at_the_next_look(sandbox_path, clock):
    with Sandbox(sandbox_path, clock=clock, pace=0) as sandbox:
        assert _statuses(sandbox, clock, looks=1) == ["computed"]


def test_a_slower_pace_takes_longer(sandbox_path, clock):
    with Sandbox(sandbox_path, clock=clock, pace=10) as sandbox:
        statuses = _statuses(sandbox, clock, looks=5)

    assert statuses == ["draft", "computing", "computing", "computing", "computed"]


def test_settle_finishes_everything_whatever_the_clock_says(ask, segment, sandbox):
    ask.ok("POST", "/api/segments/1/compute/")
    ask.ok("POST", "/api/segments/1/export/")

    sandbox.settle()

    assert segment()["status"] == "computed"
    assert ask.ok("GET", "/api/segments/1/export/?export_id=1")["status"] == "complete"
    assert sandbox.tick() is False


def test_tick_says_whether_anything_remains(ask, segment, sandbox, clock):
    ask.ok("POST", "/api/segments/1/compute/")

    queued = sandbox.tick()
    clock.advance(1)
    done = sandbox.tick()

    assert (queued, done) == (True, False)


def test_a_second_compute_waits_its_turn_and_is_done_too(ask, segment, clock, sandbox):
    """Due at the same time, they run one after the other, and history has both."""
    for _ in range(2):
        ask.ok("POST", "/api/segments/1/compute/")
    clock.advance(0.2)
    during = segment()["status"]
    clock.advance(0.5)
    first = segment()["last_computed_at"]
    second = segment()["last_computed_at"]

    rows = sandbox.store.connection().execute("SELECT member_count FROM segment_history")
    assert (during, first != second, [row[0] for row in rows]) == ("computing", True, [1, 1])


def test_the_moment_of_a_compute_always_moves(ask, segment, sandbox):
    """Even by a clock that stands still: clients wait for it."""
    moments = []
    for _ in range(3):
        ask.ok("POST", "/api/segments/1/compute/")
        sandbox.settle()
        moments.append(segment()["last_computed_at"])

    assert moments == [
        "2026-06-01T12:00:00Z",
        "2026-06-01T12:00:00.000001Z",
        "2026-06-01T12:00:00.000002Z",
    ]


def test_a_compute_that_fails_keeps_the_state_and_the_reason(ask, segment, sandbox, clock):
    """A definition broken behind the API's back: members and state stay as they were."""
    ask.ok("POST", "/api/segments/1/compute/")
    sandbox.settle()
    ask.ok("POST", "/api/segments/1/compute/")
    sandbox.store.connection().execute(
        """UPDATE segments SET definition = '{"logic":"AND","conditions":[{"type":"x"}]}'"""
    )
    clock.advance(5)

    failed = segment()

    assert (failed["status"], failed["member_count"]) == ("computed", 1)
    assert failed["last_compute_error"].startswith("conditions[0].type")
    assert len(ask.ok("GET", "/api/segments/1/members/")["results"]) == 1


def test_a_success_clears_the_reason_of_the_failure_before(ask, segment, sandbox):
    sandbox.store.connection().execute("UPDATE segments SET last_compute_error = 'bad'")
    ask.ok("POST", "/api/segments/1/compute/")
    sandbox.settle()

    assert segment()["last_compute_error"] == ""


def test_what_is_deleted_is_worked_on_no_more(ask, segment, sandbox):
    ask.ok("POST", "/api/segments/1/compute/")
    ask.ok("POST", "/api/pim/products/", {"sku": "1", "name": "x"})
    ask.ok("POST", "/api/pim/products/1/score/")

    ask.ok("DELETE", "/api/segments/1/")
    ask.ok("DELETE", "/api/pim/products/1/")

    assert sandbox.tick() is False
    rows = sandbox.store.connection().execute("SELECT count(*) FROM segment_members")
    assert rows.fetchone()[0] == 0


def test_members_leave_when_they_no_longer_match(ask, segment, sandbox):
    ask.ok("POST", "/api/segments/1/compute/")
    sandbox.settle()
    two = {"conditions": [{**ANY["conditions"][0], "value": 2}], "logic": "AND"}
    ask.ok("PATCH", "/api/segments/1/", {"definition": two})

    before = segment()
    ask.ok("POST", "/api/segments/1/compute/")
    sandbox.settle()

    assert (before["member_count"], before["status"]) == (1, "computed")
    assert segment()["member_count"] == 0


def test_a_recompute_writes_only_the_members_that_came_or_left(ask, segment, sandbox):
    ask.track(("bob", "x"), ("cid", "x"))
    ask.ok("POST", "/api/segments/1/compute/")
    sandbox.settle()
    connection = sandbox.store.connection()
    connection.execute("CREATE TEMP TABLE written (change TEXT, user_id TEXT)")
    for change, row in (("INSERT", "new"), ("UPDATE", "new"), ("DELETE", "old")):
        connection.execute(
            f"CREATE TEMP TRIGGER on_{change} AFTER {change} ON segment_members"
            f" BEGIN INSERT INTO written VALUES ('{change}', {row}.user_id); END"
        )
    ask.track(("dan", "x"), ("ann", "y"))
    connection.execute("DELETE FROM events WHERE user_id = 'bob'")

    ask.ok("POST", "/api/segments/1/compute/")
    sandbox.settle()

    written = connection.execute("SELECT change, user_id FROM written").fetchall()
    assert sorted(map(tuple, written)) == [("DELETE", "bob"), ("INSERT", "dan")]
    listed = ask.ok("GET", "/api/segments/1/members/")["results"]
    assert [member["user_id"] for member in listed] == ["ann", "cid", "dan"]
    assert {member["computed_at"] for member in listed} == {segment()["last_computed_at"]}


def test_members_are_kept_by_a_workspace_of_an_older_version(tmp_path):
    path = tmp_path / "old.sqlite3"
    with closing(sqlite3.connect(path)) as old:
        old.executescript("".join(STEPS[:4]) + "PRAGMA user_version = 4;")
        old.execute(
            "INSERT INTO segments (name, last_computed_at, created_at, updated_at)"
            " VALUES ('s', 5, 1, 1)"
        )
        old.execute("INSERT INTO segment_members VALUES (1, 'ann', 5)")
        old.commit()

    with Sandbox(path) as sandbox:
        answer = sandbox.answer(Call("GET", "/api/segments/1/members/"))

    assert json.loads(answer.body)["results"] == [
        {"user_id": "ann", "computed_at": "1970-01-01T00:00:00.000005Z"}
    ]


def test_somebody_elses_lock_is_not_waited_for(ask, segment, sandbox, sandbox_path, clock):
    """While another process writes, a look answers at once with things as they are."""
    ask.ok("POST", "/api/segments/1/compute/")
    clock.advance(5)
    with Sandbox(sandbox_path, clock=clock) as other, other.store.writing():
        seen = segment()

    assert seen["status"] == "draft"
    assert segment()["status"] == "computed"


def test_an_expired_export_leaves_no_file_behind(ask, segment, sandbox, clock):
    ask.ok("POST", "/api/segments/1/export/")
    sandbox.settle()
    (first,) = sandbox.store.folder.iterdir()
    clock.advance(hours=2)

    ask.ok("POST", "/api/segments/1/export/")

    assert not first.exists()
    assert ask("GET", "/api/segments/exports/1/download/").status == 410


def test_an_export_cannot_be_fetched_before_it_is_complete(ask, segment):
    ask.ok("POST", "/api/segments/1/export/")

    assert ask.ok("GET", "/api/segments/1/export/?export_id=1")["download_url"] is None
    assert ask("GET", "/api/segments/exports/1/download/").status == 404


def test_an_export_is_looked_at_through_its_own_segment(ask, segment):
    ask.ok("POST", "/api/segments/", {"name": "other"})
    ask.ok("POST", "/api/segments/1/export/")

    assert ask("GET", "/api/segments/2/export/?export_id=1").status == 404
    assert ask("GET", "/api/segments/1/export/").status == 400
    assert ask("GET", "/api/segments/1/export/?export_id=x").status == 400


def test_the_catalogue_is_scored_in_slices(ask, sandbox):
    """One slice of 2,000 a look, each product once."""
    for start in range(0, 5_000, 1_000):
        products = [{"sku": str(number)} for number in range(start, start + 1_000)]
        ask.ok("POST", "/api/pim/products/bulk/", {"products": products})
    ask.ok("POST", "/api/pim/score-all/")
    sandbox.clock.advance(1)

    counts = []
    while sandbox.tick():
        counts.append(_scored(sandbox))

    assert [*counts, _scored(sandbox)] == [2_000, 4_000, 5_000]


def _scored(sandbox):
    rows = sandbox.store.connection().execute("SELECT count(*) FROM product_scores")
    return rows.fetchone()[0]


def test_an_export_in_a_folder_that_cannot_be_written_fails_with_a_reason(ask, segment, sandbox):
    ask.ok("POST", "/api/segments/1/export/")
    sandbox.store.folder.write_text("a file where the folder should be")

    sandbox.settle()

    failed = ask.ok("GET", "/api/segments/1/export/?export_id=1")
    assert failed["status"] == "failed"
    assert "exists" in failed["error"].lower()


def test_moments_are_stored_to_the_microsecond(clock):
    assert micros(clock()) == 1_780_315_200_000_000
