"""The sandbox: takes a call, checks its key, runs the work that is due, and answers."""

from __future__ import annotations

import os
import sqlite3
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, Self

from segops_tui.sandbox.core import routes
from segops_tui.sandbox.core.calls import JSON_HEADERS, Answer, Call, UploadedFile, refusal
from segops_tui.sandbox.core.context import SandboxContext, due_work, has_work
from segops_tui.sandbox.core.errors import ApiRefusal, database_refusal, not_found, refused
from segops_tui.sandbox.core.store import Store
from segops_tui.sandbox.core.timestamps import DAY, micros

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = ["Answer", "Call", "Sandbox", "UploadedFile"]

_SEEDED: Final = "seed"
"""The setting the seeder writes; see `Sandbox.is_seeded`."""
_SENDER: Final = "webhooks.deliveries:WebhookSender"
"""Loaded by name, like every handler: the core imports no room."""

_FORBIDDEN: Final = "You do not have permission to perform this action."
_DEFAULT_SCOPES: Final = frozenset({"mcp:read", "mcp:write"})
_CHALLENGE: Final = {"www-authenticate": "ApiKey"}


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


def _new_request_id() -> str:
    return f"req_{os.urandom(8).hex()}"


class Sandbox:
    """One workspace in one SQLite file; any number of threads and processes may share it.

    `keys` are the accepted API keys; None accepts every call. `pace` scales the simulated waits:
    with 0, work is finished at the next call.

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
    ) -> None:
        self.store = Store(Path(path))
        self.clock, self.keys, self.pace = clock, keys, pace
        self.honours_idempotency = honour_idempotency
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
        """Answer one call; a refusal is an answer too."""
        try:
            answer = self._dispatch(call)
        except ApiRefusal as refused_call:
            answer = refusal(refused_call)
        except sqlite3.Error as error:
            answer = refusal(database_refusal(error))
        headers = {**answer.headers, "x-request-id": self._new_request_id()}
        return replace(answer, headers=headers)

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
        """Wait for webhooks being sent (some seconds at most), then close the file."""
        self.webhook_sender.wait()
        self.store.close()

    def _context(self, connection: sqlite3.Connection) -> SandboxContext:
        return SandboxContext(connection, micros(self.clock()), self.store.folder, self.pace)

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
            allowed = ", ".join([*routes.allowed(call.path), "OPTIONS"])
            return Answer(204, {"allow": allowed})
        method = "GET" if call.method == "HEAD" else call.method
        if self.keys is not None and not routes.is_open(method, call.path):
            check_key(self.keys, method=call.method, headers=call.headers)
        match = routes.find(method, call.path)
        self._advance()
        if match.route.is_read and not match.route.locks:
            with self.store.reading() as connection:
                return self._handle(match, call, self._context(connection))
        return self._write(match, call)

    def _write(self, match: routes.Match, call: Call) -> Answer:
        key = call.headers.get("idempotency-key", "") if self.honours_idempotency else ""
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


def check_key(keys: Iterable[str], *, method: str, headers: Mapping[str, str]) -> None:
    """Check the API key of a call.

    A key for AI assistants may list its scopes: `mk_test_1=mcp:read,mcp:admin`; without
    them it may read and write.

    Raises:
        ApiRefusal: 401, no key or an unknown one; 403, the key lacks the permission.
    """
    sent_key = _key_of(headers)
    if not sent_key:
        words = "Authentication credentials were not provided."
        raise ApiRefusal(401, {"detail": words}, _CHALLENGE)
    if sent_key.startswith("pk_"):
        raise refused(_FORBIDDEN, status=403)
    for entry in keys:
        key, has_scopes, scopes = entry.partition("=")
        if key.encode() == sent_key.encode():
            allowed = frozenset(scopes.split(",")) if has_scopes else _DEFAULT_SCOPES
            if key.startswith("mk_") and _needed_scope(method) not in allowed:
                raise refused(_FORBIDDEN, status=403)
            return
    raise ApiRefusal(401, {"detail": "Invalid API key."}, _CHALLENGE)


def _key_of(headers: Mapping[str, str]) -> str:
    """Return the key from `Authorization: ApiKey …` (any case) or `X-API-Key`."""
    scheme, _, key = headers.get("authorization", "").strip().partition(" ")
    if scheme.lower() == "apikey":
        return key.strip()
    # The sandbox has no users for other schemes: they are refused as unknown keys.
    return headers.get("x-api-key", "").strip() or scheme


def _needed_scope(method: str) -> str:
    if method in {"GET", "HEAD", "OPTIONS"}:
        return "mcp:read"
    return "mcp:admin" if method == "DELETE" else "mcp:write"


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
