"""Compile the rule of a user segment or a product segment to one SQL query.

`now` is given. A condition without a window reads all history, events dated after `now`
included; a condition with a window, and recency, reads nothing after `now`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from segops_tui.api.condition_checks import segment_number
from segops_tui.api.definition import normalised
from segops_tui.api.operators import OPERATORS
from segops_tui.sandbox.rules.operators_sql import (
    STORED,
    predicate,
    property_columns,
    property_path,
    register_functions,
)
from segops_tui.sandbox.rules.sql_fragments import Compiled, bound, indented, joined, splice
from segops_tui.sandbox.rules.user_conditions import Scope, select_users

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from segops_tui.sandbox.rules.user_conditions import Selection

__all__ = [
    "Compiled",
    "compile_conditions",
    "compile_products",
    "compile_users",
    "register_functions",
]
_COLUMNS = {"sku": "p.sku", "name": "p.name"}
_PRICES = ("price", "multi_price")


def compile_users(definition: Mapping[str, Any], *, now: int, has_aliases: bool) -> Compiled:
    """Compile a valid user rule: canonical ids, ascending; no members without conditions."""
    scope = Scope(now=now, has_aliases=has_aliases)
    full = normalised(definition)
    selections = [select_users(condition, scope) for condition in full["conditions"]]
    if not selections:
        return Compiled("SELECT user_id FROM users WHERE 0")
    combine = _all_of if full["logic"] == "AND" else _any_of
    return _query(scope, selections, combine(selections))


def compile_conditions(
    definition: Mapping[str, Any], *, now: int, has_aliases: bool
) -> list[Compiled]:
    """Compile each condition on its own: one query per condition."""
    scope = Scope(now=now, has_aliases=has_aliases)
    selections = [
        select_users(condition, scope) for condition in normalised(definition)["conditions"]
    ]
    return [_query(scope, [selection], _all_of([selection])) for selection in selections]


def _query(scope: Scope, selections: Sequence[Selection], body: str) -> Compiled:
    tables = [splice("population AS (\n  {}\n)", indented(scope.population()))]
    tables += [
        splice(f"condition_{index} AS (\n  {{}}\n)", indented(selection.users))
        for index, selection in enumerate(selections)
    ]
    return splice(f"WITH {{}}\n{body}\nORDER BY user_id", joined(",\n", tables))


def _all_of(selections: Sequence[Selection]) -> str:
    """Intersect the included sets, then subtract the excluded ones."""
    included = [_table(at) for at, selection in enumerate(selections) if not selection.inverted]
    excluded = [_table(at) for at, selection in enumerate(selections) if selection.inverted]
    first = "\nINTERSECT ".join(included or ["SELECT user_id FROM population"])
    return "\nEXCEPT ".join([first, *excluded])


def _any_of(selections: Sequence[Selection]) -> str:
    """Unite the included sets with the users outside at least one excluded set."""
    parts = [_table(at) for at, selection in enumerate(selections) if not selection.inverted]
    excluded = [_table(at) for at, selection in enumerate(selections) if selection.inverted]
    if excluded:
        in_all = " INTERSECT ".join(excluded)
        parts.append(
            "SELECT user_id FROM (SELECT user_id FROM population"
            f" EXCEPT SELECT user_id FROM ({in_all}))"
        )
    return "\nUNION ".join(parts)


def _table(index: int) -> str:
    return f"SELECT user_id FROM condition_{index}"


def compile_products(
    definition: Mapping[str, Any],
    *,
    field_types: Mapping[str, str],
    now: int,
    has_aliases: bool = False,
) -> Compiled:
    """Compile a valid product rule: SKUs, ascending.

    `field_types` is the product schema, for attributes that declare no type of their own; no
    product condition has a window yet, so `now` changes nothing.
    """
    del now
    full = normalised(definition, kind="product")
    if not full["conditions"]:
        return Compiled("SELECT sku FROM products WHERE 0")
    tests = [_test(condition, field_types, has_aliases) for condition in full["conditions"]]
    logic = "\n  AND " if full["logic"] == "AND" else "\n  OR "
    return splice(
        "SELECT p.sku FROM products AS p\nWHERE {}\nORDER BY p.sku",
        joined(logic, (indented(test) for test in tests)),
    )


def _test(
    condition: Mapping[str, Any], field_types: Mapping[str, str], has_aliases: bool
) -> Compiled:
    if condition["type"] == "product_attribute":
        return _attribute(condition, field_types)
    if condition["type"] == "user_behavior_signal":
        return _signal(condition, has_aliases)
    return Compiled("1")


def _attribute(condition: Mapping[str, Any], field_types: Mapping[str, str]) -> Compiled:
    name = condition["property"]
    value_type = condition.get("value_type") or field_types.get(name, "string")
    chosen = OPERATORS[condition["operator"]]
    test = splice(
        "(SELECT {} FROM (SELECT {}))",
        predicate(chosen.negates or chosen.name, condition),
        _columns(name, value_type),
    )
    return splice("NOT {}", test) if chosen.negates else test


def _columns(name: str, value_type: str) -> Compiled:
    """Return `kind` and `item` of an attribute, read according to its type."""
    if name in _COLUMNS:
        return Compiled(f"'text' AS kind, {_COLUMNS[name]} AS item")
    if value_type in _PRICES:
        return _amount(name)
    if value_type != "array":
        return property_columns("p.data", name)
    return splice(
        "CASE stored.kind WHEN 'text' THEN 'array' ELSE stored.kind END AS kind,"
        " CASE stored.kind WHEN 'text' THEN segops_list(stored.item) ELSE stored.item END AS item"
        " FROM (SELECT {}) AS stored",
        property_columns("p.data", name),
    )


def _amount(name: str) -> Compiled:
    """Read a price from `{amount, currency}`, from the first of several, or from a plain value."""
    source, path = property_path("p.data", name)
    amount = splice(
        "{} || CASE json_type({}, {}) WHEN 'object' THEN '.amount'"
        " WHEN 'array' THEN '[0].amount' ELSE '' END",
        path,
        source,
        path,
    )
    return splice("json_type({}, {}) AS kind, json_extract({}, {}) AS item", *[source, amount] * 2)


def _signal(condition: Mapping[str, Any], has_aliases: bool) -> Compiled:
    """Match products named in an event of a segment's member, by SKU or by id."""
    references = splice(
        "SELECT {} FROM (\n  SELECT {} FROM events AS e\n  WHERE e.event_type = {} AND {}\n)",
        STORED.text,
        property_columns("e.payload", condition["product_id_property"]),
        bound(condition["event_type"]),
        _by_member(segment_number(condition["segment_id"]), has_aliases),
    )
    return splice(
        "(p.sku IN (\n  {}\n) OR CAST(p.id AS TEXT) IN (\n  {}\n))", *[indented(references)] * 2
    )


def _by_member(segment_id: int | None, has_aliases: bool) -> Compiled:
    if not has_aliases:
        return splice(
            "e.user_id IN (SELECT user_id FROM segment_members WHERE segment_id = {})",
            bound(segment_id),
        )
    # The stored member and the sender may both have become aliases of one person since.
    return splice(
        "coalesce((SELECT canonical_id FROM identities WHERE user_id = e.user_id), e.user_id)"
        " IN (SELECT coalesce(i.canonical_id, m.user_id) FROM segment_members AS m"
        " LEFT JOIN identities AS i ON i.user_id = m.user_id WHERE m.segment_id = {})",
        bound(segment_id),
    )
