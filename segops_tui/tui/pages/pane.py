"""The Pages pane: build, regenerate, generate and export generated landing pages."""

from __future__ import annotations

import re
import unicodedata
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual.widgets import Input

from segops_tui import wording
from segops_tui.api.errors import SegOpsError
from segops_tui.api.resources.pages import GeneratedPage
from segops_tui.jobs.page_builds import (
    BUILD,
    GENERATE,
    REGENERATE,
    start_build,
    start_generate,
    start_regenerate,
)
from segops_tui.jobs.page_export import start_page_export
from segops_tui.nouns import pages as nouns
from segops_tui.nouns.pages import state_tone, state_words
from segops_tui.tui.core.actions import bindings
from segops_tui.tui.core.problems import notify_error
from segops_tui.tui.core.text import crop, one_line
from segops_tui.tui.dialogs.confirm import Confirm
from segops_tui.tui.dialogs.form import AskForm, Form
from segops_tui.tui.dialogs.form_fields import FormField
from segops_tui.tui.dialogs.path_form import PathForm
from segops_tui.tui.pages import publishing
from segops_tui.tui.pages.detail import PageDetail
from segops_tui.tui.panes.actions import pane_actions, start_jobs
from segops_tui.tui.panes.editing import Editing, deleting
from segops_tui.tui.panes.pane import REFRESH_EVERY, Pane, id_last
from segops_tui.tui.plots.scale import spinner
from segops_tui.tui.widgets.choice import Choice

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from textual.binding import BindingType

    from segops_tui.api.resources.queries import AIQuery
    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.progress import Progress
    from segops_tui.nouns.action import Action
    from segops_tui.nouns.column import Column, Context, Tone

NONE: Final = "none"
_SLUG: Final = re.compile(r"[-a-zA-Z0-9_]+")
_NOT_SLUG: Final = re.compile(r"[^a-z0-9]+")
_QUESTION: Final = 200
"""Cells of a question in the choice, which cuts it to its own width."""


def slug_of(words: str) -> str:
    """A slug made of a title."""
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    return _NOT_SLUG.sub("-", plain).strip("-")[:80].strip("-")


def choices_of(queries: Sequence[AIQuery]) -> dict[str, int]:
    """The id of each tracked query, by its text in the choice."""
    texts = {query.id: crop(one_line(query.query_text), _QUESTION) for query in queries}
    return {f"{key} {text}": key for key, text in texts.items()}


def page_fields(row: GeneratedPage | None, queries: Sequence[AIQuery]) -> list[FormField]:
    """The form's fields; the question is chosen when the page is created."""
    raw = {} if row is None else row.raw
    choices = choices_of(queries)
    taken = next((text for text, key in choices.items() if key == raw.get("query")), NONE)
    return [
        FormField(
            "query", "Question", "choice", taken, options=(NONE, *choices), fixed=row is not None
        ),
        FormField("title", "Title", value=raw.get("title"), longest=1000,
                  hint="default: the question"),
        FormField(
            "slug", "Slug", value=raw.get("slug"), required=True, longest=200, check=_slug_fault,
            hint="the last part of its address",
        ),
    ]  # fmt: skip


def page_body(values: Mapping[str, Any], queries: Sequence[AIQuery]) -> dict[str, Any]:
    """The request body, with the question as the id of its query."""
    body = dict(values)
    key = choices_of(queries).get(str(body.pop("query", NONE)))
    return body if key is None else {"query": key, **body}


class PageForm(Form):
    """A form whose slug follows title and question until the user types another one."""

    _followed = ""

    def changed_field(self, name: str) -> None:
        """Update the slug."""
        slug = self.query_one("#field-slug", Input)
        if name == "slug" or self._changed_only or slug.value not in {"", self._followed}:
            return
        title = self.query_one("#field-title", Input).value.strip()
        question = self.query_one("#field-query", Choice).value
        words = title or ("" if question == NONE else question.partition(" ")[2])
        self._followed = slug.value = slug_of(words)


def _slug_fault(slug: Any) -> str:
    if _SLUG.fullmatch(str(slug)):
        return ""
    return "Only letters, digits, - and _ are allowed."


TITLE_WIDTH: Final = 34
"""Cells a title has before other columns are shown."""
WHILE_BUILDING: Final = 2.0
"""Seconds from an answer to the next request while a page is being built."""


def _idle(pane: PagesPane) -> list[GeneratedPage]:
    return [page for page in pane.chosen if pane.progress_of(page) is None]


def cannot_build(pane: PagesPane) -> str:
    """There must be a page that is not being built."""
    return pane.none_chosen() or ("" if _idle(pane) else "It is being built already.")


async def build(pane: PagesPane, *, action: Action, start: Callable[..., Job]) -> None:
    """Build or regenerate the chosen pages."""
    pages = _idle(pane)
    pane.log_command(action.command_line(ids=[page.id for page in pages]))
    pane.table.clear_marks()

    def note(page: GeneratedPage) -> Job:
        return start(
            pane.workspace.ledger,
            page_id=page.id,
            name=pane.noun.label(page),
            profile=pane.workspace.profile.name,
        )

    await start_jobs(pane, [partial(note, page) for page in pages])


def cannot_export(pane: PagesPane) -> str:
    """There must be a built page to export."""
    if pane.row is None:
        return pane.no_row()
    return "" if pane.row.is_built else publishing.NOT_BUILT


async def export(pane: PagesPane) -> None:
    """Export the page to a file; the ending of its name is the format."""
    page = pane.row
    if page is None:
        return
    to = await pane.ask(
        PathForm(
            "Export page",
            about=f"{pane.noun.label(page)}; .html, .tsx for React, or .json for its blocks",
            proposal=f"page-{page.id}.html",
            endings=[".html", ".htm", ".tsx", ".json"],
        )
    )
    if to is None:
        return
    force = " --force" if to.force else ""
    pane.log_command(nouns.EXPORT.command_line(id=page.id, to=to.path) + force)
    note = partial(
        start_page_export,
        pane.workspace.ledger,
        page_id=page.id,
        name=pane.noun.label(page),
        to=to.path,
        force=to.force,
        profile=pane.workspace.profile.name,
    )
    await start_jobs(pane, [note])


async def generate(pane: PagesPane) -> None:
    """Generate a page for each question the user types, or for every active query."""
    if not await pane.load("Queries", _fetch_queries(pane)):
        return
    active = sum(query.is_active for query in pane.queries)
    counted = wording.plural(active, "active question")

    async def read(body: dict[str, Any]) -> list[str]:
        lines = str(body.get("questions") or "").splitlines()
        return [line.strip() for line in lines if line.strip()]

    form = AskForm(
        "Generate pages",
        [FormField("questions", "Questions", "lines", hint="one on each line")],
        send=read,
        profile=pane.workspace.profile.name,
        note=f"One on each line. Leave empty for each of the {counted}.",
    )
    questions: list[str] | None = await pane.ask(form)
    if questions is None:
        return
    named = wording.listed([one_line(question) for question in questions])
    counted_pages = wording.plural(len(questions) or active, "page")
    line = nouns.GENERATE.command_line(questions=questions).rstrip()
    line = line if questions else f"{line} --yes"
    confirm = Confirm(
        f"Generate {counted_pages}?",
        lines=[
            named if questions else f"One for each of {counted}.",
            "The page of a question that already has one is regenerated.",
        ],
        profile=pane.workspace.profile.name,
        yes=f"Generate {counted_pages}",
        command=line,
    )
    if not await pane.ask(confirm):
        return
    pane.log_command(line)
    ledger, profile = pane.workspace.ledger, pane.workspace.profile.name
    await start_jobs(pane, [partial(start_generate, ledger, profile=profile, queries=questions)])


def search(pane: PagesPane) -> None:
    """Search products by meaning."""
    from segops_tui.tui.products.semantic_search import (  # noqa: PLC0415 (when opened)
        SemanticSearch,
    )

    pane.app.push_screen(SemanticSearch(pane.workspace, action=nouns.SEARCH))


async def _fetch_queries(pane: PagesPane) -> bool:
    """Fetch the queries a page can answer; false, with a notice, if that failed."""
    try:
        pane.queries = [query async for query in pane.workspace.client.queries.list()]
    except SegOpsError as error:
        notify_error(pane, error, "No questions to choose from")
        return False
    return True


EDITING: Editing[GeneratedPage] = Editing(
    nouns.CREATE,
    nouns.EDIT,
    fields=lambda pane, row: page_fields(row, pane.queries),
    body=lambda pane, _row, values: page_body(values, pane.queries),
    form=PageForm,
)


async def create(pane: PagesPane) -> None:
    """Create a page in a form."""
    if await pane.load("Queries", _fetch_queries(pane)):
        await EDITING.run_create(pane)


async def edit(pane: PagesPane) -> None:
    """Edit the page under the cursor in a form."""
    if await pane.load("Queries", _fetch_queries(pane)):
        await EDITING.run_edit(pane)


class PagesPane(Pane[GeneratedPage]):
    """Every page of the workspace."""

    ACTIONS: ClassVar[Sequence[Action]] = pane_actions(
        nouns.BUILD.does(
            partial(build, action=nouns.BUILD, start=start_build), unavailable=cannot_build
        ),
        nouns.REGENERATE.does(
            partial(build, action=nouns.REGENERATE, start=start_regenerate),
            unavailable=cannot_build,
        ),
        nouns.PUBLISH.does(publishing.publish, unavailable=publishing.cannot_publish),
        nouns.EXPORT.does(export, unavailable=cannot_export),
        nouns.GENERATE.does(generate),
        nouns.ADDRESS.does(publishing.show_address, unavailable=publishing.cannot_show_address),
        nouns.SEARCH.does(search),
        nouns.CREATE.does(create),
        nouns.EDIT.does(edit, unavailable=Pane.no_row),
        deleting(
            nouns.DELETE,
            warning=(
                "Its public address stops working. It cannot be restored.",
                "Their public addresses stop working. They cannot be restored.",
            ),
        ),
    )
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(ACTIONS)]

    noun = nouns.PAGES
    command = "pages"
    sortable = ("title", "builder_status", "view_count", "updated_at")
    job_kinds = frozenset({BUILD, REGENERATE, GENERATE})
    queries: Sequence[AIQuery] = ()
    """The queries a page can answer, as last fetched."""
    _generated = 0
    """How many pages a bulk run had generated when the list was last fetched."""

    def make_detail(self) -> PageDetail:
        """Make the detail's widget."""
        return PageDetail(self.workspace)

    def columns(self) -> Sequence[Column[GeneratedPage]]:
        """The noun's columns; a page that is being built shows for how long."""
        live: dict[str, dict[str, Any]] = {
            "title": {"ample_width": TITLE_WIDTH},
            "builder_status": {"words": self._state, "tone": self._state_tone},
        }
        return id_last([c._replace(**live.get(c.key, {})) for c in self.noun.columns])

    @property
    def refresh_every(self) -> float:
        """Seconds from an answer to the next request: fewer while a page is being built."""
        is_building = any(page.builder_status == "building" for page in self.rows)
        return WHILE_BUILDING if is_building else REFRESH_EVERY

    def progress_of(self, page: GeneratedPage) -> Progress | None:
        """The build of a page that this console runs."""
        jobs = self.workspace.jobs
        return jobs.find(BUILD, page.id) or jobs.find(REGENERATE, page.id)

    def jobs_changed(self) -> None:
        """Draw what runs; fetch the pages a bulk run has generated."""
        run = self.workspace.jobs.find(GENERATE, "all")
        generated = 0 if run is None else run.done or 0
        if generated > self._generated and self.display:
            self.refetch()
        self._generated = generated
        super().jobs_changed()

    def _state(self, page: GeneratedPage, context: Context) -> str:
        progress = self.progress_of(page)
        if progress is None:
            return state_words(page, context)
        elapsed = progress.elapsed_at(context.now.timestamp())
        return f"{spinner(elapsed)} building {wording.span(elapsed)}"

    def _state_tone(self, page: GeneratedPage, context: Context) -> Tone:
        return "busy" if self.progress_of(page) is not None else state_tone(page, context)
