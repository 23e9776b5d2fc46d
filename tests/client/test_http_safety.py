"""The HTTP transports when the other side is slow on purpose, or somebody else."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest

from segops_tui.api.address import checked_address, checked_base, origin, shown_address
from segops_tui.api.errors import ConnectionFailed, NotFound, SegOpsConfigError, TimedOut
from segops_tui.api.exchange import Attempt
from segops_tui.api.request import Upload
from segops_tui.client.aio import AsyncSegOpsAdmin
from segops_tui.client.blocking import SegOpsAdmin
from segops_tui.client.deadlines import Deadline, DeadlineExceeded, StallDetector
from segops_tui.client.http import HttpTransport, _Connections, _request
from segops_tui.client.probe import probe
from segops_tui.client.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KEY = "sk_test_0123456789abcdef"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@contextmanager
def raw_server(serve: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that says its bytes itself, one connection after another."""
    listener = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(connection,), daemon=True).start()

    def answer(connection: socket.socket) -> None:
        with connection:
            try:
                serve(connection)
            except OSError:
                return

    threading.Thread(target=run, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/api"
    finally:
        # Closing alone does not wake a thread that waits in accept.
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def drip(connection: socket.socket, start: bytes, drop: bytes) -> None:
    """Say something, then a byte at a time, for far longer than any test waits."""
    connection.recv(65536)
    connection.sendall(start)
    for _ in range(10_000):
        connection.sendall(drop)
        time.sleep(0.02)


DRIP_LIMIT = 2.0
"""Seconds: more than a busy machine needs for the first byte, and a hundredth of the drip."""
LONG = 60.0
HEADERS = (b"HTTP/1.1 200 OK\r\n", b"X-More: 1\r\n")
BODY = (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n")


@pytest.mark.parametrize(("start", "drop"), [HEADERS, BODY], ids=["headers", "body"])
def test_a_server_that_drips_for_ever_ends_with_the_time_out(start: bytes, drop: bytes) -> None:
    with (
        raw_server(lambda c: drip(c, start, drop)) as url,
        SegOpsAdmin(KEY, base_url=url, timeout=DRIP_LIMIT, max_retries=0) as client,
    ):
        began = time.monotonic()
        with pytest.raises(TimedOut, match="did not finish its answer within 2 s"):
            client.segments.get(1)
        took = time.monotonic() - began

    assert took < LONG


@pytest.mark.parametrize(("start", "drop"), [HEADERS, BODY], ids=["headers", "body"])
async def test_and_so_it_does_for_the_async_client(start: bytes, drop: bytes) -> None:
    with raw_server(lambda c: drip(c, start, drop)) as url:
        async with AsyncSegOpsAdmin(KEY, base_url=url, timeout=DRIP_LIMIT, max_retries=0) as client:
            began = time.monotonic()
            with pytest.raises(TimedOut, match="did not finish its answer within 2 s"):
                await client.segments.get(1)

    assert time.monotonic() - began < LONG


def test_a_download_that_drips_ends_as_well() -> None:
    with (
        raw_server(lambda c: drip(c, *BODY)) as url,
        SegOpsAdmin(KEY, base_url=url, timeout=DRIP_LIMIT, max_retries=0) as client,
        pytest.raises(TimedOut),
        client.segments.export_download(14) as file,
    ):
        b"".join(file)


async def test_and_an_awaited_one() -> None:
    with raw_server(lambda c: drip(c, *BODY)) as url:
        async with (
            AsyncSegOpsAdmin(KEY, base_url=url, timeout=DRIP_LIMIT, max_retries=0) as client,
            client.segments.export_download(14) as file,
        ):
            with pytest.raises(TimedOut):
                _ = [chunk async for chunk in file]


def slow_reader(connection: socket.socket) -> None:
    """Take an upload a piece at a time, for longer than one time-out, then answer."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    taken, body = b"", b'{"job_id": 1}'
    while b"--\r\n" not in taken[-8:]:
        taken += connection.recv(65536)
        time.sleep(0.002)
    connection.sendall(HEAD + b"Content-Length: %d\r\n\r\n%s" % (len(body), body))


class Slow:
    """A file that takes its time, 21 pieces of it."""

    def __init__(self) -> None:
        self.at = 0

    def read(self, size: int = -1) -> bytes:
        if self.at >= 21:
            return b""
        self.at += 1
        # All are longer than the limit; one is a twentieth of it, whatever else runs here.
        time.sleep(0.1)
        return b"x" * 10

    def seek(self, offset: int, whence: int = 0) -> int:
        self.at = 21 if whence == 2 else 0
        return self.tell()

    def tell(self) -> int:
        return self.at * 10


def slow_upload() -> Upload:
    return Upload(open=Slow, filename="x.csv")  # type: ignore[arg-type]


def test_an_upload_that_moves_on_may_take_longer_than_the_limit() -> None:
    with (
        raw_server(slow_reader) as url,
        SegOpsAdmin(KEY, base_url=url, timeout=2.0, max_retries=0) as client,
    ):
        began = time.monotonic()
        assert client.products.import_csv(slow_upload()).id == 1
        assert time.monotonic() - began > 2.0


async def test_and_an_awaited_one_may_too() -> None:
    with raw_server(slow_reader) as url:
        async with AsyncSegOpsAdmin(KEY, base_url=url, timeout=2.0, max_retries=0) as client:
            assert (await client.products.import_csv(slow_upload())).id == 1


def test_what_stops_an_upload_is_raised_where_the_call_was_made() -> None:
    class Stop(BaseException):
        pass

    def stop(_sent: int) -> None:
        raise Stop

    upload = Upload(open=Slow, filename="x.csv", progress=stop)  # type: ignore[arg-type]
    with (
        raw_server(slow_reader) as url,
        SegOpsAdmin(KEY, base_url=url, max_retries=0) as client,
        pytest.raises(Stop),
    ):
        client.products.import_csv(upload)


def test_an_upload_nobody_waits_for_any_more_ends() -> None:
    deadline = Deadline(1.0)
    deadline.cancel()

    with pytest.raises(DeadlineExceeded):
        deadline.extend()


def test_a_download_may_pause_but_not_drip() -> None:
    now = [0.0]
    stall = StallDetector(30, clock=lambda: now[0])

    stall.add(5000)
    now[0] = 29
    stall.add(10)
    now[0] = 31
    with pytest.raises(DeadlineExceeded):
        stall.add(10)


def key_goes_to(base: str, target: str) -> bool:
    with httpx.Client() as client:
        request = _request(Wire(KEY, base), client, Attempt("GET", target), Deadline(1))
    return "authorization" in request.headers


@pytest.mark.parametrize(
    ("base", "target"),
    [
        ("https://api.example.com/api", "/segments/"),
        ("https://api.example.com/api", "https://api.example.com/files/1"),
        ("https://api.example.com/api", "https://API.Example.COM:443/files/1"),
        ("HTTPS://api.example.com:443/api", "https://api.example.com/files/1"),
        ("http://127.0.0.1:8000/api", "http://127.0.0.1:8000/files/1"),
    ],
)
def test_a_key_goes_to_its_own_server_however_it_is_spelt(base: str, target: str) -> None:
    assert key_goes_to(base, target)


@pytest.mark.parametrize(
    ("base", "target"),
    [
        ("https://api.example.com/api", "https://api.example.com:8443/files/1"),
        ("https://api.example.com/api", "https://files.example.com/1"),
        ("https://api.example.com/api", "https://api.example.com.evil.example/1"),
        ("https://api.example.com/api", "https://api.example.com./1"),
        ("https://127.0.0.1/api", "http://127.0.0.1/1"),
        ("https://127.0.0.1/api", "http://127.0.0.1:443/1"),
        ("http://127.0.0.1:8000/api", "http://localhost:8000/1"),
        ("http://127.0.0.1:8000/api", "http://127.0.0.1:8001/1"),
    ],
)
def test_and_to_no_other(base: str, target: str) -> None:
    assert not key_goes_to(base, target)


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example.com\\@evil.example/",
        "https://api.example.com\\.evil.example/",
        "https://@api.example.com/",
        "https://api.example.com:99999/",
        "https://api.example.com:x/",
        "https://[::1/",
        "https://api.exa mple.com/",
        "https://\u0430pi.example.com/",
        "http://127.0.0.1@evil.example/",
        "//api.example.com/",
        "/api/../x",
        "file:///etc/passwd",
    ],
)
def test_an_address_two_readers_may_read_differently_is_refused(url: str) -> None:
    with pytest.raises(SegOpsConfigError):
        checked_address(url)


def test_an_address_in_a_message_has_no_query() -> None:
    with pytest.raises(SegOpsConfigError) as caught:
        checked_address("ftp://files.example.com/x?signature=abc")

    assert "abc" not in str(caught.value)


def test_a_failed_download_link_is_told_without_its_signature() -> None:
    transport = HttpTransport(KEY, base_url="http://127.0.0.1:9/api")

    with (
        pytest.raises(ConnectionFailed) as caught,
        transport.stream(Attempt("GET", "http://127.0.0.1:9/x?signature=abc")),
    ):
        pass
    transport.close()

    assert caught.value.url == "http://127.0.0.1:9/x"


def test_two_spellings_have_one_origin() -> None:
    assert origin("HTTPS://A.example:443/x") == origin("https://a.EXAMPLE/y")


def test_this_machine_is_reached_past_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy would be handed the key over plain http."""
    for name in ("HTTP_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    def hello(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(HEAD + b'Content-Length: 9\r\n\r\n{"id": 1}')

    with raw_server(hello) as url, SegOpsAdmin(KEY, base_url=url, max_retries=0) as client:
        assert client.segments.get(1).id == 1


def test_any_other_server_is_reached_through_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []

    def proxy(connection: socket.socket) -> None:
        asked.append(connection.recv(65536))
        connection.sendall(b"HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n")

    with raw_server(proxy) as address:
        monkeypatch.setenv("HTTPS_PROXY", address.removesuffix("/api"))
        with (
            SegOpsAdmin(KEY, base_url="https://api.example.com/api", max_retries=0) as client,
            pytest.raises(ConnectionFailed),
        ):
            client.segments.get(1)

    assert asked[0].startswith(b"CONNECT api.example.com:443")
    assert KEY.encode() not in asked[0]


@pytest.mark.parametrize("value", ["socks9://127.0.0.1:9", "http://127.0.0.1:x"])
def test_a_proxy_that_cannot_be_used_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", value)

    with pytest.raises(SegOpsConfigError, match="proxy") as caught:
        SegOpsAdmin(KEY, base_url="https://api.example.com/api")

    assert "HTTPS_PROXY" in str(caught.value.hint)


def test_certificates_that_are_not_there_name_the_variable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/no/such/file.pem")

    with pytest.raises(SegOpsConfigError, match="certificates") as caught:
        SegOpsAdmin(KEY, base_url="https://api.example.com/api")

    assert "SSL_CERT_FILE" in str(caught.value.hint)


def test_a_knock_tells_who_is_there_and_shows_no_key() -> None:
    asked: list[bytes] = []

    def hello(connection: socket.socket) -> None:
        asked.append(connection.recv(65536))
        date = b"Date: Mon, 01 Jun 2026 12:00:00 GMT\r\n"
        connection.sendall(b"HTTP/1.1 401 No\r\n" + date + b"Content-Length: 0\r\n\r\n")

    with raw_server(hello) as url:
        found = probe(url, timeout=5)

    assert (found.status, found.tls, found.date) == (401, None, "Mon, 01 Jun 2026 12:00:00 GMT")
    assert b"uthorization" not in asked[0]


def test_a_knock_at_nobodys_door_is_a_failed_connection() -> None:
    with pytest.raises(ConnectionFailed):
        probe("http://127.0.0.1:9/api", timeout=1)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://api.example.com/api", "https://api.example.com/api"),
        (f"https://user:{KEY}@api.example.com/api", "https://…@api.example.com/api"),
        ("https://user:p@ss@api.example.com:99999/", "https://…@api.example.com:99999/"),
        ("user:secret@api.example.com", "…@api.example.com"),
        (f"https://api.example.com/api?key={KEY}", "https://api.example.com/api?…"),
        ("https://api.example.com/api#secret", "https://api.example.com/api#…"),
        (f"https://api.example.com/{KEY}/api", "https://api.example.com/sk_test_…cdef/api"),
    ],
)
def test_an_address_is_shown_without_its_secrets(url: str, shown: str) -> None:
    assert shown_address(url) == shown_address(shown) == shown
    if url == shown:
        assert checked_base(url) == url
        return
    for given in (url, shown):
        with pytest.raises(SegOpsConfigError) as caught:
            checked_base(given)
        assert KEY not in f"{caught.value} {caught.value.hint}"
        assert "secret" not in f"{caught.value}"


def test_a_hostile_header_is_harmless_wherever_it_is_printed() -> None:
    """A request id goes to messages and logs: no terminal commands, no key, no flood."""
    hostile = f"\x1b]52;c;aGk=\x07{KEY}" + "x" * 5000

    def refuse(connection: socket.socket) -> None:
        connection.recv(65536)
        head = f"HTTP/1.1 404 No\r\nX-Request-Id: {hostile}\r\nContent-Length: 0\r\n\r\n"
        connection.sendall(head.encode())

    with (
        raw_server(refuse) as url,
        SegOpsAdmin(KEY, base_url=url, max_retries=0) as client,
        pytest.raises((NotFound, ConnectionFailed)) as caught,
    ):
        client.segments.get(1)

    said = str(getattr(caught.value, "request_id", "")) + str(caught.value)
    assert said.isprintable()
    assert KEY not in said
    assert len(said) < 2000


@pytest.mark.parametrize(
    "other", ["https://127.0.0.1/x", "https://example.com/x", "http://example.com/x"]
)
def test_only_plain_http_on_this_machine_goes_without_certificates(other: str) -> None:
    connections = _Connections("http://127.0.0.1:1/api")

    with connections.to("http://localhost:1/api/x/") as local, connections.to(other) as remote:
        assert local is not remote
    with connections.to("http://[::1]:1/x") as again:
        assert again is local
    connections.close()
