"""docs/cookbook.md: the blocks that `test_documents.py` does not run are run here."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.tools.forks import Forks

PAGE = Path(__file__).parents[2] / "docs" / "cookbook.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
BLOCKS: dict[str, str] = dict(BLOCK.findall(PAGE.read_text(encoding="utf-8")))
"""The last block of each language; `sh` has several, and its own test."""

PROGRAM = """#!/bin/sh
# Each profile is a workspace of its own: the sandbox of another home.
case "$1" in -p) export SEGOPS_TUI_HOME="$HOMES/$2"; shift 2 ;; esac
exec "{program}" "$@"
"""


class Shell:
    """Runs lines of a shell where `segops-tui` is this program."""

    def __init__(self, folder: Path, homes: Path, forks: Forks) -> None:
        self._folder = folder
        program = folder / "bin" / "segops-tui"
        program.parent.mkdir()
        forks.script(folder / "program")
        program.write_text(PROGRAM.format(program=folder / "program"))
        program.chmod(0o755)
        kept = {k: v for k, v in os.environ.items() if not k.startswith("SEGOPS_")}
        self._environ = kept | {
            "PATH": f"{program.parent}:{kept['PATH']}",
            "HOMES": str(homes),
            "SEGOPS_TUI_HOME": str(homes / "staging"),
        }

    def __call__(self, line: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", "-c", line], cwd=self._folder, env=self._environ,
            capture_output=True, text=True, timeout=240, check=False,
        )  # fmt: skip


@pytest.fixture
def shell(few_people_home: Path, tmp_path: Path, forks: Forks) -> Shell:
    for name in ("staging", "prod"):
        shutil.copytree(few_people_home, tmp_path / "homes" / name)
    return Shell(tmp_path, tmp_path / "homes", forks)


def test_every_block_is_run_by_one_of_the_tests() -> None:
    assert set(BLOCKS) == {"sh", "bash", "cron", "yaml"}


def test_staging_is_promoted_to_production(shell: Shell) -> None:
    line = "segops-tui -p staging competitors create --set name=Rival"
    made = shell(line)
    assert made.returncode == 0, made.stderr
    assert "Rival" not in shell("segops-tui -p prod competitors list").stdout

    for line in BLOCKS["bash"].splitlines():
        done = shell(line)
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"

    assert "Rival" in shell("segops-tui -p prod competitors list").stdout


def test_the_line_of_cron_recomputes_and_raises_the_alarm(shell: Shell) -> None:
    [line] = BLOCKS["cron"].splitlines()
    schedule, command = re.split(r"\s{2,}", line, maxsplit=1)

    done = shell(command)

    assert len(schedule.split()) == 5
    assert done.returncode == 1  # the sample workspace has something wrong, on purpose
    assert "stopped receiving" in done.stdout


def test_the_steps_of_the_action_run(shell: Shell) -> None:
    [job] = yaml.safe_load(BLOCKS["yaml"])["jobs"].values()
    steps = [step["run"] for step in job["steps"] if step.get("run", "").startswith("segops-tui")]

    codes = [shell(step).returncode for step in steps]

    assert codes == [0, 1]
