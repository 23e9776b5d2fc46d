"""The Python of docs/python.md, run from top to bottom as one script against a sandbox."""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segops_tui import SegOpsAdmin
from segops_tui.api.namespaces import NAMESPACES
from segops_tui.sandbox.core.app import Sandbox

if TYPE_CHECKING:
    import pytest

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "python.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
KEY = "sk_test_0123456789abcdef"


def run(blocks: list[str], names: dict[str, Any]) -> None:
    """Run blocks in one namespace, in a thread of its own: one of them starts an event loop."""
    failed: list[BaseException] = []

    def carry_out() -> None:
        try:
            for block in blocks:
                exec(compile(block, "python.md", "exec"), names)
        except BaseException as error:  # noqa: BLE001 (raised again below)
            failed.append(error)

    thread = threading.Thread(target=carry_out)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]


def test_the_blocks_run_in_the_order_they_are_read(
    tmp_path: Path,
    http_door: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "__docs__"}
    with (
        Sandbox(tmp_path / "docs.db", keys=frozenset({KEY}), pace=0) as sandbox,
        http_door(sandbox) as address,
    ):
        monkeypatch.setenv("SEGOPS_API_KEY", KEY)
        monkeypatch.setenv("SEGOPS_API_URL", address)
        with SegOpsAdmin() as client:
            for user in ("u_0", "u_1"):
                client.events.track(user_id=user, event_type="order_placed", payload={"total": 250})
        run([block for block in BLOCKS if "@pytest.fixture" not in block], names)
        names["client"].close()

    assert (tmp_path / "members.csv").read_bytes() == names["content"]
    assert "u_0\nu_1\n" in capsys.readouterr().out


def test_the_fixture_is_a_test_double(tmp_path: Path) -> None:
    (block,) = (block for block in BLOCKS if "@pytest.fixture" in block)
    names: dict[str, Any] = {"__name__": "__docs__"}
    run([block.replace("@pytest.fixture\n", "")], names)

    with contextmanager(names["segops"])(tmp_path) as client:
        names["test_high_value_buyers_are_found"](client)


def test_the_table_names_calls_that_exist() -> None:
    client = SegOpsAdmin(transport=object())  # type: ignore[arg-type]
    named = dict(re.findall(r"^\| (`[a-z_`, ]+`) \| (`[a-z_` ]+`)[^|]*\|$", PAGE, re.MULTILINE))

    nouns = {noun for nouns in named for noun in re.findall(r"[a-z_]+", nouns)}
    assert nouns == {*NAMESPACES, "http"}
    for listed, calls in named.items():
        for noun in re.findall(r"[a-z_]+", listed):
            for call in re.findall(r"[a-z_]+", calls):
                assert callable(getattr(getattr(client, noun), call)), f"{noun}.{call}"
