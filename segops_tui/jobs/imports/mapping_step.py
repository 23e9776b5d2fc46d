"""The mapping of one upload: what the server answered, weighed, and the question it leaves.

Knows how an import's answers go into `mapping.decide`; knows no step and no ledger.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from segops_tui.jobs.engine.errors import MappingNeeded
from segops_tui.jobs.imports.mapping import decide

if TYPE_CHECKING:
    from segops_tui.api.resources.products import ImportJob, ProductSchema
    from segops_tui.jobs.imports.findings import CsvCheck
    from segops_tui.jobs.imports.mapping_overrides import Wishes
    from segops_tui.jobs.imports.review import Review


def decided(check: CsvCheck, remote: ImportJob, wishes: Wishes, schema: ProductSchema) -> Review:
    """The mapping of an upload as it stands."""
    return decide(
        check,
        suggested=remote.suggested_mapping,
        headers=[str(header) for header in remote.headers],
        wishes=wishes,
        suggested_fields=remote.suggested_schema,
        existing_fields=[field.raw for field in schema.fields],
    )


def own_name(check: CsvCheck, review: Review, header: str) -> str:
    """Our name of a column the server may call otherwise."""
    names = [choice.header for choice in review.choices]
    return check.columns[names.index(header)].header


def needed(review: Review) -> MappingNeeded:
    """The error that stops a job until a person has said what the columns mean."""
    if not review.problems:
        return MappingNeeded(f"{review.name} waits for its mapping to be confirmed.", review=review)
    problem = review.problems[0]
    return MappingNeeded(
        f"{review.name}: {problem.text}",
        review=review,
        hint=f"Say so: {problem.hint}" if problem.hint else None,
    )
