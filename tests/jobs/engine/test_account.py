"""A job is bound to its server and key: no other workspace continues it."""

from __future__ import annotations

import sqlite3
from functools import cache
from typing import TYPE_CHECKING

import pytest

from segops_tui.api.account import SANDBOX, Account
from segops_tui.api.keys import Secret
from segops_tui.client.blocking import SegOpsAdmin
from segops_tui.jobs.engine.errors import JobBusy, WrongWorkspace
from segops_tui.jobs.engine.ledger import Ledger
from segops_tui.jobs.recompute import start_recompute
from segops_tui.jobs.registry import resume
from tests.jobs.engine.test_ledger import GONE

if TYPE_CHECKING:
    from pathlib import Path

    from segops_tui.jobs.engine.job import Job

KEY = "sk_test_one_0123456789"


@cache
def sends_to(url: str, key: str = KEY) -> Account:
    """The account of a client, which the tests open: opening one loads certificates."""
    with SegOpsAdmin(key, base_url=url) as client:
        return client.account("salt")


def left_at(ledger: Ledger, there: Account) -> Job:
    bound = ledger.bound_to(lambda _salt: there)
    job = start_recompute(bound, segment_id=1, name="VIPs", profile="environment")
    return ledger.save(job.stopped("detached"))


def home() -> Account:
    return sends_to("https://one.example.com/api")


@pytest.mark.parametrize(
    ("elsewhere", "told"),
    [
        (("https://two.example.com/api",), "started at https://one.example.com/api"),
        (("https://one.example.com:8443/api",), "this is https://one.example.com:8443/api"),
        (("https://one.example.com/other/api",), "this is https://one.example.com/other"),
        (("https://one.example.com/api", "sk_test_two_0123456789"), "another key"),
        ((), "this is sandbox:"),
    ],
)
def test_another_server_or_key_does_not_resume_a_job(
    ledger: Ledger, elsewhere: tuple[str, ...], told: str
) -> None:
    account = sends_to(*elsewhere) if elsewhere else SANDBOX
    job = left_at(ledger, home())
    there = ledger.bound_to(lambda _salt: account)

    with pytest.raises(WrongWorkspace, match=told):
        resume(there, job.id)

    assert ledger.get(job.id) == job
    resume(ledger.bound_to(lambda _salt: home()), job.id)


@pytest.mark.parametrize(
    "spelling",
    ["https://ONE.example.com/api/", "https://one.example.com:443/api"],
)  # fmt: skip
def test_another_spelling_of_the_address_is_the_same_server(spelling: str) -> None:
    assert sends_to(spelling) == home()


def test_a_fingerprint_differs_by_key_and_by_salt_and_shows_neither() -> None:
    prints = {
        Secret(key).fingerprint(salt) for key in (KEY, "sk_test_two_0123456789") for salt in "ab"
    }

    assert len(prints) == 4
    assert not any(part in found for found in prints for part in ("sk_", "0123456789"))


def test_two_ledgers_salt_the_same_key_differently(tmp_path: Path) -> None:
    jobs = []
    for name in ("a", "b"):
        ledger = Ledger(tmp_path / f"{name}.db")
        bound = ledger.bound_to(SegOpsAdmin(KEY, base_url="https://one.example.com").account)
        jobs.append(start_recompute(bound, segment_id=1, name="", profile="prod"))
        ledger.close()

    assert jobs[0].fingerprint != jobs[1].fingerprint
    assert KEY not in (tmp_path / "a.db").read_bytes().decode("latin-1")


def test_a_replaced_key_is_accepted_once_the_user_says_so(ledger: Ledger) -> None:
    job = left_at(ledger, home())
    fresh = sends_to("https://one.example.com/api", "sk_test_new_0123456789")
    there = ledger.bound_to(lambda _salt: fresh)

    there.adopt(job.id)

    assert there.claim(job.id).account == fresh
    with pytest.raises(JobBusy):
        ledger.bound_to(lambda _salt: home()).adopt(job.id)


def test_a_job_of_an_earlier_version_is_refused_until_the_user_says_whose_it_is(
    tmp_path: Path,
) -> None:
    file = tmp_path / "jobs.db"
    ledger = Ledger(file, owner=GONE)
    for profile in ("prod", "sandbox"):
        start_recompute(ledger, segment_id=1, name="VIPs", profile=profile)
    ledger.close()
    old = sqlite3.connect(file)
    for change in ("DROP TABLE salt", "PRAGMA user_version = 2"):
        old.execute(change)
    for column in ("server", "fingerprint"):
        old.execute(f"ALTER TABLE jobs DROP COLUMN {column}")
    old.close()

    ledger = Ledger(file)
    sandboxed, unknown = ledger.list()
    with pytest.raises(WrongWorkspace, match="did not record its server") as refused:
        ledger.bound_to(lambda _salt: home()).claim(unknown.id)

    assert "--same-workspace" in str(refused.value.hint)
    assert ledger.bound_to(lambda _salt: SANDBOX).claim(sandboxed.id).state == "running"
    ledger.close()
