"""The command `segops-tui`."""

from __future__ import annotations

from typing import NoReturn


def main() -> NoReturn:
    """Run the program with this process's arguments."""
    from segops_tui.cli.core.program import Root

    Root().main()
