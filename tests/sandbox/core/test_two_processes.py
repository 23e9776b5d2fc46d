"""One sandbox file, several processes at once: nothing is lost and nothing done twice."""

from __future__ import annotations

import json
import subprocess
import sys

WRITER = """
import json, sys
from segops_tui.sandbox.core.app import Call, Sandbox

path, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
with Sandbox(path) as sandbox:
    for number in range(count):
        body = json.dumps({"name": f"{name}{number}"}).encode()
        answer = sandbox.answer(Call("POST", "/api/segments/", body=body))
        assert answer.status == 201, answer.body
        events = [{"user_id": "shared", "event_type": "x"}, {"user_id": name, "event_type": "x"}]
        body = json.dumps({"events": events}).encode()
        answer = sandbox.answer(Call("POST", "/api/ingestion/track/batch/", body=body))
        assert answer.status == 202, answer.body
"""

IMPORTER = """
import sys
from segops_tui.sandbox.core.app import Sandbox

with Sandbox(sys.argv[1]) as sandbox:
    while sandbox.tick():
        pass
"""

OPENER = """
import sys
from segops_tui.sandbox.core.app import Call, Sandbox

with Sandbox(sys.argv[1]) as sandbox:
    assert sandbox.answer(Call("GET", "/api/segments/")).status == 200
"""


def _run_together(script, *argument_lists):
    """Start one process for each list of arguments, and insist that all end well."""
    started = [
        subprocess.Popen([sys.executable, "-c", script, *map(str, arguments)])
        for arguments in argument_lists
    ]
    assert [process.wait(timeout=240) for process in started] == [0] * len(started)


def test_two_writers_lose_nothing(sandbox, sandbox_path, ask):
    """Every segment and every event of both is there, and a shared user is counted right."""
    _run_together(WRITER, (sandbox_path, "a", 40), (sandbox_path, "b", 40))

    names = set()
    for page in (1, 2):
        listed = ask.ok("GET", f"/api/segments/?page={page}")
        names |= {item["name"] for item in listed["results"]}
    users = sandbox.store.connection().execute("SELECT user_id, event_count FROM users")
    assert names == {f"{writer}{number}" for writer in "ab" for number in range(40)}
    assert {tuple(row) for row in users} == {("shared", 80), ("a", 40), ("b", 40)}


def test_two_workers_do_each_slice_of_an_import_once(sandbox, sandbox_path, ask):
    """Both look for work as fast as they can; the counts are those of one."""
    job = _begin_import(sandbox, rows=12_000)

    _run_together(IMPORTER, (sandbox_path,), (sandbox_path,))

    sandbox.settle()
    done = ask.ok("GET", f"/api/pim/import/{job}/")
    assert (done["status"], done["processed_rows"]) == ("done", 12_000)
    assert (done["created_count"], done["updated_count"]) == (12_000, 0)
    assert ask.ok("GET", "/api/pim/products/?page_size=1")["count"] == 12_000


def test_several_may_open_a_new_sandbox_at_once(tmp_path):
    path = tmp_path / "new" / "sandbox.sqlite3"

    _run_together(OPENER, *[(path,)] * 4)


def _begin_import(sandbox, *, rows):
    import io

    from segops_tui.sandbox.core.app import Call, UploadedFile

    content = b"sku,name\n" + b"".join(b"S%d,Product %d\n" % (n, n) for n in range(rows))
    file = UploadedFile("catalogue.csv", "text/csv", io.BytesIO(content))
    job = json.loads(sandbox.answer(Call("POST", "/api/pim/import/csv/", upload=file)).body)["id"]
    assert sandbox.answer(Call("POST", f"/api/pim/import/{job}/confirm/")).status == 202
    return job
