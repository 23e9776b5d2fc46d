"""The fault campaign: nothing lost, nothing doubled unasked, no traceback, no key, little memory.

    python tests/tools/campaign.py [--quick]

Jobs of every kind run through faults, against servers that replay idempotency keys and servers
that ignore them; processes are killed at random moments and their jobs resumed, real commands and
the servers they use among them; commands are given hostile arguments and hostile answers. Exits 1
unless all of it holds. Stops after ten minutes.
"""

from __future__ import annotations

import json
import logging
import os
import random
import resource
import runpy
import signal
import sqlite3
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing.sharedctypes import RawValue
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final
from unittest.mock import patch

import httpx
from click.testing import CliRunner

from segops_tui import session
from segops_tui.api.account import SANDBOX, Account
from segops_tui.api.exchange import Attempt, Reply
from segops_tui.cli.core.program import Root
from segops_tui.client.blocking import SegOpsAdmin
from segops_tui.client.http import _reply
from segops_tui.client.pipeline import Pipeline, Policy
from segops_tui.jobs.engine.file_export import agree_to_repeat
from segops_tui.jobs.engine.ledger import Ledger
from segops_tui.jobs.engine.rate_gate import RateGate
from segops_tui.jobs.engine.runner import run_jobs
from segops_tui.jobs.registry import plan_of, resume
from segops_tui.sandbox.core.app import Sandbox
from segops_tui.sandbox.core.in_process import InProcess
from segops_tui.sandbox.server.fault_injection import FaultInjector, InjectedFaults, parse_failures

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.tools.campaign_programs import commands, programs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from segops_tui.jobs.engine.job import Job

_HELPER: Final = Path(__file__).parents[1] / "jobs" / "mixed_jobs.py"
MIXED: Final = SimpleNamespace(**runpy.run_path(str(_HELPER), run_name="mixed_jobs"))
KEY: Final = "sk_test_campaign0123456789abcdef"
FAULTS: Final = InjectedFaults(failures=parse_failures("429=2%,500=3%,drop=5%"))
_EXPORTS: Final = frozenset({"export", "page-export"})
"""Kinds whose start cannot be looked for, so that the program asks."""
BATCH: Final = 40
_READING: Final = 1e-5
"""Seconds that reading the clock takes."""
_START: Final = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
ROUNDS: Final = 30
"""How often what is left of a batch is resumed."""
MOST_MEMORY: Final = 300
"""MB."""
MINUTES: Final = 10.0


@dataclass
class Tally:
    """What the campaign has found."""

    until: float = field(default_factory=lambda: time.monotonic() + MINUTES * 60)
    done: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    doubled: int = 0
    asked: int = 0
    tracebacks: int = 0
    key_bytes: int = 0
    found: list[str] = field(default_factory=list)
    """What went wrong, for a person."""

    @property
    def is_late(self) -> bool:
        """Whether the time is over."""
        return time.monotonic() >= self.until

    @property
    def memory(self) -> int:
        """The peak of this process and of the largest of its children, in MB."""
        most = max(
            resource.getrusage(who).ru_maxrss
            for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        )
        return most // (1024 * 1024 if sys.platform == "darwin" else 1024)

    @property
    def is_good(self) -> bool:
        """Whether everything held."""
        wrong = self.lost or self.doubled or self.tracebacks or self.key_bytes
        return not wrong and self.memory < MOST_MEMORY


class Clock:
    """A clock that waiting moves, from any thread, and from the processes that are killed too.

    No two readings are the same, as with a real one: a frozen clock lets two scores of a product
    look like one, and the job that waits for the second waits for ever.
    """

    def __init__(self) -> None:
        self._waited, self._guard = RawValue("d", 0.0), threading.Lock()

    def __call__(self) -> datetime:
        return _START + timedelta(seconds=self.move(_READING))

    def unix(self) -> float:
        """Unix seconds."""
        return self().timestamp()

    def move(self, seconds: float) -> float:
        """Let time pass; the seconds since the start."""
        with self._guard:
            self._waited.value += seconds
            return float(self._waited.value)


class Hasty(SegOpsAdmin):
    """A client that waits by moving a clock."""

    move: Callable[[float], float]

    def sleep(self, seconds: float, /) -> None:
        self.move(seconds)


@dataclass
class Batch:
    """Some jobs of all kinds, on a sandbox of their own."""

    folder: Path
    replays: bool
    clock: Clock = field(default_factory=Clock)
    asked: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        with self.sandbox() as sandbox:
            MIXED.prepare(sandbox, 2 + BATCH // 9)

    def sandbox(self) -> Sandbox:
        """The server; it ignores idempotency keys unless `replays`."""
        path = self.folder / "sandbox.db"
        return Sandbox(path, clock=self.clock, pace=0.0, honour_idempotency=self.replays)

    def ledger(self) -> Ledger:
        """The ledger; only the built-in sandbox is known to replay keys."""
        account = SANDBOX if self.replays else Account("https://shop.example.com/api", "0f")
        ledger = Ledger(self.folder / "jobs.db", clock=self.clock.unix)
        return ledger.bound_to(lambda _salt: account)

    def client(self, answering: Any, retries: int = 2) -> SegOpsAdmin:
        """A client that does not really wait."""
        pipeline = Pipeline(Policy(max_retries=retries))
        client = Hasty(transport=InProcess(answering), pipeline=pipeline)
        client.move = self.clock.move
        return client

    def finish(self, client: SegOpsAdmin, ledger: Ledger) -> None:
        """Resume what is left, again and again; where the program asks, agree."""
        for _ in range(ROUNDS):
            left = [self._taken_up(ledger, job) for job in ledger.list(limit=-1)
                    if job.is_resumable]  # fmt: skip
            if not left:
                return
            gate = RateGate(clock=self.clock.unix)
            run_jobs(left, plan_of, client, ledger, clock=self.clock.unix, rate_gate=gate)

    def _taken_up(self, ledger: Ledger, job: Job) -> Job:
        if job.state == "waiting" and job.kind in _EXPORTS:
            self.asked[job.kind] += 1
            return agree_to_repeat(ledger, job.id)
        claimed, plan = resume(ledger, job.id)
        plan.close()
        return claimed

    def account(self, stored: list[Job], tally: Tally) -> None:
        """Compare what is on the server and in the ledger with what was asked for."""
        unfinished = [job for job in stored if job.state != "done"]
        census = MIXED.census(self.folder / "sandbox.db")
        with closing(sqlite3.connect(self.folder / "sandbox.db")) as database:
            # An upload that was repeated and never confirmed has imported nothing.
            census["import"] = database.execute(
                "SELECT count(*) FROM imports WHERE status = 'done'"
            ).fetchone()[0]
        tally.asked += self.asked.total()
        tally.lost += len(unfinished)
        tally.found += [f"lost: {job.kind} {job.state}: {job.error}" for job in unfinished]
        for kind, wanted in MIXED.expected(stored).items():
            more = census[kind] - wanted - self.asked[kind]
            fewer = wanted - census[kind]
            tally.doubled += max(more, 0)
            if more > 0:
                tally.found.append(f"doubled: {kind}, replay={self.replays}: {census[kind]}"
                                   f" for {wanted}")  # fmt: skip
            if fewer > 0 and not unfinished:
                tally.lost += fewer
                tally.found.append(f"lost: {kind}: {census[kind]} for {wanted}")


def run_storms(number: int, tally: Tally) -> None:
    """Run jobs through faults of every tenth call, half of them without replay of keys."""
    batches = (number + BATCH - 1) // BATCH
    for turn in range(batches):
        if tally.is_late:
            return
        with tempfile.TemporaryDirectory() as name:
            batch = Batch(Path(name), replays=turn % 2 == 0)
            with closing(batch.ledger()) as ledger, batch.sandbox() as sandbox:
                jobs = MIXED.start(ledger, batch.folder, min(BATCH, number - turn * BATCH))
                injector = FaultInjector(
                    sandbox, FAULTS, seed=turn, clock=batch.clock.unix, sleep=batch.clock.move
                )
                client = batch.client(injector)
                gate = RateGate(clock=batch.clock.unix)
                run_jobs(
                    jobs, plan_of, client, ledger, clock=batch.clock.unix, rate_gate=gate
                )  # fmt: skip
                batch.finish(client, ledger)
                sandbox.settle()
                batch.account([ledger.get(job.id) for job in jobs], tally)
                tally.done["jobs"] += len(jobs)


def run_kills(number: int, tally: Tally) -> None:
    """Kill processes that run a job at random moments, and resume their jobs in this one."""
    draw, turn = random.Random(1), 0
    while tally.done["kills"] < number and not tally.is_late:
        turn += 1
        with tempfile.TemporaryDirectory() as name:
            batch = Batch(Path(name), replays=turn % 2 == 0)
            with closing(batch.ledger()) as ledger:
                jobs = MIXED.start(ledger, batch.folder, BATCH)
                for job in jobs:
                    ledger.save(job.stopped("detached"))
            for job in jobs:
                if tally.done["kills"] < number:
                    tally.done["kills"] += _killed(batch, job.id, draw.uniform(0.0, 0.15))
            with closing(batch.ledger()) as ledger, batch.sandbox() as sandbox:
                batch.finish(batch.client(sandbox), ledger)
                sandbox.settle()
                batch.account([ledger.get(job.id) for job in jobs], tally)


def _killed(batch: Batch, job_id: str, after: float) -> bool:
    """Run a job in a process of its own; whether the kill came before its end."""
    child = os.fork()
    if child == 0:
        try:
            with closing(batch.ledger()) as ledger, batch.sandbox() as sandbox:
                job, plan = resume(ledger, job_id)
                plan.close()
                run_jobs([job], plan_of, batch.client(sandbox), ledger)
        finally:
            os._exit(0)
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def run_programs(number: int, tally: Tally) -> None:
    """Kill real commands, and the server that they use, and resume what is left."""
    draw, turn, killed = random.Random(3), 0, 0
    while killed < number and not tally.is_late:
        turn += 1
        with tempfile.TemporaryDirectory() as name:
            batch, said = Batch(Path(name), replays=turn % 2 == 0), list[bytes]()
            with programs(batch.folder, key=KEY, replays=batch.replays) as running:
                for command in commands(batch.folder, turns=2):
                    if killed < number and not tally.is_late:
                        killed += running.kill_one(command, draw, said)
                running.finish(batch.asked, _EXPORTS, said)
            with batch.sandbox() as sandbox:
                sandbox.settle()
            batch.account(running.jobs(), tally)
            for text in said:
                _judge_output(["(killed)"], text, tally)
    tally.done["kills of commands and servers"] = killed


_DEEP: Final = "[" * 900 + "]" * 900
_TEXTS: Final = (
    "", "\x1b]52;c;QQ==\x07", "[red]x[/red]", "\u202eevil", "\x00", "\ud800", "=1+1", "../../etc",
    "x" * 5_000, "%2F", "NaN", "1e999", "-1", "{", "🦊" * 50, "a\nb\r\tc", "99999999999999999999",
)  # fmt: skip
_ARGUMENTS: Final = ("1", "2", "\udcff", *(t for t in _TEXTS if "\0" not in t and t != "\ud800"))
"""Texts that a command line can carry; a byte that is not UTF-8 arrives as a lone surrogate."""
_BODIES: Final = (
    b"", b"null", b"[]", b"{}", b"{\"results\": null}", b"{\"results\": [1, null, \"x\", {}]}",
    b"{\"results\": {\"a\": 1}}", b"<html>no</html>", b"\xff\xfe\x00", b"NaN", _DEEP.encode(),
    b"{\"id\": NaN, \"name\": 1e999, \"definition\": " + _DEEP.encode() + b"}",
    b"{\"id\": \"1\", \"name\": [], \"count\": -1}",
    b"{\"results\": [{\"id\": 1, \"name\": \"\\u001b]52;c;QQ==\\u0007\"}], \"next\": \"/x\"}",
)  # fmt: skip
_ECHO: Final = b'{"detail": "no ' + KEY.encode() + b'"}'
_COMMANDS: Final = (
    "segments list", "segments get {}", "segments members {}", "segments create --set name={}",
    "segments preview --set definition={}", "products list", "products get {}", "queries list",
    "queries results {}", "pages list", "pages get {}", "users search {}", "analytics segments",
    "activations list", "schemas list", "competitors list", "webhooks list", "whoami",
    "segments recompute {}", "products score {}", "jobs resume {}", "jobs show {}", "api GET {}",
    "segments delete {} --yes", "events track {}", "open {}",
)  # fmt: skip
_OPTIONS: Final = (
    "", "-o json", "-o csv", "-o tsv --safe", "-o yaml", "-o ndjson", "-o name", "--debug",
    "--fields {}", "--limit 2", "--dry-run", "--all", "-p {}", "--timeout 0.01",
)  # fmt: skip


class Hostile:
    """A server that answers anything, and repeats the key in places where it must not be shown."""

    def __init__(self, draw: random.Random) -> None:
        self._draw, self._left = draw, 0

    def begin(self) -> None:
        """Allow a command so many answers, so that a listing ends."""
        self._left = 20

    def send(self, attempt: Attempt, /) -> Reply:
        self._left -= 1
        status = self._draw.choice((200, 200, 200, 200, 201, 204, 302, 400, 401, 404, 409, 422))
        if self._left < 0:
            status = 404
        # As the transport reads it: what it does with headers is part of what is tried.
        headers = [(b"x-request-id", f"\x1b]52;c;{KEY}\x07".encode())]
        body = self._draw.choice(_BODIES if status < 400 else (*_BODIES, _ECHO))
        return _reply(httpx.Response(status, headers=headers, content=body), body)

    def stream(self, attempt: Attempt, /) -> Any:
        raise AssertionError("No command of the campaign downloads.")

    def close(self) -> None:
        """Nothing is open."""


def run_hostile(number: int, tally: Tally) -> None:
    """Give commands hostile arguments, and answer them hostilely."""
    draw = random.Random(2)
    server = Hostile(draw)
    policy = Policy(max_retries=0)

    def opened(_profile: Any, _paths: Any, _environ: Any, options: Any = None) -> SegOpsAdmin:
        guard = session.guard_of(_profile, options or session.Options())
        trace = None if options is None else options.trace
        client = Hasty(transport=server, pipeline=Pipeline(policy, guard=guard, trace=trace))
        client.move = lambda _seconds: None
        return client

    with tempfile.TemporaryDirectory() as home, patch.object(session, "open_client", opened):
        environ = {"SEGOPS_TUI_HOME": home, "SEGOPS_API_KEY": KEY}
        for _ in range(number):
            if tally.is_late:
                return
            words = [draw.choice(_COMMANDS), draw.choice(_OPTIONS)]
            args = [
                part.replace("{}", draw.choice(_ARGUMENTS))
                for text in words
                for part in text.split()
            ]
            typed = draw.choice(_TEXTS).encode("utf-8", "surrogatepass")
            server.begin()
            ended = CliRunner().invoke(Root(), args, env=environ, input=typed)
            _judge(args, ended, tally)
            tally.done["hostile inputs"] += 1


def _judge(args: list[str], ended: Any, tally: Tally) -> None:
    is_odd = not isinstance(ended.exception, SystemExit | None)
    _judge_output(args, ended.stdout_bytes + ended.stderr_bytes, tally, is_odd=is_odd)


def _judge_output(args: list[str], both: bytes, tally: Tally, *, is_odd: bool = False) -> None:
    if is_odd or b"Traceback" in both or b"This is a bug" in both:
        tally.tracebacks += 1
        tally.found.append(f"traceback: {json.dumps(args)[:200]}: {both[-300:]!r}")
    if KEY.encode() in both:
        tally.key_bytes += both.count(KEY.encode()) * len(KEY)
        tally.found.append(f"key: {json.dumps(args)[:200]}")


def _lines(tally: Tally, seconds: float) -> Iterator[str]:
    done = ", ".join(f"{number:,} {what}" for what, number in tally.done.items())
    yield f"{done} in {seconds:.0f} s" + (", cut short by the time" if tally.is_late else "")
    yield f"{tally.lost} lost"
    yield f"{tally.doubled} doubled ({tally.asked} asked)"
    yield f"{tally.tracebacks} tracebacks"
    yield f"{tally.key_bytes} key bytes"
    yield f"{tally.memory} MB peak memory (allowed: under {MOST_MEMORY})"


def campaign(*, jobs: int, kills: int, hostile: int, real: int = 0) -> Tally:
    """Run all parts."""
    tally = Tally()
    # The resumed jobs' own threads would write there.
    logging.disable(logging.CRITICAL)
    try:
        run_kills(kills, tally)
        run_programs(real, tally)
        run_storms(jobs, tally)
        run_hostile(hostile, tally)
    finally:
        logging.disable(logging.NOTSET)
    return tally


def main(args: list[str]) -> int:
    """Run the campaign, print its figures, and say by the exit code whether it held."""
    began = time.monotonic()
    if "--quick" in args:
        tally = campaign(jobs=80, kills=10, hostile=500, real=4)
    else:
        tally = campaign(jobs=1_000, kills=160, hostile=10_000, real=40)
    for line in _lines(tally, time.monotonic() - began):
        print(line)
    for line in tally.found[:40]:
        print(f"  {line}", file=sys.stderr)
    return 0 if tally.is_good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
