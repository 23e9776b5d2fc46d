"""Idempotency keys: a repeated call gets the first answer instead of running twice (contract §1.5).

Only a success is stored: a refusal wrote nothing, so the call can safely run again.
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
    """Hash what identifies a call; `content` is the digest of an uploaded file."""
    digest = hashlib.blake2b(digest_size=16)
    for part in (call.method, call.path.rstrip("/"), repr(call.query)):
        digest.update(part.encode("utf-8", "replace") + b"\0")
    digest.update(call.body if content is None else content)
    return digest.hexdigest()


def recall(context: SandboxContext, key: str, mark: str) -> Answer | None:
    """Return the stored answer to an identical earlier call, if any.

    Raises:
        ApiRefusal: 422, the key was used for a different call.
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


def remember(context: SandboxContext, key: str, mark: str, answer: Answer) -> None:
    """Store an answer for a day, and delete older ones."""
    connection = context.connection
    connection.execute("DELETE FROM idempotency WHERE stored_at <= ?", (context.now - KEPT,))
    connection.execute(
        "INSERT INTO idempotency (key, fingerprint, status, body, stored_at)"
        " VALUES (?, ?, ?, ?, ?)",
        (key, mark, answer.status, answer.body, context.now),
    )
