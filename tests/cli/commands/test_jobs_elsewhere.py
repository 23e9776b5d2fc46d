"""Commands about jobs stay in the workspace where the jobs were started."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from segops_tui.client.blocking import SegOpsAdmin
from segops_tui.config.paths import find_paths
from segops_tui.jobs.recompute import start_recompute
from segops_tui.session import open_ledger

if TYPE_CHECKING:
    from tests.cli.conftest import Program

HERE, THERE = "http://127.0.0.1:1/api", "http://127.0.0.1:2/api"
KEY, OTHER_KEY = "sk_test_one_0123456789", "sk_test_two_0123456789"


@pytest.fixture
def left(program: Program) -> str:
    """A job that was detached from HERE, with KEY."""
    program.environ |= {"SEGOPS_API_URL": HERE, "SEGOPS_API_KEY": KEY}
    ledger = open_ledger(find_paths({"SEGOPS_TUI_HOME": str(program.home)}))
    with closing(ledger), SegOpsAdmin(KEY, base_url=HERE) as client:
        bound = ledger.bound_to(client.account)
        job = start_recompute(bound, segment_id=1, name="Mine", profile="environment")
        ledger.save(job.stopped("detached"))
    return job.id


def state_of(program: Program, job: str) -> object:
    return program("jobs", "show", job, "-o", "json").data["state"]


@pytest.mark.parametrize("verb", ["resume", "wait", "watch"])
@pytest.mark.parametrize(
    "change", [{"SEGOPS_API_URL": THERE}, {"SEGOPS_API_KEY": OTHER_KEY}], ids=["server", "key"]
)
def test_another_server_or_key_under_the_same_profile_is_refused(
    program: Program, left: str, verb: str, change: dict[str, str]
) -> None:
    program.environ |= change

    ended = program("jobs", verb, left)

    assert (ended.code, ended.out) == (2, "")
    assert "Nothing was sent." in ended.err
    assert "--same-workspace" in ended.err
    assert KEY not in ended.err
    assert state_of(program, left) == "detached"


def test_resume_all_leaves_the_jobs_of_another_server_alone(program: Program, left: str) -> None:
    program.environ |= {"SEGOPS_API_URL": THERE}

    ended = program("jobs", "resume", "--all")

    assert (ended.code, ended.out) == (0, "")
    assert f"skipped 1 job of other workspaces ({left})" in ended.err
    assert state_of(program, left) == "detached"


def test_an_edited_address_of_a_profile_is_another_workspace(program: Program, left: str) -> None:
    profile = f"[profiles.shop]\nkey_env = 'SHOP_KEY'\napi_url = '{HERE}'\n"
    program.config.write_text(profile.replace(HERE, THERE))
    program.environ |= {"SHOP_KEY": KEY}

    edited = program("jobs", "resume", left, "-p", "shop")
    program.config.write_text(profile)
    same = program("jobs", "resume", left, "-p", "shop", "--max-retries", "0", "--timeout", "0.1")

    assert edited.code == 2
    assert f"started at {HERE}; this is {THERE}" in edited.err
    assert same.code == 3  # It is resumed, and nothing listens at that port.


def test_a_job_whose_key_was_replaced_is_resumed_when_the_user_says_so(
    program: Program, left: str
) -> None:
    program.environ |= {"SEGOPS_API_KEY": OTHER_KEY}

    every = program("jobs", "resume", "--all", "--same-workspace")
    named = program("jobs", "resume", left, "--same-workspace", "--max-retries", "0")

    assert every.code == 2
    assert named.code == 3
    assert program("jobs", "resume", "--all", "--max-retries", "0").code == 3
