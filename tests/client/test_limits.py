"""Answers without an end: a limit on their size, and a transfer that ends with its time-out."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segops_tui.api.errors import ConnectionFailed, TimedOut, UnexpectedAnswer
from segops_tui.client.aio import AsyncSegOpsAdmin
from segops_tui.client.blocking import SegOpsAdmin
from segops_tui.client.bodies import LARGEST_ANSWER, BodyDecoder
from tests.client.test_http_safety import HEAD, KEY, drip, raw_server

if TYPE_CHECKING:
    from collections.abc import Callable

CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


class Flood:
    """A server that answers without an end, and notes when nobody takes it any more."""

    def __init__(self, head: bytes = CHUNKED) -> None:
        self._head = head
        self.ended = threading.Event()

    def __call__(self, connection: socket.socket) -> None:
        connection.recv(65536)
        chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
        try:
            connection.sendall(self._head)
            while True:
                connection.sendall(chunk)
        except OSError:
            self.ended.set()


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits that are reached at once."""
    monkeypatch.setattr("segops_tui.client.wire.LARGEST_ANSWER", 1 << 20)
    monkeypatch.setattr("segops_tui.client.wire.LARGEST_DOWNLOAD", 2 << 20)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("status", ["200 OK", "500 No"])
def test_an_endless_answer_is_refused_and_its_transfer_ended(status: str) -> None:
    flood = Flood(CHUNKED.replace(b"200 OK", status.encode()))
    with (
        raw_server(flood) as url,
        SegOpsAdmin(KEY, base_url=url, max_retries=0) as client,
        pytest.raises(UnexpectedAnswer, match="GET /segments/1/: the answer is larger than 1 MiB"),
    ):
        client.segments.get(1)

    assert flood.ended.wait(120)


@pytest.mark.usefixtures("small")
async def test_an_awaited_one_is_too() -> None:
    flood = Flood()
    with raw_server(flood) as url:
        async with AsyncSegOpsAdmin(KEY, base_url=url, max_retries=0) as client:
            with pytest.raises(UnexpectedAnswer, match="larger than 1 MiB"):
                await client.segments.get(1)

    assert flood.ended.wait(120)


@pytest.mark.usefixtures("small")
def test_a_download_has_a_limit_of_its_own() -> None:
    flood, sizes = Flood(), list[int]()
    with (
        raw_server(flood) as url,
        SegOpsAdmin(KEY, base_url=url, max_retries=0) as client,
        pytest.raises(UnexpectedAnswer, match="larger than 2 MiB"),
        client.segments.export_download(14) as file,
    ):
        sizes.extend(len(chunk) for chunk in file)

    assert sum(sizes) == 2 << 20
    assert flood.ended.wait(120)


@pytest.mark.usefixtures("small")
async def test_an_awaited_download_too() -> None:
    with raw_server(Flood()) as url:
        async with (
            AsyncSegOpsAdmin(KEY, base_url=url, max_retries=0) as client,
            client.segments.export_download(14) as file,
        ):
            with pytest.raises(UnexpectedAnswer, match="larger than 2 MiB"):
                _ = [len(chunk) async for chunk in file]


def announce(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % (LARGEST_ANSWER + 1))
    connection.recv(1)


def test_a_size_that_is_announced_is_refused_before_it_is_read() -> None:
    with (
        raw_server(announce) as url,
        SegOpsAdmin(KEY, base_url=url, max_retries=0) as client,
        pytest.raises(UnexpectedAnswer, match="larger than 32 MiB"),
    ):
        client.segments.get(1)


def bomb(connection: socket.socket) -> None:
    """Answer a few kilobytes that are 64 MiB."""
    connection.recv(65536)
    body = gzip.compress(b" " * (64 << 20), 1)
    head = HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body)
    connection.sendall(head + body)
    connection.recv(1)


def test_a_gzip_bomb_is_refused() -> None:
    with (
        raw_server(bomb) as url,
        SegOpsAdmin(KEY, base_url=url, max_retries=0) as client,
        pytest.raises(UnexpectedAnswer, match="larger than 32 MiB"),
    ):
        client.segments.get(1)


@pytest.mark.parametrize("encoding", ["gzip, gzip", "br", "deflate"])
def test_an_encoding_nobody_asked_for_is_refused(encoding: str) -> None:
    with pytest.raises(UnexpectedAnswer, match="an encoding that was not asked for"):
        decoder(encoding)


def test_what_only_says_it_is_gzip_is_refused() -> None:
    with pytest.raises(UnexpectedAnswer, match="cannot be decompressed"):
        b"".join(decoder("gzip").feed(b"<html>"))


@given(st.binary(max_size=200_000), st.integers(1, 5), st.integers(1, 70_000))
def test_gzip_is_decoded_whatever_the_pieces_it_arrives_in(
    text: bytes, members: int, size: int
) -> None:
    body, one = gzip.compress(text) * members, decoder("gzip")
    pieces = [piece for at in range(0, len(body), size) for piece in one.feed(body[at : at + size])]
    one.finish()

    assert b"".join(pieces) == text * members
    assert all(len(piece) <= 1 << 16 for piece in pieces)


def test_a_compressed_answer_that_ends_early_is_a_failed_connection() -> None:
    one = decoder("gzip")
    list(one.feed(gzip.compress(b"x" * 1000)[:-4]))

    with pytest.raises(ConnectionFailed):
        one.finish()


def decoder(encoding: str) -> BodyDecoder:
    return BodyDecoder(encoding, limit=LARGEST_ANSWER, what="GET /x/", status=200)


SLOW_HEADERS = (b"HTTP/1.1 200 OK\r\n", b"X-More: 1\r\n")
SLOW_BODY = (CHUNKED, b"1\r\n \r\n")


def answer_then_drip(start: bytes, drop: bytes) -> Callable[[socket.socket], None]:
    """Answer the first call of a connection, so that the next one uses it again."""

    def serve(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(HEAD + b'Content-Length: 9\r\n\r\n{"id": 1}')
        drip(connection, start, drop)

    return serve


@pytest.mark.parametrize(("start", "drop"), [SLOW_HEADERS, SLOW_BODY], ids=["headers", "body"])
def test_no_thread_goes_on_reading_after_the_time_out(start: bytes, drop: bytes) -> None:
    with (
        raw_server(answer_then_drip(start, drop)) as url,
        SegOpsAdmin(KEY, base_url=url, timeout=2.0, max_retries=0) as client,
    ):
        assert client.segments.get(1).id == 1
        with pytest.raises(TimedOut):
            client.segments.get(1)

        limit = time.monotonic() + 120
        while any(thread.name == "segops-call" for thread in threading.enumerate()):
            assert time.monotonic() < limit, "it still reads"
            time.sleep(0.01)
        assert client.segments.get(1).id == 1
