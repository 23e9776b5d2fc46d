"""The segment a rule is edited for: its name and description as fields, and how it is saved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual import on
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input

from segops_tui.tui.core.text import one_line
from segops_tui.tui.dialogs.form_fields import FormField, read, set_options
from segops_tui.tui.rules.draft import START, format_definition
from segops_tui.tui.widgets.plain_text import PlainText
from segops_tui.tui.widgets.text_input import TextInput

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.app import ComposeResult

    from segops_tui.api.condition_types import Kind
    from segops_tui.nouns.action import Action


@dataclass(frozen=True, slots=True)
class EditedSegment:
    """A segment of either kind, new or existing, as the rule editor sees it."""

    kind: Kind
    one: str
    """The noun in the singular."""
    resource: Any
    """The client's namespace, which has `create` and `update`."""
    save: Action
    """The create or edit action, whose command line is the equivalent one."""
    row: Any = None
    """The segment as the server has it; None for a new one."""

    @property
    def lines(self) -> tuple[FormField, FormField]:
        """Its name and its description."""
        raw = {} if self.row is None else self.row.raw
        # As they are displayed, so that an untouched name counts as unchanged.
        name, description = (one_line(raw.get(key) or "") for key in ("name", "description"))
        return (
            FormField("name", "Name", value=name, required=True),
            FormField("description", "Description", value=description),
        )

    @property
    def rule(self) -> FormField:
        """Its rule."""
        raw = {} if self.row is None else self.row.raw
        return FormField("definition", "Rule", "json", value=raw.get("definition") or None)

    @property
    def text(self) -> str:
        """The text its rule is edited from."""
        rule = self.rule.value
        return START if rule is None else format_definition(rule)

    def command(self, body: dict[str, Any]) -> str:
        """The command line that sends a body."""
        options = set_options((self.rule, *self.lines), body)
        if self.row is None:
            return self.save.command_line(fields=options)
        return self.save.command_line(id=self.row.id, fields=options)

    async def send(self, body: dict[str, Any]) -> Any:
        """Create or update it; returns the segment as the server then has it."""
        if self.row is None:
            return await self.resource.create(**body)
        return await self.resource.update(self.row.id, **body)


class FieldLines(Vertical):
    """Compact form fields, one line each, with their faults below."""

    DEFAULT_CSS = """
    FieldLines {
        height: auto; padding: 0 1;
        .line { height: 1; width: 1fr; }
        .line .label { width: 13; color: $text-muted; }
        .line Input, .line Input:focus {
            width: 1fr; height: 1; border: none; padding: 0 1; background: $panel;
        }
        .line Input:focus { background: $block-cursor-blurred-background; }
        .fault { height: auto; padding-left: 14; color: $error; display: none; }
        .fault.-shown { display: block; }
    }
    """

    class Changed(Message):
        """The user typed into a field."""

    def __init__(self, fields: Sequence[FormField], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._fields = fields
        self._inputs = {
            field.name: TextInput(
                field.typed, placeholder=field.hint, compact=True, select_on_focus=False
            )
            for field in fields
        }
        self._faults = {field.name: PlainText(classes="fault") for field in fields}

    def compose(self) -> ComposeResult:
        """Label and input, and the fault below them."""
        for field in self._fields:
            with Horizontal(classes="line"):
                mark = (" *" if field.required else "", "$primary")
                label = Content.assemble(field.label, mark)
                yield PlainText(label, classes="label")
                yield self._inputs[field.name]
            yield self._faults[field.name]

    @property
    def values(self) -> dict[str, Any]:
        """The values that were typed."""
        return {
            field.name: read(field, self._inputs[field.name].value).value for field in self._fields
        }

    @property
    def is_changed(self) -> bool:
        """Whether any field differs from its initial value."""
        return any(self._inputs[field.name].value != field.typed for field in self._fields)

    def begin(self) -> None:
        """Focus the first field."""
        self._inputs[self._fields[0].name].focus()

    def check(self) -> bool:
        """Show each field's fault and focus the first faulty one; True where there is none."""
        faults = {
            field.name: read(field, self._inputs[field.name].value).fault for field in self._fields
        }
        return not self.show_faults(faults)

    def show_faults(self, faults: Mapping[str, str]) -> bool:
        """Show faults at their fields; whether there was one."""
        first = ""
        for name, line in self._faults.items():
            fault = faults.get(name, "")
            line.update(Content(one_line(fault)))
            line.set_class(bool(fault), "-shown")
            first = first or (name if fault else "")
        if first:
            self._inputs[first].focus()
        return bool(first)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        for name, line in self._inputs.items():
            if line is event.input:
                self._faults[name].set_class(False, "-shown")
        self.post_message(self.Changed())
