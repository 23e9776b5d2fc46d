"""The Products pane: the catalogue, however large, with the schema's fields as columns.

Knows products a page at a time; searching is the server's.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual import on, work
from textual.message import Message

from segops_tui.api.errors import NotFound, SegOpsError
from segops_tui.api.resources.products import Product
from segops_tui.jobs.csv_import import IMPORT
from segops_tui.nouns.products import PRODUCT_ACTIONS, products, score_shown
from segops_tui.tui.actions import FILTER, bindings
from segops_tui.tui.messages import Counted
from segops_tui.tui.problems import problem_of
from segops_tui.tui.screens.deleting import DeletingPane
from segops_tui.tui.screens.import_screen import ImportScreen
from segops_tui.tui.screens.pane import id_last
from segops_tui.tui.screens.product_detail import ProductDetail
from segops_tui.tui.sources import NumberedSource
from segops_tui.tui.widgets.list_box import ListBox
from segops_tui.tui.widgets.table_messages import LoadFailed, PageLoaded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from textual.binding import BindingType
    from textual.timer import Timer

    from segops_tui.api.endpoint import AsyncPages
    from segops_tui.api.resources.products import SchemaField
    from segops_tui.nouns.action import Action
    from segops_tui.nouns.column import Column, Context, Noun
    from segops_tui.tui.running import Ended

PAGE: Final = 100
LARGEST_PAGE: Final = 200
"""The most the API gives at once (contract §1.4)."""
NAME: Final = 28
"""Cells a name has before other columns are shown."""
TYPING: Final = 0.25
"""Seconds without a key before what was typed is searched for."""
LOOKS: Final = 40
"""How often a score is looked for before it is left to the next refresh."""


class ProductsPane(DeletingPane[Product]):
    """The catalogue."""

    ACTIONS: ClassVar[Sequence[Action]] = (FILTER, *PRODUCT_ACTIONS, *DeletingPane.ACTIONS)
    BINDINGS: ClassVar[list[BindingType]] = [*bindings((FILTER, *PRODUCT_ACTIONS))]

    command = "products"

    class SchemaLoaded(Message):
        """The fields products may have here."""

        def __init__(self, fields: Sequence[SchemaField]) -> None:
            self.fields = fields
            super().__init__()

    class Scored(Message):
        """A product has a new score, or scoring it failed."""

        def __init__(self, product: Product, error: SegOpsError | None = None) -> None:
            self.product, self.error = product, error
            super().__init__()

    fields: Sequence[SchemaField] = ()
    _all: int | None = None
    _typing: Timer | None = None
    _words = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._scoring: set[int] = set()
        self._noun = products()

    def on_mount(self) -> None:
        """Hear of imports; ask for the schema."""
        super().on_mount()
        self.workspace.jobs.ended.subscribe(self, self._job_ended)
        self._fetch_schema()

    @property
    def noun(self) -> Noun[Product]:
        """Products with this workspace's columns."""
        return self._noun

    def make_list(self) -> ListBox:
        """The list; its filter searches on the server."""
        return ListBox(filter_hint="part of a product's name")

    def make_detail(self) -> ProductDetail:
        """The detail's widget."""
        return ProductDetail(self.workspace)

    def resource(self) -> Any:
        """The client's products."""
        return self.workspace.client.products

    def columns(self) -> Sequence[Column[Product]]:
        """The noun's columns; what is being scored says so."""
        live: dict[str, dict[str, Any]] = {
            "ai_readability_score": {"words": self._score},
            "name": {"min_width": NAME},
        }
        return id_last([replace(c, **live.get(c.key, {})) for c in self._noun.columns])

    def counts(self) -> tuple[int | None, int | None]:
        """How many were found and how many there are."""
        if not self._answered:
            return None, None
        return self.table.total, self._all if self._words else self.table.total

    def refetch(self) -> None:
        """Ask for the pages in sight."""
        if self._answered:
            self.table.refresh_rows()
        else:
            self._search("")

    def do_filter(self) -> None:
        """Open the search."""
        self.box.open_filter()

    def cannot_score(self) -> str:
        """Scoring needs a product."""
        return "" if self.chosen else "There is no product under the cursor."

    def do_score(self) -> None:
        """Score the marked ones, else the one under the cursor."""
        chosen = [product for product in self.chosen if product.id not in self._scoring]
        self._scoring.update(product.id for product in chosen)
        self.run_command(self.named("score").command_line(ids=[product.id for product in chosen]))
        self.table.clear_marks()
        self.redraw()
        for product in chosen:
            self._watch_score(product)

    def do_import(self) -> None:
        """Open the import."""
        self.app.push_screen(ImportScreen(self.workspace))

    async def view_pages(self) -> AsyncIterator[Sequence[Product]]:
        """The marked products, else every one that was found, page by page.

        Raises:
            SegOpsError: they cannot be had.
        """
        if self.table.marked:
            yield self.table.marked_rows
            return
        listing, words, number = self.workspace.client.products.list, self._words or None, 1
        more = True
        while more:
            page = await listing(q=words, page=number, page_size=LARGEST_PAGE).page()
            yield page.items
            number, more = number + 1, page.more

    def removed(self, keys: set[Any]) -> None:
        """The pages in sight are others now."""
        if self._all is not None:
            self._all -= len(keys)
        self.table.refresh_rows()

    @work(group="schema", exclusive=True)
    async def _fetch_schema(self) -> None:
        try:
            schema = await self.workspace.client.products.schema()
        except SegOpsError as error:
            self.post_message(self.Failed(error))
        else:
            self.post_message(self.SchemaLoaded(schema.fields))

    @work(group="score")
    async def _watch_score(self, product: Product) -> None:
        resource = self.workspace.client.products
        try:
            before = await self._scored_at(product.id)
            await resource.score(product.id)
            for look in range(LOOKS):
                if await self._scored_at(product.id) != before:
                    break
                await self.workspace.client.sleep(min(0.2 * 1.3**look, 2.0))
            product = await resource.get(product.id)
        except SegOpsError as error:
            self.post_message(self.Scored(product, error))
        else:
            self.post_message(self.Scored(product))

    async def _scored_at(self, product_id: int) -> object:
        try:
            score = await self.workspace.client.products.get_score(product_id)
        except NotFound:
            return None
        return score.scored_at

    @on(SchemaLoaded)
    def _schema_loaded(self, event: SchemaLoaded) -> None:
        event.stop()
        if list(self.fields) != list(event.fields):
            self.fields = event.fields
            self._noun = products(event.fields)
            self.show_columns()

    @on(Scored)
    def _scored(self, event: Scored) -> None:
        event.stop()
        self._scoring.discard(event.product.id)
        self.table.update_row(event.product.id, event.product)
        self.redraw()
        if event.error is not None:
            line = problem_of(event.error).line
            self.notify(line, title="Not scored", severity="error", markup=False)
        elif self.row is not None and self.row.id == event.product.id:
            self.detail.show(event.product)

    @on(PageLoaded, "ListBox NounTable")
    def _page_loaded(self, event: PageLoaded) -> None:
        event.stop()
        if not self._words:
            self._all = event.total
            self.post_message(Counted(self.id or "", event.total))
        self.table.empty_text = (
            f"No product has “{self._words}” in its name. esc shows them all."
            if self._words
            else "No products yet. Press i to import a CSV file."
        )
        self.fetched()
        self.set_class(event.total == 0, "-bare")
        self.arrive()

    @on(LoadFailed, "ListBox NounTable")
    def _load_failed(self, event: LoadFailed) -> None:
        event.stop()
        if isinstance(event.error, SegOpsError):
            self.failed(event.error)

    @on(ListBox.FilterChanged)
    def _filter_changed(self, event: ListBox.FilterChanged) -> None:
        event.stop()
        if self._typing is not None:
            self._typing.stop()
        words = event.words
        self._typing = self.set_timer(TYPING if words else 0.01, lambda: self._search(words))

    def _search(self, words: str) -> None:
        self._words = words
        listing = self.workspace.client.products.list

        def page(number: int, size: int) -> AsyncPages[Product]:
            return listing(q=words or None, page=number, page_size=size)

        self.table.set_source(NumberedSource(page, page_size=PAGE), key=self.noun.key)

    def _score(self, product: Product, context: Context) -> str:
        if product.id in self._scoring:
            return "◌"
        return score_shown(product.ai_readability_score, context)

    def _job_ended(self, ended: Ended) -> None:
        if ended.job.kind == IMPORT:
            self._fetch_schema()
            self.refetch()
