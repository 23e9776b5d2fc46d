"""What can be taken from a list as it is in view: copied, saved to a file, with chosen columns.

Knows columns, texts and files; what is listed is its heirs'.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from textual import on, work
from textual.containers import Horizontal
from textual.message import Message

from segops_tui import wording
from segops_tui.api.errors import SegOpsError
from segops_tui.jobs.engine.download import Receiver, Target
from segops_tui.nouns.encode import to_json
from segops_tui.nouns.view import FORMS, ViewWriter, form_of
from segops_tui.tui.core.actions import ActionOwner
from segops_tui.tui.core.links import Link, PaneName, link_words
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.core.text import one_line
from segops_tui.tui.dialogs.column_chooser import ColumnChooser
from segops_tui.tui.dialogs.copy_menu import Copyable, CopyMenu
from segops_tui.tui.dialogs.path_form import PathForm

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from segops_tui.nouns.column import Column, Context, Noun
    from segops_tui.tui.core.workspace import Workspace
    from segops_tui.tui.dialogs.path_form import Destination
    from segops_tui.tui.table.noun_table import NounTable

R = TypeVar("R")


class Viewing(ActionOwner, Horizontal, Generic[R]):
    """A list whose view can be taken along."""

    command: ClassVar[str] = ""
    """The group of commands about the same noun."""
    list_verb: ClassVar[str] = "list"
    """Its command that lists."""
    get_verb: ClassVar[str] = "get"
    """Its command that shows one."""

    class Saved(Message):
        """The view is in a file."""

        def __init__(self, to: Destination, form: str, written: int) -> None:
            self.to, self.form, self.written = to, form, written
            super().__init__()

    class NotSaved(Message):
        """The view is in no file."""

        def __init__(self, error: SegOpsError) -> None:
            self.error = error
            super().__init__()

    workspace: Workspace

    @classmethod
    def command_words(cls) -> dict[str, tuple[str, ...]]:
        """What `{list}` and `{get}` of an action's command are here."""
        return {"list": (cls.command, cls.list_verb), "get": (cls.command, cls.get_verb)}

    @property
    def noun(self) -> Noun[R]:
        """What is listed."""
        raise NotImplementedError

    @property
    def table(self) -> NounTable:
        """The list itself."""
        raise NotImplementedError

    @property
    def chosen(self) -> list[R]:
        """What an action is about."""
        raise NotImplementedError

    def columns(self) -> Sequence[Column[R]]:
        """Every column there is."""
        raise NotImplementedError

    def context(self) -> Context:
        """What saying a value depends on."""
        raise NotImplementedError

    def counts(self) -> tuple[int | None, int | None]:
        """How many rows are shown and how many there are."""
        raise NotImplementedError

    def run_command(self, line: str) -> None:
        """Put a command line into the log."""
        raise NotImplementedError

    def copy_text(self, words: str) -> None:
        """Copy, and say what."""
        raise NotImplementedError

    def shown_columns(self) -> list[Column[R]]:
        """The columns a person chose, in their order; all of them where nobody chose."""
        columns = list(self.columns())
        chosen = self.workspace.ui_state.get(self._columns_memory)
        if not isinstance(chosen, list):
            return columns
        by_key = {column.key: column for column in columns}
        shown = [by_key[key] for key in chosen if key in by_key]
        # What is there only now and then, such as what a recompute changed, is shown beside them.
        passing = [c for c in columns if not self.is_choosable(c.key) and c not in shown]
        return [*shown, *passing] if shown else columns

    def is_choosable(self, key: str) -> bool:
        """Whether a person chooses that column; one that comes and goes is nobody's choice."""
        return any(column.key == key for column in self.noun.columns)

    def show_columns(self) -> None:
        """Draw the columns."""
        self.table.show_columns(self.shown_columns(), context=self.context)

    def do_copy(self) -> None:
        """Ask what to copy of the marked rows, else of the one under the cursor."""
        rows = self.chosen
        if not rows:
            return
        about = (
            self.noun.label(rows[0])
            if len(rows) == 1
            else wording.plural(len(rows), self.noun.name, self.noun.plural)
        )

        def answered(choice: Copyable | None) -> None:
            if choice is not None:
                self.copy_text(choice.words)

        self.app.push_screen(CopyMenu(self.copyables(rows), about=about), answered)

    def copyables(self, rows: Sequence[R]) -> list[Copyable]:
        """What of these rows can be copied."""
        keys = [str(self.noun.key(row)) for row in rows]
        context = self.context()
        columns = self.shown_columns()
        cells = [[one_line(column.text(row, context)) for column in columns] for row in rows]
        objects = [getattr(row, "raw", None) for row in rows]
        json = to_json(objects[0] if len(rows) == 1 else objects)
        found = [
            Copyable("i", "id", "\n".join(keys)),
            Copyable("n", "name", "\n".join(self.noun.label(row) for row in rows)),
            Copyable("l", "link", "\n".join(dict.fromkeys(map(self.link_of, keys)))),
            Copyable("r", "row", "\n".join("\t".join(row) for row in cells)),
            Copyable("j", "JSON", json),
        ]
        if len(rows) == 1:
            found.append(Copyable("c", "command", self.command_of(keys[0])))
        return [choice for choice in found if choice.words and choice.words != "null"]

    def command_of(self, key: str) -> str:
        """The command line that shows a row."""
        return self.named("copy").command_line(id=key, **self.command_words())

    def link_of(self, key: str) -> str:
        """The place of a row, in words."""
        one = self.noun.name.replace(" ", "-")
        return link_words(Link(self.id or "", key), [PaneName(self.id or "", one)])

    def cannot_save_view(self) -> str:
        """There must be rows."""
        return "" if self.table.row_count else f"There are no {self.noun.plural} in view."

    def do_save_view(self) -> None:
        """Ask where to, then write what is in view."""
        total = len(self.table.marked) or self.counts()[0] or self.table.row_count
        marked = "marked " if self.table.marked else ""
        counted = wording.plural(total, f"{marked}{self.noun.name}", f"{marked}{self.noun.plural}")

        def answered(to: Destination | None) -> None:
            if to is not None:
                self._save_view(to)

        self.app.push_screen(
            PathForm(
                "Save view",
                about=f"{counted}; .csv and .tsv have the columns shown, .json the whole objects",
                proposal=f"{self.id}.csv",
                endings=[f".{form}" for form in FORMS],
            ),
            answered,
        )

    def do_columns(self) -> None:
        """Choose columns; remember them."""

        def answered(keys: list[str] | None) -> None:
            if keys is None:
                return
            self.workspace.ui_state.put(self._columns_memory, keys or None)
            self.show_columns()

        columns = [(c.key, c.title) for c in self.columns() if self.is_choosable(c.key)]
        shown = [column.key for column in self.shown_columns()]
        self.app.push_screen(ColumnChooser(self.noun.title, columns, shown), answered)

    def view_options(self) -> Sequence[str]:
        """What a listing command needs to show the same rows; the words of a filter have none."""
        return ()

    async def view_pages(self) -> AsyncIterator[Sequence[R]]:
        """Every row in view, a few at a time; of marked ones those alone.

        Raises:
            SegOpsError: they cannot be had.
        """
        raise NotImplementedError
        yield []

    @work(group="save", exclusive=True)
    async def _save_view(self, to: Destination) -> None:
        form = form_of(to.path.suffix)
        columns = [column for column in self.shown_columns() if column.title]
        writer = ViewWriter(form, columns)
        written = 0
        try:
            target = Target(to.path, to.force, tag=self.id or "view")
            target.check()
            with Receiver(target) as receiver:
                receiver.write(writer.begin().encode())
                async for rows in self.view_pages():
                    receiver.write(writer.rows(rows).encode())
                    written += len(rows)
                receiver.write(writer.end().encode())
                receiver.finish(announced=None)
        except SegOpsError as error:
            self.post_message(self.NotSaved(error))
        else:
            self.post_message(self.Saved(to, form, written))

    @on(Saved)
    def _view_saved(self, event: Saved) -> None:
        event.stop()
        counted = wording.plural(event.written, self.noun.name, self.noun.plural)
        words = f"{counted} → {event.to.path}"
        self.notify(one_line(words), title="Saved", markup=False, timeout=8)
        known = {column.key for column in self.noun.columns}
        fields = ",".join(c.key for c in self.shown_columns() if c.key in known)
        chosen = f" --fields {fields}" if event.form in {"csv", "tsv"} else ""
        name = shlex.quote(str(event.to.path))
        list_ = shlex.join([*self.command_words()["list"], *self.view_options()])
        self.run_command(f"segops-tui {list_} --all -o {event.form}{chosen} > {name}")

    @on(NotSaved)
    def _view_not_saved(self, event: NotSaved) -> None:
        event.stop()
        problem = problem_of(event.error)
        self.notify(problem.words, title="Not saved", severity="error", markup=False)

    @property
    def _columns_memory(self) -> str:
        return f"columns of {self.id}"
