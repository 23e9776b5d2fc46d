"""`explain`: the fields of a noun and the shapes of rules, from the code's own declarations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from segops_tui.api.record import Record
from segops_tui.cli.core.crud import unknown_field
from segops_tui.cli.core.group import Commands
from segops_tui.nouns.column import Column, Noun
from segops_tui.sandbox.openapi.fields import NOUNS, FieldFacts, fields_of, is_open

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from segops_tui.api.condition_types import ConditionType, Kind
    from segops_tui.cli.core.context import Invocation

COMMANDS: Final = Commands()

_RULES: Final[dict[str, Kind]] = {"segment": "user", "product segment": "product"}
_BY_GROUP: Final = {space.replace("_", "-"): noun for noun, space in NOUNS.items()}
"""Nouns by the name of their commands; the singular is known too."""


def _complete(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    group, dot, _ = incomplete.partition(".")
    if dot and group in _BY_GROUP:
        names = [f"{group}.{field.name}" for field in fields_of(_BY_GROUP[group])]
    else:
        names = list(_BY_GROUP)
    return [name for name in names if name.startswith(incomplete)]


@COMMANDS.command(
    "explain",
    "segops-tui explain segments",
    "segops-tui explain segments.definition",
    "segops-tui explain segments.definition.event_count",
    "segops-tui explain products -o json",
)
@click.argument("place", metavar="NOUN[.FIELD]", shell_complete=_complete)
def explain(run: Invocation, place: str) -> None:
    """Explain a noun's fields, a rule's conditions and its operators.

    Works offline. NOUN.definition lists the types of conditions, and
    NOUN.definition.TYPE the fields and operators of one.
    """
    word, _, path = place.partition(".")
    noun = _noun(word)
    if not path:
        run.out.listing([_as_row(field) for field in fields_of(noun)], FIELDS)
        if is_open(noun) and run.out.is_table:
            run.out.flush()
            run.talk.note("and the fields of the workspace's own: segops-tui products schema")
        return
    name, _, inner = path.partition(".")
    field = next((field for field in fields_of(noun) if field.name == name), None)
    if field is None:
        raise click.UsageError(unknown_field(noun, name, [f.name for f in fields_of(noun)]))
    if name == "definition" and noun in _RULES:
        _explain_rule(run, _RULES[noun], inner)
        return
    if inner:
        raise click.UsageError(f"{noun}.{name} is {field.type}, without fields of its own.")
    run.out.one(_as_row(field), FIELDS)


def _noun(word: str) -> str:
    singular = word.replace("-", " ")
    if singular in NOUNS:
        return singular
    if word in _BY_GROUP:
        return _BY_GROUP[word]
    raise click.UsageError(f"There is no noun {word!r}.{_nearest(word, _BY_GROUP)}")


def _nearest(word: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches

    names = list(known)
    close = get_close_matches(word, names, n=1)
    return f" Did you mean {close[0]!r}?" if close else f" Known: {', '.join(names)}."


def _as_row(field: FieldFacts) -> Record:
    given = "create, required" if field.is_required else "create, update" if field.is_set else ""
    return Record(
        {
            "name": field.name,
            "type": field.type,
            "settable": field.is_set,
            "required": field.is_required,
            "set_by": given or "the server",
        }
    )


def _listed(name: str, plural: str, *columns: tuple[str, str]) -> Noun[Record]:
    """A noun of plain rows: each column's key and heading."""

    def reader(key: str) -> Any:
        return lambda row: row.raw[key]

    return Noun(
        name=name,
        plural=plural,
        title=plural.capitalize(),
        key=lambda row: row.raw[columns[0][0]],
        label=lambda row: str(row.raw[columns[0][0]]),
        empty="",
        columns=[
            Column(key, title, reader(key), min_width=8, max_width=70, flex=place > 0)
            for place, (key, title) in enumerate(columns)
        ],
    )


FIELDS: Final = _listed(
    "field", "fields", ("name", "FIELD"), ("type", "TYPE"), ("set_by", "SET BY")
)
_TYPES: Final = _listed("condition", "conditions", ("type", "CONDITION"), ("summary", "MEANS"))
_PARTS: Final = _listed(
    "field", "fields", ("name", "FIELD"), ("type", "TYPE"), ("required", "REQUIRED")
)
_OPERATORS: Final = _listed(
    "operator", "operators", ("name", "OPERATOR"), ("words", "READS"), ("value", "VALUE")
)


def _explain_rule(run: Invocation, kind: Kind, name: str) -> None:
    from segops_tui.api.condition_types import condition_types

    types = condition_types(kind)
    if not name:
        rows = [{"type": entry.name, "summary": entry.summary} for entry in types.values()]
        run.out.listing([Record(row) for row in rows], _TYPES)
        if run.out.is_table:
            run.out.flush()
            run.talk.note('a rule is {"logic": "AND" or "OR", "conditions": [{"type": …}, …]}')
        return
    if name not in types:
        raise click.UsageError(f"There is no condition {name!r}.{_nearest(name, types)}")
    _explain_condition(run, types[name])


def _explain_condition(run: Invocation, entry: ConditionType) -> None:
    parts = [
        {"name": name, "type": _kind(field.kind, field.choices), "required": field.required}
        for name, field in entry.fields.items()
    ]
    operators = _operators(entry.operators)
    if not run.out.is_table:
        run.out.data(
            {"type": entry.name, "summary": entry.summary, "fields": parts, "operators": operators}
        )
        return
    run.out.line(f"{entry.name}: {entry.summary}")
    run.out.heading("Fields")
    run.out.table([Record(part) for part in parts], _PARTS)
    if operators:
        run.out.heading("Operators")
        run.out.table([Record(operator) for operator in operators], _OPERATORS)


def _operators(names: Sequence[str]) -> list[dict[str, Any]]:
    from segops_tui.api.operators import OPERATORS

    found = [OPERATORS[name] for name in names]
    return [{"name": o.name, "words": o.words, "value": _VALUES[o.operand]} for o in found]


_VALUES: Final = {
    "none": "none",
    "scalar": "a value",
    "text": "a text",
    "ordered": "a number or a time",
    "range": "value and value2",
    "list": "a list of values",
    "pattern": "a regular expression (RE2)",
}


def _kind(kind: str, choices: Sequence[str]) -> str:
    if choices:
        return f"one of {', '.join(choices)}"
    return _KINDS.get(kind, kind)


_KINDS: Final = {
    "days": "number of days",
    "operator": "operator",
    "operand": "what the operator takes",
    "second": "end of a range",
    "segment": "id of a segment",
    "events": "list of event types",
    "flag": "true or false",
    "word": "text",
}
