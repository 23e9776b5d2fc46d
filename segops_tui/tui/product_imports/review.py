"""The columns of a file and what they become, as a person reviews and changes them.

Knows choices and which of them were changed here; whether they are sound is the job layer's.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from segops_tui.nouns.column import Column, Context, Noun, Tone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from segops_tui.jobs.imports.findings import Finding
    from segops_tui.jobs.imports.review import ColumnMapping, Review

_ABOUT_SKU: Final = frozenset({"no-sku", "empty-sku", "missing-sku", "repeated-sku"})
_SOURCES: Final = {"server": "suggested", "you": "you said so", "check": "checked"}


def _sample(choice: ColumnMapping) -> str:
    return " · ".join(choice.samples) or "empty"


def _why(choice: ColumnMapping, _context: Context) -> str:
    return choice.note or _SOURCES.get(choice.source, choice.source)


def _target(choice: ColumnMapping, _context: Context) -> str:
    return "skipped" if choice.target is None else f"→ {choice.target}"


def _tone(choice: ColumnMapping, _context: Context) -> Tone:
    if choice.target is None:
        return "muted"
    return "good" if choice.target in {"sku", "name"} else "strong"


CHOICES: Final[Noun[Any]] = Noun(
    name="column",
    plural="columns",
    title="Columns",
    key=lambda choice: choice.header,
    label=lambda choice: choice.header,
    empty="The file has no columns.",
    columns=(
        Column("header", "COLUMN", lambda c: c.header, min_width=12, max_width=26),
        Column(
            "target",
            "BECOMES",
            lambda c: c.target,
            words=_target,
            tone=_tone,
            min_width=14,
            max_width=24,
        ),
        Column(
            "sample",
            "SAMPLE",
            _sample,
            tone=lambda _c, _x: "muted",
            flex=True,
            max_width=60,
            priority=1,
        ),
        Column(
            "why",
            "WHY",
            lambda c: c.source,
            words=_why,
            tone=lambda _c, _x: "muted",
            min_width=9,
            max_width=32,
            priority=2,
        ),
    ),
)


@dataclass(slots=True)
class Draft:
    """A review under change. `overrides` are the columns somebody decided about here."""

    review: Review
    choices: tuple[ColumnMapping, ...] = ()
    overrides: dict[str, str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.choices = self.choices or self.review.choices

    def choose(self, header: str, target: str | None) -> None:
        """Decide about a column; another that had the target gives way."""
        for choice in self.choices:
            if target is not None and choice.target == target and choice.header != header:
                self._put(choice.header, None, note=f"replaced by {header}")
        self._put(header, target)

    def fields(self) -> list[str]:
        """Targets to choose from: the schema's, and those chosen already."""
        known = [str(entry["name"]) for entry in self.review.fields if entry.get("name")]
        chosen = [choice.target for choice in self.choices if choice.target is not None]
        return list(dict.fromkeys([*known, *chosen]))

    @property
    def identifier(self) -> str | None:
        """The column that tells rows apart."""
        return next((c.header for c in self.choices if c.target == "sku"), None)

    def findings(self) -> Sequence[Finding]:
        """What the job layer found, without what was answered here since."""
        if self.identifier == self.review.identifier:
            return self.review.findings
        return [finding for finding in self.review.findings if finding.code not in _ABOUT_SKU]

    def against(self) -> str:
        """What keeps it from being imported; empty when nothing does."""
        if self.identifier is None:
            return "No column becomes sku yet: enter on a row decides."
        return next((found.text for found in self.findings() if found.level == "error"), "")

    def proposal(self) -> str | None:
        """The column that was found to tell rows apart, where the one mapped to sku does not."""
        for finding in self.findings():
            if finding.level != "error" or finding.code not in _ABOUT_SKU:
                continue
            for word in shlex.split(finding.hint):
                if word.endswith("=sku"):
                    return word.removesuffix("=sku")
        return None

    def _put(self, header: str, target: str | None, *, note: str = "") -> None:
        self.overrides[header] = target
        self.choices = tuple(
            replace(choice, target=target, source="you", note=note)
            if choice.header == header
            else choice
            for choice in self.choices
        )
