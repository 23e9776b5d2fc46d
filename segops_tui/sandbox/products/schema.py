"""The product schema, and the facets drawn from it (contract §4.1, §4.2)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from segops_tui.sandbox.core.body_fields import BodyForm, declared_field_error
from segops_tui.sandbox.core.calls import answer, dump
from segops_tui.sandbox.core.errors import invalid
from segops_tui.sandbox.core.timestamps import wire

if TYPE_CHECKING:
    import sqlite3

    from segops_tui.sandbox.core.calls import Answer, Call
    from segops_tui.sandbox.core.context import SandboxContext

FIELD_TYPES: Final = (
    "string",
    "number",
    "boolean",
    "array",
    "url",
    "price",
    "multi_price",
    "datetime",
)
FIXED: Final = frozenset({"sku", "name"})
"""Table columns; never schema fields."""
_MOST_FIELDS: Final = 2_000
_FACET_PRODUCTS: Final = 1000
_FACET_VALUES: Final = 100


def get(context: SandboxContext, _call: Call) -> Answer:
    """Show the schema; it has no fields until it is set."""
    return answer(_show(stored_schema(context)))


def replace(context: SandboxContext, call: Call) -> Answer:
    """Replace the schema."""
    form = BodyForm(call.json(), intent="replace")
    form.array("fields", required=True)
    form.text("default_currency", longest=3)
    form.text("default_locale", longest=35)
    values = form.check()
    given = {**values, "fields": parse_fields(values["fields"])}
    store_schema(context, given)
    return answer(_show(stored_schema(context)))


def facets(context: SandboxContext, _call: Call) -> Answer:
    """List the distinct values of text and array fields in the first products."""
    fields = stored_schema(context)["fields"]
    found: dict[str, set[str]] = {
        field["name"]: set() for field in fields if field["type"] in {"string", "array"}
    }
    rows = context.connection.execute(
        "SELECT data FROM products ORDER BY id LIMIT ?", (_FACET_PRODUCTS,)
    )
    for row in rows:
        data = json.loads(row["data"])
        for name, values in found.items():
            _collect(values, data.get(name))
    return answer({name: sorted(values)[:_FACET_VALUES] for name, values in found.items()})


def stored_schema(context: SandboxContext) -> dict[str, Any]:
    """Return the stored schema, or the default one."""
    row: sqlite3.Row | None = context.connection.execute("SELECT * FROM product_schema").fetchone()
    if row is not None:
        return {**dict(row), "fields": json.loads(row["fields"])}
    return {
        "id": 1,
        "fields": [],
        "default_currency": "USD",
        "default_locale": "en_US",
        "created_at": context.now,
        "updated_at": context.now,
    }


def store_schema(context: SandboxContext, changes: dict[str, Any]) -> None:
    """Update the schema; absent keys are left unchanged."""
    merged = {**stored_schema(context), **changes, "updated_at": context.now}
    context.connection.execute(
        "INSERT OR REPLACE INTO product_schema"
        " (id, fields, default_currency, default_locale, created_at, updated_at)"
        " VALUES (1, :fields, :default_currency, :default_locale, :created_at, :updated_at)",
        {**merged, "fields": dump(merged["fields"])},
    )


def parse_fields(items: Any, *, name: str = "fields") -> list[dict[str, Any]]:
    """Validate fields; `sku` and `name` are dropped (§4.1).

    Raises:
        ApiRefusal: 400, with every error.
    """
    errors: list[str] = []
    kept: dict[str, dict[str, Any]] = {}
    for index, item in enumerate(items):
        error = _error(item)
        if error:
            errors.append(f"fields[{index}]{error}")
        elif item["name"] in kept:
            errors.append(f'fields[{index}].name: "{item["name"]}" is named twice.')
        elif item["name"] not in FIXED:
            kept[item["name"]] = {
                "name": item["name"],
                "type": item.get("type", "string"),
                "required": item.get("required", False),
                "description": item.get("description") or "",
            }
    if len(kept) > _MOST_FIELDS:
        errors.append(f"At most {_MOST_FIELDS} fields are allowed.")
    if errors:
        raise invalid(name, *errors)
    return list(kept.values())


def _error(item: Any) -> str:
    error = declared_field_error(item, types=FIELD_TYPES)
    if not error and not isinstance(item.get("description") or "", str):
        return ".description: Not a valid string."
    return error


def _collect(values: set[str], value: Any) -> None:
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, str) and item:
            values.add(item)
        elif isinstance(item, int | float) and not isinstance(item, bool):
            values.add(str(item))


def _show(schema: dict[str, Any]) -> dict[str, Any]:
    return {
        **schema,
        "created_at": wire(schema["created_at"]),
        "updated_at": wire(schema["updated_at"]),
    }
