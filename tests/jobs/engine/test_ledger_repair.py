"""A damaged ledger is said to be so, and what can be read of it is saved."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from segops_tui.jobs.engine.errors import LedgerFailed
from segops_tui.jobs.engine.ledger import Ledger, note_job
from segops_tui.jobs.engine.ledger_repair import damage_of, repair_ledger

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
PAGE = 4096


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A ledger of sixty jobs, on more pages than one."""
    path = tmp_path / "jobs.db"
    ledger = Ledger(path, clock=NOW.timestamp)
    for number in range(60):
        note_job(
            ledger, "recompute", number, name=f"Segment {number} {'x' * 400}", profile="sandbox"
            , command=f"segops-tui segments recompute {number}",
        )  # fmt: skip
    ledger.close()
    return path


def overwrite(path: Path, *, at: int, length: int) -> None:
    with path.open("r+b") as stream:
        stream.seek(at)
        stream.write(b"\xa5" * length)


def test_a_sound_ledger_and_one_that_is_not_there_are_left_alone(
    tmp_path: Path, file: Path
) -> None:
    before = file.read_bytes()

    assert repair_ledger(file, now=NOW) is None
    assert repair_ledger(tmp_path / "none.db", now=NOW) is None
    assert file.read_bytes() == before
    assert not (tmp_path / "none.db").exists()


def test_jobs_on_sound_pages_are_saved_and_the_damaged_file_is_kept(file: Path) -> None:
    damaged = file.stat().st_size // PAGE // 2 * PAGE
    overwrite(file, at=damaged, length=PAGE)
    assert damage_of(file)
    wrong = file.read_bytes()

    repaired = repair_ledger(file, now=NOW)

    assert repaired is not None
    assert 20 < repaired.saved < 60
    assert repaired.kept.name == "jobs.db.damaged-20260601-120000"
    assert repaired.kept.read_bytes() == wrong
    with_rest = Ledger(file, clock=NOW.timestamp)
    assert len(with_rest.list(limit=100)) == repaired.saved
    with_rest.close()
    assert damage_of(file) == ""


def test_where_nothing_can_be_read_a_new_ledger_is_started(file: Path) -> None:
    overwrite(file, at=0, length=200)
    with pytest.raises(LedgerFailed) as refused:
        Ledger(file)
    assert "jobs repair" in (refused.value.hint or "")

    repaired = repair_ledger(file, now=NOW)

    assert repaired is not None
    assert repaired.saved == 0
    Ledger(file).close()


def test_a_repaired_ledger_knows_its_jobs_as_this_machines(file: Path) -> None:
    """The salt is saved: it makes the fingerprints of keys comparable."""
    first = Ledger(file)
    salt = first._salt
    first.close()
    overwrite(file, at=file.stat().st_size // PAGE // 2 * PAGE, length=PAGE)

    repair_ledger(file, now=NOW)

    second = Ledger(file)
    assert second._salt == salt
    second.close()
