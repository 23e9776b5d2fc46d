"""Create, edit, delete and switch rows of a pane: the flows every noun shares."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from segops_tui import wording
from segops_tui.api.errors import SegOpsError
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.core.text import crop, one_line
from segops_tui.tui.dialogs.confirm import Confirm
from segops_tui.tui.dialogs.form import Form
from segops_tui.tui.dialogs.form_fields import FormField, set_options

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from segops_tui.nouns.action import Action
    from segops_tui.tui.panes.pane import Pane

    Dependents = Callable[[Pane[Any], Sequence[Any]], Awaitable[Sequence[str]]]
    """Finds what relies on rows, a line each."""

R = TypeVar("R")
Body = dict[str, Any]
MOST_USERS: Final = 6
"""Lines of what relies on rows that a confirmation shows."""


async def _create(pane: Pane[Any], body: Body) -> Any:
    return await pane.resource().create(**body)


async def _update(pane: Pane[Any], row: Any, body: Body) -> Any:
    return await pane.resource().update(pane.noun.key(row), **body)


@dataclass(frozen=True, slots=True)
class Editing(Generic[R]):
    """How rows of a noun are created and edited in a form."""

    create: Action
    edit: Action
    fields: Callable[[Any, R | None], Sequence[FormField]]
    """The form's fields, of a pane and a row; of None for a new one."""
    body: Callable[[Any, R | None, Body], Body] = lambda _pane, _row, values: values
    """The request body for what the form holds."""
    options: Callable[[R | None, Sequence[FormField], Body], list[str]] = (
        lambda _row, fields, body: set_options(fields, body)
    )
    """The options of a command line that sends the same."""
    form: type[Form] = Form
    send_new: Callable[[Any, Body], Awaitable[R]] = _create
    send_changes: Callable[[Any, R, Body], Awaitable[R]] = _update

    @property
    def actions(self) -> tuple[Action, Action]:
        """Create and edit, as a pane offers them."""
        return (
            self.create.does(self.run_create),
            self.edit.does(self.run_edit, unavailable=lambda pane: pane.no_row()),
        )

    async def run_create(self, pane: Pane[R], fields: Sequence[FormField] | None = None) -> None:
        """Create a row in a form; the fields may be filled in already."""
        await self._show(pane, None, self.fields(pane, None) if fields is None else fields)

    async def run_edit(self, pane: Pane[R]) -> None:
        """Edit the row under the cursor in a form."""
        if pane.row is not None:
            await self._show(pane, pane.row, self.fields(pane, pane.row))

    async def _show(self, pane: Pane[R], row: R | None, fields: Sequence[FormField]) -> None:
        def command(values: Body) -> str:
            options = self.options(row, fields, self.body(pane, row, values))
            if row is None:
                return self.create.command_line(fields=options)
            return self.edit.command_line(id=pane.noun.key(row), fields=options)

        async def send(values: Body) -> R:
            body = self.body(pane, row, values)
            if row is None:
                answer = await self.send_new(pane, body)
            else:
                answer = await self.send_changes(pane, row, body)
            pane.log_command(command(values))
            return answer

        title = f"New {pane.noun.name}" if row is None else f"Edit {pane.noun.label(row)}"
        saved: R | None = await pane.ask(
            self.form(
                title,
                fields,
                send=send,
                profile=pane.workspace.profile.name,
                command=command,
                changed_only=row is not None,
            )
        )
        if saved is not None:
            show_saved(pane, saved, is_new=row is None)


def show_saved(pane: Pane[R], row: R, *, is_new: bool, note: str = "") -> None:
    """Show a row as the server now has it, and notify the user."""
    pane.source.put(row, is_new=is_new)
    words = one_line(pane.noun.label(row))
    title = f"{pane.noun.name.capitalize()} {'created' if is_new else 'changed'}"
    pane.notify(f"{words}\n{note}" if note else words, title=title, markup=False, timeout=4)


def deleting(
    action: Action,
    *,
    warning: tuple[str, str] = ("It cannot be restored.", "They cannot be restored."),
    used_by: Dependents | None = None,
) -> Action:
    """Delete the chosen rows after a confirmation, which names what relies on them.

    `warning` says what follows: for one row, and for several.
    """
    return action.does(
        partial(_delete, action=action, warning=warning, used_by=used_by),
        unavailable=lambda pane: pane.none_chosen(),
    )


async def _users_of(pane: Pane[R], rows: Sequence[R], used_by: Dependents) -> list[str]:
    try:
        users = [one_line(line) for line in await used_by(pane, rows)]
    except SegOpsError as error:
        return [f"What uses it could not be read: {problem_of(error).line}"]
    more = [f"and {len(users) - MOST_USERS} more"] if len(users) > MOST_USERS else []
    return ["In use:", *(f"  {line}" for line in users[:MOST_USERS]), *more] if users else []


async def _delete(
    pane: Pane[R], *, action: Action, warning: tuple[str, str], used_by: Dependents | None
) -> None:
    rows = list(pane.chosen)
    users: list[str] = []
    if used_by is not None:
        users = await pane.load("What uses it", _users_of(pane, rows, used_by))
    counted, follows = pane.counted(rows), warning[len(rows) > 1]
    line = f"{action.command_line(ids=[pane.noun.key(row) for row in rows])} --yes"
    confirm = Confirm(
        f"Delete {counted}?",
        lines=[wording.listed([pane.noun.label(row) for row in rows]), follows, *users],
        profile=pane.workspace.profile.name,
        yes=f"Delete {counted}",
        danger=True,
        command=line,
    )
    if not await pane.ask(confirm):
        return
    pane.log_command(line)
    resource = pane.resource()

    async def delete(row: R) -> R:
        await resource.delete(pane.noun.key(row))
        return row

    deleted = await change_each(pane, rows, delete, "Not deleted")
    if deleted:
        keys = {pane.noun.key(row) for row in deleted}
        pane.table.unmark(keys)
        pane.source.remove(keys)
        pane.notify(f"{pane.counted(deleted)} deleted", markup=False)


async def change_each(
    pane: Pane[R], rows: Sequence[R], change: Callable[[R], Awaitable[R]], failure: str
) -> list[R]:
    """Send one change a row; the rows as they now are.

    The first failure is notified, as `failure: the row`, and the rows after it are not tried.
    """
    done: list[R] = []
    for row in rows:
        with pane.changing(crop(one_line(f"{failure}: {pane.noun.label(row)}"), 80)):
            done.append(await change(row))
            continue
        break
    return done


async def may_switch(
    pane: Pane[R],
    rows: Sequence[R],
    verb: str,
    *,
    command_of: Callable[[R], str],
    used_by: Dependents | None = None,
) -> bool:
    """Ask before several rows are switched at once: the same key would not restore a mixture."""
    if len(rows) < 2:
        return True
    counted = pane.counted(rows)
    users: list[str] = []
    if used_by is not None:
        users = await pane.load("What uses it", _users_of(pane, rows, used_by))
    confirm = Confirm(
        f"{verb.capitalize()} {counted}?",
        lines=[wording.listed([pane.noun.label(row) for row in rows]), *users],
        profile=pane.workspace.profile.name,
        yes=f"{verb.capitalize()} {counted}",
        command=" && ".join(map(command_of, rows)),
    )
    return await pane.ask(confirm) is True


@dataclass(frozen=True, slots=True)
class Toggling:
    """How rows are switched between active and inactive."""

    action: Action
    is_on: Callable[[Any], bool]
    body: Callable[[bool], Mapping[str, Any]]
    """The fields that switch a row on or off."""
    command_values: Callable[[bool], Mapping[str, Any]]
    """What the action's command needs besides `{id}`."""
    on: str = "resume"
    off: str = "pause"
    """What is done, in one word that takes a d for what was done."""
    used_by: Dependents | None = None
    """Finds what relies on rows, where something may."""

    @property
    def bound(self) -> Action:
        """Switch the chosen rows off; where all are off, switch them on."""
        return self.action.does(self.run, unavailable=lambda pane: pane.none_chosen())

    async def run(self, pane: Pane[Any]) -> None:
        """Switch, then show the rows as they now are."""
        chosen = pane.chosen
        to = not any(self.is_on(row) for row in chosen)
        rows = [row for row in chosen if self.is_on(row) != to]
        verb = self.on if to else self.off
        key, resource = pane.noun.key, pane.resource()

        def command_of(row: Any) -> str:
            return self.action.command_line(id=key(row), **self.command_values(to))

        if not await may_switch(pane, rows, verb, command_of=command_of, used_by=self.used_by):
            return
        pane.table.clear_marks()

        async def change(row: Any) -> Any:
            changed = await resource.update(key(row), **self.body(to))
            pane.log_command(command_of(row))
            return changed

        changed = await change_each(pane, rows, change, "Not changed")
        pane.source.replace(changed)
        if changed:
            pane.notify(f"{pane.counted(changed)} {verb}d", markup=False, timeout=4)
