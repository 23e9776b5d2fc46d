"""Stored objects: the six things every noun's list and object addresses do.

Knows tables and forms; what a field means, and what follows a save, a noun says itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from segops_tui.sandbox.core.calls import Answer, Call, answer
from segops_tui.sandbox.core.context import Workspace, change, insert
from segops_tui.sandbox.core.errors import not_found
from segops_tui.sandbox.core.paging import listed

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from segops_tui.sandbox.core.body_fields import Form, Intent

    Show = Callable[[sqlite3.Row], dict[str, Any]]
    Read = Callable[[Form, Workspace, sqlite3.Row | None], dict[str, Any]]
    Saved = Callable[[Workspace, int, dict[str, Any]], None]
    Deleted = Callable[[Workspace, int], None]


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

    def row(self, workspace: Workspace, object_id: int) -> sqlite3.Row:
        """One stored row.

        Raises:
            Problem: 404, there is none.
        """
        row: sqlite3.Row | None = workspace.connection.execute(
            f"SELECT * FROM {self.table} WHERE id = ?", (object_id,)
        ).fetchone()
        if row is None:
            raise not_found()
        return row

    def list(self, workspace: Workspace, call: Call) -> Answer:
        """One page of them, ascending by id."""
        return listed(workspace.connection, call, table=self.table, show=self.show)

    def get(self, workspace: Workspace, _call: Call, object_id: int) -> Answer:
        """One of them."""
        return answer(self.show(self.row(workspace, object_id)))

    def create(self, workspace: Workspace, call: Call) -> Answer:
        """Add one."""
        columns = self._read(_form(call, intent="create"), workspace, None)
        stamps = {"created_at": workspace.now, "updated_at": workspace.now}
        object_id = insert(workspace.connection, self.table, {**columns, **stamps})
        self._tell(workspace, object_id, columns)
        return answer(self.show(self.row(workspace, object_id)), status=201)

    def update(self, workspace: Workspace, call: Call, object_id: int) -> Answer:
        """Change the fields given."""
        return self._write(workspace, call, object_id, intent="update")

    def replace(self, workspace: Workspace, call: Call, object_id: int) -> Answer:
        """Write the whole object; an optional field left out stays as it is."""
        return self._write(workspace, call, object_id, intent="replace")

    def delete(self, workspace: Workspace, _call: Call, object_id: int) -> Answer:
        """Delete one."""
        self.row(workspace, object_id)
        workspace.connection.execute(f"DELETE FROM {self.table} WHERE id = ?", (object_id,))
        if self._deleted is not None:
            self._deleted(workspace, object_id)
        return Answer(204)

    def _write(self, workspace: Workspace, call: Call, object_id: int, *, intent: Intent) -> Answer:
        row = self.row(workspace, object_id)
        columns = self._read(_form(call, intent=intent), workspace, row)
        change(
            workspace.connection, self.table, object_id, {**columns, "updated_at": workspace.now}
        )
        self._tell(workspace, object_id, columns)
        return answer(self.show(self.row(workspace, object_id)))

    def _tell(self, workspace: Workspace, object_id: int, columns: dict[str, Any]) -> None:
        if self._saved is not None:
            self._saved(workspace, object_id, columns)


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


def _form(call: Call, *, intent: Intent) -> Form:
    from segops_tui.sandbox.core.body_fields import Form  # noqa: PLC0415  # 1 ms that a listing does not owe

    return Form(call.json(), intent=intent)
