"""Standard input survives a kill: it is a private file until its job is over."""

from __future__ import annotations

import io
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from segops_tui.jobs.engine.errors import CannotWrite
from segops_tui.jobs.engine.runner import run_job
from segops_tui.jobs.imports.plan import start_import
from segops_tui.jobs.imports.stdin_spool import spool, sweep
from segops_tui.jobs.registry import plan_of, resume

if TYPE_CHECKING:
    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.ledger import Ledger

TEXT = b"sku,name\nA,Apple\nB,Bread\n"


def imported(ledger: Ledger, path: Path) -> Job:
    return start_import(
        ledger, path=path, profile="sandbox", name="standard input", is_spooled=True
    )


def test_it_is_kept_for_its_owner_alone(tmp_path: Path) -> None:
    path = spool(io.BytesIO(TEXT), tmp_path / "spool", name="j1")

    assert path.read_bytes() == TEXT
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_it_goes_when_the_import_is_done(
    client: Any, ledger: Ledger, tmp_path: Path, unix: Any
) -> None:
    path = spool(io.BytesIO(TEXT), tmp_path / "spool", name="j1")
    job = imported(ledger, path)

    done = run_job(plan_of(job), job, client, ledger, clock=unix)

    assert done.title == "import standard input"
    assert done.result["created"] == 2
    assert not path.exists()


def test_an_interrupted_import_finds_it_again(
    client: Any, ledger: Ledger, tmp_path: Path, unix: Any
) -> None:
    path = spool(io.BytesIO(TEXT), tmp_path / "spool", name="j1")
    job = imported(ledger, path)

    def interrupt(job: Job) -> None:
        if job.stage == "uploading" and job.state == "running":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_job(plan_of(job), job, client, ledger, clock=unix, after_save=interrupt)
    assert path.exists()
    taken, plan = resume(ledger, job.id)
    done = run_job(plan, taken, client, ledger, clock=unix)

    assert done.result["created"] == 2


def test_a_run_killed_after_it_removed_the_file_still_ends(
    client: Any, ledger: Ledger, tmp_path: Path, unix: Any
) -> None:
    path = spool(io.BytesIO(TEXT), tmp_path / "spool", name="j1")
    job = imported(ledger, path)

    def interrupt(job: Job) -> None:
        if "reports" in job.params and job.state == "running":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_job(plan_of(job), job, client, ledger, clock=unix, after_save=interrupt)
    path.unlink()
    taken, plan = resume(ledger, job.id)

    assert run_job(plan, taken, client, ledger, clock=unix).result["created"] == 2


def test_an_interruption_while_it_is_read_leaves_nothing(tmp_path: Path) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        spool(Broken(), tmp_path / "spool", name="j1")

    assert list((tmp_path / "spool").iterdir()) == []


def test_a_folder_that_cannot_be_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "spool").write_text("a file")

    with pytest.raises(CannotWrite, match="standard input"):
        spool(io.BytesIO(TEXT), tmp_path / "spool", name="j1")


def test_what_no_job_is_left_to_read_is_swept_away(ledger: Ledger, tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    orphan, waiting = (spool(io.BytesIO(TEXT), folder, name=name) for name in ("a", "b"))
    ledger.save(imported(ledger, waiting).stopped("detached"))
    now = orphan.stat().st_mtime

    assert sweep(folder, ledger, now=now + 60) == 0
    assert sweep(folder, ledger, now=now + 90_000) == 1
    assert (orphan.exists(), waiting.exists()) == (False, True)
