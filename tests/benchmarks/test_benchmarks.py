"""The benchmarks run on what the package is today."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest


def test_the_quick_benchmark_names_nothing_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """It imports those of the client, the console and the sandbox."""
    monkeypatch.syspath_prepend(Path(__file__).parent)
    assert callable(import_module("quick").main)
