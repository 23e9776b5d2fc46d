"""The command `segops-tui`."""

from __future__ import annotations

import gc
from typing import Any, Final, NoReturn

_MANY: Final = 100_000
"""Objects that a short run stays below; some 10 MB."""


def main() -> NoReturn:
    """Run the program with this process's arguments."""
    collect_late()
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
