"""Defaults and aliases from the environment and the config file; `config get` and `set`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from segops_tui.cli.commands.reference.help import TOPICS, VARIABLES
from segops_tui.cli.core.exit_codes import ExitCode
from segops_tui.cli.core.options import DEFAULTS, FORMATS, variable_of
from segops_tui.config import faults

if TYPE_CHECKING:
    from tests.cli.conftest import Program

KEY = "sk_test_0123456789abcdef"


def test_the_file_is_overridden_by_the_environment_and_that_by_an_option(program: Program) -> None:
    program.config.write_text('[defaults]\noutput = "csv"\nlimit = 1\ntimeout = "2m"\n')
    line = ("segments", "list", "--fields", "id")

    assert program(*line).out == "id\n1\n"
    program.environ["SEGOPS_OUTPUT"] = "tsv"
    program.environ["SEGOPS_LIMIT"] = "2"
    assert program(*line).out == "id\n1\n2\n"
    assert program(*line, "-o", "name", "--limit", "1").out == "1\n"
    rows = {r["name"]: (r["value"], r["origin"]) for r in
            program("config", "show", "--all", "-o", "json").data}  # fmt: skip
    assert rows["output"] == ("json", "--output")
    assert rows["limit"] == (2, "SEGOPS_LIMIT")
    assert rows["timeout"] == (120.0, "config.toml, line 4")
    assert rows["max_retries"] == (3, "default")


def test_an_error_is_json_where_the_environment_asks_for_it(program: Program) -> None:
    program.environ["SEGOPS_OUTPUT"] = "json"

    assert program("segments", "get", "999").error["status"] == 404
    assert program("segments", "--nonsense").error["exit_code"] == 2


@pytest.mark.parametrize("name", DEFAULTS)
def test_a_default_without_meaning_is_named(program: Program, name: str) -> None:
    program.environ[variable_of(name)] = "x"

    ended = program("segments", "list")

    assert ended.code == 2
    assert f"{variable_of(name)}: " in ended.err
    assert variable_of(name) in VARIABLES


def test_a_wrong_default_in_the_file_is_a_fault_of_the_file(program: Program) -> None:
    program.config.write_text('[defaults]\noutput = "xml"\nlimt = 3\n')

    assert program("segments", "list").code == 2
    told = program("config", "validate").out
    assert "output is one of table, json" in told
    assert "Did you mean 'limit'?" in told
    assert (FORMATS, tuple(DEFAULTS)) == (faults.OUTPUTS, faults.DEFAULTS)


def test_a_setting_is_set_read_and_removed_and_comments_stay(program: Program) -> None:
    program.config.write_text("# mine\nversion = 1\n")

    assert program("config", "set", "output", "csv").code == 0
    assert program("config", "set", "max-retries", "0").code == 0
    assert program("config", "set", "theme", "light").code == 0
    assert program("config", "get", "output").out == "csv\n"
    assert program("config", "get", "max_retries").out == "0\n"
    assert program("config", "get", "theme", "-o", "json").data == "light"
    assert program("config", "set", "output", "--unset").code == 0
    assert program("config", "get", "output").out == "table\n"
    assert program("config", "get", "profiles.none.guard").code == 5
    assert program.config.read_text().startswith("# mine\n")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("output xml", "output is one of"),
        ("limit none", "limit must be a whole number"),
        ("limit", "Give a VALUE, or --unset."),
        ("profiles.x.key anything", "A key is never an argument"),
        (f"theme {KEY}", "VALUE is a key"),
        ("nonsense 3", "unknown key 'nonsense'"),
    ],
)
def test_a_setting_that_would_break_the_file_is_refused(
    program: Program, line: str, words: str
) -> None:
    ended = program("config", "set", *line.split())

    assert ended.code == 2
    assert words in ended.err
    assert KEY not in ended.out + ended.err
    assert not program.config.exists()


def test_an_alias_is_a_command_of_the_users_own(program: Program) -> None:
    program.config.write_text(
        "[aliases]\nfirst = 'segments list --limit 1'\nmine = 'first -o name'\n"
        "name = 'segments get $1 -o json --fields name'\nsegments = 'products'\n"
        "bad = '--all segments'\nround = 'round'\n"
    )

    assert program("mine").out == "1\n"
    assert program("first", "-o", "name").out == "1\n"
    assert program("name", "3").data == {"name": "Trial never bought"}
    assert "needs 1 arguments" in program("name").err
    assert program("segments", "get", "1").code == 0
    assert "begins with a command" in program("bad").err
    assert "No such command" in program("round").err


def test_the_topics_of_help_are_the_programs_own_facts(program: Program) -> None:
    codes = program("help", "exit-codes").out

    assert all(f"{code:>3}  {code.meaning[:20]}" in codes for code in ExitCode)
    assert all(name in program("help", "environment").out for name in VARIABLES)
    assert all(form in program("help", "formatting").out for form in FORMATS)
    assert "Did you mean 'formatting'?" in program("help", "formating").err
    assert all(program("help", topic).code == 0 for topic in TOPICS)
