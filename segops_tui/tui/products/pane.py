"""The Products pane: the catalogue, however large, with the schema's fields as columns.

Knows products a page at a time; searching and narrowing are the server's.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual import on, work
from textual.message import Message

from segops_tui.api.errors import SegOpsError
from segops_tui.api.resources.products import Product, ProductSchema
from segops_tui.jobs.imports.plan import IMPORT
from segops_tui.nouns.products import PRODUCT_ACTIONS, products
from segops_tui.tui.core.actions import FILTER, bindings
from segops_tui.tui.core.messages import Counted
from segops_tui.tui.panes.list_box import ListBox
from segops_tui.tui.panes.old_editing import EditingPane
from segops_tui.tui.panes.old_pane import id_last
from segops_tui.tui.product_imports.history import ImportsScreen
from segops_tui.tui.product_imports.screen import ImportScreen
from segops_tui.tui.products.bulk import BulkSettingPane
from segops_tui.tui.products.detail import ProductDetail
from segops_tui.tui.products.facet_chooser import where_words
from segops_tui.tui.products.facet_filter import NarrowingPane
from segops_tui.tui.products.fields import attributes_of, names_of, product_body, product_fields
from segops_tui.tui.products.fields import product_options as options_of
from segops_tui.tui.products.scoring import ScoringPane
from segops_tui.tui.products.semantic_search import MeaningScreen
from segops_tui.tui.table.messages import LoadFailed, PageLoaded
from segops_tui.tui.table.sources import NumberedSource

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from textual.binding import BindingType
    from textual.timer import Timer

    from segops_tui.api.endpoint import AsyncListing
    from segops_tui.nouns.action import Action
    from segops_tui.nouns.column import Column, Noun
    from segops_tui.tui.core.job_runner import Ended
    from segops_tui.tui.dialogs.form_fields import FormField

PAGE: Final = 100
LARGEST_PAGE: Final = 200
"""The most the API gives at once (contract §1.4)."""
NAME: Final = 28
"""Cells a name has before other columns are shown."""
TYPING: Final = 0.25
"""Seconds without a key before what was typed is searched for, or what is chosen is counted."""


class ProductsPane(NarrowingPane, ScoringPane, BulkSettingPane, EditingPane[Product]):
    """The catalogue."""

    ACTIONS: ClassVar[Sequence[Action]] = (FILTER, *PRODUCT_ACTIONS, *EditingPane.ACTIONS)
    BINDINGS: ClassVar[list[BindingType]] = [*bindings((FILTER, *PRODUCT_ACTIONS))]

    command = "products"

    class SchemaLoaded(Message):
        """The fields products may have here."""

        def __init__(self, schema: ProductSchema) -> None:
            self.schema = schema
            super().__init__()

    _all: int | None = None
    _typing: Timer | None = None
    _to_the_end = False
    _noun = products()

    def on_mount(self) -> None:
        """Ask for the schema."""
        super().on_mount()
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
            "ai_readability_score": {"words": self.score_cell, "tone": self.score_cell_tone},
            "name": {"min_width": NAME},
        }
        return id_last([replace(c, **live.get(c.key, {})) for c in self._noun.columns])

    def whole(self) -> int | None:
        """How many there are, whatever is filtered."""
        return self._all

    def counts(self) -> tuple[int | None, int | None]:
        """How many were found and how many there are."""
        if not self._answered:
            return None, None
        return self.table.total, self._all if self._is_narrowed else self.table.total

    def refetch(self) -> None:
        """Ask for the pages in sight."""
        if self._answered:
            self.table.refresh_rows()
        else:
            self.search("")

    def form_fields(self, row: Product | None) -> Sequence[FormField]:
        """A line for each attribute of the schema."""
        return product_fields(self.schema, row)

    def as_body(self, row: Product | None, values: dict[str, Any]) -> dict[str, Any]:
        """The attributes within `data`, all of them."""
        return product_body(self.schema, row, values)

    def as_options(
        self,
        row: Product | None,
        fields: Sequence[FormField],  # noqa: ARG002
        body: dict[str, Any],
    ) -> list[str]:
        """The same on a command line."""
        return options_of(body, is_new=row is None)

    def saved(self, row: Product, *, is_new: bool) -> None:
        """Show it as it now is; a new one is at the end of the catalogue."""
        self.table.update_row(row.id, row)
        self.detail.show(row)
        if is_new:
            self._to_the_end = True
            self.where.clear()
            self.box.clear_filter()
            self.search("")

    def do_filter(self) -> None:
        """Open the search."""
        self.box.open_filter()

    def do_import(self) -> None:
        """Open the import."""
        self.app.push_screen(ImportScreen(self.workspace))

    def do_meaning(self) -> None:
        """Search products by meaning."""
        self.app.push_screen(MeaningScreen(self.workspace, action=self.named("meaning")))

    def do_imports(self) -> None:
        """Show what was imported before."""
        self.app.push_screen(ImportsScreen(self.workspace))

    async def view_pages(self) -> AsyncIterator[Sequence[Product]]:
        """The marked products, else every one that was found, page by page.

        Raises:
            SegOpsError: they cannot be had.
        """
        if self.table.marked:
            yield self.table.marked_rows
            return
        listing, words, where = self.workspace.client.products.list, self.words, dict(self.where)
        number, more = 1, True
        while more:
            page = await listing(
                q=words or None, where=where, page=number, page_size=LARGEST_PAGE
            ).page()
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
            self.post_message(self.SchemaLoaded(schema))

    @on(SchemaLoaded)
    def _schema_loaded(self, event: SchemaLoaded) -> None:
        event.stop()
        if self.schema.raw != event.schema.raw:
            self.schema = event.schema
            self._noun = products(attributes_of(event.schema))
            self.query_one(ProductDetail).order = names_of(attributes_of(event.schema))
            self.show_columns()

    @on(PageLoaded, "ListBox NounTable")
    def _page_loaded(self, event: PageLoaded) -> None:
        event.stop()
        if not self._is_narrowed:
            self._all = event.total
            self.post_message(Counted(self.id or "", event.total))
        self.table.empty_text = self._nothing()
        self.fetched()
        self.set_class(event.total == 0, "-bare")
        if self._to_the_end:
            self._to_the_end = False
            self.table.action_bottom()
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
        self._typing = self.set_timer(TYPING if words else 0.01, lambda: self.search(words))

    @property
    def _is_narrowed(self) -> bool:
        return bool(self.words or self.where)

    def _nothing(self) -> str:
        if self.words and self.where:
            return f"No product with {where_words(self.where)} has “{self.words}” in its name."
        if self.words:
            return f"No product has “{self.words}” in its name. esc shows them all."
        if self.where:
            return f"No product has {where_words(self.where)}. esc shows more."
        return "No products yet. Press i to import a CSV file. n makes one."

    def search(self, words: str) -> None:
        """Ask for what has these words in its name and is not left out by a facet."""
        self.words = words
        listing, where = self.workspace.client.products.list, dict(self.where)

        def page(number: int, size: int) -> AsyncListing[Product]:
            return listing(q=words or None, where=where, page=number, page_size=size)

        self.table.set_source(NumberedSource(page, page_size=PAGE), key=self.noun.key)
        self._name_list()

    def job_ended(self, ended: Ended) -> None:
        """An import may have brought fields and rows; a score, a figure."""
        super().job_ended(ended)
        if ended.job.kind == IMPORT:
            self._fetch_schema()
            self.refetch()
