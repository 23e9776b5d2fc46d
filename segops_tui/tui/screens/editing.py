"""Making and changing rows of a pane in a form.

Knows no noun; the pane it is mixed into says what is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from segops_tui.tui.form_fields import set_options
from segops_tui.tui.screens.deleting import DeletingPane
from segops_tui.tui.screens.form import FormScreen
from segops_tui.tui.screens.viewing import R

if TYPE_CHECKING:
    from collections.abc import Sequence

    from segops_tui.tui.form_fields import FormField


class EditingPane(DeletingPane[R]):
    """A pane whose rows can be made, changed and deleted."""

    def form_fields(self, row: R | None) -> Sequence[FormField]:
        """What is asked for, of a row that there is or of a new one."""
        raise NotImplementedError

    def saved(self, row: R, *, is_new: bool) -> None:
        """Show a row as the server now has it."""
        raise NotImplementedError

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

        def command(body: dict[str, Any]) -> str:
            return self.named("create").command_line(fields=set_options(fields, body))

        async def send(body: dict[str, Any]) -> R:
            made = await self.send_new(body)
            self.run_command(command(body))
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

        def command(body: dict[str, Any]) -> str:
            return self.named("edit").command_line(id=key, fields=set_options(fields, body))

        async def send(body: dict[str, Any]) -> R:
            changed = await self.send_changes(row, body)
            self.run_command(command(body))
            return changed

        self._ask(f"Change {self.noun.label(row)}", fields, send, command, is_new=False)

    def _ask(
        self, title: str, fields: Sequence[FormField], send: Any, command: Any, *, is_new: bool
    ) -> None:
        def answered(row: R | None) -> None:
            if row is not None:
                self.saved(row, is_new=is_new)
                self.notify(
                    f"{self.noun.label(row)}",
                    title=f"{self.noun.name.capitalize()} {'made' if is_new else 'changed'}",
                    markup=False,
                    timeout=4,
                )

        self.app.push_screen(
            FormScreen(
                title,
                fields,
                send=send,
                profile=self.workspace.profile.name,
                command=command,
                changed_only=not is_new,
            ),
            answered,
        )
