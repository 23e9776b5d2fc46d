"""Segments: created, changed, computed, exported and deleted from the command line."""

from __future__ import annotations

import csv
import json
import re
from typing import TYPE_CHECKING

import pytest

from segops_tui.cli.core.run_jobs import default_file

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Program

RULE = {
    "logic": "AND",
    "conditions": [
        {"type": "event_count", "event_type": "order_placed", "operator": "gte", "value": 1}
    ],
}


def test_a_segments_life(changing: Program, tmp_path: Path) -> None:
    """Created from YAML, renamed, computed, deleted."""
    body = tmp_path / "segment.yaml"
    body.write_text(f"name: Buyers\ndefinition: {json.dumps(RULE)}\n")

    created = changing("segments", "create", str(body), "--set", "description=no", "-o", "json")
    key = str(created.data["id"])
    renamed = changing("segments", "update", key, "--set", "name=All buyers", "-o", "json")
    computed = changing("segments", "recompute", key, "-o", "json")
    deleted = changing("segments", "delete", key, "--yes")

    assert created.data["description"] == "no"
    assert renamed.data["name"] == "All buyers"
    assert computed.data[0]["after"] > 100
    assert deleted.err == f"deleted segment {key}\n"
    assert changing("segments", "get", key).code == 5


def test_a_delete_wants_a_yes(changing: Program) -> None:
    ended = changing("segments", "delete", "1", "2")

    assert ended.code == 2
    assert "Delete 2 segments in profile 'sandbox' permanently? Without a terminal" in ended.err
    assert changing("segments", "get", "1").code == 0


def test_a_delete_that_fails_does_not_stop_the_others(changing: Program) -> None:
    ended = changing("segments", "delete", "1", "99", "2", "--yes", "-o", "json")

    assert ended.code == 5
    assert ended.data == {"deleted": [1, 2]}


def test_a_recompute_prints_before_and_after_and_one_line_a_transition(changing: Program) -> None:
    ended = changing("segments", "recompute", "10")

    header, row = ended.out.splitlines()
    assert ended.code == 0
    assert header.split() == ["ID", "NAME", "BEFORE", "AFTER", "CHANGE", "TOOK", "RESULT"]
    assert row.startswith("10  App before 5.0  ")
    assert row.endswith("done")
    assert ended.err.startswith("recompute App before 5.0: computing")
    assert re.search(r"recompute App before 5.0: done: \d+ → \d+ members", ended.err)


def test_results_of_a_recompute_are_data(changing: Program) -> None:
    ended = changing("segments", "recompute", "2", "10", "-o", "json", "--quiet")

    assert ended.err == ""
    assert [(row["id"], row["state"]) for row in ended.data] == [(2, "done"), (10, "done")]
    assert all(row["after"] - row["before"] == row["delta"] for row in ended.data)


def test_one_failing_recompute_does_not_stop_the_others(changing: Program) -> None:
    ended = changing("segments", "recompute", "2", "99", "-o", "json")

    assert ended.code == 8
    assert [row["state"] for row in ended.data] == ["done", "failed"]
    assert ended.data[1]["error"] == "Not found."
    assert "1 recomputed, 1 failed" in ended.err


def test_the_only_recompute_that_fails_gives_its_own_code(changing: Program) -> None:
    ended = changing("segments", "recompute", "99")

    assert (ended.code, ended.out) == (5, "")


def test_a_recompute_that_the_server_gives_up_is_a_failed_job(changing: Program) -> None:
    """Segment 14 has no rule; the API refuses to compute it."""
    assert changing("segments", "recompute", "14").code in {6, 8}


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (["--stale", "7d"], {2, 11, 13}),
        (["--name", "*vip*"], {2}),
        (["--name", "*e*", "--stale", "7d"], {2, 13}),
    ],
)
def test_stale_and_name_choose_what_is_computed(
    changing: Program, args: list[str], expected: set[int]
) -> None:
    """Segment 10 is inactive: it is stale on purpose."""
    ended = changing("segments", "recompute", *args, "-o", "name")

    assert ended.code == 0
    assert {int(line) for line in ended.out.split()} == expected


def test_all_leaves_out_what_has_no_rule_and_says_so(changing: Program) -> None:
    ended = changing("segments", "recompute", "--all-segments", "--no-wait", "-o", "json")

    assert ended.code == 0
    assert [row["id"] for row in ended.data] == list(range(1, 14))
    assert "skipped (no rule): Untitled segment" in ended.err


def test_without_waiting_the_work_is_started_and_can_be_taken_up(changing: Program) -> None:
    started = changing("segments", "recompute", "10", "--no-wait", "-o", "json")
    [row] = started.data

    resumed = changing("jobs", "resume", row["job"], "-o", "json")

    assert started.code == 0
    assert row["state"] == "running"
    assert resumed.code == 0
    assert resumed.data["state"] == "done"
    assert resumed.data["result"]["before"] > 0


def test_what_is_only_started_prints_the_id_of_its_job(
    changing: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    recompute = changing("segments", "recompute", "1", "--no-wait", "-o", "name").out
    table = changing("segments", "recompute", "2", "--no-wait").out.splitlines()
    export = changing("segments", "export", "1", "--no-wait").out
    ids = [job["id"] for job in changing("jobs", "list", "-o", "json").data]

    assert [export.strip(), table[1].split()[0], recompute.strip()] == ids
    assert table[0].startswith("JOB ")
    assert not (tmp_path / "segment-1.csv").exists()


def test_an_export_without_a_name_never_overwrites_one(
    changing: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    first, second = changing("segments", "export", "3"), changing("segments", "export", "3")

    assert (first.code, second.code) == (0, 0)
    assert second.out.endswith(" in segment-3-2.csv\n")
    assert (tmp_path / "segment-3.csv").read_bytes() == (tmp_path / "segment-3-2.csv").read_bytes()
    assert default_file("segment-3", "csv") == "segment-3-3.csv"
    assert default_file("segment-3", "csv", force=True) == "segment-3.csv"


def test_all_is_for_rows_and_not_for_segments(program: Program) -> None:
    ended = program("segments", "recompute", "--all")

    assert ended.code == 2
    assert "--all-segments" in ended.err
    assert "--all is for the rows of a list." in ended.err


@pytest.mark.usefixtures("real_waits")
def test_waiting_too_long_is_told_and_the_job_goes_on(changing: Program) -> None:
    ended = changing("segments", "recompute", "10", "--wait-timeout", "0.2", "-o", "json")

    assert ended.code == 9
    assert ended.data[0]["state"] == "running"
    assert "still running" in ended.err


def test_a_product_segment_is_computed_too(changing: Program) -> None:
    ended = changing("product-segments", "recompute", "1", "-o", "json")

    assert ended.code == 0
    assert ended.data[0]["after"] is not None


def test_an_export_is_a_csv_of_the_members(changing: Program, tmp_path: Path) -> None:
    target = tmp_path / "members.csv"

    ended = changing("segments", "export", "4", "--to", str(target))

    with target.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert ended.code == 0
    assert ended.out.startswith(f"{len(rows)} members, ")
    assert ended.out.endswith(" kB in members.csv\n")
    assert set(rows[0]) == {"user_id", "computed_at"}


def test_an_export_replaces_nothing_unasked(changing: Program, tmp_path: Path) -> None:
    target = tmp_path / "members.csv"
    target.write_text("mine")

    refused = changing("segments", "export", "1", "--to", str(target))
    kept = target.read_text()
    forced = changing("segments", "export", "1", "--to", str(target), "--force")

    assert (refused.code, kept) == (2, "mine")
    assert "--force" in refused.err
    assert forced.code == 0
    assert target.read_text().startswith("user_id,computed_at")


def test_an_export_to_a_dash_is_the_file_on_stdout(changing: Program) -> None:
    ended = changing("segments", "export", "1", "--to", "-")

    assert ended.code == 0
    assert ended.out.splitlines()[0] == "user_id,computed_at"
    members = changing("segments", "get", "1", "-o", "json").data["member_count"]
    assert len(ended.out.splitlines()) == members + 1


def test_a_preview_counts_and_shows_sql(program: Program) -> None:
    ended = program("segments", "preview", "-", input=json.dumps({"definition": RULE}))

    assert ended.code == 0
    assert "Sample  u_" in ended.out
    assert "\nSql:\n" in ended.out


def test_a_preview_asked_for_by_a_number_says_how_to_ask(program: Program) -> None:
    ended = program("segments", "preview", "4")

    assert ended.code == 2
    assert "segops-tui segments preview --id 4" in ended.err


def test_an_estimate_says_its_number_once(program: Program) -> None:
    assert len(program("segments", "estimate", "4").out.splitlines()) == 1


def test_a_preview_may_start_from_a_stored_rule(program: Program) -> None:
    stored = program("segments", "preview", "--id", "4", "-o", "json").data

    assert (
        stored["matched_users"]
        == program("segments", "estimate", "4", "-o", "json").data["estimated_count"]
    )


def test_versions_are_listed_newest_first(program: Program) -> None:
    assert program("segments", "versions", "1", "-o", "name").out == "4\n3\n2\n1\n"


def test_a_diff_shows_what_changed(program: Program) -> None:
    ended = program("segments", "diff", "1")

    assert ended.out.startswith("--- version 3\n+++ version 4\n")
    assert '-      "window_days": 60' in ended.out
    assert '+      "window_days": 30' in ended.out


def test_a_diff_is_data_too(program: Program) -> None:
    found = program("segments", "diff", "1", "1", "4", "-o", "json").data

    assert (found["from"], found["to"]) == (1, 4)
    assert {"type": "segment_membership", "segment_id": 4, "operator": "in"} in found["added"]


def test_a_users_segments_are_listed(program: Program) -> None:
    [user] = program("segments", "members", "1", "--limit", "1", "-o", "name").out.split()

    ended = program("segments", "membership", user)

    assert "High LTV buyers" in ended.out


def test_a_user_of_no_segment_is_told_so(program: Program) -> None:
    ended = program("segments", "membership", "nobody@example.com")

    assert (ended.code, ended.out) == (0, "")
    assert "in no segment" in ended.err


def test_a_condition_that_contradicts_the_product_schema_is_a_warning(
    changing: Program, tmp_path: Path
) -> None:
    condition = {
        "type": "product_attribute",
        "property": "brand",
        "value_type": "number",
        "operator": "gte",
        "value": 1,
    }
    rule = {"logic": "AND", "conditions": [condition]}
    body = tmp_path / "segment.json"
    body.write_text(json.dumps({"name": "Odd", "definition": rule}))
    words = 'conditions[0].value_type: is number, but "brand" is string in the product schema.'

    created = changing("product-segments", "create", str(body), "-o", "json")
    key = str(created.data["id"])
    renamed = changing("product-segments", "update", key, "--set", "name=Odder", "-o", "json")

    assert (created.code, created.err) == (0, f"warning: {words}\n")
    assert created.data["warnings"] == [words]
    assert (renamed.err, "warnings" in renamed.data) == ("", False)


@pytest.mark.usefixtures("whole_shop")
def test_who_joined_and_left_is_listed_and_counted(changing: Program, tmp_path: Path) -> None:
    """By a recompute, and since an export, which changes nothing."""
    before = tmp_path / "before.csv"
    changing("segments", "export", "6", "--to", str(before))

    ended = changing("segments", "changes", "6", "-o", "json", "--all")
    since = changing("segments", "changes", "6", "--since", str(before), "-o", "json", "--all")
    rows = changing("segments", "changes", "6", "--since", str(before), "-o", "csv", "--limit", "2")

    found = ended.data
    assert found["joined"] == len(found["who_joined"]) > 0
    assert found["after"] - found["before"] == found["joined"] - found["left"]
    assert found["before_computed_at"] < found["after_computed_at"]
    assert f"{found['joined']} joined, {found['left']} left" in ended.err
    assert (since.data["who_joined"], since.data["who_left"]) == (
        found["who_joined"], found["who_left"],
    )  # fmt: skip
    assert rows.out.splitlines()[:2] == ["change,user_id", f"joined,{found['who_joined'][0]}"]
    assert "showing 2; --all for the rest" in rows.err


def test_a_recompute_may_tell_who_joined(changing: Program) -> None:
    ended = changing("segments", "recompute", "6", "99", "--changes", "-o", "json")

    done, failed = ended.data
    assert done["joined"] == len(done["who_joined"])
    assert done["joined"] - done["left"] == done["delta"]
    assert failed["joined"] is None
    assert changing("segments", "recompute", "6", "--changes", "--no-wait").code == 2


def test_a_file_that_is_no_export_is_refused(changing: Program, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("sku,name\n1,Tent\n")

    ended = changing("segments", "changes", "6", "--since", str(other))

    assert ended.code == 2
    assert "has no column user_id" in ended.err


def test_an_earlier_version_is_restored_after_its_difference_is_shown(changing: Program) -> None:
    before = changing("segments", "get", "1", "-o", "json").data["definition"]
    changing("segments", "update", "1", "--set", f"definition={json.dumps(RULE)}")
    number = changing("segments", "versions", "1", "-o", "json").data[1]["version"]

    unsure = changing("segments", "restore", "1", str(number))
    ended = changing("segments", "restore", "1", str(number), "--yes", "-o", "json")
    again = changing("segments", "restore", "1", str(number), "--yes")

    assert unsure.code == 2
    assert f"Restore version {number} of segment 1? Without a terminal" in unsure.err
    assert ended.data["definition"] == before
    assert '-      "event_type": "order_placed",' in ended.err or "@@" in ended.err
    assert "has the definition of version" in again.err
    assert changing("segments", "restore", "1", "99", "--yes").code == 2


def test_a_duplicate_has_the_rule_under_another_name(changing: Program) -> None:
    original = changing("segments", "get", "1", "-o", "json").data

    copied = changing("segments", "duplicate", "1", "-o", "json").data
    named = changing("product-segments", "duplicate", "1", "--name", "Other", "-o", "json").data

    assert copied["name"] == f"Copy of {original['name']}"
    assert copied["definition"] == original["definition"]
    assert copied["id"] != original["id"]
    assert named["name"] == "Other"
