"""The README's Python, run as it stands but for the key and the address."""

from __future__ import annotations

import re
import threading
from pathlib import Path
from typing import Any

import pytest

from segops_tui import Sandbox, SegOpsAdmin

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
KEY = "sk_test_0123456789abcdef"


def run(block: str, address: str) -> None:
    """Run a block in a thread of its own: one of them starts an event loop."""
    code = block.replace('"sk_live_…"', f'"{KEY}", base_url="{address}"')
    assert code != block
    failed: list[BaseException] = []

    def carry_out() -> None:
        try:
            exec(compile(code, "README.md", "exec"), {"__name__": "__readme__"})
        except BaseException as error:  # noqa: BLE001 (told below)
            failed.append(error)

    thread = threading.Thread(target=carry_out)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]


def test_both_colours_are_shown() -> None:
    assert len(BLOCKS) == 2


@pytest.mark.parametrize("block", BLOCKS)
def test_a_block_runs_as_written(
    block: str, tmp_path: Path, http_door: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """The vendor's quick start: a bare monetary condition, a recompute, the members."""
    with Sandbox(tmp_path / "s.db", pace=0) as sandbox, http_door(sandbox) as address:
        with SegOpsAdmin(KEY, base_url=address) as client:
            client.events.track(user_id="u_1", event_type="order_placed", payload={"total": 250})
            client.segments.create(name="Everybody")

        run(block, address)

        with SegOpsAdmin(KEY, base_url=address) as client:
            names = [segment.name for segment in client.segments.list()]
            counts = {s.name: s.member_count for s in client.segments.list()}
    if "create" in block:
        assert "High-value buyers" in names
        assert counts["High-value buyers"] == 1
        assert capsys.readouterr().out == "u_1\n"
    else:
        assert "Everybody" in capsys.readouterr().out
