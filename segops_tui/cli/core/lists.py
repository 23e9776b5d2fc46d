"""Lists: as many rows as were asked for, and a word on stderr about those that were not shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Generic, TypeVar

from segops_tui import wording

if TYPE_CHECKING:
    from collections.abc import Iterator

    from segops_tui.api.listing import Listing
    from segops_tui.api.record import Record
    from segops_tui.cli.core.context import Invocation
    from segops_tui.nouns.column import Noun

R = TypeVar("R", bound="Record")

_LARGEST: Final = 200
"""The largest page the API gives (contract §1.4)."""
_REMEMBERED: Final = 1_000


class ListingRows(Generic[R]):
    """The first `most` rows of a listing; afterwards, how many were left out."""

    def __init__(self, pages: Listing[R], most: int | None) -> None:
        self._pages, self._most = pages, most
        self.shown = 0
        self.is_cut = False
        self.count: int | None = None

    def __iter__(self) -> Iterator[R]:
        for page in self._pages.pages():
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

    @property
    def _is_short(self) -> bool:
        """Whether the server says that there is more than was shown, pages or not."""
        return self.count is not None and self.count > self.shown

    def cut_words(self, rest: str) -> str:
        """`showing 100 of 4,212; --all for the rest`."""
        of = f" of {wording.count(self.count)}" if self._is_short else "; there are more"
        return f"showing {wording.count(self.shown)}{of}; {rest}"


def page_size(run: Invocation) -> int:
    """How many rows to ask for at a time."""
    return min(run.options.rows or _LARGEST, _LARGEST)


def write_list(
    run: Invocation,
    pages: Listing[R],
    noun: Noun[R],
    *,
    remember: bool = True,
    rest: str = "--all for the rest",
) -> None:
    """Write a listing, say what was left out, and keep the ids for completion.

    `rest` is how to see what was left out.
    """
    from segops_tui.cli.core.names import name_of

    walk = ListingRows(pages, run.options.rows)
    seen: list[tuple[str, str]] = []

    def noticed() -> Iterator[R]:
        for row in walk:
            if len(seen) < _REMEMBERED:
                seen.append((str(noun.key(row)), wording.plain(name_of(row, noun))))
            yield row

    run.out.listing(noticed(), noun)
    run.out.flush()
    if walk.is_cut:
        run.talk.note(walk.cut_words(rest))
    if not walk.shown and run.out.is_table:
        run.talk.note(noun.empty)
    if remember and seen:
        from segops_tui.cli.core.params import remember as keep

        keep(run.paths, run.profile.name, noun.name, seen)
