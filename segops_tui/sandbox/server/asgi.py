"""The sandbox as an ASGI application, so that any HTTP client can use it."""

from __future__ import annotations

import logging
from asyncio import get_running_loop
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import FormParser, parse_options_header

from segops_tui.api.errors import ConnectionFailed
from segops_tui.sandbox.core.calls import Answer, Call, UploadedFile, refusal
from segops_tui.sandbox.core.errors import ApiRefusal, refused
from segops_tui.wording import plain

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, MutableMapping

    from python_multipart.multipart import File

    from segops_tui.sandbox.core.calls import Answering

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    Application = Callable[[Message, Receive, Send], Awaitable[None]]

LARGEST_BODY: Final = 16 << 20
LARGEST_UPLOAD: Final = 1 << 30
MOST_UPLOADS: Final = 4
"""Uploads of one key that are received at the same time."""
_CHUNK: Final = 1 << 16
_THREADS: Final = 32
"""More than the requests of a client: an injected latency occupies a thread."""
_FILE_FIELD: Final = b"file"
logger = logging.getLogger(__name__)


class _Disconnected(Exception):
    """The client disconnected before the end of its request."""


class AsgiApp:
    """Answer HTTP requests in threads, so that SQLite never blocks the event loop.

    `host` is the name it listens at, which requests may use besides those of this machine.
    """

    def __init__(self, sandbox: Answering, host: str = "") -> None:
        self._sandbox, self._host = sandbox, host.lower()
        self._uploads: Counter[str] = Counter()
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="sandbox")

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            raise ValueError(f"only HTTP is served, not {scope['type']}")
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in scope["headers"]
        }
        body = _Body(receive)
        try:
            try:
                check_host(headers.get("host", ""), self._host)
                if "content-length" in headers or "transfer-encoding" in headers:
                    await self._admit(scope, headers)
                answer = await self._answer_to(scope, headers, body)
            except ApiRefusal as problem:
                answer = refusal(problem)
                if not await body.discard():
                    answer = answer._replace(headers={**answer.headers, "connection": "close"})
            await self._send(answer, send, is_head=scope["method"] == "HEAD")
        except ConnectionFailed:
            await _cut(send)
        except _Disconnected:
            return

    def close(self) -> None:
        """Wait for the calls in progress, then end the threads."""
        self._pool.shutdown()

    async def _admit(self, scope: Message, headers: dict[str, str]) -> None:
        """Check the key of a call that has a body, before anything of it is kept.

        Raises:
            ApiRefusal: 401 or 403.
        """
        path = _path(scope)
        if scope["method"] == "OPTIONS" or not path.startswith("/api/"):
            return
        loop, admit = get_running_loop(), self._sandbox.admit
        await loop.run_in_executor(self._pool, admit, scope["method"], path, headers)

    async def _answer_to(self, scope: Message, headers: dict[str, str], body: _Body) -> Answer:
        if not headers.get("content-type", "").lower().startswith("multipart/form-data"):
            return await self._answer(await _read(scope, headers, body, None))
        with self._one_upload(headers), closing(_Upload(headers["content-type"])) as upload:
            return await self._answer(await _read(scope, headers, body, upload))

    @contextmanager
    def _one_upload(self, headers: dict[str, str]) -> Iterator[None]:
        """Count an upload of a key while it is received and answered.

        Raises:
            ApiRefusal: 429, the key has too many at a time.
        """
        key = headers.get("authorization") or headers.get("x-api-key", "")
        if self._uploads[key] >= MOST_UPLOADS:
            words = f"At most {MOST_UPLOADS} uploads at a time; wait for one to end."
            raise ApiRefusal(429, {"detail": words}, {"retry-after": "1"})
        self._uploads[key] += 1
        try:
            yield
        finally:
            self._uploads[key] -= 1
            if not self._uploads[key]:
                del self._uploads[key]

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


def asgi_app(sandbox: Answering, host: str = "") -> AsgiApp:
    """The sandbox as an ASGI application; see `AsgiApp`."""
    return AsgiApp(sandbox, host)


def check_host(header: str, own: str) -> None:
    """Refuse a name under which no user of this machine or network reaches the sandbox.

    A web page can let a domain of its own stand for this machine's address, and then read answers.

    Raises:
        ApiRefusal: 400, the name has a domain and is not `own`.
    """
    name = header.strip().lower()
    name = name[: name.rfind("]") + 1] if name.startswith("[") else name.partition(":")[0]
    is_number = name.startswith("[") or name.replace(".", "").isdigit()
    if is_number or "." not in name or name == own or name.endswith(".localhost"):
        return
    raise refused(f"Invalid Host header: {plain(header[:100])!r}.")


class _Body:
    """The body of one request."""

    def __init__(self, receive: Receive) -> None:
        self._receive, self._is_read = receive, False

    async def chunks(self) -> AsyncIterator[bytes]:
        """Its bytes as they arrive."""
        while not self._is_read:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise _Disconnected
            self._is_read = not message.get("more_body")
            yield message.get("body", b"")

    async def discard(self) -> bool:
        """Read what is left of a refused request; False where it is too much for that."""
        size = 0
        async for chunk in self.chunks():
            size += len(chunk)
            if size > LARGEST_BODY:
                return False
        return True


class _Upload:
    """The multipart body of one request; its files go to disk as they arrive.

    Raises:
        ApiRefusal: 400, the content type has no boundary, or one that is too long.
    """

    def __init__(self, content_type: str) -> None:
        _, options = parse_options_header(content_type)
        boundary = options.get(b"boundary")
        if not boundary:
            raise _malformed("Invalid boundary in multipart: None")
        self._files: list[File] = []
        self._is_complete = False
        self._end = b"\r\n--" + boundary + b"--"
        try:
            self._form = FormParser(
                "multipart/form-data",
                on_field=None,
                on_file=self._files.append,
                on_end=self._complete,
                boundary=boundary,
            )
        except FormParserError as error:
            raise _malformed(str(error)) from error

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
    body: _Body,
    upload: _Upload | None,
) -> Call:
    """Read a whole request; one that is refused is still read to its end, but not kept.

    Raises:
        ApiRefusal: 413, the request is too large; 400, the multipart body is malformed.
    """
    limit = LARGEST_BODY if upload is None else LARGEST_UPLOAD
    size, parts = 0, list[bytes]()
    problem: ApiRefusal | None = None
    async for chunk in body.chunks():
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
    return Call(
        scope["method"],
        _path(scope),
        tuple(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)),
        headers,
        b"".join(parts),
        None if upload is None else upload.finish(),
    )


def _path(scope: Message) -> str:
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    return raw.decode("ascii", "replace")


async def _cut(send: Send) -> None:
    """Cut the connection: announce a body that never follows."""
    await send(_start(200, {"content-type": "application/json", "content-length": "2"}))


def _start(status: int, headers: dict[str, str]) -> Message:
    pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    return {"type": "http.response.start", "status": status, "headers": pairs}


def _body(content: bytes, *, more: bool = False) -> Message:
    return {"type": "http.response.body", "body": content, "more_body": more}
