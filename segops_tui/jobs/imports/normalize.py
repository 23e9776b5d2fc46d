"""Whether a cell of a CSV and a value of a product say the same, however each is written.

Knows the field types of the contract's §4.1; knows no file and no catalogue.
"""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from segops_tui.api.record import as_moment
from segops_tui.jobs.imports.values import parse_price

_WORDS: Final = {
    **dict.fromkeys(("true", "yes", "y", "1"), "true"),
    **dict.fromkeys(("false", "no", "n", "0"), "false"),
}


def canonical(value: Any, kind: str, *, currency: str) -> str:
    """One spelling for all values of type `kind` that mean the same; empty for none.

    `currency` is that of prices which name none.
    """
    if value is None or value == "":
        return ""
    if kind == "price":
        return _price(value, currency)
    if kind == "multi_price":
        return "\x1f".join(sorted(_price(item, currency) for item in _items(value)))
    if kind == "array":
        return "\x1f".join(canonical(item, "string", currency=currency) for item in _items(value))
    if kind == "number":
        return _number(value)
    if kind == "boolean":
        return _WORDS.get(str(value).strip().casefold(), str(value).strip())
    if kind == "datetime":
        moment = as_moment(value.strip() if isinstance(value, str) else value)
        return str(value).strip() if moment is None else moment.isoformat()
    return _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _number(value)
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _items(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    if not isinstance(value, str):
        return [value]
    if value.lstrip().startswith("["):
        try:
            found = json.loads(value)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, list):
            return found
    return [part.strip() for part in value.split(",") if part.strip()]


def _price(value: Any, currency: str) -> str:
    if isinstance(value, dict):
        unit = str(value.get("currency") or currency)
        return f"{_number(value.get('amount'))} {unit}"
    price = parse_price(str(value))
    if price is None:
        return str(value).strip()
    return f"{_number(price.amount)} {price.currency or currency}"


def _number(value: Any) -> str:
    text = str(value).strip()
    try:
        number = Decimal(text.replace(",", ""))
    except InvalidOperation:
        return text
    if not number.is_finite():
        return text
    # Not `normalize` alone: that writes 100 as 1E+2.
    return f"{number.normalize():f}" if number else "0"
