"""Webhooks on this machine: signatures, and a listener that loses nothing."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from segops_tui.api.webhook import sign_webhook
from segops_tui.cli.commands.webhooks.inbox import Inbox
from segops_tui.cli.commands.webhooks.relay import LARGEST, Forwarder, WebhookReceiver
from tests.cli.conftest import clean_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cli.conftest import Program

SECRET = "whsec_test_0123456789"
BODY = json.dumps(
    {"event": "segment.recomputed", "segment_name": "VIPs", "member_count": 7}
).encode()
GOOD = {"X-SegOps-Signature": sign_webhook(BODY, SECRET), "Content-Type": "application/json"}


def post(address: str, body: bytes = BODY, headers: dict[str, str] | None = None) -> int:
    """Send one delivery; answers the status."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=240)
    try:
        connection.request("POST", "/hook", body, GOOD if headers is None else headers)
        return connection.getresponse().status
    finally:
        connection.close()


class Sink(ThreadingHTTPServer):
    """Where deliveries are forwarded to."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Sinking)
        self.got: list[tuple[bytes, dict[str, str]]] = []
        self.statuses: list[int] = []
        self.hold = threading.Event()
        self.hold.set()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/in"


class _Sinking(BaseHTTPRequestHandler):
    server: Sink

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.got.append((body, headers))
        self.server.hold.wait(120)
        self.send_response(self.server.statuses.pop(0) if self.server.statuses else 200)
        self.send_header("Location", "http://127.0.0.1:9/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.hold.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[Inbox]:
    with Inbox(tmp_path / "webhooks.db") as opened:
        yield opened


@contextmanager
def receiving(
    inbox: Any, *, secret: str | None = SECRET, told: list[str] | None = None
) -> Iterator[str]:
    receiver = WebhookReceiver(
        0,
        inbox,
        secret=secret,
        forward_to="",
        now=lambda: "2026-06-01T12:00:00Z",
        arrived=lambda _delivery: None,
        failed=(told if told is not None else []).append,
    )
    thread = threading.Thread(target=receiver.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield receiver.address
    finally:
        receiver.shutdown()
        receiver.server_close()
        thread.join()


@contextmanager
def listening(program: Program, *args: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`webhooks listen` as a process of its own."""
    command = [sys.executable, "-m", "segops_tui", "webhooks", "listen", "--port", "0", *args]
    environ = {
        **clean_environment(),
        "SEGOPS_TUI_HOME": str(program.home),
        "HOOK_SECRET": SECRET,
    }
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environ
    ) as process:
        assert process.stderr is not None
        line = ""
        while "listening at" not in line:
            line = process.stderr.readline()
            assert line, "it ended at once"
        try:
            yield process, re.search(r"http://\S+/", line)[0]  # type: ignore[index]
        finally:
            if process.poll() is None:
                process.kill()


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not is_so():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("signature", "code"),
    [
        (GOOD["X-SegOps-Signature"], 0),
        (GOOD["X-SegOps-Signature"].removeprefix("sha256="), 0),
        (GOOD["X-SegOps-Signature"].upper(), 1),
        ("sha256=0000", 1),
        ("é", 1),
        ("", 1),
    ],
)
def test_verify_exits_by_the_signature(
    program: Program, tmp_path: Path, signature: str, code: int
) -> None:
    program.environ["HOOK_SECRET"] = SECRET
    file = tmp_path / "body.json"
    file.write_bytes(BODY)
    args = ("webhooks", "verify", "--secret-env", "HOOK_SECRET", "--signature", signature)

    of_file = program(*args, str(file))
    of_stdin = program(*args, "-", "-o", "json", input=BODY)

    assert of_file.code == of_stdin.code == code
    assert of_stdin.data == {"valid": code == 0}
    assert SECRET not in of_file.out + of_file.err


def test_a_body_of_any_bytes_is_signed_and_verified(program: Program, tmp_path: Path) -> None:
    program.environ["HOOK_SECRET"] = SECRET
    file = tmp_path / "body"
    file.write_bytes(b"\xff\x00\r\n")
    env = ("--secret-env", "HOOK_SECRET")

    signature = program("webhooks", "sign", *env, str(file), "-o", "name").out.strip()
    ended = program("webhooks", "verify", *env, "--signature", signature, str(file))

    assert signature == sign_webhook(b"\xff\x00\r\n", SECRET)
    assert ended.code == 0


def test_a_test_payload_is_signed(program: Program) -> None:
    program.environ["HOOK_SECRET"] = SECRET

    shown = program("webhooks", "sign", "--secret-env", "HOOK_SECRET")
    data = program("webhooks", "sign", "--secret-env", "HOOK_SECRET", "-o", "json").data

    header, _, body = shown.out.splitlines()
    assert header == f"X-SegOps-Signature: {sign_webhook(body, SECRET)}"
    assert json.loads(body)["event"] == "segment.recomputed"
    assert data["headers"]["X-SegOps-Signature"] == sign_webhook(data["body"], SECRET)


@pytest.mark.parametrize("verb", ["verify --signature x -", "sign", "listen"])
def test_a_secret_that_is_not_set_is_wrong_usage(program: Program, verb: str) -> None:
    ended = program("webhooks", *verb.split(), "--secret-env", "NO_SUCH_VARIABLE", input="")

    assert (ended.code, ended.out) == (2, "")
    assert "NO_SUCH_VARIABLE is not set" in ended.err


@pytest.mark.parametrize(
    ("secret", "headers", "status", "verdict"),
    [
        (SECRET, GOOD, 200, "verified"),
        (SECRET, {"X-SegOps-Signature": "sha256=00"}, 401, "forged"),
        (SECRET, {}, 401, "unsigned"),
        (None, {}, 200, "unchecked"),
    ],
)
def test_what_is_answered_is_kept_whatever_its_signature(
    inbox: Inbox, secret: str | None, headers: dict[str, str], status: int, verdict: str
) -> None:
    with receiving(inbox, secret=secret) as address:
        answered = post(address, headers=headers)

        kept = inbox.last()

    assert answered == status
    assert kept.raw["verdict"] == verdict
    assert kept.body == BODY
    assert kept.raw["payload"]["segment_name"] == "VIPs"


def test_what_cannot_be_kept_is_not_answered_with_a_success() -> None:
    class Full:
        def add(self, **_more: Any) -> Any:
            raise sqlite3.OperationalError("database or disk is full")

    told: list[str] = []
    with receiving(Full(), told=told) as address:
        status = post(address)

    assert status == 500
    assert "disk is full" in told[0]


def test_a_delivery_is_on_the_disk_before_it_is_answered(inbox: Inbox, tmp_path: Path) -> None:
    """Another connection sees it the moment the answer is there."""
    with receiving(inbox) as address, sqlite3.connect(tmp_path / "webhooks.db") as other:
        for number in range(1, 11):
            post(address)
            assert other.execute("SELECT count(*) FROM deliveries").fetchone() == (number,)
    other.close()


def test_many_at_once_are_all_kept(inbox: Inbox) -> None:
    statuses: list[int] = []
    with receiving(inbox) as address:
        threads = [
            threading.Thread(target=lambda: statuses.append(post(address))) for _ in range(40)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert statuses == [200] * 40
    assert len(inbox.newest(-1)) == 40


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("Content-Length: x\r\n\r\n", 411),
        ("\r\n", 411),
        (f"Content-Length: {LARGEST + 1}\r\n\r\n", 413),
        ("Content-Length: 10\r\n\r\nshort", 400),
    ],
)
def test_a_delivery_that_is_not_whole_is_refused_and_not_kept(
    inbox: Inbox, head: str, status: int
) -> None:
    with receiving(inbox) as address:
        port = urlsplit(address).port
        with socket.create_connection(("127.0.0.1", port or 0), timeout=240) as peer:
            peer.sendall(f"POST / HTTP/1.1\r\nHost: x\r\n{head}".encode())
            peer.shutdown(socket.SHUT_WR)
            answer = peer.recv(100).decode()

    assert f" {status} " in answer
    assert inbox.newest(-1) == []


@pytest.mark.parametrize("spell", [str, str.lower, str.upper])
def test_a_delivery_is_forwarded_byte_for_byte_with_its_signature(
    inbox: Inbox, sink: Sink, spell: Callable[[str], str]
) -> None:
    came = {spell(name): value for name, value in GOOD.items()}
    delivery = inbox.add(received_at="", path="/", headers=came, body=BODY, verdict="verified")

    words, is_done = Forwarder(sink.address, inbox, lambda *_: None).send(delivery)

    [(body, headers)] = sink.got
    assert (words, is_done) == ("HTTP 200", True)
    assert body == BODY
    assert headers["x-segops-signature"] == GOOD["X-SegOps-Signature"]
    assert headers["content-type"] == "application/json"
    assert inbox.last().raw["forwarded"] == "HTTP 200"


@pytest.mark.parametrize(
    ("statuses", "tries", "is_done"),
    [([500, 200], 2, True), ([500, 500, 500], 3, False), ([404], 1, False), ([302], 1, False)],
)
def test_a_forward_is_tried_again_only_where_that_may_help(
    inbox: Inbox, sink: Sink, monkeypatch: pytest.MonkeyPatch,
    statuses: list[int], tries: int, is_done: bool,
) -> None:  # fmt: skip
    monkeypatch.setattr("segops_tui.cli.commands.webhooks.relay._WAITS", (0.0, 0.0))
    sink.statuses = statuses
    delivery = inbox.add(received_at="", path="/", headers=GOOD, body=BODY, verdict="verified")

    assert Forwarder(sink.address, inbox, lambda *_: None).send(delivery)[1] is is_done
    assert len(sink.got) == tries


@pytest.mark.parametrize(
    ("statuses", "is_left"), [([500, 503, 500], True), ([404], False), ([302], False)]
)
def test_a_forward_that_failed_for_now_is_made_at_the_next_start(
    inbox: Inbox, sink: Sink, monkeypatch: pytest.MonkeyPatch, statuses: list[int], is_left: bool
) -> None:
    monkeypatch.setattr("segops_tui.cli.commands.webhooks.relay._WAITS", (0.0, 0.0))
    sink.statuses = list(statuses)
    delivery = inbox.add(
        received_at="",
        path="/",
        headers=GOOD,
        body=BODY,
        verdict="verified",
        forward_to=sink.address,
    )
    Forwarder(sink.address, inbox, lambda *_: None).send(delivery)
    before = len(sink.got)

    restarted = Forwarder(sink.address, inbox, lambda *_: None)
    assert restarted.start() == int(is_left)
    restarted.finish(wait=5)

    assert len(sink.got) - before == int(is_left)
    assert inbox.last().raw["forwarded"] == ("HTTP 200" if is_left else "")
    assert inbox.waiting(sink.address) == []


def test_a_forward_that_nobody_answered_is_made_at_the_next_start(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("segops_tui.cli.commands.webhooks.relay._WAITS", (0.0, 0.0))
    nobody = "http://127.0.0.1:9/"
    delivery = inbox.add(
        received_at="", path="/", headers=GOOD, body=BODY, verdict="verified", forward_to=nobody
    )

    words, is_done = Forwarder(nobody, inbox, lambda *_: None).send(delivery)

    assert (words.partition(":")[0], is_done) == ("no answer", False)
    assert [each.number for each in inbox.waiting(nobody)] == [delivery.number]


def test_a_listener_that_is_killed_loses_nothing(program: Program, sink: Sink) -> None:
    """Killed between the answer and the forward; the next start hands on what was left."""
    sink.hold.clear()
    args = ("--secret-env", "HOOK_SECRET", "--forward-to", sink.address)
    with listening(program, *args) as (process, address):
        statuses = [post(address) for _ in range(3)]
        until(lambda: bool(sink.got))
        process.kill()
        process.wait()
    first = len(sink.got)
    sink.hold.set()

    with listening(program, *args) as (process, _address):
        until(lambda: len(sink.got) >= first + 3)
        process.send_signal(signal.SIGINT)
        process.wait(timeout=240)

    assert statuses == [200] * 3
    kept = program("webhooks", "deliveries", "-o", "json").data
    assert [row["forwarded"] for row in kept] == ["HTTP 200"] * 3
    assert process.returncode == 0


@pytest.mark.parametrize(("kind", "name"), [(Forwarder, "start"), (WebhookReceiver, "address")])
def test_ctrl_c_ends_a_listener_that_is_only_starting(
    program: Program, monkeypatch: pytest.MonkeyPatch, kind: type, name: str
) -> None:
    """Before its threads run, and where they do already but nothing waits for them yet."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(kind, name, property(interrupt) if name == "address" else interrupt)
    address = "http://127.0.0.1:9/"
    ended = program("webhooks", "listen", "--port", "0", "--forward-to", address)

    assert ended.code == 0
    assert "Stopped." in ended.err
    assert not {"receiver", "forwarder"} & {thread.name for thread in threading.enumerate()}


def test_each_delivery_is_a_line_and_a_count_ends_it(program: Program) -> None:
    with listening(program, "--secret-env", "HOOK_SECRET", "--count", "2") as (process, address):
        post(address)
        post(address, headers={})
        out, _ = process.communicate(timeout=240)

    # A delivery is answered before it is shown, so that two may be shown in either order.
    first, second = sorted(out.splitlines())
    assert process.returncode == 0
    assert "✓ verified" in first
    assert "VIPs" in first
    assert "○ unsigned" in second


def test_json_is_one_document_at_the_end(program: Program) -> None:
    with listening(program, "--count", "1", "-o", "json") as (process, address):
        post(address)
        out, _ = process.communicate(timeout=240)

    assert [row["verdict"] for row in json.loads(out)] == ["unchecked"]


def test_a_delivery_is_replayed(program: Program, sink: Sink) -> None:
    with Inbox(program.home / "state" / "webhooks.db") as inbox:
        inbox.add(received_at="", path="/", headers=GOOD, body=BODY, verdict="verified")
    replay = ("webhooks", "listen", "--forward-to", sink.address, "--replay")

    by_number, last, missing = (program(*replay, which) for which in ("1", "last", "9"))

    assert (by_number.code, last.code, missing.code) == (0, 0, 5)
    assert [body for body, _ in sink.got] == [BODY, BODY]


@pytest.mark.parametrize(
    "url", ["http://example.com/x", "ftp://127.0.0.1/", "nonsense", "https://u:p@x/"]
)
def test_a_forward_to_anywhere_else_is_refused(program: Program, url: str) -> None:
    ended = program("webhooks", "listen", "--forward-to", url)

    assert (ended.code, ended.out) == (2, "")
    assert "--forward-to takes https" in ended.err


def test_a_port_that_is_taken_is_named(program: Program, sink: Sink) -> None:
    port = str(urlsplit(sink.address).port)

    ended = program("webhooks", "listen", "--port", port)

    assert (ended.code, ended.out) == (2, "")
    assert f"Port {port} cannot be opened" in ended.err


def test_no_delivery_yet_says_how_to_get_one(program: Program) -> None:
    ended = program("webhooks", "deliveries")

    assert (ended.code, ended.out) == (0, "")
    assert "webhooks listen" in ended.err


def test_a_recompute_made_by_another_process_on_a_served_sandbox_is_received(
    changing: Program,
) -> None:
    environ = {**clean_environment(), "SEGOPS_TUI_HOME": str(changing.home)}
    serve = [sys.executable, "-m", "segops_tui", "sandbox", "serve", "--port", "0"]
    with (
        listening(changing, "--secret-env", "HOOK_SECRET", "--count", "1", "-o", "ndjson") as (
            listener, address,
        ),
        subprocess.Popen(
            serve, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environ
        ) as server,
    ):  # fmt: skip
        assert server.stdout is not None
        lines = [server.stdout.readline() for _ in range(2)]
        changing.environ |= dict(re.findall(r"export (\w+)=(.*)\n", "".join(lines)))
        made = changing(
            "webhooks", "create", "--set", f"url={address}", "--set", f"secret={SECRET}"
        )
        changing.environ["SEGOPS_TUI_HOME"] = str(changing.home)
        computed = changing.alone("segments", "recompute", "1", "-o", "json", "--quiet")
        out, _ = listener.communicate(timeout=240)
        os.kill(server.pid, signal.SIGINT)
        server.wait(timeout=240)

    received = json.loads(out)
    assert made.code == computed.code == 0
    assert received["verdict"] == "verified"
    assert received["payload"]["segment_id"] == 1
    assert received["payload"]["member_count"] == computed.data[0]["after"]
