"""Semantic search: products by meaning, best first.

An answer has at most a hundred products, so facets filter it here and not on the server.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual import on, work
from textual.binding import Binding
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input

from segops_tui import wording
from segops_tui.api.errors import SegOpsError
from segops_tui.api.record import Record, as_number
from segops_tui.nouns.column import Context, format_value
from segops_tui.nouns.pages import FOUND
from segops_tui.nouns.products import attribute_said
from segops_tui.tui.core.actions import run_flow
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.core.text import key_hints, one_line
from segops_tui.tui.dialogs.dialog import Dialog
from segops_tui.tui.panes.detail import Scroll
from segops_tui.tui.plots.scale import meter
from segops_tui.tui.products.facets import FacetChooser, facets_of, where_words
from segops_tui.tui.table.messages import RowHighlighted, RowSelected
from segops_tui.tui.table.noun_table import NounTable
from segops_tui.tui.widgets.fact_list import FactList
from segops_tui.tui.widgets.plain_text import PlainText
from segops_tui.tui.widgets.text_input import TextInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from segops_tui.nouns.action import Action
    from segops_tui.tui.core.workspace import Workspace

MOST: Final = 100
"""The most products the API returns at once (contract §8.1)."""
_METER: Final = 24
_BREAKPOINTS: Final = [(0, "-narrow"), (110, "-normal")]


class SemanticSearch(Dialog[None]):
    """A line to type in, the matches, and the product under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", id="meaning.back", tooltip="Drop a facet, or close."),
        Binding("ctrl+s", "search", "Search", show=False, id="meaning.search"),
        Binding("down", "rows", "Rows", show=False, id="meaning.rows"),
        Binding("f", "narrow", "Facets", id="meaning.narrow", tooltip="Filter by a value."),
        Binding("slash", "type", "Words", id="meaning.type", tooltip="Search for something else."),
        Binding("y", "copy", "Copy", id="meaning.copy", tooltip="Copy the SKU."),
    ]
    DEFAULT_CSS = """
    SemanticSearch .half { height: 1fr; margin-top: 1; }
    SemanticSearch NounTable { width: 3fr; }
    SemanticSearch Scroll { width: 2fr; height: 1fr; padding: 0 1; }
    SemanticSearch #told { height: auto; min-height: 1; max-height: 3; }
    SemanticSearch PlainText { padding: 0 1; }
    SemanticSearch.-narrow Scroll { display: none; }
    """

    HORIZONTAL_BREAKPOINTS = _BREAKPOINTS

    def __init__(self, workspace: Workspace, *, action: Action) -> None:
        super().__init__("Semantic search", box="-tall")
        self.workspace, self._action = workspace, action
        self._rows: Sequence[Record] = ()
        self._filters: dict[str, list[str]] = {}
        self._where: dict[str, str] = {}
        self._counted = ""
        self._table, self._facts = NounTable(markable=False), FactList()

    def body(self) -> ComposeResult:
        """The line above, the matches and a product below."""
        yield TextInput(placeholder="warm jacket under $150")
        with Horizontal(classes="half"):
            yield self._table
            with Scroll():
                yield self._facts
        yield PlainText(id="told")
        yield PlainText(_KEYS, id="keys")

    def on_mount(self) -> None:
        """Show the columns, and focus the line."""
        wider = {"name": 30, "sku": 12}
        columns = [c._replace(min_width=wider.get(c.key, c.min_width)) for c in FOUND.columns]
        self._table.show_columns(columns, context=self._formatting)
        self._table.empty_text = "Type what you look for, as a shopper would, and press enter."
        self._table.set_rows([], key=FOUND.key)
        self.query_one(Input).focus()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_search()

    def action_search(self) -> None:
        """Search for what is typed."""
        question = self.query_one(Input).value.strip()
        if question:
            self._show_text(Content.styled("◌ searching …", "$primary"))
            self.workspace.log.add(self._action.command_line(question=question))
            run_flow(self, self._search, question, group="search", exclusive=True)

    async def _search(self, question: str) -> None:
        try:
            found = await self.workspace.client.pages.query(question, limit=MOST)
        except SegOpsError as error:
            problem = problem_of(error, again="enter")
            words = one_line(f"{problem.symbol} {problem.line}")
            # Rows that answer another question would be taken for this one's.
            self._rows, self._filters, self._where, self._counted = (), {}, {}, ""
            self._table.empty_text = one_line(problem.hint)
            self._draw()
            self._show_text(Content.styled(words, "$error"))
            self.query_one(Input).focus()
            return
        items = [Record(item) for item in found.products if isinstance(item, Mapping)]
        self._rows, self._filters, self._where = items, facets_of(found.filters), {}
        matches = as_number(found.metadata.get("match_count"))
        self._counted = wording.plural(len(items), "product")
        if matches is not None and matches > len(items):
            counted = wording.plural(int(matches), "product")
            self._counted = f"the best {len(items)} of {counted}"
        self._table.empty_text = FOUND.empty
        self._draw()
        if items:
            self._table.focus()

    @on(RowHighlighted)
    def _highlighted(self, event: RowHighlighted) -> None:
        event.stop()
        row: Record = event.row
        data = row.raw.get("data")
        known = data if isinstance(data, Mapping) else {}
        self._formatting()
        self._facts.facts = [
            ("sku", format_value(row.raw.get("sku"))),
            ("name", format_value(row.raw.get("name"))),
            *(
                (str(name), attribute_said(value, self._formatting()))
                for name, value in known.items()
            ),
        ]
        share = as_number(row.raw.get("relevance_score")) or 0.0
        words = Content.assemble(f"match {share:.2f} ", meter(share, _METER), f"  {self._counted}")
        self._show_text(words)

    @on(RowSelected)
    def _selected(self, event: RowSelected) -> None:
        event.stop()
        self.action_copy()

    def action_back(self) -> None:
        """Drop the newest facet, else close."""
        if self._where:
            self._where.popitem()
            self._draw()
        else:
            self.dismiss(None)

    def action_rows(self) -> None:
        """Go from the line to the matches."""
        if self._rows:
            self._table.focus()

    def action_type(self) -> None:
        """Go to the line."""
        self.query_one(Input).focus()

    @work(group="facets", exclusive=True)
    async def action_narrow(self) -> None:
        """Filter the matches by the values of their attributes."""
        facets = {name: values for name, values in self._filters.items() if name != "price"}
        if not facets:
            self.notify("There is nothing to filter by.", severity="warning", markup=False)
            return

        async def count(where: Mapping[str, str]) -> int:
            return len(_having(self._rows, where))

        chooser = FacetChooser("Found products that have", facets, chosen=self._where, count=count)
        where = await self.app.push_screen_wait(chooser)
        if where is not None:
            self._where = where
            self._draw()

    def action_copy(self) -> None:
        """Copy the SKU of the product under the cursor."""
        row: Record | None = self._table.current_row
        if row is not None:
            words = one_line(row.raw.get("sku") or "")
            self.app.copy_to_clipboard(words)
            self.notify(words, title="Copied", markup=False, timeout=3)

    def _draw(self) -> None:
        rows = _having(self._rows, self._where)
        self._table.set_rows(rows, key=FOUND.key)
        box = self.query_one(".dialog")
        box.border_subtitle = Content(where_words(self._where)) if self._where else None
        if not rows:
            self._facts.facts = ()
            self._show_text(Content(self._counted))

    def _show_text(self, words: Content) -> None:
        self.query_one("#told", PlainText).update(words)

    def _formatting(self) -> Context:
        return Context(now=self.workspace.now())


def _having(rows: Sequence[Record], where: Mapping[str, str]) -> list[Record]:
    return [row for row in rows if all(_has(row, name, value) for name, value in where.items())]


def _has(row: Record, name: str, value: str) -> bool:
    data = row.raw.get("data")
    held = data.get(name) if isinstance(data, Mapping) else None
    return value in [str(item) for item in held] if isinstance(held, list) else str(held) == value


_KEYS: Final[Any] = key_hints(
    ("enter", "ask"),
    ("↓", "rows"),
    ("f", "facets"),
    ("/", "other words"),
    ("y", "copy the SKU"),
    ("esc", "back"),
)
