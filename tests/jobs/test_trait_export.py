"""Members with traits as a file: resumed where it stopped, with nothing lost, doubled or obeyed."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import pytest

from segops_tui.api.account import SANDBOX
from segops_tui.api.errors import ConnectionFailed
from segops_tui.client.blocking import SegOpsAdmin
from segops_tui.jobs.engine.errors import WouldOverwrite
from segops_tui.jobs.engine.ledger import Ledger
from segops_tui.jobs.engine.runner import run_job
from segops_tui.jobs.registry import plan_of, resume
from segops_tui.jobs.trait_export import PAGE, start_trait_export
from segops_tui.sandbox.core.in_process import InProcess

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Asker
    from segops_tui.api.exchange import Attempt, Reply
    from segops_tui.jobs.engine.job import Job

MEMBERS = 2 * PAGE + 30
BOUGHT = {"type": "event_count", "event_type": "order_placed", "operator": "gte", "value": 1}
ODD = {"city": 'a "b",\x1b[31m\nc', "computed_at": "mine", "tags": ["x", {"y": 1}], "vip": True}


class Cut(InProcess):
    """A server that is gone after a number of calls."""

    left = 10_000

    def send(self, attempt: Attempt, /) -> Reply:
        self.left -= 1
        if self.left < 0:
            raise ConnectionFailed("gone", method=attempt.method, url=attempt.target)
        return super().send(attempt)


class Hasty(SegOpsAdmin):
    def sleep(self, seconds: float, /) -> None:
        pass


@pytest.fixture
def many(ask: Asker) -> None:
    told: list[Any] = []
    for number in range(MEMBERS):
        traits = {"email": f"{number}@example.com", **(ODD if number == 0 else {})}
        user = f"user{number:04}"
        told += [(user, "order_placed"), (user, "context_identified", {"payload": traits})]
    ask.track(*told)
    rule = {"logic": "AND", "conditions": [BOUGHT]}
    ask.ok("POST", "/api/segments/", {"name": "Many", "definition": rule})
    ask.ok("POST", "/api/segments/1/compute/")
    ask.sandbox.settle()


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    kept = Ledger(tmp_path / "jobs.db").bound_to(lambda _salt: SANDBOX)
    yield kept
    kept.close()


def start(ledger: Ledger, to: Path, *traits: str) -> Job:
    return start_trait_export(
        ledger, segment_id=1, name="Many", to=to, traits=traits, profile="sandbox"
    )


def test_traits_are_columns_and_odd_values_are_harmless(ask, many, ledger, tmp_path):
    to = tmp_path / "members.csv"
    client = Hasty(transport=InProcess(ask.sandbox))

    job = start(ledger, to, "email", "city", "tags", "vip", "computed_at", "none")
    done = run_job(plan_of(job), job, client, ledger)

    with to.open(newline="") as file:
        header, first, second, *rest = csv.reader(file)
    assert header[2:] == ["email", "city", "tags", "vip", "traits.computed_at", "none"]
    expected = ["0@example.com", 'a "b",\ufffd[31m\nc', '["x", {"y": 1}]', "true", "mine", ""]
    assert [first[0], *first[2:]] == ["user0000", *expected]
    assert second[2:] == ["1@example.com", "", "", "", "", ""]
    assert len(rest) == MEMBERS - 2
    assert (done.result["members"], done.result["bytes"]) == (MEMBERS, to.stat().st_size)


def test_a_job_that_was_cut_off_goes_on_where_it_was(ask, many, ledger, tmp_path):
    calm = tmp_path / "calm.csv"
    client = Hasty(transport=InProcess(ask.sandbox))
    job = start(ledger, calm, "email")
    run_job(plan_of(job), job, client, ledger)

    for calls in (0, 50, PAGE + 1, MEMBERS + 2):
        cut = tmp_path / f"cut{calls}.csv"
        job = start(ledger, cut, "email")
        gone = Cut(ask.sandbox)
        gone.left = calls
        with pytest.raises(ConnectionFailed):
            run_job(plan_of(job), job, Hasty(transport=gone), ledger)
        again, plan = resume(ledger, job.id)
        assert again.params["rows"] == calls // (PAGE + 1) * PAGE, calls
        run_job(plan, again, client, ledger)

        assert cut.read_bytes() == calm.read_bytes(), calls
        assert not list(tmp_path.glob(".*.part")), calls


def test_what_was_written_after_the_last_note_is_cut_off_and_what_is_gone_is_written_again(
    ask, many, ledger, tmp_path
):
    for tamper in ("more", "gone"):
        to = tmp_path / f"{tamper}.csv"
        job = start(ledger, to, "email")
        gone = Cut(ask.sandbox)
        gone.left = PAGE + 20
        with pytest.raises(ConnectionFailed):
            run_job(plan_of(job), job, Hasty(transport=gone), ledger)
        (part,) = tmp_path.glob(".*.part")
        if tamper == "more":
            with part.open("a") as file:
                file.write("user0100,half a li")
        else:
            part.unlink()

        again, plan = resume(ledger, job.id)
        run_job(plan, again, Hasty(transport=InProcess(ask.sandbox)), ledger)

        users = [line.split(",")[0] for line in to.read_text().splitlines()[1:]]
        assert users == [f"user{number:04}" for number in range(MEMBERS)]


def test_a_file_that_is_there_is_not_replaced_unasked(ledger, tmp_path):
    to = tmp_path / "members.csv"
    to.write_text("mine")

    with pytest.raises(WouldOverwrite):
        start(ledger, to, "email")
