"""The Products pane: the catalogue page by page, with the schema's fields as columns."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual import on

from segops_tui import wording
from segops_tui.api.errors import Invalid, SegOpsError
from segops_tui.api.json_text import json_text
from segops_tui.api.resources.products import Product, ProductSchema
from segops_tui.jobs.imports.plan import IMPORT
from segops_tui.jobs.imports.undo import UNDO
from segops_tui.jobs.scoring import SCORE, SCORE_ALL, start_score, start_score_all
from segops_tui.nouns import products as nouns
from segops_tui.nouns.column import format_value
from segops_tui.nouns.filters import as_value, list_options
from segops_tui.nouns.products import score_shown, score_tone
from segops_tui.tui.core.actions import bindings, run_flow
from segops_tui.tui.core.problems import notify_error, problem_of
from segops_tui.tui.core.text import crop, one_line
from segops_tui.tui.dialogs.confirm import Confirm
from segops_tui.tui.dialogs.copy_menu import Copyable
from segops_tui.tui.dialogs.form import AskForm
from segops_tui.tui.dialogs.form_fields import FormField
from segops_tui.tui.panes.actions import pane_actions, start_jobs
from segops_tui.tui.panes.editing import Editing, deleting
from segops_tui.tui.panes.pane import Pane, id_last
from segops_tui.tui.panes.source import PagedSource
from segops_tui.tui.plots.scale import spinner
from segops_tui.tui.products.detail import ProductDetail
from segops_tui.tui.products.facets import FacetChooser, Where, facets_of, where_words
from segops_tui.tui.products.fields import (
    attributes_of,
    bulk_items,
    names_of,
    product_body,
    product_fields,
    product_options,
    read_attribute,
)
from segops_tui.tui.table.messages import BottomSought, LoadFailed, PageLoaded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.binding import BindingType

    from segops_tui.api.listing import AsyncListing
    from segops_tui.api.resources.products import SchemaField
    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.progress import Progress
    from segops_tui.nouns.action import Action
    from segops_tui.nouns.column import Column, Context, Tone
    from segops_tui.nouns.filters import Filter
    from segops_tui.tui.core.job_runner import Ended

MANY: Final = 20
"""More products than this are scored one by one only after a confirmation."""
CHUNK: Final = 500
"""Products in one request (contract §4.2)."""
SETTLE: Final = 0.25
"""Seconds a value is under the cursor before its products are counted."""
_NOT_EXACT: Final = frozenset({"price", "multi_price"})
"""Types whose values cannot be typed exactly."""
KEPT: Final = (
    "It cannot be restored. Pages and rules keep its SKU; the tab Used by lists them.",
    "They cannot be restored. Pages and rules keep their SKUs; the tab Used by of each lists them.",
)
"""What follows from the deletion of one and of several; to name the pages takes a request each."""
NAME_WIDTH: Final = 30
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
        self.typed: dict[str, str] = {}
        """The values that were typed as `brand=Fern`, which the server compares exactly."""
        super().__init__(pane, self._page)

    def _page(self, words: str, number: int, size: int) -> AsyncListing[Product]:
        listing = self.pane.workspace.client.products.list
        return listing(q=words or None, where=self.asked, page=number, page_size=size)

    @property
    def asked(self) -> dict[str, str]:
        """The values the server filters by: the facets, and what was typed as `brand=Fern`."""
        return {**self.where, **self.typed}

    @property
    def is_narrowed(self) -> bool:
        """Whether the listing leaves products out."""
        return bool(self.words or self.asked)

    def split(self, wanted: Filter) -> tuple[str, Filter]:
        """The text and the values the server filters by, and what is left to do here."""
        words, rest = super().split(wanted)
        exact = {field.name for field in attributes_of(self.pane.schema) if field.type == "string"}
        self.typed = {}
        for term in rest.terms:
            is_exact = term.operator == "=" and term.text and not term.is_not
            if is_exact and term.field in exact - self.typed.keys() - self.where.keys():
                self.typed[term.field] = term.text
                rest = rest.without(term)
        return words, rest

    def put(self, row: Product, *, is_new: bool) -> None:
        """Show a saved product; a new one is at the end of the whole catalogue."""
        if is_new:
            self.where.clear()
        super().put(row, is_new=is_new)


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


@dataclass(frozen=True, slots=True)
class AttributeChange:
    """An attribute and its new value; None removes it."""

    name: str
    value: Any

    @property
    def words(self) -> str:
        """The change as text."""
        if self.value is None:
            return one_line(f"{self.name} removed")
        return crop(one_line(f"{self.name} = {format_value(self.value)}"), 60)


def cannot_set_attribute(pane: ProductsPane) -> str:
    """There must be products, fields to set, and no bulk change under way."""
    if not pane.chosen:
        return pane.none_chosen()
    if not attributes_of(pane.schema):
        return "The schema has no fields yet. Press e to edit one product."
    return "An attribute is being set already." if pane.bulk_progress else ""


async def set_attribute(pane: ProductsPane) -> None:
    """Ask for an attribute and its value, confirm, then send it for the chosen products."""
    rows = [product for product in pane.chosen if product.sku]
    counted = pane.counted(rows)
    profile = pane.workspace.profile.name
    names = [field.name for field in attributes_of(pane.schema)]

    async def read(body: dict[str, Any]) -> AttributeChange:
        return _read(pane, body)

    form = AskForm(
        f"Set an attribute of {counted}",
        [
            FormField("field", "Attribute", "choice", names[0], options=names),
            FormField("value", "Value", hint="as in a product's form; empty removes it"),
        ],
        send=read,
        profile=profile,
        note="Nothing is sent before you confirm.",
    )
    change: AttributeChange | None = await pane.ask(form)
    if change is None:
        return
    requests = wording.plural(-(-len(rows) // pane.chunk), "request")
    line = _command(change, rows)
    confirm = Confirm(
        f"Change {counted}?",
        lines=[
            change.words,
            wording.listed([pane.noun.label(row) for row in rows]),
            f"Present values are replaced. {requests} of at most {pane.chunk} products.",
        ],
        profile=profile,
        yes=f"Change {counted}",
        command=line,
    )
    if await pane.ask(confirm):
        pane.log_command(line)
        await _send(pane, change, rows)


async def _send(pane: ProductsPane, change: AttributeChange, rows: Sequence[Product]) -> None:
    upsert = pane.workspace.client.products.bulk_upsert
    done, rejected = 0, list[Any]()
    failure: SegOpsError | None = None
    with pane.workspace.changes.one():
        try:
            for start in range(0, len(rows), pane.chunk):
                pane.bulk_progress = f"◌ setting {start:,} of {len(rows):,}"
                pane.name_list()
                items = bulk_items(rows[start : start + pane.chunk], change.name, change.value)
                answer = await upsert(items)
                rejected += answer.errors
                done = start + len(items)
        except SegOpsError as error:
            failure = error
        finally:
            pane.bulk_progress = ""
    pane.name_list()
    pane.refetch()
    words = f"{change.words}, of {wording.plural(done - len(rejected), 'product')}"
    if failure is not None:
        line = one_line(f"{words}; then: {problem_of(failure).line}")
        pane.notify(line, title="Stopped", severity="error", markup=False)
    elif rejected:
        first = rejected[0] if isinstance(rejected[0], dict) else {}
        why = one_line(f"{first.get('sku') or 'one'}: {first.get('error') or 'rejected'}")
        line = f"{words}; {len(rejected):,} rejected, {crop(why, 120)}"
        pane.notify(line, title="Set, not everywhere", severity="warning", markup=False)
    else:
        pane.table.clear_marks()
        pane.notify(words, title="Set", markup=False)


def _read(pane: ProductsPane, body: dict[str, Any]) -> AttributeChange:
    field = next(f for f in attributes_of(pane.schema) if f.name == body["field"])
    value, fault = read_attribute(field, str(body.get("value") or ""), pane.schema)
    if fault:
        raise Invalid(fault, status=400, body={"value": [fault]})
    return AttributeChange(field.name, value)


def _command(change: AttributeChange, rows: Sequence[Product]) -> str:
    """The command that does the same; its input is a here-string of bash and zsh."""
    items = bulk_items(rows, change.name, change.value)
    line = nouns.SET.command_line(file="-")
    return f"{line} <<< {shlex.quote(json_text(items, ensure_ascii=False))}"


async def choose_facets(pane: ProductsPane) -> None:
    """Fetch the values products have, then ask which of them to show."""
    client, source = pane.workspace.client, pane.source
    try:
        answer = await pane.load("Facets", client.products.facets())
    except SegOpsError as error:
        notify_error(pane, error, "No facets")
        return

    async def count(where: Where) -> int | None:
        await client.sleep(SETTLE)
        page = await client.products.list(q=source.words or None, where=where, page_size=1).page()
        return page.count

    exact = [f.name for f in attributes_of(pane.schema) if f.type not in _NOT_EXACT]
    title = f"Products{f' with “{source.words}” in the name' if source.words else ''} that have"
    where = await pane.ask(
        FacetChooser(title, facets_of(answer.raw), chosen=source.where, fields=exact, count=count)
    )
    if where is None or where == source.where:
        return
    source.where = where
    if where:
        first = "=".join(next(iter(where.items())))
        line = nouns.FACETS.command_line(where=first)
        pane.log_command(" ".join([line, *map(shlex.quote, pane.view_options()[2:])]))
    source.search(source.text)


class ProductsPane(Pane[Product]):
    """The catalogue."""

    ACTIONS: ClassVar[Sequence[Action]] = pane_actions(
        nouns.IMPORT_CSV.does(import_csv),
        nouns.SCORE.does(score, unavailable=cannot_score),
        nouns.SCORE_ALL.does(score_all, unavailable=cannot_score_all),
        nouns.FACETS.does(choose_facets),
        nouns.SEARCH.does(search),
        nouns.SHOW_IMPORTS.does(show_imports),
        nouns.SET.does(set_attribute, unavailable=cannot_set_attribute),
        *EDITING.actions,
        deleting(nouns.DELETE, warning=KEPT),
    )
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(ACTIONS)]

    command = "products"
    filter_hint = "words of a product's name, or FIELD:WORD"
    searched_by_server = "name"
    job_kinds = frozenset({SCORE, SCORE_ALL, IMPORT, UNDO})
    noun = nouns.products()
    source: CatalogueSource
    detail: ProductDetail
    schema: ProductSchema = ProductSchema({})
    has_schema = False
    """Whether the schema was read; until then the columns are the fields the rows have."""
    chunk: int = CHUNK
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
        self._read_schema()

    def refetch(self) -> None:
        """Fetch the rows again, and the schema if it could not be read."""
        super().refetch()
        if not self.has_schema:
            self._read_schema()

    def sortable_keys(self) -> Sequence[str]:
        """Every column that is shown."""
        return [column.key for column in self.shown_columns()]

    def filter_columns(self) -> Sequence[Column[Product]]:
        """Words are looked for in the name, as the server does."""
        return [column for column in self.columns() if column.key == "name"]

    @property
    def filter_text(self) -> str:
        """The present filter with the facets as terms of it."""
        facets = (f"{name}={as_value(value)}" for name, value in self.source.where.items())
        return " ".join([self.box.words, *facets]).strip()

    def show_filter(self, text: str) -> None:
        """Show a saved filter in place of the facets."""
        self.source.where.clear()
        super().show_filter(text)

    def columns(self) -> Sequence[Column[Product]]:
        """The noun's columns; a product that is being scored shows it."""
        live: dict[str, dict[str, Any]] = {
            "ai_readability_score": {"words": self._score, "tone": self._score_tone},
            "name": {"ample_width": NAME_WIDTH},
        }
        return id_last([c._replace(**live.get(c.key, {})) for c in self.noun.columns])

    @property
    def empty(self) -> str:
        """The text of an empty list."""
        source, where = self.source, where_words(self.source.where)
        if source.is_partial:
            seen = f"the {source.seen:,} products looked at"
            return f"Nothing matches among {seen}. Press G to search on, or esc to show all."
        if source.rest or len(source.asked) > len(source.where):
            having = f" with {where}" if where else ""
            if source.typed:
                name, value = next(iter(source.typed.items()))
                loose = f"{one_line(name)}:{as_value(one_line(value))}"
                hint = f"= finds “{crop(one_line(value), 40)}” in this case only; {loose} in any."
                return f"No product{having} matches. {hint} Press esc to show all."
            return f"No product{having} matches “{source.text}”. Press esc to show all."
        if source.words and where:
            return f"No product with {where} has “{source.words}” in its name."
        if source.words:
            return f"No product has “{source.words}” in its name. Press esc to show all."
        if where:
            return f"No product has {where}. Press esc to show more."
        return "No products yet. Press i to import a CSV file, or n to create one."

    def list_note(self) -> str:
        """The chosen facets, and how far a bulk change is."""
        schema = "" if self.has_schema else "schema not read; columns as in the rows"
        notes = (where_words(self.source.where), self.bulk_progress, schema, super().list_note())
        return " · ".join(filter(None, notes))

    def view_options(self) -> list[str]:
        """Facets and words as options of `products list`."""
        wheres = (f"{name}={value}" for name, value in self.source.asked.items())
        options = [part for where in wheres for part in ("--where", where)]
        words = ["-q", self.source.words] if self.source.words else []
        rest = list_options(self.source.rest.terms)[0]
        return [*options, *words, *rest, *self.sort_options()]

    def action_back(self) -> None:
        """Go back a step; with nothing typed or marked, drop the newest facet."""
        is_elsewhere = self.has_class("-detail") or self.table.marked or self.box.words
        if self.source.where and not is_elsewhere:
            self.source.where.popitem()
            self.source.search(self.source.text)
        super().action_back()

    def extra_copyables(self, rows: Sequence[Product]) -> Sequence[Copyable]:
        """The SKUs, which other programs know products by."""
        return [Copyable("s", "SKU", "\n".join(row.sku for row in rows if row.sku))]

    def job_ended(self, ended: Ended) -> None:
        """Fetch what a job has changed: an import may have added fields as well."""
        if ended.job.kind == SCORE:
            run_flow(self, self._fetch_again, ended.job.target, group="again")
            return
        if ended.job.kind == IMPORT:
            self._read_schema()
        self.refetch()

    def scoring_of(self, product: Product) -> Progress | None:
        """The scoring of a product that is running."""
        return self.workspace.jobs.find(SCORE, product.id)

    def _score(self, product: Product, context: Context) -> str:
        progress = self.scoring_of(product)
        if progress is None:
            return score_shown(product.ai_readability_score, context)
        return f"{spinner(progress.elapsed_at(context.now.timestamp()))} …"

    def _score_tone(self, product: Product, _context: Context) -> Tone:
        if self.scoring_of(product) is not None:
            return "busy"
        return score_tone(product.ai_readability_score)

    def _read_schema(self) -> None:
        run_flow(self, self._fetch_schema, group="schema", exclusive=True)

    async def _fetch_schema(self) -> None:
        try:
            schema = await self.workspace.client.products.schema()
        except SegOpsError as error:
            self.failed(error)
            return
        is_first, self.has_schema = not self.has_schema, True
        if is_first or self.schema.raw != schema.raw:
            self.schema = schema
            self._show_fields(attributes_of(schema))
            self.name_list()

    def _show_fields(self, fields: Sequence[SchemaField]) -> None:
        self.noun = nouns.products(fields)
        self.detail.order = names_of(fields)
        self.show_columns()

    def fetched(self) -> None:
        """Note that the server has answered; without a schema the rows tell the columns."""
        super().fetched()
        if not self.has_schema:
            self._show_fields(nouns.fields_of(self.table.loaded_rows))

    async def _fetch_again(self, product_id: str) -> None:
        try:
            product = await self.fetch_one(product_id)
        except SegOpsError as error:
            self.failed(error)
        else:
            self.source.replace([product])

    @on(BottomSought, "ListBox NounTable")
    def _bottom_sought(self, event: BottomSought) -> None:
        """Fetch more of the rows that are sorted or filtered here."""
        event.stop()
        self.source.more()

    @on(PageLoaded, "ListBox NounTable")
    def _page_loaded(self, event: PageLoaded) -> None:
        event.stop()
        self.source.page_loaded(event.total)

    @on(LoadFailed, "ListBox NounTable")
    def _load_failed(self, event: LoadFailed) -> None:
        event.stop()
        self.source.is_searching = False
        if isinstance(event.error, SegOpsError):
            self.failed(event.error)
