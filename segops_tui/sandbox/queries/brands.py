"""The brands of the workspace: its own one and the competitors (contract §7.2)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from segops_tui.sandbox.core.body_fields import read_texts
from segops_tui.sandbox.core.calls import dump
from segops_tui.sandbox.core.context import setting
from segops_tui.sandbox.core.objects import ArrayObjects
from segops_tui.sandbox.core.timestamps import wire

if TYPE_CHECKING:
    import sqlite3

    from segops_tui.sandbox.core.body_fields import BodyForm
    from segops_tui.sandbox.core.context import SandboxContext

UNNAMED: Final = "My Store"
"""The own brand if the workspace has neither a brand nor a name."""
UNNAMED_SLUG: Final = "sandbox"
_UNSEEDED: Final = "1"


def own_brand(connection: sqlite3.Connection) -> str:
    """The own brand: the setting `own_brand`, else the workspace's name."""
    names = (setting(connection, key).strip() for key in ("own_brand", "workspace"))
    return next(filter(None, names), UNNAMED)


def tenant_slug(connection: sqlite3.Connection) -> str:
    """The workspace's part of the address of a public page."""
    return setting(connection, "tenant_slug").strip() or UNNAMED_SLUG


def seed_number(connection: sqlite3.Connection) -> str:
    """The seed of the simulated answers."""
    return setting(connection, "seed").strip() or _UNSEEDED


def spellings_of(name: str, aliases: str = "[]") -> frozenset[str]:
    """The name and aliases of a brand in lower case; `aliases` is JSON as stored."""
    return frozenset(word.strip().casefold() for word in (name, *json.loads(aliases)))


def _show(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "name": row["name"],
        "domain": row["domain"],
        "brand_aliases": json.loads(row["brand_aliases"]),
        "is_active": bool(row["is_active"]),
        "created_at": wire(row["created_at"]),
        "updated_at": wire(row["updated_at"]),
    }


def _read(form: BodyForm, context: SandboxContext, row: sqlite3.Row | None) -> dict[str, Any]:
    form.text("name", required=True)
    form.text("domain")
    read_texts(form, "brand_aliases")
    form.flag("is_active", default=True)
    name = form.values.get("name")
    if name is not None and _is_taken(context, name, row):
        form.refuse("name", "competitor with this name already exists.")
    columns = dict(form.check())
    if "brand_aliases" in columns:
        columns["brand_aliases"] = dump(columns["brand_aliases"])
    return columns


def _is_taken(context: SandboxContext, name: str, row: sqlite3.Row | None) -> bool:
    other = context.connection.execute(
        "SELECT id FROM competitors WHERE name = ?", (name,)
    ).fetchone()
    return other is not None and (row is None or other["id"] != row["id"])


OBJECTS: Final = ArrayObjects("competitors", read=_read, show=_show)
