"""The command palette: every action that can be done here, and every place by its name.

Knows actions and rows at hand; a server's names are content, never markup.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from textual.command import DiscoveryHit, Hit, Provider
from textual.content import Content
from textual.markup import escape

from segops_tui.tui.actions import Actor
from segops_tui.tui.links import Link
from segops_tui.tui.screens.listed import ListedPane
from segops_tui.tui.text import one_line

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from textual.command import Hits
    from textual.dom import DOMNode

    from segops_tui.nouns.action import Action


class Actions(Provider):
    """What the focused pane, the screen and the app offer."""

    async def discover(self) -> Hits:
        """Everything, before a letter is typed."""
        for actor, action in self._offered():
            yield DiscoveryHit(
                Content(action.title),
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
                    matcher.highlight(action.title),
                    partial(self._do, actor, action),
                    text=action.title,
                    help=self._about(actor, action),
                )

    def _offered(self) -> Iterator[tuple[Any, Action]]:
        node: DOMNode | None = self.focused or self.screen
        while node is not None:
            if isinstance(node, Actor):
                for action in node.ACTIONS:
                    yield node, action
            node = node.parent

    def _about(self, actor: Actor, action: Action) -> str:
        reason = actor.why_not(action)
        # Textual reads this one as markup.
        return escape(f"Not now: {reason}" if reason else action.help)

    def _do(self, actor: Actor, action: Action) -> None:
        actor.perform(action)


class GoTo(Provider):
    """Objects by their names: segments, product segments, jobs, as far as they were loaded."""

    async def search(self, query: str) -> Hits:
        """Objects whose names the letters fit."""
        async for hit in self._hits(query):
            yield hit

    async def _hits(self, query: str) -> AsyncIterator[Hit]:
        matcher = self.matcher(query)
        for pane in self.screen.query(ListedPane):
            for row in pane.rows:
                label = one_line(pane.noun.label(row))
                score, offsets = matcher.fuzzy_search.match(query, label)
                if score > 0:
                    shown = Content(label)
                    for at in offsets:
                        shown = shown.stylize(matcher.match_style, at, at + 1)
                    yield Hit(
                        score * 0.9,
                        shown,
                        self._going(pane, row),
                        text=label,
                        help=f"Go to this {pane.noun.name}.",
                    )

    def _going(self, pane: ListedPane[Any], row: Any) -> Callable[[], None]:
        def go() -> None:
            link = Link(pane.id or "", str(pane.noun.key(row)))
            self.screen.visit(link)  # type: ignore[attr-defined]

        return go
