"""The Products pane: the catalogue page by page, with the schema's fields as columns."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual import on

from segops_tui.api.errors import SegOpsError
from segops_tui.api.resources.products import Product, ProductSchema
from segops_tui.jobs.imports.plan import IMPORT
from segops_tui.jobs.scoring import SCORE, SCORE_ALL
from segops_tui.nouns import products as nouns
from segops_tui.nouns.products import score_shown, score_tone
from segops_tui.tui.core.actions import bindings, run_flow
from segops_tui.tui.panes.actions import FILTER, SHARED, TABS
from segops_tui.tui.panes.editing import Editing, deleting
from segops_tui.tui.panes.pane import Pane, id_last
from segops_tui.tui.panes.source import PagedSource
from segops_tui.tui.plots.meter import spinner
from segops_tui.tui.products import bulk, facets, scoring
from segops_tui.tui.products.detail import ProductDetail
from segops_tui.tui.products.facets import where_words
from segops_tui.tui.products.fields import (
    attributes_of,
    names_of,
    product_body,
    product_fields,
    product_options,
)
from segops_tui.tui.table.messages import LoadFailed, PageLoaded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.binding import BindingType

    from segops_tui.api.endpoint import AsyncListing
    from segops_tui.jobs.engine.progress import Progress
    from segops_tui.nouns.action import Action
    from segops_tui.nouns.column import Column, Context, Tone
    from segops_tui.tui.core.job_runner import Ended

NAME_WIDTH: Final = 28
"""Cells a name has before other columns are shown."""


def import_csv(pane: ProductsPane) -> None:
    """Open the import."""
    from segops_tui.tui.product_imports.screen import (  # noqa: PLC0415 (when opened)
        ImportScreen,
    )

    pane.app.push_screen(ImportScreen(pane.workspace))


def show_imports(pane: ProductsPane) -> None:
    """Show earlier imports."""
    from segops_tui.tui.product_imports.history import (  # noqa: PLC0415 (when opened)
        ImportsScreen,
    )

    pane.app.push_screen(ImportsScreen(pane.workspace))


def search(pane: ProductsPane) -> None:
    """Search products by meaning."""
    from segops_tui.tui.products.semantic_search import (  # noqa: PLC0415 (when opened)
        SemanticSearch,
    )

    pane.app.push_screen(SemanticSearch(pane.workspace, action=nouns.SEARCH))


EDITING: Final[Editing[Product]] = Editing(
    nouns.CREATE,
    nouns.EDIT,
    fields=lambda pane, row: product_fields(pane.schema, row),
    body=lambda pane, row, values: product_body(pane.schema, row, values),
    options=lambda row, _fields, body: product_options(body, is_new=row is None),
)


class CatalogueSource(PagedSource[Product]):
    """The catalogue, searched by name and narrowed by the values of attributes."""

    pane: ProductsPane

    def __init__(self, pane: ProductsPane) -> None:
        self.where: dict[str, str] = {}
        """The chosen value of each facet, in the order of choosing."""
        super().__init__(pane, self._page)

    def _page(self, words: str, number: int, size: int) -> AsyncListing[Product]:
        listing = self.pane.workspace.client.products.list
        return listing(q=words or None, where=dict(self.where), page=number, page_size=size)

    @property
    def is_narrowed(self) -> bool:
        """Whether the listing leaves products out."""
        return bool(self.words or self.where)

    def put(self, row: Product, *, is_new: bool) -> None:
        """Show a saved product; a new one is at the end of the whole catalogue."""
        if is_new:
            self.where.clear()
        super().put(row, is_new=is_new)


class ProductsPane(Pane[Product]):
    """The catalogue."""

    ACTIONS: ClassVar[Sequence[Action]] = (
        FILTER,
        nouns.IMPORT_CSV.does(import_csv),
        nouns.SCORE.does(scoring.score, unavailable=scoring.cannot_score),
        nouns.SCORE_ALL.does(scoring.score_all, unavailable=scoring.cannot_score_all),
        nouns.FACETS.does(facets.choose_facets),
        nouns.SEARCH.does(search),
        nouns.SHOW_IMPORTS.does(show_imports),
        nouns.SET.does(bulk.set_attribute, unavailable=bulk.cannot_set_attribute),
        *EDITING.actions,
        deleting(nouns.DELETE),
        *SHARED,
        *TABS,
    )
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(ACTIONS)]

    command = "products"
    filter_hint = "part of a product's name"
    job_kinds = frozenset({SCORE, SCORE_ALL, IMPORT})
    noun = nouns.products()
    source: CatalogueSource
    detail: ProductDetail
    schema: ProductSchema = ProductSchema({})
    chunk: int = bulk.CHUNK
    """Products sent in one bulk request."""
    bulk_progress = ""
    """How far a bulk change is; empty while there is none."""

    def make_source(self) -> CatalogueSource:
        """Make what fetches the pages."""
        return CatalogueSource(self)

    def make_detail(self) -> ProductDetail:
        """Make the detail's widget."""
        return ProductDetail(self.workspace)

    def on_mount(self) -> None:
        """Fetch the schema, whose fields are the columns."""
        super().on_mount()
        run_flow(self, self._fetch_schema, group="schema", exclusive=True)

    def columns(self) -> Sequence[Column[Product]]:
        """The noun's columns; a product that is being scored shows it."""
        live: dict[str, dict[str, Any]] = {
            "ai_readability_score": {"words": self._score, "tone": self._score_tone},
            "name": {"min_width": NAME_WIDTH},
        }
        return id_last([replace(c, **live.get(c.key, {})) for c in self.noun.columns])

    @property
    def empty(self) -> str:
        """The text of an empty list."""
        words, where = self.source.words, where_words(self.source.where)
        if words and where:
            return f"No product with {where} has “{words}” in its name."
        if words:
            return f"No product has “{words}” in its name. Press esc to show all."
        if where:
            return f"No product has {where}. Press esc to show more."
        return "No products yet. Press i to import a CSV file, or n to create one."

    def list_note(self) -> str:
        """The chosen facets, and how far a bulk change is."""
        notes = (where_words(self.source.where), self.bulk_progress, super().list_note())
        return " · ".join(filter(None, notes))

    def view_options(self) -> list[str]:
        """Facets and words as options of `products list`."""
        wheres = (f"{name}={value}" for name, value in self.source.where.items())
        options = [part for where in wheres for part in ("--where", where)]
        return [*options, *(["-q", self.source.words] if self.source.words else [])]

    def action_back(self) -> None:
        """Go back a step; with nothing typed or marked, drop the newest facet."""
        is_elsewhere = self.has_class("-detail") or self.table.marked or self.box.words
        if self.source.where and not is_elsewhere:
            self.source.where.popitem()
            self.source.search(self.source.words)
        super().action_back()

    def job_ended(self, ended: Ended) -> None:
        """Fetch what a job has changed: an import may have added fields as well."""
        if ended.job.kind == SCORE:
            run_flow(self, self._fetch_again, ended.job.target, group="again")
            return
        if ended.job.kind == IMPORT:
            run_flow(self, self._fetch_schema, group="schema", exclusive=True)
        self.refetch()

    def scoring_of(self, product: Product) -> Progress | None:
        """The scoring of a product that is running."""
        return self.workspace.jobs.find(SCORE, product.id)

    def _score(self, product: Product, context: Context) -> str:
        progress = self.scoring_of(product)
        if progress is None:
            return score_shown(product.ai_readability_score, context)
        return f"{spinner(max(0.0, context.now.timestamp() - progress.started_at))} …"

    def _score_tone(self, product: Product, _context: Context) -> Tone:
        if self.scoring_of(product) is not None:
            return "busy"
        return score_tone(product.ai_readability_score)

    async def _fetch_schema(self) -> None:
        try:
            schema = await self.workspace.client.products.schema()
        except SegOpsError as error:
            self.failed(error)
            return
        if self.schema.raw != schema.raw:
            self.schema = schema
            self.noun = nouns.products(attributes_of(schema))
            self.detail.order = names_of(attributes_of(schema))
            self.show_columns()

    async def _fetch_again(self, product_id: str) -> None:
        try:
            product = await self.fetch_one(product_id)
        except SegOpsError as error:
            self.failed(error)
        else:
            self.source.replace([product])

    @on(PageLoaded, "ListBox NounTable")
    def _page_loaded(self, event: PageLoaded) -> None:
        event.stop()
        self.source.page_loaded(event.total)

    @on(LoadFailed, "ListBox NounTable")
    def _load_failed(self, event: LoadFailed) -> None:
        event.stop()
        if isinstance(event.error, SegOpsError):
            self.failed(event.error)
