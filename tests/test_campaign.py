"""The fault campaign itself, at a size for every day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.tools.campaign import Tally, _judge, campaign

if TYPE_CHECKING:
    from pathlib import Path


def test_a_small_campaign_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    tally = campaign(jobs=18, kills=1, hostile=20, real=1)

    assert tally.found == []
    assert dict(tally.done) == {
        "kills": 1,
        "kills of commands and servers": 1,
        "jobs": 18,
        "hostile inputs": 20,
    }


@pytest.mark.parametrize("fault", ["lost", "doubled", "tracebacks", "key_bytes"])
def test_one_fault_is_enough_to_fail(fault: str) -> None:
    assert not Tally(**{fault: 1}).is_good


def test_a_bug_and_a_key_are_seen() -> None:
    class Ended:
        exception = None
        output = "Traceback (most recent call last): sk_test_campaign0123456789abcdef"
        stdout_bytes = output.encode()
        stderr_bytes = b""

    tally = Tally()
    _judge(["x"], Ended(), tally)

    assert tally.tracebacks == 1
    assert tally.key_bytes == 32
