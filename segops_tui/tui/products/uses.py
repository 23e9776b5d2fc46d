"""What relies on a product: rules that name its SKU, and the pages that show it.

Only a page's own answer has its products (contract §8.2), so it is one request for each page.
"""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Final

from segops_tui import wording
from segops_tui.api.errors import NotFound, SegOpsError
from segops_tui.api.resources.pages import GeneratedPage, Pages
from segops_tui.nouns.uses import product_uses
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.panes.uses import Uses, every

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Hashable, Iterable, Sequence

    from segops_tui.client.aio import AsyncSegOpsAdmin

MOST_READ: Final = 50
"""Pages that are read each time the tab is opened."""
MOST_FAILED: Final = 3
"""Pages that fail before the others are left for the next time."""


class PagesRead:
    """The pages that were read, as long as they stay the same."""

    def __init__(self) -> None:
        self._read: dict[int, tuple[Hashable, GeneratedPage]] = {}

    def unread(self, pages: Iterable[GeneratedPage]) -> list[GeneratedPage]:
        """Those of a listing whose products are not known, the latest changed first."""
        left = [page for page in pages if self._known(page) is None]
        return sorted(left, key=_changed, reverse=True)

    def put(self, listed: GeneratedPage, page: GeneratedPage) -> None:
        """Keep a page that was read, until the listing has another version of it."""
        self._read[listed.id] = _version(listed), page

    def of(self, pages: Iterable[GeneratedPage]) -> list[GeneratedPage]:
        """The pages of a listing, as they were read; the others are left out."""
        return [known for page in pages if (known := self._known(page)) is not None]

    def _known(self, listed: GeneratedPage) -> GeneratedPage | None:
        version, page = self._read.get(listed.id, (None, None))
        return page if version == _version(listed) else None


def _changed(page: GeneratedPage) -> float:
    return 0.0 if page.updated_at is None else page.updated_at.timestamp()


def _version(page: GeneratedPage) -> Hashable:
    return page.updated_at, page.builder_status


async def uses_of(
    sku: str, client: AsyncSegOpsAdmin, read: PagesRead
) -> AsyncGenerator[Uses, None]:
    """What relies on a product, as more and more pages are read.

    Raises:
        SegOpsError: a listing could not be read. A page that cannot be is told in the note.
    """
    pages, *listed = await every(
        client.pages.list(), client.product_segments.list(), client.segments.list()
    )
    rules = list(product_uses(sku, (), *listed))

    def found(note: str, *, is_last: bool = True) -> Uses:
        return Uses([*product_uses(sku, read.of(pages)), *rules], note, is_last)

    unread = read.unread(pages)
    asked = unread[:MOST_READ]
    gone, failures = 0, list[SegOpsError]()
    requests = (Pages.get.build(None, page.id) for page in asked)
    async with aclosing(client.try_each(requests)) as answers:
        for number, page in enumerate(asked):
            yield found(f"Reading pages: {number} of {len(asked)} …", is_last=False)
            answer = await anext(answers)
            if isinstance(answer, NotFound):
                # It was deleted since it was listed.
                gone += 1
            elif isinstance(answer, SegOpsError):
                failures.append(answer)
                if len(failures) >= MOST_FAILED:
                    break
            else:
                read.put(page, answer)
    left = len(read.unread(pages)) - gone
    yield found(unread_words(left, len(pages), failures))


def unread_words(left: int, total: int, failures: Sequence[SegOpsError]) -> str:
    """Which pages were not read, why, and how to go on; empty where all of them were.

    Args:
        left: The pages that were not read, those that failed included.
        total: All pages of the workspace.
        failures: Why some of them could not be read.
    """
    parts = []
    if failures:
        failed = wording.plural(len(failures), "page")
        parts.append(f"{failed} could not be read: {problem_of(failures[-1]).line}.")
    if left > len(failures):
        waiting = wording.count(left - len(failures))
        parts.append(f"{waiting} of {wording.plural(total, 'page')} not read yet.")
    return " ".join([*parts, "Press ] and [ to go on."]) if parts else ""
