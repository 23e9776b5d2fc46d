"""The transport that a command sends with: its own connections, its certificates, its proxies."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from segops_tui.api.errors import ConnectionFailed, TimedOut
from segops_tui.api.exchange import Attempt
from segops_tui.client.blocking import SegOpsAdmin
from segops_tui.client.direct import DirectTransport, _may_have_proxy
from tests.client.test_http_safety import HEAD, KEY, raw_server

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ANSWER = HEAD + b'Content-Length: 9\r\n\r\n{"id": 1}'


def asked(connection: socket.socket) -> bytes:
    """One request, which has no body; empty at the connection's end."""
    taken = b""
    while not taken.endswith(b"\r\n\r\n"):
        received = connection.recv(65536)
        if not received:
            return b""
        taken += received
    return taken


def test_calls_share_a_connection_until_the_server_ends_it() -> None:
    connections: list[int] = []
    ended = threading.Event()

    def two_each(connection: socket.socket) -> None:
        for _ in range(2):
            assert asked(connection)
            connections.append(connection.getpeername()[1])
            connection.sendall(ANSWER)
        connection.shutdown(socket.SHUT_RDWR)
        ended.set()

    with raw_server(two_each) as url, SegOpsAdmin(KEY, base_url=url, max_retries=0) as client:
        for call in range(4):
            assert client.segments.get(1).id == 1
            if call == 1:
                ended.wait(10)

    assert len(connections) == 4
    assert len(set(connections)) == 2


def test_an_idle_connection_is_used_for_a_few_seconds_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    connections: list[int] = []

    def answer(connection: socket.socket) -> None:
        while asked(connection):
            connections.append(connection.getpeername()[1])
            connection.sendall(ANSWER)

    with raw_server(answer) as url, SegOpsAdmin(KEY, base_url=url, max_retries=0) as client:
        client.segments.get(1)
        later = time.monotonic() + 6
        monkeypatch.setattr("segops_tui.client.direct.time.monotonic", lambda: later)
        client.segments.get(1)

    assert len(set(connections)) == 2


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"", "Server disconnected without sending a response."),
        (HEAD + b"Content-Length: 99\r\n\r\n{", "peer closed connection without sending complete"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "illegal status line"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", "Server disconnected"),
    ],
)
def test_half_an_answer_is_a_failed_connection_that_may_have_been_heard(
    answer: bytes, said: str
) -> None:
    def part(connection: socket.socket) -> None:
        asked(connection)
        connection.sendall(answer)

    with (
        raw_server(part) as url,
        SegOpsAdmin(KEY, base_url=url, max_retries=0) as client,
        pytest.raises(ConnectionFailed, match=said) as caught,
    ):
        client.segments.get(1)

    assert caught.value.was_sent
    assert KEY not in repr(caught.value)


def test_an_answer_after_a_provisional_one_is_read() -> None:
    def answer(connection: socket.socket) -> None:
        asked(connection)
        connection.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + ANSWER)

    with raw_server(answer) as url, SegOpsAdmin(KEY, base_url=url, max_retries=0) as client:
        assert client.segments.get(1).id == 1


def test_a_server_that_says_nothing_did_not_answer() -> None:
    silent = threading.Event()

    with (
        raw_server(lambda _connection: silent.wait(60)) as url,
        SegOpsAdmin(KEY, base_url=url, timeout=0.1, max_retries=0) as client,
        pytest.raises(TimedOut, match=r"did not answer within 0\.1 s") as caught,
    ):
        client.segments.get(1)
    silent.set()

    assert caught.value.was_sent


def test_what_is_sent_is_encoded_once() -> None:
    heads: list[bytes] = []

    def answer(connection: socket.socket) -> None:
        heads.append(asked(connection))
        connection.sendall(HEAD + b"Connection: close\r\nContent-Length: 2\r\n\r\n{}")

    with raw_server(answer) as url:
        transport = DirectTransport(KEY, base_url=url)
        transport.send(Attempt("GET", "/api/x%2Fy/é/", (("q", "a&b é"),)))
        transport.send(Attempt("GET", f"{url}/next/?cursor=a%3D+b"))
        transport.close()

    lines = [head.partition(b"\r\n")[0] for head in heads]
    assert lines == [
        b"GET /api/x%2Fy/%C3%A9/?q=a%26b+%C3%A9 HTTP/1.1",
        b"GET /api/next/?cursor=a%3D+b HTTP/1.1",
    ]
    assert all(f"Host: {url[7:-4]}\r\n".encode() in head for head in heads)


def test_another_server_is_asked_without_the_key() -> None:
    heads: list[bytes] = []

    def answer(connection: socket.socket) -> None:
        heads.append(asked(connection))
        connection.sendall(ANSWER)

    with raw_server(answer) as own, raw_server(answer) as other:
        transport = DirectTransport(KEY, base_url=own)
        transport.send(Attempt("GET", f"{other}/x"))
        transport.close()

    assert len(heads) == 1
    assert KEY.encode() not in heads[0]


@pytest.mark.parametrize("name", ["https_proxy", "HTTPS_PROXY", "all_proxy"])
def test_a_proxy_is_left_to_httpx(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr("os.environ", {"HOME": "/"})
    assert not _may_have_proxy()

    monkeypatch.setattr("os.environ", {name: "http://127.0.0.1:9"})
    assert _may_have_proxy()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for this machine, its key in the same file."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
        " -subj /CN=localhost -addext subjectAltName=DNS:localhost"
        " -keyout key.pem -out certificate.pem",
        cwd=folder, shell=True, check=True, capture_output=True,
    )  # fmt: skip
    both = folder / "both.pem"
    both.write_bytes((folder / "key.pem").read_bytes() + (folder / "certificate.pem").read_bytes())
    return both


def over_tls(certificate: Path) -> Callable[[socket.socket], None]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def answer(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as opened:
            while asked(opened):
                opened.sendall(ANSWER)

    return answer


def test_a_server_is_asked_over_tls_and_only_if_its_certificate_is_trusted(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with raw_server(over_tls(certificate)) as url:
        base = url.replace("http://127.0.0.1", "https://localhost")
        with SegOpsAdmin(KEY, base_url=base, max_retries=0) as client:
            with pytest.raises(ConnectionFailed, match="CERTIFICATE_VERIFY_FAILED") as caught:
                client.segments.get(1)
            assert not caught.value.was_sent

        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        with SegOpsAdmin(KEY, base_url=base, max_retries=0) as client:
            assert [client.segments.get(1).id for _ in range(2)] == [1, 1]
