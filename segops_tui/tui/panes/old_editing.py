"""Making and changing rows of a pane in a form.

Knows no noun; the pane it is mixed into says what is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from segops_tui.tui.core.text import one_line
from segops_tui.tui.dialogs.form import Form
from segops_tui.tui.dialogs.form_fields import set_options
from segops_tui.tui.panes.old_deleting import DeletingPane
from segops_tui.tui.panes.old_viewing import R

if TYPE_CHECKING:
    from collections.abc import Sequence

    from segops_tui.tui.dialogs.form_fields import FormField


class EditingPane(DeletingPane[R]):
    """A pane whose rows can be made, changed and deleted."""

    form: ClassVar[type[Form]] = Form
    """What asks."""

    def form_fields(self, row: R | None) -> Sequence[FormField]:
        """What is asked for, of a row that there is or of a new one."""
        raise NotImplementedError

    def saved(self, row: R, *, is_new: bool) -> None:
        """Show a row as the server now has it."""
        raise NotImplementedError

    def as_body(self, row: R | None, values: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002
        """What the API takes for what the form holds."""
        return values

    def as_options(
        self,
        row: R | None,  # noqa: ARG002
        fields: Sequence[FormField],
        body: dict[str, Any],
    ) -> list[str]:
        """The options of a command line that sends the same."""
        return set_options(fields, body)

    async def send_new(self, body: dict[str, Any]) -> R:
        """Make it.

        Raises:
            SegOpsError: the server did not.
        """
        made: R = await self.resource().create(**body)
        return made

    async def send_changes(self, row: R, body: dict[str, Any]) -> R:
        """Change it.

        Raises:
            SegOpsError: the server did not.
        """
        changed: R = await self.resource().update(self.noun.key(row), **body)
        return changed

    def do_create(self) -> None:
        """Ask for a new one."""
        self.ask_new(self.form_fields(None))

    def ask_new(self, fields: Sequence[FormField]) -> None:
        """Ask for a new one in these fields, which may have something in them."""

        def command(values: dict[str, Any]) -> str:
            options = self.as_options(None, fields, self.as_body(None, values))
            return self.named("create").command_line(fields=options)

        async def send(values: dict[str, Any]) -> R:
            made = await self.send_new(self.as_body(None, values))
            self.run_command(command(values))
            return made

        self._ask(f"New {self.noun.name}", fields, send, command, is_new=True)

    def cannot_edit(self) -> str:
        """Changing needs a row."""
        return "" if self.row is not None else f"There is no {self.noun.name} under the cursor."

    def do_edit(self) -> None:
        """Ask what shall be otherwise."""
        row = self.row
        if row is None:
            return
        fields = self.form_fields(row)
        key = self.noun.key(row)

        def command(values: dict[str, Any]) -> str:
            options = self.as_options(row, fields, self.as_body(row, values))
            return self.named("edit").command_line(id=key, fields=options)

        async def send(values: dict[str, Any]) -> R:
            changed = await self.send_changes(row, self.as_body(row, values))
            self.run_command(command(values))
            return changed

        self._ask(f"Change {self.noun.label(row)}", fields, send, command, is_new=False)

    def _ask(
        self, title: str, fields: Sequence[FormField], send: Any, command: Any, *, is_new: bool
    ) -> None:
        def answered(row: R | None) -> None:
            if row is not None:
                self.saved(row, is_new=is_new)
                self.notify(
                    one_line(self.noun.label(row)),
                    title=f"{self.noun.name.capitalize()} {'made' if is_new else 'changed'}",
                    markup=False,
                    timeout=4,
                )

        self.app.push_screen(
            self.form(
                title,
                fields,
                send=send,
                profile=self.workspace.profile.name,
                command=command,
                changed_only=not is_new,
            ),
            answered,
        )
