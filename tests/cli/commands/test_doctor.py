"""`doctor`: what it finds, what it advises, and what it never shows."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from segops_tui.api.errors import ConnectionFailed
from segops_tui.cli.commands.doctor import (
    _answered,
    _clock,
    _remedy,
    _tls,
    anonymous,
    libraries,
    proxies,
    terminal,
)
from segops_tui.client.probe import ProbeResult
from segops_tui.sandbox.core.app import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cli.conftest import Program

KEY = "sk_test_0123456789abcdef"
NOW = 1_780_315_200.0


@pytest.fixture
def server(sandbox_path: Path, http_door: Callable[[Any], Any]) -> Iterator[str]:
    with Sandbox(sandbox_path, keys=frozenset({KEY})) as keyed, http_door(keyed) as address:
        yield address


def checks(program: Program, *args: str) -> dict[str, dict[str, Any]]:
    ended = program("doctor", "-o", "json", *args)
    return {check["name"]: check for check in ended.data["checks"]}


def states(found: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {name: check["state"] for name, check in found.items()}


def test_on_the_sandbox_all_is_well(program: Program) -> None:
    ended = program("doctor")

    assert ended.code == 0
    assert "ok    read          the built-in sandbox works, 14 segments" in ended.out
    assert "fail" not in ended.out


def test_with_a_good_key_all_is_well(program: Program, server: str) -> None:
    program.environ |= {"SEGOPS_API_KEY": KEY, "SEGOPS_API_URL": server}

    ended = program("doctor", "-o", "json")

    assert ended.code == 0, ended.out
    assert ended.data["healthy"] is True
    found = {check["name"]: check for check in ended.data["checks"]}
    assert {"server", "tls", "clock", "key", "read", "proxy", "terminal"} <= found.keys()
    assert found["key"]["found"].startswith("sk_test_…cdef, a secret key, from environment")
    assert found["server"]["found"].endswith(" ms")
    assert KEY not in ended.out + ended.err


def test_a_key_that_is_refused_fails_with_a_remedy(program: Program, server: str) -> None:
    program.environ |= {"SEGOPS_API_KEY": "sk_test_ffffffffffff", "SEGOPS_API_URL": server}

    found = checks(program)

    assert program("doctor").code == 1
    assert (found["server"]["state"], found["read"]["state"]) == ("ok", "fail")
    assert "401" in found["read"]["found"]
    assert "profiles add" in found["read"]["remedy"]


def test_offline_it_says_so_and_everything_else(program: Program) -> None:
    program.environ |= {"SEGOPS_API_KEY": KEY, "SEGOPS_API_URL": "http://127.0.0.1:9/api"}

    ended = program("doctor", "--timeout", "2")

    assert ended.code == 1
    assert "fail  server" in ended.out
    assert "→ Is the address right" in ended.out
    assert "ok    key" in ended.out


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        ("x = \n", "config", "not valid"),
        ("defualt = 1\n", "config", "faults in line 1"),
        ('default = "gone"\n', "profile", "No such profile: 'gone'"),
        ('default = "x"\n[profiles.x]\nkey_env = "NOT_SET"\n', "key", "NOT_SET is not set"),
        ('default = "x"\n[profiles.x]\nkey = "pk_live_0123456789"\n', "key", "public key"),
        ('default = "x"\n[profiles.x]\nkeyring = true\n', "keyring", "not installed"),
    ],
)
def test_what_is_wrong_with_the_setup_fails_with_a_remedy(
    program: Program, text: str, name: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "keyring", None)
    program.config.write_text(text + 'api_url = "http://127.0.0.1:9/api"\n' * ("[" in text))
    program.config.chmod(0o600)

    found = checks(program)

    assert found[name]["state"] == "fail"
    assert words.replace("not valid", "Expected") in found[name]["found"] or (
        words == "not valid" and "line 1" in found[name]["found"]
    )
    assert found[name]["remedy"]
    assert program("doctor").code == 1


def test_rights_that_are_too_open_are_a_warning(program: Program) -> None:
    program.config.write_text("version = 1\n")
    program.config.chmod(0o644)

    found = checks(program)["config"]

    assert (found["state"], found["remedy"][:10]) == ("warn", "chmod 600 ")


@pytest.mark.parametrize(
    ("textual", "state", "words"),
    [
        ("8.2.5", "ok", "textual 8.2.5"),
        ("8.10", "ok", "textual 8.10"),
        ("8.2.4", "fail", "textual 8.2.4 is older than 8.2.5"),
        ("8.2", "fail", "textual 8.2 is older than 8.2.5"),
        (None, "fail", "textual is missing"),
    ],
)
def test_a_library_that_is_older_than_required_is_named(
    textual: str | None, state: str, words: str
) -> None:
    installed = {"textual": textual, "rich": "14.2"}
    required = ["rich>=14.2", "textual>=8.2.5", 'keyring>=25.0; extra == "keyring"']

    check = libraries(required, installed.get)

    assert check.state == state
    assert words in check.found
    assert "keyring not installed" in check.found
    assert (check.remedy is None) == (state == "ok")


def test_the_report_compares_with_what_the_package_itself_requires(program: Program) -> None:
    found = checks(program)["libraries"]

    assert found["state"] == "ok"
    assert {"click", "textual", "tomlkit", "keyring"} <= {
        part.split()[0] for part in found["found"].split(", ")
    }


def test_a_report_names_no_person_and_no_key() -> None:
    environ = {"HOME": "/home/ann.smith", "USERPROFILE": "C:\\Users\\ann.smith"}

    said = anonymous(f"/home/ann.smith/.config and C:\\Users\\ann.smith\\x {KEY}", environ)

    assert said == "~/.config and ~\\x sk_test_…cdef"


def test_the_report_shortens_home_folders(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    program.environ["HOME"] = str(program.home.parent)

    ended = program("doctor")

    assert str(program.home.parent) not in ended.out
    assert f"~/{program.home.name}/config/config.toml" in ended.out


def test_a_proxys_password_is_not_shown() -> None:
    check = proxies({"https_proxy": "http://ann:hunter2@proxy.example.com:3128", "NO_PROXY": "x"})

    assert check.found == "HTTPS_PROXY=http://proxy.example.com:3128, NO_PROXY=x"


def test_certificates_that_are_not_there_fail() -> None:
    assert proxies({"SSL_CERT_FILE": "/no/such.pem"}).state == "fail"


@pytest.mark.parametrize(
    ("off", "state", "words"),
    [
        (0, "ok", "within 1 s"),
        (-100, "ok", "within 100 s"),
        (3600, "warn", "3,600 s ahead of"),
        (-3600, "warn", "3,600 s behind"),
    ],
)
def test_a_clock_that_is_wrong_is_told(off: int, state: str, words: str) -> None:
    date = datetime.fromtimestamp(NOW, UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")

    check = _clock(ProbeResult(200, 0.1, date, NOW + off))

    assert (check.state, words in check.found) == (state, True)


def test_only_an_answer_that_tells_of_a_fault_is_told_by_its_number() -> None:
    well, ill = (_answered("https://e.com/api", ProbeResult(s, 0.1, None, NOW)) for s in (404, 502))

    assert (well.state, well.found) == ("ok", "https://e.com/api answers in 100 ms")
    assert (ill.state, ill.found[-8:]) == ("warn", "HTTP 502")


@pytest.mark.parametrize("date", [None, "", "yesterday"])
def test_a_server_that_does_not_tell_the_time_is_no_fault(date: str | None) -> None:
    assert _clock(ProbeResult(200, 0.1, date, NOW)).state == "ok"


@pytest.mark.parametrize(("days", "state"), [(90, "ok"), (10, "warn")])
def test_a_certificate_that_ends_soon_is_told(days: int, state: str) -> None:
    until = datetime.fromtimestamp(NOW, UTC) + timedelta(days=days, hours=1)
    expires = until.strftime("%b %d %H:%M:%S %Y GMT")

    check = _tls(ProbeResult(200, 0.1, None, NOW, "TLSv1.3", expires))

    assert check.state == state
    assert f"TLSv1.3, certificate good until {until.date()} ({days} days)" == check.found


@pytest.mark.parametrize(
    ("environ", "columns", "state", "words"),
    [
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, 120, "ok", "16 million"),
        ({"TERM": "xterm-256color"}, 60, "warn", "256 colours"),
        ({"TERM": "dumb"}, 120, "warn", "TERM=dumb"),
        ({"TERM": "xterm-kitty"}, 120, "ok", "OSC 52: likely"),
        ({"TERM": "tmux-256color", "TMUX": "x"}, 120, "ok", "if tmux"),
        ({"TERM": "xterm", "NO_COLOR": "1"}, 120, "ok", "NO_COLOR"),
    ],
)
def test_a_terminal_is_judged_by_what_it_tells(
    environ: dict[str, str], columns: int, state: str, words: str
) -> None:
    check = terminal(environ, size=os.terminal_size((columns, 40)))

    assert (check.state, words in check.found) == (state, True), check


def test_a_certificate_of_ones_own_authority_has_its_remedy() -> None:
    error = ConnectionFailed("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate")

    assert "SSL_CERT_FILE" in _remedy(error)


def test_a_damaged_ledger_fails_until_it_is_repaired(program: Program) -> None:
    program("segments", "recompute", "1")
    file = program.home / "state" / "jobs.db"
    with file.open("r+b") as stream:
        stream.write(b"\xa5" * 200)
    damaged = checks(program)["job ledger"]

    listed = program("jobs", "list")
    repaired = program("jobs", "repair")

    assert damaged["state"] == "fail"
    assert "jobs repair" in damaged["remedy"]
    assert listed.code == 1
    assert "segops-tui jobs repair" in listed.err
    assert (repaired.code, repaired.err.split(";")[0]) == (0, "saved 0 jobs")
    assert checks(program)["job ledger"]["state"] == "ok"
    assert program("jobs", "repair").err == "the ledger is not damaged\n"
