"""The seeded shop that tests of this folder look at."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def seeded_file(shop_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workspace of seed number 1, as of noon on 1 June 2026: only read it."""
    return shutil.copy(shop_file, tmp_path_factory.mktemp("shop") / "shop.db")
