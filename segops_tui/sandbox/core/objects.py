"""Stored objects: the six things every noun's list and object addresses do.

Knows tables and forms; what a field means, and what follows a save, a noun says itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from segops_tui.sandbox.core.calls import Answer, Call, answer
from segops_tui.sandbox.core.context import SandboxContext, change, insert
from segops_tui.sandbox.core.errors import not_found
from segops_tui.sandbox.core.paging import listed

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from segops_tui.sandbox.core.body_fields import Form, Intent

    Show = Callable[[sqlite3.Row], dict[str, Any]]
    Read = Callable[[Form, SandboxContext, sqlite3.Row | None], dict[str, Any]]
    Saved = Callable[[SandboxContext, int, dict[str, Any]], None]
    Deleted = Callable[[SandboxContext, int], None]


class Objects:
    """The objects of one table, and how they are read from a body and shown.

    `read` answers the columns to write; `saved` is told the id and those columns afterwards.
    """

    def __init__(
        self,
        table: str,
        *,
        read: Read,
        show: Show,
        saved: Saved | None = None,
        deleted: Deleted | None = None,
    ) -> None:
        self.table, self.show = table, show
        self._read, self._saved, self._deleted = read, saved, deleted

    def row(self, context: SandboxContext, object_id: int) -> sqlite3.Row:
        """One stored row.

        Raises:
            ApiRefusal: 404, there is none.
        """
        row: sqlite3.Row | None = context.connection.execute(
            f"SELECT * FROM {self.table} WHERE id = ?", (object_id,)
        ).fetchone()
        if row is None:
            raise not_found()
        return row

    def list(self, context: SandboxContext, call: Call) -> Answer:
        """One page of them, ascending by id."""
        return listed(context.connection, call, table=self.table, show=self.show)

    def get(self, context: SandboxContext, _call: Call, object_id: int) -> Answer:
        """One of them."""
        return answer(self.show(self.row(context, object_id)))

    def create(self, context: SandboxContext, call: Call) -> Answer:
        """Add one."""
        columns = self._read(_form(call, intent="create"), context, None)
        stamps = {"created_at": context.now, "updated_at": context.now}
        object_id = insert(context.connection, self.table, {**columns, **stamps})
        self._tell(context, object_id, columns)
        return answer(self.show(self.row(context, object_id)), status=201)

    def update(self, context: SandboxContext, call: Call, object_id: int) -> Answer:
        """Change the fields given."""
        return self._write(context, call, object_id, intent="update")

    def replace(self, context: SandboxContext, call: Call, object_id: int) -> Answer:
        """Write the whole object; an optional field left out stays as it is."""
        return self._write(context, call, object_id, intent="replace")

    def delete(self, context: SandboxContext, _call: Call, object_id: int) -> Answer:
        """Delete one."""
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
        self._tell(context, object_id, columns)
        return answer(self.show(self.row(context, object_id)))

    def _tell(self, context: SandboxContext, object_id: int, columns: dict[str, Any]) -> None:
        if self._saved is not None:
            self._saved(context, object_id, columns)


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

    def list(self, context: SandboxContext, _call: Call) -> Answer:
        """All of them, ascending by id."""
        rows = context.connection.execute(f"SELECT * FROM {self.table} ORDER BY id")
        return answer([self._show_listed(row) for row in rows])


def _form(call: Call, *, intent: Intent) -> Form:
    from segops_tui.sandbox.core.body_fields import Form  # noqa: PLC0415  # 1 ms that a listing does not owe

    return Form(call.json(), intent=intent)
