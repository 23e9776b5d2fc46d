"""The Pages pane: generated landing pages, from a draft to what the public sees.

Knows pages; the work on them is `page_work`'s, what is common to lists `listed`'s.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual import on, work
from textual.message import Message

from segops_tui import wording
from segops_tui.api.errors import SegOpsError
from segops_tui.api.resources.pages import GeneratedPage
from segops_tui.nouns.pages import PAGE_ACTIONS, PAGES
from segops_tui.tui.core.actions import FILTER, bindings
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.core.text import one_line
from segops_tui.tui.dialogs.confirm import Confirm
from segops_tui.tui.dialogs.form_fields import FormField
from segops_tui.tui.pages.builds import PageWorkPane
from segops_tui.tui.pages.detail import PageDetail
from segops_tui.tui.pages.form import PageForm, page_body, page_fields
from segops_tui.tui.pages.publishing import PublishingPane
from segops_tui.tui.panes.old_editing import EditingPane
from segops_tui.tui.panes.old_pane import id_last
from segops_tui.tui.products.semantic_search import MeaningScreen

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.binding import BindingType

    from segops_tui.api.resources.queries import AIQuery
    from segops_tui.nouns.action import Action
    from segops_tui.nouns.column import Column, Noun

TITLE: Final = 34
"""Cells a title has before other columns are shown."""


class PagesPane(PageWorkPane, PublishingPane, EditingPane[GeneratedPage]):
    """Every page of the workspace."""

    ACTIONS: ClassVar[Sequence[Action]] = (FILTER, *PAGE_ACTIONS, *PageWorkPane.ACTIONS[1:])
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(PAGE_ACTIONS)]

    command = "pages"
    sortable = ("title", "builder_status", "view_count", "updated_at")
    delete_warning = "Its address answers nobody any more. It cannot be brought back."
    form = PageForm

    class Asked(Message):
        """The tracked questions are known, for what was waiting for them."""

        def __init__(self, then: Callable[[], None], queries: Sequence[AIQuery]) -> None:
            self.then, self.queries = then, queries
            super().__init__()

    class NotAsked(Message):
        """They cannot be had."""

        def __init__(self, error: SegOpsError) -> None:
            self.error = error
            super().__init__()

    _queries: Sequence[AIQuery] = ()

    @property
    def noun(self) -> Noun[GeneratedPage]:
        """Pages."""
        return PAGES

    def make_detail(self) -> PageDetail:
        """The detail's widget."""
        return PageDetail(self.workspace)

    def resource(self) -> Any:
        """The client's pages."""
        return self.workspace.client.pages

    def columns(self) -> Sequence[Column[GeneratedPage]]:
        """The noun's columns; what is being built says for how long."""
        live: dict[str, dict[str, Any]] = {
            "title": {"min_width": TITLE},
            "builder_status": {"words": self.state_cell, "tone": self.state_cell_tone},
        }
        return id_last([replace(c, **live.get(c.key, {})) for c in PAGES.columns])

    async def fetch(self) -> list[GeneratedPage]:
        """Every page.

        Raises:
            SegOpsError: they cannot be had.
        """
        return [row async for row in self.workspace.client.pages.list()]

    def form_fields(self, row: GeneratedPage | None) -> Sequence[FormField]:
        """What a page has."""
        return page_fields(row, self._queries)

    def as_body(self, row: GeneratedPage | None, values: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002
        """The question by its id."""
        return page_body(values, self._queries)

    def do_create(self) -> None:
        """Ask which questions there are, then for a new page."""
        self._with_queries(super().do_create)

    def do_edit(self) -> None:
        """The same for the page under the cursor."""
        self._with_queries(super().do_edit)

    def do_generate(self) -> None:
        """Ask of which questions."""
        self._with_queries(self._ask_questions)

    def do_search(self) -> None:
        """Search products by meaning."""
        self.app.push_screen(MeaningScreen(self.workspace, action=self.named("search")))

    @work(group="queries", exclusive=True)
    async def _with_queries(self, then: Callable[[], None]) -> None:
        try:
            queries = [query async for query in self.workspace.client.queries.list()]
        except SegOpsError as error:
            self.post_message(self.NotAsked(error))
        else:
            self.post_message(self.Asked(then, queries))

    @on(Asked)
    def _asked(self, event: Asked) -> None:
        event.stop()
        self._queries = event.queries
        event.then()

    @on(NotAsked)
    def _not_asked(self, event: NotAsked) -> None:
        event.stop()
        line = problem_of(event.error).words
        self.notify(line, title="No questions to choose from", severity="error", markup=False)

    def _ask_questions(self) -> None:
        active = sum(query.is_active for query in self._queries)
        fields = [FormField("questions", "Questions", "lines", hint="one on each line")]

        async def keep(body: dict[str, Any]) -> list[str]:
            lines = str(body.get("questions") or "").splitlines()
            return [line.strip() for line in lines if line.strip()]

        def answered(questions: list[str] | None) -> None:
            if questions is not None:
                self._confirm_generate(questions, active)

        counted = wording.plural(active, "active question")
        note = f"One on each line. None at all: each of the {counted}."
        self.ask_words("Generate pages", fields, keep, note, answered)

    def _confirm_generate(self, questions: Sequence[str], active: int) -> None:
        count = len(questions) or active
        counted = wording.plural(count, "page")
        named = wording.listed([one_line(question) for question in questions])
        each = f"One for each of {wording.plural(active, 'active question')}."
        lines = [
            named if questions else each,
            "A question that has a page already has it written anew.",
        ]

        def answered(yes: bool | None) -> None:
            if yes:
                self.generate(questions)

        profile = self.workspace.profile.name
        self.app.push_screen(
            Confirm(
                f"Generate {counted}?",
                lines=lines,
                profile=profile,
                yes=f"Generate {counted}",
                command=self.generate_line(questions),
            ),
            answered,
        )
