"""The command `segops-tui`.

Knows how to start; the table of commands is `cli.table`, and each command its own module.
"""

from __future__ import annotations

from typing import NoReturn


def main() -> NoReturn:
    """Run the program with this process's arguments."""
    from segops_tui.cli.core.program import Root

    Root().main()
