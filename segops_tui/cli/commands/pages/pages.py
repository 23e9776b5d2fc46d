"""`pages`: generated landing pages, and the product search behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from segops_tui import wording
from segops_tui.cli.core.completion import completes
from segops_tui.cli.core.crud import Facts, shared_verbs
from segops_tui.cli.core.param_types import ID
from segops_tui.nouns.column import said
from segops_tui.nouns.pages import FOUND, PAGES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from segops_tui.api.resources.pages import GeneratedPage
    from segops_tui.cli.core.context import Invocation

_LINE: Final = 88
"""Cells of a line of prose."""


def _content(_run: Invocation, page: GeneratedPage) -> Mapping[str, Sequence[str]]:
    import textwrap

    told: dict[str, Sequence[str]] = {}
    if "intro_copy" in page.raw:
        told["intro_copy"] = textwrap.wrap(page.intro_copy, _LINE) or ["–"]
    if "product_skus" in page.raw:
        told["product_skus"] = [said(sku) for sku in page.product_skus] or ["–"]
    return told


FACTS: Final[Facts[GeneratedPage]] = Facts(
    group="pages",
    noun=PAGES,
    space=lambda client: client.pages,
    example="--set slug=rain-jackets --set query=7 --set title='Rain jackets'",
    required=("slug",),
    change="--set title='Rain jackets for Scotland'",
    further=_content,
    is_paged=False,
)

COMMANDS: Final = shared_verbs(FACTS)


@COMMANDS.command(
    "pages query",
    "segops-tui pages query 'warm jacket under $150'",
    "segops-tui pages query jacket --segment 3 --limit 5 -o json",
    calls=("pages.query",),
)
@click.argument("question", metavar="QUESTION")
@click.option(
    "--segment", "segment_id", type=ID, metavar="ID",
    shell_complete=completes("product segment"), help="Only inside this product segment.",
)  # fmt: skip
def query(run: Invocation, question: str, segment_id: str | None) -> None:
    """Search products by meaning.

    Best first: 20, or as many as --limit says, 100 at most.
    """
    from segops_tui.api.record import Record

    most = 100 if run.options.all else min(run.options.limit or 20, 100)
    found = run.client.pages.query(question, limit=most, segment_id=segment_id)
    if run.options.output in {"json", "yaml"} and not run.options.fields:
        run.out.data(found.raw)
        return
    rows = [Record(row) for row in found.products if isinstance(row, dict)]
    run.out.listing(rows, FOUND)
    run.out.flush()
    matches = found.metadata.get("match_count")
    if not rows and run.out.is_table:
        run.talk.note(FOUND.empty)
    elif isinstance(matches, int) and matches > len(rows):
        run.talk.note(f"showing {len(rows)} of {wording.count(matches)}; --limit 100 is the most")


@COMMANDS.command(
    "pages public",
    "segops-tui pages public northwind rain-jackets",
    "segops-tui pages public northwind rain-jackets -o json",
    calls=("pages.public",),
)
@click.argument("tenant_slug", metavar="WORKSPACE", type=ID)
@click.argument("page_slug", metavar="SLUG", type=ID)
def public(run: Invocation, tenant_slug: str, page_slug: str) -> None:
    """Fetch a published page as a visitor does, which counts a view."""
    page = run.client.pages.public(tenant_slug, page_slug)
    run.out.one(page, PAGES, further=_content(run, page) if run.out.is_table else {})
