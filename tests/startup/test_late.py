"""Modules that are loaded when they are used."""

from __future__ import annotations

import inspect
import sys
from threading import Barrier, Thread
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segops_tui.cli import load_late, tidy


@given(st.text(alphabet="ab \t\n"))
def test_a_text_is_tidied_as_inspect_does(text: str) -> None:
    assert tidy(text) == inspect.cleandoc(text)


@pytest.fixture
def colorsys(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    load_late("colorsys", ONE_THIRD="known")
    return sys.modules["colorsys"]


def test_a_module_is_loaded_when_something_unknown_is_asked_of_it(colorsys: ModuleType) -> None:
    from colorsys import ONE_THIRD

    assert ONE_THIRD == "known"
    assert "rgb_to_hsv" not in vars(colorsys)
    assert colorsys.rgb_to_hsv(0, 0, 0) == (0.0, 0.0, 0)
    assert colorsys.ONE_THIRD == 1 / 3
    assert not hasattr(colorsys, "no_such_name")


def test_threads_that_ask_at_once_all_get_the_loaded_module(colorsys: ModuleType) -> None:
    found, together = [], Barrier(8)

    def ask() -> None:
        together.wait()
        found.append(colorsys.hsv_to_rgb)

    threads = [Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(map(type, found)) == {type(ask)}
    assert len(found) == 8


def test_a_module_that_is_loaded_stays_as_it_is() -> None:
    load_late("inspect", cleandoc=None)

    assert sys.modules["inspect"] is inspect
    assert inspect.cleandoc("  a") == "a"
