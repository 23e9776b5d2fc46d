"""The latest syncs of a connector, the newest first: how each went, when, how many people.

Knows the logs as the API tells them (contract §10); an odd one is left out.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from textual.content import Content
from textual.widget import Widget

from segops_tui import wording
from segops_tui.api.record import as_integer
from segops_tui.tui.core.text import crop, one_line
from segops_tui.tui.plots.canvas import joined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.geometry import Size

NEVER: Final = "Never synced. r does it now."
_SHOWN: Final = 5
"""Logs the API tells (contract §1.4)."""


class SyncLogs(Widget):
    """A line for each sync, and what went wrong below it."""

    DEFAULT_CSS = "SyncLogs { height: auto; width: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self._logs: Sequence[Any] = ()
        self._empty = ""

    def show(self, logs: Sequence[Any], *, empty: str = NEVER) -> None:
        """Draw these, or say why there are none."""
        self._logs, self._empty = logs, empty
        self.refresh(layout=True)

    def render(self) -> Content:
        """Draw what was shown last."""
        return joined(log_lines(self._logs, self._empty, self.size.width))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """As many lines as the width makes of them."""
        return len(log_lines(self._logs, self._empty, width))


def log_lines(logs: Sequence[Any], empty: str, cells: int) -> list[Content]:
    """The syncs wrapped to a width."""
    known = [log for log in logs if isinstance(log, Mapping)]
    if not known:
        return [Content.styled(empty, "$text-muted")]
    lines: list[Content] = []
    for log in known:
        lines.extend(_log_lines(log, cells))
        error = one_line(log.get("error_message") or "")
        for part in textwrap.wrap(error, max(8, cells - 3)):
            lines.append(Content.styled(f"   {part}", "$error"))
    if len(known) >= _SHOWN:
        lines += [Content(""), Content.styled("The API tells the latest 5.", "$text-muted")]
    return lines


def _log_lines(log: Mapping[str, Any], cells: int) -> list[Content]:
    """How it went, when, and how many people: in a line, or in as many as there is room for."""
    is_good = log.get("status") == "success"
    word = "pushed" if is_good else crop(one_line(log.get("status") or "error"), 20)
    pieces = [
        Content.assemble(("✓ " if is_good else "✗ ", "$success" if is_good else "$error"), word),
        Content.styled(wording.moment(_moment(log.get("synced_at"))), "$text-muted"),
    ]
    people = _people(log) if is_good else None
    if people is not None:
        pieces.append(people)
    lines = [pieces[0]]
    for piece in pieces[1:]:
        if lines[-1].cell_length + piece.cell_length + 2 <= cells:
            lines[-1] = Content("  ").join([lines[-1], piece])
        else:
            lines.append(Content.assemble("   ", piece))
    return lines


def _people(log: Mapping[str, Any]) -> Content | None:
    count = as_integer(log.get("user_count"))
    if count is None:
        return None
    changes = [
        f"{sign}{wording.count(number)}"
        for sign, name in (("+", "added"), ("−", "removed"))
        if (number := as_integer(log.get(name))) is not None
    ]
    words = wording.plural(count, "person", "people")
    return Content.assemble(words, (f"  {' '.join(changes)}".rstrip(), "$text-muted"))


def _moment(words: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(words)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
