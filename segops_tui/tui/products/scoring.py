"""Scoring products: each a job of its own, or the whole catalogue in one; rows say what is at work.

Knows jobs and scores; what is listed, and how, is the pane's it is mixed into.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from textual import on, work
from textual.message import Message

from segops_tui import wording
from segops_tui.api.errors import SegOpsError
from segops_tui.api.resources.products import Product
from segops_tui.jobs.scoring import SCORE, SCORE_ALL, start_score, start_score_all
from segops_tui.nouns.products import score_shown, score_tone
from segops_tui.tui.dialogs.confirm import Confirm
from segops_tui.tui.panes.old_pane import Pane
from segops_tui.tui.plots.meter import spinner

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.progress import Progress
    from segops_tui.nouns.column import Context, Tone
    from segops_tui.tui.core.job_runner import Ended

MANY: Final = 20
"""So many products are not scored one by one without a question."""


class ScoringPane(Pane[Product]):
    """A pane whose products can be scored."""

    class Again(Message):
        """One product as it is now."""

        def __init__(self, product: Product) -> None:
            self.product = product
            super().__init__()

    def on_mount(self) -> None:
        """Hear of jobs."""
        super().on_mount()
        self.workspace.jobs.changed.subscribe(self, self._jobs_changed)
        self.workspace.jobs.ended.subscribe(self, self._job_ended)

    def cannot_score(self) -> str:
        """Scoring needs a product that is not at it."""
        if not self.chosen:
            return "There is no product under the cursor."
        return "" if self._unscored() else "It is being scored already."

    def do_score(self) -> None:
        """Score the marked ones, else the one under the cursor; many of them after a question."""
        products = self._unscored()
        if len(products) <= MANY:
            self._begin(products)
            return
        counted = wording.plural(len(products), "product")

        def answered(yes: bool | None) -> None:
            if yes:
                self._begin(products)

        lines = [f"{len(products)} requests, each a job of its own.", "C scores all in one."]
        line = self._score_line(products)
        self._confirm(f"Score {counted}?", lines, f"Score {counted}", line, answered)

    def cannot_score_all(self) -> str:
        """There must be products."""
        if self.whole() == 0:
            return "There are no products."
        running = self.workspace.jobs.find(SCORE_ALL, "all")
        return "" if running is None else "All are being scored already."

    def do_score_all(self) -> None:
        """Ask, then score the whole catalogue."""
        whole = self.whole()
        counted = "the whole catalogue" if whole is None else wording.plural(whole, "product")
        line = f"{self.named('score_all').command_line()} --yes"

        def answered(yes: bool | None) -> None:
            if yes:
                self.run_command(line)
                self._start_all()

        lines = ["Every score there is gives way to a new one, whatever is filtered or marked."]
        title = f"Score all {counted}?" if whole is not None else f"Score {counted}?"
        self._confirm(title, lines, f"Score {counted}", line, answered)

    def whole(self) -> int | None:
        """How many products there are, whatever is filtered; None where it is not known."""
        raise NotImplementedError

    def score_cell(self, product: Product, context: Context) -> str:
        """The score, or that it is being found."""
        progress = self._scoring(product)
        if progress is None:
            return score_shown(product.ai_readability_score, context)
        return f"{spinner(max(0.0, context.now.timestamp() - progress.started_at))} …"

    def score_cell_tone(self, product: Product, _context: Context) -> Tone:
        """How that is coloured."""
        if self._scoring(product) is not None:
            return "busy"
        return score_tone(product.ai_readability_score)

    def job_ended(self, ended: Ended) -> None:
        """See what a job has changed."""
        if ended.job.kind == SCORE:
            self._fetch_again(ended.job.target)
        elif ended.job.kind == SCORE_ALL:
            self.refetch()

    @work(group="score")
    async def _start(self, products: Sequence[Product]) -> None:
        for product in products:
            try:
                job = await asyncio.to_thread(self._note, product)
            except SegOpsError as error:
                self.post_message(self.Failed(error))
                return
            self.workspace.jobs.start(job)

    @work(group="score")
    async def _start_all(self) -> None:
        try:
            job = await asyncio.to_thread(
                start_score_all, self.workspace.ledger, profile=self.workspace.profile.name
            )
        except SegOpsError as error:
            self.post_message(self.Failed(error))
        else:
            self.workspace.jobs.start(job)

    @work(group="again")
    async def _fetch_again(self, product_id: str) -> None:
        try:
            product = await self.workspace.client.products.get(product_id)
        except SegOpsError as error:
            self.post_message(self.Failed(error))
        else:
            self.post_message(self.Again(product))

    @on(Again)
    def _again_here(self, event: Again) -> None:
        event.stop()
        self.table.update_row(event.product.id, event.product)
        if self.row is not None and self.row.id == event.product.id:
            self.detail.show(event.product)

    def _begin(self, products: Sequence[Product]) -> None:
        self.run_command(self._score_line(products))
        self.table.clear_marks()
        self._start(products)

    def _score_line(self, products: Sequence[Product]) -> str:
        return self.named("score").command_line(ids=[product.id for product in products])

    def _confirm(
        self,
        title: str,
        lines: Sequence[str],
        yes: str,
        command: str,
        answered: Callable[[bool | None], None],
    ) -> None:
        profile = self.workspace.profile.name
        asked = Confirm(title, lines=lines, profile=profile, yes=yes, command=command)
        self.app.push_screen(asked, answered)

    def _note(self, product: Product) -> Job:
        return start_score(
            self.workspace.ledger,
            product_id=product.id,
            name=product.name,
            profile=self.workspace.profile.name,
        )

    def _unscored(self) -> list[Product]:
        return [product for product in self.chosen if self._scoring(product) is None]

    def _scoring(self, product: Product) -> Progress | None:
        return self.workspace.jobs.find(SCORE, product.id)

    def _jobs_changed(self, _running: list[Progress]) -> None:
        if self.display:
            self.redraw()
            self.refresh_bindings()

    def _job_ended(self, ended: Ended) -> None:
        self.job_ended(ended)
