"""What the sandbox costs: start-up, looking, importing, computing. Prints figures, asserts none.

python tests/benchmarks/bench_sandbox.py
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from segops_tui.sandbox.core.app import Call, Sandbox, UploadedFile
from segops_tui.sandbox.rules.definitions import compile_rule

RULE = {
    "logic": "AND",
    "conditions": [
        {"type": "event_count", "event_type": "order_placed", "operator": "gte", "value": 2},
        {"type": "recency", "event_type": "order_placed", "operator": "lt", "window_days": 90},
    ],
}
USERS = 50_000
LIST = """
import sys, time
started = time.perf_counter()
from segops_tui.sandbox.core.app import Call, Sandbox
sandbox = Sandbox(sys.argv[1])
assert sandbox.answer(Call("GET", "/api/segments/")).status == 200
print(time.perf_counter() - started)
"""


def main() -> None:
    """Run every measurement."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sandbox.sqlite3"
        with Sandbox(path, pace=0) as sandbox:
            _start_up(path)
            _import(sandbox, rows=100_000)
            _look(sandbox)
            small = _compute(sandbox, events=1_000_000)
        with Sandbox(Path(folder) / "large.sqlite3", pace=0) as sandbox:
            large = _compute(sandbox, events=10_000_000)
        _print("ten times the events", large / small, "× the CPU")
        (Path(folder) / "large.sqlite3").unlink()
        _memory(Path(folder))


def _ask(sandbox: Sandbox, method: str, path: str, body: object = None, query: str = "") -> object:
    pairs = tuple(tuple(part.split("=")) for part in query.split("&") if part)
    content = b"" if body is None else json.dumps(body).encode()
    answer = sandbox.answer(Call(method, path, pairs, {}, content))  # type: ignore[arg-type]
    assert answer.status < 300, answer.body
    return json.loads(answer.body)


def _start_up(path: Path) -> None:
    runs = [
        float(
            subprocess.run(
                [sys.executable, "-c", LIST, path], check=True, capture_output=True, text=True
            ).stdout
        )
        for _ in range(10)
    ]
    _print("open and list segments, beyond the interpreter", min(runs) * 1000, "ms")


def _import(sandbox: Sandbox, *, rows: int) -> None:
    with tempfile.TemporaryFile() as file:
        _write_catalogue(file, rows)
        started = time.perf_counter()
        upload = UploadedFile("catalogue.csv", "text/csv", file)
        sandbox.answer(Call("POST", "/api/pim/import/csv/", upload=upload))
    _print(f"take in a CSV of {rows:,} rows", time.perf_counter() - started, "s")
    _ask(sandbox, "POST", "/api/pim/import/1/confirm/")
    started = time.perf_counter()
    longest = 0.0
    while True:
        before = time.perf_counter()
        more = sandbox.tick()
        longest = max(longest, time.perf_counter() - before)
        if not more:
            break
    _print("import it", rows / (time.perf_counter() - started), "rows/s")
    _print("longest look meanwhile", longest * 1000, "ms")


def _look(sandbox: Sandbox) -> None:
    for query in ("page_size=200", "page_size=200&page=500", "page_size=200&q=product 99999"):
        started = time.perf_counter()
        _ask(sandbox, "GET", "/api/pim/products/", query=query)
        took = (time.perf_counter() - started) * 1000
        _print(f"list 100,000 products, {query}", took, "ms")


def _compute(sandbox: Sandbox, *, events: int) -> float:
    """Fill a sandbox with events and print what a recompute takes; returns its CPU seconds."""
    measures = recompute_measures(sandbox, events=events)
    hand, ours = (min(measure() for _ in range(3)) for measure in measures)
    _print(f"the rule's SQL by hand, {events:,} events", hand * 1000, "ms of CPU")
    _print("recompute", ours * 1000, "ms of CPU")
    _print("ratio", ours / hand, "×")
    return ours


def recompute_measures(
    sandbox: Sandbox, *, events: int
) -> tuple[Callable[[], float], Callable[[], float]]:
    """CPU seconds of a rule's SQL by hand, and of a recompute with all that belongs to it."""
    connection = sandbox.store.connection()
    now = int(time.time() * 1_000_000)
    with sandbox.store.writing():
        connection.executemany(
            "INSERT INTO events (user_id, event_type, occurred_at, received_at, payload)"
            " VALUES (?, ?, ?, ?, '{}')",
            (
                (
                    user,
                    ("page_viewed", "product_viewed", "order_placed")[number % 3],
                    now - number * 15_000_000,
                    now,
                )
                # One user after another: ten million rows in order of time take half an hour.
                for user, start in sorted((f"u{n * 7919 % USERS}", n) for n in range(USERS))
                for number in range(start, events, USERS)
            ),
        )
        connection.execute(
            "INSERT INTO users SELECT user_id, count(*), min(occurred_at), max(occurred_at)"
            " FROM events GROUP BY user_id"
        )
    created: Any = _ask(sandbox, "POST", "/api/segments/", {"name": "bench", "definition": RULE})
    compiled = compile_rule(sandbox._context(connection), RULE, kind="user")
    expected = len(connection.execute(compiled.sql, compiled.params).fetchall())
    assert expected

    def by_hand() -> None:
        assert len(connection.execute(compiled.sql, compiled.params).fetchall()) == expected

    def recompute() -> None:
        before = connection.total_changes
        _ask(sandbox, "POST", f"/api/segments/{created['id']}/compute/")
        sandbox.settle()
        found: Any = _ask(sandbox, "GET", f"/api/segments/{created['id']}/")
        assert found["member_count"] == expected < connection.total_changes - before

    return partial(_timed, by_hand), partial(_timed, recompute)


def _timed(run: Callable[[], None]) -> float:
    started = time.process_time()
    run()
    return time.process_time() - started


def _memory(folder: Path) -> None:
    peaks = {}
    for rows in (1_000, 100_000):
        path = folder / f"memory-{rows}.sqlite3"
        found = subprocess.run(
            [sys.executable, __file__, "--import", str(path), str(rows)],
            check=True,
            capture_output=True,
            text=True,
        )
        peaks[rows] = int(found.stdout) / 1024
        _print(f"peak memory of an import of {rows:,} rows", peaks[rows], "MiB")
    _print("difference", peaks[100_000] - peaks[1_000], "MiB")


def _import_alone(path: str, rows: int) -> None:
    with Sandbox(path, pace=0) as sandbox, tempfile.TemporaryFile() as file:
        _write_catalogue(file, rows)
        upload = UploadedFile("catalogue.csv", "text/csv", file)
        sandbox.answer(Call("POST", "/api/pim/import/csv/", upload=upload))
        _ask(sandbox, "POST", "/api/pim/import/1/confirm/")
        sandbox.settle()
    print(_peak())


def _peak() -> int:
    """KiB; where the kernel tells (`ru_maxrss` of a child begins with its parent's peak)."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    lines = status.read_text(encoding="utf-8").splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1])


def _write_catalogue(file: object, rows: int) -> None:
    file.write(b"sku,name,price,weight,category,note\n")  # type: ignore[attr-defined]
    for number in range(rows):
        note = b"Some words about it. " * 5
        line = b"S%d,Product %d,%d.50,%d,shoes,%s\n" % (number, number, number, number, note)
        file.write(line)  # type: ignore[attr-defined]
    file.seek(0)  # type: ignore[attr-defined]


def _print(what: str, figure: float, unit: str) -> None:
    print(f"{what:<60} {figure:>12,.2f} {unit}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--import"]:
        _import_alone(sys.argv[2], int(sys.argv[3]))
    else:
        main()
