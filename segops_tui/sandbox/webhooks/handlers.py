"""Webhooks: addresses that receive a delivery after every successful recompute (contract §11)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from segops_tui.sandbox.activations.connectors import MASK
from segops_tui.sandbox.core.objects import Objects
from segops_tui.sandbox.core.timestamps import wire

if TYPE_CHECKING:
    import sqlite3

    from segops_tui.sandbox.core.body_fields import BodyForm
    from segops_tui.sandbox.core.context import SandboxContext

_VIEW: Final = """
(SELECT webhooks.*, d.status AS delivery_status, d.status_code AS delivery_code,
   d.error AS delivery_error, d.segment_id AS delivery_segment, d.created_at AS delivery_at
 FROM webhooks LEFT JOIN deliveries AS d
   ON d.id = (SELECT max(id) FROM deliveries WHERE webhook_id = webhooks.id))
"""
_URL: Final = re.compile(r"https?://[!-~]+", re.IGNORECASE)
_LOOPBACK: Final = re.compile(r"localhost|.*\.localhost|127(\.\d{1,3}){3}|::1")


def _show(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "url": row["url"],
        "secret": MASK if row["secret"] else "",
        "description": row["description"],
        "is_active": bool(row["is_active"]),
        "last_delivery": None if row["delivery_at"] is None else _delivery(row),
        "created_at": wire(row["created_at"]),
        "updated_at": wire(row["updated_at"]),
    }


def _delivery(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "status": row["delivery_status"],
        "status_code": row["delivery_code"],
        "error": row["delivery_error"],
        "segment_id": row["delivery_segment"],
        "created_at": wire(row["delivery_at"]),
    }


def _read(form: BodyForm, _context: SandboxContext, row: sqlite3.Row | None) -> dict[str, Any]:
    form.text("url", required=True, longest=2000)
    form.text("secret", longest=1000, opaque=True)
    form.text("description", longest=10_000)
    form.flag("is_active", default=True)
    if "url" in form.values and (error := _url_error(form.values["url"])):
        form.refuse("url", error)
    if form.values.get("secret") == MASK:
        if row is None or not row["secret"]:
            form.refuse("secret", f"{MASK} keeps the stored secret, but there is none.")
        del form.values["secret"]
    return dict(form.check())


def _url_error(url: str) -> str:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return "Enter a valid URL."
    if not _URL.fullmatch(url) or not host:
        return "Enter a valid URL."
    if parts.username is not None or parts.password is not None:
        return "A user name or password in the URL is not supported."
    if parts.scheme == "http" and not _LOOPBACK.fullmatch(host):
        return "Only https is allowed, except for localhost."
    return ""


def _deleted(context: SandboxContext, webhook_id: int) -> None:
    context.connection.execute("DELETE FROM deliveries WHERE webhook_id = ?", (webhook_id,))


OBJECTS: Final = Objects("webhooks", view=_VIEW, read=_read, show=_show, deleted=_deleted)
