"""The HTTP door: the sandbox as an ASGI application.

Knows the protocol and its limits; every decision is the sandbox's own, taken in a thread so that
SQLite never holds up the event loop.
"""

from __future__ import annotations

import logging
from asyncio import get_running_loop
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

from segops_tui.api.errors import ConnectionFailed
from segops_tui.sandbox.core.calls import Answer, Call, refusal
from segops_tui.sandbox.core.errors import Problem, refused
from segops_tui.sandbox.server.multipart import MultipartUpload

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping

    from segops_tui.sandbox.core.calls import Answering

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    Application = Callable[[Message, Receive, Send], Awaitable[None]]

LARGEST_BODY: Final = 16 << 20
LARGEST_UPLOAD: Final = 1 << 30
_CHUNK: Final = 1 << 16
_THREADS: Final = 8
logger = logging.getLogger(__name__)


class _Gone(Exception):
    """The client hung up before it had said everything."""


class AsgiApp:
    """Answers HTTP requests from a sandbox; close it to end its threads."""

    def __init__(self, sandbox: Answering) -> None:
        self._sandbox = sandbox
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="sandbox")

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            raise ValueError(f"only HTTP is served, not {scope['type']}")
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in scope["headers"]
        }
        upload = None
        try:
            try:
                if headers.get("content-type", "").lower().startswith("multipart/form-data"):
                    upload = MultipartUpload(headers["content-type"])
                call = await _read(scope, headers, receive, upload)
                answer = await self._answered(call)
            except Problem as problem:
                answer = refusal(problem)
            await self._send(answer, send, is_head=scope["method"] == "HEAD")
        except ConnectionFailed:
            await _cut(send)
        except _Gone:
            return
        finally:
            if upload is not None:
                upload.close()

    def close(self) -> None:
        """Wait for the calls under way, and end the threads."""
        self._pool.shutdown()

    async def _answered(self, call: Call) -> Answer:
        try:
            return await get_running_loop().run_in_executor(self._pool, self._sandbox.answer, call)
        except ConnectionFailed:
            raise
        except Exception:
            logger.exception("%s %s could not be answered", call.method, call.path)
            return refusal(refused("Server error.", status=500))

    async def _send(self, answer: Answer, send: Send, *, is_head: bool) -> None:
        headers = {"content-length": str(len(answer.body)), **answer.headers}
        if answer.status == 204:
            del headers["content-length"]
        await send(_start(answer.status, headers))
        if answer.file is not None and not is_head:
            await self._send_file(answer, send)
        else:
            await send(_body(b"" if is_head else answer.body))

    async def _send_file(self, answer: Answer, send: Send) -> None:
        assert answer.file is not None
        loop = get_running_loop()
        with answer.file.open("rb") as file:
            while chunk := await loop.run_in_executor(self._pool, file.read, _CHUNK):
                await send(_body(chunk, more=True))
        await send(_body(b""))


def asgi_app(sandbox: Answering) -> AsgiApp:
    """The sandbox as an ASGI application."""
    return AsgiApp(sandbox)


async def _read(
    scope: Message,
    headers: dict[str, str],
    receive: Receive,
    upload: MultipartUpload | None,
) -> Call:
    """Take in a request whole; one that is too large is heard out, but not kept.

    Raises:
        Problem: 413, it is too large; 400, it is malformed.
    """
    limit = LARGEST_BODY if upload is None else LARGEST_UPLOAD
    size, parts = 0, list[bytes]()
    problem: Problem | None = None
    async for chunk in _chunks(receive):
        size += len(chunk)
        if size > limit or problem is not None:
            parts.clear()
        elif upload is None:
            parts.append(chunk)
        else:
            try:
                upload.feed(chunk)
            except Problem as error:
                problem = error
    if size > limit:
        raise refused(f"The request is larger than {limit >> 20} MiB.", status=413)
    if problem is not None:
        raise problem
    raw_path = scope.get("raw_path") or scope["path"].encode()
    return Call(
        scope["method"],
        raw_path.decode("ascii", "replace"),
        tuple(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)),
        headers,
        b"".join(parts),
        None if upload is None else upload.finish(),
    )


async def _chunks(receive: Receive) -> AsyncIterator[bytes]:
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Gone
        yield message.get("body", b"")
        if not message.get("more_body"):
            return


async def _cut(send: Send) -> None:
    """Cut the connection in the middle: an answer is announced and never comes."""
    await send(_start(200, {"content-type": "application/json", "content-length": "2"}))


def _start(status: int, headers: dict[str, str]) -> Message:
    pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    return {"type": "http.response.start", "status": status, "headers": pairs}


def _body(content: bytes, *, more: bool = False) -> Message:
    return {"type": "http.response.body", "body": content, "more_body": more}
