"""Score products: each as a job of its own, or the whole catalogue in one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from segops_tui import wording
from segops_tui.jobs.scoring import SCORE_ALL, start_score, start_score_all
from segops_tui.nouns import products as nouns
from segops_tui.tui.dialogs.confirm import Confirm
from segops_tui.tui.panes.jobs import start_jobs

if TYPE_CHECKING:
    from segops_tui.api.resources.products import Product
    from segops_tui.jobs.engine.job import Job
    from segops_tui.tui.products.pane import ProductsPane

MANY: Final = 20
"""More products than this are scored one by one only after a confirmation."""


def _unscored(pane: ProductsPane) -> list[Product]:
    return [product for product in pane.chosen if pane.scoring_of(product) is None]


def cannot_score(pane: ProductsPane) -> str:
    """Scoring needs a product that is not being scored."""
    return pane.none_chosen() or ("" if _unscored(pane) else "It is being scored already.")


async def score(pane: ProductsPane) -> None:
    """Score the chosen products, many of them after a confirmation."""
    products = _unscored(pane)
    line = nouns.SCORE.command_line(ids=[product.id for product in products])
    if len(products) > MANY:
        counted = pane.counted(products)
        confirm = Confirm(
            f"Score {counted}?",
            lines=[f"{len(products)} requests, each a job of its own.", "C scores all in one."],
            profile=pane.workspace.profile.name,
            yes=f"Score {counted}",
            command=line,
        )
        if not await pane.ask(confirm):
            return
    pane.log_command(line)
    pane.table.clear_marks()

    def note(product: Product) -> Job:
        return start_score(
            pane.workspace.ledger,
            product_id=product.id,
            name=product.name,
            profile=pane.workspace.profile.name,
        )

    await start_jobs(pane, [partial(note, product) for product in products])


def cannot_score_all(pane: ProductsPane) -> str:
    """There must be products that are not all being scored."""
    if pane.source.total == 0:
        return "There are no products."
    running = pane.workspace.jobs.find(SCORE_ALL, "all")
    return "" if running is None else "All are being scored already."


async def score_all(pane: ProductsPane) -> None:
    """Score the whole catalogue after a confirmation."""
    total = pane.source.total
    counted = "the whole catalogue" if total is None else wording.plural(total, "product")
    line = f"{nouns.SCORE_ALL.command_line()} --yes"
    confirm = Confirm(
        f"Score {counted}?" if total is None else f"Score all {counted}?",
        lines=["Every score is replaced, whatever is filtered or marked."],
        profile=pane.workspace.profile.name,
        yes=f"Score {counted}",
        command=line,
    )
    if not await pane.ask(confirm):
        return
    pane.log_command(line)
    ledger, profile = pane.workspace.ledger, pane.workspace.profile.name
    await start_jobs(pane, [partial(start_score_all, ledger, profile=profile)])
