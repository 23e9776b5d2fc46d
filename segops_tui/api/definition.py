"""Segment definitions: validate one, fill in its defaults, and find the segments it refers to."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, Final

from segops_tui.api.condition_checks import RuleFault, check_condition, quote_value, segment_number
from segops_tui.api.condition_types import (
    CONDITION_TYPES,
    PRODUCT_CONDITION_TYPES,
    SIGNAL_EVENTS,
    ConditionType,
    Kind,
    condition_types,
)
from segops_tui.api.operators import OPERATORS
from segops_tui.api.rule_wording import RuleLine, condition_label, rule_lines

__all__ = [
    "CONDITION_TYPES",
    "LOGICS",
    "MOST_CONDITIONS",
    "OPERATORS",
    "PRODUCT_CONDITION_TYPES",
    "ConditionType",
    "Kind",
    "RuleFault",
    "RuleLine",
    "check_definition",
    "condition_label",
    "normalised",
    "referenced_segments",
    "rule_lines",
]

LOGICS: Final = ("AND", "OR")
"""How conditions are combined: AND for all, OR for at least one."""

MOST_CONDITIONS: Final = 100
"""The most conditions in one definition."""


def check_definition(
    definition: object, *, kind: Kind = "user", allow_empty: bool = True
) -> list[RuleFault]:
    """Return all faults of a definition, in order; without faults it can be computed.

    With `allow_empty`, `{}` and an empty list of conditions are valid drafts.
    """
    if not isinstance(definition, dict):
        return [RuleFault("definition", "must be an object.")]
    conditions = definition.get("conditions")
    faults = _check_logic(definition)
    if conditions is None and not definition:
        return [] if allow_empty else [RuleFault("conditions", "add at least one condition.")]
    if conditions is None:
        return [*faults, RuleFault("conditions", "This field is required.")]
    if not isinstance(conditions, list):
        return [*faults, RuleFault("conditions", "must be a list of conditions.")]
    if not conditions and not allow_empty:
        faults.append(RuleFault("conditions", "add at least one condition."))
    if len(conditions) > MOST_CONDITIONS:
        faults.append(RuleFault("conditions", f"at most {MOST_CONDITIONS} conditions are allowed."))
    for index, condition in enumerate(conditions[:MOST_CONDITIONS]):
        faults += check_condition(condition, f"conditions[{index}]", kind=kind)
    return faults


def normalised(definition: Mapping[str, Any], *, kind: Kind = "user") -> dict[str, Any]:
    """Return a copy of a valid definition with all defaults and shorthands written out.

    Normalising twice changes nothing more.
    """
    return {
        **copy.deepcopy(dict(definition)),
        "logic": definition.get("logic") or "AND",
        "conditions": [
            _with_defaults(condition, kind) for condition in definition.get("conditions") or ()
        ],
    }


def referenced_segments(definition: object) -> set[int]:
    """Return the ids of the user segments a definition refers to, even if it is invalid."""
    conditions = definition.get("conditions") if isinstance(definition, Mapping) else None
    if not isinstance(conditions, list | tuple):
        return set()
    found = {
        segment_number(condition.get("segment_id"))
        for condition in conditions
        if isinstance(condition, Mapping)
        and condition.get("type") in ("segment_membership", "user_behavior_signal")
    }
    return {number for number in found if number is not None}


def _check_logic(definition: Mapping[str, Any]) -> list[RuleFault]:
    if not definition or definition.get("logic") in LOGICS:
        return []
    if definition.get("logic") is None:
        return [RuleFault("logic", "This field is required.")]
    return [RuleFault("logic", f'{quote_value(definition["logic"])} is not one of "AND", "OR".')]


def _with_defaults(condition: Mapping[str, Any], kind: Kind) -> dict[str, Any]:
    full = {
        name: value for name, value in copy.deepcopy(dict(condition)).items() if value is not None
    }
    for name, field in condition_types(kind)[full["type"]].fields.items():
        if field.default is not None:
            full.setdefault(name, field.default)
        elif field.kind == "segment" and kind == "user":
            full[name] = segment_number(full[name])
    if full["type"] == "user_behavior_signal":
        full.setdefault("event_type", SIGNAL_EVENTS[full["signal"]])
    operator = OPERATORS.get(full.get("operator", ""))
    if operator is None or "value" not in full or full["type"] == "segment_membership":
        return full
    if operator.operand == "list" and isinstance(full["value"], str):
        full["value"] = [part.strip() for part in full["value"].split(",") if part.strip()]
    elif operator.operand == "range" and isinstance(full["value"], list):
        full["value"], full["value2"] = full["value"]
    return full
