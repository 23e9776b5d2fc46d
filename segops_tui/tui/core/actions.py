"""Actions of the console: those that belong to no noun, and the classes that offer actions."""

from __future__ import annotations

from functools import partial
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, ClassVar, Final, cast

from textual.binding import Binding

from segops_tui.nouns.action import Action
from segops_tui.tui.core.type_ahead import TypeAhead

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Sequence

    from textual.app import App
    from textual.widget import Widget

    from segops_tui.tui.core.workspace import Workspace

HELP: Final = Action(
    "app.help", "Help", "question_mark", "app", "help", help="Show what the keys do here.",
)  # fmt: skip
PALETTE: Final = Action(
    "app.palette", "Palette", "ctrl+p,colon", "app", "help",
    help="Find any action, or any object by its name.",
)  # fmt: skip
LOG: Final = Action(
    "app.log", "Command log", "L", "app", "jobs list",
    help="Show what was done in this session, as command lines.",
)  # fmt: skip
NOTICES: Final = Action(
    "app.notices", "Notices", "exclamation_mark", "app", "jobs list",
    help="Show the notices of this session again.",
)  # fmt: skip
PROFILES: Final = Action(
    "app.profiles", "Profiles", "p", "app", "profiles list",
    help="Switch to another workspace; add or edit a profile.",
)  # fmt: skip
UNLOCK: Final = Action(
    "app.unlock", "Unlock", "U", "app", "segments recompute {ids} --profile {profile} --yes",
    help="Allow changes on a production profile for 15 minutes, or lock it again.",
)  # fmt: skip
THEME: Final = Action(
    "app.theme", "Theme", "T", "app", "config edit",
    help="Switch to the next theme: dark, light, or the terminal's own colours.",
)  # fmt: skip
QUIT: Final = Action(
    "app.quit", "Quit", "q", "app", "jobs list", help="Quit; work on the server continues.",
)  # fmt: skip

APP_ACTIONS: Final = (HELP, PALETTE, LOG, NOTICES, PROFILES, UNLOCK, THEME, QUIT)

HELP_ANYWHERE: Final = Binding(
    "ctrl+g", "help_anywhere", "Help", show=False, priority=True, id="app.help_anywhere",
    tooltip="Show what the keys do here, also in forms and fields, where ? is a letter.",
)  # fmt: skip
"""Works over dialogs and fields; the key is nano's."""

REOPEN: Final = Action(
    "main.reopen", "Try again", "ctrl+r", "app", "doctor", help="Retry opening the workspace."
)
BACK: Final = Action(
    "main.back", "Back", "less_than_sign,backspace", "app", "open {place}",
    help="Go back to the previous place: pane, row and tab.",
)  # fmt: skip
FORWARD: Final = Action(
    "main.forward", "Forward", "greater_than_sign", "app", "open {place}",
    help="Go forward to the place you came back from.",
)  # fmt: skip

HISTORY_ACTIONS: Final = (BACK, FORWARD)

LIST_ACTIONS: Final = (
    Action(
        "list.filter", "Filter", "slash", "pane", "{list}",
        help="Show only the rows with these words, or with values such as members>500.",
    ),
    Action(
        "list.filters", "Saved filters", "F", "pane", "{list}",
        help="Pick a saved filter, save the present one under a name, or delete one.",
    ),
    Action("list.sort", "Sort", "s", "pane", "{list}", help="Sort by the next column."),
    Action("list.reverse", "Reverse", "S", "pane", "{list}", help="Reverse the order."),
)  # fmt: skip

PANE_ACTIONS: Final = (
    Action(
        "pane.copy", "Copy", "y", "one", "{get} {id}",
        help="Copy the id, a link, the row, JSON or the command; over ssh too (OSC 52).",
    ),
    Action(
        "pane.copy_command", "Copy command", "Y", "one", "{get} {id}",
        help="Copy the command line that shows this row.",
    ),
    Action(
        "pane.save_view", "Save view", "ctrl+s", "pane", "{list} --all -o csv",
        help="Write the rows in view, or the marked ones, to a CSV, TSV or JSON file.",
    ),
    Action(
        "pane.columns", "Columns", "vertical_line", "pane", "{list} --fields {columns}",
        help="Choose which columns are shown and in which order; the choice is remembered.",
    ),
    Action(
        "pane.refresh", "Refresh", "ctrl+r", "pane", "{list}",
        help="Fetch the rows, and what the detail shows, again.",
    ),
    Action(
        "pane.pause", "Pause", "P", "pane", "{list}", help="Pause or resume automatic refresh."
    ),
    Action(
        "pane.next_tab", "Next tab", "right_square_bracket", "pane", "{get} {id}",
        help="Show the next tab of the detail.",
    ),
    Action(
        "pane.previous_tab", "Previous tab", "left_square_bracket", "pane", "{get} {id}",
        help="Show the previous tab of the detail.",
    ),
)  # fmt: skip

SECTION_ACTIONS: Final = (
    Action(
        "section.next", "Next section", "right_square_bracket", "pane", "{list}",
        help="Show the next section of this pane.",
    ),
    Action(
        "section.previous", "Previous", "left_square_bracket", "pane", "{list}",
        help="Show the previous section of this pane.",
    ),
)  # fmt: skip

FILTER: Final = LIST_ACTIONS[0]


def bindings(actions: Iterable[Action]) -> list[Binding]:
    """A key for each action, rebound by the action's id."""
    return [
        Binding(
            action.key,
            f"run('{action.id}')",
            action.title,
            id=action.id,
            tooltip=action.help,
            show=True,
        )
        for action in actions
        if action.key
    ]


def run_flow(
    node: Widget | App[Any],
    flow: Callable[..., Coroutine[Any, Any, None]],
    *arguments: Any,
    group: str,
    exclusive: bool = False,
) -> None:
    """Run a coroutine function as a worker of a node; it is cancelled when the node goes.

    An exclusive flow cancels the one of its group that is still running.
    """
    # The function, not its coroutine: one cancelled before its start would never be awaited.
    work: Any = partial(flow, *arguments)
    node.run_worker(work, group=group, exclusive=exclusive)


class ActionOwner:
    """Offers actions; mixed into the app, a screen or a pane."""

    ACTIONS: ClassVar[Sequence[Action]] = ()

    def action(self, action_id: str) -> Action:
        """The action of that id.

        Raises:
            KeyError: it is not offered here.
        """
        for action in self.ACTIONS:
            if action.id == action_id:
                return action
        raise KeyError(action_id)

    def unavailable(self, action: Action) -> str:
        """Why this cannot be done now; empty when it can.

        A workspace that refuses changes is the reason for every action that sends one.
        """
        workspace: Workspace | None = getattr(self, "workspace", None)
        if action.changes and workspace is not None and workspace.guarded:
            return workspace.guarded
        return action.unavailable(self)

    def perform(self, action: Action) -> None:
        """Do it, or notify the user why it is not available."""
        node = cast("Widget", self)
        reason = self.unavailable(action)
        if reason:
            title = f"{action.title}: not available"
            node.notify(reason, title=title, severity="warning", markup=False)
            if iscoroutinefunction(action.run) and isinstance(node.app, TypeAhead):
                node.app.drop_typing()
            return
        if action.run is None:
            raise TypeError(f"{action.id} does nothing: give it a function with Action.does")
        if iscoroutinefunction(action.run):
            # A new read replaces the one under way; a change under way is never cut short.
            exclusive = not action.changes and action.scope != "app"
            run_flow(node, action.run, self, group=action.id, exclusive=exclusive)
        else:
            action.run(self)

    def action_run(self, action_id: str) -> None:
        """Do the action of that id: what every generated key is bound to."""
        self.perform(self.action(action_id))
