"""The seeded shop that tests of this folder look at."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from segops_tui.sandbox.core.migrations import migrate
from segops_tui.sandbox.seeding.seed import seed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOW = datetime(2026, 3, 1, 0, 0, 1, tzinfo=UTC)
"""The day has just begun, so that it has no events yet."""


@pytest.fixture(scope="session")
def seeded_file(made_once: Callable[[str, Callable[[Path], object]], Path]) -> Path:
    """The workspace of seed number 1, as of `NOW`: only read it."""

    def fill(folder: Path) -> None:
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
            migrate(connection)
            seed(connection, now=NOW)
            connection.execute("VACUUM INTO ?", (str(folder / "shop.db"),))

    return made_once("shop-1", fill) / "shop.db"
