"""The log of what was done: as commands, as curl, as Python, and as a script."""

from __future__ import annotations

import ast
import os
import shlex
import subprocess
import sys
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest

from segops_tui.api.request import Request, Upload, raw_json
from segops_tui.config.profiles import Profile
from segops_tui.config.secrets import from_environment
from segops_tui.tui.core.request_log import LONGEST, CommandLog, LoggedRequest
from segops_tui.tui.frame.command_log import as_curl, as_python, script_of

if TYPE_CHECKING:
    from pathlib import Path

EMPTY = {"logic": "AND", "conditions": []}
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOSTILE = "it's [red]`$(touch pwned)`\n\x1b[31m\u202e"
REMOTE = Profile("prod", "https://api.example.com/api", from_environment("NO_SUCH_KEY"))
SANDBOX = Profile("sandbox", "sandbox:", None)


def sent(method: Any = "POST", path: str = "/segments/", **more: Any) -> LoggedRequest:
    return LoggedRequest.of(Request(method, path, parse=raw_json, **more), when=NOON)


@pytest.fixture
def one(ask) -> None:
    ask.ok("POST", "/api/segments/", {"name": "Only", "definition": EMPTY})


@pytest.fixture
def log() -> CommandLog:
    return CommandLog(lambda: NOON)


def test_curl_takes_the_key_from_the_environment_and_quotes_what_a_server_wrote():
    line = as_curl(sent(body={"name": HOSTILE}))

    words = shlex.split(line)
    assert words[:5] == ["curl", "-sS", "--fail-with-body", "-X", "POST"]
    assert "Authorization: ApiKey $SEGOPS_API_KEY" in words
    assert line.isprintable() or "\x1b" not in line
    assert "touch pwned" in words[-1]


def test_the_shell_hands_curl_the_very_words(tmp_path):
    """No name from a server is carried out, and the body arrives as it was sent."""
    fake = tmp_path / "curl"
    fake.write_text(f"#!{sys.executable}\nimport json,sys\nprint(json.dumps(sys.argv[1:]))\n")
    fake.chmod(0o755)
    environ = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "SEGOPS_API_KEY": "sk_test_x",
        "SEGOPS_API_URL": "http://127.0.0.1:1/api",
    }

    ran = subprocess.run(
        ["sh", "-c", as_curl(sent(body={"name": HOSTILE}, query={"page": 2}))],
        capture_output=True,
        text=True,
        env=environ,
        cwd=tmp_path,
        check=True,
    )

    words = ast.literal_eval(ran.stdout)
    assert words[4] == "http://127.0.0.1:1/api/segments/?page=2"
    assert words[6] == "Authorization: ApiKey sk_test_x"
    assert ast.literal_eval(words[-1]) == {"name": HOSTILE}
    assert not (tmp_path / "pwned").exists()


def test_secrets_and_keys_are_left_out_and_that_is_said():
    body = {"url": "https://x.test", "secret": "hush", "config": {"api_key": "abc", "n": 1}}
    said = sent(path="/webhooks/", body=body)

    assert said.hides
    for form in (as_curl(said), as_python(said)):
        assert "hush" not in form
        assert "abc" not in form
        assert "https://x.test" in form
    assert "sk_live_0123456789abcdef" not in as_curl(sent(body=["sk_live_0123456789abcdef"]))


def test_a_file_is_named_and_a_long_body_is_not_kept():
    upload = Upload(open=lambda: BytesIO(b""), filename="my goods.csv")
    long = sent(body={"name": "x" * LONGEST})

    assert shlex.split(as_curl(sent(upload=upload)))[-1] == 'file=@"my goods.csv"'
    assert "open('my goods.csv', 'rb')" in as_python(sent(upload=upload))
    assert long.body is None
    assert "@body.json" in as_curl(long)
    assert "body.json" in as_python(long)


def test_a_script_says_where_it_works_and_holds_no_key(log):
    log.add("segops-tui segments recompute 12")
    log.add("segops-tui webhooks create --set secret=…")

    script = script_of(log, "command", SANDBOX)

    assert script.splitlines()[0] == "#!/usr/bin/env bash"
    assert "set -eu" in script
    assert "export SEGOPS_PROFILE=sandbox" in script
    assert "Secrets are hidden" in script
    assert script.endswith("segops-tui webhooks create --set secret=…\n")


def test_commands_for_production_name_the_profile_as_they_must(log):
    log.add("segops-tui segments delete 12 --yes")
    guarded = Profile("prod", REMOTE.api_url, REMOTE.source, guard="production")

    assert "segments delete 12 --profile prod --yes\n" in script_of(log, "command", guarded)


@pytest.mark.parametrize("form", ["command", "curl", "python"])
@pytest.mark.parametrize("profile", [REMOTE, SANDBOX])
def test_a_script_is_a_program(log, form, profile):
    """Whatever names stand in it."""
    log.add(shlex.join(["segops-tui", "segments", "create", "--set", f"name={HOSTILE}"]))
    log.add_request(
        Request("POST", "/segments/", parse=raw_json, body={"name": HOSTILE, "ok": True})
    )
    log.add_request(
        Request("POST", "/i/", parse=raw_json, upload=Upload(open=BytesIO, filename="a'b.csv"))
    )

    script = script_of(log, form, profile)

    if form == "python":
        compile(script, "script.py", "exec")
    else:
        subprocess.run(["bash", "-n"], input=script.encode(), check=True)


def test_the_python_form_does_it_again(log):
    """The call it names is the client's own."""
    from segops_tui.client.blocking import SegOpsAdmin

    calls = []

    class Door:
        def send(self, attempt: Any, /) -> Any:
            from segops_tui.api.exchange import Reply

            calls.append((attempt.method, attempt.target, attempt.content))
            return Reply(200, {}, b"{}", 0.0)

        def close(self) -> None: ...

    body = {"name": HOSTILE, "definition": EMPTY, "active": True, "none": None}
    code = as_python(sent(body=body))

    exec(code, {"client": SegOpsAdmin(transport=Door())})

    import json

    assert calls[0][:2] == ("POST", "/segments/")
    assert json.loads(calls[0][2]) == body


async def test_the_log_says_a_change_in_three_ways_and_nothing_that_was_refused(
    stage, ask, reached, seen, told, tmp_path: Path, monkeypatch
):
    """The session is saved as a script that replaces nothing unasked.

    Only what the server took is worth repeating; an empty log says what will be there. A question
    offers the command before it is run: `Y` copies, and nothing is answered by it.
    """
    monkeypatch.chdir(tmp_path)
    there = tmp_path / "segops-session.sh"
    there.write_text("mine\n")
    rule = {"logic": "AND", "conditions": [{"type": "monetary", "operator": "gte", "value": 1}]}
    ask.ok("POST", "/api/segments/", {"name": "Only", "definition": rule})
    async with stage.run() as pilot:
        await pilot.press("L")
        await pilot.pause()
        assert "No actions yet." in seen(pilot)
        await pilot.press("s")
        assert "Save script: not available" in told(pilot)
        await pilot.press("escape")

        await pilot.press("d")
        await reached(pilot, lambda: "$ segops-tui segments delete 1 --yes" in seen(pilot))
        await pilot.press("Y")
        assert pilot.app.clipboard == "segops-tui segments delete 1 --yes"
        await pilot.press("escape")
        assert "DELETE /segments/1/" not in stage.door.asked

        log = pilot.app.workspace.log
        await pilot.press("r")
        await reached(pilot, lambda: log.requests)
        await pilot.press("L")
        await reached(pilot, lambda: "segops-tui segments recompute 1" in seen(pilot))

        await pilot.press("s")
        await pilot.pause()
        await pilot.press("enter")
        await reached(pilot, lambda: "The file exists" in seen(pilot))
        assert there.read_text() == "mine\n"
        await pilot.press("tab", "space", "shift+tab", "enter")
        await reached(pilot, lambda: "Saved" in told(pilot))
        assert "segops-tui segments recompute 1\n" in there.read_text()
        assert there.stat().st_mode & 0o111 == 0

        await pilot.press("c")
        await reached(pilot, lambda: "POST /segments/1/compute/" in seen(pilot))
        assert "ApiKey $SEGOPS_API_KEY" in seen(pilot)
        await pilot.press("y")
        assert pilot.app.clipboard.startswith("curl -sS ")

        await pilot.press("tab")
        await reached(pilot, lambda: "client.http.request('POST'" in seen(pilot))
        await pilot.press("u", "Y")
        assert pilot.app.clipboard.startswith("#!/usr/bin/env bash\n")

        sent = list(log.requests)
        ask.ok("DELETE", "/api/segments/1/")
        await pilot.press("escape", "d", "y")
        await reached(pilot, lambda: "Not deleted" in told(pilot))
        assert log.requests == sent
