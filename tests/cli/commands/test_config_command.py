"""`config`: where it is, what is in effect and why, what is wrong, and a safe editor."""

from __future__ import annotations

import stat
import sys
from typing import TYPE_CHECKING

import pytest

from segops_tui.cli.core.context import Invocation

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Program

KEY = "sk_test_0123456789abcdef"
GOOD = f"""\
version = 1
default = "staging"

# Where we try things.
[profiles.staging]
api_url = "https://staging.example.com/api"
key = "{KEY}"
"""


def write(program: Program, text: str) -> None:
    program.config.write_text(text)
    program.config.chmod(0o600)


def editor(program: Program, folder: Path, *steps: str) -> None:
    """An editor that changes the text by one Python expression of `text` after another."""
    script = folder / "editor.py"
    script.write_text(
        "import pathlib, sys\n"
        f"steps = {list(steps)!r}\n"
        "count = pathlib.Path(__file__).with_name('count')\n"
        "number = int(count.read_text()) if count.exists() else 0\n"
        "count.write_text(str(number + 1))\n"
        "file = pathlib.Path(sys.argv[1])\n"
        "assert file.stat().st_mode & 0o777 == 0o600\n"
        "text = file.read_text()\n"
        "file.write_text(eval(steps[min(number, len(steps) - 1)]))\n"
    )
    program.environ |= {"VISUAL": None, "EDITOR": f"{sys.executable} {script}"}


def test_path_prints_the_file_and_as_data_every_place(program: Program) -> None:
    assert program("config", "path").out == f"{program.config}\n"
    data = program("config", "path", "-o", "json").data
    assert data["config_file"] == str(program.config)
    assert data["exists"] is False
    assert data["debug_log"].endswith("state/logs/debug.log")


def origins(program: Program, *args: str) -> dict[str, tuple[object, str]]:
    rows = program("config", "show", "-o", "json", *args).data
    return {row["name"]: (row["value"], row["origin"]) for row in rows}


def test_show_says_where_every_value_came_from(program: Program) -> None:
    write(program, GOOD)

    said = origins(program)

    assert said["profile"] == ("staging", "config.toml, line 2")
    assert said["api_url"] == ("https://staging.example.com/api", "config.toml, line 6")
    assert said["key"] == ("sk_test_…cdef", "config.toml, line 7")
    assert said["guard"] == ("none", "default")
    assert said["timeout"] == (30.0, "default")
    assert said["config_file"] == (str(program.config), "SEGOPS_TUI_HOME")


def test_show_follows_flags_and_the_environment(program: Program) -> None:
    write(program, GOOD)
    program.environ |= {
        "SEGOPS_API_KEY": "sk_test_ffffffffffffffff",
        "SEGOPS_API_URL": "https://other.example.com/api",
        "SEGOPS_PROFILE": "staging",
        "NO_COLOR": "1",
    }

    said = origins(program, "--timeout", "5", "--read-only")

    assert said["profile"] == ("staging", "SEGOPS_PROFILE")
    assert said["api_url"] == ("https://other.example.com/api", "SEGOPS_API_URL")
    assert said["key"] == ("sk_test_…ffff", "environment variable SEGOPS_API_KEY")
    assert said["timeout"] == (5.0, "--timeout")
    assert said["read_only"] == (True, "--read-only")
    assert said["color"] == ("never", "NO_COLOR")


def test_show_works_on_the_sandbox(program: Program) -> None:
    said = origins(program)

    assert said["profile"] == ("sandbox", "built in")
    assert said["key"][0] is None


def test_a_file_without_a_fault_is_valid(program: Program) -> None:
    write(program, GOOD)

    ended = program("config", "validate")

    assert (ended.code, ended.out) == (0, "")
    assert "nothing wrong" in ended.err
    assert program("config", "validate", "-o", "json").data["valid"] is True


def test_no_file_is_valid_and_a_named_one_that_is_not_there_is_not(program: Program) -> None:
    assert program("config", "validate").code == 0
    assert program("config", "validate", "gone.toml").code == 2


def test_every_fault_is_told_with_line_and_remedy(program: Program) -> None:
    write(program, f'defalut = "x"\n[profiles.a]\napi_ulr = 3\nkey = "{KEY}"\nguard = "no"\n')

    ended = program("config", "validate")

    assert ended.code == 2
    assert ended.out.splitlines() == [
        "config.toml:1: has an unknown key 'defalut'. Did you mean 'default'?",
        "config.toml:3: [profiles.a] has an unknown key 'api_ulr'. Did you mean 'api_url'?",
        "config.toml:5: [profiles.a] guard is one of none, read-only, production."
        " Did you mean 'none'?",
    ]


def test_what_does_not_parse_names_its_line(program: Program, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text(f'version = 1\nkey = "{KEY}\n')

    ended = program("config", "validate", str(other), "-o", "json")

    assert ended.code == 2
    assert ended.data["valid"] is False
    assert ended.data["faults"][0]["line"] == 2
    assert KEY not in ended.out


def test_an_edit_is_kept_and_comments_with_it(program: Program, tmp_path: Path) -> None:
    write(program, GOOD)
    editor(program, tmp_path, "text.replace('https://staging', 'https://qa')")

    ended = program("config", "edit")

    assert ended.code == 0
    assert program.config.read_text() == GOOD.replace("https://staging", "https://qa")
    assert stat.S_IMODE(program.config.stat().st_mode) == 0o600
    assert KEY not in ended.out + ended.err


@pytest.mark.parametrize("step", ["text + 'x ='", "text.replace('api_url', 'api_ulr')"])
def test_without_a_terminal_a_wrong_edit_changes_nothing(
    program: Program, tmp_path: Path, step: str
) -> None:
    write(program, GOOD)
    editor(program, tmp_path, step)

    ended = program("config", "edit")

    assert ended.code == 2
    assert "config.toml:" in ended.err
    assert "left as it was" in ended.err
    assert program.config.read_text() == GOOD
    assert [p.name for p in program.config.parent.iterdir()] == ["config.toml"]


def test_on_a_terminal_a_wrong_edit_can_be_mended(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(program, GOOD)
    editor(program, tmp_path, "text + '[profiles.'", "text.removesuffix('[profiles.') + '# ok\\n'")
    monkeypatch.setattr(Invocation, "is_interactive", True)

    ended = program("config", "edit", input="\n")

    assert "Edit it again? [Y/n]" in ended.err
    assert ended.code == 0
    assert program.config.read_text() == f"{GOOD}# ok\n"


def test_a_wrong_edit_can_be_let_go(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(program, GOOD)
    editor(program, tmp_path, "text + 'x ='")
    monkeypatch.setattr(Invocation, "is_interactive", True)

    assert program("config", "edit", input="n\n").code == 2
    assert program.config.read_text() == GOOD


def test_a_file_that_is_broken_already_can_be_mended(program: Program, tmp_path: Path) -> None:
    write(program, GOOD + "x =")
    editor(program, tmp_path, "text.removesuffix('x =')")

    assert program("config", "edit").code == 0
    assert program.config.read_text() == GOOD


def test_a_first_edit_begins_with_an_example_and_writes_nothing_unasked(
    program: Program, tmp_path: Path
) -> None:
    editor(program, tmp_path, "text")

    assert program("config", "edit").code == 0
    assert not program.config.exists()


def test_what_somebody_else_changed_meanwhile_is_not_lost(program: Program, tmp_path: Path) -> None:
    write(program, GOOD)
    editor(
        program,
        tmp_path,
        f"(pathlib.Path({str(program.config)!r}).write_text('# theirs'), text + '# ours')[1]",
    )

    ended = program("config", "edit")

    assert ended.code == 2
    assert "changed by another program" in ended.err
    assert program.config.read_text() == "# theirs"


@pytest.mark.parametrize(
    ("command", "words"),
    [("no-such-editor-here", "could not be started"), ("false", "ended with exit code 1")],
)
def test_an_editor_that_fails_changes_nothing(program: Program, command: str, words: str) -> None:
    write(program, GOOD)
    program.environ |= {"VISUAL": command}

    ended = program("config", "edit")

    assert ended.code == 2
    assert words in ended.err
    assert program.config.read_text() == GOOD


def test_keys_nobody_knows_and_keys_in_the_way_are_faults_with_their_line(program):
    program.config.write_text(
        'version = 1\ntheme = "light"\n\n[keys]\n"list.srot" = "o"\nlist.sort = "r"\n'
    )

    ended = program("config", "validate")

    assert ended.code == 2
    assert "config.toml:4: [keys]" in ended.out or "config.toml:4:" in ended.out
    assert "there is no action 'list.srot'. Did you mean list.sort?" in ended.out
    assert "segments.recompute and list.sort are both on r." in ended.out


def test_a_theme_nobody_knows_is_named_with_those_there_are(program):
    program.config.write_text('theme = "drak"\n')

    ended = program("config", "validate")

    assert ended.code == 2
    assert "config.toml:1: theme is one of dark, light, ansi. Did you mean 'dark'?" in ended.out
