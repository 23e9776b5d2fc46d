"""The command palette: available actions, and any object by name, even of unopened panes.

Names from the server are content, never markup.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from heapq import nlargest
from typing import TYPE_CHECKING, Final

from textual import on
from textual.command import Command, CommandList, CommandPalette, DiscoveryHit, Hit, Provider
from textual.content import Content
from textual.markup import escape
from textual.widgets import Input
from textual.widgets.option_list import Option

from segops_tui.api.errors import SegOpsError
from segops_tui.tui.core.actions import ActionOwner
from segops_tui.tui.core.links import Link
from segops_tui.tui.core.text import one_line
from segops_tui.tui.panes.registry import PANES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from textual.command import Hits
    from textual.dom import DOMNode
    from textual.timer import Timer

    from segops_tui.client.aio import AsyncSegOpsAdmin
    from segops_tui.jobs.engine.job import Job
    from segops_tui.nouns.action import Action
    from segops_tui.tui.panes.registry import PaneEntry

DEBOUNCE: Final = 0.25
"""Seconds without a key press before the server is searched; the palette cancels old searches."""
BEST: Final = 20
"""Names shown of all that match."""
MAX_AGE: Final = 60.0
"""Seconds after which the index is fetched again."""
TIMEOUT: Final = 3.0
"""Seconds after which the palette goes on without the listings that have not arrived."""
MOST: Final = 2_000
"""Rows indexed per listing."""
SEARCHED: Final = 8
"""Results of a server search."""
QUICK: Final = 0.15
"""Seconds for which what was found before stays while what was typed is searched."""
AT_ONCE: Final = 4
"""Listings fetched at the same time."""


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """An object: its pane, its key, and its name, which comes from the server."""

    pane: str
    kind: str
    key: str
    label: str


class ObjectIndex:
    """The names of a workspace's objects. A listing that fails is left out: its pane says why."""

    def __init__(
        self, client: AsyncSegOpsAdmin, *, jobs: Callable[[], Sequence[Job]] = lambda: ()
    ) -> None:
        self._client, self._jobs = client, jobs
        self._entries: dict[str, list[IndexEntry]] = {}
        self._fetched_at = float("-inf")

    @property
    def entries(self) -> list[IndexEntry]:
        """Every entry fetched so far."""
        return [entry for entries in self._entries.values() for entry in entries]

    async def refresh(self) -> None:
        """Read the jobs; fetch the listings if they are old, waiting a few seconds at most."""
        now = asyncio.get_running_loop().time()
        if now - self._fetched_at < MAX_AGE:
            await self._read_jobs()
            return
        self._fetched_at = now
        gate = asyncio.Semaphore(AT_ONCE)
        with suppress(TimeoutError):
            async with asyncio.timeout(TIMEOUT):
                listings = (self._fetch(gate, entry) for entry in PANES if entry.noun)
                await asyncio.gather(self._read_jobs(), *listings)

    async def search(self, query: str) -> list[IndexEntry]:
        """Search products and users on the server, as there are too many to index."""
        if len(query.strip()) < 2:
            return []
        products, users = await asyncio.gather(self._products(query), self._users(query))
        return [*products, *users]

    async def _read_jobs(self) -> None:
        """Index the jobs of this machine, which the ledger lists newest first."""
        with suppress(SegOpsError):
            jobs = await asyncio.to_thread(self._jobs)
            self._entries["jobs"] = [IndexEntry("jobs", "job", job.id, job.title) for job in jobs]

    async def _fetch(self, gate: asyncio.Semaphore, pane: PaneEntry) -> None:
        noun, listing = pane.load_noun(), pane.listing
        if listing is None:
            return
        async with gate:
            entries: list[IndexEntry] = []
            with suppress(SegOpsError):
                async for row in listing(self._client):
                    key = str(noun.key(row))
                    entries.append(IndexEntry(pane.name, noun.name, key, noun.label(row)))
                    if len(entries) >= MOST:
                        break
                self._entries[pane.name] = entries

    async def _products(self, query: str) -> list[IndexEntry]:
        with suppress(SegOpsError):
            page = await self._client.products.list(q=query, page_size=SEARCHED).page()
            return [
                IndexEntry("products", "product", str(each.id), f"{each.name} · {each.sku}")
                for each in page.items
            ]
        return []

    async def _users(self, query: str) -> list[IndexEntry]:
        with suppress(SegOpsError):
            page = await self._client.users.search(q=query, limit=SEARCHED).page()
            return [
                IndexEntry("users", "user", each.user_id, each.user_id)
                for each in page.items[:SEARCHED]
            ]
        return []


class Palette(CommandPalette):
    """Textual's palette, but Enter runs a match of what was typed, never of an earlier list.

    Textual redraws the list every quarter of a second and would run the old one meanwhile.
    """

    _RESULT_BATCH_TIME = 0.0  # type: ignore[misc]
    _is_stale = False
    _submitted = False
    _waiting: Timer | None = None

    @on(Input.Changed)
    def _typed(self) -> None:
        self._is_stale, self._submitted = True, False
        if self._waiting is not None:
            self._waiting.stop()
        self._waiting = self.set_timer(QUICK, self._drop_old_matches)

    def _drop_old_matches(self) -> None:
        """Tell that it searches, where a slow server would leave what was found before."""
        if self._is_stale:
            searching = Option(Content("◌ searching …"), disabled=True)
            self.query_one(CommandList).clear_options().add_option(searching)

    @on(Input.Submitted)
    def _on_submit(self, event: Input.Submitted) -> None:
        if self._is_stale:
            event.stop()
            event.prevent_default()
            self._submitted = True

    def _refresh_command_list(
        self, command_list: CommandList, commands: list[Command], clear_current: bool
    ) -> None:
        super()._refresh_command_list(command_list, commands, clear_current)
        self._is_stale = False
        if self._submitted and commands:
            self._submitted = False
            command_list.action_select()


class Actions(Provider):
    """The actions of the focused pane, the screen and the app."""

    async def startup(self) -> None:
        """Collect the keys once: `active_bindings` takes milliseconds, too long for each hit."""
        self._keys = {
            active.binding.id: self.app.get_key_display(active.binding)
            for active in reversed(list(self.screen.active_bindings.values()))
        }

    async def discover(self) -> Hits:
        """List every action before anything is typed."""
        for owner, action in self._actions():
            yield DiscoveryHit(
                Content(action.title) + self._key(action),
                partial(owner.perform, action),
                text=action.title,
                help=self._help(owner, action),
            )

    async def search(self, query: str) -> Hits:
        """List the actions whose titles match."""
        matcher = self.matcher(query)
        for owner, action in self._actions():
            score = matcher.match(action.title)
            if score > 0:
                yield Hit(
                    score,
                    matcher.highlight(action.title) + self._key(action),
                    partial(owner.perform, action),
                    text=action.title,
                    help=self._help(owner, action),
                )

    def _actions(self) -> Iterator[tuple[ActionOwner, Action]]:
        node: DOMNode | None = self.focused or self.screen
        while node is not None:
            if isinstance(node, ActionOwner):
                for action in node.ACTIONS:
                    yield node, action
            node = node.parent

    def _key(self, action: Action) -> Content:
        """The key of an action, as it is bound now."""
        shown = self._keys.get(action.id)
        return Content.styled(f"  {shown}", "$text-muted") if shown else Content("")

    def _help(self, owner: ActionOwner, action: Action) -> str:
        reason = owner.unavailable(action)
        # Textual parses this one as markup.
        return escape(f"Not available: {reason}" if reason else action.help)


class GoTo(Provider):
    """Objects by name."""

    async def startup(self) -> None:
        """Fetch the index."""
        if self._index is not None:
            await self._index.refresh()

    async def search(self, query: str) -> Hits:
        """List indexed objects whose names match, then what the server finds."""
        if self._index is None:
            return
        matcher = self.matcher(query)
        hits = []
        for entry in self._index.entries:
            label = one_line(entry.label)
            score, offsets = matcher.fuzzy_search.match(query, label)
            if score > 0:
                hits.append((score, label, offsets, entry))
        for score, label, offsets, entry in nlargest(BEST, hits, key=lambda hit: hit[0]):
            shown = Content(label)
            for at in offsets:
                shown = shown.stylize(matcher.match_style, at, at + 1)
            yield self._hit(score * 0.9, shown, entry)
        await asyncio.sleep(DEBOUNCE)
        for entry in await self._index.search(query):
            yield self._hit(0.1, Content(one_line(entry.label)), entry)

    @property
    def _index(self) -> ObjectIndex | None:
        return getattr(self.screen, "object_index", None)

    def _hit(self, score: float, shown: Content, entry: IndexEntry) -> Hit:
        link = Link(entry.pane, entry.key)
        visit = partial(self.screen.visit, link)  # type: ignore[attr-defined]
        return Hit(score, shown, visit, text=shown.plain, help=f"Go to this {entry.kind}.")
