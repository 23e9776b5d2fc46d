"""What fetching ahead is worth: 10,000 segments in pages of 100 from a server 50 ms away.

Prints; asserts nothing about time.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing import Queue, get_context
from pathlib import Path
from threading import Event

from segops_tui import AsyncSegOpsAdmin, SegOpsAdmin
from segops_tui.api.exchange import Attempt, Reply
from segops_tui.sandbox.core.app import Sandbox
from segops_tui.sandbox.server.fault_injection import FaultInjector, InjectedFaults
from segops_tui.sandbox.server.serve import serving

KEY = "sk_test_0123456789abcdef"
SEGMENTS = 10_000


def fill(sandbox: Sandbox, segments: int = SEGMENTS) -> None:
    now = int(datetime.now(UTC).timestamp() * 1_000_000)
    with sandbox.store.writing() as connection:
        connection.executemany(
            "INSERT INTO segments (name, created_at, updated_at) VALUES (?, ?, ?)",
            ((f"Segment {number}", now, now) for number in range(segments)),
        )


def keep_serving(path: Path, addresses: Queue[str]) -> None:
    """Serve from a process of its own, as a server is: it and the client share no interpreter."""
    with (
        Sandbox(path, keys=frozenset({KEY})) as sandbox,
        serving(FaultInjector(sandbox, InjectedFaults(latency=0.05))) as url,
    ):
        addresses.put(url)
        Event().wait()


@contextmanager
def server(path: Path) -> Iterator[str]:
    context = get_context("spawn")
    addresses: Queue[str] = context.Queue()
    process = context.Process(target=keep_serving, args=(path, addresses), daemon=True)
    process.start()
    try:
        yield addresses.get(timeout=30)
    finally:
        process.kill()


def one_after_another(client: SegOpsAdmin, page_size: int = 100) -> int:
    request = type(client.segments).list.build(None, page_size=page_size)
    count = 0
    while request is not None:
        page = client.send(request)
        count += len(page.items)
        request = page.next_request(request)
    return count


async def awaited(url: str, page_size: int = 100) -> int:
    async with AsyncSegOpsAdmin(KEY, base_url=url) as client:
        return len([None async for _ in client.segments.list(page_size=page_size)])


class Endless:
    """A transport whose listing has as many rows as it is told, made as they are asked for."""

    def __init__(self, rows: int) -> None:
        self.rows = rows

    def send(self, attempt: Attempt, /) -> Reply:
        query = dict(attempt.query)
        page, size = int(query.get("page") or 1), int(query["page_size"])
        first = (page - 1) * size
        last = min(first + size, self.rows)
        following = f"/api/segments/?page={page + 1}" if last < self.rows else None
        results = [{"id": number, "name": f"Segment {number}"} for number in range(first, last)]
        content = json.dumps({"count": self.rows, "next": following, "results": results})
        return Reply(200, {"content-type": "application/json"}, content.encode(), 0.0)

    def close(self) -> None:
        """Nothing is open."""


def walk_peak(rows: int) -> float:
    """MiB that Python objects take at most while so many rows are walked."""
    client = SegOpsAdmin(transport=Endless(rows))
    tracemalloc.start()
    assert sum(1 for _ in client.segments.list(page_size=1_000)) == rows
    peak = tracemalloc.get_traced_memory()[1] / 1024**2
    tracemalloc.stop()
    return peak


def timed(what: str, seconds: float, base: float | None = None) -> None:
    ratio = f"   {base / seconds:.1f}× as fast" if base else ""
    print(f"{what:<34} {seconds:6.2f} s{ratio}")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s.db"
        with Sandbox(path) as sandbox:
            fill(sandbox)
        with server(path) as url:
            with SegOpsAdmin(KEY, base_url=url) as client:
                started = time.perf_counter()
                assert one_after_another(client) == SEGMENTS
                base = time.perf_counter() - started
                timed("one page after another", base)
                started = time.perf_counter()
                assert sum(1 for _ in client.segments.list(page_size=100)) == SEGMENTS
                timed("ahead, blocking", time.perf_counter() - started, base)
            started = time.perf_counter()
            assert asyncio.run(awaited(url)) == SEGMENTS
            timed("ahead, awaited", time.perf_counter() - started, base)
    for rows in (10_000, 1_000_000):
        print(f"a walk of {rows:,} rows takes {walk_peak(rows):.1f} MiB at most")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak resident size {peak:.0f} MiB")


if __name__ == "__main__":
    sys.exit(main())
