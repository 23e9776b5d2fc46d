"""The catalogue as a whole: many products written at once, by SKU.

Knows how an upsert merges and what follows from one; knows neither CSV nor a request.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from segops_tui.sandbox.core.calls import dump
from segops_tui.sandbox.core.queue import enqueue

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from segops_tui.sandbox.core.context import Workspace

_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Row:
    """One product as it arrives; a `name` of "" keeps the stored one, or becomes the SKU."""

    sku: str
    name: str
    data: dict[str, Any]
    raw: dict[str, Any] | None = None


def upsert(workspace: Workspace, rows: Sequence[Row], *, source: str) -> tuple[int, int]:
    """Write rows by SKU, data merged into what is stored; how many were created and updated.

    A SKU given twice counts once as created and then as updated; the last one wins.
    """
    known = _stored(workspace, {row.sku for row in rows})
    stored = frozenset(known)
    created = 0
    for row in rows:
        if row.sku not in known:
            created += 1
            known[row.sku] = (row.sku, {})
        name, data = known[row.sku]
        known[row.sku] = (row.name or name, {**data, **row.data})
    wanted = {row.sku: (*known[row.sku], row.raw) for row in rows}
    _write(workspace, wanted, stored, source=source)
    return created, len(rows) - created


def catalogue_changed(workspace: Workspace) -> None:
    """Have every product segment computed that was computed before (contract §3)."""
    stale = workspace.connection.execute(
        "SELECT id FROM product_segments AS segment WHERE last_computed_at IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM work WHERE kind = 'product_segment'"
        "                 AND subject_id = segment.id AND state = 'queued')"
    ).fetchall()
    for (segment_id,) in stale:
        enqueue(workspace, "product_segment", segment_id)


def _stored(workspace: Workspace, skus: set[str]) -> dict[str, tuple[str, dict[str, Any]]]:
    found: dict[str, tuple[str, dict[str, Any]]] = {}
    for part in _parts(sorted(skus)):
        marks = ", ".join("?" * len(part))
        for sku, name, data in workspace.connection.execute(
            f"SELECT sku, name, data FROM products WHERE sku IN ({marks})", part
        ):
            found[sku] = (name, json.loads(data))
    return found


def _write(
    workspace: Workspace,
    wanted: Mapping[str, tuple[str, dict[str, Any], dict[str, Any] | None]],
    stored: frozenset[str],
    *,
    source: str,
) -> None:
    """Write each SKU's name, data and raw data.

    Two statements, not one with ON CONFLICT: beside a trigger on updates (the search has one)
    SQLite can undo that one row by row, for a quarter more time.
    """

    def columns(*, is_stored: bool) -> Iterator[tuple[Any, ...]]:
        for sku, (name, data, raw) in wanted.items():
            if (sku in stored) is is_stored:
                kept = None if raw is None else dump(raw)
                yield sku, name, dump(_without_nulls(data)), kept, source, workspace.now

    workspace.connection.executemany(
        "INSERT INTO products (sku, name, data, raw_data, source, created_at, updated_at)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)",
        columns(is_stored=False),
    )
    workspace.connection.executemany(
        "UPDATE products SET name = ?2, data = ?3, raw_data = ?4, source = ?5, updated_at = ?6"
        " WHERE sku = ?1",
        columns(is_stored=True),
    )


def _without_nulls(data: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if value is not None}


def _parts(values: Iterable[str]) -> Iterator[list[str]]:
    listed = list(values)
    for start in range(0, len(listed), _AT_ONCE):
        yield listed[start : start + _AT_ONCE]
