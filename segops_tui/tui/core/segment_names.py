"""Segments as a user types them: by name, completed, with the id where names are not unique."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from segops_tui import wording
from segops_tui.tui.core.text import crop, one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST = 60
_LISTED = 3
"""Matching names that a fault lists."""


class SegmentNames:
    """Resolves what was typed for a segment: its name or its id."""

    def __init__(self, names: Mapping[int, str]) -> None:
        shown = {key: crop(one_line(name).strip(), _LONGEST) for key, name in names.items()}
        times = Counter(name.casefold() for name in shown.values())
        # Names of more than one segment are followed by the id.
        self._labels = {
            key: name if name and times[name.casefold()] == 1 else f"{name} #{key}".strip()
            for key, name in shown.items()
        }
        self._ids = {label.casefold(): key for key, label in self._labels.items()}

    @property
    def labels(self) -> list[str]:
        """The labels of all segments, sorted."""
        return sorted(self._labels.values(), key=str.casefold)

    def label(self, segment_id: int) -> str:
        """The label of a segment."""
        return self._labels.get(segment_id, str(segment_id))

    def id_of(self, typed: str) -> int | None:
        """The segment of a name, of a part of one name only, or of an id."""
        words = typed.strip().casefold()
        if words in self._ids:
            return self._ids[words]
        if words.removeprefix("#").isascii() and words.removeprefix("#").isdigit():
            # The server rejects an id that does not exist.
            return int(words.removeprefix("#")[:18])
        matching = self._matching(words)
        return self._ids[matching[0].casefold()] if len(matching) == 1 else None

    def fault(self, typed: object) -> str:
        """Why it is not a segment; lists the matching names where there are several."""
        words = str(typed).strip().casefold()
        if self.id_of(words) is not None:
            return ""
        matching = self._matching(words)
        if not matching:
            return "No such segment; enter a name or an id."
        return f"Which one? {wording.listed(matching, most=_LISTED, word='or')}"

    def _matching(self, words: str) -> list[str]:
        return [label for label in self.labels if words in label.casefold()]
