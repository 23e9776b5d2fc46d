"""The command `segops-tui`."""

from __future__ import annotations

import gc
from typing import NoReturn


def main() -> NoReturn:
    """Run the program with this process's arguments."""
    from segops_tui.cli.core.program import Root

    try:
        Root().main()
    finally:
        # The interpreter looks for cycles several times at its end, a tenth of a short run's time.
        gc.freeze()
