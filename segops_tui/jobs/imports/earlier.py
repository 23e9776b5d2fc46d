"""What earlier imports mapped: a server repeats it for columns of the same name (contract §4.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.resources.products import ImportJob, Products
from segops_tui.jobs.engine.plan import read

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from segops_tui.api.request import Page
    from segops_tui.jobs.engine.plan import Part

_PAGE: Final = 50
_BEFORE_CONFIRM: Final = frozenset({"", "pending", "mapping"})


def remembered_mapping() -> Part[dict[str, str | None]]:
    """Header to target, of the last 50 to 100 imports, the latest decision for each column."""
    first: Page[ImportJob] = yield from read(Products.imports.build(None, page_size=_PAGE))
    jobs = list(first.items)
    pages = -(-(first.count or 0) // _PAGE)
    for number in range(max(pages - 1, 2), pages + 1):
        page = yield from read(Products.imports.build(None, page=number, page_size=_PAGE))
        jobs += page.items
    return _mapping_of(jobs)


def _mapping_of(jobs: Iterable[ImportJob]) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for job in sorted(jobs, key=lambda job: job.id or 0):
        if job.status in _BEFORE_CONFIRM:
            continue
        filled = _filled(job.sample_rows)
        for header, target in job.mapping.items():
            if target is None and header not in filled:
                # An empty column that was left out says nothing about the next file.
                continue
            found[str(header)] = None if target is None else str(target)
    return found


def _filled(rows: Iterable[Any]) -> set[str]:
    mappings: list[Mapping[str, Any]] = [row for row in rows if isinstance(row, dict)]
    return {header for row in mappings for header, cell in row.items() if cell}
