"""The detail of a landing page: a preview, its facts, and the blocks it is made of.

Each is fetched when its tab is first shown. The API returns only the SKUs of a page's products:
names and prices come from the search that pages are built with, and the blocks from an export.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from textual.content import Content

from segops_tui import wording
from segops_tui.api.errors import SegOpsError
from segops_tui.api.json_text import json_text
from segops_tui.api.request import Request, ignore_body
from segops_tui.nouns.column import Context, format_value
from segops_tui.nouns.pages import PAGES, state_tone, state_words
from segops_tui.tui.core.actions import run_flow
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.core.text import block, one_line
from segops_tui.tui.core.theme import TONES
from segops_tui.tui.pages.preview import PagePreview, PageView, ShownProduct, shown_product
from segops_tui.tui.panes.detail import Detail, Scroll
from segops_tui.tui.panes.tab_strip import TabPage
from segops_tui.tui.widgets.fact_list import FactList
from segops_tui.tui.widgets.plain_text import PlainText

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from segops_tui.api.resources.pages import GeneratedPage
    from segops_tui.tui.core.workspace import Workspace

SETTLE: Final = 0.15
"""Seconds the cursor rests on a row before its preview is fetched."""
EXPORT_SETTLE: Final = 0.6
"""Seconds it rests before the server is asked to export the page."""
LOOKS: Final = 30
"""How often an export is polled before giving up."""
LARGEST: Final = 1_000_000
"""Bytes of blocks that are read."""
_NOT_BUILT: Final = "Not built yet. Press b to build it."
_MORE: Final = "Press ] to show its blocks, and to add its comparison and its questions here."


class PageDetail(Detail["GeneratedPage"]):
    """A page."""

    first_tab = "preview"

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._view, self._facts = PageView(now=workspace.now), FactList()
        self._source = PlainText()
        self._filled: set[str] = set()
        self._blocks: Sequence[Mapping[str, Any]] = ()

    def compose(self) -> ComposeResult:
        """Lay out three tabs."""
        yield self.head
        with self.tabs:
            with TabPage("Preview", id="preview"), Scroll():
                yield self._view
            with TabPage("Blocks", id="blocks"), Scroll():
                yield self._source
            with TabPage("Facts", id="facts"), Scroll():
                yield self._facts

    def name_of(self, row: GeneratedPage) -> str:
        """The page's title."""
        return row.title or row.slug

    def is_same(self, before: GeneratedPage, after: GeneratedPage) -> bool:
        """Whether it is the same page, unchanged."""
        known = [(p.id, p.title, p.builder_status, p.updated_at) for p in (before, after)]
        return known[0] == known[1]

    def summary(self, row: GeneratedPage) -> Content:
        """State, views and the last AI crawler."""
        context = Context(now=self.workspace.now())
        state = one_line(state_words(row, context))
        seen = wording.plural(row.view_count, "view")
        crawled = wording.age(row.last_ai_crawl_at, now=context.now)
        state_style = f"bold {TONES[state_tone(row, context)]}"
        return Content.assemble(
            (state, state_style),
            f"   {seen}\n",
            (f"last read by an AI crawler: {crawled}", "$text-muted"),
        )

    def draw(self, row: GeneratedPage) -> None:
        """Show the facts: they need no request."""
        context = Context(now=self.workspace.now())
        columns = [column for column in PAGES.columns if column.title]
        facts = [(column.title.lower(), column.text(row, context)) for column in columns]
        shown = {column.key for column in columns}
        # Unknown fields are shown under their own names: half of the shapes are inferred.
        others = [
            (str(name), format_value(value)) for name, value in row.raw.items() if name not in shown
        ]
        self._facts.facts = (*facts, *others)

    def forget(self) -> None:
        """Drop what was fetched for another page, or for an older version of this one."""
        self._filled.clear()
        self._blocks = ()
        self._view.preview = None
        self._view.note = self._muted("◌ Loading …")
        self._source.update(self._muted("◌ Loading …"))

    def fill(self, tab: str) -> None:
        """Fetch what the tab shows, unless it was fetched."""
        row = self.row
        if row is None or tab in self._filled:
            return
        self._filled.add(tab)
        if tab == "preview":
            run_flow(self, self._fetch_preview, row.id, group="preview", exclusive=True)
        elif tab == "blocks":
            run_flow(self, self._fetch_blocks, row.id, group="blocks", exclusive=True)

    async def _fetch_preview(self, page_id: int) -> None:
        client = self.workspace.client
        await client.sleep(SETTLE)
        try:
            page = await client.pages.get(page_id)
        except SegOpsError as error:
            self._show_error(page_id, "preview", error)
            return
        skus = [str(sku) for sku in page.product_skus if sku]
        products, failure = [ShownProduct(one_line(sku)) for sku in skus], None
        try:
            known = await self._found(page) if skus else {}
        except SegOpsError as error:
            # The page can be read without the names of its products.
            failure = error
        else:
            products = [known.get(product.sku) or product for product in products]
        if self.row is not None and self.row.id == page_id:
            self._show_preview(page, products, failure)

    async def _found(self, page: GeneratedPage) -> dict[str, ShownProduct]:
        """The products the page search finds for this page, by SKU."""
        question = (page.title or page.slug)[:500]
        query_id = page.raw.get("query")
        if isinstance(query_id, int):
            query = await self.workspace.client.queries.get(query_id)
            question = query.query_text or question
        found = await self.workspace.client.pages.query(question, limit=100)
        items = [item for item in found.products if isinstance(item, Mapping)]
        return {
            str(item.get("sku")): shown_product(item, now=self.workspace.now()) for item in items
        }

    async def _fetch_blocks(self, page_id: int) -> None:
        await self.workspace.client.sleep(EXPORT_SETTLE)
        try:
            content = await self._exported(page_id)
        except SegOpsError as error:
            self._show_error(page_id, "blocks", error)
            return
        if self.row is not None and self.row.id == page_id:
            self._show_blocks(content)

    async def _exported(self, page_id: int) -> Any:
        client = self.workspace.client
        export = await client.pages.export_start(page_id, format="json")
        for look in range(LOOKS):
            if export.is_ready or export.is_failed:
                break
            await client.sleep(min(0.2 * 1.3**look, 2.0))
            export = await client.pages.export_status(page_id, export_id=export.id)
        if not export.is_ready:
            raise SegOpsError(export.error or "The server could not export it in time.")
        request: Request[Any] = Request("GET", export.download_url, parse=ignore_body)
        octets = bytearray()
        async with client.fetch(request) as body:
            async for chunk in body:
                octets += chunk
                if len(octets) > LARGEST:
                    raise SegOpsError("It is too large to show. Press x to export it.")
        try:
            return json.loads(octets)
        except (ValueError, RecursionError) as error:
            raise SegOpsError("The export is not JSON. Press x to export it to a file.") from error

    def _show_preview(
        self, page: GeneratedPage, products: Sequence[ShownProduct], failure: SegOpsError | None
    ) -> None:
        notes = []
        if page.is_broken:
            fault = page.raw.get("builder_error")
            why = fault if isinstance(fault, str) and fault else "The server gives no reason."
            notes.append(f"✗ The build failed: {why} Press e to edit it, b to build it again.")
        elif not (page.intro_copy or products):
            notes.append(_NOT_BUILT)
        elif not self._blocks:
            notes.append(_MORE)
        if failure is not None:
            notes.append(f"Its products' names are missing: {problem_of(failure).line}")
        self._view.note = Content("")
        self._view.preview = PagePreview(
            page.title or page.slug, page.intro_copy, products, self._blocks, notes
        )

    def _show_blocks(self, content: Any) -> None:
        listed = content.get("blocks") if isinstance(content, Mapping) else content
        items = listed if isinstance(listed, list) else []
        self._blocks = [item for item in items if isinstance(item, Mapping)]
        self._source.update(Content(block(json_text(content, indent=2, ensure_ascii=False))))
        if self._view.preview is not None and self._blocks:
            self._view.preview = replace(self._view.preview, blocks=self._blocks, notes=())

    def _show_error(self, page_id: int, tab: str, error: SegOpsError) -> None:
        if self.row is None or self.row.id != page_id:
            return
        self._filled.discard(tab)
        problem = problem_of(error)
        line = Content.styled(one_line(f"{problem.symbol} {problem.line}"), "$error")
        hint = [self._muted(problem.hint)] if problem.hint else []
        words = Content("\n").join([line, *hint])
        if tab == "preview":
            self._view.note = words
        else:
            self._source.update(words)

    def _muted(self, words: str) -> Content:
        return Content.styled(one_line(words), "$text-muted")
