"""How a key becomes something done: by the action's id, unless there is a reason against it.

Knows ids and methods by name; what they do is each heir's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from segops_tui.tui.core.actions import action_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from segops_tui.nouns.action import Action
    from segops_tui.tui.core.workspace import Workspace


class Acting:
    """Offers actions: `segments.recompute` is done by `do_recompute`.

    Where there is a `cannot_recompute`, its words are why not, empty when nothing is against it.
    """

    ACTIONS: ClassVar[Sequence[Action]] = ()

    def why_not(self, action: Action) -> str:
        """Why this cannot be done now; empty when it can.

        Where the workspace refuses changes, that is the reason for every one of them.
        """
        workspace: Workspace | None = getattr(self, "workspace", None)
        if action.changes and workspace is not None and workspace.guarded:
            return workspace.guarded
        reason: Callable[[], str] | None = getattr(self, f"cannot_{_verb(action)}", None)
        return "" if reason is None else reason()

    def perform(self, action: Action) -> None:
        """Do it, or say why not."""
        reason = self.why_not(action)
        if reason:
            notify: Any = getattr(self, "notify")  # noqa: B009 (every heir is a node of Textual)
            notify(reason, title=f"{action.title}: not now", severity="warning", markup=False)
            return
        getattr(self, f"do_{_verb(action)}")()

    def named(self, verb: str) -> Action:
        """The action of this verb that is offered here.

        Raises:
            KeyError: none is.
        """
        for action in self.ACTIONS:
            if _verb(action) == verb:
                return action
        raise KeyError(verb)

    def action_run(self, action_id: str) -> None:
        """Do the action of that id; what every generated key is bound to."""
        self.perform(action_of(self, action_id))


def _verb(action: Action) -> str:
    return action.id.partition(".")[2]
