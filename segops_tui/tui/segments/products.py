"""The detail of a product segment: its rule, and the products it matches.

The API lists no products of a product segment, so they are computed here over the catalogue.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal

from textual import on
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content

from segops_tui.api.errors import SegOpsError
from segops_tui.api.resources.product_segments import ProductSegment
from segops_tui.jobs.segment_products import ProductSearch
from segops_tui.nouns.column import Context
from segops_tui.nouns.products import (
    COMPUTED_HERE,
    NO_RULE,
    NONE_MATCH,
    count_words,
    segment_products,
    server_words,
    with_match,
)
from segops_tui.tui.core.actions import run_flow
from segops_tui.tui.core.messages import Jump
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.core.sized import Sized
from segops_tui.tui.core.text import one_line
from segops_tui.tui.panes.detail import Scroll
from segops_tui.tui.panes.tab_strip import TabPage
from segops_tui.tui.rules.view import RuleDetail
from segops_tui.tui.segments.detail import RETRY, SETTLE
from segops_tui.tui.table.messages import RowHighlighted, RowSelected
from segops_tui.tui.table.noun_table import NounTable
from segops_tui.tui.widgets.plain_text import PlainText

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from segops_tui.api.resources.products import Product, SchemaField
    from segops_tui.jobs.segment_products import Found
    from segops_tui.tui.core.workspace import Workspace
    from segops_tui.tui.rules.view import KnownSegments

MOST_SHOWN: Final = 1_000
"""Products listed; all are counted."""
BEGINNING: Final = "◌ reading the catalogue …"


class ProductsTab(Vertical, Sized):
    """The first products that a rule matches, and how many there are.

    Reading a large catalogue is many requests, so it is read only while the tab is on screen.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "ctrl+r", "read_again", "Refresh", id="pane.refresh",
            tooltip="Read the catalogue again.",
        )
    ]  # fmt: skip
    DEFAULT_CSS = "ProductsTab #counts { padding: 0 1; height: auto; max-height: 8; }"

    def __init__(self, workspace: Workspace, *, failed: Callable[[str], None]) -> None:
        super().__init__()
        self.workspace, self._failed = workspace, failed
        self._segment: ProductSegment | None = None
        self._state: Literal["waiting", "reading", "read"] = "waiting"
        self._counts = PlainText(id="counts")
        self._table = NounTable(markable=False)

    def compose(self) -> ComposeResult:
        """Lay out the counts above the products."""
        yield self._counts
        yield self._table

    def on_mount(self) -> None:
        """Show the columns."""
        self._show_columns((), with_doubt=False)

    def forget(self) -> None:
        """Drop the previous segment, and stop reading the catalogue for it."""
        self._segment = None
        self._stop_reading()
        self._state = "waiting"
        self._counts.update("")
        self._draw((), "Loading …")

    def show(self, segment: ProductSegment) -> None:
        """Read the catalogue for a segment."""
        self._segment = segment
        self._state = "waiting"
        self.on_show()

    def on_show(self) -> None:
        """Begin to read, now that the tab is on screen."""
        if self._segment is not None and self._state == "waiting" and self.is_on_screen:
            self._state = "reading"
            self._counts.update(Content.styled(BEGINNING, "$text-muted"))
            run_flow(self, self._read, self._segment, group="products", exclusive=True)

    def fit_size(self) -> None:
        """Begin to read where Textual has sent no `Show` either."""
        self.on_show()

    def on_hide(self) -> None:
        """Stop reading; it begins again when the tab is back."""
        self._stop_reading()

    def _stop_reading(self) -> None:
        if self._state == "reading":
            self._state = "waiting"
            self.workers.cancel_group(self, "products")

    def action_read_again(self) -> None:
        """Read the catalogue again."""
        segment = self._segment
        if segment is not None:
            self.forget()
            self.show(segment)

    async def _read(self, segment: ProductSegment) -> None:
        client = self.workspace.client
        await client.sleep(SETTLE)
        search: ProductSearch | None = None
        rows: list[Product] = []
        try:
            fields = (await client.products.schema()).fields
            search = ProductSearch(segment.definition, fields)
            self._show_columns(fields, with_doubt=False)
            with_doubt = False
            async for found in search.find_async(client):
                if segment is not self._segment:
                    return
                if search.count.unknown and not with_doubt:
                    with_doubt = True
                    self._show_columns(fields, with_doubt=True)
                self._take(rows, found)
                self._counts.update(reading_content(search))
        except SegOpsError as error:
            if segment is self._segment:
                self._show_failure(error, search)
            return
        if segment is self._segment:
            self._state = "read"
            if not rows:
                self._draw((), NO_RULE if search.is_empty else NONE_MATCH)
            now = self.workspace.now()
            self._counts.update(
                Content("") if search.is_empty else counted_content(segment, search, now=now)
            )

    def _take(self, rows: list[Product], found: Sequence[Found]) -> None:
        """List what was found, up to as many as are shown."""
        fresh = found[: MOST_SHOWN - len(rows)]
        if fresh:
            rows += [with_match(each.product, is_certain=each.is_certain) for each in fresh]
            self._draw(list(rows), "")

    def _show_failure(self, error: SegOpsError, search: ProductSearch | None) -> None:
        self._state = "read"
        problem = problem_of(error)
        stopped = "" if search is None else f" Stopped: {search.progress}."
        words = one_line(f"{problem.symbol} {problem.line}{stopped} {RETRY}")
        self._counts.update(Content.styled(words, "$error"))
        self._table.empty_text = ""
        self._failed("products")

    def _show_columns(self, fields: Sequence[SchemaField], *, with_doubt: bool) -> None:
        noun = segment_products(fields, with_doubt=with_doubt, is_brief=True)
        now = self.workspace.now
        self._table.show_columns(noun.columns, context=lambda: Context(now=now()))

    def _draw(self, rows: Sequence[Product], empty: str) -> None:
        self._table.empty_text = empty
        self._table.set_rows(rows, key=lambda product: product.id, keep_position=bool(rows))

    @on(RowSelected)
    def _go(self, event: RowSelected) -> None:
        event.stop()
        self.post_message(Jump(f"product/{event.row.id}"))

    @on(RowHighlighted)
    def _stop(self, event: RowHighlighted) -> None:
        event.stop()


def reading_content(search: ProductSearch) -> Content:
    """How far the catalogue was read, and what matched so far."""
    count = search.count
    unknown = f", {count.unknown:,} unknown" if count.unknown else ""
    words = f"◌ {search.progress}: {count.matched:,} match so far{unknown}"
    return Content.styled(words, "$text-muted")


def counted_content(segment: ProductSegment, search: ProductSearch, *, now: Any) -> Content:
    """What was counted here and by the server, and what cannot be told."""
    count = search.count
    here, server = _sentence(count_words(count)), _sentence(server_words(segment, count, now=now))
    lines = [
        Content.assemble((here, "bold"), (f", {COMPUTED_HERE}.", "$text-muted")),
        Content.styled(f"{server}.", "$text-muted"),
    ]
    if count.unknown:
        lines += [Content.styled(f"? {one_line(doubt)}", "$warning") for doubt in search.doubts]
    if count.matched + count.unknown > MOST_SHOWN:
        lines.append(Content.styled(f"The first {MOST_SHOWN:,} are listed.", "$text-muted"))
    return Content("\n").join(lines)


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"


class ProductSegmentDetail(RuleDetail[ProductSegment]):
    """A product segment."""

    kind = "product"

    def __init__(self, workspace: Workspace, *, known: KnownSegments) -> None:
        super().__init__(workspace, known=known)
        self._filled: set[str] = set()
        self._products = ProductsTab(workspace, failed=self._filled.discard)

    def compose(self) -> ComposeResult:
        """Lay out the tabs."""
        yield self.head
        with self.tabs:
            with TabPage("Rule", id="rule"), Scroll():
                yield self._rule
            with TabPage("Products", id="products"):
                yield self._products

    def forget(self) -> None:
        """Drop the products of another segment, or of an older state of this one."""
        self._filled.clear()
        self._products.forget()

    def fill(self, tab: str) -> None:
        """Find the products when their tab is shown, unless they were found."""
        if self.row is not None and tab == "products" and tab not in self._filled:
            self._filled.add(tab)
            self._products.show(self.row)
