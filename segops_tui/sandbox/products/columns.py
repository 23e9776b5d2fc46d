"""Suggests what CSV columns mean, and converts their cells (simulated: a rule, not a model).

Columns that earlier imports mapped keep that mapping; a column without a known header keeps its
own name, and an empty column is skipped.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, Final

from segops_tui.sandbox.core.timestamps import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

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
"""Targets and their usual headers, most specific first."""
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
_TRUE: Final = frozenset({"true", "yes", "y", "1"})
_FALSE: Final = frozenset({"false", "no", "n", "0"})
_NUMBER: Final = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d+)?")
"""Numbers that keep their digits: not `007`, not a barcode of 20 digits."""
_LOOSE_NUMBER: Final = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,3})?")
_PRICE: Final = re.compile(
    r"(?P<before>[^\d\s.,+-]{0,3})\s*(?P<amount>-?[\d.,]+)\s*(?P<after>\D{0,3})"
)
_SIGNS: Final = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "R$": "BRL"}
_URL: Final = re.compile(r"https?://\S+", re.IGNORECASE)


def suggest_mapping(found: Scan, *, remembered: Mapping[str, str | None]) -> dict[str, str | None]:
    """Map headers to targets; None skips the column, as for a column without values."""
    mapping: dict[str, str | None] = {}
    taken: set[str] = set()
    for header in found.headers:
        if header in remembered and remembered[header] not in taken:
            mapping[header] = remembered[header]
            taken.add(remembered[header] or "")
    _match_known_headers(found.headers, mapping, taken)
    for index, header in enumerate(found.headers):
        if header not in mapping:
            mapping[header] = _own_name(header, taken) if index in found.filled else None
    return {header: mapping[header] for header in found.headers}


def suggest_schema(
    found: Scan, mapping: Mapping[str, str | None], *, existing: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Suggest a field for each target; fields already in the schema stay unchanged."""
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
    kind = _TYPES.get(target) or infer_type(cells)
    return {"name": target, "type": kind, "required": False, "description": ""}


def _match_known_headers(
    headers: Sequence[str], mapping: dict[str, str | None], taken: set[str]
) -> None:
    plain = {normalize_header(header): header for header in reversed(headers)}
    for target, words in _WORDS.items():
        if target in taken:
            continue
        header = next((plain[word] for word in words if word in plain), None)
        if header is not None and header not in mapping:
            mapping[header] = target
            taken.add(target)


def _own_name(header: str, taken: set[str]) -> str:
    """Make a unique field name of a header."""
    field_type = normalize_header(header) or "column"
    name, again = field_type, 1
    while name in taken or name in _FIXED:
        again += 1
        name = f"{field_type}_{again}"
    taken.add(name)
    return name


def normalize_header(header: str) -> str:
    """Normalize a header: `Body (HTML)` becomes `body_html`."""
    spaced = "".join(c if c.isalnum() else " " for c in header.casefold())
    return "_".join(spaced.split())


def parse_cell(text: str, field_type: str, *, currency: str) -> Any:
    """Convert a cell to its field type; `text` is trimmed and not empty.

    Raises:
        ValueError: the text is not of that type.
    """
    convert = _CONVERTERS.get(field_type)
    return text if convert is None else convert(text, currency)


def infer_type(texts: Iterable[str]) -> str:
    """Infer the type that fits all cells; blank cells are ignored."""
    filled = [text.strip() for text in texts if text.strip()]
    if not filled:
        return "string"
    for name, fits in _LOOKS:
        if all(fits(text) for text in filled):
            return name
    return "string"


def _number(text: str, _currency: str) -> int | float:
    if text.isascii() and text.isdigit() and len(text) < 16:
        return int(text)
    plain = text
    if re.fullmatch(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?", plain):
        plain = plain.replace(",", "")
    if not _LOOSE_NUMBER.fullmatch(plain):
        raise ValueError(f'"{_short(text)}" is not a number.')
    number = float(plain)
    if math.isinf(number):
        raise ValueError(f'"{_short(text)}" is not a number.')
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def _boolean(text: str, _currency: str) -> bool:
    word = text.casefold()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise ValueError(f'"{_short(text)}" is not true or false.')


def _array(text: str, _currency: str) -> list[Any]:
    if text.startswith("["):
        import json  # noqa: PLC0415  # only needed by a cell that holds JSON

        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, list):
            return found
    return [part.strip() for part in text.split(",") if part.strip()]


def _price(text: str, currency: str) -> dict[str, Any]:
    match = _PRICE.fullmatch(text)
    if match is None:
        raise ValueError(f'"{_short(text)}" is not a price.')
    mark = (match["before"] or match["after"]).strip()
    if mark and mark not in _SIGNS and not re.fullmatch("[A-Z]{3}", mark):
        raise ValueError(f'"{_short(text)}" is not a price.')
    amount = _number(_decimal(match["amount"]), "")
    return {"amount": amount, "currency": _SIGNS.get(mark, mark) or currency}


def _prices(text: str, currency: str) -> list[Any]:
    return [_price(text, currency)]


def _datetime(text: str, _currency: str) -> str:
    if parse(text) is None:
        raise ValueError(f'"{_short(text)}" is not an ISO 8601 time.')
    return text


def _decimal(text: str) -> str:
    """Use `.` as the decimal mark: the last mark is it, unless three digits follow a comma."""
    point, comma = text.rfind("."), text.rfind(",")
    if comma > point:
        if point < 0 and re.fullmatch(r"-?\d{1,3}(,\d{3})+", text):
            return text.replace(",", "")
        return text.replace(".", "").replace(",", ".")
    return text.replace(",", "")


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"


def _is_price(text: str) -> bool:
    match = _PRICE.fullmatch(text)
    return match is not None and (match["before"] or match["after"]).strip() in _SIGNS


_CONVERTERS: Final[dict[str, Callable[[str, str], Any]]] = {
    "number": _number,
    "boolean": _boolean,
    "array": _array,
    "price": _price,
    "multi_price": _prices,
    "datetime": _datetime,
}
_LOOKS: Final[tuple[tuple[str, Callable[[str], object]], ...]] = (
    ("boolean", lambda text: text.casefold() in {"true", "false"}),
    ("number", _NUMBER.fullmatch),
    ("url", _URL.fullmatch),
    ("price", _is_price),
    ("datetime", lambda text: re.match(r"\d{4}-\d\d-\d\d", text) and parse(text)),
)
