"""Bulk upsert: many products in one call, good rows kept and bad ones reported (contract §4.2).

Knows what a row must have; how rows merge is the catalogue's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from segops_tui.sandbox.core.calls import answer
from segops_tui.sandbox.core.errors import REQUIRED, invalid
from segops_tui.sandbox.products.catalogue import Row, catalogue_changed
from segops_tui.sandbox.products.catalogue import upsert as upsert_rows
from segops_tui.sandbox.products.handlers import attributes

if TYPE_CHECKING:
    from segops_tui.sandbox.core.calls import Answer, Call
    from segops_tui.sandbox.core.context import Workspace

MOST_ROWS: Final = 1000


def upsert(workspace: Workspace, call: Call) -> Answer:
    """Create or update by SKU."""
    body = call.json()
    items = body.get("products") if isinstance(body, dict) else body
    if items is None:
        raise invalid("products", REQUIRED)
    if not isinstance(items, list):
        raise invalid("products", f"Expected a list of items but got {type(items).__name__}.")
    if len(items) > MOST_ROWS:
        raise invalid("products", f"At most {MOST_ROWS} products are taken, not {len(items)}.")
    rows: list[Row] = []
    errors: list[dict[str, Any]] = []
    for index, item in enumerate(items):
        complaint = _complaint(item)
        if complaint:
            sku = item.get("sku") if isinstance(item, dict) else None
            shown = sku if isinstance(sku, str) else None
            errors.append({"index": index, "sku": shown, "error": complaint})
        else:
            data = {**(item.get("data") or {}), **attributes(item)}
            rows.append(Row(_text(item["sku"]), _text(item.get("name") or ""), data))
    created, updated = upsert_rows(workspace, rows, source="api")
    if rows:
        catalogue_changed(workspace)
    counts = {"created": created, "updated": updated, "errors": errors, "total": len(items)}
    return answer(counts)


def _complaint(item: Any) -> str:
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


def _text(value: Any) -> str:
    return str(value).strip()
