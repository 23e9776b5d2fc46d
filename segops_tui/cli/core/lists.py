"""Lists: as many rows as were asked for, and a word on stderr about those that were not shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Generic, Protocol, TypeVar

from segops_tui import wording

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from segops_tui.api.record import Record
    from segops_tui.api.request import Page
    from segops_tui.cli.core.context import Invocation
    from segops_tui.cli.core.printing.selection import RowSelection
    from segops_tui.nouns.column import Noun

R = TypeVar("R", bound="Record")
P = TypeVar("P")

_LARGEST: Final = 200
"""The largest page the API gives (contract §1.4)."""
_REMEMBERED: Final = 1_000


class Paged(Protocol[P]):
    """What has rows, page by page: a listing, or what adds to its rows."""

    def pages(self) -> Iterator[Page[P]]:
        """The pages, the first one first."""


class ListingRows(Generic[R]):
    """The first `most` rows of a listing; afterwards, how many were left out.

    With a selection they are the first of those that it lets through, in its order.
    """

    def __init__(
        self,
        pages: Iterable[Page[R]],
        most: int | None,
        *,
        noun: Noun[R] | None = None,
        selection: RowSelection[R] | None = None,
    ) -> None:
        self._pages, self._most = pages, most
        self._noun, self._selection = noun, selection
        self.shown = 0
        self.is_cut = False
        self.count: int | None = None

    def __iter__(self) -> Iterator[R]:
        if self._selection and self._noun is not None:
            yield from self._selected(self._selection, self._noun)
            return
        for page in self._pages:
            self.count = page.count if page.count is not None else self.count
            for row in page.items:
                if self.shown == self._most:
                    self.is_cut = True
                    return
                self.shown += 1
                yield row
            if self.shown == self._most:
                self.is_cut = page.more or page.cursor is not None or self._is_short
                return
        self.is_cut = self._is_short

    def _selected(self, selection: RowSelection[R], noun: Noun[R]) -> Iterator[R]:
        everything = (row for page in self._pages for row in page.items)
        for row in selection.applied(everything, noun):
            self.count = selection.total
            if self.shown == self._most:
                self.is_cut = True
                return
            self.shown += 1
            yield row

    @property
    def _is_short(self) -> bool:
        """Whether the server says that there is more than was shown, pages or not."""
        return self.count is not None and self.count > self.shown

    def cut_words(self, rest: str) -> str:
        """`showing 100 of 4,212; --all for the rest`."""
        of = f" of {wording.count(self.count)}" if self._is_short else "; there are more"
        return f"showing {wording.count(self.shown)}{of}; {rest}"


def one_more(run: Invocation) -> int | None:
    """How many rows to read to know whether there are more; None is all of them."""
    selects = run.options.where or run.options.sort
    return None if selects or run.options.rows is None else run.options.rows + 1


def page_size(run: Invocation) -> int:
    """How many rows to ask for at a time: what is sorted or compared here is read whole."""
    if run.options.where or run.options.sort:
        return _LARGEST
    return min(run.options.rows or _LARGEST, _LARGEST)


def write_list(
    run: Invocation,
    pages: Paged[R],
    noun: Noun[R],
    *,
    remember: bool = True,
    rest: str = "--all for the rest",
    selection: RowSelection[R] | None = None,
    is_narrowed: bool = False,
) -> None:
    """Write a listing, say what was left out, and keep the ids for completion.

    `rest` is how to see what was left out. `selection` is that of the options, where the command
    has read it before; `is_narrowed` says that the server was asked for some of the rows only.
    """
    from segops_tui.cli.core.names import name_of

    walk = _walk(run, pages.pages(), noun, selection)
    seen: list[tuple[str, str]] = []

    def noticed() -> Iterator[R]:
        for row in walk:
            if len(seen) < _REMEMBERED:
                seen.append((str(noun.key(row)), wording.plain(name_of(row, noun))))
            yield row

    run.out.listing(noticed(), noun)
    _tell(run, walk, noun, rest=rest, is_narrowed=is_narrowed)
    if remember and seen:
        from segops_tui.cli.core.params import remember as keep

        keep(run.paths, run.profile.name, noun.name, seen)


def write_rows(
    run: Invocation,
    rows: Iterable[R],
    noun: Noun[R],
    *,
    rest: str = "--all for the rest",
    empty: str | None = None,
    is_complete: bool = True,
) -> list[R]:
    """Write rows that are here already, as `write_list` does; returns those that were shown.

    `is_complete` is false where one more row than asked for stands for all further ones.
    """
    from segops_tui.api.request import Page

    items = list(rows)
    walk = _walk(run, [Page(items, count=len(items) if is_complete else None)], noun, None)
    shown = list(walk)
    run.out.listing(shown, noun)
    _tell(run, walk, noun, rest=rest, empty=empty)
    return shown


def _walk(
    run: Invocation,
    pages: Iterable[Page[R]],
    noun: Noun[R],
    selection: RowSelection[R] | None,
) -> ListingRows[R]:
    if selection is None and (run.options.where or run.options.sort):
        from segops_tui.cli.core.printing.selection import RowSelection

        selection = RowSelection.of(run)
    return ListingRows(pages, run.options.rows, noun=noun, selection=selection)


def _tell(
    run: Invocation,
    walk: ListingRows[Any],
    noun: Noun[Any],
    *,
    rest: str,
    is_narrowed: bool = False,
    empty: str | None = None,
) -> None:
    run.out.flush()
    if walk.is_cut:
        run.talk.note(walk.cut_words(rest))
    if not walk.shown and run.out.is_table:
        narrowed = is_narrowed or run.options.where
        run.talk.note(f"No {noun.plural} match." if narrowed else empty or noun.empty)
