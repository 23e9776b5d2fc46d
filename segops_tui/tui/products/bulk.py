"""Set one attribute of many products: asked for, confirmed, sent in chunks."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from segops_tui import wording
from segops_tui.api.errors import Invalid, SegOpsError
from segops_tui.nouns import products as nouns
from segops_tui.nouns.column import said
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.core.text import crop, one_line
from segops_tui.tui.dialogs.confirm import Confirm
from segops_tui.tui.dialogs.form import AskForm
from segops_tui.tui.dialogs.form_fields import FormField
from segops_tui.tui.products.fields import attributes_of, bulk_items, read_attribute

if TYPE_CHECKING:
    from collections.abc import Sequence

    from segops_tui.api.resources.products import Product
    from segops_tui.tui.products.pane import ProductsPane

CHUNK: Final = 500
"""Products in one request (contract §4.2)."""


@dataclass(frozen=True, slots=True)
class AttributeChange:
    """An attribute and its new value; None removes it."""

    name: str
    value: Any

    @property
    def words(self) -> str:
        """The change as text."""
        if self.value is None:
            return one_line(f"{self.name} removed")
        return crop(one_line(f"{self.name} = {said(self.value)}"), 60)


def cannot_set_attribute(pane: ProductsPane) -> str:
    """There must be products, fields to set, and no bulk change under way."""
    if not pane.chosen:
        return pane.none_chosen()
    if not attributes_of(pane.schema):
        return "The schema has no fields yet. Press e to edit one product."
    return "An attribute is being set already." if pane.bulk_progress else ""


async def set_attribute(pane: ProductsPane) -> None:
    """Ask for an attribute and its value, confirm, then send it for the chosen products."""
    rows = [product for product in pane.chosen if product.sku]
    counted = pane.counted(rows)
    profile = pane.workspace.profile.name
    names = [field.name for field in attributes_of(pane.schema)]

    async def read(body: dict[str, Any]) -> AttributeChange:
        return _read(pane, body)

    form = AskForm(
        f"Set an attribute of {counted}",
        [
            FormField("field", "Attribute", "choice", names[0], options=names),
            FormField("value", "Value", hint="as in a product's form; empty removes it"),
        ],
        send=read,
        profile=profile,
        note="Nothing is sent before you confirm.",
    )
    change: AttributeChange | None = await pane.ask(form)
    if change is None:
        return
    requests = wording.plural(-(-len(rows) // pane.chunk), "request")
    line = _command(change, rows)
    confirm = Confirm(
        f"Change {counted}?",
        lines=[
            change.words,
            wording.listed([pane.noun.label(row) for row in rows]),
            f"Present values are replaced. {requests} of at most {pane.chunk} products.",
        ],
        profile=profile,
        yes=f"Change {counted}",
        command=line,
    )
    if await pane.ask(confirm):
        pane.log_command(line)
        await _send(pane, change, rows)


async def _send(pane: ProductsPane, change: AttributeChange, rows: Sequence[Product]) -> None:
    upsert = pane.workspace.client.products.bulk_upsert
    done, rejected = 0, list[Any]()
    failure: SegOpsError | None = None
    with pane.workspace.changes.one():
        try:
            for start in range(0, len(rows), pane.chunk):
                pane.bulk_progress = f"◌ setting {start:,} of {len(rows):,}"
                pane.name_list()
                items = bulk_items(rows[start : start + pane.chunk], change.name, change.value)
                answer = await upsert(items)
                rejected += answer.errors
                done = start + len(items)
        except SegOpsError as error:
            failure = error
        finally:
            pane.bulk_progress = ""
    pane.name_list()
    pane.refetch()
    words = f"{change.words}, of {wording.plural(done - len(rejected), 'product')}"
    if failure is not None:
        line = one_line(f"{words}; then: {problem_of(failure).line}")
        pane.notify(line, title="Stopped", severity="error", markup=False)
    elif rejected:
        first = rejected[0] if isinstance(rejected[0], dict) else {}
        why = one_line(f"{first.get('sku') or 'one'}: {first.get('error') or 'rejected'}")
        line = f"{words}; {len(rejected):,} rejected, {crop(why, 120)}"
        pane.notify(line, title="Set, not everywhere", severity="warning", markup=False)
    else:
        pane.table.clear_marks()
        pane.notify(words, title="Set", markup=False)


def _read(pane: ProductsPane, body: dict[str, Any]) -> AttributeChange:
    field = next(f for f in attributes_of(pane.schema) if f.name == body["field"])
    value, fault = read_attribute(field, str(body.get("value") or ""), pane.schema)
    if fault:
        raise Invalid(fault, status=400, body={"value": [fault]})
    return AttributeChange(field.name, value)


def _command(change: AttributeChange, rows: Sequence[Product]) -> str:
    """The command that does the same; its input is a here-string of bash and zsh."""
    items = bulk_items(rows, change.name, change.value)
    line = nouns.SET.command_line(file="-")
    return f"{line} <<< {shlex.quote(json.dumps(items, ensure_ascii=False))}"
