"""The HTTP transports against a real server on this machine: what they send, and where to."""

from __future__ import annotations

import asyncio
import io
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from segops_tui.api.errors import (
    ConnectionFailed,
    Gone,
    MissingKey,
    NotFound,
    SegOpsConfigError,
    TimedOut,
    UnexpectedAnswer,
    WrongKeyKind,
)
from segops_tui.api.exchange import Attempt, Policy
from segops_tui.api.request import Upload
from segops_tui.client.aio import AsyncSegOpsAdmin
from segops_tui.client.blocking import SegOpsAdmin
from segops_tui.client.http import AsyncHttpTransport, checked_address
from segops_tui.client.pipeline import Pipeline

KEY = "sk_test_0123456789abcdef"


@dataclass
class Seen:
    """One request as the server got it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: int = 0
    """The client's port, by which its connections are told apart."""


@dataclass
class Server:
    """A server that answers as it is told and remembers what it was asked."""

    answer: Callable[[Seen], tuple[int, dict[str, str], bytes]]
    seen: list[Seen] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api"


@pytest.fixture
def server() -> Iterator[Callable[..., Server]]:
    running: list[ThreadingHTTPServer] = []

    def start(answer: Callable[[Seen], tuple[int, dict[str, str], bytes]]) -> Server:
        told = Server(answer)

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _any(self) -> None:
                size = int(self.headers.get("content-length") or 0)
                headers = {name.lower(): value for name, value in self.headers.items()}
                body = self.rfile.read(size)
                seen = Seen(self.command, self.path, headers, body, self.client_address[1])
                told.seen.append(seen)
                status, extra, body = told.answer(seen)
                self.send_response(status)
                for name, value in ({"Content-Length": str(len(body))} | extra).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PATCH = do_DELETE = _any

            def log_message(self, *_args: Any) -> None:
                """Say nothing."""

        http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        http.daemon_threads = True
        threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True).start()
        running.append(http)
        told.port = http.server_port
        return told

    yield start
    for http in running:
        http.shutdown()
        http.server_close()


def test_a_call_carries_the_key_the_agent_and_the_query(server: Callable[..., Server]) -> None:
    told = server(lambda _seen: (200, {}, b'{"count": 0, "results": []}'))

    with SegOpsAdmin(KEY, base_url=told.url) as client:
        assert list(client.segments.list(page_size=5)) == []

    (seen,) = told.seen
    assert seen.path == "/api/segments/?page_size=5"
    assert seen.headers["authorization"] == f"ApiKey {KEY}"
    assert seen.headers["user-agent"].startswith("segops-tui/")
    assert seen.headers["accept"] == "application/json"


async def test_the_async_client_sends_the_same(server: Callable[..., Server]) -> None:
    told = server(lambda _seen: (201, {}, b'{"id": 3, "name": "VIPs"}'))

    async with AsyncSegOpsAdmin(KEY, base_url=told.url) as client:
        segment = await client.segments.create(name="VIPs")

    (seen,) = told.seen
    assert (segment.id, seen.method, seen.body) == (3, "POST", b'{"name": "VIPs"}')
    assert seen.headers["content-type"] == "application/json"
    assert len(seen.headers["idempotency-key"]) == 36


async def test_awaited_calls_share_connections_and_wait_for_one_of_too_many(
    server: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("segops_tui.client.http._MOST_CONNECTIONS", 3)
    told = server(lambda _seen: (200, {}, b"{}"))

    async with AsyncSegOpsAdmin(KEY, base_url=told.url) as client:
        await client.segments.get(1)
        await client.segments.get(2)
        assert len({seen.connection for seen in told.seen}) == 1
        await asyncio.gather(*(client.segments.get(number) for number in range(3, 13)))

    assert len(told.seen) == 12
    assert len({seen.connection for seen in told.seen}) == 3


async def test_a_call_that_was_given_up_gives_its_connection_back(
    server: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("segops_tui.client.http._MOST_CONNECTIONS", 1)
    asked, go = threading.Event(), threading.Event()

    def answer(seen: Seen) -> tuple[int, dict[str, str], bytes]:
        if seen.path.endswith("/1/"):
            asked.set()
            go.wait(120)
        return 200, {}, b'{"id": 2}'

    told = server(answer)
    async with AsyncSegOpsAdmin(KEY, base_url=told.url) as client:
        call = asyncio.create_task(client.segments.get(1))
        await asyncio.to_thread(asked.wait, 120)
        call.cancel()
        assert (await client.segments.get(2)).id == 2
        go.set()
    assert call.cancelled()


def test_a_file_goes_up_as_one_multipart_part_and_tells_how_far_it_is(
    server: Callable[..., Server],
) -> None:
    told = server(lambda _seen: (201, {}, b'{"job_id": 1, "status": "mapping"}'))
    content = b"sku,name\n" + b"a,b\n" * 50_000
    sent: list[int] = []
    upload = Upload(
        open=lambda: io.BytesIO(content), filename="x.csv", size=len(content), progress=sent.append
    )

    with SegOpsAdmin(KEY, base_url=told.url) as client:
        job = client.products.import_csv(upload)

    (seen,) = told.seen
    assert job.id == 1
    assert content in seen.body
    assert b'name="file"; filename="x.csv"' in seen.body
    assert b"Content-Type: text/csv" in seen.body
    assert sent[-1] == len(content)
    assert sent == sorted(sent)


def test_a_download_is_redirected_to_another_host_without_the_key(
    server: Callable[..., Server],
) -> None:
    storage = server(lambda _seen: (200, {}, b"user_id,computed_at\nu_1,x\n"))
    elsewhere = f"http://127.0.0.1:{storage.port}/signed?token=1"
    told = server(lambda _seen: (302, {"Location": elsewhere}, b""))

    with SegOpsAdmin(KEY, base_url=told.url) as client, client.segments.export_download(14) as file:
        content = b"".join(file)

    assert content.startswith(b"user_id")
    assert "authorization" in told.seen[0].headers
    assert storage.seen[0].path == "/signed?token=1"
    assert "authorization" not in storage.seen[0].headers


def test_a_download_link_to_a_plain_http_host_is_refused(server: Callable[..., Server]) -> None:
    told = server(lambda _seen: (302, {"Location": "http://files.example.com/x"}, b""))

    with (
        SegOpsAdmin(KEY, base_url=told.url) as client,
        pytest.raises(SegOpsConfigError, match="unencrypted"),
        client.segments.export_download(14) as file,
    ):
        b"".join(file)


def test_a_download_that_is_redirected_for_ever_ends(server: Callable[..., Server]) -> None:
    told = server(lambda _seen: (302, {"Location": "/api/segments/exports/14/download/"}, b""))

    with (
        SegOpsAdmin(KEY, base_url=told.url) as client,
        pytest.raises(UnexpectedAnswer, match="more than 5 times"),
        client.segments.export_download(14),
    ):
        pass


def test_an_expired_link_is_gone(server: Callable[..., Server]) -> None:
    told = server(lambda _seen: (410, {}, b'{"detail": "Export link expired."}'))

    with (
        SegOpsAdmin(KEY, base_url=told.url) as client,
        pytest.raises(Gone, match="expired"),
        client.segments.export_download(14),
    ):
        pass


def test_a_redirected_mutation_is_not_sent_on(server: Callable[..., Server]) -> None:
    other = server(lambda _seen: (200, {}, b"{}"))
    told = server(lambda _seen: (307, {"Location": f"{other.url}/segments/"}, b""))

    with (
        SegOpsAdmin(KEY, base_url=told.url) as client,
        pytest.raises(UnexpectedAnswer, match="redirected"),
    ):
        client.segments.create(name="VIPs")

    assert other.seen == []


def test_a_body_cut_short_is_a_failed_connection(server: Callable[..., Server]) -> None:
    told = server(lambda _seen: (200, {"Content-Length": "1000", "Connection": "close"}, b"user"))

    with (
        SegOpsAdmin(KEY, base_url=told.url) as client,
        pytest.raises(ConnectionFailed),
        client.segments.export_download(14) as file,
    ):
        b"".join(file)


def test_nobody_at_home_is_a_failed_connection_that_names_no_key() -> None:
    with (
        SegOpsAdmin(KEY, base_url="http://127.0.0.1:9/api", max_retries=0) as client,
        pytest.raises(ConnectionFailed) as caught,
    ):
        client.segments.get(1)

    assert KEY not in repr(caught.value)
    assert str(caught.value) == "Could not connect to 127.0.0.1:9: Connection refused"


async def test_an_answer_that_does_not_come_is_a_time_out(server: Callable[..., Server]) -> None:
    gate = threading.Event()
    told = server(lambda _seen: ((gate.wait(60) and 200) or 200, {}, b"{}"))

    async with AsyncSegOpsAdmin(KEY, base_url=told.url, timeout=0.05, max_retries=0) as client:
        with pytest.raises(TimedOut, match=r"0\.05 s"):
            await client.segments.get(1)
    gate.set()
    await asyncio.sleep(0)


@pytest.mark.parametrize("key", ["", "pk_test_0123456789", "mk_0123456789ab"])
def test_a_wrong_key_is_refused_before_anything_is_sent(key: str | None) -> None:
    with pytest.raises(WrongKeyKind):
        SegOpsAdmin(key, base_url="https://api.example.com/api")


def test_the_vendors_variables_give_the_key_and_the_address(server: Callable[..., Server]) -> None:
    told = server(lambda _seen: (200, {}, b'{"id": 7}'))

    with SegOpsAdmin(environ={"SEGOPS_API_KEY": KEY, "SEGOPS_API_URL": told.url}) as client:
        assert client.segments.get(7).id == 7

    assert told.seen[0].headers["authorization"] == f"ApiKey {KEY}"


async def test_a_call_cancelled_at_any_point_leaves_no_connection_taken() -> None:
    answering: list[asyncio.Task[Any] | None] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answering.append(asyncio.current_task())
        with suppress(ConnectionError):
            try:
                while b"\r\n\r\n" in await reader.read(65_536):
                    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
            finally:
                writer.close()
                await writer.wait_closed()

    serving = await asyncio.start_server(answer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{serving.sockets[0].getsockname()[1]}/api"
    client = AsyncHttpTransport(KEY, base_url=url)
    call = Attempt("GET", "/segments/", timeout=2)
    for steps in range(25):
        cancelled = asyncio.create_task(client.send(call))
        for _ in range(steps):
            await asyncio.sleep(0)
        cancelled.cancel()
        await asyncio.wait([cancelled])
        # On the client that was used last, which is that of the cancelled call.
        assert (await client.send(call)).status == 200, f"cancelled after {steps} steps"
    await client.aclose()
    serving.close()
    await asyncio.gather(*filter(None, answering))


@pytest.mark.parametrize("kind", [SegOpsAdmin, AsyncSegOpsAdmin])
def test_a_client_without_a_key_says_where_to_put_it(kind: Any) -> None:
    with pytest.raises(MissingKey) as caught:
        kind(environ={})

    assert "SEGOPS_API_KEY" in str(caught.value.hint)


@pytest.mark.parametrize(
    "url", ["https://api.example.com/api", "http://127.0.0.1:8000/api", "http://[::1]:80/api"]
)
def test_https_and_this_machine_are_accepted(url: str) -> None:
    assert checked_address(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example.com/api",
        "http://127.0.0.1.example.com/",
        "ftp://127.0.0.1/",
        "https://",
        "api.example.com",
        "https://user:word@api.example.com/",
        "",
    ],
)
def test_any_other_address_is_refused(url: str) -> None:
    with pytest.raises(SegOpsConfigError):
        checked_address(url)


@pytest.mark.parametrize(
    ("given", "sent"),
    [("segments/", "/api/segments/"), ("/api/segments/", "/api/segments/"), ("/x/", "/api/x/")],
)
def test_the_escape_hatch_takes_a_path_however_it_begins(
    server: Callable[..., Server], given: str, sent: str
) -> None:
    told = server(lambda _seen: (200, {}, b"[1]"))

    with SegOpsAdmin(KEY, base_url=told.url) as client:
        assert client.http.request("GET", given, query={"a": "b c"}) == [1]

    assert told.seen[0].path == f"{sent}?a=b+c"


def test_a_query_in_a_path_is_sent_as_the_query(server: Callable[..., Server]) -> None:
    told = server(lambda _seen: (200, {}, b"[1]"))

    with SegOpsAdmin(KEY, base_url=told.url) as client:
        client.http.request("GET", "/segments/?page=2&q=a%20b", query={"page_size": 5})

    assert told.seen[0].path == "/api/segments/?page=2&q=a+b&page_size=5"


@pytest.mark.parametrize(
    "path", ["https://elsewhere.example.com/", "//elsewhere.example.com/", "/../x", "/a#b", "/a b"]
)
def test_the_escape_hatch_cannot_leave_the_api(path: str) -> None:
    with (
        SegOpsAdmin(KEY, base_url="http://127.0.0.1:9/api") as client,
        pytest.raises(ValueError, match="path"),
    ):
        client.http.request("GET", path)


async def test_a_refused_connection_is_told_in_the_same_words_by_both_clients() -> None:
    url = "http://127.0.0.1:9/api"
    pipeline = Pipeline(Policy(max_retries=0))

    with (
        pytest.raises(ConnectionFailed) as blocking,
        SegOpsAdmin(KEY, base_url=url, pipeline=pipeline) as client,
    ):
        client.segments.get(1)
    with pytest.raises(ConnectionFailed) as awaited:
        async with AsyncSegOpsAdmin(KEY, base_url=url, pipeline=pipeline) as other:
            await other.segments.get(1)

    words = "Could not connect to 127.0.0.1:9: Connection refused"
    assert (str(blocking.value), str(awaited.value)) == (words, words)


def test_an_address_without_api_is_recognised(server: Callable[..., Server]) -> None:
    told = server(lambda _seen: (404, {}, b"<h1>Not Found</h1>"))

    refusals = []
    for address in (told.url.removesuffix("/api"), told.url):
        with SegOpsAdmin(KEY, base_url=address) as client, pytest.raises(NotFound) as caught:
            client.segments.get(1)
        refusals.append(caught.value)

    hints = [refusal.hint for refusal in refusals]
    assert hints == [f"The address has no /api at its end; try {told.url}.", None]
    assert refusals[0].__notes__ == [hints[0]]
