"""The Pages pane: generated landing pages.

Knows pages and their building; what is common to lists is `listed`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from segops_tui.api.resources.pages import GeneratedPage
from segops_tui.nouns.pages import PAGE_ACTIONS, PAGES
from segops_tui.tui.actions import FILTER, bindings
from segops_tui.tui.form_fields import FormField
from segops_tui.tui.screens.editing import EditingPane
from segops_tui.tui.screens.facts_detail import FactsDetail
from segops_tui.tui.screens.listed import ListedPane

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.binding import BindingType

    from segops_tui.nouns.action import Action
    from segops_tui.nouns.column import Noun
    from segops_tui.tui.screens.detail import Detail


class PagesPane(ListedPane[GeneratedPage], EditingPane[GeneratedPage]):
    """Every page of the workspace."""

    ACTIONS: ClassVar[Sequence[Action]] = (FILTER, *PAGE_ACTIONS, *ListedPane.ACTIONS[1:])
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(PAGE_ACTIONS)]

    command = "pages"
    sortable = ("title", "view_count", "updated_at")

    @property
    def noun(self) -> Noun[GeneratedPage]:
        """Pages."""
        return PAGES

    def make_detail(self) -> Detail[GeneratedPage]:
        """The detail's widget."""
        return FactsDetail(self.workspace, PAGES)

    def resource(self) -> Any:
        """The client's pages."""
        return self.workspace.client.pages

    async def fetch(self) -> list[GeneratedPage]:
        """Every page.

        Raises:
            SegOpsError: they cannot be had.
        """
        return [row async for row in self.workspace.client.pages.list()]

    def form_fields(self, row: GeneratedPage | None) -> Sequence[FormField]:
        """What a page has."""
        raw = {} if row is None else row.raw
        return [
            FormField("slug", "Slug", value=raw.get("slug"), required=True),
            FormField("title", "Title", value=raw.get("title")),
        ]
