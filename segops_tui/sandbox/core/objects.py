"""List, get, create, update, replace and delete for the objects of one table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from segops_tui.sandbox.core.calls import Answer, Call, answer
from segops_tui.sandbox.core.context import SandboxContext, change, insert
from segops_tui.sandbox.core.errors import not_found
from segops_tui.sandbox.core.paging import listed

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from segops_tui.sandbox.core.body_fields import BodyForm, Intent

    Show = Callable[[sqlite3.Row], dict[str, Any]]
    Read = Callable[[BodyForm, SandboxContext, sqlite3.Row | None], dict[str, Any]]
    Saved = Callable[[SandboxContext, int, dict[str, Any]], None]
    Warn = Callable[[SandboxContext, dict[str, Any]], list[str]]
    Deleted = Callable[[SandboxContext, int], None]


class Objects:
    """The objects of one table.

    `read` turns a body into the columns to write, `show` a row into JSON; `saved` is called with
    the id and those columns after a write. Rows are read from `view`, if the table lacks columns.
    `warn` returns what is odd in what was written, which the answer to a write then lists.
    """

    def __init__(
        self,
        table: str,
        *,
        read: Read,
        show: Show,
        saved: Saved | None = None,
        deleted: Deleted | None = None,
        warn: Warn | None = None,
        view: str = "",
    ) -> None:
        self.table, self.show, self._view = table, show, view or table
        self._warn = warn
        self._read, self._saved, self._deleted = read, saved, deleted

    def row(self, context: SandboxContext, object_id: int) -> sqlite3.Row:
        """One stored row.

        Raises:
            ApiRefusal: 404, there is no such object.
        """
        row: sqlite3.Row | None = context.connection.execute(
            f"SELECT * FROM {self._view} WHERE id = ?", (object_id,)
        ).fetchone()
        if row is None:
            raise not_found()
        return row

    def list(self, context: SandboxContext, call: Call) -> Answer:
        """List one page, ascending by id."""
        return listed(context.connection, call, table=self._view, show=self.show)

    def get(self, context: SandboxContext, _call: Call, object_id: int) -> Answer:
        """Show one object."""
        return answer(self.show(self.row(context, object_id)))

    def create(self, context: SandboxContext, call: Call) -> Answer:
        """Create an object."""
        columns = self._read(_form(call, intent="create"), context, None)
        stamps = {"created_at": context.now, "updated_at": context.now}
        object_id = insert(context.connection, self.table, {**columns, **stamps})
        return self._saved_answer(context, object_id, columns, status=201)

    def update(self, context: SandboxContext, call: Call, object_id: int) -> Answer:
        """Update the given fields."""
        return self._write(context, call, object_id, intent="update")

    def replace(self, context: SandboxContext, call: Call, object_id: int) -> Answer:
        """Replace the object; an absent optional field is left unchanged."""
        return self._write(context, call, object_id, intent="replace")

    def delete(self, context: SandboxContext, _call: Call, object_id: int) -> Answer:
        """Delete an object."""
        self.row(context, object_id)
        context.connection.execute(f"DELETE FROM {self.table} WHERE id = ?", (object_id,))
        if self._deleted is not None:
            self._deleted(context, object_id)
        return Answer(204)

    def _write(
        self, context: SandboxContext, call: Call, object_id: int, *, intent: Intent
    ) -> Answer:
        row = self.row(context, object_id)
        columns = self._read(_form(call, intent=intent), context, row)
        change(context.connection, self.table, object_id, {**columns, "updated_at": context.now})
        return self._saved_answer(context, object_id, columns, status=200)

    def _saved_answer(
        self, context: SandboxContext, object_id: int, columns: dict[str, Any], *, status: int
    ) -> Answer:
        if self._saved is not None:
            self._saved(context, object_id, columns)
        shown = self.show(self.row(context, object_id))
        if self._warn is not None and (warnings := self._warn(context, columns)):
            shown["warnings"] = warnings
        return answer(shown, status=status)


class ArrayObjects(Objects):
    """Objects listed all at once as a bare array; `show_listed` shows each."""

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

    def list(self, context: SandboxContext, _call: Call) -> Answer:
        """List all objects, ascending by id."""
        rows = context.connection.execute(f"SELECT * FROM {self.table} ORDER BY id")
        return answer([self._show_listed(row) for row in rows])


def _form(call: Call, *, intent: Intent) -> BodyForm:
    from segops_tui.sandbox.core.body_fields import BodyForm  # noqa: PLC0415  # 1 ms a listing does not need

    return BodyForm(call.json(), intent=intent)
