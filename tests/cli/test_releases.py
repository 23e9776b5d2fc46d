"""The notice of a newer release: when it is shown, and what its look-up sends and is given."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pexpect
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segops_tui.cli import releases
from segops_tui.cli.releases import is_wanted, latest_of, notice, numbers, read, write

if TYPE_CHECKING:
    from collections.abc import Iterator

AT = "https://example.com/releases/latest"
DAY = 24 * 60 * 60
NAMES = st.sampled_from(["tag_name", "info", "version"])
NOW = 1_800_000_000.0
KEY = "sk_test_0000000000000000000000000000"

DOCUMENTS = st.recursive(
    st.none() | st.text() | st.integers(),
    lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner),
    max_leaves=6,
)
"""What a service might answer."""


class Asked(list[str]):
    """Addresses that a look-up was started for; the answer is noted if there is one."""

    def __init__(self, latest: str | None = None) -> None:
        self._latest = latest

    def __call__(self, file: Path, address: str) -> None:
        self.append(address)
        if self._latest:
            write(file, latest=self._latest)


def test_the_run_after_a_look_up_tells_of_the_release_and_asks_once_a_day(tmp_path: Path) -> None:
    file = tmp_path / "state" / "releases.json"
    asked = Asked("1.3.0")

    def told(now: float) -> str | None:
        return notice(file, "1.2.0", AT, now=now, look_up=asked)

    assert told(NOW) is None
    assert (told(NOW + 1) or "").startswith(
        "A new release of segops-tui is available: 1.2.0 → 1.3.0\n"
    )
    assert asked == [AT]
    told(NOW + DAY)
    assert asked == [AT, AT]
    told(NOW - 500)
    assert asked == [AT, AT, AT], "a clock that was set back does not put it off"


def test_a_look_up_that_fails_waits_for_its_day(tmp_path: Path) -> None:
    asked = Asked()
    for now in (NOW, NOW + 1, NOW + DAY - 1):
        assert notice(tmp_path / "r.json", "1.2.0", AT, now=now, look_up=asked) is None
    assert asked == [AT]


@pytest.mark.parametrize("current", ["1.2.1.dev3+g0a1b2c3", "1.3.0rc1", "0+unknown"])
def test_a_build_between_releases_asks_nothing(tmp_path: Path, current: str) -> None:
    asked = Asked("9.9.9")

    assert notice(tmp_path / "r.json", current, AT, now=NOW, look_up=asked) is None
    assert asked == []


@pytest.mark.parametrize("at", ["http://example.com/x", "ftp://example.com", "https://a:b@c.d/"])
def test_an_unsafe_address_is_said_and_never_asked(tmp_path: Path, at: str) -> None:
    asked = Asked("9.9.9")

    text = notice(tmp_path / "r.json", "1.2.0", at, now=NOW, look_up=asked)

    assert text is not None
    assert text.startswith("No release was looked for: its address (SEGOPS_RELEASES_URL, or")
    assert asked == []


@pytest.mark.parametrize("text", ["", "[", "[]", '{"asked": "x", "latest": 3}', '{"asked": null}'])
def test_a_damaged_note_is_as_none(tmp_path: Path, text: str) -> None:
    file = tmp_path / "r.json"
    file.write_text(text)

    assert read(file) == {"asked": 0.0, "latest": ""}


def test_a_folder_that_cannot_be_written_means_no_notice(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    asked = Asked("9.9.9")

    assert notice(tmp_path / "file" / "r.json", "1.2.0", AT, now=NOW, look_up=asked) is None
    assert asked == []


@pytest.mark.parametrize("variable", ["CI", "BUILD_NUMBER", "RUN_ID", "SEGOPS_NO_UPDATE_NOTIFIER"])
def test_it_is_off_in_continuous_integration_and_by_a_variable(variable: str) -> None:
    assert is_wanted({})
    assert is_wanted({variable: ""})
    assert not is_wanted({variable: "1"})


def test_the_usual_documents_are_understood() -> None:
    assert latest_of({"tag_name": "v1.3.0", "name": "x"}) == "1.3.0"
    assert latest_of({"info": {"version": "1.3.0"}}) == "1.3.0"
    assert latest_of({"version": "1.3.0"}) == "1.3.0"
    assert latest_of({"tag_name": "nightly"}) is None


@given(DOCUMENTS)
def test_no_document_is_a_traceback_and_only_numbers_are_taken_from_it(document: Any) -> None:
    found = latest_of(document)

    assert found is None or numbers(found)


@given(st.lists(st.integers(0, 999), min_size=2, max_size=4))
def test_a_release_is_its_numbers(parts: list[int]) -> None:
    assert numbers("v" + ".".join(map(str, parts))) == tuple(parts)


@pytest.fixture
def service() -> Iterator[tuple[str, list[dict[str, str]]]]:
    """A release service on this machine, and the headers of each request."""
    seen: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append({"path": self.path, **self.headers})
            body = json.dumps({"tag_name": "v99.0.0"}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/latest", seen
        server.shutdown()
        thread.join()


def test_a_look_up_notes_the_release_and_gets_and_sends_no_key(
    tmp_path: Path, service: tuple[str, list[dict[str, str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    at, seen = service
    file = tmp_path / "releases.json"
    started: list[tuple[subprocess.Popen[bytes], dict[str, Any]]] = []
    really = subprocess.Popen

    def popen(words: list[str], **how: Any) -> subprocess.Popen[bytes]:
        child = really(words, **how)
        started.append((child, how))
        child.wait(timeout=240)
        return child

    monkeypatch.setattr(subprocess, "Popen", popen)
    environ = {**os.environ, "SEGOPS_API_KEY": KEY, "PYTHONPATH": os.pathsep.join(sys.path)}
    write(file, asked=5.0)

    releases.start(file, at, environ)

    assert read(file) == {"asked": 5.0, "latest": "99.0.0"}
    assert seen[0]["path"] == "/latest"
    assert KEY not in str(seen)
    ((_, how),) = started
    assert not [name for name in how["env"] if name.startswith("SEGOPS_")]
    assert how["start_new_session"]


def test_it_is_shown_on_a_terminal_after_the_output_and_nowhere_else(
    tmp_path: Path,
) -> None:
    file = tmp_path / "state" / "releases.json"
    script = (
        "import segops_tui._version as v; v.__version__ = '1.2.0'; "
        "from segops_tui.cli import main; main()"
    )
    environ = {
        **{k: v for k, v in os.environ.items() if k not in {"CI", "BUILD_NUMBER", "RUN_ID"}},
        "SEGOPS_TUI_HOME": str(tmp_path),
        "SEGOPS_RELEASES_URL": "http://127.0.0.1:9/none",
    }
    words = ["-c", script, "config", "path"]
    write(file, asked=time.time(), latest="1.4.0")

    piped = subprocess.run(
        [sys.executable, *words], env=environ, capture_output=True, text=True, check=False
    )
    on_terminal, code = pexpect.run(
        shlex.join([sys.executable, *words]), env=environ, withexitstatus=True, encoding="utf-8"
    )

    assert (piped.returncode, piped.stderr) == (0, "")
    assert code == 0
    assert on_terminal.index("config.toml") < on_terminal.index("available: 1.2.0 → 1.4.0")
