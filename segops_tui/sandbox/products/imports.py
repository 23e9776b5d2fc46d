"""CSV imports: upload a file, confirm its columns, import it slice by slice (contract §4.3).

A slice, its counters and its place in the file are one transaction, so a kill loses no row and
doubles none. Row 1 is the first after the header; blank lines are not counted.
"""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.catalogue.rows import RowRules
from segops_tui.sandbox.core.calls import answer, dump
from segops_tui.sandbox.core.context import SandboxContext, change, enqueue, insert
from segops_tui.sandbox.core.errors import invalid, not_found, refused
from segops_tui.sandbox.core.paging import listed
from segops_tui.sandbox.core.timestamps import DAY, wire
from segops_tui.sandbox.core.worker import Later, QueuedWork, WorkKind
from segops_tui.sandbox.products.columns import suggest_mapping, suggest_schema
from segops_tui.sandbox.products.csv_file import NotCsv, Scan, open_records, scan, spool
from segops_tui.sandbox.products.handlers import ProductRow, catalogue_changed, upsert
from segops_tui.sandbox.products.schema import (
    FIXED,
    parse_fields,
    store_schema,
    stored_schema,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from segops_tui.sandbox.core.calls import Answer, Call

KEPT_UNCONFIRMED: Final = 7 * DAY
_SKIPPED: Final = frozenset({None, "", "skip", "__skip__"})
_DECODED: Final = ("headers", "sample_rows", "suggested_schema", "suggested_mapping")
SLICE_ROWS: Final = 5_000
SLICE_BYTES: Final = 4 << 20
MOST_LISTED: Final = 100
"""Errors shown in a list of imports."""
MOST_WHILE_RUNNING: Final = 1_000
"""Errors shown of an import that is not done; the end shows all."""
_CLEAN_UP: Final = "tidy"


@dataclass(slots=True)
class ReceivedUpload:
    """An upload on disk, read once; its file is deleted unless it is kept."""

    path: Path
    filename: str
    digest: bytes
    found: Scan
    is_kept: bool = False


@contextmanager
def receive_upload(call: Call, context: SandboxContext) -> Iterator[ReceivedUpload]:
    """Copy an upload to disk and scan it, before the database is locked.

    Raises:
        ApiRefusal: 400, the file cannot be imported.
    """
    if call.upload is None:
        raise invalid("file", "No file was submitted.")
    if not call.upload.filename.lower().endswith(".csv"):
        raise invalid("file", "The file's name must end in .csv.")
    path = context.ensure_folder() / f"upload-{os.urandom(8).hex()}.csv"
    try:
        digest = spool(call.upload.file, path)
        if not path.stat().st_size:
            raise invalid("file", "The submitted file is empty.")
        received = ReceivedUpload(path, call.upload.filename, digest, _scanned(path))
        yield received
    except BaseException:
        # The import was not stored, even if the handler had kept the file.
        path.unlink(missing_ok=True)
        raise
    if not received.is_kept:
        path.unlink()


def upload(context: SandboxContext, _call: Call, received: ReceivedUpload) -> Answer:
    """Start an import: report the contents of the file and suggest a mapping."""
    _drop_unconfirmed(context)
    found = received.found
    rows = context.connection.execute("SELECT header, target FROM remembered_columns")
    mapping = suggest_mapping(found, remembered={row["header"]: row["target"] for row in rows})
    schema = suggest_schema(found, mapping, existing=stored_schema(context)["fields"])
    job_id = insert(
        context.connection,
        "imports",
        {
            "status": "mapping",
            "filename": received.filename,
            "file": received.path.name,
            "headers": dump(found.headers),
            "sample_rows": dump(found.preview),
            "suggested_schema": dump(schema),
            "suggested_mapping": dump(mapping),
            "total_rows": found.rows,
            "created_at": context.now,
        },
    )
    received.is_kept = True
    return answer(_show(_row(context, job_id)), status=201)


def list_all(context: SandboxContext, call: Call) -> Answer:
    """List the imports, ascending by id."""
    return listed(context.connection, call, table="imports", show=_show_in_list)


def get(context: SandboxContext, _call: Call, job_id: int) -> Answer:
    """Show an import and its progress."""
    return answer(_show(_row(context, job_id)))


def confirm(context: SandboxContext, call: Call, job_id: int) -> Answer:
    """Accept the column mapping and schema, and start importing."""
    job = _row(context, job_id)
    if job["status"] != "mapping":
        raise refused(f"The import is {job['status']}, not waiting for a mapping.")
    body = call.json()
    if not isinstance(body, dict):
        raise refused("An object is required.")
    columns = _columns(job, body.get("mapping", body.get("column_mapping")))
    fields = _fields(job, body.get("schema"), columns)
    _save_fields(context, fields)
    _remember(context, job, columns)
    decided = {"columns": columns, "fields": fields}
    change(
        context.connection,
        "imports",
        job_id,
        {"mapping": dump(decided), "status": "importing"},
    )
    enqueue(context, "import", job_id, wait=0)
    return answer({"job_id": job_id, "status": "importing"}, status=202)


def _remember(context: SandboxContext, job: sqlite3.Row, columns: Mapping[str, str | None]) -> None:
    """Remember the mapping for later files; a skipped empty column is not remembered."""
    filled = {h for row in json.loads(job["sample_rows"]) for h, cell in row.items() if cell}
    context.connection.executemany(
        "INSERT OR REPLACE INTO remembered_columns (header, target) VALUES (?, ?)",
        [(h, target) for h, target in columns.items() if target is not None or h in filled],
    )


def _scanned(path: Path) -> Scan:
    try:
        return scan(path)
    except NotCsv as error:
        raise invalid("file", str(error)) from error


def _row(context: SandboxContext, job_id: int) -> sqlite3.Row:
    row: sqlite3.Row | None = context.connection.execute(
        "SELECT * FROM imports WHERE id = ?", (job_id,)
    ).fetchone()
    if row is None:
        raise not_found()
    return row


def _columns(job: sqlite3.Row, given: Any) -> dict[str, str | None]:
    """Map every header to its target; without a mapping the suggestion applies."""
    if given is None:
        given = json.loads(job["suggested_mapping"])
    if not isinstance(given, dict):
        raise invalid("mapping", "An object from header to field is required.")
    headers: list[str] = json.loads(job["headers"])
    errors = [
        f'"{header}" is not a column of the file.' for header in given if header not in headers
    ]
    columns: dict[str, str | None] = dict.fromkeys(headers)
    for header, target in given.items():
        if not isinstance(target, str | None):
            errors.append(f'"{header}": a field name is required.')
        elif target not in _SKIPPED and target in columns.values():
            errors.append(f'"{target}" is mapped twice.')
        elif target not in _SKIPPED:
            columns[header] = target
    if "sku" not in columns.values():
        errors.append("A column must be mapped to sku.")
    if errors:
        raise invalid("mapping", *errors)
    return columns


def _fields(job: sqlite3.Row, given: Any, columns: dict[str, str | None]) -> list[dict[str, Any]]:
    """Return the fields to save: those given, plus one for each target without a field."""
    suggested = json.loads(job["suggested_schema"])
    listed_fields = given.get("fields") if isinstance(given, dict) else given
    if listed_fields is None:
        listed_fields = [field for field in suggested if field["name"] in columns.values()]
    if not isinstance(listed_fields, list):
        raise invalid("schema", "A list of fields is required.")
    fields = parse_fields(listed_fields, name="schema")
    named = {field["name"] for field in fields} | FIXED
    missing = [target for target in columns.values() if target and target not in named]
    suggestions = {field["name"]: field for field in suggested}
    plain = {"type": "string", "required": False, "description": ""}
    return [*fields, *(suggestions.get(name) or {"name": name, **plain} for name in missing)]


def _save_fields(context: SandboxContext, fields: list[dict[str, Any]]) -> None:
    """Add the fields to the schema; existing fields stay."""
    merged = {field["name"]: field for field in stored_schema(context)["fields"]}
    merged.update((field["name"], field) for field in fields)
    store_schema(context, {"fields": list(merged.values())})


def _drop_unconfirmed(context: SandboxContext) -> None:
    """Fail imports that were not confirmed for a week, and delete their files."""
    unconfirmed = context.connection.execute(
        "SELECT id, file FROM imports WHERE status = 'mapping' AND created_at < ?",
        (context.now - KEPT_UNCONFIRMED,),
    ).fetchall()
    for job in unconfirmed:
        (context.folder / job["file"]).unlink(missing_ok=True)
        columns = {"status": "failed", "error_message": "The mapping was never confirmed."}
        change(context.connection, "imports", job["id"], columns)


def _show_in_list(row: sqlite3.Row) -> dict[str, Any]:
    shown = _show(row)
    return {**shown, "errors": shown["errors"][:MOST_LISTED]}


def _show(row: sqlite3.Row) -> dict[str, Any]:
    errors = json.loads(row["errors"])
    mapping = None if row["mapping"] is None else json.loads(row["mapping"])["columns"]
    return {
        "id": row["id"],
        "job_id": row["id"],
        "status": row["status"],
        "filename": row["filename"],
        **{name: json.loads(row[name]) for name in _DECODED},
        "errors": errors if row["status"] == "done" else errors[:MOST_WHILE_RUNNING],
        "mapping": mapping,
        "total_rows": row["total_rows"],
        "processed_rows": row["processed_rows"],
        "created_count": row["created_count"],
        "updated_count": row["updated_count"],
        "error_rows": row["error_rows"],
        "error_message": row["error_message"],
        "created_at": wire(row["created_at"]),
        "completed_at": wire(row["completed_at"]),
    }


@dataclass(slots=True)
class _SliceOfRows:
    """The rows of one slice."""

    first: int
    rows: list[ProductRow] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)
    offset: int = 0
    is_last: bool = True

    @property
    def count(self) -> int:
        """Rows read, good and bad."""
        return len(self.rows) + len(self.errors)

    def take(self, record: Sequence[str], headers: Sequence[str], rules: RowRules) -> None:
        """Add a row, or the reason why it is rejected."""
        number = self.first + self.count
        try:
            row = rules.read(record)
        except ValueError as error:
            sku = rules.cell(record, "sku")
            self.errors.append({"row": number, "sku": sku, "error": str(error)})
        else:
            raw = dict(zip(headers, record, strict=False))
            self.rows.append(ProductRow(row.sku, row.name, row.data, raw))


def _step(context: SandboxContext, work: QueuedWork) -> Later | None:
    job = context.connection.execute(
        "SELECT * FROM imports WHERE id = ?", (work.subject_id,)
    ).fetchone()
    if work.state == _CLEAN_UP:
        (context.folder / job["file"]).unlink(missing_ok=True)
        return None
    part = _read_slice(context, job)
    created, updated = upsert(context, part.rows, source="csv")
    columns = {
        "processed_rows": job["processed_rows"] + part.count,
        "created_count": job["created_count"] + created,
        "updated_count": job["updated_count"] + updated,
        "error_rows": job["error_rows"] + len(part.errors),
        "file_offset": part.offset,
    }
    if part.errors:
        columns["errors"] = dump([*json.loads(job["errors"]), *part.errors])
    if part.is_last:
        columns |= {"status": "done", "completed_at": context.now}
        catalogue_changed(context)
    change(context.connection, "imports", job["id"], columns)
    # Delete the file only after the transaction that ends the import is committed.
    return Later(context.now, state=_CLEAN_UP if part.is_last else "running", pause=True)


def _fail(context: SandboxContext, work: QueuedWork, words: str) -> None:
    columns = {"status": "failed", "error_message": words, "completed_at": context.now}
    change(context.connection, "imports", work.subject_id, columns)


def _read_slice(context: SandboxContext, job: sqlite3.Row) -> _SliceOfRows:
    headers, mapping = json.loads(job["headers"]), json.loads(job["mapping"])
    currency = stored_schema(context)["default_currency"]
    rules = RowRules(headers, mapping["columns"], mapping["fields"], currency=currency)
    part = _SliceOfRows(first=job["processed_rows"] + 1)
    with (context.folder / job["file"]).open("rb") as file:
        _, records = open_records(file, offset=job["file_offset"])
        start = records.offset
        for record in records:
            part.take(record, headers, rules)
            if part.count >= SLICE_ROWS or records.offset - start >= SLICE_BYTES:
                part.is_last = False
                break
        part.offset = records.offset
    return part


IMPORT: Final = WorkKind(step=_step, fail=_fail)
