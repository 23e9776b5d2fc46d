"""`profiles`: three workspaces as a new user sets them up, and no key in anything that is shown."""

from __future__ import annotations

import stat
import sys
from typing import TYPE_CHECKING, Any

import pytest

from segops_tui.cli.core.context import Invocation
from segops_tui.cli.core.diagnostics import Diagnostics
from segops_tui.config.paths import find_paths
from segops_tui.sandbox.core.app import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cli.conftest import Ended, Program

KEY = "sk_test_0123456789abcdef"


@pytest.fixture
def server(sandbox_path: Path, http_door: Callable[[Any], Any]) -> Iterator[str]:
    """The address of a server that takes KEY and no other."""
    with Sandbox(sandbox_path, keys=frozenset({KEY})) as keyed, http_door(keyed) as address:
        yield address


def add(program: Program, *args: str, key: str | None = KEY) -> Ended:
    how = ["--key-stdin"] if key else []
    return program("profiles", "add", *args, *how, input=f"{key}\n" if key else None)


def text(program: Program) -> str:
    return program.config.read_text()


def shown(ended: Ended) -> str:
    return ended.out + ended.err


def test_a_profile_is_tried_kept_and_told(program: Program, server: str) -> None:
    ended = add(program, "staging", "--api-url", server, "--colour", "green")

    assert ended.code == 0
    assert "one read succeeded" in ended.out
    assert "sk_test_…cdef from" in ended.out
    assert str(program.config) in ended.err
    assert stat.S_IMODE(program.config.stat().st_mode) == 0o600
    assert KEY in text(program)
    assert KEY not in shown(ended)
    assert program("-p", "staging", "segments", "list", "-o", "name").code == 0


def test_three_workspaces_and_which_one_is_active(program: Program) -> None:
    add(program, "dev", "--no-check")
    add(program, "staging", "--no-check", "--use", "--workspace", "Shop (staging)")
    add(program, "prod", "--no-check", "--key-env", "PROD_KEY", key=None)

    rows = program("profiles", "list", "-o", "json").data
    assert [row["name"] for row in rows] == ["dev", "staging", "prod", "sandbox"]
    assert [row["chosen_by"] for row in rows if row["active"]] == ["config.toml"]
    assert [row["guard"] for row in rows] == ["none", "none", "production", "none"]

    program.environ["SEGOPS_PROFILE"] = "dev"
    assert "dev      ← SEGOPS_PROFILE" in program("profiles", "list").out
    assert "staging  ← --profile" in program("profiles", "list", "-p", "staging").out
    program.environ |= {"SEGOPS_PROFILE": None, "SEGOPS_API_KEY": KEY}
    assert "environment  ← SEGOPS_API_KEY" in program("profiles", "list").out


def test_with_nothing_set_up_the_sandbox_is_active(program: Program) -> None:
    assert "sandbox  ← built in" in program("profiles", "list").out


def test_a_broken_profile_says_so_and_hides_no_other(program: Program) -> None:
    add(program, "good", "--no-check")
    program.config.write_text(text(program) + '\n[profiles.bad]\napi_ulr = "x"\n')

    ended = program("profiles", "list", "-o", "json")

    assert ended.code == 0
    assert [bool(row["problem"]) for row in ended.data] == [False, True, False]
    assert "api_ulr" in ended.data[1]["problem"]


@pytest.mark.parametrize("line", ["profiles list", "profiles show", "config show", "whoami"])
def test_no_form_of_output_has_a_key(program: Program, line: str) -> None:
    add(program, "staging", "--no-check", "--use")

    for form in ("table", "json", "ndjson", "csv", "tsv", "yaml", "name"):
        ended = program(*line.split(), "-o", form)

        assert ended.code == 0, form
        assert ended.out, form
        assert "0123456789ab" not in shown(ended), form


def test_a_key_that_is_refused_is_not_kept(program: Program, server: str) -> None:
    ended = add(program, "staging", "--api-url", server, key="sk_test_ffffffffffffffff")

    assert ended.code == 4
    assert "nothing was saved" in ended.err
    assert not program.config.exists()


def test_a_server_that_is_away_keeps_nothing_unless_told_to(program: Program) -> None:
    away = ["staging", "--api-url", "http://127.0.0.1:9/api"]

    assert add(program, *away).code == 3
    assert not program.config.exists()
    assert add(program, *away, "--no-check").code == 0
    assert "[profiles.staging]" in text(program)


def test_without_a_keyring_no_key_is_asked_for(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)

    ended = program("profiles", "add", "x", "--keyring")

    assert ended.code == 2
    assert "The keyring package is not installed." in ended.err
    assert not program.config.exists()


@pytest.mark.parametrize(
    ("args", "key", "code", "words"),
    [
        (["x"], None, 2, "give the key's source"),
        (["x"], "pk_live_0123456789ab", 4, "public key"),
        (["x"], "hunter2hunter2", 4, "not a SegOps key"),
        (["x"], f"{KEY}\n{KEY}", 2, "more than one line"),
        (["x"], "", 2, "give the key's source"),
        (["x", "--key-env", KEY], None, 2, "Revoke this key"),
        (["x", "--key-env", "A B"], None, 2, "not a valid variable name"),
        (["x", "--key-command", f"echo {KEY}"], None, 2, "contains a key"),
        (["x", "--key-env", "A", "--key-command", "b"], None, 2, "only once"),
        (["x", "--key-env", "A", "--keyring"], None, 2, "only once"),
        (["x", "--key-env", "A"], KEY, 2, "only once"),
        (["x", "--api-url", "http://example.com"], KEY, 2, "unencrypted"),
        (["x", "--api-url", "example.com"], KEY, 2, "Not a valid URL"),
        (["a b"], KEY, 2, "is not a valid profile name"),
        (["sandbox"], KEY, 2, "built-in sandbox"),
        ([KEY], KEY, 2, "a key, not a name"),
        (["x", KEY], KEY, 2, "unexpected extra argument"),
        (["x", "--key", KEY], None, 2, "No such option"),
        (["x", f"--key={KEY}"], None, 2, "No such option"),
        (["x", "--read-only"], KEY, 2, "--read-only: did not add profile x"),
        (["x", "--key-env", "NOT_SET"], None, 4, "NOT_SET is not set"),
    ],
)
def test_what_cannot_be_kept_is_one_message_without_a_key(
    program: Program, args: list[str], key: str | None, code: int, words: str
) -> None:
    ended = add(program, *args, key=key)

    assert ended.code == code, ended.err
    assert words in ended.err
    assert "0123456789ab" not in shown(ended)
    assert ended.out == ""
    assert not program.config.exists()


def test_a_key_is_asked_for_without_showing_it(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def typed(_talk: Diagnostics, question: str) -> str:
        asked.append(question)
        return f"  {KEY} "

    monkeypatch.setattr(Diagnostics, "ask_hidden", typed)
    monkeypatch.setattr(Invocation, "is_interactive", True)

    ended = program("profiles", "add", "staging", "--no-check")

    assert ended.code == 0
    assert asked == ["API key (sk_…, not shown)"]
    assert f'key = "{KEY}"' in text(program)
    assert KEY not in shown(ended)


def test_use_says_what_outranks_it(program: Program) -> None:
    add(program, "staging", "--no-check")
    program.environ["SEGOPS_PROFILE"] = "sandbox"

    ended = program("profiles", "use", "staging")

    assert ended.code == 0
    assert "SEGOPS_PROFILE is set here and overrides" in ended.err
    assert 'default = "staging"' in text(program)


def test_a_profile_that_is_not_there_lists_those_that_are(program: Program) -> None:
    add(program, "staging", "--no-check")

    for args in (["use", "x"], ["show", "x"], ["remove", "x", "--yes"], ["rename", "x", "y"]):
        ended = program("profiles", *args)
        assert ended.code == 2
        assert "staging, sandbox" in ended.err


def test_remove_asks_and_its_default_is_no(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(program, "staging", "--no-check", "--use")

    assert "confirm with --yes" in program("profiles", "remove", "staging").err
    monkeypatch.setattr(Invocation, "is_interactive", True)
    ended = program("profiles", "remove", "staging", input="\n")
    assert "Delete profile staging and its key? [y/N]" in ended.err
    assert "nothing was deleted" in ended.err
    assert ended.code == 1
    assert "staging" in text(program)

    ended = program("profiles", "delete", "staging", "--yes", "-o", "json")
    assert ended.data == {"deleted": "staging"}
    assert "sandbox is used" in ended.err
    assert "staging" not in text(program)
    assert KEY not in text(program)


def test_rename_keeps_the_default_and_the_guard(program: Program) -> None:
    add(program, "prod", "--no-check", "--use")

    ended = program("profiles", "rename", "prod", "shop")

    assert ended.code == 0
    assert "stays guarded" in ended.err
    assert program("whoami", "-o", "json").data["guard"] == "production"


def test_production_is_not_changed_by_accident(
    program: Program, server: str, sandbox: Sandbox
) -> None:
    add(program, "prod", "--api-url", server, "--use")
    create = ["segments", "create", "--set", "name=VIPs", "--set", 'definition={"logic":"AND"}']

    refused = program(*create, "--yes")
    assert refused.code == 2
    assert 'POST /segments/ was not sent (body {"name": "VIPs"' in refused.err
    assert "--profile prod --yes" in refused.err
    assert program("segments", "list", "-o", "json").data == []

    assert program(*create, "--profile", "prod").code == 2
    assert program(*create, "--profile", "prod", "--yes").code != 2


def test_replacing_a_key_keeps_the_rest(program: Program, server: str) -> None:
    add(program, "staging", "--api-url", server, "--workspace", "Shop", "--no-check",
        key="sk_test_ffffffffffffffff")  # fmt: skip

    assert "--update" in add(program, "staging").err
    ended = add(program, "staging", "--update", "--no-check")
    assert ended.code == 0
    assert 'workspace = "Shop"' in text(program)
    assert "ffffffff" not in text(program)

    coloured = program("profiles", "add", "staging", "--replace", "--colour", "red")
    assert coloured.code == 0, coloured.err
    assert "one read succeeded" in coloured.out
    assert KEY in text(program)


def test_the_file_is_tightened_with_a_notice(program: Program) -> None:
    add(program, "staging", "--no-check")
    program.config.chmod(0o644)

    ended = program("profiles", "list")

    assert "it is private now (0600)" in ended.err
    assert stat.S_IMODE(program.config.stat().st_mode) == 0o600


def test_a_key_is_in_no_process_list_log_or_state(program: Program, server: str) -> None:
    add(program, "staging", "--api-url", server, "--use", "--debug")
    program("segments", "list", "--debug")
    program("segments", "get", "99", "--debug")
    program("doctor", "--debug")

    home = find_paths({"SEGOPS_TUI_HOME": str(program.home)})
    holding = [
        path.relative_to(program.home).as_posix()
        for folder in (home.config, home.state)
        for path in folder.rglob("*")
        if path.is_file() and KEY.encode() in path.read_bytes()
    ]
    assert holding == ["config/config.toml"]
