"""Landing pages made public and taken back, each after a question that says where; their address.

Knows who may be published and what visitors type; the list is the pane's it is mixed into.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from textual import on, work
from textual.message import Message

from segops_tui import wording
from segops_tui.api.errors import SegOpsError
from segops_tui.api.resources.pages import GeneratedPage
from segops_tui.nouns.pages import public_path
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.dialogs.confirm import Confirm
from segops_tui.tui.dialogs.form import AskForm
from segops_tui.tui.dialogs.form_fields import FormField
from segops_tui.tui.panes.old_pane import Pane

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

UNKNOWN: Final = "WORKSPACE"
"""Stands for the workspace's short name: the API does not tell it."""


class PublishingPane(Pane[GeneratedPage]):
    """A pane whose pages can be made public."""

    class Turned(Message):
        """Pages are public now, or are not, but for those the server refused."""

        def __init__(
            self, pages: Sequence[GeneratedPage], *, public: bool, error: SegOpsError | None
        ) -> None:
            self.pages, self.public, self.error = pages, public, error
            super().__init__()

    def cannot_publish(self) -> str:
        """There must be something built."""
        chosen = self.chosen
        if not chosen:
            return "There is no page under the cursor."
        if all(page.published for page in chosen) or self._ready():
            return ""
        return "It has not been built: b builds it."

    def do_publish(self) -> None:
        """Ask, then make the built ones public; where all of them are, take them back."""
        chosen = self.chosen
        public = not all(page.published for page in chosen)
        pages = self._ready() if public else list(chosen)
        counted = wording.plural(len(pages), "page")
        verb = "Publish" if public else "Take back"
        places = [self._address(page) for page in pages]
        lines = [wording.listed([self.noun.label(page) for page in pages]), ""]
        lines += ["Everybody can read it at" if public else "Nobody will find it any more at"]
        lines += [*places[:4], *([f"and {len(places) - 4} more"] if len(places) > 4 else [])]
        if not self._short_name:
            lines.append(f"{UNKNOWN}: its short name, which the API does not tell.")

        def answered(yes: bool | None) -> None:
            if yes:
                self._turn(pages, public=public)

        self.app.push_screen(
            Confirm(
                f"{verb} {counted}?",
                lines=lines,
                profile=self.workspace.profile.name,
                yes=f"{verb} {counted}",
                danger=True,
                command="\n".join(self._turn_lines([page.id for page in pages], public=public)),
            ),
            answered,
        )

    def cannot_address(self) -> str:
        """Only a published page has one."""
        if self.row is None:
            return "There is no page under the cursor."
        return "" if self.row.published else "It is not public: u publishes it."

    def do_address(self) -> None:
        """Show and copy it; the workspace's short name is asked for once."""
        page = self.row
        if page is None:
            return
        if self._short_name:
            self._tell_address(page)
            return
        fields = [FormField("workspace", "Short name", required=True, hint="northwind")]

        async def keep(body: dict[str, Any]) -> str:
            return str(body["workspace"])

        def answered(name: str | None) -> None:
            if name:
                self.workspace.ui_state.put(self._memory, name)
                self._tell_address(page)

        note = "The API does not tell the workspace's short name, which is part of the address."
        self.ask_words("Public address", fields, keep, note, answered)

    @work(group="publish")
    async def _turn(self, pages: Sequence[GeneratedPage], *, public: bool) -> None:
        done: list[GeneratedPage] = []
        failure: SegOpsError | None = None
        resource = self.workspace.client.pages
        for page in pages:
            try:
                if public:
                    answer = await resource.publish(page.id)
                else:
                    answer = await resource.update(page.id, published=False)
            except SegOpsError as error:
                failure = error
                break
            done.append(answer if answer.raw else page)
        self.post_message(self.Turned(done, public=public, error=failure))

    @on(Turned)
    def _turned(self, event: Turned) -> None:
        event.stop()
        if event.pages:
            ids = [page.id for page in event.pages]
            for line in self._turn_lines(ids, public=event.public):
                self.run_command(line)
            counted = wording.plural(len(ids), "page")
            self.notify(f"{counted} {'published' if event.public else 'taken back'}", markup=False)
            self.table.clear_marks()
            self.refetch()
        if event.error is not None:
            title = "Not published" if event.public else "Not taken back"
            line = problem_of(event.error).words
            self.notify(line, title=title, severity="error", markup=False)

    def _turn_lines(self, ids: Sequence[int], *, public: bool) -> list[str]:
        """The commands that do the same."""
        if public:
            return [f"{self.named('publish').command_line(ids=ids)} --yes"]
        edit, options = self.named("edit"), ["--set", "published=false"]
        return [edit.command_line(id=key, fields=options) for key in ids]

    def ask_words(
        self,
        title: str,
        fields: Sequence[FormField],
        send: Callable[[dict[str, Any]], Awaitable[Any]],
        note: str,
        answered: Callable[[Any], None],
    ) -> None:
        """Ask for words that are only looked at."""
        profile = self.workspace.profile.name
        self.app.push_screen(
            AskForm(title, fields, send=send, profile=profile, note=note), answered
        )

    def _ready(self) -> list[GeneratedPage]:
        return [page for page in self.chosen if page.is_built and not page.published]

    def _tell_address(self, page: GeneratedPage) -> None:
        self.copy_text(self._address(page))

    def _address(self, page: GeneratedPage) -> str:
        profile = self.workspace.profile
        base = "/api" if profile.is_sandbox else profile.api_url.rstrip("/")
        return base + public_path(self._short_name or UNKNOWN, page.slug)

    @property
    def _memory(self) -> str:
        return f"short name of {self.workspace.profile.name}"

    @property
    def _short_name(self) -> str:
        name = self.workspace.ui_state.get(self._memory)
        return name if isinstance(name, str) else ""
