"""Files made on request, whose links live an hour: what every kind of export does alike.

Knows the table of a kind, its owner's column and its link; how a file is made is its kind's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from segops_tui.sandbox.core.calls import Answer, answer
from segops_tui.sandbox.core.context import enqueue, insert
from segops_tui.sandbox.core.errors import REQUIRED, invalid, not_found, refused
from segops_tui.sandbox.core.timestamps import wire

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from segops_tui.sandbox.core.calls import Call
    from segops_tui.sandbox.core.context import SandboxContext


@dataclass(frozen=True, slots=True)
class ExportedFiles:
    """The exports of one kind."""

    table: str
    owner: str
    """The column that says what was exported."""
    work: str
    """The kind of work that makes the file."""
    link: str
    """The address of a finished file, `{}` being the export's id."""
    types: Mapping[str, str]
    """Format to content type."""

    def start(self, context: SandboxContext, owner_id: int, wanted: str) -> Answer:
        """Accept an export, and remove the files whose links are dead."""
        self._drop_expired(context)
        columns = {
            self.owner: owner_id,
            "format": wanted,
            "status": "pending",
            "created_at": context.now,
        }
        export_id = insert(context.connection, self.table, columns)
        enqueue(context, self.work, export_id)
        return answer(self._show(self.row(context, export_id)), status=202)

    def status(self, context: SandboxContext, call: Call, owner_id: int) -> Answer:
        """How far an export is."""
        export_id = call.argument("export_id")
        if export_id is None:
            raise invalid("export_id", REQUIRED)
        if not (export_id.isascii() and export_id.isdigit() and len(export_id) < 19):
            raise invalid("export_id", "A valid integer is required.")
        row = self.row(context, int(export_id))
        if row[self.owner] != owner_id:
            raise not_found()
        return answer(self._show(row))

    def download(self, context: SandboxContext, row: sqlite3.Row, *, stem: str) -> Answer:
        """The finished file, for an hour; `stem` names it without its ending."""
        if row["status"] != "complete":
            raise not_found()
        path = context.folder / row["file"]
        if context.now >= row["expires_at"] or not path.is_file():
            raise refused("Export link expired.", status=410)
        headers = {
            "content-type": self.types[row["format"]],
            "content-length": str(path.stat().st_size),
            "content-disposition": f'attachment; filename="{stem}.{row["format"]}"',
        }
        return Answer(200, headers, file=path)

    def row(self, context: SandboxContext, export_id: int) -> sqlite3.Row:
        """One export.

        Raises:
            ApiRefusal: 404, there is none.
        """
        row: sqlite3.Row | None = context.connection.execute(
            f"SELECT * FROM {self.table} WHERE id = ?", (export_id,)
        ).fetchone()
        if row is None:
            raise not_found()
        return row

    def _drop_expired(self, context: SandboxContext) -> None:
        """Their rows stay, and answer 410."""
        rows = context.connection.execute(
            f"SELECT file FROM {self.table} WHERE expires_at <= ? AND file IS NOT NULL",
            (context.now,),
        )
        for row in rows:
            (context.folder / row["file"]).unlink(missing_ok=True)

    def _show(self, row: sqlite3.Row) -> dict[str, Any]:
        is_complete = row["status"] == "complete"
        return {
            "id": row["id"],
            "export_id": row["id"],
            "status": row["status"],
            "format": row["format"],
            "download_url": self.link.format(row["id"]) if is_complete else None,
            "expires_at": wire(row["expires_at"]),
            "error": row["error"],
        }
