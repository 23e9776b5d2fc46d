"""The products of a product segment, found by reading the catalogue page by page.

The API lists none (contract §3), so the rule is applied here. A condition on what members of a
user segment bought or viewed is decided by the events of some of them, a request each.
"""

from __future__ import annotations

from contextlib import aclosing, closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.catalogue.product_rules import (
    ProductCount,
    ProductRule,
    References,
    references_in,
    signals_of,
)
from segops_tui.api.errors import NotFound
from segops_tui.api.listing import AsyncListing, Listing
from segops_tui.api.resources.products import Products
from segops_tui.api.resources.segments import Segments
from segops_tui.api.resources.users import Users
from segops_tui.wording import plural

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator, Iterable, Iterator

    from segops_tui.api.catalogue.product_rules import Signal
    from segops_tui.api.request import Page, Request
    from segops_tui.api.resources.products import Product, SchemaField
    from segops_tui.api.resources.segments import Member
    from segops_tui.api.resources.users import Event
    from segops_tui.api.senders import AsyncSender, Sender

PAGE: Final = 200
"""Products in one request: the most there are (contract §1.4)."""
MOST_MEMBERS: Final = 200
"""Members of a user segment whose events are read, unless the user says how many."""
LARGEST: Final = 1_000
"""The most members there are in one answer (contract §1.7)."""
_MOST_EVENTS: Final = 200
"""Events of a user in one request; there is no second page (contract §9.1)."""


@dataclass(frozen=True, slots=True)
class Found:
    """A product that matches, or may."""

    product: Product
    is_certain: bool


class SignalReading:
    """Reads which products the members of a user segment have events about."""

    def __init__(self, signal: Signal, most: int) -> None:
        self.signal, self._most = signal, most
        self.members = self.read = 0
        """How many members' events are read, and were."""
        self._found: set[str] = set()
        self._has_more = self._is_partial = self._is_missing = False

    @property
    def first(self) -> Request[Page[Member]]:
        """The request for the members."""
        request: Request[Page[Member]] = Segments.members.build(
            None, self.signal.segment_id, limit=max(1, self._most)
        )
        return request

    def requests(self, members: Page[Member]) -> Iterator[Request[Page[Event]]]:
        """The requests for the members' events, one for each."""
        chosen = members.items[: self._most]
        self.members = len(chosen)
        self._has_more = len(members.items) > self._most or members.cursor is not None
        for member in chosen:
            yield Users.events.build(
                None, member.user_id, event_type=self.signal.event_type, limit=_MOST_EVENTS
            )

    def take(self, page: Page[Event]) -> None:
        """Note the products in one member's events."""
        self.read += 1
        payloads = (event.payload for event in page.items)
        self._found.update(references_in(payloads, self.signal.property))
        count = page.count
        if len(page.items) >= _MOST_EVENTS if count is None else count > len(page.items):
            self._is_partial = True

    def missing(self) -> None:
        """Note that the segment, or one of its members, is not there."""
        self._is_missing = True

    @property
    def references(self) -> References:
        """What was found, and why there may be more."""
        return References(frozenset(self._found), self._doubt)

    @property
    def _doubt(self) -> str:
        segment = f"segment {self.signal.segment_id}"
        if self._is_missing and not self.members:
            return f"{segment} is missing"
        if self._is_missing or self._has_more:
            read = plural(self.read, "member")
            return f"the events of {read} of {segment} were read, and it has more"
        if self._is_partial:
            return (
                f"only the latest {_MOST_EVENTS} events of a member can be read, and some members"
                f" of {segment} have more"
            )
        return ""


class ProductSearch:
    """Finds the products of a rule: counts them all and yields them as they are found.

    `fields` is the product schema.
    `find` and `find_async` yield after every answer, an empty list where it had none of them.
    Memory holds a page at a time, and the ids of the products read.
    """

    def __init__(
        self,
        definition: object,
        fields: Iterable[SchemaField],
        *,
        most_members: int = MOST_MEMBERS,
    ) -> None:
        self._definition = definition
        self._types = {field.name: field.type for field in fields}
        self._readings = [SignalReading(each, most_members) for each in signals_of(definition)]
        self._rule = ProductRule(definition, self._types)
        self.count = ProductCount()

    @property
    def is_empty(self) -> bool:
        """Whether the rule has no conditions; nothing is read then."""
        return self._rule.is_empty

    @property
    def doubts(self) -> list[str]:
        """Why some products may not be told, a line for each condition; final at the end."""
        return self._rule.doubts

    @property
    def progress(self) -> str:
        """How far it is: `4,200 of 35,075 products read`."""
        count = self.count
        if not count.read and self._readings:
            read, members = (
                sum(getattr(r, n) for r in self._readings) for n in ("read", "members")
            )
            return f"events of {read:,} of {members:,} users read"
        of = "" if count.total is None else f" of {count.total:,}"
        return f"{count.read:,}{of} products read"

    def find(self, client: Sender) -> Generator[list[Found], None, None]:
        """Read the catalogue with a blocking client.

        Raises:
            SegOpsError: a request failed.
        """
        if self.is_empty:
            return
        for reading in self._readings:
            try:
                members = client.send(reading.first)
                with closing(client.prefetch(reading.requests(members))) as pages:
                    for page in pages:
                        reading.take(page)
                        yield []
            except NotFound:
                reading.missing()
        self._begin()
        with closing(Listing.fetched(client, self._catalogue).pages()) as catalogue:
            for products in catalogue:
                yield self._take(products)

    async def find_async(self, client: AsyncSender) -> AsyncGenerator[list[Found], None]:
        """Read the catalogue with the async client.

        Raises:
            SegOpsError: a request failed.
        """
        if self.is_empty:
            return
        for reading in self._readings:
            try:
                members = await client.send(reading.first)
                async with aclosing(client.prefetch(reading.requests(members))) as pages:
                    async for page in pages:
                        reading.take(page)
                        yield []
            except NotFound:
                reading.missing()
        self._begin()
        catalogue: Any = AsyncListing(client, self._catalogue).pages()
        async with aclosing(catalogue):
            async for products in catalogue:
                yield self._take(products)

    @property
    def _catalogue(self) -> Request[Page[Product]]:
        request: Request[Page[Product]] = Products.list.build(None, page_size=PAGE)
        return request

    def _begin(self) -> None:
        known = {reading.signal: reading.references for reading in self._readings}
        self._rule = ProductRule(self._definition, self._types, known)

    def _take(self, page: Page[Product]) -> list[Found]:
        count, found = self.count, []
        count.read += len(page.items)
        count.total = page.count
        for product in page.items:
            verdict = self._rule.verdict(product)
            if verdict is not False:
                found.append(Found(product, is_certain=bool(verdict)))
        certain = sum(each.is_certain for each in found)
        count.matched += certain
        count.unknown += len(found) - certain
        return found
