"""The fields of a product's form, made from the workspace's schema, and the body they make.

A body holds every attribute, since it is not documented whether the server merges (§4.2).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from segops_tui.tui.dialogs.form_fields import NO, YES, FormField, as_option, is_as_it_was, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from segops_tui.api.resources.products import Product, ProductSchema, SchemaField

UNSAID: Final = "not said"
"""A yes-or-no attribute that a product does not have."""
FURTHER: Final = "data"
"""The field of everything the schema does not name."""
_WITHIN: Final = "data."
_LONG: Final = 120
"""Characters from which a text has more than one line to itself."""
_PROSE: Final = frozenset({"description", "body", "body_html", "long_description", "summary"})
_PRICE: Final = re.compile(r"(?P<amount>-?\d+(?:\.\d+)?)(?:\s*(?P<currency>[A-Za-z]{3}))?")
_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def attributes_of(schema: ProductSchema) -> list[SchemaField]:
    """The schema's fields, each name once, none of them one of the product's own."""
    fields: dict[str, SchemaField] = {}
    for field in schema.fields:
        if field.name and field.name not in {"sku", "name", FURTHER}:
            fields.setdefault(field.name, field)
    return list(fields.values())


def product_fields(schema: ProductSchema, row: Product | None) -> list[FormField]:
    """SKU, name, a line for each attribute, and one for all that the schema does not name."""
    data = {} if row is None else row.data
    known = attributes_of(schema)
    further = {name: value for name, value in data.items() if name not in {f.name for f in known}}
    return [
        FormField(
            "sku",
            "SKU",
            value=None if row is None else row.sku,
            required=row is None,
            fixed=row is not None,
            longest=255,
            hint="unique; it cannot be changed",
        ),
        FormField(
            "name", "Name", value=None if row is None else row.name, required=True, longest=1000
        ),
        *(attribute_field(f, data.get(f.name), schema, is_new=row is None) for f in known),
        FormField(
            FURTHER,
            "Further",
            "json",
            value=further or None,
            check=lambda value: "" if isinstance(value, dict) else 'An object: {"name": "value"}.',
        ),
    ]


def attribute_field(
    field: SchemaField, value: Any, schema: ProductSchema, *, is_new: bool = False
) -> FormField:
    """The line of one attribute; a value that is not of its type is shown as JSON."""
    name, label = f"{_WITHIN}{field.name}", field.name.replace("_", " ").capitalize()
    # Only an import refuses a row without it (§4.1); what is there already may stay as it is.
    common: dict[str, Any] = {"required": field.required and is_new, "also": (field.name,)}
    hint = field.description
    match field.type:
        case "number" if value is None or _is_number(value):
            return FormField(name, label, "number", value, hint=hint or "a number", **common)
        case "boolean" if value is None or isinstance(value, bool):
            said = UNSAID if value is None else YES if value else NO
            return FormField(name, label, "choice", said, options=(UNSAID, YES, NO), **common)
        case "array" if value is None or _are_words(value):
            hint = hint or "words separated by commas"
            return FormField(name, label, "words", value, hint=hint, **common)
        case "price" if value is None or price_typed(value):
            currency = schema.default_currency or "USD"
            return FormField(
                name, label, value=price_typed(value) or None, check=_price_fault,
                hint=f"19.90 {currency}", **common,
            )  # fmt: skip
        case "string" | "url" | "datetime" if value is None or isinstance(value, str):
            check = _address_check(value) if field.type == "url" else None
            is_long = field.name.lower() in _PROSE or len(value or "") > _LONG
            kind: Any = "lines" if is_long or "\n" in (value or "") else "text"
            return FormField(name, label, kind, value, hint=hint, check=check, **common)
    return FormField(name, label, "json", value, **common)


def price_typed(value: Any) -> str:
    """A price as a person writes it: `19.90 USD`; empty where it is none of the three forms."""
    if isinstance(value, Mapping):
        amount, currency = value.get("amount"), value.get("currency")
        if set(value) != {"amount", "currency"} or not isinstance(currency, str):
            return ""
        typed = f"{amount} {currency}" if _is_amount(amount) else ""
    else:
        typed = str(value) if _is_amount(value) else ""
    return typed if _PRICE.fullmatch(typed) else ""


def attribute_value(field: SchemaField, typed: Any, before: Any, schema: ProductSchema) -> Any:
    """What a line's value is in `data`; None takes the attribute away."""
    if typed in (None, "", []):
        return None
    if field.type == "boolean" and typed in (UNSAID, YES, NO):
        return None if typed == UNSAID else typed == YES
    if field.type == "price" and isinstance(typed, str):
        return _price(typed, before, schema.default_currency)
    return typed


def product_body(
    schema: ProductSchema, row: Product | None, values: Mapping[str, Any]
) -> dict[str, Any]:
    """What is sent: the fields of the product itself, and all of its `data`.

    An attribute that was emptied is sent as null, which takes it away where the server merges.
    """
    body = {name: value for name, value in values.items() if name in {"sku", "name"}}
    before = {} if row is None else dict(row.data)
    known = {f"{_WITHIN}{field.name}": field for field in attributes_of(schema)}
    data = dict(before)
    for name, typed in values.items():
        if name in known:
            field = known[name]
            value = before.get(field.name)
            line = attribute_field(field, value, schema)
            if not is_as_it_was(line, typed):
                data[field.name] = attribute_value(field, typed, value, schema)
    if FURTHER in values:
        names = {field.name for field in known.values()}
        data.update({name: None for name in before if name not in names})
        data.update(values[FURTHER] or {})
    if row is None:
        data = {name: value for name, value in data.items() if value is not None}
    if data != before:
        body["data"] = data
    return body


def product_options(body: Mapping[str, Any], *, is_new: bool) -> list[str]:
    """The `--set` options of a command line that sends the same."""
    options = []
    for name, value in body.items():
        is_plain = is_new and isinstance(value, Mapping) and all(map(_PLAIN.fullmatch, value))
        pairs = {f"data.{key}": item for key, item in value.items()} if is_plain else {name: value}
        for key, item in pairs.items():
            options += ["--set", f"{key}={as_option(item)}"]
    return options


def bulk_items(rows: Iterable[Product], name: str, value: Any) -> list[dict[str, Any]]:
    """Products as a bulk upsert takes them, each whole but for the attribute that is set."""
    return [
        {**row.data, name: value, "sku": row.sku, "name": row.name or row.sku}
        for row in rows
        if row.sku
    ]


def read_attribute(field: SchemaField, words: str, schema: ProductSchema) -> tuple[Any, str]:
    """What words typed for an attribute mean, and what is against them."""
    line = attribute_field(field, None, schema)
    if line.kind == "choice" and not words.strip():
        words = UNSAID
    reading = read(line, words)
    return attribute_value(field, reading.value, None, schema), reading.fault


def names_of(fields: Sequence[SchemaField]) -> list[str]:
    """The names alone."""
    return [field.name for field in fields]


def _price(typed: str, before: Any, default: str) -> Any:
    found = _PRICE.fullmatch(typed.strip())
    if found is None:
        return typed
    number = float(found["amount"])
    amount = int(number) if number.is_integer() and "." not in found["amount"] else number
    currency = (found["currency"] or "").upper()
    if not currency and isinstance(before, str):
        return found["amount"]
    if not currency and _is_number(before):
        return amount
    if not currency and not default:
        return amount
    return {"amount": amount, "currency": currency or default}


def _price_fault(typed: Any) -> str:
    return "" if _PRICE.fullmatch(str(typed).strip()) else "An amount and a currency: 19.90 USD."


def _address_check(before: str | None) -> Callable[[Any], str]:
    """A check of what is typed; what is there already may stay as it is."""

    def fault(typed: Any) -> str:
        is_new = typed != (before or "").strip()
        return "An address has no blanks in it." if is_new and re.search(r"\s", typed) else ""

    return fault


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_amount(value: Any) -> bool:
    return _is_number(value) or isinstance(value, str)


def _are_words(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(item, str) and item and item == item.strip() and "," not in item
        for item in value
    )
