"""What is known of a landing page: how it reads, its facts, and the blocks it is made of.

Fetches each only when its tab is looked at. The API tells a page's products by SKU alone: names and
prices come from the search that pages are made by, and the blocks from an export.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from textual import on, work
from textual.content import Content
from textual.message import Message
from textual.widgets import Static, TabPane

from segops_tui import wording
from segops_tui.api.errors import SegOpsError
from segops_tui.api.request import Request, ignore_body
from segops_tui.nouns.column import Context, said
from segops_tui.nouns.pages import PAGES, state_tone, state_words
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.core.text import block, one_line
from segops_tui.tui.core.theme import TONES
from segops_tui.tui.pages.preview import PagePreview, Shown, shown_of
from segops_tui.tui.pages.view import PageView
from segops_tui.tui.panes.detail import Detail, Scroll
from segops_tui.tui.widgets.fact_list import FactList

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from segops_tui.api.resources.pages import GeneratedPage
    from segops_tui.tui.core.workspace import Workspace

SETTLE: Final = 0.15
"""Seconds the cursor rests on a row before the server is asked about it."""
EXPORT_SETTLE: Final = 0.6
"""The same before it has to write a file."""
LOOKS: Final = 30
"""How often an export is looked for before it is given up."""
LARGEST: Final = 1_000_000
"""Bytes of blocks that are read; nobody reads more in a terminal."""
_NOT_BUILT: Final = "Nothing was built yet: b builds it."
_MORE: Final = "] shows its blocks, and brings its comparison and its questions here."


class PageDetail(Detail["GeneratedPage"]):
    """A page."""

    class Known(Message):
        """A page's copy has come, with what could be found of its products."""

        def __init__(
            self, page: GeneratedPage, products: Sequence[Shown], error: SegOpsError | None
        ) -> None:
            self.page, self.products, self.error = page, products, error
            super().__init__()

    class BlocksLoaded(Message):
        """A page's blocks have come, as they were exported."""

        def __init__(self, page_id: int, content: Any) -> None:
            self.page_id, self.content = page_id, content
            super().__init__()

    class Failed(Message):
        """A tab's content could not be had."""

        def __init__(self, page_id: int, tab: str, error: SegOpsError) -> None:
            self.page_id, self.tab, self.error = page_id, tab, error
            super().__init__()

    first_tab = "preview"

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._view, self._facts = PageView(now=workspace.now), FactList()
        self._source = Static("", markup=False)
        self._filled: set[str] = set()
        self._blocks: Sequence[Mapping[str, Any]] = ()

    def compose(self) -> ComposeResult:
        """Three tabs."""
        yield self.head
        with self.tabs:
            with TabPane("Preview", id="preview"), Scroll():
                yield self._view
            with TabPane("Blocks", id="blocks"), Scroll():
                yield self._source
            with TabPane("Facts", id="facts"), Scroll():
                yield self._facts

    def name_of(self, row: GeneratedPage) -> str:
        """Its title."""
        return row.title or row.slug

    def is_same(self, before: GeneratedPage, after: GeneratedPage) -> bool:
        """The same page, not written since."""
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
        """The facts, whether they are looked at or not: they are at hand."""
        context = Context(now=self.workspace.now())
        columns = [column for column in PAGES.columns if column.title]
        facts = [(column.title.lower(), column.text(row, context)) for column in columns]
        told = {column.key for column in columns}
        # What we do not know of is told by its own name: half of the shapes are inferred.
        others = [(str(name), said(value)) for name, value in row.raw.items() if name not in told]
        self._facts.facts = (*facts, *others)

    def forget(self) -> None:
        """Drop what was fetched for another page, or for what this one said before."""
        self._filled.clear()
        self._blocks = ()
        self._view.preview = None
        self._view.note = self._source_note("◌ Loading …")
        self._source.update(self._source_note("◌ Loading …"))

    def fill(self, tab: str) -> None:
        """Fetch what the tab shows, unless it is there."""
        row = self.row
        if row is None or tab in self._filled:
            return
        self._filled.add(tab)
        if tab == "preview":
            self._fetch(row.id)
        elif tab == "blocks":
            self._fetch_blocks(row.id)

    @work(exclusive=True, group="preview")
    async def _fetch(self, page_id: int) -> None:
        client = self.workspace.client
        await client.sleep(SETTLE)
        try:
            page = await client.pages.get(page_id)
        except SegOpsError as error:
            self.post_message(self.Failed(page_id, "preview", error))
            return
        skus = [str(sku) for sku in page.product_skus if sku]
        try:
            known = await self._found(page) if skus else {}
        except SegOpsError as error:
            # What the page says can be read without the names of its products.
            self.post_message(self.Known(page, [Shown(one_line(sku)) for sku in skus], error))
        else:
            products = [known.get(sku) or Shown(one_line(sku)) for sku in skus]
            self.post_message(self.Known(page, products, None))

    async def _found(self, page: GeneratedPage) -> dict[str, Shown]:
        """What the search that pages are made by finds for this one, by SKU."""
        question = (page.title or page.slug)[:500]
        query_id = page.raw.get("query")
        if isinstance(query_id, int):
            query = await self.workspace.client.queries.get(query_id)
            question = query.query_text or question
        found = await self.workspace.client.pages.query(question, limit=100)
        items = [item for item in found.products if isinstance(item, Mapping)]
        return {str(item.get("sku")): shown_of(item, now=self.workspace.now()) for item in items}

    @work(exclusive=True, group="blocks")
    async def _fetch_blocks(self, page_id: int) -> None:
        await self.workspace.client.sleep(EXPORT_SETTLE)
        try:
            content = await self._exported(page_id)
        except SegOpsError as error:
            self.post_message(self.Failed(page_id, "blocks", error))
        else:
            self.post_message(self.BlocksLoaded(page_id, content))

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
                    raise SegOpsError("It is too large to read here: x writes it to a file.")
        try:
            return json.loads(octets)
        except (ValueError, RecursionError) as error:
            raise SegOpsError("What was exported is not JSON: x writes it to a file.") from error

    @on(Known)
    def _known(self, event: Known) -> None:
        event.stop()
        page, row = event.page, self.row
        if row is None or page.id != row.id:
            return
        fault = page.raw.get("builder_error")
        is_empty = not (page.intro_copy or event.products)
        notes = []
        if page.is_broken:
            why = fault if isinstance(fault, str) and fault else "The server says no more."
            notes.append(f"✗ The build failed: {why} e changes the page, b builds it again.")
        elif is_empty:
            notes.append(_NOT_BUILT)
        elif not self._blocks:
            notes.append(_MORE)
        if event.error is not None:
            notes.append(f"Its products' names are missing: {problem_of(event.error).line}")
        self._view.note = Content("")
        self._view.preview = PagePreview(
            page.title or page.slug, page.intro_copy, event.products, self._blocks, notes
        )

    @on(BlocksLoaded)
    def _blocks_loaded(self, event: BlocksLoaded) -> None:
        event.stop()
        if self.row is None or event.page_id != self.row.id:
            return
        content = event.content
        listed = content.get("blocks") if isinstance(content, Mapping) else content
        items = listed if isinstance(listed, list) else []
        self._blocks = [item for item in items if isinstance(item, Mapping)]
        self._source.update(Content(block(json.dumps(content, indent=2, ensure_ascii=False))))
        if self._view.preview is not None and self._blocks:
            self._view.preview = replace(self._view.preview, blocks=self._blocks, notes=())

    @on(Failed)
    def _failed(self, event: Failed) -> None:
        event.stop()
        if self.row is None or event.page_id != self.row.id:
            return
        self._filled.discard(event.tab)
        problem = problem_of(event.error)
        words = Content.styled(one_line(f"{problem.symbol} {problem.line}"), "$error")
        hint = self._source_note(problem.hint)
        words = Content("\n").join([words, *([hint] if problem.hint else [])])
        if event.tab == "preview":
            self._view.note = words
        else:
            self._source.update(words)

    def _source_note(self, words: str) -> Content:
        return Content.styled(one_line(words), "$text-muted")
