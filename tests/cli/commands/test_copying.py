"""`segments copy` and the like: from one profile's workspace to another's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from segops_tui.client.blocking import SegOpsAdmin
from segops_tui.jobs.engine.errors import ResumableError
from segops_tui.jobs.workspace.kinds import KINDS
from segops_tui.sandbox.core.app import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cli.conftest import Program

KEY = "sk_test_0123456789abcdef"
OTHER_KEY = "sk_test_fedcba9876543210"


@pytest.fixture
def there(
    program: Program, http_door: Callable[[Any], Any], tmp_path: Path
) -> Iterator[SegOpsAdmin]:
    """An empty workspace, served for several profiles."""
    sandbox = Sandbox(tmp_path / "there.sqlite3", keys=frozenset({KEY, OTHER_KEY}))
    with sandbox, http_door(sandbox) as address:
        program.config.write_text(
            "".join(
                f'[profiles.{name}]\napi_url = "{address}"\nkey = "{key}"\nguard = "{guard}"\n'
                for name, key, guard in (
                    ("other", KEY, "none"),
                    ("twin", KEY, "none"),
                    ("prod", KEY, "production"),
                    ("fixed", KEY, "read-only"),
                    ("rekeyed", OTHER_KEY, "none"),
                )
            )
        )
        program.config.chmod(0o600)
        with SegOpsAdmin(KEY, base_url=address) as client:
            yield client


def names_in(client: SegOpsAdmin) -> list[str]:
    return [segment.name for segment in client.segments.list()]


def test_a_copy_is_shown_asked_for_and_done_once(program: Program, there: SegOpsAdmin) -> None:
    unasked = program("segments", "copy", "2", "--to", "other")
    shown = program("segments", "copy", "2", "--to", "other", "--dry-run")
    assert (unasked.code, shown.code, names_in(there)) == (2, 0, [])
    assert "Apply 1 to create to profile 'other'? Without a terminal" in unasked.err
    assert '+ segment Lapsed VIPs\n    + name: "Lapsed VIPs"\n' in unasked.out
    assert shown.out.endswith("Plan: 1 to create; 0 unchanged.\n") or '"create": 1' in shown.out
    assert "dry run: nothing was sent" in shown.err

    ended = program("segments", "copy", "Lapsed VIPs", "--to", "other", "--yes")
    again = program("segments", "copy", "2", "--to", "other", "--yes")
    (copied,) = there.segments.list()
    original = program("segments", "get", "2", "-o", "json").data
    assert (ended.code, ended.out.splitlines()[-1]) == (0, "Applied: 1 created (segment 1).")
    assert copied.definition == original["definition"]
    assert (again.code, again.out) == (0, "Plan: nothing to do; 1 unchanged.\n")
    job = program("jobs", "list", "-o", "json").data[0]
    assert job["target_name"] == "Lapsed VIPs from sandbox"
    assert (job["profile"], job["params"]["ids"], job["params"]["folder"]) == ("other", {}, None)


def test_a_segment_of_the_same_name_is_changed(program: Program, there: SegOpsAdmin) -> None:
    there.segments.create(name="Another")
    there.segments.create(name="Lapsed VIPs", description="Old.")
    ended = program("segments", "copy", "2", "--to", "other", "--yes", "-o", "json")
    shown = program("segments", "list", "--profile", "other", "-o", "json").data
    assert (ended.data["created"], ended.data["changed"]) == (0, 1)
    assert [each["name"] for each in shown] == ["Another", "Lapsed VIPs"]
    assert shown[1]["description"] != "Old."


def test_what_a_rule_refers_to_must_be_there_or_come_along(
    program: Program, there: SegOpsAdmin
) -> None:
    alone = program("segments", "copy", "High LTV buyers", "--to", "other", "--yes")
    assert alone.code == 6
    assert (
        "segment 1: definition.conditions[2].segment: 'Newsletter readers' is not in other:"
        " copy it first, or with --with-references." in alone.err
    )
    assert names_in(there) == []

    there.segments.create(name="Shifts the ids")
    both = program("segments", "copy", "1", "4", "--to", "other", "--yes")
    assert both.code == 0, both.err
    copies = {segment.name: segment for segment in there.segments.list()}
    condition = copies["High LTV buyers"].definition["conditions"][2]
    assert condition["segment_id"] == copies["Newsletter readers"].id != 4


def test_references_of_references_come_along(program: Program, there: SegOpsAdmin) -> None:
    there.segments.create(name="Shifts the ids")
    ended = program("product-segments", "copy", "3", "--to", "other", "--with-references", "--yes")
    assert ended.code == 0, ended.err
    assert (
        ended.out.splitlines()[-1]
        == "Applied: 3 created (segment 2, segment 3 and product segment 1)."
    )
    assert names_in(there) == ["Shifts the ids", "Newsletter readers", "High LTV buyers"]
    (copied,) = there.product_segments.list()
    buyers = next(each for each in there.segments.list() if each.name == "High LTV buyers")
    assert f"'segment_id': '{buyers.id}'" in str(copied.definition)


def test_a_guard_of_the_other_profile_refuses_before_the_question(
    program: Program, there: SegOpsAdmin
) -> None:
    production = program("segments", "copy", "2", "--to", "prod")
    fixed = program("segments", "copy", "2", "--to", "fixed", "--yes")
    read_only = program("segments", "copy", "2", "--to", "other", "--yes", "--read-only")
    assert (production.code, fixed.code, read_only.code) == (2, 2, 2)
    assert "The profile 'prod' is guarded as production" in production.err
    assert "To change it: --to prod --yes" in production.err
    assert "The profile 'fixed' is read-only" in fixed.err
    assert names_in(there) == []
    assert program("jobs", "list", "-o", "json").data == []
    assert program("segments", "copy", "2", "--to", "prod", "--yes").code == 0
    assert names_in(there) == ["Lapsed VIPs"]


def test_a_workspace_is_not_copied_to_itself(program: Program, there: SegOpsAdmin) -> None:
    there.segments.create(name="Mine")
    same = program("segments", "copy", "2", "--to", "sandbox", "--yes")
    twin = program("segments", "copy", "2", "--profile", "other", "--to", "twin", "--yes")
    nowhere = program("segments", "copy", "2", "--to", "nowhere", "--yes")
    assert (same.code, twin.code, nowhere.code) == (2, 2, 2)
    for ended in (same, twin):
        assert "is the workspace that is copied from" in ended.err
    assert "No such profile: 'nowhere'." in nowhere.err
    missing = program("segments", "copy", "999", "--to", "other", "--yes")
    assert missing.code == 5


def test_twins_cannot_be_copied_by_name(program: Program, there: SegOpsAdmin) -> None:
    for _ in range(2):
        there.segments.create(name="Lapsed VIPs")
    ended = program("segments", "copy", "2", "--to", "other", "--yes")
    assert ended.code == 6
    assert "2 segments in other have the name 'Lapsed VIPs' (ids 1, 2)" in ended.err


def test_a_copy_that_is_detached_from_names_the_profile_to_resume_it_with(
    program: Program, there: SegOpsAdmin, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_args: Any, **_more: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr("segops_tui.jobs.engine.runner.run_jobs", interrupted)
    ended = program("segments", "copy", "2", "--to", "other", "--yes")
    job = program("jobs", "list", "-o", "json").data[0]["id"]
    assert ended.code == 130
    assert f"Resume with: segops-tui jobs resume {job} --profile other" in ended.err


def test_an_interrupted_copy_is_resumed_in_the_workspace_it_goes_to(
    program: Program, there: SegOpsAdmin, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = SegOpsAdmin.send
    created: list[str] = []

    def broken_after_one(self: Any, request: Any, /, **options: Any) -> Any:
        if request.method == "POST":
            if created:
                raise ResumableError("The network is gone.")
            created.append(request.path)
        return send(self, request, **options)

    with monkeypatch.context() as patched:
        patched.setattr(SegOpsAdmin, "send", broken_after_one)
        stopped = program("segments", "copy", "2", "3", "--to", "other", "--yes")
    assert "The network is gone." in stopped.err
    assert len(names_in(there)) == 1
    job = program("jobs", "list", "-o", "json").data[0]["id"]
    elsewhere = program("jobs", "resume", job)
    rekeyed = program("jobs", "resume", job, "--profile", "rekeyed")
    resumed = program("jobs", "resume", job, "--profile", "other")
    assert "such as --profile other" in elsewhere.err
    assert "was started with another key" in rekeyed.err
    assert resumed.code == 0, resumed.err
    assert len(names_in(there)) == len(set(names_in(there))) == 2


@pytest.mark.parametrize(
    ("group", "one", "space"),
    [("schemas", "order_placed", "schemas"), ("queries", "1", "queries"),
     ("competitors", "1", "competitors")],
)  # fmt: skip
def test_what_refers_to_nothing_is_copied_as_it_is(
    program: Program, there: SegOpsAdmin, group: str, one: str, space: str
) -> None:
    """Created there with every field that is the user's own; once more, nothing is to do."""
    original = program(group, "get", one, "-o", "json").data
    copied = program(group, "copy", one, "--to", "other", "--yes")
    again = program(group, "copy", one, "--to", "other", "--yes")

    assert (copied.code, again.out) == (0, "Plan: nothing to do; 1 unchanged.\n"), copied.err
    (found,) = getattr(there, space).list()
    fields = KINDS[group].by_name
    assert {name: found.get(name) for name in fields} == {
        name: original.get(name) for name in fields
    }
