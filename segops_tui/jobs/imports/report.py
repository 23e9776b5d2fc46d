"""The report of an import: created, updated, rejected, and which rows and why.

Knows the counts each upload ends with and how they add up over the whole file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.record import as_integer
from segops_tui.wording import count, plural

if TYPE_CHECKING:
    from collections.abc import Mapping

    from segops_tui.api.resources.products import ImportJob
    from segops_tui.jobs.imports.findings import Layout

MOST_ERRORS: Final = 1_000
"""Rejected rows whose reasons are kept; all are counted."""


def of_part(remote: ImportJob) -> dict[str, Any]:
    """What one upload came to."""
    return {
        "id": remote.id,
        "rows": remote.processed_rows or remote.total_rows or 0,
        "created": remote.created_count,
        "updated": remote.updated_count,
        "rejected": remote.error_rows,
        "errors": reasons(remote)[:MOST_ERRORS],
    }


def reasons(remote: ImportJob) -> list[dict[str, Any]]:
    """Every rejected row that the server tells of, counted within its upload."""
    return [_error(error) for error in remote.errors]


def merged(params: Mapping[str, Any], layout: Layout) -> dict[str, Any]:
    """What they came to together; rows are counted over the whole file, from 1."""
    reports: Mapping[str, Mapping[str, Any]] = params["reports"]
    parts = [reports[f"part-{number}"] for number in range(1, layout.parts + 1)]
    total: dict[str, Any] = {
        name: sum(part[name] for part in parts)
        for name in ("rows", "created", "updated", "rejected")
    }
    errors = []
    for number, part in enumerate(parts):
        for error in part["errors"]:
            row = error["row"]
            moved = None if row is None else row + number * layout.part_rows
            errors.append({**error, "row": moved})
    total["errors"] = errors[:MOST_ERRORS]
    if "errors_written" in params:
        total |= {name: params[name] for name in ("errors_to", "errors_written")}
    total["imports"] = [part["id"] for part in parts]
    total["summary"] = (
        f"{plural(total['rows'], 'row')}: {count(total['created'])} created,"
        f" {count(total['updated'])} updated, {count(total['rejected'])} rejected"
    )
    return total


def _error(error: Any) -> dict[str, Any]:
    """A rejected row, whatever shape the server gives it (inferred, contract §4.3)."""
    if not isinstance(error, dict):
        return {"row": None, "sku": "", "error": str(error)}
    words = error.get("error") or error.get("message") or error.get("detail") or ""
    return {
        "row": as_integer(error.get("row")),
        "sku": str(error.get("sku") or ""),
        "error": str(words),
    }
