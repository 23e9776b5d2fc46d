"""`mcp`: the server, and the bounds of a call."""

from __future__ import annotations

import asyncio
import builtins
import json
import os
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from segops_tui.cli.commands.mcp.calls import CUT, Runner, _stop, answer
from segops_tui.cli.commands.mcp.command import always, environment, no_tool
from segops_tui.cli.commands.mcp.tools import CommandLine
from segops_tui.cli.core.options import Shared
from tests.cli.conftest import clean_environment

if TYPE_CHECKING:
    from tests.cli.conftest import Program

KEY = "sk_live_0123456789abcdefghij"


def test_an_answer_holds_no_key_not_even_the_half_of_one_that_was_cut() -> None:
    whole = answer(0, f'{{"key": "{KEY}"}}'.encode(), b"")
    cut = answer(0, f'{{"key": "{KEY}"}}'.encode(), b"", most=25)

    assert whole.texts == ('{"key": "sk_live_…ghij"}',)
    assert "sk_live_0123" not in cut.texts[0]
    assert cut.texts[1] == CUT.format(most=25)


def test_a_failure_is_the_programs_own_error_and_a_finding_is_no_failure() -> None:
    error = b'{"error": {"message": "Not found.", "exit_code": 5}}'

    assert answer(5, b"", error).is_error
    assert json.loads(answer(5, b"", error).texts[0])["error"]["exit_code"] == 5
    assert not answer(1, b'[{"severity": "error"}]', b"").is_error  # `check`
    assert answer(1, b"", b"").texts == ("Done (exit code 1).",)


def test_every_command_line_reads_only_or_says_yes_without_naming_a_profile() -> None:
    options = Shared(profile="prod", yes=True, api_url="http://localhost:1")

    assert "--read-only" in always(options, changes=False)
    assert "--yes" not in always(options, changes=False)
    assert "--yes" in always(options, changes=True)
    assert not any(word.startswith(("-p", "--profile")) for word in always(options, changes=True))
    assert "--api-url=http://localhost:1" in always(options, changes=True)


def test_a_profile_given_by_name_keeps_its_own_key_and_address() -> None:
    given = {"SEGOPS_API_KEY": KEY, "SEGOPS_API_URL": "http://localhost:1", "PATH": "/bin"}

    assert environment(given, Shared()) == given
    assert environment(given, Shared(profile="prod")) == {
        "PATH": "/bin", "SEGOPS_PROFILE": "prod",
    }  # fmt: skip
    assert environment({**given, "SEGOPS_PROFILE": "x"}, Shared(profile="environment")) == given


def test_a_tool_that_is_not_offered_says_why() -> None:
    assert "--allow-changes" in no_tool("segments_delete", {})
    assert no_tool(KEY, {}) == "There is no tool 'sk_live_…ghij'."


async def test_a_call_that_takes_too_long_is_stopped(program: Program) -> None:
    environ = {**clean_environment(), "SEGOPS_TUI_HOME": str(program.home)}

    ended = await Runner([], environ, timeout=0.01)(CommandLine(("commands", "--")))

    assert ended.is_error
    assert ended.texts[0].startswith("The command was stopped after 0.01 s.")


async def test_a_production_profile_is_not_changed(program: Program) -> None:
    program.config.write_text(
        f'[profiles.prod]\napi_url = "http://127.0.0.1:9"\nkey = "{KEY}"\nguard = "production"\n'
    )
    program.config.chmod(0o600)
    options = Shared(profile="prod", yes=True)
    given = {**clean_environment(), "SEGOPS_TUI_HOME": str(program.home)}
    run = Runner(always(options, changes=True), environment(given, options), timeout=60)

    ended = await run(CommandLine(("segments", "delete", "--", "1")))

    assert ended.is_error
    assert "guarded as production" in ended.texts[-1]


def test_without_the_library_one_line_says_how_to_get_it(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **more: Any) -> Any:
        if name == "mcp_types":
            raise ImportError
        return real(name, *args, **more)

    monkeypatch.delitem(sys.modules, "mcp_types", raising=False)
    monkeypatch.setattr(builtins, "__import__", without)

    ended = program("mcp")

    assert ended.code == 2
    assert "hint: Install it: pip install 'segops-tui[mcp]'." in ended.err


@pytest.mark.skipif(find_spec("mcp_types") is None, reason="the extra mcp is not installed")
@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT for another process")
def test_a_client_lists_and_calls_the_tools_until_ctrl_c_ends_the_server(program: Program) -> None:
    """A message a line, as the protocol has it. The server ends though its input stays open."""
    client = {"name": "a client", "version": "1"}
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client}
    server = subprocess.Popen(
        [sys.executable, "-m", "segops_tui", "mcp"],
        env={**clean_environment(), "SEGOPS_TUI_HOME": str(program.home)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert server.stdin is not None
    assert server.stdout is not None
    assert server.stderr is not None

    def ask(method: str, **params: Any) -> Any:
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        print(json.dumps(request), file=server.stdin, flush=True)
        return json.loads(server.stdout.readline())["result"]

    def call(name: str, **arguments: Any) -> tuple[bool, list[str]]:
        result = ask("tools/call", name=name, arguments=arguments)
        return result["isError"], [each["text"] for each in result["content"]]

    with server:
        began = ask("initialize", **hello)
        started = {"jsonrpc": "2.0", "method": "notifications/initialized"}
        print(json.dumps(started), file=server.stdin, flush=True)
        names = [tool["name"] for tool in ask("tools/list")["tools"]]
        listed = call("segments_list", limit=1, fields="id")
        missing = call("segments_get", ids=["99999"])
        refused = call("segments_delete", ids=["1"])
        server.send_signal(signal.SIGINT)
        code = server.wait(timeout=240)
        err = server.stderr.read()

    assert began["protocolVersion"] == hello["protocolVersion"]
    assert "segments_list" in names
    assert "segments_delete" not in names
    assert listed[0] is False
    assert len(json.loads(listed[1][0])) == 1
    assert missing[0] is True
    assert json.loads(missing[1][0])["error"]["exit_code"] == 5
    assert refused[0] is True
    assert "--allow-changes" in refused[1][0]
    assert "tools on standard input and output" in err
    assert code == 130
    assert "Traceback" not in err


async def test_a_call_that_is_cancelled_ends_its_command(program: Program, tmp_path: Path) -> None:
    """The command gets SIGTERM, so that it can detach its job, and nothing of it runs on."""
    environ = {**clean_environment(), "SEGOPS_TUI_HOME": str(program.home)}

    pids: list[int] = []
    real = asyncio.create_subprocess_exec

    async def noted(*words: Any, **more: Any) -> Any:
        process = await real(*words, **more)
        pids.append(process.pid)
        asyncio.get_running_loop().call_soon(call.cancel)
        return process

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asyncio, "create_subprocess_exec", noted)
        run = Runner([], environ, timeout=60)
        call = asyncio.create_task(run(CommandLine(("jobs", "watch", "--"))))
        with pytest.raises(asyncio.CancelledError):
            await call

    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGTERM to be deaf to")
async def test_a_command_that_does_not_stop_is_killed_and_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("segops_tui.cli.commands.mcp.calls._GRACE", 0.01)
    deaf = "from signal import *; signal(SIGTERM, SIG_IGN); print(1, flush=True); input()"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", deaf, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    await process.stdout.readline()

    await _stop(process)

    assert process.returncode == -signal.SIGKILL
