"""A process that changes its own profile again and again, and says what it was told is kept.

Run by tests as `python writing_run.py NAME ROUND`.
"""

from __future__ import annotations

import json
import os
import sys

import tomlkit  # noqa: F401 (loaded before "ready", so that the kill falls into the writing)

from segops_tui.config import store
from segops_tui.config.paths import find_paths
from segops_tui.config.store import NewProfile

CHANGES = 6


def main() -> None:
    """Write, and say so once it is on disk."""
    name, number = sys.argv[1:]
    paths = find_paths(os.environ)
    sys.stdout.write('"ready"\n')
    sys.stdout.flush()
    sys.stdin.readline()
    for change in range(CHANGES):
        workspace = f"round {number}, change {change}"
        store.add(paths, NewProfile(name, {"workspace": workspace, "key_env": "X"}), update=True)
        sys.stdout.write(json.dumps([name, workspace]) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
