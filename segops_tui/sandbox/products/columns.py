"""Suggests what the columns of an uploaded file become (simulated: a rule, not a model)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from segops_tui.api.catalogue import headers as names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from segops_tui.sandbox.products.csv_file import Scan


def suggest_mapping(found: Scan, *, remembered: Mapping[str, str | None]) -> dict[str, str | None]:
    """Map headers to targets; None skips the column, as for a column without values."""
    return names.suggest_mapping(found.headers, filled=found.filled, remembered=remembered)


def suggest_schema(
    found: Scan, mapping: Mapping[str, str | None], *, existing: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Suggest a field for each target; fields already in the schema stay unchanged.

    A new field has the type that all cells of the file fit, not only the first.
    """
    known = {field["name"]: dict(field) for field in existing}
    fields: list[dict[str, Any]] = []
    for index, header in enumerate(found.headers):
        target = mapping.get(header)
        if target is None or target in names.FIXED:
            continue
        kind = names.known_type(target, header) or found.types[index].inferred
        made = {"name": target, "type": kind, "required": False, "description": ""}
        fields.append(known.get(target) or made)
    return fields
