"""Forms that alias a visitor to a user, or merge two users; neither can be undone.

Nothing is sent before both ids were looked up and the user has confirmed what will happen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.content import Content

from segops_tui import wording
from segops_tui.api.errors import NotFound
from segops_tui.tui.core.text import crop, one_line
from segops_tui.tui.dialogs.confirm import Confirm
from segops_tui.tui.dialogs.form import Form
from segops_tui.tui.dialogs.form_fields import FormField

if TYPE_CHECKING:
    from segops_tui.api.resources.identity import AliasResult
    from segops_tui.api.resources.users import User
    from segops_tui.nouns.action import Action
    from segops_tui.tui.core.workspace import Workspace

NAME = 40
"""Cells of an id in a sentence."""


async def _find(workspace: Workspace, user_id: str) -> User | None:
    """The user of an id; None where no event was sent under it."""
    try:
        return await workspace.client.users.get(user_id)
    except NotFound:
        return None


class AliasForm(Form):
    """Counts an anonymous visitor's events for this user."""

    busy_title = "looking both up"
    failed_title = "Nothing was changed"
    key_title = "go on"
    declined_note = "Nothing was changed. esc leaves."

    def __init__(self, workspace: Workspace, action: Action, user: User) -> None:
        self._workspace, self._action, self._user = workspace, action, user
        super().__init__(
            send=self._ask_and_send,
            profile=workspace.profile.name,
            command=self.command_of,
            title="Alias",
            fields=[
                FormField("user_id", "User", value=user.user_id, fixed=True),
                FormField("anonymous_id", "Anonymous id", required=True, hint="anon_4f2a"),
            ],
            note="What an anonymous visitor did counts for this user, for good.",
        )

    def command_of(self, body: dict[str, Any]) -> str:
        """The command line that does the same."""
        anonymous = body.get("anonymous_id", "")
        return self._action.command_line(anonymous=anonymous, id=self._user.user_id)

    async def _ask_and_send(self, body: dict[str, Any]) -> AliasResult | None:
        anonymous = body["anonymous_id"]
        visitor = await _find(self._workspace, _visitor(anonymous))
        user = await _find(self._workspace, self._user.user_id) or self._user
        screen = Confirm(
            f"Alias {_named(anonymous)} to {_named(user.user_id)}?",
            lines=alias_lines(anonymous, visitor, user),
            profile=self._workspace.profile.name,
            yes="Alias for good",
            danger=True,
            command=self.command_of(body),
        )
        if not await self.app.push_screen_wait(screen):
            return None
        done = await self._workspace.client.identity.alias(
            anonymous_id=anonymous, user_id=self._user.user_id
        )
        self._workspace.log.add(self.command_of(body))
        return done


class MergeForm(Form):
    """Merges this user into another."""

    busy_title = "looking both up"
    failed_title = "Nothing was changed"
    key_title = "go on"
    declined_note = "Nothing was changed. esc leaves."

    def __init__(self, workspace: Workspace, action: Action, user: User, *, into: str = "") -> None:
        def other(value: Any) -> str:
            return "That is the same user." if value == user.user_id else ""

        self._workspace, self._action, self._user = workspace, action, user
        super().__init__(
            send=self._ask_and_send,
            profile=workspace.profile.name,
            command=self.command_of,
            title="Merge",
            fields=[
                FormField("from_user_id", "This user", value=user.user_id, fixed=True),
                FormField(
                    "into_user_id",
                    "Goes into",
                    value=into or None,
                    required=True,
                    check=other,
                    hint="the id of the user who stays",
                ),
            ],
            note="The first goes, the second stays; nothing undoes it.",
        )

    def command_of(self, body: dict[str, Any]) -> str:
        """The command line that does the same."""
        into = body.get("into_user_id", "")
        return self._action.command_line(id=self._user.user_id, into=into)

    async def _ask_and_send(self, body: dict[str, Any]) -> str | None:
        into: str = body["into_user_id"]
        stays = await _find(self._workspace, into)
        goes = await _find(self._workspace, self._user.user_id) or self._user
        screen = Confirm(
            f"Merge {_named(self._user.user_id)} into {_named(into)}?",
            lines=merge_lines(goes, stays, into),
            typed_name=self._user.user_id,
            profile=self._workspace.profile.name,
            yes="Merge for good",
            danger=True,
        )
        if not await self.app.push_screen_wait(screen):
            return None
        await self._workspace.client.identity.merge(
            from_user_id=self._user.user_id, into_user_id=into
        )
        self._workspace.log.add(self.command_of(body))
        stays = await _find(self._workspace, into)
        return into if stays is None else stays.user_id


def alias_lines(anonymous: str, visitor: User | None, user: User) -> list[str]:
    """What an alias will do, in words."""
    name, whose = _named(anonymous), _named(user.user_id)
    lines = [f"{whose}: {wording.plural(user.event_count, 'event')}"]
    if visitor is None:
        lines.append(f"{name}: nothing was sent under it yet; is it spelt right?")
    elif visitor.user_id == user.user_id:
        lines.append(f"{name}: belongs to {whose} already.")
    elif visitor.user_id != _visitor(anonymous):
        lines.append(
            f"{name}: belongs to {_named(visitor.user_id)} already, and stays there: "
            "the first claim wins."
        )
    else:
        lines.append(f"{name}: {wording.plural(visitor.event_count, 'event')}")
    return [
        *lines,
        "",
        f"Whatever {name} did and will do counts for {whose} from then on.",
        "Segments hold one person instead of two at their next compute.",
        "It cannot be undone.",
    ]


def merge_lines(goes: User, stays: User | None, into: str) -> list[Content]:
    """What a merge will do, in words."""
    kept = _named(into if stays is None else stays.user_id)
    gone, events = _named(goes.user_id), goes.event_count
    lines = [_side("goes ", gone, wording.plural(events, "event"), "$error")]
    if stays is None:
        lines.append(_side("stays", kept, "nothing was sent under it yet: right?", "$warning"))
    else:
        counted = wording.plural(stays.event_count, "event")
        lines.append(_side("stays", kept, counted, "$success"))
    total = events + (0 if stays is None else stays.event_count)
    text = (
        f"All of {gone} counts for {kept} from then on: {wording.plural(total, 'event')} in all.",
        f"{gone} vanishes from the list and from segments at their next compute.",
        "It cannot be undone.",
    )
    return [*lines, Content(""), *(Content(line) for line in text)]


def _side(word: str, name: str, words: str, style: str) -> Content:
    return Content.assemble((f"{word}  ", style), (name, "bold"), (f"  {words}", "$text-muted"))


def _named(user_id: str) -> str:
    return crop(one_line(user_id), NAME)


def _visitor(anonymous: str) -> str:
    """The id a visitor's events are under: `abc` and `anon_abc` are the same one."""
    return anonymous if anonymous.startswith("anon_") else f"anon_{anonymous}"
