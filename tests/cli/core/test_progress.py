"""The live table: hundreds of jobs in few rows, and no more redraws than eyes can follow."""

from __future__ import annotations

import io
import time
from itertools import count

from segops_tui.cli.core.diagnostics import Diagnostics
from segops_tui.cli.core.progress import LiveTable, in_view, tally
from segops_tui.jobs.engine.progress import Progress


class Terminal(io.StringIO):
    """Counts what is written at a time."""

    def isatty(self) -> bool:
        return True


def job(number: int, state: str, *, at: float = 0.0) -> Progress:
    return Progress(
        job_id=f"{number:08d}",
        kind="recompute",
        title=f"recompute segment {number}",
        stage="computing" if state == "running" else state,
        done=None,
        total=None,
        unit="",
        started_at=float(number),
        updated_at=at,
        state=state,
    )


def test_what_runs_stays_in_view_and_what_ended_last_follows() -> None:
    jobs = [job(n, "done", at=1000.0 + n) for n in range(480)]
    jobs += [job(n, "running", at=2000.0) for n in range(480, 488)]

    shown = in_view(jobs, 12)

    assert [p.job_id for p in shown[:8]] == [f"{n:08d}" for n in range(480, 488)]
    assert [p.job_id for p in shown[8:]] == [f"{n:08d}" for n in (479, 478, 477, 476)]


def test_what_is_out_of_view_is_counted() -> None:
    jobs = [job(n, "done") for n in range(400)] + [job(n, "failed") for n in range(400, 403)]
    jobs += [job(n, "running") for n in range(403, 420)]

    assert tally(jobs, 500, 14) == "400 of 500 done, 3 failed, 80 to come, 3 more running"


def test_five_hundred_jobs_take_no_more_rows_than_a_screen_has() -> None:
    screen = Terminal()

    with LiveTable(Diagnostics(screen, colour=False), 500) as table:
        for number in range(500):
            table.update(job(number, "done" if number < 490 else "running", at=float(number)))
        time.sleep(0.3)

    frames = screen.getvalue()
    assert "490 of 500 done" in frames
    assert "recompute segment 499" in frames
    assert "recompute segment 3 " not in frames


def test_a_burst_is_drawn_ten_times_a_second_at_most() -> None:
    screen = Terminal()
    numbers = count()

    with LiveTable(Diagnostics(screen, colour=False), 500) as table:
        began = time.monotonic()
        while time.monotonic() < began + 1.0:
            table.update(job(next(numbers) % 500, "running"))
            time.sleep(0.0005)
        took = time.monotonic() - began

    told, frames = next(numbers), screen.getvalue().count(" of 500 done")
    # The first and the last frame are drawn besides those of the time between.
    assert 1 <= frames <= 10 * took + 3
    assert told > 2 * frames
