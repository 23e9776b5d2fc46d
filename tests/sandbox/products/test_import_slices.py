"""An import goes on where it was, whatever happened in between."""

from __future__ import annotations

import io
import json
import subprocess
import sys

import pytest

from segops_tui.sandbox.core.app import Call, UploadedFile

ROWS = 12_000

# Dies inside the second slice, when its rows are half written.
KILLED = """
import os, sys
from datetime import datetime, UTC
from segops_tui.sandbox.core.app import Sandbox

sandbox = Sandbox(sys.argv[1], clock=lambda: datetime(2026, 6, 1, 13, tzinfo=UTC))
sandbox.tick()

def die_at(statement):
    if statement.startswith("INSERT INTO products") and "S7000" in statement:
        os._exit(9)

sandbox.store.connection().set_trace_callback(die_at)
sandbox.tick()
"""


@pytest.fixture
def begin(sandbox):
    """Upload and confirm a file; answers the job's id."""

    def upload(content, **confirmation):
        file = UploadedFile("catalogue.csv", "text/csv", io.BytesIO(content))
        answer = sandbox.answer(Call("POST", "/api/pim/import/csv/", upload=file))
        job = json.loads(answer.body)["id"]
        body = json.dumps(confirmation).encode()
        answer = sandbox.answer(Call("POST", f"/api/pim/import/{job}/confirm/", body=body))
        assert answer.status == 202, answer.body
        return job

    return upload


def _catalogue(rows):
    return b"sku,name\n" + b"".join(b"S%d,Product %d\n" % (n, n) for n in range(rows))


def test_each_look_imports_a_slice(ask, begin):
    job = begin(_catalogue(ROWS))

    looks = [ask.ok("GET", f"/api/pim/import/{job}/") for _ in range(3)]

    assert [look["processed_rows"] for look in looks] == [5_000, 10_000, 12_000]
    assert [look["status"] for look in looks] == ["importing", "importing", "done"]


def test_a_kill_in_the_middle_of_a_slice_loses_nothing_and_doubles_nothing(
    ask, begin, sandbox, sandbox_path
):
    """The slice that was cut is done again, whole; the one before is not."""
    job = begin(_catalogue(ROWS))

    killed = subprocess.run([sys.executable, "-c", KILLED, sandbox_path], check=False, timeout=240)
    connection = sandbox.store.connection()
    after = connection.execute("SELECT processed_rows, created_count FROM imports").fetchone()
    sandbox.settle()
    done = ask.ok("GET", f"/api/pim/import/{job}/")

    assert killed.returncode == 9
    assert tuple(after) == (5_000, 5_000)
    assert (done["status"], done["processed_rows"], done["created_count"]) == ("done", ROWS, ROWS)
    assert (done["updated_count"], done["error_rows"]) == (0, 0)
    assert ask.ok("GET", "/api/pim/products/?page_size=1")["count"] == ROWS


def test_the_file_is_gone_when_the_import_is_done(begin, sandbox):
    begin(_catalogue(10))
    (file,) = sandbox.store.folder.iterdir()

    sandbox.settle()

    assert not file.exists()


def test_records_over_several_lines_keep_their_place_in_the_file(ask, begin):
    """Quoted line breaks, blank lines and CRLF: the next slice starts at the next record."""
    record = b'%d;"a\r\nb %d";"\xc3\xa9;""x"""\r\n\r\n;;\r\n'
    rows = b"".join(record % (number, number) for number in range(5_002))
    job = begin(b"\xef\xbb\xbfsku;name;note\r\n" + rows)

    looks = [ask.ok("GET", f"/api/pim/import/{job}/")["processed_rows"] for _ in range(2)]

    products = ask.ok("GET", "/api/pim/products/?limit=4&offset=4998")["results"]
    assert looks == [5_000, 5_002]
    assert [(p["sku"], p["name"], p["data"]) for p in products] == [
        (str(number), f"a\r\nb {number}", {"note": 'é;"x"'}) for number in range(4_998, 5_002)
    ]


def test_every_error_is_kept_and_a_list_of_imports_shows_a_hundred(ask, begin, sandbox):
    job = begin(b"sku,n\n" + b",1\n" * 5_500 + b"ok,1\n")

    running = ask.ok("GET", f"/api/pim/import/{job}/")
    sandbox.settle()
    done = ask.ok("GET", f"/api/pim/import/{job}/")
    listed = ask.ok("GET", "/api/pim/import/")["results"][-1]

    assert (running["status"], running["error_rows"]) == ("importing", 5_000)
    assert len(running["errors"]) == 1_000
    assert (done["status"], done["error_rows"], done["created_count"]) == ("done", 5_500, 1)
    assert [error["row"] for error in done["errors"]] == list(range(1, 5_501))
    assert (listed["error_rows"], len(listed["errors"])) == (5_500, 100)


def test_a_sku_twice_in_one_file_is_created_and_then_updated(ask, begin, sandbox):
    job = begin(b"sku,name,a,b\nX,First,1,\nX,,,2\n")
    sandbox.settle()

    done = ask.ok("GET", f"/api/pim/import/{job}/")
    (product,) = ask.ok("GET", "/api/pim/products/")["results"]

    assert (done["created_count"], done["updated_count"]) == (1, 1)
    assert (product["name"], product["data"]) == ("First", {"a": 1, "b": 2})


def test_a_required_field_left_empty_is_an_error_of_its_row(ask, begin, sandbox):
    schema = [{"name": "brand", "type": "string", "required": True}]
    job = begin(b"sku,brand\n1,Oak\n2,\n", mapping={"sku": "sku", "brand": "brand"}, schema=schema)
    sandbox.settle()

    done = ask.ok("GET", f"/api/pim/import/{job}/")

    assert done["errors"] == [{"row": 2, "sku": "2", "error": "brand: This field is required."}]


def test_a_row_with_more_values_than_columns_is_an_error(ask, begin, sandbox):
    job = begin(b"sku,brand\n1,Oak,,\n2,Elm,extra\n")
    sandbox.settle()

    done = ask.ok("GET", f"/api/pim/import/{job}/")

    assert (done["created_count"], done["errors"]) == (
        1,
        [{"row": 2, "sku": "2", "error": "3 values for 2 columns."}],
    )


def test_an_import_whose_file_has_gone_fails_with_a_reason(ask, begin, sandbox):
    job = begin(b"sku\n1\n")
    (file,) = sandbox.store.folder.iterdir()
    file.unlink()

    failed = ask.ok("GET", f"/api/pim/import/{job}/")

    assert failed["status"] == "failed"
    assert "No such file" in failed["error_message"]


def test_an_import_has_computed_product_segments_follow(ask, begin, sandbox):
    """Only those that were computed before."""
    rule = {"type": "product_attribute", "property": "sku", "operator": "is_set"}
    body = {"name": "all", "definition": {"logic": "AND", "conditions": [rule]}}
    for _ in range(2):
        ask.ok("POST", "/api/product-segments/", body)
    ask.ok("POST", "/api/product-segments/1/compute/")
    sandbox.settle()

    begin(b"sku\n1\n2\n")
    sandbox.settle()

    segments = ask.ok("GET", "/api/product-segments/")["results"]
    assert [segment["computed_count"] for segment in segments] == [2, 0]


def test_what_nobody_confirms_for_a_week_is_dropped(ask, sandbox, clock):
    def upload():
        file = UploadedFile("a.csv", "text/csv", io.BytesIO(b"sku\n1\n"))
        return sandbox.answer(Call("POST", "/api/pim/import/csv/", upload=file)).status

    upload()
    clock.advance(days=8)
    upload()

    assert [ask.ok("GET", f"/api/pim/import/{n}/")["status"] for n in (1, 2)] == [
        "failed",
        "mapping",
    ]
    assert len(list(sandbox.store.folder.iterdir())) == 1


def test_fields_of_earlier_imports_stay_in_the_schema(ask, begin):
    begin(b"sku,brand\n1,Oak\n")
    begin(b"sku,weight\n1,5\n")

    fields = ask.ok("GET", "/api/pim/schema/")["fields"]

    assert [(field["name"], field["type"]) for field in fields] == [
        ("brand", "string"),
        ("weight", "number"),
    ]
