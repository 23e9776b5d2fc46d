"""Tell which products a product segment's rule matches, from the products themselves.

The API lists no products of a product segment and has no preview of one (contract §3), so a client
applies the rule to the catalogue. What cannot be known from outside is neither a yes nor a no.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.condition_checks import check_condition, segment_number
from segops_tui.api.definition import check_definition, normalised
from segops_tui.api.operators import OPERATORS, instant_of, number_of, text_of, truth_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from segops_tui.api.resources.products import Product

Verdict = bool | None
"""Whether a product matches; None where it cannot be told."""

_Test = Callable[["Product"], Verdict]
_Condition = Mapping[str, Any]

UNDOCUMENTED: Final = "the API does not document what AI visibility conditions mean"


@dataclass(frozen=True, slots=True)
class Signal:
    """Which events a `user_behavior_signal` is about."""

    segment_id: int
    """The user segment whose members sent them."""
    event_type: str
    property: str
    """The property that names the product."""


@dataclass(frozen=True, slots=True)
class References:
    """The products named in the events of a signal, by SKU or by id."""

    found: frozenset[str] = frozenset()
    doubt: str = "the events of its users were not read"
    """Why there may be more; empty if these are all."""


@dataclass(slots=True)
class ProductCount:
    """How far the catalogue was read, and what of it matches."""

    read: int = 0
    total: int | None = None
    """The size of the catalogue, where the server reports it."""
    matched: int = 0
    unknown: int = 0
    """Products that may match."""


class ProductRule:
    """A rule of products, ready to be applied to one after another.

    `field_types` is the product schema, for attributes that declare no type of their own. A signal
    without an entry in `known` cannot be told.
    """

    def __init__(
        self,
        definition: object,
        field_types: Mapping[str, str],
        known: Mapping[Signal, References] | None = None,
    ) -> None:
        self.doubts: list[str] = []
        """Why some products may not be told, a line for each condition."""
        conditions = _conditions(definition)
        self.is_empty = not conditions
        """Whether it has no conditions, and so no products."""
        self._tests = [
            self._test(condition, f"conditions[{index}]", field_types, known or {})
            for index, condition in enumerate(conditions)
        ]
        is_any = isinstance(definition, Mapping) and definition.get("logic") == "OR"
        self._decides = is_any
        envelope = {**definition, "conditions": []} if isinstance(definition, dict) else definition
        faults = check_definition(envelope, kind="product")
        if faults and not self.is_empty:
            self.doubts.append(f"the rule could not be read: {faults[0]}")
            self._tests = [_unknown]

    @property
    def is_certain(self) -> bool:
        """Whether every product can be told."""
        return not self.doubts

    def verdict(self, product: Product) -> Verdict:
        """Whether a product matches."""
        if self.is_empty:
            return False
        verdict: Verdict = not self._decides
        for test in self._tests:
            found = test(product)
            if found is self._decides:
                return found
            if found is None:
                verdict = None
        return verdict

    def _test(
        self,
        condition: Any,
        path: str,
        field_types: Mapping[str, str],
        known: Mapping[Signal, References],
    ) -> _Test:
        fault = next(check_condition(condition, path, kind="product"), None)
        if fault is not None:
            self.doubts.append(str(fault))
            return _unknown
        full = _full(condition)
        match full["type"]:
            case "product_attribute":
                return _attribute_test(full, field_types)
            case "user_behavior_signal":
                references = known.get(_signal(full), References())
                if references.doubt:
                    self.doubts.append(f"{path}: {references.doubt}")
                return partial(_is_named, references)
        self.doubts.append(f"{path}: {UNDOCUMENTED}")
        return _unknown


def signals_of(definition: object) -> list[Signal]:
    """The signals a rule asks for, each once."""
    valid = (
        _full(condition)
        for condition in _conditions(definition)
        if not any(check_condition(condition, "", kind="product"))
    )
    return list(dict.fromkeys(_signal(c) for c in valid if c["type"] == "user_behavior_signal"))


def references_in(payloads: Iterable[object], name: str) -> Iterator[str]:
    """The products that payloads of events name in a property, by SKU or by id."""
    for payload in payloads:
        text = text_of(_property(payload, name))
        if text is not None:
            yield text


def _conditions(definition: object) -> list[Any]:
    found = definition.get("conditions") if isinstance(definition, Mapping) else None
    return list(found) if isinstance(found, list | tuple) else []


def _full(condition: _Condition) -> dict[str, Any]:
    full: dict[str, Any] = normalised({"conditions": [condition]}, kind="product")["conditions"][0]
    return full


def _signal(full: _Condition) -> Signal:
    number = segment_number(full["segment_id"])
    assert number is not None  # the condition was checked
    return Signal(number, full["event_type"], full["product_id_property"])


def _unknown(_product: Product) -> Verdict:
    return None


def _is_named(references: References, product: Product) -> Verdict:
    if product.sku in references.found or str(product.id) in references.found:
        return True
    return None if references.doubt else False


def _attribute_test(full: _Condition, field_types: Mapping[str, str]) -> _Test:
    name = full["property"]
    value_type = full.get("value_type") or field_types.get(name, "string")
    chosen = OPERATORS[full["operator"]]
    holds = _TESTS[chosen.negates or chosen.name](chosen.negates or chosen.name, full)
    negated = chosen.negates is not None

    def test(product: Product) -> Verdict:
        return holds(_attribute(product, name, value_type)) is not negated

    return test


def _attribute(product: Product, name: str, value_type: str) -> Any:
    """An attribute, read according to its type; None for a missing one."""
    if name == "sku":
        return product.sku
    if name == "name":
        return product.name
    value = _property(product.data, name)
    if value_type in ("price", "multi_price"):
        if isinstance(value, list):
            value = value[0] if value and isinstance(value[0], Mapping) else {}
        return value.get("amount") if isinstance(value, Mapping) else value
    if value_type == "array" and isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


def _property(document: Any, name: str) -> Any:
    """A property: a key of exactly that name, else dots reach into nested objects."""
    if not isinstance(document, Mapping):
        return None
    if name in document:
        return document[name]
    for step in name.split("."):
        if not isinstance(document, Mapping) or step not in document:
            return None
        document = document[step]
    return document


# Positive operators: each makes a predicate over one JSON value.

_Predicate = Callable[[Any], bool]
_COMPARE: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}


def _is_set(value: Any) -> bool:
    return value is not None and value not in ("", [])


def _equal_to(wanted: Any) -> _Predicate:
    """Compare as truths, else as numbers, else as text."""
    truth, number = truth_of(wanted), number_of(wanted)
    if truth is not None:
        return lambda value: truth_of(value) is truth
    if number is not None:
        return lambda value: number_of(value) == number
    return lambda value: isinstance(value, str) and value == wanted


def _eq(_name: str, full: _Condition) -> _Predicate:
    equal = _equal_to(full["value"])
    return lambda value: _is_set(value) and equal(value)


def _in(_name: str, full: _Condition) -> _Predicate:
    each = [_equal_to(wanted) for wanted in full["value"]]
    return lambda value: _is_set(value) and any(equal(value) for equal in each)


def _ordered(name: str, limit: Any) -> _Predicate:
    compare, number = _COMPARE[name], number_of(limit)
    read: Callable[[object], int | float | None] = instant_of if number is None else number_of
    bound = instant_of(limit) if number is None else number
    if bound is None:
        return lambda _value: False

    def test(value: Any) -> bool:
        found = read(value)
        return found is not None and compare(found, bound)

    return test


def _comparison(name: str, full: _Condition) -> _Predicate:
    return _ordered(name, full["value"])


def _between(_name: str, full: _Condition) -> _Predicate:
    low, high = _ordered("gte", full["value"]), _ordered("lte", full["value2"])
    return lambda value: low(value) and high(value)


def _contains(_name: str, full: _Condition) -> _Predicate:
    equal, part = _equal_to(full["value"]), text_of(full["value"]) or ""

    def test(value: Any) -> bool:
        if not _is_set(value):
            return False
        if isinstance(value, list):
            return any(equal(item) for item in value)
        text = text_of(value)
        return text is not None and part in text

    return test


def _edge(name: str, full: _Condition) -> _Predicate:
    part = text_of(full["value"]) or ""
    look = str.startswith if name == "starts_with" else str.endswith

    def test(value: Any) -> bool:
        text = text_of(value) if _is_set(value) else None
        return text is not None and look(text, part)

    return test


def _truth(name: str, _full: _Condition) -> _Predicate:
    wanted = name == "is_true"
    return lambda value: truth_of(value) is wanted


_TESTS: Final[Mapping[str, Callable[[str, _Condition], _Predicate]]] = {
    "eq": _eq,
    "in": _in,
    "gt": _comparison,
    "gte": _comparison,
    "lt": _comparison,
    "lte": _comparison,
    "between": _between,
    "contains": _contains,
    "starts_with": _edge,
    "ends_with": _edge,
    "is_set": lambda _name, _full: _is_set,
    "is_true": _truth,
    "is_false": _truth,
}
