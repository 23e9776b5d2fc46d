"""What is done to a user by a key: an event tried, a visitor claimed, two users made one.

Knows which form each needs, and that the list has to show who is left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on, work
from textual.message import Message

from segops_tui.api.errors import SegOpsError
from segops_tui.tui.core.text import one_line
from segops_tui.tui.users.identity import AliasForm, MergeForm
from segops_tui.tui.users.looking import UserLooking
from segops_tui.tui.users.try_event import TryEvent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from segops_tui.api.resources.identity import AliasResult
    from segops_tui.api.resources.schemas import EventSchema
    from segops_tui.api.resources.users import User


class UserActing(UserLooking):
    """A pane of users that something can be done to."""

    class SchemasLoaded(Message):
        """What payloads are known to look like."""

        def __init__(self, user: User, schemas: Sequence[EventSchema]) -> None:
            self.user, self.schemas = user, schemas
            super().__init__()

    def cannot_publish(self) -> str:
        """There must be somebody."""
        return self.cannot_explain()

    cannot_alias = cannot_publish

    def cannot_merge(self) -> str:
        """There must be somebody, and one other at most is marked."""
        if len(self.table.marked) > 2:
            return "Mark two at most: the one under the cursor goes into the other."
        return self.cannot_explain()

    def do_publish(self) -> None:
        """Ask which event, with what is known of payloads."""
        if self.row is not None:
            self._fetch_schemas(self.row)

    def do_alias(self) -> None:
        """Ask which visitor the user was."""
        user = self.row
        if user is None:
            return

        def answered(made: AliasResult | None) -> None:
            if made is not None:
                self._tell_alias(made)
                self.detail.forget()
                self.find(made.canonical_user_id or user.user_id)

        self.app.push_screen(AliasForm(self.workspace, self.named("alias"), user), answered)

    def do_merge(self) -> None:
        """Ask into whom; of two that are marked, into the other."""
        user = self.row
        if user is None:
            return
        others = [each.user_id for each in self.table.marked_rows if each.user_id != user.user_id]

        def answered(stays: str | None) -> None:
            if stays is not None:
                self.table.clear_marks()
                words = f"{user.user_id} is part of {stays} from now on."
                self.notify(one_line(words), title="Merged", markup=False)
                self.detail.forget()
                self.removed({user.user_id})
                self.find(stays)

        into = others[0] if len(others) == 1 else ""
        form = MergeForm(self.workspace, self.named("merge"), user, into=into)
        self.app.push_screen(form, answered)

    def find(self, user_id: str) -> None:
        """Show a user in list and detail, as the server now has them."""
        raise NotImplementedError

    @work(exclusive=True, group="choose")
    async def _fetch_schemas(self, user: User) -> None:
        try:
            schemas = [each async for each in self.workspace.client.schemas.list()]
        except SegOpsError:
            # They only help to write the payload; an event can be tried without.
            schemas = []
        self.post_message(self.SchemasLoaded(user, schemas))

    @on(SchemasLoaded)
    def _schemas_loaded(self, event: SchemasLoaded) -> None:
        event.stop()
        if self.is_in_front and self.row is not None and self.row.user_id == event.user.user_id:
            self.app.push_screen(
                TryEvent(
                    self.workspace,
                    self.named("publish"),
                    event.user,
                    schemas=event.schemas,
                    event=self.detail.event_in_view,
                )
            )

    def _tell_alias(self, made: AliasResult) -> None:
        owner = made.canonical_user_id or made.user_id
        match made.status:
            case "conflict":
                words = f"{made.anonymous_id} belongs to {owner} already, and stays there."
                self.notify(one_line(words), title="Not aliased", severity="warning", markup=False)
            case "exists":
                words = f"{made.anonymous_id} was {owner} already."
                self.notify(one_line(words), title="Nothing to do", markup=False)
            case _:
                words = f"{made.anonymous_id} is {owner} from now on."
                self.notify(one_line(words), title="Aliased", markup=False)
