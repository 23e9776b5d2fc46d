"""Where a pane's rows come from: a whole list in memory, a server-side search, or server pages.

A source fetches, filters, sorts and counts; the pane that holds it draws. Its pane is typed as
Any, since the pane imports its source and a circle of imports is not allowed for types either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from segops_tui.api.errors import SegOpsError
from segops_tui.nouns.filters import Filter, matching
from segops_tui.tui.core.actions import run_flow
from segops_tui.tui.core.messages import Counted
from segops_tui.tui.panes.walk import Walk
from segops_tui.tui.table.sources import NumberedSource

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Sequence

    from textual.timer import Timer

    from segops_tui.api.listing import AsyncListing
    from segops_tui.nouns.filters import Term

R = TypeVar("R")

FAILED: Final = "Not fetched: the server did not answer. Press ctrl+r to try again."
PAGE_SIZE: Final = 100
TYPING: Final = 0.25
"""Seconds without a key before the server is asked for what was typed."""


class ListSource(Generic[R]):
    """Every row at once, filtered and sorted here: hundreds of rows, not millions."""

    def __init__(self, pane: Any) -> None:
        self.pane = pane
        self.rows: Sequence[R] = ()
        """Every row, in the server's order."""
        self.sort_key: str | None = None
        self.descending = False
        self.is_searching = False
        """Whether the server is searching for what was typed."""

    @property
    def total(self) -> int | None:
        """How many rows there are, whatever the filter."""
        return len(self.rows)

    @property
    def refreshes(self) -> bool:
        """Whether the rows are fetched again every few seconds."""
        return True

    def note(self) -> str:
        """What the list's border says about how complete the rows are."""
        return ""

    def counts(self) -> tuple[int | None, int | None]:
        """How many rows are shown, and how many there are."""
        if not self.pane.has_answer:
            return None, None
        return len(self.shown()), self.total

    def refetch(self) -> None:
        """Fetch the list again."""
        run_flow(self.pane, self._load, group="load", exclusive=True)

    def shown(self) -> list[R]:
        """The rows that match the filter, sorted."""
        return self.sorted(self._matching(self.rows, self.pane.wanted))

    def draw(self) -> None:
        """Put the rows that are to be shown into the table."""
        pane = self.pane
        pane.table.empty_text = (
            f"No {pane.noun.name} matches “{pane.box.words}”. Press esc to show all."
            if pane.box.words
            else pane.empty
        )
        pane.table.set_rows(self.shown(), key=pane.noun.key, keep_position=True)

    def filter(self, words: str) -> None:  # noqa: ARG002
        """Show the rows that match other words."""
        self.pane.draw_rows()

    def find(self, key: str) -> R | None:
        """The row with this key, if it was fetched."""
        return next((row for row in self.rows if str(self.pane.noun.key(row)) == key), None)

    def go_to(self, row: R) -> None:
        """Put the cursor on a row, whatever the filter; a row that is not listed is added."""
        pane = self.pane
        pane.box.clear_filter()
        key = pane.noun.key(row)
        if all(pane.noun.key(each) != key for each in self.rows):
            self.rows = [*self.rows, row]
            pane.draw_rows()
        keys = [pane.noun.key(shown) for shown in self.shown()]
        if key in keys:
            pane.table.cursor_row = keys.index(key)

    def remove(self, keys: set[Any]) -> None:
        """Take deleted rows off the screen."""
        self.rows = [row for row in self.rows if self.pane.noun.key(row) not in keys]
        self.pane.draw_rows()

    def replace(self, rows: Iterable[R]) -> None:
        """Show newer versions of rows that are listed."""
        key = self.pane.noun.key
        newer = {key(row): row for row in rows}
        self.rows = [newer.get(key(row), row) for row in self.rows]
        self.pane.draw_rows()

    def put(self, row: R, *, is_new: bool) -> None:
        """Show a row as the server now has it, and go to it."""
        key = self.pane.noun.key(row)
        if is_new or self.find(str(key)) is None:
            others = [each for each in self.rows if self.pane.noun.key(each) != key]
            self.rows = [*others, row]
            self.pane.draw_rows()
        else:
            self.replace([row])
        self.go_to(row)
        self.count()

    def count(self) -> None:
        """Report how many there are to the sidebar."""
        self.pane.post_message(Counted(self.pane.id or "", self.total))

    async def pages(self) -> AsyncIterator[Sequence[R]]:
        """Every row in view, in view order."""
        yield self.shown()

    def cannot_sort(self) -> str:
        """Why sorting is not available."""
        return "" if len(self.rows) > 1 else "There is nothing to sort."

    def sort_by_next(self) -> None:
        """Sort by the next sortable column, after the last one by none."""
        order: list[str | None] = [None, *self.pane.sortable_keys()]
        at = order.index(self.sort_key) if self.sort_key in order else 0
        self.sort_by(order[(at + 1) % len(order)])

    def reverse(self) -> None:
        """Reverse the order."""
        self.sort_by(self.sort_key or self.pane.sortable_keys()[0], descending=not self.descending)

    def sort_by(self, key: str | None, *, descending: bool | None = None) -> None:
        """Sort by a column: numbers largest first, unless told otherwise."""
        columns = self.pane.columns()
        numeric = any(column.key == key and column.align == "right" for column in columns)
        self.sort_key, self.descending = key, numeric if descending is None else descending
        self.pane.table.show_sort(key, descending=self.descending)
        self.pane.draw_rows()

    def sort_by_header(self, key: str) -> None:
        """Sort by the column whose header was clicked; a second click reverses."""
        again = key == self.sort_key
        self.sort_by(key, descending=again and not self.descending)

    def _matching(self, rows: Iterable[R], wanted: Filter) -> list[R]:
        pane = self.pane
        searched = pane.filter_columns()
        return matching(rows, wanted, pane.filter_fields(), pane.context(), searched=searched)

    def sorted(self, rows: list[R]) -> list[R]:
        """The same rows in the chosen order, those without a value last."""
        column = next((c for c in self.pane.columns() if c.key == self.sort_key), None)
        if column is None:
            return rows
        known = [row for row in rows if column.value(row) is not None]
        unknown = [row for row in rows if column.value(row) is None]
        context = self.pane.context()

        def order(row: R) -> tuple[int, Any]:
            value = column.value(row)
            # A state that is made of the whole row sorts as it reads: `stale` not among `computed`.
            reads = isinstance(value, str) and column.words is not None
            return _comparable(column.text(row, context) if reads else value)

        known.sort(key=order, reverse=self.descending)
        return [*known, *unknown]

    async def _load(self) -> None:
        pane = self.pane
        try:
            rows = await pane.fetch()
        except SegOpsError as error:
            self.is_searching = False
            pane.failed(error)
            return
        self.rows, self.is_searching = rows, False
        pane.fetched()
        pane.draw_rows()
        pane.arrive()
        self.count()


class SearchSource(ListSource[R]):
    """The best matches of a server-side search; what the server cannot filter is filtered here."""

    def __init__(self, pane: Any) -> None:
        super().__init__(pane)
        self.matched: int | None = None
        """How many rows the last search found, listed or not; set by the pane's `fetch`."""
        self.everything: int | None = None
        """How many rows there are without a search; set by the pane's `fetch`."""
        self._typing: Timer | None = None
        self._asked = ""

    @property
    def total(self) -> int | None:
        """How many rows there are, whatever the search."""
        return self.everything

    def counts(self) -> tuple[int | None, int | None]:
        """How many rows are shown, and how many were found."""
        return (len(self.shown()), self.matched) if self.pane.has_answer else (None, None)

    def shown(self) -> list[R]:
        """What the server found, filtered by the rest and sorted."""
        return self.sorted(self._matching(self.rows, self._rest))

    def note(self) -> str:
        """Whether the server is searching, and whether more were found than are listed."""
        if self.is_searching:
            return "◌ searching …"
        listed = len(self.rows)
        if (self.matched or 0) <= listed:
            return ""
        narrowed = " and ".join(
            word for word, is_so in (("sorted", self.sort_key), ("filtered", self._rest)) if is_so
        )
        return f"{narrowed} among these {listed:,}" if narrowed else ""

    @property
    def words(self) -> str:
        """The text the server searches for."""
        term = self._term
        return "" if term is None else term.text

    @property
    def _term(self) -> Term | None:
        wanted: Filter = self.pane.wanted
        return wanted.longest_text(self.pane.searched_by_server)

    @property
    def _rest(self) -> Filter:
        """What of the filter the server has not applied."""
        wanted: Filter = self.pane.wanted
        term = self._term
        return wanted if term is None else wanted.without(term)

    def filter(self, words: str) -> None:
        """Search once typing has paused; the newest answer wins."""
        if self._typing is not None:
            self._typing.stop()
        # What only narrows the rows at hand needs no request.
        if self.words == self._asked:
            self.pane.draw_rows()
            return
        self.is_searching = True
        self.pane.name_list()
        self._typing = self.pane.set_timer(TYPING if words else 0.01, self.refetch)

    async def _load(self) -> None:
        self._asked = self.words
        await super()._load()


class PagedSource(ListSource[R]):
    """A listing the server pages and searches: the table fetches the pages in view.

    The server cannot sort, and looks for one text. For anything else the rows are fetched one page
    after another (`Walk`), and sorted and filtered here.
    """

    def __init__(self, pane: Any, listing: Callable[[str, int, int], AsyncListing[R]]) -> None:
        super().__init__(pane)
        self.text = ""
        """The filter, as it was typed."""
        self.words = ""
        """The text the server searches for."""
        self.rest = Filter()
        """What of the filter is applied here."""
        self._listing = listing
        """Makes the request for a page: words, page number from 1, page size."""
        self._walk: Walk[R] | None = None
        """The rows at hand, where they are sorted or filtered here."""
        self._total: int | None = None
        self._typing: Timer | None = None
        self._to_end = False

    @property
    def total(self) -> int | None:
        """How many rows there are, whatever the search; None until it is known."""
        return self._total

    @property
    def is_narrowed(self) -> bool:
        """Whether the listing leaves rows out."""
        return bool(self.words)

    @property
    def refreshes(self) -> bool:
        """Rows that were fetched page after page are fetched again only when asked for.

        A search whose first page could not be fetched is tried again.
        """
        return self._walk is None or self._has_failed

    @property
    def _has_failed(self) -> bool:
        """Whether the first page could not be fetched, so that nothing is known yet."""
        walk = self._walk
        return walk is not None and not (walk.seen or walk.is_done or self.is_searching)

    @property
    def seen(self) -> int:
        """How many rows were looked at, where they are sorted or filtered here."""
        return 0 if self._walk is None else self._walk.seen

    @property
    def is_partial(self) -> bool:
        """Whether rows that match may be missing from those at hand."""
        return self._walk is not None and not self._walk.is_done

    def counts(self) -> tuple[int | None, int | None]:
        """How many rows were found, and how many there are."""
        if not self.pane.has_answer:
            return None, None
        if self._walk is not None:
            total = self._walk.total if self._total is None else self._total
            # Before the first page it is not known that there is none.
            is_known = self._walk.seen or self._walk.is_done
            return (len(self.rows) if is_known else None), total
        found = self.pane.table.total
        return found, self._total if self.is_narrowed else found

    def note(self) -> str:
        """What is being fetched, or which part of the rows is sorted or filtered."""
        walk = self._walk
        if walk is None:
            words = "◌ searching …" if self.is_narrowed else "◌ loading …"
            return words if self.is_searching else ""
        total = "many" if walk.total is None else f"{walk.total:,}"
        if self.is_searching and not walk.seen:
            return "◌ searching …" if self.is_narrowed or self.rest else "◌ loading …"
        if self.is_searching:
            return f"◌ loading {walk.seen:,} of {total}"
        if walk.is_done:
            return ""
        if self.rest:
            return f"found in {walk.seen:,} of {total} · G searches on"
        return f"sorted: {walk.seen:,} loaded of {total} · G loads more"

    def refetch(self) -> None:
        """Fetch the pages in view again."""
        if not self.pane.has_answer:
            self.search(self.text)
        elif self._walk is not None:
            self._start_walk(replaces=self._walk)
        else:
            self.pane.table.refresh_rows()

    def search(self, text: str) -> None:
        """List the rows that a filter matches."""
        self.text = text
        wanted: Filter = self.pane.read_filter(text)
        self.words, self.rest = self.split(wanted)
        self._open(keep_position=False)

    def split(self, wanted: Filter) -> tuple[str, Filter]:
        """The text the server searches for, and what is left to do here."""
        term = wanted.longest_text(self.pane.searched_by_server)
        return ("", wanted) if term is None else (term.text, wanted.without(term))

    def filter(self, words: str) -> None:
        """Search once typing has paused; the newest answer wins."""
        if self._typing is not None:
            self._typing.stop()
        self.is_searching = True
        self.pane.name_list()
        self._typing = self.pane.set_timer(TYPING if words else 0.01, lambda: self.search(words))

    def _open(self, *, keep_position: bool) -> None:
        if self.rest or self.sort_key is not None:
            self._start_walk(keep_position=keep_position)
            return
        self._walk, self.rows = None, ()
        self.pane.workers.cancel_group(self.pane, "walk")
        words = self.words

        def page(number: int, size: int) -> AsyncListing[R]:
            return self._listing(words, number, size)

        self.is_searching, self.pane.table.is_partial = True, False
        source = NumberedSource(page, page_size=PAGE_SIZE)
        self.pane.table.loading_text = "Searching …" if self.is_narrowed else "Loading …"
        self.pane.table.set_source(source, key=self.pane.noun.key, keep_position=keep_position)
        self.pane.name_list()

    # Rows fetched one page after another

    def more(self) -> None:
        """Fetch further pages, if rows are sorted or filtered here and not all are at hand."""
        if self._walk is not None and not self._walk.is_done and not self.is_searching:
            run_flow(self.pane, self._advance, self._walk, group="walk", exclusive=True)

    def new_walk(self) -> Walk[R]:
        """Start at the first page of what the server finds."""
        words, key = self.words, self.pane.noun.key
        return Walk(lambda number, size: self._listing(words, number, size), self.keep, key=key)

    def keep(self, rows: Sequence[R]) -> list[R]:
        """Those rows of a page that the filter matches."""
        return self._matching(rows, self.rest)

    def _start_walk(self, *, replaces: Walk[R] | None = None, keep_position: bool = True) -> None:
        walk = self.new_walk()
        if replaces is None:
            self._walk, self.rows = walk, ()
            # Rows that are only sorted again stay until the first page is there.
            if not keep_position:
                self._put_rows(keep_position=False)
        # The old rows stay until as many are fetched again.
        least = 0 if replaces is None else replaces.seen
        run_flow(self.pane, self._advance, walk, least, group="walk", exclusive=True)

    async def _advance(self, walk: Walk[R], least: int = 0) -> None:
        pane = self.pane
        self.is_searching = True
        pane.name_list()
        try:
            async for _ in walk.some_pages(least):
                if walk.seen >= least:
                    self._walk, self.rows = walk, walk.rows
                    self._put_rows(keep_position=True)
                    pane.name_list()
        except SegOpsError as error:
            self.is_searching = False
            if self._has_failed:
                pane.table.empty_text = FAILED
            pane.failed(error)
            return
        self.is_searching = False
        self._walk, self.rows = walk, walk.rows
        if not self.is_narrowed and not self.rest:
            self._total = walk.total
        pane.fetched()
        self._put_rows(keep_position=True)
        pane.show_bare(is_bare=not self.rows)
        pane.arrive()

    def _put_rows(self, *, keep_position: bool) -> None:
        pane = self.pane
        pane.table.empty_text = (
            "◌ loading …" if self.is_searching and self.is_partial else pane.empty
        )
        pane.table.is_partial = self.is_partial
        pane.table.set_rows(self.shown(), key=pane.noun.key, keep_position=keep_position)

    # Pages in view

    def page_loaded(self, total: int | None) -> None:
        """Note a page of the table, and how many rows the server has."""
        self.is_searching = False
        if not self.is_narrowed:
            self._total = total
            self.count()
        self.pane.table.empty_text = self.pane.empty
        self.pane.fetched()
        self.pane.show_bare(is_bare=total == 0)
        if self._to_end:
            self._to_end = False
            self.pane.table.action_bottom()
        self.pane.arrive()

    def draw(self) -> None:
        """Show the rows at hand; the table draws its pages itself."""
        if self._walk is not None and self._walk.seen:
            self._put_rows(keep_position=True)

    def shown(self) -> list[R]:
        """The rows at hand, sorted; none where the table fetches its pages."""
        return self.sorted(list(self.rows))

    def go_to(self, row: R) -> None:
        """Open the detail of a row: which page it is on is not known."""
        self.pane.detail.show(row)
        self.pane.open_detail()

    def remove(self, keys: set[Any]) -> None:
        """Fetch the pages in view, which have moved up."""
        if self._total is not None:
            self._total -= len(keys)
        if self._walk is None:
            self.pane.table.refresh_rows()
            return
        self._walk.remove(keys)
        self.rows = self._walk.rows
        self.pane.draw_rows()

    def replace(self, rows: Iterable[R]) -> None:
        """Show newer versions of rows in view."""
        key = self.pane.noun.key
        for row in rows:
            self.pane.table.update_row(key(row), row)
            if self._walk is not None:
                self._walk.replace(row)
                self.rows = self._walk.rows
            if self.pane.row is not None and key(self.pane.row) == key(row):
                self.pane.detail.show(row)

    def put(self, row: R, *, is_new: bool) -> None:
        """Show a saved row; a new one is at the end of the listing."""
        self.replace([row])
        self.pane.detail.show(row)
        if is_new:
            self._to_end = True
            self.sort_key = None
            self.pane.table.show_sort(None)
            self.pane.box.clear_filter()
            self.search("")

    async def pages(self) -> AsyncIterator[Sequence[R]]:
        """Every row that was found, page by page; sorted ones all at once."""
        walk = self.new_walk()
        while not walk.is_done:
            rows = await walk.next_page()
            if self.sort_key is None:
                walk.clear()
                yield rows
        if self.sort_key is not None:
            yield self.sorted(walk.rows)

    def cannot_sort(self) -> str:
        """Why sorting is not available."""
        return "" if self.pane.table.row_count > 1 else "There is nothing to sort."

    def sort_by(self, key: str | None, *, descending: bool | None = None) -> None:
        """Sort the rows at hand by a column, fetching a good part of them first."""
        had = self.sort_key
        super().sort_by(key, descending=descending)
        if self._walk is None or (key is None and had is not None and not self.rest):
            self._open(keep_position=True)


def _comparable(value: Any) -> tuple[int, Any]:
    """Numbers before times before words, so that odd values never stop a sort."""
    if isinstance(value, bool | int | float):
        return 0, float(value)
    if hasattr(value, "timestamp"):
        return 1, value.timestamp()
    return 2, str(value).casefold()
