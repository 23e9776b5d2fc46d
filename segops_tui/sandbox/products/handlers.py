"""Products: list, create, read, change, delete, and upsert many at once (contract §4.2)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from segops_tui.sandbox.core.calls import answer, dump
from segops_tui.sandbox.core.context import cancel_work, enqueue
from segops_tui.sandbox.core.errors import REQUIRED, invalid
from segops_tui.sandbox.core.objects import Objects
from segops_tui.sandbox.core.paging import listed
from segops_tui.sandbox.core.timestamps import wire
from segops_tui.sandbox.products.schema import stored_schema

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from segops_tui.sandbox.core.body_fields import BodyForm
    from segops_tui.sandbox.core.calls import Answer, Call
    from segops_tui.sandbox.core.context import SandboxContext

NOT_DATA: Final = frozenset(
    {"id", "sku", "name", "data", "source", "ai_readability_score", "created_at", "updated_at"}
)
"""Every other top-level key of a body belongs to `data`."""
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
_AT_ONCE: Final = 500
MOST_ROWS: Final = 1000


class _Products(Objects):
    """Products, whose list can be filtered."""

    def list(self, context: SandboxContext, call: Call) -> Answer:
        """List one page of the products that match `q` and every schema field in the query."""
        tests, params = _filters(context, call)
        return listed(
            context.connection,
            call,
            table=self.table,
            show=self.show,
            where=" AND ".join(tests) or "1",
            params=params,
        )


def attributes(body: dict[str, Any]) -> dict[str, Any]:
    """Return the attributes next to `sku`, `name` and `data` in a body."""
    return {name: value for name, value in body.items() if name not in NOT_DATA}


def _filters(context: SandboxContext, call: Call) -> tuple[list[str], list[Any]]:
    tests: list[str] = []
    params: list[Any] = []
    if text := call.argument("q"):
        test, value = _in_name(context.connection, text)
        tests.append(test)
        params.append(value)
    names = {name for name, _ in call.query} - _PAGING
    fields = {field["name"] for field in stored_schema(context)["fields"]} if names else set()
    for name, value in call.query:
        if name in fields and name not in _PAGING:
            tests.append(_HAS_VALUE)
            params += [name, value, value, value, value]
    return tests, params


def _in_name(connection: sqlite3.Connection, text: str) -> tuple[str, str]:
    """Match part of a name in any case; SQLite itself folds only ASCII."""
    if text.isascii():
        escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return "name LIKE ? ESCAPE '\\'", f"%{escaped}%"
    connection.create_function("casefold", 1, str.casefold, deterministic=True)
    return "instr(casefold(name), ?)", text.casefold()


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


def _read(form: BodyForm, context: SandboxContext, row: sqlite3.Row | None) -> dict[str, Any]:
    form.text("sku", required=True)
    form.text("name", required=True, longest=1000)
    if form.body.get("data") is not None:
        form.mapping("data")
    sku = form.values.get("sku")
    if sku is not None and _is_taken(context, sku, row):
        form.refuse("sku", "product with this sku already exists.")
    columns = dict(form.check())
    changes = {**columns.pop("data", {}), **attributes(form.body)}
    if form.intent == "update" and row is not None:
        changes = {**json.loads(row["data"]), **changes}
    if changes or form.intent == "create" or form.body.get("data") is not None:
        columns["data"] = dump(_without_nulls(changes))
    if row is None:
        columns["source"] = "api"
    return columns


def _is_taken(context: SandboxContext, sku: str, row: sqlite3.Row | None) -> bool:
    other = context.connection.execute("SELECT id FROM products WHERE sku = ?", (sku,)).fetchone()
    return other is not None and (row is None or other["id"] != row["id"])


def _deleted(context: SandboxContext, product_id: int) -> None:
    cancel_work(context, "score", product_id)


OBJECTS: Final = _Products("products", read=_read, show=_show, deleted=_deleted)


@dataclass(frozen=True, slots=True)
class ProductRow:
    """One incoming product; an empty `name` keeps the stored name, or becomes the SKU."""

    sku: str
    name: str
    data: dict[str, Any]
    raw: dict[str, Any] | None = None


def upsert(context: SandboxContext, rows: Sequence[ProductRow], *, source: str) -> tuple[int, int]:
    """Create or update products by SKU, merging data; return the counts of both.

    A SKU given twice counts once as created and then as updated; the last one wins.
    """
    known = _stored_rows(context, {row.sku for row in rows})
    stored = frozenset(known)
    created = 0
    for row in rows:
        if row.sku not in known:
            created += 1
            known[row.sku] = (row.sku, {})
        name, data = known[row.sku]
        known[row.sku] = (row.name or name, {**data, **row.data})
    new_values = {row.sku: (*known[row.sku], row.raw) for row in rows}
    _write_rows(context, new_values, stored, source=source)
    return created, len(rows) - created


def catalogue_changed(context: SandboxContext) -> None:
    """Queue a compute of every product segment computed before (contract §3)."""
    stale = context.connection.execute(
        "SELECT id FROM product_segments AS segment WHERE last_computed_at IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM work WHERE kind = 'product_segment'"
        "                 AND subject_id = segment.id AND state = 'queued')"
    ).fetchall()
    for (segment_id,) in stale:
        enqueue(context, "product_segment", segment_id)


def _stored_rows(context: SandboxContext, skus: set[str]) -> dict[str, tuple[str, dict[str, Any]]]:
    found: dict[str, tuple[str, dict[str, Any]]] = {}
    for part in _batches(sorted(skus)):
        marks = ", ".join("?" * len(part))
        for sku, name, data in context.connection.execute(
            f"SELECT sku, name, data FROM products WHERE sku IN ({marks})", part
        ):
            found[sku] = (name, json.loads(data))
    return found


def _write_rows(
    context: SandboxContext,
    new_values: Mapping[str, tuple[str, dict[str, Any], dict[str, Any] | None]],
    stored: frozenset[str],
    *,
    source: str,
) -> None:
    """Write each SKU's name, data and raw data.

    Two statements, not one with ON CONFLICT: with a trigger on updates (the search index
    has one) SQLite must be able to undo it row by row, which takes a quarter more time.
    """

    def columns(*, is_stored: bool) -> Iterator[dict[str, Any]]:
        for sku, (name, data, raw) in new_values.items():
            if (sku in stored) is is_stored:
                yield {
                    "sku": sku,
                    "name": name,
                    "data": dump(_without_nulls(data)),
                    "raw_data": None if raw is None else dump(raw),
                    "source": source,
                    "now": context.now,
                }

    context.connection.executemany(
        "INSERT INTO products (sku, name, data, raw_data, source, created_at, updated_at)"
        " VALUES (:sku, :name, :data, :raw_data, :source, :now, :now)",
        columns(is_stored=False),
    )
    context.connection.executemany(
        "UPDATE products SET name = :name, data = :data, raw_data = :raw_data, source = :source,"
        " updated_at = :now WHERE sku = :sku",
        columns(is_stored=True),
    )


def _without_nulls(data: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if value is not None}


def _batches(values: Iterable[str]) -> Iterator[list[str]]:
    listed = list(values)
    for start in range(0, len(listed), _AT_ONCE):
        yield listed[start : start + _AT_ONCE]


def bulk_upsert(context: SandboxContext, call: Call) -> Answer:
    """Create or update many products by SKU; report the rows with errors."""
    body = call.json()
    items = body.get("products") if isinstance(body, dict) else body
    if items is None:
        raise invalid("products", REQUIRED)
    if not isinstance(items, list):
        raise invalid("products", f"Expected a list of items but got {type(items).__name__}.")
    if len(items) > MOST_ROWS:
        raise invalid("products", f"At most {MOST_ROWS} products are allowed, not {len(items)}.")
    rows: list[ProductRow] = []
    errors: list[dict[str, Any]] = []
    for index, item in enumerate(items):
        error = _row_error(item)
        if error:
            sku = item.get("sku") if isinstance(item, dict) else None
            shown = sku if isinstance(sku, str) else None
            errors.append({"index": index, "sku": shown, "error": error})
        else:
            data = {**(item.get("data") or {}), **attributes(item)}
            rows.append(ProductRow(_trimmed(item["sku"]), _trimmed(item.get("name") or ""), data))
    created, updated = upsert(context, rows, source="api")
    if rows:
        catalogue_changed(context)
    counts = {"created": created, "updated": updated, "errors": errors, "total": len(items)}
    return answer(counts)


def _row_error(item: Any) -> str:
    if not isinstance(item, dict):
        return "An object is required."
    for name, longest in (("sku", 255), ("name", 1000)):
        value = item.get(name)
        if value is None and name == "name":
            continue
        if value is None:
            return f"{name}: {REQUIRED}"
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return f"{name}: Not a valid string."
        text = str(value)
        if "\0" in text or len(text) > longest:
            return f"{name}: Not a valid string."
        if name == "sku" and not text.strip():
            return "sku: This field may not be blank."
    if not isinstance(item.get("data") or {}, dict):
        return "data: An object is required."
    return ""


def _trimmed(value: Any) -> str:
    return str(value).strip()
