"""A column mapping as the user reviews it: its choices, findings and proposals."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from segops_tui import wording
from segops_tui.jobs.imports.mapping import MappingOverrides, parse_overrides
from segops_tui.tui.core.text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from segops_tui.jobs.imports.findings import Finding
    from segops_tui.jobs.imports.review import ColumnMapping, Review

_FAULTS_OF_VALUES: Final = frozenset({"type", "number-text"})
"""Findings about one column whose values do not fit its field."""
_MERGING: Final = frozenset({"missing-sku", "repeated-sku"})


@dataclass(frozen=True, slots=True)
class ShownColumn:
    """A column of the file as the table shows it."""

    choice: ColumnMapping
    fault: str = ""
    """Why values of it do not fit its field; empty if they do."""

    @property
    def header(self) -> str:
        """Its name in the file."""
        return self.choice.header

    @property
    def target(self) -> str | None:
        """What it becomes; None if it is skipped."""
        return self.choice.target


@dataclass(slots=True)
class MappingDraft:
    """A column mapping the user reviews; `overrides` holds the columns the user changed."""

    review: Review
    overrides: dict[str, str | None] = field(default_factory=dict)
    choices: tuple[ColumnMapping, ...] = ()
    is_counted: bool = True
    """Whether the findings are about the columns as they are mapped now."""
    trouble: str = ""
    """Why they could not be counted again."""
    is_changed: bool = False
    """Whether the user changed something that the ledger does not have."""

    def __post_init__(self) -> None:
        self.choices = self.choices or self.review.choices

    def choose(self, header: str, target: str | None) -> None:
        """Map a column to a target, or skip it; a column that had the target is skipped."""
        for choice in self.choices:
            if target is not None and choice.target == target and choice.header != header:
                self._put(choice.header, None, note=f"replaced by {header}")
        if header not in self.overrides or self.overrides[header] != target:
            self._put(header, target)
        self.is_counted, self.is_changed, self.trouble = False, True, ""

    def take(self, review: Review) -> None:
        """Take a review that was made of the columns as they are mapped now."""
        notes = {choice.header: choice.note for choice in self.choices if choice.source == "you"}
        self.review, self.is_counted = review, True
        self.choices = tuple(
            replace(choice, note=choice.note or notes.get(choice.header, ""))
            for choice in review.choices
        )

    def fields(self) -> list[str]:
        """The fields to choose from: the schema's, and those chosen already."""
        known = [str(entry["name"]) for entry in self.review.fields if entry.get("name")]
        chosen = [choice.target for choice in self.choices if choice.target is not None]
        return list(dict.fromkeys([*known, *chosen]))

    @property
    def identifier(self) -> str | None:
        """The column mapped to sku."""
        return next((c.header for c in self.choices if c.target == "sku"), None)

    @property
    def is_unique(self) -> bool:
        """Whether every row is known to have an SKU of its own."""
        codes = {finding.code for finding in self.review.findings}
        return self.is_counted and not codes & _MERGING and not self.review.problems

    def findings(self) -> Sequence[Finding]:
        """What was found about the columns as they are mapped now."""
        return self.review.findings if self.is_counted else ()

    def fault(self) -> str:
        """Why the file cannot be imported; empty when it can."""
        if self.identifier is None:
            return "No column is mapped to sku yet: press enter on a row to map it."
        if self.trouble:
            return f"The columns could not be checked: {self.trouble}"
        if not self.is_counted:
            return "The columns are being checked; one moment."
        return next((found.text for found in self.review.problems), "")

    def proposal(self) -> Proposal | None:
        """The first change that a finding proposes."""
        return next(filter(None, map(_proposal, self.findings())), None)

    def rows(self) -> list[ShownColumn]:
        """The columns, each with what is wrong with its values."""
        faults = {
            header: f"{wording.plural(finding.count, 'value')} do not fit"
            if finding.count != 1
            else "1 value does not fit"
            for finding in self.findings()
            if finding.code in _FAULTS_OF_VALUES
            for name, header in pairwise(_words(finding.hint))
            if name == "--skip"
        }
        return [ShownColumn(choice, faults.get(choice.header, "")) for choice in self.choices]

    def mapping(self) -> MappingOverrides:
        """Every column as it is shown, so that nothing else is imported."""
        return MappingOverrides({choice.header: choice.target for choice in self.choices})

    def to_review(self) -> Review:
        """The review as it stands, for the ledger."""
        return replace(self.review, choices=self.choices)

    def _put(self, header: str, target: str | None, *, note: str = "") -> None:
        self.overrides[header] = target
        self.choices = tuple(
            replace(choice, target=target, source="you", note=note)
            if choice.header == header
            else choice
            for choice in self.choices
        )


@dataclass(frozen=True, slots=True)
class Proposal:
    """Columns to map and to skip, as a finding's hint spells them out."""

    targets: Mapping[str, str | None]

    @property
    def words(self) -> str:
        """What it does, in a few words."""
        header, target = next((h, t) for h, t in self.targets.items() if t is not None)
        return f"maps {one_line(header)} to {one_line(target)}"


def _proposal(finding: Finding) -> Proposal | None:
    pairs = list(pairwise(_words(finding.hint)))
    maps = [value for name, value in pairs if name == "--map"]
    skips = [value for name, value in pairs if name == "--skip"]
    if not maps:
        return None
    # Of a column whose values do not fit, the hint offers to map it or to skip it.
    is_either = finding.code in _FAULTS_OF_VALUES
    return Proposal(parse_overrides(maps=maps, skips=() if is_either else skips).targets)


def _words(hint: str) -> list[str]:
    try:
        return shlex.split(hint)
    except ValueError:
        return []
