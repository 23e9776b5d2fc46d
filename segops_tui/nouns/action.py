"""Actions: everything a person can do to a noun, said once for keys, palette, log and docs.

Knows names and the equivalent command line; does nothing itself.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Any, Literal

Scope = Literal["one", "marked", "pane", "app"]
"""What an action is about: the row under the cursor, the marked rows, the pane, everything."""


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do. `id` is stable: a keymap and a log refer to it."""

    id: str
    title: str
    key: str
    """Textual's name of the default key; empty for palette only."""
    scope: Scope
    command: str
    """The command line that does the same, with `{id}`, `{ids}` or other names to fill."""
    danger: bool = False
    """Asks before it acts."""
    help: str = ""
    changes: bool = False
    """Sends what a guarded profile refuses."""

    def command_line(self, **values: Any) -> str:
        """The equivalent command, ready to paste: every value quoted for a shell."""
        quoted = {
            name: " ".join(shlex.quote(str(item)) for item in value)
            if isinstance(value, list | tuple)
            else shlex.quote(str(value))
            for name, value in values.items()
        }
        return f"segops-tui {self.command.format(**quoted)}"


SEGMENT_ACTIONS: tuple[Action, ...] = (
    Action(
        "segments.recompute",
        "Recompute",
        "r",
        "marked",
        "segments recompute {ids}",
        help="Compute the membership anew and watch the count change.",
        changes=True,
    ),
    Action(
        "segments.recompute_stale",
        "Recompute stale",
        "R",
        "pane",
        "segments recompute --stale 24h",
        help="Compute every segment that is older than a day or was never computed.",
        changes=True,
    ),
    Action(
        "segments.export",
        "Export members",
        "x",
        "one",
        "segments export {id} --to {to}",
        help="Write the members to a CSV file.",
        changes=True,
    ),
    Action(
        "segments.delete",
        "Delete",
        "d",
        "marked",
        "segments delete {ids}",
        danger=True,
        help="Delete for good.",
        changes=True,
    ),
)

PRODUCT_ACTIONS: tuple[Action, ...] = (
    Action(
        "products.import",
        "Import CSV",
        "i",
        "pane",
        "products import {file}",
        help="Check a file, review its columns, import it.",
        changes=True,
    ),
    Action(
        "products.score",
        "Score",
        "c",
        "marked",
        "products score {ids}",
        help="Score how readable the product is for AI assistants.",
        changes=True,
    ),
    Action(
        "products.delete",
        "Delete",
        "d",
        "marked",
        "products delete {ids}",
        danger=True,
        help="Delete for good.",
        changes=True,
    ),
)
