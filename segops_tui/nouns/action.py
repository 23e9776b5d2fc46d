"""Actions: everything a user can do to a noun, declared once for keys, palette, log and docs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from segops_tui.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

Scope = Literal["one", "marked", "pane", "app"]
"""What an action is about: the row under the cursor, the marked rows, the pane, everything."""


def _always_available(_owner: Any) -> str:
    return ""


class Action(NamedTuple):
    """One thing to do. `id` is stable: a keymap and a log refer to it.

    A noun declares it; the console adds what it does with `does`.
    """

    id: str
    title: str
    key: str
    """Textual's name of the default key; empty for palette only."""
    scope: Scope
    command: str
    """The command line that does the same, with `{id}`, `{ids}` or other names to fill.

    What changes only how things are shown names the command that shows the same: `{list}` and
    `{get}` are a pane's own.
    """
    danger: bool = False
    """Asks before it acts."""
    help: str = ""
    changes: bool = False
    """Sends what a guarded profile refuses."""
    run: Callable[[Any], Coroutine[Any, Any, None] | None] | None = None
    """What it does to the pane, screen or app that offers it; a coroutine may ask and wait."""
    unavailable: Callable[[Any], str] = _always_available
    """Why the pane, screen or app cannot do it now; empty when it can."""

    def does(
        self,
        run: Callable[[Any], Coroutine[Any, Any, None] | None],
        *,
        unavailable: Callable[[Any], str] = _always_available,
    ) -> Action:
        """The same action with what it does."""
        return self._replace(run=run, unavailable=unavailable)

    def command_line(self, **values: Any) -> str:
        """The equivalent command, ready to paste: every value quoted for a shell."""
        import shlex  # noqa: PLC0415 (no listing needs it)

        quoted = {
            name: " ".join(shlex.quote(str(item)) for item in value)
            if isinstance(value, list | tuple)
            else shlex.quote(str(value))
            for name, value in values.items()
        }
        return f"segops-tui {self.command.format(**quoted)}"


def create_action(group: str, one: str) -> Action:
    """Making another one in a form: `{fields}` are the `--set` options that say the same."""
    return Action(
        f"{_scoped(group)}.create",
        "New",
        "n",
        "pane",
        f"{group} create {{fields}}",
        help=f"Make a new {one} in a form.",
        changes=True,
    )


def edit_action(group: str, one: str) -> Action:
    """Changing the one under the cursor in a form."""
    return Action(
        f"{_scoped(group)}.edit",
        "Edit",
        "e",
        "one",
        f"{group} update {{id}} {{fields}}",
        help=f"Change this {one} in a form; only what was changed is sent.",
        changes=True,
    )


def delete_action(group: str, *, help: str = "Delete for good.") -> Action:
    """Deleting the marked ones, else the one under the cursor."""
    return Action(
        f"{_scoped(group)}.delete",
        "Delete",
        "d",
        "marked",
        f"{group} delete {{ids}}",
        danger=True,
        help=help,
        changes=True,
    )


def copy_action(group: str) -> Action:
    """Copying the marked ones, else the one under the cursor, to another profile's workspace."""
    return Action(
        f"{_scoped(group)}.copy_to",
        "Copy to profile",
        "C",
        "marked",
        f"{group} copy {{ids}} --profile {{here}} --to {{there}}",
        danger=True,
        help="Copy to the workspace of another profile, once you have seen what changes there.",
    )


def _scoped(group: str) -> str:
    return group.replace("-", "_")
