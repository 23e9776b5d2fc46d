"""Exports: start one, report its status and serve its file while the link is valid (one hour)."""

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
    """The column with the id of the exported object."""
    work: str
    """The kind of work that writes the file."""
    link: str
    """The download path; `{}` is the export's id."""
    types: Mapping[str, str]
    """Format to content type."""

    def start(self, context: SandboxContext, owner_id: int, format: str) -> Answer:
        """Queue an export, and delete files whose links have expired."""
        self._drop_expired(context)
        columns = {
            self.owner: owner_id,
            "format": format,
            "status": "pending",
            "created_at": context.now,
        }
        export_id = insert(context.connection, self.table, columns)
        enqueue(context, self.work, export_id)
        return answer(self._show(self.row(context, export_id)), status=202)

    def status(self, context: SandboxContext, call: Call, owner_id: int) -> Answer:
        """Report the status of an export."""
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
        """Serve the finished file until its link expires; `stem` is its name without the suffix."""
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
            ApiRefusal: 404, there is no such export.
        """
        row: sqlite3.Row | None = context.connection.execute(
            f"SELECT * FROM {self.table} WHERE id = ?", (export_id,)
        ).fetchone()
        if row is None:
            raise not_found()
        return row

    def _drop_expired(self, context: SandboxContext) -> None:
        """Delete expired files; their rows stay, so a download answers 410."""
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
