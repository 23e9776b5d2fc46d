"""What a person says about columns: options, and a mapping file.

Knows how wishes are written down and read; whether they can be met is `mapping`'s to say.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from segops_tui.jobs.engine.errors import BadMapping

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from segops_tui.jobs.imports.review import Review

SKIPS: Final = frozenset({"", "skip", "__skip__", "-"})
"""Spellings of "leave the column out"; the wire's own is not known (contract §4.3)."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person said about columns. A target of None skips the column."""

    targets: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def key(self) -> str | None:
        """The column they want to tell rows apart."""
        return next((header for header, target in self.targets.items() if target == "sku"), None)


def parse_wishes(
    *, maps: Iterable[str] = (), skips: Iterable[str] = (), file: Path | None = None
) -> Wishes:
    """Read `--map "Header=target"`, `--skip HEADER` and a mapping file; the options win.

    Raises:
        BadMapping: one of them cannot be read, or a column is both mapped and skipped.
    """
    said: dict[str, str | None] = {}
    for text in maps:
        header, mark, target = text.rpartition("=")
        if not mark or not header.strip():
            raise BadMapping(
                f'--map "{text}" does not say what becomes of which column.',
                hint='Write it as --map "Header=target", for example --map "Handle=sku".',
            )
        said[header.strip()] = None if target.strip().lower() in SKIPS else target.strip()
    for header in skips:
        if said.get(header) is not None:
            raise BadMapping(f'"{header}" is both mapped and skipped.', hint="Give one of the two.")
        said[header] = None
    return Wishes({**(load_mapping(file).targets if file else {}), **said})


def load_mapping(path: Path) -> Wishes:
    """Read a mapping file: JSON, header to target, null to skip.

    Raises:
        BadMapping: it cannot be read, or holds something else.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        words = f"Cannot read the mapping {path}: {error.strerror or error}."
        raise BadMapping(words) from error
    except ValueError as error:
        raise BadMapping(f"The mapping {path} is not JSON: {error}.") from error
    if isinstance(data, dict) and isinstance(data.get("mapping"), dict):
        data = data["mapping"]
    if not isinstance(data, dict) or not all(
        isinstance(target, str | None) for target in data.values()
    ):
        raise BadMapping(
            f"The mapping {path} is not an object of header and target.",
            hint='It looks like {"Handle": "sku", "Title": "name", "Vendor": null}.',
        )
    return Wishes({header: target or None for header, target in data.items()})


def save_mapping(path: Path, review: Review) -> None:
    """Write a mapping so that `load_mapping` reads it.

    Raises:
        BadMapping: it cannot be written.
    """
    text = json.dumps(review.mapping(), ensure_ascii=False, indent=2)
    try:
        path.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        words = f"Cannot write the mapping {path}: {error.strerror or error}."
        raise BadMapping(words) from error
