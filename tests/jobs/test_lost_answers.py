"""A server that ignores idempotency keys runs nothing twice, though each answer may be lost."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from segops_tui.api.account import Account
from segops_tui.api.errors import ConnectionFailed
from segops_tui.client.blocking import SegOpsAdmin
from segops_tui.client.pipeline import Pipeline, Policy
from segops_tui.jobs.engine.errors import MayRunTwice
from segops_tui.jobs.engine.file_export import agree_to_repeat
from segops_tui.jobs.engine.ledger import Ledger
from segops_tui.jobs.engine.runner import run_job
from segops_tui.jobs.registry import plan_of, resume
from segops_tui.sandbox.core.app import Sandbox
from segops_tui.sandbox.core.in_process import InProcess
from tests.jobs.test_kill import FOLLOWED, KINDS, NOW, prepared, state

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["prepared"]

THERE = Account("https://shop.example.com/api", "0f")
EXPORTS = ("export", "page-export")


class Patient(SegOpsAdmin):
    """A client that does not really wait."""

    def sleep(self, seconds: float, /) -> None:
        pass


class Losing(InProcess):
    """Loses the answers of the first changes that are carried out."""

    def __init__(self, sandbox: Sandbox, *, lost: int) -> None:
        super().__init__(sandbox)
        self.left, self.changes = lost, 0

    def send(self, attempt: Any, /) -> Any:
        reply = super().send(attempt)
        if attempt.method != "GET":
            self.changes += 1
            if self.left:
                self.left -= 1
                raise ConnectionFailed("The connection was reset.")
        return reply


@pytest.fixture
def folder(prepared: Path, tmp_path: Path) -> Path:
    shutil.copytree(prepared, tmp_path / "run")
    return tmp_path / "run"


@pytest.fixture
def ignorant(folder: Path) -> Iterator[Losing]:
    """A server that ignores keys and loses one answer."""
    sandbox = Sandbox(
        folder / "sandbox.sqlite3", clock=lambda: NOW, pace=0, honour_idempotency=False
    )
    with sandbox:
        yield Losing(sandbox, lost=1)


@pytest.fixture
def ledger(folder: Path) -> Iterator[Ledger]:
    opened = Ledger(folder / "jobs.db")
    yield opened.bound_to(lambda _salt: THERE)
    opened.close()


def client_of(transport: Losing) -> SegOpsAdmin:
    return Patient(transport=transport, pipeline=Pipeline(Policy(max_retries=3)))


@pytest.mark.parametrize("kind", list(FOLLOWED))
def test_work_is_started_once_though_its_answer_was_lost(
    kind: str, folder: Path, ignorant: Losing, ledger: Ledger
) -> None:
    """The client's own retries keep out of it."""
    job = FOLLOWED[kind](ledger, folder)

    ended = run_job(plan_of(job), job, client_of(ignorant), ledger)

    assert ended.state == "done"
    assert ignorant.changes == 1


@pytest.mark.parametrize("kind", EXPORTS)
def test_an_export_whose_answer_was_lost_is_not_started_again_unasked(
    kind: str, folder: Path, ignorant: Losing, ledger: Ledger
) -> None:
    """The API lists no exports, so nothing can be looked at."""
    client = client_of(ignorant)
    job = KINDS[kind](ledger, folder)

    for again in (False, True):
        with pytest.raises(MayRunTwice, match="may export twice"):
            run_job(plan_of(job), job, client, ledger)
        assert ledger.get(job.id).state == "waiting"
        if not again:
            job, plan = resume(ledger, job.id)
            plan.close()
    assert ignorant.changes == 1

    agreed = agree_to_repeat(ledger, job.id)
    ended = run_job(plan_of(agreed), agreed, client, ledger)

    assert ended.state == "done"
    assert ignorant.changes == 2
    assert len(state(folder)["files"]) == 2


@pytest.mark.parametrize("kind", EXPORTS)
def test_consent_counts_for_one_start(
    kind: str, folder: Path, ignorant: Losing, ledger: Ledger
) -> None:
    client = client_of(ignorant)
    job = KINDS[kind](ledger, folder)
    ignorant.left = 2
    with pytest.raises(MayRunTwice):
        run_job(plan_of(job), job, client, ledger)

    agreed = agree_to_repeat(ledger, job.id)

    with pytest.raises(MayRunTwice):
        run_job(plan_of(agreed), agreed, client, ledger)
    assert ledger.get(job.id).state == "waiting"
