"""Any object by its name, whether its pane was opened or not.

Knows which listings have names and which the server searches; a listing that cannot be had is
left out, since its pane says what is wrong.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.errors import SegOpsError
from segops_tui.nouns.activations import ACTIVATIONS
from segops_tui.nouns.competitors import COMPETITORS
from segops_tui.nouns.pages import PAGES
from segops_tui.nouns.queries import QUERIES
from segops_tui.nouns.schemas import SCHEMAS
from segops_tui.nouns.segments import PRODUCT_SEGMENTS, SEGMENTS
from segops_tui.nouns.webhooks import WEBHOOKS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from segops_tui.client.aio import AsyncSegOpsAdmin
    from segops_tui.jobs.engine.job import Job
    from segops_tui.nouns.column import Noun

FRESH: Final = 60.0
"""Seconds for which names are good enough."""
PATIENCE: Final = 3.0
"""Seconds after which a palette goes on without the names that have not come."""
MOST: Final = 2_000
"""Rows of one listing whose names are kept."""
SEARCHED: Final = 8
"""What a server's search may add."""
AT_ONCE: Final = 4

_LISTINGS: Final[tuple[tuple[str, Noun[Any], Callable[[AsyncSegOpsAdmin], Any]], ...]] = (
    ("segments", SEGMENTS, lambda client: client.segments.list()),
    ("queries", QUERIES, lambda client: client.queries.list()),
    ("pages", PAGES, lambda client: client.pages.list()),
    ("product-segments", PRODUCT_SEGMENTS, lambda client: client.product_segments.list()),
    ("activations", ACTIVATIONS, lambda client: client.activations.list()),
    ("schemas", SCHEMAS, lambda client: client.schemas.list()),
    ("competitors", COMPETITORS, lambda client: client.competitors.list()),
    ("webhooks", WEBHOOKS, lambda client: client.webhooks.list()),
)


@dataclass(frozen=True, slots=True)
class Found:
    """An object: the pane it is in, its key, and its name, which is a server's."""

    pane: str
    kind: str
    key: str
    label: str


class Finder:
    """The names of one workspace."""

    def __init__(
        self, client: AsyncSegOpsAdmin, *, jobs: Callable[[], Sequence[Job]] = lambda: ()
    ) -> None:
        self._client, self._jobs = client, jobs
        self._names: dict[str, list[Found]] = {}
        self._when = float("-inf")

    @property
    def names(self) -> list[Found]:
        """What is known now."""
        return [found for names in self._names.values() for found in names]

    async def learn(self) -> None:
        """Fetch the names again where they are old; for so long as it is worth waiting."""
        now = asyncio.get_running_loop().time()
        if now - self._when < FRESH:
            return
        self._when = now
        gate = asyncio.Semaphore(AT_ONCE)
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                listings = (self._learn(gate, *each) for each in _LISTINGS)
                await asyncio.gather(self._learn_jobs(), *listings)

    async def search(self, words: str) -> list[Found]:
        """Products and users, which are too many to know."""
        if len(words.strip()) < 2:
            return []
        products, users = await asyncio.gather(self._products(words), self._users(words))
        return [*products, *users]

    async def _learn_jobs(self) -> None:
        """The jobs of this machine; the newest, since those of a year have one name."""
        with suppress(SegOpsError):
            jobs = await asyncio.to_thread(self._jobs)
            self._names["jobs"] = [Found("jobs", "job", job.id, job.title) for job in jobs]

    async def _learn(
        self, gate: asyncio.Semaphore, pane: str, noun: Noun[Any], listing: Any
    ) -> None:
        async with gate:
            names: list[Found] = []
            with suppress(SegOpsError):
                async for row in listing(self._client):
                    key = str(noun.key(row))
                    names.append(Found(pane, noun.name, key, noun.label(row)))
                    if len(names) >= MOST:
                        break
                self._names[pane] = names

    async def _products(self, words: str) -> list[Found]:
        with suppress(SegOpsError):
            page = await self._client.products.list(q=words, page_size=SEARCHED).page()
            return [
                Found("products", "product", str(p.id), f"{p.name} · {p.sku}") for p in page.items
            ]
        return []

    async def _users(self, words: str) -> list[Found]:
        with suppress(SegOpsError):
            page = await self._client.users.search(q=words, limit=SEARCHED).page()
            return [Found("users", "user", u.user_id, u.user_id) for u in page.items[:SEARCHED]]
        return []
