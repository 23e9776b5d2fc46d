"""A keyring in memory, where a test wants one."""

from __future__ import annotations

import sys
import threading
import types
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


class Keyring:
    """A keyring that does as it is told: it keeps, it refuses, or it hangs."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.fault: Exception | None = None
        self.gate: threading.Event | None = None

    def _obey(self) -> None:
        if self.gate is not None:
            self.gate.wait(120)
        if self.fault is not None:
            raise self.fault

    def get_password(self, service: str, name: str) -> str | None:
        self._obey()
        return self.kept.get((service, name))

    def set_password(self, service: str, name: str, text: str) -> None:
        self._obey()
        self.kept[service, name] = text

    def delete_password(self, service: str, name: str) -> None:
        self._obey()
        del self.kept[service, name]

    def get_keyring(self) -> Keyring:
        self._obey()
        return self


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> Iterator[Keyring]:
    ring = Keyring()
    module = types.ModuleType("keyring")
    for name in ("get_password", "set_password", "delete_password", "get_keyring"):
        setattr(module, name, getattr(ring, name))
    monkeypatch.setitem(sys.modules, "keyring", module)
    yield ring
    if ring.gate is not None:
        ring.gate.set()
