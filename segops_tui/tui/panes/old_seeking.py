"""Going to a row of a list, and to a tab of what is known of it: at hand, or fetched alone.

Knows links; what is listed, and how one row is fetched, is its heirs'.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual import on, work
from textual.message import Message

from segops_tui import wording
from segops_tui.api.errors import SegOpsError
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.core.text import one_line
from segops_tui.tui.panes.old_viewing import R, Viewing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from segops_tui.tui.core.links import Link
    from segops_tui.tui.panes.detail import Detail


class Seeking(Viewing[R]):
    """A list in which a row can be sought before it has come."""

    detail: Detail[R]
    _sought: Link | None = None

    class Found(Message):
        """A row that was sought is here."""

        def __init__(self, link: Link, row: Any) -> None:
            self.link, self.row = link, row
            super().__init__()

    class NotFound(Message):
        """It is not to be had."""

        def __init__(self, link: Link, error: SegOpsError) -> None:
            self.link, self.error = link, error
            super().__init__()

    @property
    def has_answer(self) -> bool:
        """Whether the list has come."""
        raise NotImplementedError

    def seek(self, link: Link) -> None:
        """Go to a row and a tab of this pane, as soon as there are rows."""
        self._sought = link if link.key or link.tab else None
        if self.has_answer:
            self.arrive()

    def arrive(self) -> None:
        """Go where somebody wanted to, now that there are rows."""
        link, self._sought = self._sought, None
        if link is None:
            return
        row = next((row for row in self.at_hand() if str(self.noun.key(row)) == link.key), None)
        if row is not None or not link.key:
            self._arrived(row, link.tab)
        else:
            self._fetch_sought(link)

    def at_hand(self) -> Sequence[R]:
        """Rows that are known already."""
        return ()

    def go_to(self, row: R) -> None:
        """Put the cursor on a row; where it is on no page at hand, show what is known of it."""
        self.detail.show(row)
        self.add_class("-detail")

    async def fetch_one(self, key: str) -> R:
        """Fetch one row.

        Raises:
            SegOpsError: it cannot be had, or rows of this pane cannot be fetched alone.
        """
        raise SegOpsError(f"There is no {self.noun.name} {key} in this list.")

    @work(group="seek", exclusive=True)
    async def _fetch_sought(self, link: Link) -> None:
        try:
            row = await self.fetch_one(link.key)
        except SegOpsError as error:
            self.post_message(self.NotFound(link, error))
        else:
            self.post_message(self.Found(link, row))

    @on(Found)
    def _found(self, event: Found) -> None:
        event.stop()
        self._arrived(event.row, event.link.tab)

    @on(NotFound)
    def _not_found(self, event: NotFound) -> None:
        event.stop()
        problem = problem_of(event.error)
        title = one_line(f"No {self.noun.name} {event.link.key}")
        self.notify(problem.words, title=title, severity="warning", markup=False)

    def _arrived(self, row: R | None, tab: str) -> None:
        if row is not None:
            self.go_to(row)
        if not tab:
            return
        if not self.detail.has_tab(tab):
            tabs = wording.listed(self.detail.tab_names, word="or")
            words = f"There is no tab {tab} here; {tabs}."
            self.notify(one_line(words), severity="warning", markup=False)
            return
        self.detail.tabs.active = tab
        self.add_class("-detail")
        self.call_after_refresh(self.detail.enter)
