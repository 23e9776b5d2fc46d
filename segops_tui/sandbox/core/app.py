"""The sandbox: takes a call, checks its key, runs the work that is due, and answers."""

from __future__ import annotations

import os
import sqlite3
from contextlib import nullcontext, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, Self

from segops_tui.api.errors import ConnectionFailed
from segops_tui.sandbox.core import routes
from segops_tui.sandbox.core.admission import (
    ANYONE,
    SESSION_PATH,
    TRACK_PATHS,
    Caller,
    Keys,
    PublicKey,
    admit,
    cors_headers,
    is_allowed_origin,
)
from segops_tui.sandbox.core.calls import JSON_HEADERS, Answer, Call, UploadedFile, refusal
from segops_tui.sandbox.core.context import SandboxContext, due_work, has_work
from segops_tui.sandbox.core.errors import (
    ApiRefusal,
    busy,
    database_refusal,
    invalid,
    is_out_of_space,
    no_space,
    not_found,
    refused,
)
from segops_tui.sandbox.core.store import PATIENCE, Busy, Closed, Store
from segops_tui.sandbox.core.timestamps import DAY, micros

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Answer", "Call", "PublicKey", "Sandbox", "UploadedFile"]

_LONGEST_ARGUMENT: Final = 10_000
"""Characters of one query argument; SQLite refuses longer patterns from some length on."""
_SEEDED: Final = "seed"
"""The setting the seeder writes; see `Sandbox.is_seeded`."""
_SENDER: Final = "webhooks.deliveries:WebhookSender"
"""Loaded by name, like every handler: the core imports no room."""


class DeliverySender(Protocol):
    """What the sandbox calls to send webhooks."""

    limit: float
    """Seconds one delivery may take."""

    def send_pending(self) -> None:
        """Begin to send what is pending."""

    def wait(self) -> None:
        """Wait for the deliveries under way."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _random_hex(length: int) -> str:
    return os.urandom(length).hex()


def _new_request_id() -> str:
    return f"req_{_random_hex(8)}"


class Sandbox:
    """One workspace in one SQLite file; any number of threads and processes may share it.

    `keys` are the accepted API keys; None accepts every call. `public_keys` may mint sessions; keys
    made by calls are in the file. `random_hex` makes keys and tokens of so many bytes. `pace`
    scales the simulated waits: with 0, work is finished at the next call. A call that other writers
    keep waiting for more than `patience` seconds is answered 503.

    Raises:
        SandboxUnreadable: the file cannot be opened.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        clock: Callable[[], datetime] = _utc_now,
        keys: frozenset[str] | None = None,
        pace: float = 1.0,
        honour_idempotency: bool = True,
        new_request_id: Callable[[], str] = _new_request_id,
        public_keys: tuple[PublicKey, ...] = (),
        random_hex: Callable[[int], str] = _random_hex,
        patience: float = PATIENCE,
    ) -> None:
        self.store = Store(Path(path), patience=patience)
        self.clock, self.keys, self.pace = clock, keys, pace
        self.honours_idempotency = honour_idempotency
        self.public_keys, self._random_hex = public_keys, random_hex
        self._new_request_id = new_request_id
        new_sender = routes.handler(_SENDER)
        self.webhook_sender: DeliverySender = new_sender(self.store, lambda: micros(self.clock()))
        """Sends webhooks; only `settle` and `close` wait for it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    @property
    def is_seeded(self) -> bool:
        """Whether the seeder has filled the workspace: it leaves the setting `seed`."""
        row = self.store.connection().execute("SELECT 1 FROM settings WHERE key = ?", (_SEEDED,))
        return row.fetchone() is not None

    def answer(self, call: Call) -> Answer:
        """Answer one call; a refusal is an answer too.

        Raises:
            ConnectionFailed: the sandbox is closed.
        """
        try:
            with self.store.in_use():
                answer = self._dispatch(_storable(call))
        except Closed:
            raise ConnectionFailed("The sandbox is closed.", was_sent=False) from None
        except ApiRefusal as refused_call:
            answer = refusal(refused_call)
        except Busy:
            answer = refusal(busy())
        except sqlite3.Error as error:
            answer = refusal(database_refusal(error))
        except OSError as error:
            if not is_out_of_space(error):
                raise
            answer = refusal(no_space(error))
        headers = {**answer.headers, "x-request-id": self._new_request_id()}
        return answer._replace(headers=headers)

    def settle(self) -> None:
        """Finish all queued work now, due or not, and send its webhooks."""
        from segops_tui.sandbox.core import worker  # noqa: PLC0415  # 4 ms; see `_advance`

        worker.finish(self.store, self._context)
        self.webhook_sender.send_pending()
        self.webhook_sender.wait()

    def tick(self) -> bool:
        """Run the work that is due; return whether any work remains, due or not."""
        self._advance()
        return has_work(self.store.connection())

    def close(self) -> None:
        """Wait for webhooks being sent (some seconds at most), then close the file.

        Calls in progress in other threads are finished first, but not waited for.
        """
        self.webhook_sender.wait()
        self.store.close()

    def _context(self, connection: sqlite3.Connection) -> SandboxContext:
        return SandboxContext(
            connection,
            micros(self.clock()),
            self.store.folder,
            self.pace,
            Keys(self.keys, self.public_keys),
            self._random_hex,
        )

    def _advance(self) -> None:
        due = due_work(self.store.connection(), now=micros(self.clock()))
        if due:
            # 4 ms, and only needed when work is due.
            from segops_tui.sandbox.core import worker  # noqa: PLC0415

            worker.advance(self.store, self._context, due)
        self.webhook_sender.send_pending()

    def _dispatch(self, call: Call) -> Answer:
        if not call.path.startswith("/api/"):
            raise not_found()
        if call.method == "OPTIONS":
            return self._options(call)
        method = "GET" if call.method == "HEAD" else call.method
        for name, value in call.query:
            if len(value) > _LONGEST_ARGUMENT:
                words = f"Ensure this value has at most {_LONGEST_ARGUMENT} characters."
                raise invalid(name[:100], words)
        caller = self.admit(call.method, call.path, call.headers)
        match = routes.find(method, call.path)
        self._advance()
        if caller.used_key is not None:
            self._note_use(caller.used_key)
        answer = self._execute(match, call._replace(caller=caller))
        shared = cors_headers(caller, call.headers)
        return answer._replace(headers={**answer.headers, **shared}) if shared else answer

    def admit(self, method: str, path: str, headers: Mapping[str, str]) -> Caller:
        """Return who calls, before the body is read.

        Raises:
            ApiRefusal: 401 or 403.
        """
        if routes.is_open("GET" if method == "HEAD" else method, path):
            return ANYONE
        return admit(
            Keys(self.keys, self.public_keys),
            self.store.connection(),
            method=method,
            path=path,
            headers=headers,
            now=self.clock().timestamp(),
        )

    def _note_use(self, mark: str) -> None:
        """Note when a key was used, unless another process is writing."""
        with suppress(Busy), self.store.writing(within=0) as connection:
            connection.execute(
                "UPDATE api_keys SET last_used_at = ? WHERE mark = ?",
                (micros(self.clock()), mark),
            )

    def _options(self, call: Call) -> Answer:
        """Name the methods of a path, and let a browser go on if its origin is allowed."""
        methods = ", ".join([*routes.allowed(call.path), "OPTIONS"])
        headers = {"allow": methods}
        origin = call.headers.get("origin")
        is_shared = call.path.rstrip("/") in (SESSION_PATH, *TRACK_PATHS)
        keys = Keys(self.keys, self.public_keys)
        if origin and is_shared and is_allowed_origin(keys, self.store.connection(), origin):
            headers |= {
                "access-control-allow-origin": origin,
                "access-control-allow-methods": methods,
                "access-control-allow-headers": "authorization, content-type",
                "vary": "Origin",
            }
        return Answer(204, headers)

    def _execute(self, match: routes.Match, call: Call) -> Answer:
        if match.route.is_read and not match.route.locks:
            with self.store.reading() as connection:
                return self._handle(match, call, self._context(connection))
        return self._write(match, call)

    def _write(self, match: routes.Match, call: Call) -> Answer:
        is_replayed = self.honours_idempotency and match.route.replays
        key = call.headers.get("idempotency-key", "") if is_replayed else ""
        with self._prepared(match.route, call) as prepared:
            content = getattr(prepared, "digest", None)
            with self.store.writing() as connection:
                context = self._context(connection)
                if not key:
                    return self._handle(match, call, context, prepared)
                return self._write_once(match, call, context, prepared, key=key, content=content)

    def _write_once(
        self,
        match: routes.Match,
        call: Call,
        context: SandboxContext,
        prepared: Any,
        *,
        key: str,
        content: bytes | None,
    ) -> Answer:
        mark = _fingerprint(call, content=content)
        answer = _recall(context, key, mark)
        if answer is None:
            answer = self._handle(match, call, context, prepared)
            _remember(context, key, mark, answer)
        return answer

    def _prepared(self, route: routes.Route, call: Call) -> Any:
        if not route.prepare:
            return nullcontext()
        prepare = routes.handler(route.prepare)
        return prepare(call, self._context(self.store.connection()))

    def _handle(
        self, match: routes.Match, call: Call, context: SandboxContext, prepared: Any = None
    ) -> Answer:
        handler = routes.handler(match.route.handler)
        extra = (prepared,) if match.route.prepare else ()
        answer: Answer = handler(context, call, *extra, *match.params)
        return answer


def _storable(call: Call) -> Call:
    """Replace what UTF-8 cannot write in the query, as a call over HTTP has it already."""
    if all(value.isascii() for pair in call.query for value in pair):
        return call
    cleaned = tuple(
        (name.encode(errors="replace").decode(), value.encode(errors="replace").decode())
        for name, value in call.query
    )
    return call._replace(query=cleaned)


def _fingerprint(call: Call, *, content: bytes | None) -> str:
    """Hash what identifies a call; `content` is the digest of an uploaded file."""
    import hashlib  # noqa: PLC0415  # 4 ms, only needed for a call with an idempotency key

    digest = hashlib.blake2b(digest_size=16)
    for part in (call.method, call.path.rstrip("/"), repr(call.query)):
        digest.update(part.encode("utf-8", "replace") + b"\0")
    digest.update(call.body if content is None else content)
    return digest.hexdigest()


def _recall(context: SandboxContext, key: str, mark: str) -> Answer | None:
    """Return the stored answer to an identical earlier call, if any (contract §1.5).

    Raises:
        ApiRefusal: 422, the key was used for a different call.
    """
    row = context.connection.execute(
        "SELECT fingerprint, status, body FROM idempotency WHERE key = ? AND stored_at > ?",
        (key, context.now - DAY),
    ).fetchone()
    if row is None:
        return None
    if row["fingerprint"] != mark:
        words = "Idempotency-Key was reused with a different request."
        raise refused(words, status=422)
    headers = {**JSON_HEADERS, "idempotency-replayed": "true"} if row["body"] else {}
    return Answer(row["status"], headers, row["body"])


def _remember(context: SandboxContext, key: str, mark: str, answer: Answer) -> None:
    """Store an answer for a day and delete older ones; a refusal wrote nothing, so is not kept."""
    connection = context.connection
    connection.execute("DELETE FROM idempotency WHERE stored_at <= ?", (context.now - DAY,))
    connection.execute(
        "INSERT INTO idempotency (key, fingerprint, status, body, stored_at)"
        " VALUES (?, ?, ?, ?, ?)",
        (key, mark, answer.status, answer.body, context.now),
    )
