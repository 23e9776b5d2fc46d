"""`commands --json`: what scripts and agents are told of every command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from segops_tui.cli.commands.commands import ANY, described, program_reference
from segops_tui.cli.core.command_table import TABLE, Branch
from segops_tui.cli.core.exit_codes import ExitCode
from segops_tui.cli.core.options import shared_options
from segops_tui.cli.core.program import Root

if TYPE_CHECKING:
    from tests.cli.conftest import Program

TOLD = program_reference(Root())
COMMANDS: dict[str, dict[str, Any]] = {each["command"]: each for each in TOLD["commands"]}
OFFLINE = {
    "jobs", "sandbox", "profiles", "config", "whoami", "commands", "open", "demo", "doctor",
    "completion", "help", "explain", "mcp",
}  # fmt: skip
"""Groups and commands that name no endpoint: their work is on this machine."""
LOCAL = {"webhooks verify", "webhooks sign", "webhooks listen", "webhooks deliveries"}


def test_every_command_of_the_table_is_described() -> None:
    paths = {
        f"{name} {verb}".strip()
        for name, entry in TABLE.items()
        for verb in (entry.verbs if isinstance(entry, Branch) else [""])
    }

    assert set(COMMANDS) == paths


def test_a_command_names_its_endpoints_or_works_on_this_machine() -> None:
    for path, command in COMMANDS.items():
        is_offline = path.split()[0] in OFFLINE or path in LOCAL

        assert bool(command["endpoints"]) is not is_offline, path


def test_one_document_tells_everything(program: Program) -> None:
    ended = program("commands", "--json")

    assert ended.data == TOLD
    assert program("commands", "-o", "json").out == ended.out


def test_every_exit_code_has_its_meaning() -> None:
    codes = {each["code"]: each["meaning"] for each in TOLD["exit_codes"]}

    assert codes.keys() == {int(code) for code in ExitCode}
    assert all(meaning.endswith(".") for meaning in codes.values())


def test_shared_options_are_told_once() -> None:
    told = {flag for option in TOLD["shared_options"] for flag in option["flags"]}

    assert told == {
        flag for option in shared_options() for flag in (*option.opts, *option.secondary_opts)
    }
    assert not any(
        "--dry-run" in option["flags"] for each in COMMANDS.values() for option in each["options"]
    )


def test_an_endpoint_is_told_by_the_path_that_is_sent() -> None:
    assert described("users.explain") == {
        "call": "users.explain",
        "method": "GET",
        "path": "/explorer/users/{user_id}/segments/{segment_id}/explain/",
        "mutates": False,
    }


@pytest.mark.parametrize(
    ("path", "mutates"),
    [
        ("segments preview", False),
        ("segments update", True),
        ("queries simulate", False),
        ("users simulate", False),
        ("identity merge", True),
        ("analytics usage", False),
        ("api", True),
    ],
)
def test_a_command_says_whether_it_changes_anything(path: str, mutates: bool) -> None:
    assert COMMANDS[path]["mutates"] is mutates


def test_only_api_may_send_any_call() -> None:
    free = [p for p, c in COMMANDS.items() if any(e["call"] == ANY for e in c["endpoints"])]

    assert free == ["api"]


def test_choices_and_arity_are_told() -> None:
    [shell] = COMMANDS["completion"]["arguments"]
    [ids] = COMMANDS["segments delete"]["arguments"]

    assert shell["choices"] == ["bash", "zsh", "fish", "powershell"]
    assert (ids["multiple"], ids["required"]) == (True, True)


def test_a_person_gets_a_line_each(program: Program) -> None:
    lines = program("commands").out.splitlines()

    assert len(lines) == 1 + len(COMMANDS)
    assert any(line.startswith("webhooks listen") for line in lines)
