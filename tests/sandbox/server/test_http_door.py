"""The sandbox over HTTP: what only a socket can get wrong."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from urllib.parse import urlsplit

import pytest

from segops_tui.api.errors import ConnectionFailed
from segops_tui.sandbox.core.app import Sandbox
from segops_tui.sandbox.core.calls import Call
from segops_tui.sandbox.core.errors import ApiRefusal, PortInUse
from segops_tui.sandbox.server.asgi import check_host
from segops_tui.sandbox.server.fault_injection import FaultInjector, InjectedFaults
from segops_tui.sandbox.server.serve import serve, serving

SERVED = """
import sys
from segops_tui.sandbox.core.app import Sandbox
from segops_tui.sandbox.server.serve import serve

with Sandbox(sys.argv[1]) as sandbox:
    serve(sandbox, port=0, on_ready=lambda address: print(address, flush=True))
print("ended", flush=True)
"""


class Wire:
    """One connection, kept open from call to call."""

    def __init__(self, address):
        parts = urlsplit(address)
        self.connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=240)

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        self.connection.close()

    def ask(self, method, path, body=None, **headers):
        """Answer a call's status, headers and body."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.connection.request(method, path, body, named)
        response = self.connection.getresponse()
        return response.status, response.headers, response.read()


@pytest.fixture
def wire(sandbox, http_door):
    with http_door(sandbox) as address, Wire(address) as opened:
        yield opened


def test_a_connection_is_kept_alive(wire):
    wire.ask("GET", "/api/segments/")
    socket_before = wire.connection.sock

    status, headers, body = wire.ask("POST", "/api/segments/", b'{"name": "x"}')

    assert status == 201
    assert wire.connection.sock is socket_before is not None
    assert int(headers["content-length"]) == len(body)
    assert headers["content-type"] == "application/json"


def test_a_slash_less_is_no_redirect(wire):
    assert wire.ask("POST", "/api/segments", b'{"name": "x"}')[0] == 201


def test_head_has_the_length_and_no_body(wire):
    _, _, body = wire.ask("GET", "/api/segments/")

    status, headers, nothing = wire.ask("HEAD", "/api/segments/")

    assert (status, int(headers["content-length"]), nothing) == (200, len(body), b"")
    assert wire.ask("GET", "/api/segments/")[0] == 200


def test_options_and_wrong_methods_name_what_is_allowed(wire):
    assert wire.ask("OPTIONS", "/api/segments/")[1]["allow"] == "GET, POST, OPTIONS"
    status, headers, _ = wire.ask("PATCH", "/api/segments/")
    assert (status, headers["allow"]) == (405, "GET, POST")


def test_a_quoted_path_and_query_arrive_as_they_were_meant(wire):
    status, _, body = wire.ask("GET", "/api/segments/membership/?user_id=a%2Fb%40c%26d+e%C3%A9")

    assert (status, json.loads(body)["user_id"]) == (200, "a/b@c&d eé")


def test_too_large_a_body_is_refused(wire):
    """The connection survives it."""
    status, _, body = wire.ask("POST", "/api/segments/", b" " * ((16 << 20) + 1))

    assert (status, json.loads(body)) == (
        413,
        {"detail": "The request is larger than 16 MiB."},
    )
    assert wire.ask("GET", "/api/segments/")[0] == 200


@pytest.mark.parametrize(
    ("content_type", "body", "complaint"),
    [
        ("multipart/form-data", b"", "Multipart form parse error"),
        ("multipart/form-data; boundary=x", b"not at all", "Multipart form parse error"),
        ("multipart/form-data; boundary=x", b"--x\r\nbad\r\n", "Multipart form parse error"),
        ("multipart/form-data; boundary=x", b"--x--\r\n", "No file was submitted."),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="other"; filename="a.csv"\r\n\r\n'
            b"sku\r\n--x--\r\n",
            "No file was submitted.",
        ),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
            b"sku\r\n1\r\n",
            "The body ends before its final boundary.",
        ),
        ("text/csv", b"sku\n1\n", "No file was submitted."),
    ],
)
def test_an_upload_that_is_none_is_refused(wire, content_type, body, complaint):
    status, _, answer = wire.ask("POST", "/api/pim/import/csv/", body, content_type=content_type)

    assert status == 400
    assert complaint in answer.decode()


def test_a_file_name_never_chooses_a_place(wire, sandbox):
    body = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="../../evil/a.csv"\r\n'
        b"Content-Type: text/csv\r\n\r\nsku\r\n1\r\n--x--\r\n"
    )

    status, _, answer = wire.ask(
        "POST", "/api/pim/import/csv/", body, content_type="multipart/form-data; boundary=x"
    )

    assert (status, json.loads(answer)["filename"]) == (201, "a.csv")
    assert [path.suffix for path in sandbox.store.folder.iterdir()] == [".csv"]


def test_an_upload_cut_off_is_not_stored(wire, tmp_path_factory, monkeypatch):
    """Its temporary file is deleted when the client disconnects."""
    folder = tmp_path_factory.mktemp("uploads")
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    start = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nsku\r\n'
    wire.connection.putrequest("POST", "/api/pim/import/csv/")
    wire.connection.putheader("content-type", "multipart/form-data; boundary=x")
    wire.connection.putheader("content-length", str(4 << 20))
    wire.connection.endheaders(start + b"1\r\n" * (1 << 19))
    _wait_until(lambda: any(folder.iterdir()))

    wire.connection.close()

    _wait_until(lambda: not any(folder.iterdir()))
    assert json.loads(wire.ask("GET", "/api/pim/import/")[2])["count"] == 0


def test_a_failure_inside_is_a_plain_500(http_door, caplog):
    class Broken:
        def admit(self, method, path, headers):
            return None

        def answer(self, call):
            raise ZeroDivisionError("secret detail")

    with http_door(Broken()) as address, Wire(address) as wire:
        status, _, body = wire.ask("GET", "/api/segments/")

    assert (status, json.loads(body)) == (500, {"detail": "Server error."})
    assert "GET /api/segments/ failed" in caplog.text


def test_an_injected_fault_cuts_the_connection(sandbox, http_door):
    from segops_tui.client.blocking import SegOpsAdmin

    injector = FaultInjector(sandbox, InjectedFaults(failures=(("drop", 1.0),)))
    with (
        http_door(injector) as address,
        SegOpsAdmin("sk_test_0123456789", base_url=address, max_retries=0) as client,
        pytest.raises(ConnectionFailed),
    ):
        client.segments.get(1)


def test_a_call_retried_over_failures_is_done_once(sandbox, http_door, ask):
    """Cut connections, server errors and throttling, and still one segment."""
    from segops_tui.client.blocking import SegOpsAdmin
    from segops_tui.client.pipeline import Pipeline, Policy

    failures = (("drop", 0.4), ("500", 0.2), ("503", 0.1))
    injector = FaultInjector(sandbox, InjectedFaults(failures=failures), seed=7)
    pipeline = Pipeline(Policy(max_retries=30, first_wait=0.0))
    with (
        http_door(injector) as address,
        SegOpsAdmin("sk_test_0123456789", base_url=address, pipeline=pipeline) as client,
    ):
        for number in range(10):
            client.segments.create(name=f"s{number}")

    assert ask.ok("GET", "/api/segments/")["count"] == 10


def test_a_port_in_use_is_named(sandbox):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(PortInUse, match=f"Port {port} on 127.0.0.1 is in use") as caught:
            serve(sandbox, port=port)

    assert "--port" in (caught.value.hint or "")


def test_work_advances_without_a_request(sandbox_path):
    """The ticker of a served sandbox finishes a compute."""
    with (
        Sandbox(sandbox_path, pace=0.01) as sandbox,
        serving(sandbox) as address,
        Wire(address) as wire,
    ):
        rule = {"type": "event_count", "event_type": "x", "operator": "eq", "value": 0}
        body = json.dumps({"name": "s", "definition": {"logic": "AND", "conditions": [rule]}})
        wire.ask("POST", "/api/segments/", body)
        wire.ask("POST", "/api/segments/1/compute/")

        deadline = time.monotonic() + 120
        query = "SELECT status FROM segments"
        while sandbox.store.connection().execute(query).fetchone()[0] != "computed":
            assert time.monotonic() < deadline
            time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_server_cleanly(sandbox_path, number):
    """Exit code 0, nothing on stderr, and what comes after `serve` still runs."""
    process = subprocess.Popen(
        [sys.executable, "-c", SERVED, sandbox_path],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    address = process.stdout.readline().strip()
    with Wire(address) as wire:
        status = wire.ask("GET", "/api/segments/")[0]
        os.kill(process.pid, number)
        out, err = process.communicate(timeout=240)

    assert address.startswith("http://127.0.0.1:")
    assert address.endswith("/api")
    assert (status, process.returncode, out, err) == (200, 0, "ended\n", "")


def _wait_until(holds):
    deadline = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


KEYED = "/api/pim/import/csv/"
START = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nsku\r\n'


@pytest.fixture
def keyed(sandbox_path, http_door):
    """The address of a sandbox that takes one key."""
    with (
        Sandbox(sandbox_path, keys=frozenset({"sk_test_0123456789"})) as sandbox,
        http_door(sandbox) as address,
    ):
        yield address


def begin_upload(wire, **headers):
    """Send an upload's headers and its first bytes."""
    wire.connection.putrequest("POST", KEYED)
    wire.connection.putheader("content-type", "multipart/form-data; boundary=x")
    wire.connection.putheader("content-length", str(4 << 20))
    for name, value in headers.items():
        wire.connection.putheader(name.replace("_", "-"), value)
    wire.connection.endheaders(START + b"1\r\n" * (1 << 19))


def test_nothing_of_a_body_is_kept_before_its_key_is_known(keyed, tmp_path_factory, monkeypatch):
    folder = tmp_path_factory.mktemp("uploads")
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    with Wire(keyed) as wire:
        begin_upload(wire, x_api_key="sk_test_wrong_wrong")
        wire.connection.send(b" " * ((4 << 20) - len(START) - 3 * (1 << 19)))
        response = wire.connection.getresponse()

        assert response.status == 401
        assert not any(folder.iterdir())


def test_a_key_has_few_uploads_at_a_time(keyed, tmp_path_factory, monkeypatch):
    monkeypatch.setattr("segops_tui.sandbox.server.asgi.MOST_UPLOADS", 1)
    folder = tmp_path_factory.mktemp("uploads")
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    key = {"x_api_key": "sk_test_0123456789"}
    kind = {"content_type": "multipart/form-data; boundary=x"}
    with Wire(keyed) as first, Wire(keyed) as second:
        begin_upload(first, **key)
        _wait_until(lambda: any(folder.iterdir()))

        status, headers, _ = second.ask("POST", KEYED, START + b"1\r\n--x--\r\n", **key, **kind)
        assert (status, headers["retry-after"]) == (429, "1")

        first.connection.close()
        _wait_until(lambda: not any(folder.iterdir()))
        assert second.ask("POST", KEYED, START + b"1\r\n--x--\r\n", **key, **kind)[0] == 201


def test_a_long_boundary_is_refused(wire):
    kind = "multipart/form-data; boundary=" + "x" * 257

    status, _, body = wire.ask("POST", KEYED, b"--x--\r\n", content_type=kind)

    assert status == 400
    assert "Multipart form parse error" in json.loads(body)["detail"]


@pytest.mark.parametrize("length", [10_001, 60_000, 100_000])
@pytest.mark.parametrize("path", ["/api/pim/products/?q=", "/api/pim/products/search/?q="])
def test_a_long_question_is_refused(wire, sandbox, path, length):
    assert wire.ask("GET", path + "x" * length)[0] == 400
    call = Call("GET", path.partition("?")[0], (("q", "x" * length),))
    assert sandbox.answer(call).status == 400


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8000", 200),
        ("[::1]:8000", 200),
        ("localhost:8000", 200),
        ("sandbox:8000", 200),
        ("shop.localhost", 200),
        ("evil.example.com", 400),
        ("127.0.0.1.evil.example.com:8000", 400),
        ("localhost.evil.example.com", 400),
    ],
)
def test_a_page_cannot_reach_the_sandbox_under_its_own_name(wire, host, status):
    assert wire.ask("GET", "/api/segments/", host=host)[0] == status


def test_the_name_it_listens_at_is_its_own():
    check_host("sandbox.example.com:8000", "sandbox.example.com")

    with pytest.raises(ApiRefusal):
        check_host("other.example.com:8000", "sandbox.example.com")
