"""Segments by their names, as a person types them: completed, found, told apart.

Knows ids and names, which are a server's; asks nobody.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from segops_tui import wording
from segops_tui.tui.core.text import crop, one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST = 60
_TOLD = 3
"""Names told of those that fit."""


class SegmentNames:
    """What a field takes for a segment: its name, or its id."""

    def __init__(self, names: Mapping[int, str]) -> None:
        shown = {key: crop(one_line(name).strip(), _LONGEST) for key, name in names.items()}
        times = Counter(name.casefold() for name in shown.values())
        # Names that are not one segment's alone are followed by the id.
        self._labels = {
            key: name if name and times[name.casefold()] == 1 else f"{name} #{key}".strip()
            for key, name in shown.items()
        }
        self._ids = {label.casefold(): key for key, label in self._labels.items()}

    @property
    def labels(self) -> list[str]:
        """Every segment as it is typed, in the order of names."""
        return sorted(self._labels.values(), key=str.casefold)

    def label(self, segment_id: int) -> str:
        """A segment as it is typed."""
        return self._labels.get(segment_id, str(segment_id))

    def id_of(self, typed: str) -> int | None:
        """The segment that was meant: by its name, the only one a name fits, or an id."""
        words = typed.strip().casefold()
        if words in self._ids:
            return self._ids[words]
        if words.removeprefix("#").isascii() and words.removeprefix("#").isdigit():
            # An id that was not listed is the server's to refuse.
            return int(words.removeprefix("#")[:18])
        fitting = self._fitting(words)
        return self._ids[fitting[0].casefold()] if len(fitting) == 1 else None

    def fault(self, typed: object) -> str:
        """What is against it; names that fit, where it is not one alone."""
        words = str(typed).strip().casefold()
        if self.id_of(words) is not None:
            return ""
        fitting = self._fitting(words)
        if not fitting:
            return "No segment is called so; its id does as well."
        return f"Which one? {wording.listed(fitting, most=_TOLD, word='or')}"

    def _fitting(self, words: str) -> list[str]:
        return [label for label in self.labels if words in label.casefold()]
