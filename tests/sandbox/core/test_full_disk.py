"""A full disk: nothing is half stored or left behind, and work goes on when there is space."""

from __future__ import annotations

import errno
import io
import json

import pytest

from segops_tui.sandbox.core.app import Call, UploadedFile
from segops_tui.sandbox.products import imports
from segops_tui.sandbox.segments import exports

ANY = {
    "logic": "AND",
    "conditions": [{"type": "event_count", "event_type": "x", "operator": "gte", "value": 1}],
}


@pytest.fixture
def fill(sandbox):
    """Give the database no page more than it has, or again as many as it wants."""

    def limit(is_full):
        connection = sandbox.store.connection()
        pages = connection.execute("PRAGMA page_count").fetchone()[0] if is_full else 1_000_000
        connection.execute(f"PRAGMA max_page_count = {pages}")

    return limit


def _upload(sandbox, rows):
    content = b"sku,name\n" + b"".join(b"S%d,Product %d\n" % (n, n) for n in range(rows))
    file = UploadedFile("catalogue.csv", "text/csv", io.BytesIO(content))
    return sandbox.answer(Call("POST", "/api/pim/import/csv/", upload=file))


def _files(sandbox):
    return list(sandbox.store.folder.glob("*"))


def test_an_upload_that_finds_no_space_leaves_no_file(sandbox, monkeypatch):
    def spool(_source, path):
        path.write_bytes(b"sku")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(imports, "spool", spool)

    answer = _upload(sandbox, 10)

    assert answer.status == 507
    assert b"No space left on device. Free some space." in answer.body
    assert _files(sandbox) == []


def test_an_upload_that_the_database_cannot_note_leaves_no_file(sandbox, fill):
    fill(is_full=True)
    wide = b",".join(b"column %d" % n for n in range(1_900)) + b"\n"
    file = UploadedFile("wide.csv", "text/csv", io.BytesIO(wide * 2))

    answer = sandbox.answer(Call("POST", "/api/pim/import/csv/", upload=file))

    assert answer.status == 507
    assert b"full" in answer.body
    assert _files(sandbox) == []


def test_an_import_goes_on_when_there_is_space_again(sandbox, ask, fill):
    job = json.loads(_upload(sandbox, 12_000).body)["id"]
    ask.ok("POST", f"/api/pim/import/{job}/confirm/")
    fill(is_full=True)

    during = [sandbox.answer(Call("GET", f"/api/pim/import/{job}/")).status for _ in range(3)]
    fill(is_full=False)
    after = [ask.ok("GET", f"/api/pim/import/{job}/") for _ in range(3)][-1]

    assert during == [507] * 3
    assert (after["status"], after["created_count"]) == ("done", 12_000)


def test_an_export_goes_on_when_there_is_space_again(sandbox, ask, monkeypatch):
    ask.ok("POST", "/api/segments/", {"name": "s", "definition": ANY})
    ask.ok("POST", "/api/segments/1/export/", {"format": "csv"})
    sound = exports._write_csv

    def full(path, _rows):
        path.write_bytes(b"half a fi")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(exports, "_write_csv", full)
    with pytest.raises(OSError, match="No space"):
        sandbox.settle()
    left = _files(sandbox)
    monkeypatch.setattr(exports, "_write_csv", sound)
    sandbox.settle()

    assert left == []
    assert ask.ok("GET", "/api/segments/1/export/?export_id=1")["status"] == "complete"
