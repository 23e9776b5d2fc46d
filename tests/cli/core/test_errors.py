"""What goes wrong: one clear message, the right code, nothing on stdout, no traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from segops_tui.api import errors
from segops_tui.cli.core.error_report import explain
from segops_tui.cli.core.exit_codes import ExitCode
from tests.cli.conftest import Program, clean_environment

if TYPE_CHECKING:
    from pathlib import Path

KEY = "sk_test_0123456789abcdef"
KEY_IN_ADDRESS = "sk_test_fedcba9876543210"


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["segments", "get", "99"], 5, "GET /segments/99/ → 404"),
        (["segments", "get", ".."], 2, "is not an id"),
        (["segments", "update", "99", "--set", "name=x"], 5, "404"),
        (["segments", "create", "--set", "description=x"], 2, "needs name"),
        (["segments", "create", "--set", "name"], 2, "KEY=VALUE"),
        (["segments", "update", "1"], 2, "Nothing to change"),
        (["segments", "list", "--limit", "0"], 2, "--limit"),
        (["segments", "recompute"], 2, "Give ids"),
        (["segments", "recompute", "1", "--all-segments"], 2, "Give ids"),
        (["segments", "recompute", "--stale", "soon"], 2, "24h"),
        (["segments", "diff", "1", "1", "9"], 2, "no version 9"),
        (["segments", "create", "no-such.json"], 2, "no-such.json"),
        (["products", "list", "--where", "brand"], 2, "FIELD OP VALUE"),
        (["jobs", "show", "nope"], 5, "no job 'nope'"),
        (["-p", "nope", "segments", "list"], 2, "No such profile: 'nope'"),
        (["api", "GET", "/nope/"], 5, "404"),
        (["api", "GET", "https://example.com/x"], 2, "must not name a host"),
        (["--api-url", "http://127.0.0.1:9/api", "segments", "list"], 4, "SEGOPS_API_KEY"),
    ],
)
def test_a_fault_has_its_code_and_its_words(
    program: Program, args: list[str], code: int, words: str
) -> None:
    ended = program(*args)

    assert ended.code == code
    assert ended.out == ""
    assert words in ended.err
    assert len(ended.err.splitlines()) <= 2
    assert "Traceback" not in ended.err


def test_a_field_error_names_the_field(program: Program) -> None:
    rule = '{"logic": "AND", "conditions": [{"type": "nonsense"}]}'

    ended = program("segments", "create", "--set", "name=x", "--set", f"definition={rule}")

    assert ended.code == 6
    assert "definition: conditions[0].type" in ended.err


def test_under_json_the_error_is_one_object_on_stderr(program: Program) -> None:
    ended = program("segments", "get", "99", "-o", "json")

    assert ended.out == ""
    assert ended.error["status"] == 404
    assert ended.error["exit_code"] == 5
    assert ended.error["request_id"].startswith("req_")
    assert ended.error["hint"]


def test_field_errors_are_data_under_json(program: Program) -> None:
    ended = program("products", "create", "--set", "sku=NW-JKT-00001", "--set", "name=x", "-ojson")

    assert ended.code == 6
    assert list(ended.error["fields"]) == ["sku"]


def test_wrong_usage_is_json_as_well(program: Program) -> None:
    assert program("segments", "lst", "-o", "json").error["exit_code"] == 2


@pytest.mark.parametrize(("key", "words"), [("pk_test_x1234", "public"), ("mk_test_x1234", "MCP")])
def test_a_key_of_the_wrong_kind_is_refused_before_any_request(
    program: Program, key: str, words: str
) -> None:
    program.environ |= {"SEGOPS_API_KEY": key, "SEGOPS_API_URL": "http://127.0.0.1:9/api"}

    ended = program("segments", "list")

    assert ended.code == 4
    assert words in ended.err
    assert key not in ended.err


def test_an_unreachable_server_is_a_network_fault(program: Program) -> None:
    program.environ |= {"SEGOPS_API_KEY": KEY, "SEGOPS_API_URL": "http://127.0.0.1:9/api"}

    ended = program("segments", "list", "--max-retries", "0")

    assert ended.code == 3
    assert "whoami" in ended.err
    assert KEY not in ended.err


def test_a_plain_http_address_elsewhere_is_refused(program: Program) -> None:
    program.environ |= {"SEGOPS_API_KEY": KEY, "SEGOPS_API_URL": "http://example.com/api"}

    ended = program("segments", "list")

    assert ended.code == 2
    assert "unencrypted" in ended.err


def test_read_only_refuses_a_change_and_sends_nothing(program: Program) -> None:
    ended = program("segments", "delete", "1", "--yes", "--read-only")

    assert ended.code == 2
    assert "was not sent" in ended.err
    assert program("segments", "get", "1").code == 0


def test_a_production_profile_wants_its_name_and_a_yes(program: Program) -> None:
    program.config.write_text(f'default = "prod"\n[profiles.prod]\nkey = "{KEY}"\n')
    program.config.chmod(0o600)

    ended = program("segments", "delete", "1", "--yes")

    assert ended.code == 2
    assert "--profile prod --yes" in ended.err


def test_a_broken_config_names_the_file(program: Program) -> None:
    program.config.write_text("default = \n")

    ended = program("segments", "list")

    assert ended.code == 2
    assert "config.toml" in ended.err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"name": "x",\n  "definition" 1}', "line 2, column 16"),
        ("name: [1, 2", "line 1"),
        ("", "empty"),
        ("[1, 2]", "must hold an object"),
        ('{"a": NaN}', "NaN"),
    ],
)
def test_a_body_that_cannot_be_read_says_where(program: Program, text: str, words: str) -> None:
    ended = program("segments", "create", "-", input=text)

    assert ended.code == 2
    assert words in ended.err


def test_a_bug_is_called_one_and_shows_no_traceback() -> None:
    problem = explain(ZeroDivisionError(f"over {KEY}"))

    assert problem.exit_code == 1
    assert "bug" in problem.message
    assert "--debug" in str(problem.hint)
    assert KEY not in problem.message


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.WrongKeyKind("x"), 4),
        (errors.MissingKey("x"), 4),
        (errors.SegOpsConfigError("x"), 2),
        (errors.Refused("x", method="POST", path="/x"), 2),
        (errors.ConnectionFailed("x"), 3),
        (errors.TimedOut("x"), 3),
        (errors.UnexpectedAnswer("x"), 1),
        (errors.AuthenticationFailed("x", status=401), 4),
        (errors.PermissionDenied("x", status=403), 4),
        (errors.NotFound("x", status=404), 5),
        (errors.Conflict("x", status=409), 6),
        (errors.Gone("x", status=410), 1),
        (errors.Invalid("x", status=422), 6),
        (errors.RateLimited("x", status=429), 7),
        (errors.ServerFailed("x", status=503), 1),
        (KeyboardInterrupt(), 130),
        (FileNotFoundError(2, "No such file", "x.json"), 2),
    ],
)
def test_every_error_has_a_code(error: BaseException, code: int) -> None:
    assert explain(error).exit_code == code


def test_every_exit_code_is_explained() -> None:
    assert all(code.meaning.endswith(".") for code in ExitCode)
    assert ExitCode(5) is ExitCode.NOT_FOUND


def test_a_hostile_message_cannot_move_the_cursor() -> None:
    message = explain(errors.NotFound("\x1b[2J[red]gone[/red]\u202e\nx", status=404)).message

    assert message == "\ufffd[2J[red]gone[/red] x"


def test_debug_prints_a_traceback_for_a_bug_only(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = program("segments", "get", "9999", "--debug")

    def broken(*_args: object, **_more: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("segops_tui.cli.core.output.Output.one", broken)
    bug = program("segments", "get", "1", "--debug")

    assert expected.code == 5
    assert "Traceback" not in expected.err
    assert "Traceback" in bug.err


def test_debug_says_every_attempt_and_no_key(program: Program) -> None:
    ended = program("segments", "list", "--debug", "-o", "name")

    assert ended.err.startswith("GET /segments/ 200 ")
    assert "req_" in ended.err


def test_whoever_stops_reading_gets_no_complaint(program: Program, tmp_path: Path) -> None:
    """`products list --all | head -1`, with far more output than a pipe holds."""
    read, write = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-m", "segops_tui", "products", "list", "--all", "-o", "ndjson"],
        stdout=write,
        stderr=subprocess.PIPE,
        env={**clean_environment(), "SEGOPS_TUI_HOME": str(program.home)},
    )
    os.close(write)
    os.read(read, 100)
    os.close(read)

    _, err = process.communicate(timeout=240)

    assert process.returncode == 141
    assert err == b""


def test_an_error_object_is_ascii_json(program: Program) -> None:
    ended = program("segments", "create", "-", "-o", "json", input='{"näme": 1}')

    assert json.loads(ended.err)["error"]["exit_code"] == 2
    assert ended.err.isascii()


@pytest.mark.parametrize(
    "url",
    [
        f"https://user:{KEY_IN_ADDRESS}@api.example.com/api",
        f"https://api.example.com/api?key={KEY_IN_ADDRESS}",
        f"https://api.example.com/api#{KEY_IN_ADDRESS}",
        f"https://api.example.com/{KEY_IN_ADDRESS}/api",
    ],
)
@pytest.mark.parametrize(
    "command",
    [
        ["whoami"],
        ["config", "show"],
        ["profiles", "list"],
        ["config", "validate"],
        ["segments", "list"],
        ["segments", "create", "--set", "name=x", "--dry-run"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("is_variable", [True, False], ids=["variable", "file"])
def test_a_key_in_an_address_is_shown_nowhere(
    tmp_path: Path, command: list[str], url: str, is_variable: bool
) -> None:
    program = Program(tmp_path)
    if is_variable:
        program.environ.update(SEGOPS_API_URL=url, SEGOPS_API_KEY=KEY)
    else:
        table = f'[profiles.prod]\napi_url = "{url}"\nkey = "{KEY}"\n'
        program.config.write_text(f'default = "prod"\n{table}')
        program.config.chmod(0o600)

    ended = program(*command)

    assert KEY_IN_ADDRESS not in ended.out + ended.err
    assert "Traceback" not in ended.err


def test_an_argument_that_is_not_utf_8_is_refused_with_words(program: Program) -> None:
    """The interpreter hands such a byte on as a lone surrogate."""
    for words in (["segments", "get"], ["jobs", "show"]):
        ended = program(*words, "\udcff")

        assert ended.code == 2
        assert "Not valid UTF-8" in ended.err
