"""The review of a mapping: what each column becomes, who decided it, and the problems."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, Self

from segops_tui.jobs.imports.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Mapping

Source = Literal["server", "you", "check", "names", "earlier"]


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """One column of the file and what it becomes."""

    header: str
    target: str | None
    """`sku`, `name`, a schema field, or None: skipped."""
    source: Source
    """Who decided: the server's suggestion, the user, our check of the file, our guess by the names
    of columns, or the mapping of an earlier import."""
    samples: tuple[str, ...] = ()
    note: str = ""
    """Why, if the check decided; otherwise a remark about the column."""


@dataclass(frozen=True, slots=True)
class Review:
    """A complete mapping, for the user to review."""

    name: str
    rows: int
    choices: tuple[ColumnMapping, ...]
    findings: tuple[Finding, ...] = ()
    fields: tuple[Mapping[str, Any], ...] = ()
    """The schema: the workspace's fields and the new ones."""
    currency: str = ""
    """The currency of prices without one; empty if it is not known."""
    rejected: int = 0
    """Rows that are known to be rejected."""

    @property
    def problems(self) -> list[Finding]:
        """What prevents confirming the mapping."""
        return [finding for finding in self.findings if finding.level == "error"]

    @property
    def is_ready(self) -> bool:
        """Whether it can be confirmed as it is."""
        return not self.problems

    @property
    def is_clean(self) -> bool:
        """Whether nothing needs a person: no finding but notices, no row that is rejected, and
        no column left out but by the user."""
        is_whole = all(c.target is not None or c.source == "you" for c in self.choices)
        is_sound = all(finding.level == "notice" for finding in self.findings)
        return is_whole and is_sound and not self.rejected

    @property
    def identifier(self) -> str | None:
        """The column mapped to `sku`."""
        return next((c.header for c in self.choices if c.target == "sku"), None)

    @property
    def new_fields(self) -> list[str]:
        """Targets that the workspace has no field for yet, if `fields` is known."""
        return [str(field["name"]) for field in self.fields if field.get("is_new")]

    def mapping(self) -> dict[str, str | None]:
        """Header to target, as the API takes it."""
        return {choice.header: choice.target for choice in self.choices}

    def schema(self) -> list[dict[str, Any]]:
        """Fields, as the API takes them."""
        return [{k: v for k, v in field.items() if k != "is_new"} for field in self.fields]

    def to_json(self) -> dict[str, Any]:
        """As JSON for the ledger, with lists instead of tuples."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return plain

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read the output of `to_json`."""
        return cls(
            data["name"],
            data["rows"],
            tuple(ColumnMapping(**{**c, "samples": tuple(c["samples"])}) for c in data["choices"]),
            tuple(Finding(**finding) for finding in data["findings"]),
            tuple(data["fields"]),
            data.get("currency", ""),
            data.get("rejected", 0),
        )
