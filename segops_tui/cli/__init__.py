"""The command `segops-tui`."""

from __future__ import annotations

import gc
import os
import sys
from threading import RLock
from types import ModuleType
from typing import Any, Final, NoReturn

_MANY: Final = 100_000
"""Objects that a short run stays below; some 10 MB."""


def main() -> NoReturn:
    """Run the program with this process's arguments."""
    collect_late()
    load_less()
    from segops_tui.cli.core.program import Root

    try:
        Root().main()
    finally:
        # The interpreter looks for cycles several times at its end, a tenth of a short run's time.
        gc.freeze()


def collect_late() -> None:
    """Look for cycles only once there are many objects; from then on as usual.

    Modules that are being loaded make many objects and no cycles: looking for those takes a
    twentieth of a short run, and a short run ends before there are many.
    """
    usual = gc.get_threshold()

    def collecting(_phase: str, _about: dict[str, Any]) -> None:
        gc.callbacks.remove(collecting)
        gc.set_threshold(*usual)

    gc.callbacks.append(collecting)
    gc.set_threshold(_MANY, *usual[1:])


def load_less() -> None:
    """Let modules be loaded late that are a tenth of a short run, which does not need them.

    click imports `inspect` (and that `ast`, `dis` and `tokenize`) to tidy the text of each option,
    `gettext`, which looks for translations on disk, of which it has none, and `uuid`, which asks
    `platform` for the system's name; `urllib.parse` imports `ipaddress`.
    """
    load_late("inspect", cleandoc=tidy)
    load_late(
        "gettext",
        gettext=lambda text: text,
        ngettext=lambda one, many, number: one if number == 1 else many,
    )
    if sys.platform != "win32":
        load_late("platform", system=lambda: os.uname().sysname)
    load_late("ipaddress")


def tidy(text: str) -> str:
    """A docstring without the indentation that its lines share: `inspect.cleandoc`."""
    first, *lines = text.expandtabs().split("\n")
    margin = min([len(line) - len(line.lstrip()) for line in lines if line.strip()], default=0)
    lines = [first.lstrip(), *(line[margin:] for line in lines)]
    while lines and not lines[-1]:
        lines.pop()
    while lines and not lines[0]:
        lines.pop(0)
    return "\n".join(lines)


class _Late(ModuleType):
    """A module that is loaded when something is asked of it, while other threads wait."""

    _loading = RLock()

    def __getattr__(self, name: str) -> Any:
        """Load the module.

        Raises:
            AttributeError: it has no such name, or not yet, as it is being loaded.
        """
        known = vars(self)
        if name == "__path__":  # asked of every module that a name is imported from
            raise AttributeError(name)
        with self._loading:
            if "_is_loading" not in known and self.__spec__ and self.__spec__.loader:
                known["_is_loading"] = True
                self.__spec__.loader.exec_module(self)
                object.__setattr__(self, "__class__", ModuleType)
        if name not in known:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        return known[name]


def load_late(name: str, **known: Any) -> None:
    """Let a module be loaded when something is asked of it that is not `known`."""
    from importlib.machinery import PathFinder

    spec = None if name in sys.modules else PathFinder.find_spec(name)
    if spec is not None:
        module = sys.modules[name] = _Late(name)
        module.__spec__, module.__loader__, module.__file__ = spec, spec.loader, spec.origin
        vars(module).update(known)
