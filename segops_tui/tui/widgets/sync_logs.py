"""The latest syncs of a connector, newest first: outcome, time, number of people (contract §10)."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from textual.content import Content
from textual.widget import Widget

from segops_tui import wording
from segops_tui.api.record import as_integer
from segops_tui.tui.core.sized import AutoSized
from segops_tui.tui.core.text import crop, one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.geometry import Size

NEVER: Final = "Never synced. Press r to sync."
_SHOWN: Final = 5
"""The API returns this many logs at most (contract §1.4)."""


class SyncLogs(AutoSized, Widget):
    """Lists syncs, each with its error below it."""

    DEFAULT_CSS = "SyncLogs { height: auto; width: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self._logs: Sequence[Any] = ()
        self._empty = ""

    def show(self, logs: Sequence[Any], *, empty: str = NEVER) -> None:
        """Draw these logs, or the empty text if there are none."""
        self._logs, self._empty = logs, empty
        self.refresh(layout=True)

    def render(self) -> Content:
        """Draw the list."""
        return Content("\n").join(log_lines(self._logs, self._empty, self.size.width))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """Return the number of wrapped lines."""
        return len(log_lines(self._logs, self._empty, width))


def log_lines(logs: Sequence[Any], empty: str, cells: int) -> list[Content]:
    """Wrap the logs to a width; malformed ones are skipped."""
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
        lines += [Content(""), Content.styled("Only the latest 5 are available.", "$text-muted")]
    return lines


def _log_lines(log: Mapping[str, Any], cells: int) -> list[Content]:
    """Return outcome, time and number of people, on one line if they fit."""
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
