"""The sandbox as an ASGI application, so that any HTTP client can use it."""

from __future__ import annotations

import logging
from asyncio import get_running_loop
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import FormParser, parse_options_header

from segops_tui.api.errors import ConnectionFailed
from segops_tui.sandbox.core.calls import Answer, Call, UploadedFile, refusal
from segops_tui.sandbox.core.errors import ApiRefusal, refused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping

    from python_multipart.multipart import File

    from segops_tui.sandbox.core.calls import Answering

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    Application = Callable[[Message, Receive, Send], Awaitable[None]]

LARGEST_BODY: Final = 16 << 20
LARGEST_UPLOAD: Final = 1 << 30
_CHUNK: Final = 1 << 16
_THREADS: Final = 8
_FILE_FIELD: Final = b"file"
logger = logging.getLogger(__name__)


class _Disconnected(Exception):
    """The client disconnected before the end of its request."""


class AsgiApp:
    """Answer HTTP requests in threads, so that SQLite never blocks the event loop."""

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
                    upload = _Upload(headers["content-type"])
                call = await _read(scope, headers, receive, upload)
                answer = await self._answer(call)
            except ApiRefusal as problem:
                answer = refusal(problem)
            await self._send(answer, send, is_head=scope["method"] == "HEAD")
        except ConnectionFailed:
            await _cut(send)
        except _Disconnected:
            return
        finally:
            if upload is not None:
                upload.close()

    def close(self) -> None:
        """Wait for the calls in progress, then end the threads."""
        self._pool.shutdown()

    async def _answer(self, call: Call) -> Answer:
        try:
            return await get_running_loop().run_in_executor(self._pool, self._sandbox.answer, call)
        except ConnectionFailed:
            raise
        except Exception:
            logger.exception("%s %s failed", call.method, call.path)
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


class _Upload:
    """The multipart body of one request; its files go to disk as they arrive.

    Raises:
        ApiRefusal: 400, the content type has no boundary.
    """

    def __init__(self, content_type: str) -> None:
        _, options = parse_options_header(content_type)
        boundary = options.get(b"boundary")
        if not boundary:
            raise _malformed("Invalid boundary in multipart: None")
        self._files: list[File] = []
        self._is_complete = False
        self._end = b"\r\n--" + boundary + b"--"
        self._form = FormParser(
            "multipart/form-data",
            on_field=None,
            on_file=self._files.append,
            on_end=self._complete,
            boundary=boundary,
        )

    def feed(self, chunk: bytes) -> None:
        """Parse the next bytes.

        Raises:
            ApiRefusal: 400, the bytes are not a multipart body.
        """
        try:
            self._form.write(chunk)
        except FormParserError as error:
            raise _malformed(str(error)) from error

    def finish(self) -> UploadedFile | None:
        """The first file sent as `file`, readable from its start; None without one.

        Raises:
            ApiRefusal: 400, the body has no final boundary.
        """
        if not self._is_complete:
            raise _malformed("The body ends before its final boundary.")
        for part in self._files:
            if part.field_name == _FILE_FIELD:
                name = (part.file_name or b"").decode("utf-8", "replace").replace("\\", "/")
                part.file_object.seek(0)
                # Only the last part of the name is kept, and only to be shown.
                return UploadedFile(PurePath(name).name, part.content_type or "", part.file_object)
        return None

    def close(self) -> None:
        """Delete the files, an unfinished one included."""
        # The parser hands over a file at its end, so an aborted upload is ended here.
        with suppress(FormParserError):
            self._form.write(self._end)
        for part in self._files:
            part.close()

    def _complete(self) -> None:
        self._is_complete = True


def _malformed(reason: str) -> ApiRefusal:
    return refused(f"Multipart form parse error - {reason}")


async def _read(
    scope: Message,
    headers: dict[str, str],
    receive: Receive,
    upload: _Upload | None,
) -> Call:
    """Read a whole request; one that is refused is still read to its end, but not kept.

    Raises:
        ApiRefusal: 413, the request is too large; 400, the multipart body is malformed.
    """
    limit = LARGEST_BODY if upload is None else LARGEST_UPLOAD
    size, parts = 0, list[bytes]()
    problem: ApiRefusal | None = None
    async for chunk in _chunks(receive):
        size += len(chunk)
        if size > limit or problem is not None:
            parts.clear()
        elif upload is None:
            parts.append(chunk)
        else:
            try:
                upload.feed(chunk)
            except ApiRefusal as error:
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
            raise _Disconnected
        yield message.get("body", b"")
        if not message.get("more_body"):
            return


async def _cut(send: Send) -> None:
    """Cut the connection: announce a body that never follows."""
    await send(_start(200, {"content-type": "application/json", "content-length": "2"}))


def _start(status: int, headers: dict[str, str]) -> Message:
    pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    return {"type": "http.response.start", "status": status, "headers": pairs}


def _body(content: bytes, *, more: bool = False) -> Message:
    return {"type": "http.response.body", "body": content, "more_body": more}
