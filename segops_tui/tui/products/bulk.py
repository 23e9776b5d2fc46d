"""One attribute set on many products at once: asked for, counted, sent in chunks, told as it goes.

Knows the bulk upsert and its limit; what is marked is the pane's it is mixed into.
"""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from textual import on, work
from textual.message import Message

from segops_tui import wording
from segops_tui.api.errors import Invalid, SegOpsError
from segops_tui.api.resources.products import Product, ProductSchema
from segops_tui.nouns.column import said
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.core.text import crop, one_line
from segops_tui.tui.dialogs.confirm import Confirm
from segops_tui.tui.dialogs.form import AskForm
from segops_tui.tui.dialogs.form_fields import FormField
from segops_tui.tui.panes.old_pane import Pane
from segops_tui.tui.products.fields import attributes_of, bulk_items, read_attribute

if TYPE_CHECKING:
    from collections.abc import Sequence

CHUNK: Final = 500
"""Products in one request (contract §4.2)."""


@dataclass(frozen=True, slots=True)
class Setting:
    """An attribute and what it shall be; None takes it away."""

    name: str
    value: Any

    @property
    def words(self) -> str:
        """As a person reads it."""
        if self.value is None:
            return one_line(f"{self.name} taken away")
        return crop(one_line(f"{self.name} = {said(self.value)}"), 60)


class BulkSettingPane(Pane[Product]):
    """A pane whose marked products can be given an attribute."""

    class Progressed(Message):
        """So many have been sent."""

        def __init__(self, done: int, total: int) -> None:
            self.done, self.total = done, total
            super().__init__()

    class WasSet(Message):
        """The last chunk was answered, or one that failed stopped it."""

        def __init__(
            self, setting: Setting, done: int, refused: Sequence[Any], error: SegOpsError | None
        ) -> None:
            self.setting, self.done, self.refused, self.error = setting, done, refused, error
            super().__init__()

    schema: ProductSchema = ProductSchema({})
    chunk = CHUNK
    """Products sent at once."""
    _setting = ""

    def cannot_set(self) -> str:
        """There must be products, fields to set, and nothing being set already."""
        if not self.chosen:
            return "There is no product under the cursor."
        if not attributes_of(self.schema):
            return "The schema has no fields yet; e changes one product."
        return "One attribute is being set already." if self._setting else ""

    def do_set(self) -> None:
        """Ask which attribute, and what it shall be."""
        rows = [product for product in self.chosen if product.sku]
        names = [field.name for field in attributes_of(self.schema)]
        fields = [
            FormField("field", "Attribute", "choice", names[0], options=names),
            FormField("value", "Value", hint="as in a product's form; empty takes it away"),
        ]
        counted = self._counted(rows)

        async def send(body: dict[str, Any]) -> Setting:
            return self._read(body)

        def answered(setting: Setting | None) -> None:
            if setting is not None:
                self._confirm_setting(setting, rows)

        self.app.push_screen(
            AskForm(
                f"Set an attribute of {counted}",
                fields,
                send=send,
                profile=self.workspace.profile.name,
                note="Nothing is sent before you have seen once more what and how many.",
            ),
            answered,
        )

    def list_note(self) -> str:
        """How far it is."""
        return " · ".join(filter(None, [self._setting, super().list_note()]))

    @work(group="set")
    async def _set(self, setting: Setting, rows: Sequence[Product]) -> None:
        upsert = self.workspace.client.products.bulk_upsert
        done, refused = 0, list[Any]()
        try:
            for start in range(0, len(rows), self.chunk):
                self.post_message(self.Progressed(start, len(rows)))
                items = bulk_items(rows[start : start + self.chunk], setting.name, setting.value)
                answer = await upsert(items)
                refused += answer.errors
                done = start + len(items)
        except SegOpsError as error:
            self.post_message(self.WasSet(setting, done, refused, error))
        else:
            self.post_message(self.WasSet(setting, done, refused, None))

    @on(Progressed)
    def _progressed(self, event: Progressed) -> None:
        event.stop()
        self._setting = f"◌ setting {event.done:,} of {event.total:,}"
        self._name_list()

    @on(WasSet)
    def _was_set(self, event: WasSet) -> None:
        event.stop()
        self._setting = ""
        self._name_list()
        self.refetch()
        changed = event.done - len(event.refused)
        words = f"{event.setting.words}, of {wording.plural(changed, 'product')}"
        if event.error is not None:
            line = f"{words}; then: {problem_of(event.error).line}"
            self.notify(one_line(line), title="Stopped", severity="error", markup=False)
        elif event.refused:
            first = event.refused[0] if isinstance(event.refused[0], dict) else {}
            why = one_line(f"{first.get('sku') or 'one'}: {first.get('error') or 'refused'}")
            line = f"{words}; {len(event.refused):,} refused, {crop(why, 120)}"
            self.notify(line, title="Set, not everywhere", severity="warning", markup=False)
        else:
            self.table.clear_marks()
            self.notify(words, title="Set", markup=False)

    def _read(self, body: dict[str, Any]) -> Setting:
        field = next(f for f in attributes_of(self.schema) if f.name == body["field"])
        value, fault = read_attribute(field, str(body.get("value") or ""), self.schema)
        if fault:
            raise Invalid(fault, status=400, body={"value": [fault]})
        return Setting(field.name, value)

    def _confirm_setting(self, setting: Setting, rows: Sequence[Product]) -> None:
        counted = self._counted(rows)
        chunks = wording.plural(-(-len(rows) // self.chunk), "request")
        line = self._command(setting, rows)

        def answered(yes: bool | None) -> None:
            if yes:
                self.run_command(line)
                self._set(setting, rows)

        self.app.push_screen(
            Confirm(
                f"Change {counted}?",
                lines=[
                    setting.words,
                    wording.listed([self.noun.label(row) for row in rows]),
                    f"What was there gives way. {chunks} of at most {self.chunk} products.",
                ],
                profile=self.workspace.profile.name,
                yes=f"Change {counted}",
                command=line,
            ),
            answered,
        )

    def _command(self, setting: Setting, rows: Sequence[Product]) -> str:
        """The command that does the same; its input is a here-string of bash and zsh."""
        items = bulk_items(rows, setting.name, setting.value)
        line = self.named("set").command_line(file="-")
        return f"{line} <<< {shlex.quote(json.dumps(items, ensure_ascii=False))}"

    def _counted(self, rows: Sequence[Product]) -> str:
        return wording.plural(len(rows), self.noun.name, self.noun.plural)
