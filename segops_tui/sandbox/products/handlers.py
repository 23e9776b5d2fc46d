"""Products: list with filters, create, read, change, delete (contract §4.2).

Knows their fields and how a listing is narrowed; many at once is `products_bulk`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from segops_tui.sandbox.core.calls import dump
from segops_tui.sandbox.core.objects import Objects
from segops_tui.sandbox.core.paging import listed
from segops_tui.sandbox.core.queue import cancel
from segops_tui.sandbox.core.timestamps import wire
from segops_tui.sandbox.products.schema import stored_schema

if TYPE_CHECKING:
    import sqlite3

    from segops_tui.sandbox.core.body_fields import Form
    from segops_tui.sandbox.core.calls import Answer, Call
    from segops_tui.sandbox.core.context import Workspace

NOT_DATA: Final = frozenset(
    {"id", "sku", "name", "data", "source", "ai_readability_score", "created_at", "updated_at"}
)
"""Keys beside which every other top-level key belongs into `data`."""
_PAGING: Final = frozenset({"q", "page", "page_size", "limit", "offset"})

_HAS_VALUE: Final = """
EXISTS (SELECT 1 FROM json_each(products.data) AS field
        WHERE field.key = ? AND CASE field.type
          WHEN 'array' THEN EXISTS (SELECT 1 FROM json_each(field.value) AS item
                                    WHERE CAST(item.value AS TEXT) = ?)
          WHEN 'true' THEN ? = 'true'
          WHEN 'false' THEN ? = 'false'
          ELSE CAST(field.value AS TEXT) = ? END)
"""


class _Products(Objects):
    """Objects whose list can be narrowed."""

    def list(self, workspace: Workspace, call: Call) -> Answer:
        """One page of those that match `q` and every schema field named in the query."""
        tests, params = _narrowed(workspace, call)
        return listed(
            workspace.connection,
            call,
            table=self.table,
            show=self.show,
            where=" AND ".join(tests) or "1",
            params=params,
        )


def merged(data: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Data with changes laid over it; a key set to null is removed."""
    result = {**data, **changes}
    return {name: value for name, value in result.items() if value is not None}


def attributes(body: dict[str, Any]) -> dict[str, Any]:
    """The attributes that stand beside `sku`, `name` and `data`."""
    return {name: value for name, value in body.items() if name not in NOT_DATA}


def _narrowed(workspace: Workspace, call: Call) -> tuple[list[str], list[Any]]:
    tests: list[str] = []
    params: list[Any] = []
    if wanted := call.argument("q"):
        test, value = _in_name(workspace.connection, wanted)
        tests.append(test)
        params.append(value)
    names = {name for name, _ in call.query} - _PAGING
    fields = {field["name"] for field in stored_schema(workspace)["fields"]} if names else set()
    for name, value in call.query:
        if name in fields and name not in _PAGING:
            tests.append(_HAS_VALUE)
            params += [name, value, value, value, value]
    return tests, params


def _in_name(connection: sqlite3.Connection, wanted: str) -> tuple[str, str]:
    """Match part of a name, whatever the case; SQLite itself folds ASCII only."""
    if wanted.isascii():
        escaped = wanted.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return "name LIKE ? ESCAPE '\\'", f"%{escaped}%"
    connection.create_function("casefold", 1, str.casefold, deterministic=True)
    return "instr(casefold(name), ?)", wanted.casefold()


def _show(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "sku": row["sku"],
        "name": row["name"],
        "data": json.loads(row["data"]),
        "source": row["source"],
        "ai_readability_score": row["ai_readability_score"],
        "created_at": wire(row["created_at"]),
        "updated_at": wire(row["updated_at"]),
    }


def _read(form: Form, workspace: Workspace, row: sqlite3.Row | None) -> dict[str, Any]:
    form.text("sku", required=True)
    form.text("name", required=True, longest=1000)
    if form.body.get("data") is not None:
        form.mapping("data")
    sku = form.values.get("sku")
    if sku is not None and _is_taken(workspace, sku, row):
        form.refuse("sku", "product with this sku already exists.")
    columns = dict(form.check())
    changes = {**columns.pop("data", {}), **attributes(form.body)}
    if form.intent == "update" and row is not None:
        changes = {**json.loads(row["data"]), **changes}
    if changes or form.intent == "create" or form.body.get("data") is not None:
        columns["data"] = dump(merged({}, changes))
    if row is None:
        columns["source"] = "api"
    return columns


def _is_taken(workspace: Workspace, sku: str, row: sqlite3.Row | None) -> bool:
    other = workspace.connection.execute("SELECT id FROM products WHERE sku = ?", (sku,)).fetchone()
    return other is not None and (row is None or other["id"] != row["id"])


def _deleted(workspace: Workspace, product_id: int) -> None:
    cancel(workspace, "score", product_id)


OBJECTS: Final = _Products("products", read=_read, show=_show, deleted=_deleted)
