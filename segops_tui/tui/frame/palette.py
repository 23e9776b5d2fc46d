"""The command palette: every action that can be done here, and every place by its name.

Knows actions and rows at hand; a server's names are content, never markup.
"""

from __future__ import annotations

import asyncio
from functools import partial
from heapq import nlargest
from typing import TYPE_CHECKING, Any

from textual import on
from textual.command import Command, CommandList, CommandPalette, DiscoveryHit, Hit, Provider
from textual.content import Content
from textual.markup import escape
from textual.widgets import Input

from segops_tui.tui.core.actions import ActionOwner
from segops_tui.tui.core.links import Link
from segops_tui.tui.core.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.command import Hits
    from textual.dom import DOMNode

    from segops_tui.nouns.action import Action
    from segops_tui.tui.frame.object_index import Finder, Found

TYPING = 0.25
"""Seconds without a key before the server is asked; the palette drops a search that is old."""

BEST = 20
"""Names that are offered of all that the letters fit."""


class Palette(CommandPalette):
    """Textual's palette, in which Enter takes what fits the words typed, never what stood there.

    Textual's own shows what it has every quarter of a second, and takes the old list meanwhile.
    """

    _RESULT_BATCH_TIME = 0.0  # type: ignore[misc]
    _is_old = False
    _is_taken = False

    @on(Input.Changed)
    def _typed(self) -> None:
        self._is_old, self._is_taken = True, False

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        if self._is_old:
            event.stop()
            event.prevent_default()
            self._is_taken = True

    def _refresh_command_list(
        self, command_list: CommandList, commands: list[Command], clear_current: bool
    ) -> None:
        super()._refresh_command_list(command_list, commands, clear_current)
        self._is_old = False
        if self._is_taken and commands:
            self._is_taken = False
            command_list.action_select()


class Actions(Provider):
    """What the focused pane, the screen and the app offer."""

    async def discover(self) -> Hits:
        """Everything, before a letter is typed."""
        for actor, action in self._offered():
            yield DiscoveryHit(
                Content(action.title) + self._key(action),
                partial(self._do, actor, action),
                text=action.title,
                help=self._about(actor, action),
            )

    async def search(self, query: str) -> Hits:
        """What the letters fit."""
        matcher = self.matcher(query)
        for actor, action in self._offered():
            score = matcher.match(action.title)
            if score > 0:
                yield Hit(
                    score,
                    matcher.highlight(action.title) + self._key(action),
                    partial(self._do, actor, action),
                    text=action.title,
                    help=self._about(actor, action),
                )

    def _offered(self) -> Iterator[tuple[Any, Action]]:
        node: DOMNode | None = self.focused or self.screen
        while node is not None:
            if isinstance(node, ActionOwner):
                for action in node.ACTIONS:
                    yield node, action
            node = node.parent

    async def startup(self) -> None:
        """Read the keys once: which ones work takes milliseconds to tell, too long for each hit."""
        self._keys = {
            active.binding.id: self.app.get_key_display(active.binding)
            for active in reversed(list(self.screen.active_bindings.values()))
        }

    def _key(self, action: Action) -> Content:
        """The key that does the same, as it is bound now."""
        shown = self._keys.get(action.id)
        return Content.styled(f"  {shown}", "$text-muted") if shown else Content("")

    def _about(self, actor: ActionOwner, action: Action) -> str:
        reason = actor.unavailable(action)
        # Textual reads this one as markup.
        return escape(f"Not now: {reason}" if reason else action.help)

    def _do(self, actor: ActionOwner, action: Action) -> None:
        actor.perform(action)


class GoTo(Provider):
    """Objects by their names, of panes that were never opened too."""

    async def startup(self) -> None:
        """Learn the names, for so long as it is worth waiting."""
        if self._finder is not None:
            await self._finder.learn()

    async def search(self, query: str) -> Hits:
        """Objects whose names the letters fit, then what the server finds."""
        if self._finder is None:
            return
        matcher = self.matcher(query)
        hits = []
        for found in self._finder.names:
            label = one_line(found.label)
            score, offsets = matcher.fuzzy_search.match(query, label)
            if score > 0:
                hits.append((score, label, offsets, found))
        for score, label, offsets, found in nlargest(BEST, hits, key=lambda hit: hit[0]):
            shown = Content(label)
            for at in offsets:
                shown = shown.stylize(matcher.match_style, at, at + 1)
            yield self._hit(score * 0.9, shown, found)
        await asyncio.sleep(TYPING)
        for found in await self._finder.search(query):
            yield self._hit(0.1, Content(one_line(found.label)), found)

    @property
    def _finder(self) -> Finder | None:
        return getattr(self.screen, "finder", None)

    def _hit(self, score: float, shown: Content, found: Found) -> Hit:
        link = Link(found.pane, found.key)
        visit = partial(self.screen.visit, link)  # type: ignore[attr-defined]
        return Hit(score, shown, visit, text=shown.plain, help=f"Go to this {found.kind}.")
