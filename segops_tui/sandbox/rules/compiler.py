"""A user segment compiled to SQL, one common table a condition.

Knows how the conditions' selections are combined and who the population is; what each condition
selects is in `user_conditions`. It runs nothing, and asks for no clock: `now` is given.

A condition without a window reads all history, events dated after `now` included; a condition
with a window, and recency, reads nothing after `now`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from segops_tui.api.definition import normalised
from segops_tui.sandbox.core.sql_fragments import Compiled, indented, joined, splice
from segops_tui.sandbox.rules.population import Scope
from segops_tui.sandbox.rules.product_compiler import compile_products
from segops_tui.sandbox.rules.sql_functions import register_functions
from segops_tui.sandbox.rules.user_conditions import select_users

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from segops_tui.sandbox.rules.population import Selection

__all__ = [
    "Compiled",
    "compile_conditions",
    "compile_products",
    "compile_users",
    "register_functions",
]


def compile_users(definition: Mapping[str, Any], *, now: int, has_aliases: bool) -> Compiled:
    """Return the query of a sound definition's members: canonical ids, ascending.

    Without conditions nobody is a member.
    """
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
    """Return one query a condition: who satisfies it, whatever the others say."""
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
    """Intersect what is wanted, then take away what is not: the sets only shrink."""
    wanted = [_table(at) for at, selection in enumerate(selections) if not selection.inverted]
    unwanted = [_table(at) for at, selection in enumerate(selections) if selection.inverted]
    first = "\nINTERSECT ".join(wanted or ["SELECT user_id FROM population"])
    return "\nEXCEPT ".join([first, *unwanted])


def _any_of(selections: Sequence[Selection]) -> str:
    """Unite what is wanted with everybody who escapes at least one unwanted set."""
    parts = [_table(at) for at, selection in enumerate(selections) if not selection.inverted]
    unwanted = [_table(at) for at, selection in enumerate(selections) if selection.inverted]
    if unwanted:
        caught = " INTERSECT ".join(unwanted)
        parts.append(
            "SELECT user_id FROM (SELECT user_id FROM population"
            f" EXCEPT SELECT user_id FROM ({caught}))"
        )
    return "\nUNION ".join(parts)


def _table(index: int) -> str:
    return f"SELECT user_id FROM condition_{index}"
