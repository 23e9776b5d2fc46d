"""`sandbox reset` replaces the contents in place: whoever has the file open loses no write."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from segops_tui.api.errors import NotFound, SegOpsConfigError
from segops_tui.client.blocking import SegOpsAdmin
from segops_tui.config.paths import find_paths
from segops_tui.sandbox.core.app import Sandbox
from segops_tui.sandbox.core.in_process import InProcess
from segops_tui.sandbox.seeding import seed
from segops_tui.session import open_sandbox, reset_sandbox

if TYPE_CHECKING:
    from pathlib import Path

    from segops_tui.config.paths import Paths


def fill(connection: sqlite3.Connection, *_: Any) -> None:
    """Less than the sample, and quicker."""
    connection.execute("INSERT INTO settings (key, value) VALUES ('seed', '1')")


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    monkeypatch.setattr(seed, "_fill", fill)
    return find_paths({"SEGOPS_TUI_HOME": str(tmp_path)})


def client_of(sandbox: Sandbox) -> SegOpsAdmin:
    return SegOpsAdmin(transport=InProcess(sandbox))


def test_a_sandbox_that_is_open_goes_on_with_the_new_contents(paths: Paths) -> None:
    with open_sandbox(paths) as served:
        client = client_of(served)
        old = client.products.create(sku="OLD", name="Old").id

        reset_sandbox(paths)

        with pytest.raises(NotFound):
            client.products.get(old)
        client.products.create(sku="NEW", name="New")
        with Sandbox(paths.sandbox_file) as later:
            assert [product.sku for product in client_of(later).products.list()] == ["NEW"]
    assert [path.name for path in paths.data.iterdir()] == ["sandbox.db"]


def test_a_file_that_is_no_database_is_replaced(paths: Paths) -> None:
    paths.data.mkdir()
    paths.sandbox_file.write_bytes(b"not a database, " * 500)

    reset_sandbox(paths)

    with open_sandbox(paths) as sandbox:
        assert list(client_of(sandbox).products.list()) == []


def test_a_reset_that_fails_leaves_everything_as_it_was(
    paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with open_sandbox(paths) as sandbox:
        client_of(sandbox).products.create(sku="OLD", name="Old")
        sandbox.store.folder.mkdir()
        (sandbox.store.folder / "export-1.csv").touch()
    monkeypatch.setattr(seed, "_fill", full)

    with pytest.raises(SegOpsConfigError, match="disk is full"):
        reset_sandbox(paths)

    with open_sandbox(paths) as sandbox:
        assert [product.sku for product in client_of(sandbox).products.list()] == ["OLD"]
        assert [path.name for path in sandbox.store.folder.iterdir()] == ["export-1.csv"]
    assert len(list(paths.data.iterdir())) == 2
