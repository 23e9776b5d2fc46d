"""The condition types of segment definitions, with their fields and operators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from segops_tui.api.operators import COMPARISONS, OPERATORS

Kind = Literal["user", "product"]
"""The kind of segment a definition is for."""

FieldKind = Literal[
    "text", "number", "days", "operator", "operand", "second", "segment", "events", "flag", "word"
]
"""How a field of a condition is validated; `operand` and `second` depend on the operator."""


@dataclass(frozen=True, slots=True)
class ConditionField:
    """One field of a condition."""

    kind: FieldKind
    required: bool = True
    default: str | None = None
    """The value of a missing field."""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ConditionType:
    """One type of condition."""

    name: str
    summary: str
    fields: dict[str, ConditionField]
    operators: tuple[str, ...] = ()
    is_open: bool = False
    """Whether it may have fields that are not known."""

    @property
    def required(self) -> tuple[str, ...]:
        """Required fields (`value` only if the operator takes one)."""
        return tuple(name for name, field in self.fields.items() if field.required)

    @property
    def optional(self) -> tuple[str, ...]:
        """Optional fields."""
        return tuple(name for name, field in self.fields.items() if not field.required)


_TEXT: Final = ConditionField("text")
_OPERATOR: Final = ConditionField("operator")
_OPERAND: Final = ConditionField("operand")
_SECOND: Final = ConditionField("second", required=False)

CONDITION_TYPES: Final[dict[str, ConditionType]] = {
    entry.name: entry
    for entry in (
        ConditionType(
            "event_count",
            "How many times the user did something, ever or lately.",
            {
                "event_type": _TEXT,
                "operator": _OPERATOR,
                "value": ConditionField("number"),
                "window_days": ConditionField("days", required=False),
            },
            COMPARISONS,
        ),
        ConditionType(
            "recency",
            "How long ago the user last did something: lt is lately, gt is no longer.",
            {"event_type": _TEXT, "operator": _OPERATOR, "window_days": ConditionField("days")},
            ("gt", "lt", "eq"),
        ),
        ConditionType(
            "monetary",
            "Sum, average or maximum of a number over all events of a type.",
            {
                "event_type": ConditionField("text", required=False, default="order_placed"),
                "property": ConditionField("text", required=False, default="total"),
                "metric": ConditionField(
                    "word", required=False, default="sum", choices=("sum", "avg", "max")
                ),
                "operator": _OPERATOR,
                "value": ConditionField("number"),
            },
            COMPARISONS,
        ),
        ConditionType(
            "event_property",
            "A property of the user's latest event of a type.",
            {
                "event_type": _TEXT,
                "property": _TEXT,
                "operator": _OPERATOR,
                "value": _OPERAND,
                "value2": _SECOND,
            },
            tuple(OPERATORS),
        ),
        ConditionType(
            "user_property",
            "A trait from the user's latest identification.",
            {"property": _TEXT, "operator": _OPERATOR, "value": _OPERAND, "value2": _SECOND},
            tuple(OPERATORS),
        ),
        ConditionType(
            "event_sequence",
            "Several things in order, from first to last within some days.",
            {
                "events": ConditionField("events"),
                "window_days": ConditionField("days"),
                "strict": ConditionField("flag", required=False),
            },
        ),
        ConditionType(
            "segment_membership",
            "Whether the user is in another segment as it was last computed.",
            {"segment_id": ConditionField("segment"), "operator": _OPERATOR},
            ("in", "not_in"),
        ),
    )
}
"""The seven conditions of a user segment by wire name."""

VALUE_TYPE_OPERATORS: Final[dict[str, tuple[str, ...]]] = {
    "string": (
        "eq",
        "neq",
        "contains",
        "does_not_contain",
        "starts_with",
        "ends_with",
        "in",
        "not_in",
        "is_set",
        "is_not_set",
    ),
    "number": (*COMPARISONS, "between", "not_between", "in", "not_in", "is_set", "is_not_set"),
    "price": (*COMPARISONS, "between", "not_between", "in", "not_in", "is_set", "is_not_set"),
    "boolean": ("is_true", "is_false"),
    "array": ("contains", "does_not_contain", "is_set", "is_not_set"),
    "url": ("eq", "is_set", "is_not_set"),
}
"""The operators a product attribute of a declared `value_type` takes."""

VALUE_TYPES_OF_FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "string": ("string", "url"),
    "number": ("number", "price"),
    "boolean": ("boolean",),
    "array": ("array",),
    "url": ("url", "string"),
    "price": ("price",),
    "multi_price": ("price",),
    "datetime": ("string",),
}
"""The `value_type`s that read a field of the product schema as it is meant, by the field's type."""

SIGNAL_EVENTS: Final[dict[str, str]] = {
    "purchased_by_segment": "order_completed",
    "viewed_by_segment": "product_viewed",
}
"""Behaviour signals and their default event types."""

PRODUCT_CONDITION_TYPES: Final[dict[str, ConditionType]] = {
    entry.name: entry
    for entry in (
        ConditionType(
            "product_attribute",
            "An attribute of the product, or its sku or name.",
            {
                "property": _TEXT,
                "value_type": ConditionField(
                    "word", required=False, choices=tuple(VALUE_TYPE_OPERATORS)
                ),
                "operator": _OPERATOR,
                "value": _OPERAND,
                "value2": _SECOND,
            },
            tuple(name for name in OPERATORS if name != "matches_regex"),
        ),
        ConditionType(
            "user_behavior_signal",
            "Whether members of a user segment bought or viewed the product.",
            {
                "signal": ConditionField("word", choices=tuple(SIGNAL_EVENTS)),
                "segment_id": ConditionField("segment"),
                "event_type": ConditionField("text", required=False),
                "product_id_property": ConditionField("text", required=False, default="product_id"),
            },
        ),
        ConditionType(
            "ai_visibility_metric",
            "Accepted; its fields and meaning are not documented. The sandbox takes it as true.",
            {},
            is_open=True,
        ),
    )
}
"""The three conditions of a product segment by wire name."""


def condition_types(kind: Kind) -> dict[str, ConditionType]:
    """Return the conditions a segment of this kind may have."""
    return CONDITION_TYPES if kind == "user" else PRODUCT_CONDITION_TYPES
