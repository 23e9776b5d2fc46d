"""What the sandbox loads and how much memory it takes, measured in processes of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

LISTS = """
import json, sys
from segops_tui.sandbox.core.app import Call, Sandbox
from segops_tui.sandbox.core.in_process import InProcess

with Sandbox(sys.argv[1]) as sandbox:
    assert sandbox.answer(Call("GET", "/api/segments/")).status == 200
print(json.dumps(sorted(sys.modules)))
"""

IMPORTS = """
import json, sys, tempfile
from pathlib import Path
from segops_tui.sandbox.core.app import Call, Sandbox, UploadedFile


def peak_of_an_import(path, rows):
    with Sandbox(path, pace=0) as sandbox, tempfile.TemporaryFile() as file:
        file.write(b"sku,name,price,note\\n")
        for number in range(rows):
            file.write(b"S%d,Product %d,%d.50,%s\\n" % (number, number, number, b"x" * 200))
        file.seek(0)
        upload = UploadedFile("catalogue.csv", "text/csv", file)
        answer = sandbox.answer(Call("POST", "/api/pim/import/csv/", upload=upload))
        assert answer.status == 201, answer.body
        sandbox.answer(Call("POST", "/api/pim/import/1/confirm/"))
        sandbox.settle()
        done = json.loads(sandbox.answer(Call("GET", "/api/pim/import/1/")).body)
        assert done["created_count"] == rows, done
    # Not `ru_maxrss`: a child begins with its parent's peak there.
    status = Path("/proc/self/status").read_text().splitlines()
    (peak,) = [line for line in status if "VmHWM" in line]
    return int(peak.split()[1])


print([peak_of_an_import(sys.argv[1], 5_000), peak_of_an_import(sys.argv[2], 20_000)])
"""


def _run(script, *arguments):
    found = subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        check=True,
        capture_output=True,
        text=True,
        timeout=240,
    )
    return json.loads(found.stdout)


def test_a_listing_loads_neither_http_nor_screen_nor_event_loop(sandbox_path):
    loaded = set(_run(LISTS, sandbox_path))

    dear = {"httpx", "textual", "rich", "asyncio", "uvicorn", "hashlib", "importlib.resources",
            "tempfile", "segops_tui.client", "segops_tui.sandbox.rules.compiler",
            "segops_tui.sandbox.core.worker", "segops_tui.api.definition"}  # fmt: skip
    assert loaded & dear == set()


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the kernel tells no peak")
def test_an_import_takes_constant_memory(tmp_path):
    """Four slices' worth of rows (5 MB) peak within 4 MiB of one slice's."""
    one, four = _run(IMPORTS, tmp_path / "one.sqlite3", tmp_path / "four.sqlite3")

    assert (four - one) / 1024 < 4
