"""Checks and compiles rules: faults, references to other segments, and cycles."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from segops_tui.api.definition import (
    Kind,
    check_definition,
    definition_warnings,
    referenced_segments,
)
from segops_tui.sandbox.core.errors import invalid
from segops_tui.sandbox.rules.compiler import compile_products, compile_users, register_functions

if TYPE_CHECKING:
    import sqlite3

    from segops_tui.sandbox.core.body_fields import BodyForm
    from segops_tui.sandbox.core.context import SandboxContext
    from segops_tui.sandbox.rules.compiler import Compiled


def check_user_rule(form: BodyForm, connection: sqlite3.Connection, *, own_id: int | None) -> None:
    """Record the faults of `definition` on the form; references to missing segments are allowed."""
    definition = form.body["definition"]
    form_faults = [str(fault) for fault in check_definition(definition)]
    if not form_faults and own_id is not None and _leads_to(connection, definition, own_id):
        form_faults = ["conditions: the segment would depend on itself."]
    if form_faults:
        form.refuse("definition", *form_faults)


def check_product_rule(form: BodyForm) -> None:
    """Record the faults of `definition` on the form."""
    faults = check_definition(form.body["definition"], kind="product")
    if faults:
        form.refuse("definition", *map(str, faults))


def warnings_of(connection: sqlite3.Connection, definition: dict[str, Any]) -> list[str]:
    """Return what is odd in the valid definition of a product segment."""
    found = definition_warnings(definition, _field_types(connection))
    return [str(warning) for warning in found]


def require_rule(definition: Any, *, kind: Kind = "user") -> dict[str, Any]:
    """Return the definition if it can be computed.

    Raises:
        ApiRefusal: 400, the definition has faults or no conditions.
    """
    faults = check_definition(definition, kind=kind, allow_empty=False)
    if faults:
        raise invalid("definition", *map(str, faults))
    rule: dict[str, Any] = definition
    return rule


def compile_rule(context: SandboxContext, definition: dict[str, Any], *, kind: Kind) -> Compiled:
    """Compile a rule and register the SQL functions it needs on the connection.

    Raises:
        ValueError: the rule has faults, or no conditions.
    """
    faults = check_definition(definition, kind=kind, allow_empty=False)
    if faults:
        raise ValueError(" ".join(map(str, faults)))
    register_functions(context.connection)
    if kind == "user":
        return compile_users(definition, now=context.now, has_aliases=context.has_aliases)
    return compile_products(
        definition,
        field_types=_field_types(context.connection),
        now=context.now,
        has_aliases=context.has_aliases,
    )


def _field_types(connection: sqlite3.Connection) -> dict[str, str]:
    row = connection.execute("SELECT fields FROM product_schema").fetchone()
    fields = json.loads(row["fields"]) if row else []
    return {field["name"]: field["type"] for field in fields}


def unknown_references(connection: sqlite3.Connection, definition: dict[str, Any]) -> list[str]:
    """Return an error for each condition that refers to a missing segment."""
    errors = []
    for index, condition in enumerate(definition["conditions"]):
        for segment_id in referenced_segments({"conditions": [condition]}):
            if _definition_of(connection, segment_id) is None:
                errors.append(
                    f"conditions[{index}].segment_id: segment {segment_id} does not exist."
                )
    return errors


def _leads_to(connection: sqlite3.Connection, definition: Any, target: int) -> bool:
    """Whether following references from a definition arrives at `target`."""
    ahead, seen = referenced_segments(definition), set[int]()
    while ahead:
        segment_id = ahead.pop()
        if segment_id == target:
            return True
        if segment_id not in seen:
            seen.add(segment_id)
            ahead |= referenced_segments(_definition_of(connection, segment_id))
    return False


def _definition_of(connection: sqlite3.Connection, segment_id: int) -> Any:
    row = connection.execute(
        "SELECT definition FROM segments WHERE id = ?", (segment_id,)
    ).fetchone()
    return None if row is None else json.loads(row["definition"])
