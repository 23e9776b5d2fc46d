"""`--debug`: said on stderr, written to a private log of bounded size, and never a secret."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING

import pytest

from segops_tui.api.errors import NotFound
from segops_tui.api.exchange import Attempt, Reply
from segops_tui.cli.core import debug_log
from segops_tui.cli.core.context import Invocation
from segops_tui.cli.core.debug_log import DebugLog
from segops_tui.cli.core.options import Shared
from segops_tui.client.pipeline import Trace

if TYPE_CHECKING:
    from tests.cli.conftest import Program

KEY = "sk_test_0123456789abcdef"


def test_every_attempt_is_said_and_written_down(program: Program) -> None:
    ended = program("segments", "get", "1", "--debug", "-o", "name")

    log = program.home / "state" / "logs" / "debug.log"
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    line = log.read_text()
    assert f" {os.getpid()} GET /segments/1/ 200 " in line
    assert "Accept='application/json'" in line
    assert "  > Accept: application/json" in ended.err
    assert "  < x-request-id: req_" in ended.err


def test_a_download_is_traced_too(program: Program, tmp_path: Path) -> None:
    ended = program("segments", "export", "1", "--to", str(tmp_path / "x.csv"), "--debug")

    assert ended.code == 0, ended.err
    assert "/download/ 200" in ended.err


def test_without_debug_nothing_is_written(program: Program) -> None:
    program("segments", "get", "99")

    assert not (program.home / "state" / "logs").exists()


def test_a_log_that_cannot_be_written_stops_nobody(program: Program) -> None:
    (program.home / "state" / "logs").write_text("")

    ended = program("segments", "get", "1", "--debug", "-o", "name")

    assert (ended.code, ended.out) == (0, "1\n")
    assert "no debug log" in ended.err


@pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/full")
def test_a_log_on_a_full_disk_stops_nobody(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def on_full_disk(_self: object) -> IO[str]:
        return Path("/dev/full").open("w", encoding="utf-8")

    monkeypatch.setattr(debug_log._Private, "_open", on_full_disk)

    ended = program("segments", "get", "1", "--debug", "-o", "name")

    assert (ended.code, ended.out) == (0, "1\n")
    assert "GET /segments/1/ 200" in ended.err
    assert "the debug log is incomplete" in ended.err
    assert "No space left on device" in ended.err


def test_neither_key_nor_cookie_nor_signed_link_is_traced() -> None:
    attempt = Attempt(
        "GET",
        "https://files.example.com/x?signature=abc",
        headers={"Authorization": f"ApiKey {KEY}", "X-Note": f"see {KEY}"},
    )
    reply = Reply(
        302, {"set-cookie": "session=abc", "location": "https://x.example/?signature=abc"}, b"", 0.0
    )

    for answer in (reply, None, NotFound("gone", status=404, body={"detail": "signature=abc"})):
        trace = Trace.of(attempt, answer, 0.1)
        assert KEY not in repr(trace)
        assert "abc" not in repr(trace).replace("sk_test_…cdef", "")


def test_the_log_turns_over_and_every_part_is_private(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(debug_log, "_MOST", 2_000)
    before = os.umask(0)
    log = DebugLog(tmp_path / "logs" / "debug.log")
    for number in range(200):
        log.trace(Trace("GET", f"/segments/{number}/", 200, 0.01, "req_1"))
    log.close()
    os.umask(before)

    files = sorted((tmp_path / "logs").iterdir())
    assert [file.name for file in files] == ["debug.log", *(f"debug.log.{n}" for n in (1, 2, 3))]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert all(file.stat().st_size <= 2_000 for file in files)


def test_a_log_that_is_a_link_is_not_followed(program: Program, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("")
    (program.home / "state" / "logs").mkdir()
    (program.home / "state" / "logs" / "debug.log").symlink_to(elsewhere)

    ended = program("segments", "get", "1", "--debug", "-o", "name")

    assert ended.code == 0
    assert elsewhere.read_text() == ""


def test_nothing_else_logs(program: Program) -> None:
    """The HTTP library logs whole addresses to whoever listens; nobody does."""
    ended = program.alone("segments", "list", "--debug", "-o", "name")

    assert ended.code == 0
    assert "HTTP Request" not in ended.err
    assert sys.executable not in ended.err


def test_in_the_console_traces_go_to_the_log_alone_and_production_is_locked(
    program: Program, capsys: pytest.CaptureFixture[str]
) -> None:
    program.config.write_text('[profiles.prod]\nkey_env = "X"\n')
    with Invocation(
        Shared(profile="prod", debug=True), {"SEGOPS_TUI_HOME": str(program.home)}
    ) as run:
        options = run.console_options()
        assert options.trace is not None
        options.trace(Trace("GET", "/segments/", 200, 0.01, "req_1"))

    assert options.lock is not None
    assert not options.lock.is_unlocked
    assert capsys.readouterr().err == ""
    assert "GET /segments/ 200" in (program.home / "state" / "logs" / "debug.log").read_text()
