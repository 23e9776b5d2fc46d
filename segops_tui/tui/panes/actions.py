"""What every pane can do: filter, sort, copy, save the view, choose columns, refresh, turn tabs."""

from __future__ import annotations

import asyncio
import shlex
from typing import TYPE_CHECKING, Any, Final

from segops_tui import wording
from segops_tui.jobs.engine.download import Receiver, Target
from segops_tui.nouns.encode import to_json
from segops_tui.nouns.view import FORMS, ViewWriter, form_of
from segops_tui.tui.core.actions import LIST_ACTIONS, PANE_ACTIONS
from segops_tui.tui.core.messages import Paused
from segops_tui.tui.core.text import crop, one_line
from segops_tui.tui.dialogs.column_chooser import ColumnChooser
from segops_tui.tui.dialogs.copy_menu import Copyable, CopyMenu
from segops_tui.tui.dialogs.path_form import Destination, PathForm
from segops_tui.tui.dialogs.saved_filters import FilterStore, SavedFilters

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Callable, Iterable, Sequence

    from segops_tui.jobs.engine.job import Job
    from segops_tui.nouns.action import Action
    from segops_tui.nouns.column import Column
    from segops_tui.tui.panes.pane import Pane


def copy_text(pane: Pane[Any], text: str) -> None:
    """Copy a text to the clipboard, and show what was copied."""
    pane.app.copy_to_clipboard(text)
    pane.notify(crop(one_line(text), 200), title="Copied", markup=False, timeout=3)


async def copy(pane: Pane[Any]) -> None:
    """Ask what to copy of the chosen rows."""
    rows = pane.chosen
    if not rows:
        return
    about = pane.noun.label(rows[0]) if len(rows) == 1 else pane.counted(rows)
    choice = await pane.ask(CopyMenu(copyables(pane, rows), about=about))
    if choice is not None:
        copy_text(pane, choice.words)


def copyables(pane: Pane[Any], rows: Sequence[Any]) -> list[Copyable]:
    """What of these rows can be copied."""
    keys = [str(pane.noun.key(row)) for row in rows]
    context = pane.context()
    columns = pane.shown_columns()
    cells = [[one_line(column.text(row, context)) for column in columns] for row in rows]
    objects = [getattr(row, "raw", None) for row in rows]
    json = to_json(objects[0] if len(rows) == 1 else objects)
    found = [
        Copyable("i", "id", "\n".join(keys)),
        Copyable("n", "name", "\n".join(pane.noun.label(row) for row in rows)),
        Copyable("l", "link", "\n".join(dict.fromkeys(map(pane.link_of, keys)))),
        Copyable("r", "row", "\n".join("\t".join(row) for row in cells)),
        Copyable("j", "JSON", json),
    ]
    if len(rows) == 1:
        found.append(Copyable("c", "command", pane.command_of(keys[0])))
    found.extend(pane.extra_copyables(rows))
    return [
        choice
        for choice in found
        if choice.words and choice.words != "null" and pane.can_copy(choice.letter)
    ]


def copy_command(pane: Pane[Any]) -> None:
    """Copy the command line that shows what the user is looking at."""
    if pane.row is not None:
        copy_text(pane, pane.current_command())


async def save_view(pane: Pane[Any]) -> None:
    """Ask for a file, then write the rows in view to it."""
    total = len(pane.table.marked) or pane.counts()[0] or pane.table.row_count
    marked = "marked " if pane.table.marked else ""
    counted = wording.plural(total, f"{marked}{pane.noun.name}", f"{marked}{pane.noun.plural}")
    to = await pane.ask(
        PathForm(
            "Save view",
            about=f"{counted}; .csv and .tsv have the columns shown, .json the whole objects",
            proposal=f"{pane.id}.csv",
            endings=[f".{form}" for form in FORMS],
        )
    )
    if to is None:
        return
    with pane.reporting("Not saved"):
        written = await _write(pane, to)
        counted = wording.plural(written, pane.noun.name, pane.noun.plural)
        words = one_line(f"{counted} → {to.path}")
        pane.notify(words, title="Saved", markup=False, timeout=8)
        pane.log_command(_save_line(pane, to))


async def _write(pane: Pane[Any], to: Destination) -> int:
    columns = [column for column in pane.shown_columns() if column.title]
    return await write_rows(to, columns, pane.view_pages(), tag=pane.id or "view")


async def write_rows(
    to: Destination,
    columns: Sequence[Column[Any]],
    pages: AsyncIterable[Sequence[Any]],
    *,
    tag: str,
) -> int:
    """Write rows to a file as they come, and return how many; it appears when it is complete.

    Raises:
        WouldOverwrite: the file exists, and is not to be replaced.
        CannotWrite: it cannot be written there.
    """
    writer = ViewWriter(form_of(to.path.suffix), columns)
    written = 0
    target = Target(to.path, to.force, tag=tag)
    target.check()
    with Receiver(target) as receiver:
        receiver.write(writer.begin().encode())
        async for rows in pages:
            receiver.write(writer.rows(rows).encode())
            written += len(rows)
        receiver.write(writer.end().encode())
        receiver.finish(announced=None)
    return written


def _save_line(pane: Pane[Any], to: Destination) -> str:
    form = form_of(to.path.suffix)
    known = {column.key for column in pane.noun.columns}
    fields = ",".join(c.key for c in pane.shown_columns() if c.key in known)
    chosen = f" --fields {fields}" if form in {"csv", "tsv"} else ""
    listing = shlex.join([*pane.command_words()["list"], *pane.view_options()])
    return f"segops-tui {listing} --all -o {form}{chosen} > {shlex.quote(str(to.path))}"


def cannot_save_view(pane: Pane[Any]) -> str:
    """There must be rows."""
    return "" if pane.table.row_count else f"There are no {pane.noun.plural} in view."


async def choose_columns(pane: Pane[Any]) -> None:
    """Ask which columns to show, and remember them."""
    columns = [(c.key, c.title) for c in pane.columns() if pane.is_choosable(c.key)]
    shown = [column.key for column in pane.shown_columns()]
    keys = await pane.ask(ColumnChooser(pane.noun.title, columns, shown))
    if keys is not None:
        pane.choose_columns(keys or None)


async def choose_filter(pane: Pane[Any]) -> None:
    """Ask for a saved filter and show it; save the present one, or delete one."""
    store = FilterStore(pane.workspace.ui_state, pane.id or "")
    text = await pane.ask(SavedFilters(pane.noun.title, store, present=pane.filter_text))
    if text is not None:
        pane.show_filter(text)
        pane.table.focus()


def pause(pane: Pane[Any]) -> None:
    """Stop or resume refreshing automatically."""
    pane.paused = not pane.paused
    pane.post_message(Paused(paused=pane.paused))
    pane.name_list()
    pane.rearm()


def refresh(pane: Pane[Any]) -> None:
    """Fetch the rows and what the detail shows again."""
    pane.refetch()
    pane.detail.refetch()


_FILTER, _FILTERS, _SORT, _REVERSE = LIST_ACTIONS
_COPY, _COPY_COMMAND, _SAVE_VIEW, _COLUMNS, _REFRESH, _PAUSE, _NEXT_TAB, _PREVIOUS_TAB = (
    PANE_ACTIONS
)

FILTER: Final = _FILTER.does(lambda pane: pane.box.open_filter())
SAVED_FILTERS: Final = _FILTERS.does(choose_filter)
SORTING: Final = (
    _SORT.does(
        lambda pane: pane.source.sort_by_next(), unavailable=lambda pane: pane.source.cannot_sort()
    ),
    _REVERSE.does(
        lambda pane: pane.source.reverse(), unavailable=lambda pane: pane.source.cannot_sort()
    ),
)
SHARED: Final = (
    _COPY.does(copy, unavailable=lambda pane: pane.no_row()),
    _COPY_COMMAND.does(copy_command, unavailable=lambda pane: pane.no_row()),
    _SAVE_VIEW.does(save_view, unavailable=cannot_save_view),
    _COLUMNS.does(choose_columns),
    _REFRESH.does(refresh),
    _PAUSE.does(pause),
)
TABS: Final = (
    _NEXT_TAB.does(lambda pane: pane.detail.turn(1)),
    _PREVIOUS_TAB.does(lambda pane: pane.detail.turn(-1)),
)


def pane_actions(*own: Action) -> tuple[Action, ...]:
    """A pane's own actions among those every list has, in the order of the key bar."""
    return (FILTER, *own, SAVED_FILTERS, *SORTING, *SHARED, *TABS)


async def start_jobs(pane: Pane[Any], notes: Iterable[Callable[[], Job | list[Job]]]) -> None:
    """Note each job in the ledger (in a thread: it is a file), then start those that were noted.

    A job is in the ledger before its first request leaves, and jobs started together are
    reported as one batch.
    """
    jobs: list[Job] = []
    with pane.changing("Not started"):
        for note in notes:
            noted = await asyncio.to_thread(note)
            jobs.extend(noted if isinstance(noted, list) else [noted])
    for job in jobs:
        pane.workspace.jobs.start(job)
