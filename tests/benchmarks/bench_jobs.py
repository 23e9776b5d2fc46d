"""How many jobs a process carries at once, and what a storm costs them.

Prints figures and ratios; asserts nothing. Run it: python tests/benchmarks/bench_jobs.py
"""

from __future__ import annotations

import runpy
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

from segops_tui.client.blocking import SegOpsAdmin
from segops_tui.client.pipeline import Pipeline, Policy
from segops_tui.jobs.engine.ledger import Ledger
from segops_tui.jobs.engine.runner import run_jobs
from segops_tui.jobs.imports.check import check_csv
from segops_tui.jobs.recompute import start_recompute
from segops_tui.jobs.registry import plan_of, resume
from segops_tui.sandbox.core.app import Sandbox
from segops_tui.sandbox.core.in_process import InProcess
from segops_tui.sandbox.server.fault_injection import FaultInjector, InjectedFaults, parse_failures

JOBS = 200
AT_ONCE = 8
LATENCY = 0.05
CALLS = 3
"""Requests of a recompute that is over at once: a look, the compute, a look."""
ROWS = 200_000
HERE = Path(__file__).parent
MIXED = SimpleNamespace(**runpy.run_path(str(HERE.parent / "jobs" / "mixed_jobs.py")))


def recomputes(folder: Path) -> None:
    """200 recomputes over 50 ms of latency, and the time their requests alone would take."""
    with Sandbox(folder / "sandbox.sqlite3", pace=0) as sandbox:
        client = SegOpsAdmin(transport=InProcess(sandbox))
        for number in range(JOBS):
            client.product_segments.create(name=f"P{number}", definition=_definition())
        slow = FaultInjector(sandbox, InjectedFaults(latency=LATENCY))
        ledger = Ledger(folder / "jobs.db")
        jobs = [
            start_recompute(ledger, segment_id=n + 1, name="", profile="bench", is_product=True)
            for n in range(JOBS)
        ]
        begun = time.perf_counter()
        outcomes = run_jobs(
            jobs, plan_of, SegOpsAdmin(transport=InProcess(slow)), ledger, concurrency=AT_ONCE
        )
        took = time.perf_counter() - begun
        ledger.close()
    done = sum(outcome.job.state == "done" for outcome in outcomes)
    ideal = JOBS * CALLS * LATENCY / AT_ONCE
    print(f"{done} recomputes, {AT_ONCE} at once, {LATENCY * 1000:.0f} ms latency: {took:.2f} s")
    print(f"  ideal {ideal:.2f} s, ratio {took / ideal:.2f}")


def storm(folder: Path) -> None:
    """200 mixed jobs while every seventh call fails."""
    with Sandbox(folder / "storm.sqlite3") as sandbox:
        MIXED.prepare(sandbox, 1 + JOBS // 9)
        storm = FaultInjector(
            sandbox, InjectedFaults(failures=parse_failures("429=5%,500=5%,drop=5%"))
        )
        client = SegOpsAdmin(
            transport=InProcess(storm), pipeline=Pipeline(Policy(max_retries=3, first_wait=0.1))
        )
        ledger = Ledger(folder / "storm.db")
        jobs = MIXED.start(ledger, folder, JOBS)
        begun, rounds = time.perf_counter(), 1
        run_jobs(jobs, plan_of, client, ledger, concurrency=AT_ONCE)
        while left := [job for job in ledger.list(limit=JOBS) if job.is_resumable]:
            rounds += 1
            taken = [resume(ledger, job.id)[0] for job in left]
            run_jobs(taken, plan_of, client, ledger, concurrency=AT_ONCE)
        took = time.perf_counter() - begun
        sandbox.settle()
        done = len(ledger.list(state="done", limit=JOBS))
        is_exact = MIXED.census(sandbox.store.path) == MIXED.expected(jobs)
        ledger.close()
    print(f"storm: {done} of {JOBS} mixed jobs done in {took:.1f} s, {rounds} round(s)")
    print(f"  each carried out exactly once: {is_exact}")


def check(folder: Path) -> None:
    """The check of a ten-column file."""
    path = folder / "catalogue.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("sku,name,brand,category,price,stock,weight,colour,url,text\n")
        for n in range(ROWS):
            file.write(f"S{n},Name {n},B,C,9.99,{n % 50},100,red,https://shop.example.com/{n},x\n")
    begun = time.perf_counter()
    rows = check_csv(path).rows
    took = time.perf_counter() - begun
    print(f"check: {rows:,} rows in {took:.2f} s, {rows / took:,.0f} rows/s")


def _definition() -> dict[str, object]:
    rule = {"type": "product_attribute", "property": "brand", "operator": "is_set"}
    return {"logic": "AND", "conditions": [rule]}


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        recomputes(Path(name))
        check(Path(name))
        storm(Path(name))
