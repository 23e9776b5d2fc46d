"""What the columns of an uploaded file probably mean (simulated: a rule, not a model).

Knows the headers common shop exports use; a column nobody would miss is left out, and one no
rule knows keeps its own name. What earlier imports were told beats every guess.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from segops_tui.sandbox.products.coercion import looks_like

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from segops_tui.sandbox.products.csv_file import Scan

_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "sku": (
        "sku",
        "variant_sku",
        "product_sku",
        "item_sku",
        "product_id",
        "item_id",
        "article_number",
        "id",
    ),
    "name": ("name", "title", "product_name", "product_title", "item_name"),
    "description": ("description", "body_html", "body", "product_description"),
    "price": ("price", "variant_price", "unit_price", "product_price"),
    "brand": ("brand", "vendor", "manufacturer", "product_brand"),
    "category": (
        "category",
        "type",
        "product_category",
        "product_category_name",
        "category_name",
        "product_type",
    ),
    "tags": ("tags", "keywords", "labels"),
    "image": ("image", "image_src", "image_url", "image_link", "picture"),
    "url": ("url", "link", "product_url"),
}
"""Targets, and the headers that mean them, most telling first."""
_TYPES: Final = {
    "description": "string",
    "price": "price",
    "brand": "string",
    "category": "string",
    "tags": "array",
    "image": "url",
    "url": "url",
}
_FIXED: Final = frozenset({"sku", "name"})


def suggest_mapping(found: Scan, *, remembered: Mapping[str, str | None]) -> dict[str, str | None]:
    """Header to target; None leaves the column out, as does a column that is empty throughout."""
    mapping: dict[str, str | None] = {}
    taken: set[str] = set()
    for header in found.headers:
        if header in remembered and remembered[header] not in taken:
            mapping[header] = remembered[header]
            taken.add(remembered[header] or "")
    _by_meaning(found.headers, mapping, taken)
    for index, header in enumerate(found.headers):
        if header not in mapping:
            mapping[header] = _own_name(header, taken) if index in found.filled else None
    return {header: mapping[header] for header in found.headers}


def suggest_schema(
    found: Scan, mapping: Mapping[str, str | None], *, existing: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """A field for each target; one the workspace has already stays what it is there."""
    known = {field["name"]: dict(field) for field in existing}
    fields: list[dict[str, Any]] = []
    for index, header in enumerate(found.headers):
        target = mapping.get(header)
        if target is None or target in _FIXED:
            continue
        fields.append(known.get(target) or _field(target, index, found))
    return fields


def _field(target: str, index: int, found: Scan) -> dict[str, Any]:
    cells = (record[index] for record in found.samples if index < len(record))
    kind = _TYPES.get(target) or looks_like(cells)
    return {"name": target, "type": kind, "required": False, "description": ""}


def _by_meaning(headers: Sequence[str], mapping: dict[str, str | None], taken: set[str]) -> None:
    plain = {normalised(header): header for header in reversed(headers)}
    for target, words in _WORDS.items():
        if target in taken:
            continue
        header = next((plain[word] for word in words if word in plain), None)
        if header is not None and header not in mapping:
            mapping[header] = target
            taken.add(target)


def _own_name(header: str, taken: set[str]) -> str:
    """The header as a field name, once."""
    wanted = normalised(header) or "column"
    name, again = wanted, 1
    while name in taken or name in _FIXED:
        again += 1
        name = f"{wanted}_{again}"
    taken.add(name)
    return name


def normalised(header: str) -> str:
    """Lower case, words joined by `_`: `Body (HTML)` is `body_html`."""
    spaced = "".join(c if c.isalnum() else " " for c in header.casefold())
    return "_".join(spaced.split())
