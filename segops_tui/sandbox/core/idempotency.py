"""Idempotency keys: the same call twice is done once (contract §1.5).

Knows keys, fingerprints and their 24 hours; knows no noun. Only a success is remembered: a
refusal wrote nothing, so doing it again is harmless and may fare better.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from segops_tui.sandbox.core.calls import JSON_HEADERS, Answer
from segops_tui.sandbox.core.errors import refused
from segops_tui.sandbox.core.timestamps import DAY

if TYPE_CHECKING:
    from segops_tui.sandbox.core.calls import Call
    from segops_tui.sandbox.core.context import SandboxContext

KEPT: Final = DAY


def fingerprint(call: Call, *, content: bytes | None = None) -> str:
    """What makes two calls the same; `content` stands for an uploaded file."""
    digest = hashlib.blake2b(digest_size=16)
    for part in (call.method, call.path.rstrip("/"), repr(call.query)):
        digest.update(part.encode("utf-8", "replace") + b"\0")
    digest.update(call.body if content is None else content)
    return digest.hexdigest()


def recall(context: SandboxContext, key: str, mark: str) -> Answer | None:
    """The answer this call was given before, if it was.

    Raises:
        ApiRefusal: 422, the key was used for another call.
    """
    row = context.connection.execute(
        "SELECT fingerprint, status, body FROM idempotency WHERE key = ? AND stored_at > ?",
        (key, context.now - KEPT),
    ).fetchone()
    if row is None:
        return None
    if row["fingerprint"] != mark:
        words = "Idempotency-Key was reused with a different request."
        raise refused(words, status=422)
    headers = {**JSON_HEADERS, "idempotency-replayed": "true"} if row["body"] else {}
    return Answer(row["status"], headers, row["body"])


def remember(context: SandboxContext, key: str, mark: str, given: Answer) -> None:
    """Keep an answer for a day, and forget those older."""
    connection = context.connection
    connection.execute("DELETE FROM idempotency WHERE stored_at <= ?", (context.now - KEPT,))
    connection.execute(
        "INSERT INTO idempotency (key, fingerprint, status, body, stored_at)"
        " VALUES (?, ?, ?, ?, ?)",
        (key, mark, given.status, given.body, context.now),
    )
