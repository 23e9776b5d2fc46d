"""The ledger: on disk at once, shared by processes, and honest about who is at what."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from segops_tui.jobs.engine.errors import JobBusy, LedgerFailed
from segops_tui.jobs.engine.job import Job
from segops_tui.jobs.engine.ledger import Ledger, ProcessId
from segops_tui.system import started

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GONE = ProcessId(ProcessId.here().host, 2**22 + 1, "1")
"""A process that cannot be: the number is above the kernel's limit."""


def new(ledger: Ledger, target: str = "12") -> Job:
    return ledger.create(
        "recompute",
        target,
        target_name="VIPs",
        profile="prod",
        command=f"segops-tui segments recompute {target}",
        params={"before": [None, "é"]},
        keys={"compute": "0f2c"},
    )


def test_how_long_a_job_took_leaves_out_its_wait_for_a_turn(ledger: Ledger) -> None:
    job = new(ledger)

    assert job.took is None
    assert replace(job, created_at=10.0, begun_at=14.0, finished_at=16.5).took == 2.5
    assert replace(job, created_at=10.0, begun_at=None, finished_at=16.5).took == 6.5


def test_a_job_comes_back_as_it_was_written(ledger: Ledger) -> None:
    job = new(ledger).at("computing", done=3, total=9).attached("part-1", 7)
    saved = ledger.save(job)

    assert ledger.get(job.id) == saved
    assert saved.params == {"before": [None, "é"]}
    assert saved.remote_ids == {"part-1": 7}


def test_another_process_sees_a_job_at_once(tmp_path: Path) -> None:
    """Each statement is on disk when it returns: nothing waits for a close."""
    ledger = Ledger(tmp_path / "jobs.db")
    job = new(ledger)
    code = (
        "import sys; from pathlib import Path; from segops_tui.jobs.engine.ledger import Ledger\n"
        "print(Ledger(Path(sys.argv[1])).get(sys.argv[2]).state)"
    )

    seen = subprocess.run(
        [sys.executable, "-c", code, str(ledger.path), job.id],
        capture_output=True,
        text=True,
        check=True,
    )

    assert seen.stdout.strip() == "running"
    ledger.close()


def test_only_the_person_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    path.touch(0o644)
    ledger = Ledger(path)
    new(ledger)

    rights = {p.name: p.stat().st_mode & 0o777 for p in tmp_path.glob("jobs.db*")}

    assert set(rights.values()) == {0o600}
    assert len(rights) > 1
    ledger.close()


def test_a_ledger_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version = 99")
    database.close()

    with pytest.raises(LedgerFailed, match="newer segops-tui") as failed:
        Ledger(path)

    assert failed.value.hint is not None
    database = sqlite3.connect(path)
    assert database.execute("PRAGMA user_version").fetchone() == (99,)
    database.close()


def test_a_file_that_is_no_ledger_is_said_to_be_none(tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    path.write_bytes(b"this is not a database, and quite long enough to be sure of it" * 20)

    with pytest.raises(LedgerFailed, match="not a database"):
        Ledger(path)


def test_a_job_whose_process_is_gone_is_interrupted(tmp_path: Path) -> None:
    """Its end was not written; the operating system knows."""
    dead = Ledger(tmp_path / "jobs.db", owner=GONE)
    job = new(dead)
    ledger = Ledger(tmp_path / "jobs.db")

    assert dead.get(job.id).state == "running"
    assert ledger.get(job.id).state == "interrupted"
    assert [found.id for found in ledger.list(state="interrupted")] == [job.id]
    assert ledger.list(state="running") == []
    dead.close()
    ledger.close()


def test_a_process_that_cannot_be_looked_at_is_judged_by_its_silence(
    tmp_path: Path, clock: Any, unix: Callable[[], float]
) -> None:
    elsewhere = Ledger(tmp_path / "jobs.db", clock=unix, owner=ProcessId("another-machine", 7, ""))
    ledger = Ledger(tmp_path / "jobs.db", clock=unix)
    job = new(elsewhere)

    assert ledger.get(job.id).state == "running"
    clock.advance(31)
    assert ledger.get(job.id).state == "interrupted"
    elsewhere.heartbeat(job.counted(5))
    assert (ledger.get(job.id).state, ledger.get(job.id).done) == ("running", 5)
    elsewhere.close()
    ledger.close()


def test_a_process_number_used_again_is_another_process() -> None:
    here = ProcessId.here()

    assert here.is_alive(silent_for=0)
    assert not replace(here, began="1").is_alive(silent_for=0)
    assert ProcessId.parse(str(here)) == here


def test_of_two_who_resume_a_job_one_gets_it(tmp_path: Path) -> None:
    dead = Ledger(tmp_path / "jobs.db", owner=GONE)
    job = new(dead)
    first, second = Ledger(tmp_path / "jobs.db"), Ledger(tmp_path / "jobs.db")

    taken = first.claim(job.id)
    with pytest.raises(JobBusy, match="already running"):
        second.claim(job.id)

    assert taken.state == "running"
    for ledger in (dead, first, second):
        ledger.close()


def test_a_job_taken_over_is_no_longer_the_sleepers(tmp_path: Path) -> None:
    """A laptop that wakes up must not write over what another process did in the meantime."""
    sleeper = Ledger(tmp_path / "jobs.db", owner=GONE)
    job = new(sleeper)
    ledger = Ledger(tmp_path / "jobs.db")
    ledger.save(ledger.claim(job.id).at("computing"))

    with pytest.raises(JobBusy, match="no longer run by this process"):
        sleeper.save(job.at("starting"))

    assert ledger.get(job.id).stage == "computing"
    sleeper.close()
    ledger.close()


def test_a_job_that_is_over_is_not_resumed(ledger: Ledger) -> None:
    job = ledger.save(new(ledger).ended({"summary": "1 → 2"}))

    with pytest.raises(JobBusy, match="has ended"):
        ledger.claim(job.id)


def test_jobs_are_listed_newest_first(ledger: Ledger, clock: Any) -> None:
    ids = []
    for target in ("1", "2", "3"):
        ids.append(new(ledger, target).id)
        clock.advance(1)

    assert [job.id for job in ledger.list(limit=2)] == ids[:0:-1]
    assert len(ledger.list(limit=-1)) == 3


def test_history_tells_how_long_the_same_took(ledger: Ledger, clock: Any) -> None:
    for seconds in (4, 9):
        job = new(ledger)
        clock.advance(seconds)
        ledger.save(job.ended({}))
    other = new(ledger, "13")
    clock.advance(100)
    ledger.save(other.ended({}))

    assert ledger.history("recompute", "12", "prod") == [9.0, 4.0]
    assert ledger.history("recompute", "12", "staging") == []


def test_history_does_not_tell_of_waiting_or_of_runs_somebody_let_go_of(
    ledger: Ledger, clock: Any
) -> None:
    """A laptop that was closed for a night makes no recompute of nine hours."""
    waited, resumed, jumped = new(ledger), new(ledger), new(ledger)
    clock.advance(500)
    waited = ledger.save(waited.at("computing"))
    ledger.save(resumed.at("computing"))
    ledger.save(jumped.at("computing"))
    ledger.save(resumed.stopped("detached"))
    clock.advance(7)
    ledger.save(waited.ended({}))
    clock.advance(hours=9)
    ledger.save(ledger.claim(resumed.id).ended({}))
    clock.advance(days=-2)
    ledger.save(jumped.ended({}))

    assert ledger.history("recompute", "12", "prod") == [7.0]


def test_a_jobs_beginning_is_its_first_transition(ledger: Ledger, clock: Any) -> None:
    job = new(ledger)
    clock.advance(30)
    first = ledger.save(job.at("starting"))
    clock.advance(30)
    second = ledger.save(job.at("computing"))

    assert first.begun_at == second.begun_at == job.created_at + 30
    assert ledger.get(job.id).begun_at == first.begun_at


def test_a_ledger_of_the_first_version_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    ledger = Ledger(path)
    job = ledger.save(new(ledger).stopped("detached"))
    ledger.close()
    database = sqlite3.connect(path)
    database.execute("DROP TABLE salt")
    for column in ("begun_at", "resumed", "server", "fingerprint"):
        database.execute(f"ALTER TABLE jobs DROP COLUMN {column}")
    database.execute("PRAGMA user_version = 1")
    database.close()

    ledger = Ledger(path)

    assert ledger.get(job.id).target == job.target
    assert ledger.claim(job.id).resumed == 1
    ledger.close()


def test_a_forgotten_job_is_unknown(ledger: Ledger) -> None:
    job = ledger.save(new(ledger).stopped("detached"))
    ledger.forget(job.id)

    for ask in (ledger.get, ledger.forget, ledger.claim):
        with pytest.raises(KeyError):
            ask(job.id)


def test_a_job_of_a_living_process_is_not_forgotten_by_another(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "30"]) as other:
        began = ProcessId.here()
        owner = replace(began, pid=other.pid, began=started(other.pid))
        theirs, ours = Ledger(tmp_path / "jobs.db", owner=owner), Ledger(tmp_path / "jobs.db")
        job = new(theirs)

        with pytest.raises(JobBusy, match="another process"):
            ours.forget(job.id)

        other.kill()
    ours.forget(job.id)
    assert ours.list() == []
    theirs.close()
    ours.close()


def test_processes_that_open_a_new_ledger_at_once_all_get_in(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from segops_tui.jobs.engine.ledger import Ledger\n"
        "sys.stdin.readline(); ledger = Ledger(Path(sys.argv[1]))\n"
        "ledger.create('export', '1', target_name='a', profile='p', command='c')"
    )
    path = tmp_path / "jobs.db"
    command = [sys.executable, "-c", code, str(path)]
    crowd = [subprocess.Popen(command, stdin=subprocess.PIPE, text=True) for _ in range(5)]

    for process in crowd:
        process.communicate("go\n")

    assert [process.returncode for process in crowd] == [0] * 5
    ledger = Ledger(path)
    assert len(ledger.list()) == 5
    ledger.close()


def test_a_ledger_somebody_holds_says_so(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "jobs.db", patience=0.05)
    holder = sqlite3.connect(tmp_path / "jobs.db", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")

    with pytest.raises(LedgerFailed, match="locked"):
        new(ledger)

    holder.close()
    ledger.close()


def test_a_process_that_must_end_at_once_detaches_its_own_running_jobs(tmp_path: Path) -> None:
    ledger, other = Ledger(tmp_path / "jobs.db"), Ledger(tmp_path / "jobs.db", owner=GONE)
    running, done, others = new(ledger), new(ledger), new(other)
    ledger.save(done.stopped("failed", "no"))

    ledger.detach_all()

    states = {job.id: job.state for job in ledger.list()}
    assert states == {running.id: "detached", done.id: "failed", others.id: "interrupted"}
    assert ledger.claim(running.id).state == "running"


def test_an_id_that_is_taken_is_drawn_again(tmp_path: Path) -> None:
    ids = iter(["same", "same", "other"])
    ledger = Ledger(tmp_path / "jobs.db", new_id=lambda: next(ids))

    assert [new(ledger).id, new(ledger).id] == ["same", "other"]
    ledger.close()


def test_an_error_that_repeats_a_key_is_kept_without_it(ledger: Ledger) -> None:
    job = ledger.save(new(ledger).stopped("failed", "no sk_test_0123456789abcdef here"))

    assert "0123456789" not in ledger.get(job.id).error


def test_a_ledger_is_closed_between_two_statements_of_other_threads(tmp_path: Path) -> None:
    """What comes later is an error; in the middle of a statement it would crash the process."""
    code = (
        "import threading; from pathlib import Path\n"
        "from segops_tui.jobs.engine.errors import LedgerFailed\n"
        "from segops_tui.jobs.engine.ledger import Ledger\n"
        f"ledger = Ledger(Path({str(tmp_path / 'jobs.db')!r}))\n"
        "more = dict(target_name='', profile='', command='')\n"
        "jobs = [ledger.create('recompute', str(n), **more) for n in range(4)]\n"
        "refused, busy = [], threading.Barrier(len(jobs) + 1)\n"
        "def save(job):\n"
        "    ledger.save(job)\n"
        "    busy.wait()\n"
        "    try:\n"
        "        while True: ledger.save(job)\n"
        "    except LedgerFailed as error: refused.append(str(error))\n"
        "threads = [threading.Thread(target=save, args=(job,)) for job in jobs]\n"
        "for each in threads: each.start()\n"
        "busy.wait()\n"
        "ledger.close()\n"
        "for each in threads: each.join()\n"
        "print(len(refused), 'closed' in refused[0])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (0, "4 True\n"), done.stderr
