"""Every command there is: found, explained, exemplified, completed."""

from __future__ import annotations

import inspect
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from segops_tui.cli.core.command_table import TABLE, Branch, Leaf
from segops_tui.cli.core.names import LOOKUPS
from segops_tui.cli.core.options import Shared, list_options, shared_options
from segops_tui.cli.core.params import ObjectId, remember
from segops_tui.cli.core.program import Root
from segops_tui.config.paths import find_paths

if TYPE_CHECKING:
    from tests.cli.conftest import Program

LEAVES: dict[str, Leaf] = {
    f"{name} {verb}" if isinstance(entry, Branch) else name: leaf
    for name, entry in TABLE.items()
    for verb, leaf in (entry.verbs.items() if isinstance(entry, Branch) else [("", entry)])
}
MUTATING_ID_FREE = {"sandbox", "completion", "help", "api", "demo", "whoami"}


def command(path: str) -> click.Command:
    found: click.Command = Root()
    context = click.Context(found)
    for word in path.split():
        assert isinstance(found, click.Group)
        found = found.get_command(context, word)
        assert found is not None, path
        context = click.Context(found, parent=context, info_name=word)
    return found


def test_the_tables_line_of_help_is_the_commands_own() -> None:
    firsts = {p: inspect.cleandoc(command(p).help or "").splitlines()[0] for p in LEAVES}

    assert firsts == {path: leaf.help for path, leaf in LEAVES.items()}
    assert [first for first in firsts.values() if not first.endswith(".")] == []


def test_a_command_shows_how_it_is_used() -> None:
    shown = {path: command(path).examples for path in LEAVES}

    assert {
        path: examples
        for path, examples in shown.items()
        if not any(f"segops-tui {path}" in example for example in examples)
    } == {}


def test_help_of_a_command_has_usage_examples_and_shared_options(program: Program) -> None:
    for path in LEAVES:
        ended = program(*path.split(), "--help")

        assert (ended.code, ended.err) == (0, ""), path
        assert f"Usage: segops-tui {path}" in ended.out
        assert "Examples:" in ended.out, path
        assert "--dry-run" in ended.out, path


def test_an_argument_that_is_an_id_completes() -> None:
    names = {"id", "ids", "segment_id"}
    ids = [(path, p) for path in LEAVES for p in command(path).params if p.name in names]

    assert ids
    for path, p in ids:
        if isinstance(p.type, ObjectId):
            assert p.type.noun in LOOKUPS, path
        else:
            assert p._custom_shell_complete is not None, path


def test_every_parameter_of_every_command_says_what_it_is() -> None:
    silent = [
        f"{path} {option.opts}"
        for path in LEAVES
        for option in command(path).params
        if isinstance(option, click.Option) and not option.help
    ]

    assert silent == []


def test_a_group_without_a_verb_shows_its_verbs_and_is_wrong_usage(program: Program) -> None:
    ended = program("segments")

    assert ended.code == 2
    assert ended.out == ""
    assert "recompute   Recompute memberships" in ended.err


def test_alone_without_a_terminal_it_shows_help_and_is_wrong_usage(program: Program) -> None:
    ended = program()

    assert ended.code == 2
    assert ended.out == ""
    assert "Usage: segops-tui" in ended.err


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["segmets"], "Did you mean 'segments'?"),
        (["segments", "recomptue"], "Did you mean 'recompute'?"),
        (["segments", "list", "--limt", "3"], "--limit"),
        (["help", "segmens"], "Did you mean 'segments'?"),
    ],
)
def test_what_is_misspelt_names_the_nearest(program: Program, args: list[str], words: str) -> None:
    ended = program(*args)

    assert ended.code == 2
    assert words in ended.err


def test_help_of_a_command_is_its_own_help(program: Program) -> None:
    assert program("help", "segments", "list").out == program("segments", "list", "--help").out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_a_completion_script_names_the_program(program: Program, shell: str) -> None:
    ended = program("completion", shell)

    assert ended.code == 0
    assert "_SEGOPS_TUI_COMPLETE" in ended.out


def test_zsh_loads_its_completion_system_before_the_script_uses_it(program: Program) -> None:
    script = program("completion", "zsh").out

    assert script.startswith("#compdef segops-tui\n")
    assert script.index("autoload -Uz compinit && compinit") < script.index("    compdef _segops")


def test_fish_keeps_the_commas_of_a_description(program: Program) -> None:
    script = program("completion", "fish").out

    assert 'string split --max 1 "," $completion' in script
    assert 'string split ","' not in script


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed")
def test_fish_shows_whole_descriptions(program: Program, tmp_path: Path) -> None:
    script = tmp_path / "completion.fish"
    script.write_text(program("completion", "fish").out)
    folder = Path(sys.executable).parent
    asked = f'set -x PATH {folder} $PATH; source {script}; complete -C "segops-tui segment"'

    done = subprocess.run(["fish", "-c", asked], capture_output=True, text=True, check=True)

    assert done.stdout == "segments\tAudiences: define, recompute, export.\n"


def test_ids_complete_from_what_a_list_showed_without_a_request(program: Program) -> None:
    program("segments", "list")
    program.environ |= {
        "_SEGOPS_TUI_COMPLETE": "bash_complete",
        "COMP_WORDS": "segops-tui segments get 1",
        "COMP_CWORD": "3",
    }

    words = program.alone().out.split()

    assert [word.removeprefix("plain,") for word in words] == ["1", "10", "11", "12", "13", "14"]


def test_completion_survives_a_broken_cache(program: Program) -> None:
    paths = find_paths({"SEGOPS_TUI_HOME": str(program.home)})
    (program.home / "state" / "completion.json").write_text("[1, 2")

    remember(paths, "sandbox", "segment", [("1", "One")])

    assert '"One"' in (program.home / "state" / "completion.json").read_text()


def test_shared_options_are_the_fields_of_one_value() -> None:
    names = {option.name for option in [*shared_options(), *list_options()]}

    assert names == set(Shared._fields)
