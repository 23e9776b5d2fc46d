"""What the names of columns usually mean: one list of words for the client and the sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

FIXED: Final = frozenset({"sku", "name"})
"""Targets that are no schema fields."""
_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "sku": (
        "sku", "variant_sku", "product_sku", "item_sku", "sku_id", "sku_code", "article_number",
        "article_no", "artikelnummer", "artikelnr", "artikel_nr", "item_number", "item_no",
        "part_number", "product_code", "stock_code", "product_id", "item_id", "article_id", "id",
    ),
    "name": (
        "name", "title", "product_name", "product_title", "item_name", "bezeichnung",
        "artikelbezeichnung", "produktname",
    ),
    "description": (
        "description", "body_html", "body", "product_description", "beschreibung",
        "produktbeschreibung",
    ),
    "price": ("price", "variant_price", "unit_price", "product_price", "preis", "prix", "precio"),
    "brand": ("brand", "vendor", "manufacturer", "product_brand", "marke", "hersteller"),
    "category": (
        "category", "type", "product_category", "product_category_name", "category_name",
        "product_type", "kategorie",
    ),
    "tags": ("tags", "keywords", "labels"),
    "image": ("image", "image_src", "image_url", "image_link", "picture"),
    "url": ("url", "link", "product_url"),
}  # fmt: skip
"""Targets and their usual headers, clearest first."""
_TYPES: Final = {
    "description": "string",
    "price": "price",
    "brand": "string",
    "category": "string",
    "tags": "array",
    "image": "url",
    "url": "url",
}
_CODES: Final = frozenset(
    {
        "gtin", "ean", "ean13", "upc", "barcode", "variantbarcode", "isbn", "asin", "mpn",
        "manufacturerpartnumber", "variantsku", "hscode", "zip", "postcode", "plz", "phone",
    }
)  # fmt: skip
"""Columns of codes, which are text even if they look like numbers."""


def normalize_header(header: str) -> str:
    """A header as a field name: `Body (HTML)` becomes `body_html`."""
    spaced = "".join(c if c.isalnum() else " " for c in header.casefold())
    return "_".join(spaced.split())


def known_type(target: str, header: str) -> str | None:
    """The type that a name alone decides, whatever the cells look like; usually None."""
    if normalize_header(header).replace("_", "") in _CODES:
        return "string"
    return _TYPES.get(target)


def rank(header: str, target: str) -> int | None:
    """How clearly a name means `target`, 0 the clearest; None if it does not."""
    return _RANKS[target].get(normalize_header(header).replace("_", ""))


def is_known(header: str) -> bool:
    """Whether the name alone says what the column holds."""
    plain = normalize_header(header).replace("_", "")
    return plain in _CODES or any(plain in ranks for ranks in _RANKS.values())


def suggest_mapping(
    headers: Sequence[str],
    *,
    filled: Collection[int],
    remembered: Mapping[str, str | None] | None = None,
) -> dict[str, str | None]:
    """Map headers to targets; None skips a column. `filled` are the columns with a value.

    Columns that earlier imports mapped keep that mapping; a column without a known name becomes a
    field of its own name, and an empty one is skipped.
    """
    remembered = remembered or {}
    mapping: dict[str, str | None] = {}
    taken: set[str] = set()
    for header in headers:
        if header in remembered and remembered[header] not in taken:
            mapping[header] = remembered[header]
            taken.add(remembered[header] or "")
    _match_known(headers, filled, mapping, taken)
    for index, header in enumerate(headers):
        if header not in mapping:
            mapping[header] = _own_name(header, taken) if index in filled else None
    return {header: mapping[header] for header in headers}


def _match_known(
    headers: Sequence[str],
    filled: Collection[int],
    mapping: dict[str, str | None],
    taken: set[str],
) -> None:
    for target in _WORDS:
        if target in taken:
            continue
        ranked = [
            (place not in filled, found, place)
            for place, header in enumerate(headers)
            if (found := rank(header, target)) is not None
        ]
        header = headers[min(ranked)[2]] if ranked else None
        if header is not None and header not in mapping:
            mapping[header] = target
            taken.add(target)


def _own_name(header: str, taken: set[str]) -> str:
    """Make a unique field name of a header."""
    plain = normalize_header(header) or "column"
    name, again = plain, 1
    while name in taken or name in FIXED:
        again += 1
        name = f"{plain}_{again}"
    taken.add(name)
    return name


_RANKS: Final = {
    target: {word.replace("_", ""): place for place, word in reversed([*enumerate(words)])}
    for target, words in _WORDS.items()
}
