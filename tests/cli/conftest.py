"""A sandbox seeded once a session, copied for each test, and a way to run the command."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from segops_tui.cli.core.program import Root
from segops_tui.client.blocking import SegOpsAdmin
from segops_tui.config.paths import find_paths
from segops_tui.sandbox.core.app import Sandbox
from segops_tui.sandbox.seeding.sample import sample_csv

REAL_SLEEP = SegOpsAdmin.sleep
PATIENCE = 240
"""Seconds a process may take, which is orders above what it takes: a busy machine is slow."""


@dataclass(frozen=True)
class Ended:
    """How a run ended."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)

    @property
    def error(self) -> dict[str, Any]:
        return json.loads(self.err.splitlines()[-1])["error"]


class Program:
    """The command, in this process or as one of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.environ: dict[str, str | None] = {"SEGOPS_TUI_HOME": str(home)}

    def __call__(self, *args: str, input: str | bytes | None = None) -> Ended:
        result = CliRunner().invoke(Root(), list(args), input=input, env=self.environ)
        return Ended(result.exit_code, result.stdout, result.stderr)

    def alone(
        self, *args: str, input: str | None = None, script: str | None = None, **more: Any
    ) -> Ended:
        """Run in a process of its own; `script` is a program that calls the command itself."""
        start = ["-m", "segops_tui"] if script is None else ["-c", script]
        done = subprocess.run(
            [sys.executable, *start, *args],
            input=input,
            capture_output=True,
            text=True,
            env={**clean_environment(), **{k: v for k, v in self.environ.items() if v}},
            timeout=PATIENCE,
            check=False,
            **more,
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    @property
    def config(self) -> Path:
        file = self.home / "config" / "config.toml"
        file.parent.mkdir(parents=True, exist_ok=True)
        return file


def clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("SEGOPS_")}


@pytest.fixture(scope="session")
def whole_shop_home(shop_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("whole-shop")
    file = find_paths({"SEGOPS_TUI_HOME": str(home)}).sandbox_file
    file.parent.mkdir()
    shutil.copy(shop_file, file)
    return home


@pytest.fixture
def whole_shop() -> None:
    """The sandbox is the whole small shop: for what needs thousands of people or products."""


@pytest.fixture
def seeded(request: pytest.FixtureRequest) -> Path:
    """The file of a seeded sandbox, of few people unless a test uses `whole_shop`."""
    whole = "whole_shop" in request.fixturenames
    home = request.getfixturevalue("whole_shop_home" if whole else "few_people_home")
    return find_paths({"SEGOPS_TUI_HOME": str(home)}).sandbox_file


@pytest.fixture(scope="session")
def sample_bytes() -> bytes:
    """The sample catalogue, made once: it is drawn from a whole shop."""
    return sample_csv()


@pytest.fixture(autouse=True)
def _no_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _no_waits(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    clock: Callable[[], datetime],
) -> None:
    """A command in this process that waits moves the clock of its sandbox on instead.

    That of the whole shop begins when the shop was made.
    """
    whole = "whole_shop" in request.fixturenames
    passed = clock() - datetime.now(UTC) if whole else timedelta()

    def sleep(_client: SegOpsAdmin, seconds: float, /) -> None:
        nonlocal passed
        passed += timedelta(seconds=seconds)
        # Several jobs would ask without end while one of them is carried out.
        time.sleep(min(seconds, 0.02))

    monkeypatch.setattr(SegOpsAdmin, "sleep", sleep)
    defaults = Sandbox.__init__.__kwdefaults__
    monkeypatch.setitem(defaults, "clock", lambda: datetime.now(UTC) + passed)


@pytest.fixture
def real_waits(_no_waits: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands in this process wait as they do for a person."""
    monkeypatch.setattr(SegOpsAdmin, "sleep", REAL_SLEEP)


@pytest.fixture
def program(home: Path, seeded: Path) -> Program:
    """The command on a seeded sandbox that all tests share: for those that change nothing."""
    _settle_in(home)
    (home / "data").symlink_to(seeded.parent)
    return Program(home)


@pytest.fixture
def changing(home: Path, seeded: Path) -> Program:
    """The command on a seeded sandbox of its own, to be changed."""
    _settle_in(home)
    (home / "data").mkdir()
    shutil.copy(seeded, home / "data" / seeded.name)
    return Program(home)


def _settle_in(home: Path) -> None:
    """A home that is past its first-run note."""
    (home / "state").mkdir(parents=True)
    (home / "state" / "sandbox-noted").touch()
