"""What can be done in the import screen, step by step.

Knows actions only.
"""

from __future__ import annotations

from typing import Final

from segops_tui.nouns.action import Action

IMPORT_ACTIONS: Final = (
    Action(
        "import.accept",
        "Take the proposal",
        "a",
        "pane",
        "products import {file} --map {map}",
        help="Map the column that was proposed to tell rows apart.",
    ),
    Action(
        "import.skip",
        "Skip column",
        "x",
        "one",
        "products import {file} --skip {column}",
        help="Leave the column under the cursor out.",
    ),
    Action(
        "import.compare",
        "Compare",
        "c",
        "pane",
        "products import {file} --diff --dry-run",
        help="Count what would be new, changed and unchanged in the catalogue.",
    ),
    Action(
        "import.go",
        "Import",
        "i",
        "pane",
        "products import {file} --yes",
        help="Import the rows with these columns.",
        changes=True,
    ),
    Action(
        "import.again",
        "Another file",
        "n",
        "pane",
        "products import {file}",
        help="Begin anew with another file.",
    ),
    Action(
        "import.leave",
        "Leave",
        "escape",
        "pane",
        "jobs list",
        help="Go back; a running import goes on and is in the tray.",
    ),
)
