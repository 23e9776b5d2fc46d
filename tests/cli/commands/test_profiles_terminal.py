"""In a real terminal: a key is typed without being seen, and is in nothing the machine shows."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pexpect
import pytest

from tests.cli.conftest import clean_environment

if TYPE_CHECKING:
    from tests.cli.conftest import Program

KEY = "sk_test_0123456789abcdef"


def spawn(program: Program, *args: str, **environ: str) -> pexpect.spawn:
    return pexpect.spawn(
        sys.executable,
        ["-m", "segops_tui", *args],
        env={**clean_environment(), "SEGOPS_TUI_HOME": str(program.home), **environ},
        dimensions=(30, 100),
        timeout=240,
    )


def test_a_key_is_typed_hidden_and_shown_nowhere(program: Program) -> None:
    child = spawn(program, "profiles", "add", "staging", "--no-check")
    child.expect("API key")
    said = child.before + child.after
    child.sendline(KEY)
    child.expect(pexpect.EOF)
    said += child.before
    child.close()

    assert child.exitstatus == 0
    assert KEY.encode() not in said
    assert "sk_test_…cdef" in said.decode()
    assert KEY in program.config.read_text()


def test_ctrl_c_at_the_question_keeps_nothing(program: Program) -> None:
    child = spawn(program, "profiles", "add", "staging")
    child.expect("API key")
    child.sendcontrol("c")
    child.expect(pexpect.EOF)
    child.close()

    assert child.exitstatus == 130
    assert not program.config.exists()


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="no /proc here")
def test_a_key_is_in_no_command_line_and_no_childs_environment(
    program: Program, tmp_path: Path
) -> None:
    """A key that was typed is seen neither by ps nor by the program that edits the file."""
    child = spawn(program, "profiles", "add", "staging", "--no-check")
    child.expect("API key")
    child.sendline(KEY)
    child.expect(pexpect.EOF)
    child.close()
    seen = tmp_path / "seen"
    script = tmp_path / "editor.py"
    script.write_text(
        "import os, pathlib\n"
        f"out = pathlib.Path({str(seen)!r})\n"
        "for who in (os.getpid(), os.getppid()):\n"
        "    for what in ('cmdline', 'environ'):\n"
        "        with out.open('ab') as file:\n"
        "            file.write(pathlib.Path(f'/proc/{who}/{what}').read_bytes())\n"
    )
    child = spawn(program, "config", "edit", EDITOR=f"{sys.executable} {script}")
    child.expect("nothing was changed")
    child.expect(pexpect.EOF)
    child.close()

    assert b"segops_tui" in seen.read_bytes()
    assert KEY.encode() not in seen.read_bytes()
