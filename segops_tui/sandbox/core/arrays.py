"""What the nouns whose lists are bare arrays share (contract §1.7): such a list, arrays of text.

Knows forms and tables; knows no noun.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from segops_tui.sandbox.core.calls import Answer, Call, answer
from segops_tui.sandbox.core.objects import Objects

if TYPE_CHECKING:
    from collections.abc import Container

    from segops_tui.sandbox.core.body_fields import Form
    from segops_tui.sandbox.core.context import Workspace
    from segops_tui.sandbox.core.objects import Deleted, Read, Show


class ArrayObjects(Objects):
    """Objects that are listed all at once, without an envelope, as `show_listed` shows them."""

    def __init__(
        self,
        table: str,
        *,
        read: Read,
        show: Show,
        show_listed: Show | None = None,
        deleted: Deleted | None = None,
    ) -> None:
        super().__init__(table, read=read, show=show, deleted=deleted)
        self._show_listed = show_listed or show

    def list(self, workspace: Workspace, _call: Call) -> Answer:
        """All of them, ascending by id."""
        rows = workspace.connection.execute(f"SELECT * FROM {self.table} ORDER BY id")
        return answer([self._show_listed(row) for row in rows])


def read_texts(
    form: Form, name: str, *, longest: int = 255, choices: Container[str] | None = None
) -> None:
    """Read an array of strings: trimmed, none blank or twice."""
    if name not in form.body and form.intent != "create":
        return
    form.array(name)
    given = form.values.get(name, [])
    texts = [item.strip() for item in given if isinstance(item, str)]
    if len(texts) < len(given):
        form.refuse(name, "Not a valid string.")
    elif "" in texts:
        form.refuse(name, "This field may not be blank.")
    elif any(len(text) > longest for text in texts):
        form.refuse(name, f"Ensure this field has no more than {longest} characters.")
    elif any("\0" in text for text in texts):
        form.refuse(name, "Null characters are not allowed.")
    elif choices is not None and (odd := [text for text in texts if text not in choices]):
        form.refuse(name, *(f'"{text}" is not a valid choice.' for text in odd))
    else:
        form.values[name] = [*dict.fromkeys(texts)]
