"""In-process transports: a client's attempt becomes a call, and the answer becomes its reply.

Bodies pass as bytes both ways, so a call that works here works over HTTP too. The blocking
transport never loads asyncio.
"""

from __future__ import annotations

import time
from contextlib import asynccontextmanager, contextmanager
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.account import SANDBOX, Account
from segops_tui.api.errors import ConnectionFailed
from segops_tui.api.exchange import Attempt, Reply, refusal
from segops_tui.sandbox.core.calls import Answer, Call, UploadedFile

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from typing import IO

    from segops_tui.api.request import Upload
    from segops_tui.sandbox.core.calls import Answering

_CHUNK: Final = 64 * 1024


class InProcess:
    """Sends attempts to a sandbox in this process, blocking."""

    def __init__(self, sandbox: Answering, *, clock: Callable[[], float] = time.time) -> None:
        self._sandbox, self._clock = sandbox, clock

    def account(self, _salt: str) -> Account:
        """The sandbox, which has no key."""
        return SANDBOX

    def send(self, attempt: Attempt, /) -> Reply:
        """Send, and read the whole reply."""
        answer = _ask(self._sandbox, attempt)
        content = answer.body if answer.file is None else answer.file.read_bytes()
        return Reply(answer.status, answer.headers, content, self._clock())

    @contextmanager
    def stream(self, attempt: Attempt, /) -> Iterator[_SandboxBody]:
        """Send, and stream the reply."""
        body = self._opened(attempt)
        with body:
            yield body

    def close(self) -> None:
        """Close the sandbox."""
        self._sandbox.close()

    def _opened(self, attempt: Attempt) -> _SandboxBody:
        answer = _ask(self._sandbox, attempt)
        if answer.status >= 300:
            reply = Reply(answer.status, answer.headers, answer.body, self._clock())
            raise refusal(reply, method=attempt.method, path=attempt.target)
        return _SandboxBody(answer)


class AsyncInProcess:
    """Sends attempts to a sandbox in this process, in a thread, so it never blocks the screen."""

    def __init__(self, sandbox: Answering, *, clock: Callable[[], float] = time.time) -> None:
        self._transport = InProcess(sandbox, clock=clock)

    def account(self, _salt: str) -> Account:
        """The sandbox, which has no key."""
        return SANDBOX

    async def send(self, attempt: Attempt, /) -> Reply:
        """Send, and read the whole reply."""
        reply: Reply = await _in_thread(self._transport.send, attempt)
        return reply

    @asynccontextmanager
    async def stream(self, attempt: Attempt, /) -> AsyncIterator[_AsyncSandboxBody]:
        """Send, and stream the reply."""
        body: _SandboxBody = await _in_thread(self._transport._opened, attempt)
        with body:
            yield _AsyncSandboxBody(body)

    async def aclose(self) -> None:
        """Close the sandbox; a call whose task was cancelled may still run, and ends first."""
        await _in_thread(self._transport.close)


class _SandboxBody:
    """A blocking download."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._file = None if answer.file is None else answer.file.open("rb")
        self.length: int | None = (
            len(answer.body) if answer.file is None else answer.file.stat().st_size
        )

    def __enter__(self) -> _SandboxBody:
        return self

    def __exit__(self, *_exc: object) -> None:
        if self._file is not None:
            self._file.close()

    def __iter__(self) -> Iterator[bytes]:
        if self._file is None:
            yield self._answer.body
            return
        while chunk := self._file.read(_CHUNK):
            yield chunk


class _AsyncSandboxBody:
    """An awaited download."""

    def __init__(self, body: _SandboxBody) -> None:
        self._body, self.length = body, body.length

    async def __aiter__(self) -> AsyncIterator[bytes]:
        chunks = iter(self._body)
        while (chunk := await _in_thread(next, chunks, None)) is not None:
            yield chunk


class _ProgressFile:
    """A file that reports how much of it was read."""

    def __init__(self, upload: Upload) -> None:
        self._file: IO[bytes] = upload.open()
        self._upload, self._sent = upload, 0

    def read(self, size: int = -1) -> bytes:
        """Read, and report the progress."""
        chunk = self._file.read(size)
        self._sent += len(chunk)
        if chunk and self._upload.progress is not None:
            self._upload.progress(self._sent)
        return chunk

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _ask(sandbox: Answering, attempt: Attempt) -> Answer:
    """Turn an attempt into a call and answer it.

    Raises:
        ConnectionFailed: the target is on another host, or fault injection cut the connection.
    """
    call = _call(attempt)
    try:
        if attempt.upload is None:
            return sandbox.answer(call)
        file: Any = _ProgressFile(attempt.upload)
        try:
            return sandbox.answer(_with_file(call, attempt.upload, file))
        finally:
            file.close()
    except ConnectionFailed as error:
        error.method, error.url = attempt.method, attempt.target
        raise


def _call(attempt: Attempt) -> Call:
    target = attempt.target
    if not target.startswith("/"):
        raise ConnectionFailed(
            "The sandbox reaches no other host.", method=attempt.method, url=target
        )
    path = target if target.startswith("/api/") else f"/api{target}"
    headers = {name.lower(): value for name, value in attempt.headers.items()}
    return Call(attempt.method, path, attempt.query, headers, attempt.content or b"")


def _with_file(call: Call, upload: Upload, file: Any) -> Call:
    if upload.field != "file":
        return call
    name = PurePath(upload.filename).name
    return Call(
        call.method,
        call.path,
        call.query,
        call.headers,
        upload=UploadedFile(name, upload.content_type, file),
    )


async def _in_thread(function: Callable[..., Any], *args: Any) -> Any:
    # 40 ms that the blocking transport does not need.
    from asyncio import to_thread  # noqa: PLC0415

    return await to_thread(function, *args)
