"""`schemas`: what an event's payload holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from segops_tui import wording
from segops_tui.cli.core.crud import Facts, shared_verbs
from segops_tui.cli.core.exit_codes import ExitCode
from segops_tui.cli.core.input import FILE, read_object
from segops_tui.nouns.schemas import FAULTS, PROPERTIES, SCHEMAS, property_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from segops_tui.api.resources.schemas import EventSchema
    from segops_tui.cli.core.context import Invocation


def _properties(_run: Invocation, schema: EventSchema) -> Mapping[str, Sequence[str]]:
    rows = [row.raw for row in property_rows([schema.raw])]
    wide = max((len(str(row.get("name", ""))) for row in rows), default=0)
    lines = [
        f"{row.get('name', '')!s:<{wide}}  {row.get('type', '')}"
        f"{', required' if row.get('required') else ''}"
        for row in rows
    ]
    return {"properties": lines or ["none: every payload is taken"]}


FACTS: Final[Facts[EventSchema]] = Facts(
    group="schemas",
    noun=SCHEMAS,
    space=lambda client: client.schemas,
    example="--set event_type=order_placed --set "
    'properties=\'[{"name": "total", "type": "number", "required": true}]\'',
    required=("event_type", "properties"),
    change="--set description='What a shop sold'",
    further=_properties,
)

COMMANDS: Final = shared_verbs(FACTS)


@COMMANDS.command(
    "schemas infer",
    "segops-tui schemas infer events.ndjson",
    "segops-tui schemas infer events.json -o json > schemas.json",
    calls=("schemas.infer",),
)
@click.argument("source", metavar="FILE|-", type=FILE)
def infer(run: Invocation, source: str) -> None:
    """Infer schemas from sample events; stores nothing.

    FILE holds events in the format of `events batch`. A property is required if every sample of
    its type has it.
    """
    from itertools import chain

    from segops_tui.cli.core.input import read_objects

    events = list(chain.from_iterable(read_objects(source, "events", size=500)))
    found = run.client.schemas.infer(events)
    if _is_data(run):
        run.out.data(found.raw)
        return
    run.out.listing(property_rows(found.schemas), PROPERTIES)
    run.talk.note(f"{wording.plural(len(found.schemas), 'schema')} guessed; nothing was stored")


@COMMANDS.command(
    "schemas validate",
    "segops-tui schemas validate order_placed payload.json",
    "segops-tui schemas validate order_placed --set total=49.90",
    calls=("schemas.validate",),
)
@click.argument("event_type", metavar="EVENT")
@click.argument("source", metavar="[FILE|-]", required=False, type=FILE)
@click.option(
    "--set", "sets", metavar="KEY=VALUE", multiple=True,
    help="Set a property, parsed as JSON or else text.",
)  # fmt: skip
def validate(
    run: Invocation, event_type: str, source: str | None, sets: tuple[str, ...]
) -> int | None:
    """Validate one event's payload against its schema; stores nothing.

    FILE holds the payload. Exits 0 if it matches the schema or there is none, else 6.
    """
    payload = read_object(source, sets)
    verdict = run.client.schemas.validate(event_type=event_type, payload=payload)
    if _is_data(run):
        run.out.data(verdict.raw)
    elif verdict.valid and run.out.is_table:
        run.out.line(wording.plain(f"✓ the payload keeps to the schema of {event_type}"))
    else:
        run.out.listing(_fault_rows(verdict.errors), FAULTS)
    return None if verdict.valid else int(ExitCode.INVALID)


def _fault_rows(errors: list[Any]) -> list[Any]:
    from segops_tui.api.record import Record

    return [Record(each if isinstance(each, dict) else {"error": str(each)}) for each in errors]


def _is_data(run: Invocation) -> bool:
    return run.options.output in {"json", "yaml", "ndjson"} and not run.options.fields
