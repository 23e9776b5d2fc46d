"""What `commands --json` calls a change is what a command really sends or writes."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from segops_tui.cli.commands.commands import program_reference
from segops_tui.cli.core.program import Root
from tests.cli.core.test_dry_run import CHANGES, HERE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Program

COMMANDS = {each["command"]: each for each in program_reference(Root())["commands"]}
READS = (
    *(f"{noun} list" for noun in (
        "segments", "product-segments", "products", "schemas", "activations", "queries",
        "competitors", "pages", "webhooks", "jobs", "profiles",
    )),
    *(f"{noun} get 1" for noun in (
        "segments", "product-segments", "products", "schemas", "activations", "queries",
        "competitors", "pages", "webhooks",
    )),
    "segments members 1", "segments membership u_00066", "segments preview --id 1",
    "segments estimate 1", "segments versions 1", "segments diff 1",
    "product-segments products 1", "product-segments export 1 --to -",
    "products search jacket", "products facets",
    "schemas infer events.json", "schemas validate order_placed --set total=1",
    "users search u_0", "users get u_00066", "users events u_00066", "users segments u_00066",
    "users explain u_00066 1", "users simulate u_00066 order_placed --set total=1",
    "queries results 1", "queries simulate what", "queries dashboard", "queries win-rate",
    "pages query jacket", "pages public northwind rain-jackets",
    "analytics overview", "analytics segments", "analytics overlap", "analytics activations",
    "analytics usage",
    "webhooks verify --secret-env HOOK --signature y body.json",
    "webhooks sign --secret-env HOOK body.json",
    "webhooks deliveries",
    "jobs show 12", "jobs watch", "sandbox info", "sandbox openapi",
    "profiles show sandbox", "explain segments", "config get output", "config path",
    "config show", "config validate",
    "check", "diff ws", "doctor", "whoami", "commands", "completion bash", "help",
)  # fmt: skip
ELSEWHERE = {
    "jobs wait", "jobs resume", "jobs repair", "sandbox serve", "sandbox sample", "open", "demo",
    "webhooks listen", "segments edit", "pull", "apply", "profiles delete", "profiles rename",
    "products imports", "segments copy", "product-segments copy", "schemas copy", "queries copy",
    "competitors copy", "mcp",
}  # fmt: skip
"""Commands whose own tests show what they change."""


def path_of(line: str) -> str:
    words = line.split()
    return next(c for c in (" ".join(words[:2]), words[0]) if c in COMMANDS)


def test_every_command_is_tried_as_what_it_says_it_is() -> None:
    changing = {path for path, told in COMMANDS.items() if told["mutates"]}

    assert {path_of(line) for line in (*CHANGES, *HERE)} | ELSEWHERE == changing
    assert {path_of(line) for line in READS} == COMMANDS.keys() - changing


def test_a_command_that_only_reads_sends_no_change_and_writes_nothing(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "events.json").write_text('[{"event_type": "x", "payload": {}}]')
    (tmp_path / "body.json").write_text("{}")
    program.environ["HOOK"] = "whsec_test"
    jobs, before = program("jobs", "list", "-o", "json").out, files_of(program)

    for line in READS:
        ended = program(*line.split(), "--dry-run")

        assert '"dry_run"' not in ended.out, line
        # 1 and 5: a signature or an object that is none
        assert ended.code in {0, 1, 5}, (line, ended.err)
        assert files_of(program) == before, line

    assert program("jobs", "list", "-o", "json").out == jobs


def files_of(program: Program) -> dict[str, str]:
    """Every file of the home but what completion remembers, and the shared sandbox's own."""
    return {
        str(file): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(program.home.rglob("*"))
        if file.is_file() and file.name != "completion.json" and not file.name.startswith("jobs.db")
    }


def test_what_changes_this_machine_says_what() -> None:
    assert COMMANDS["sandbox reset"]["writes"] == "the sandbox"
    assert COMMANDS["jobs resume"]["writes"] == "the job ledger"
    assert COMMANDS["profiles delete"]["writes"] == "the config file"
    assert COMMANDS["segments delete"]["writes"] is None
