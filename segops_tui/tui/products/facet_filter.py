"""Products narrowed by the values of their attributes, which the server finds.

Knows facets and what is taken of them; searching is the pane's it is mixed into.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any, Final

from textual import on, work
from textual.message import Message

from segops_tui.api.errors import SegOpsError
from segops_tui.api.resources.products import Product, ProductSchema
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.panes.old_pane import Pane
from segops_tui.tui.products.facet_chooser import FacetChooser, facets_of, where_words
from segops_tui.tui.products.fields import attributes_of

if TYPE_CHECKING:
    from segops_tui.tui.products.facet_chooser import Where

SETTLE: Final = 0.25
"""Seconds a value is under the cursor before its products are counted."""
_NOT_EXACT: Final = frozenset({"price", "multi_price"})
"""Types whose values nobody can name exactly."""


class NarrowingPane(Pane[Product]):
    """A pane that shows the products with certain values."""

    class FacetsLoaded(Message):
        """The values products have here."""

        def __init__(self, facets: dict[str, list[str]]) -> None:
            self.facets = facets
            super().__init__()

    class NoFacets(Message):
        """They could not be had."""

        def __init__(self, error: SegOpsError) -> None:
            self.error = error
            super().__init__()

    schema: ProductSchema = ProductSchema({})
    words = ""
    """What is searched for in names."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.where: dict[str, str] = {}
        """What is narrowed to, field by field, in the order it was chosen."""
        super().__init__(*args, **kwargs)

    def search(self, words: str) -> None:
        """Ask for what has these words in its name and is not left out by a facet."""
        raise NotImplementedError

    def list_note(self) -> str:
        """What is narrowed to."""
        return " · ".join(filter(None, [where_words(self.where), super().list_note()]))

    def view_options(self) -> list[str]:
        """Facets and words as options of `products list`."""
        wheres = [part for pair in self.where.items() for part in ("--where", "=".join(pair))]
        return [*wheres, *(["-q", self.words] if self.words else [])]

    def do_narrow(self) -> None:
        """Ask for the values there are, then which of them are wanted."""
        self._fetch_facets()

    def action_back(self) -> None:
        """One step back; once nothing is typed or marked, the newest facet gives way."""
        is_elsewhere = self.has_class("-detail") or self.table.marked or self.box.words
        if self.where and not is_elsewhere:
            self.where.popitem()
            self.search(self.words)
        super().action_back()

    @work(group="facets", exclusive=True)
    async def _fetch_facets(self) -> None:
        try:
            facets = await self.workspace.client.products.facets()
        except SegOpsError as error:
            self.post_message(self.NoFacets(error))
        else:
            self.post_message(self.FacetsLoaded(facets_of(facets.raw)))

    async def _count(self, where: Where) -> int | None:
        client = self.workspace.client
        await client.sleep(SETTLE)
        page = await client.products.list(q=self.words or None, where=where, page_size=1).page()
        return page.count

    @on(FacetsLoaded)
    def _facets_loaded(self, event: FacetsLoaded) -> None:
        event.stop()

        def answered(where: dict[str, str] | None) -> None:
            if where is not None and where != self.where:
                self._narrow(where)

        exact = [f.name for f in attributes_of(self.schema) if f.type not in _NOT_EXACT]
        title = f"Products{f' with “{self.words}” in the name' if self.words else ''} that have"
        self.app.push_screen(
            FacetChooser(title, event.facets, chosen=self.where, fields=exact, count=self._count),
            answered,
        )

    @on(NoFacets)
    def _no_facets(self, event: NoFacets) -> None:
        event.stop()
        problem = problem_of(event.error)
        self.notify(problem.words, title="No facets", severity="error", markup=False)

    def _narrow(self, where: dict[str, str]) -> None:
        self.where = where
        if where:
            first = "=".join(next(iter(where.items())))
            line = self.named("narrow").command_line(where=first)
            self.run_command(" ".join([line, *map(shlex.quote, self.view_options()[2:])]))
        self.search(self.words)
