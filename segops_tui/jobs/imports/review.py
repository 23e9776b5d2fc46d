"""A review of a mapping: what becomes of each column, who said so, and what speaks against it.

Knows values for a table, a form and the wire; decides nothing, which is `mapping`'s.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, Self

from segops_tui.jobs.imports.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Mapping

Source = Literal["server", "you", "check"]


@dataclass(frozen=True, slots=True)
class Choice:
    """One column of the file and what it becomes."""

    header: str
    target: str | None
    """`sku`, `name`, a schema field, or None: skipped."""
    source: Source
    """Who decided: the server's suggestion, the person, or our check of the file."""
    samples: tuple[str, ...] = ()
    note: str = ""
    """Why, where the check decided; what to know about the column otherwise."""


@dataclass(frozen=True, slots=True)
class Review:
    """The whole mapping, ready to be looked at."""

    name: str
    rows: int
    choices: tuple[Choice, ...]
    findings: tuple[Finding, ...] = ()
    fields: tuple[Mapping[str, Any], ...] = ()
    """The schema that goes with it: the workspace's own fields and the new ones."""

    @property
    def problems(self) -> list[Finding]:
        """What keeps the mapping from being confirmed."""
        return [finding for finding in self.findings if finding.level == "error"]

    @property
    def is_ready(self) -> bool:
        """Whether it can be confirmed as it is."""
        return not self.problems

    @property
    def identifier(self) -> str | None:
        """The column mapped to `sku`."""
        return next((c.header for c in self.choices if c.target == "sku"), None)

    @property
    def new_fields(self) -> list[str]:
        """Targets the workspace has no field for yet; known once `fields` tells."""
        return [str(field["name"]) for field in self.fields if field.get("is_new")]

    def mapping(self) -> dict[str, str | None]:
        """Header to target, as the API takes it."""
        return {choice.header: choice.target for choice in self.choices}

    def schema(self) -> list[dict[str, Any]]:
        """Fields, as the API takes them."""
        return [{k: v for k, v in field.items() if k != "is_new"} for field in self.fields]

    def to_json(self) -> dict[str, Any]:
        """For the ledger: what JSON gives back, lists and not tuples."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return plain

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what `to_json` gave."""
        return cls(
            data["name"],
            data["rows"],
            tuple(Choice(**{**c, "samples": tuple(c["samples"])}) for c in data["choices"]),
            tuple(Finding(**finding) for finding in data["findings"]),
            tuple(data["fields"]),
        )
