"""The forms of the Users pane: alias a visitor, merge two users, try an event.

An alias and a merge cannot be undone: both ids are looked up, and the user confirms what will
happen, before anything is sent. A tried event is never stored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from textual.content import Content

from segops_tui import wording
from segops_tui.api.errors import NotFound
from segops_tui.api.json_text import json_text
from segops_tui.nouns import users as nouns
from segops_tui.nouns.schemas import example_payload
from segops_tui.nouns.users import CHANGES, change_rows
from segops_tui.tui.core.text import crop, one_line
from segops_tui.tui.dialogs.confirm import Confirm
from segops_tui.tui.dialogs.form import DryRun, DryRunResult, Form, payload_options
from segops_tui.tui.dialogs.form_fields import FormField, payload_fault

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from segops_tui.api.resources.identity import AliasResult
    from segops_tui.api.resources.schemas import EventSchema
    from segops_tui.api.resources.users import Event, EventEffect, User
    from segops_tui.tui.core.workspace import Workspace

NAME: Final = 40
"""Cells of an id in a sentence."""
MANY: Final = 4
"""Types listed below the field."""


async def _find(workspace: Workspace, user_id: str) -> User | None:
    """Look up a user; None if no event was sent under the id."""
    try:
        return await workspace.client.users.get(user_id)
    except NotFound:
        return None


class AliasForm(Form):
    """Counts an anonymous visitor's events for this user."""

    busy_title = "looking both up"
    failed_title = "Nothing was changed"
    key_title = "continue"
    declined_note = "Nothing was changed. Press esc to leave."

    def __init__(self, workspace: Workspace, user: User) -> None:
        self._workspace, self._user = workspace, user
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
        return nouns.ALIAS.command_line(anonymous=anonymous, id=self._user.user_id)

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
    key_title = "continue"
    declined_note = "Nothing was changed. Press esc to leave."

    def __init__(self, workspace: Workspace, user: User, *, into: str = "") -> None:
        def same_user(value: Any) -> str:
            return "That is the same user." if value == user.user_id else ""

        self._workspace, self._user = workspace, user
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
                    check=same_user,
                    hint="the id of the user who stays",
                ),
            ],
            note="This user is merged into the other one. It cannot be undone.",
        )

    def command_of(self, body: dict[str, Any]) -> str:
        """The command line that does the same."""
        into = body.get("into_user_id", "")
        return nouns.MERGE.command_line(id=self._user.user_id, into=into)

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
    """What an alias will do, for the confirmation."""
    name, whose = _named(anonymous), _named(user.user_id)
    lines = [f"{whose}: {wording.plural(user.event_count, 'event')}"]
    if visitor is None:
        lines.append(f"{name}: no events were sent under this id; check its spelling.")
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
        f"All past and future events of {name} count for {whose}.",
        "Segments count one person instead of two after their next compute.",
        "It cannot be undone.",
    ]


def merge_lines(goes: User, stays: User | None, into: str) -> list[Content]:
    """What a merge will do, for the confirmation."""
    kept = _named(into if stays is None else stays.user_id)
    gone, events = _named(goes.user_id), goes.event_count
    lines = [_side("goes ", gone, wording.plural(events, "event"), "$error")]
    if stays is None:
        lines.append(
            _side(
                "stays", kept, "no events were sent under this id; check its spelling", "$warning"
            )
        )
    else:
        counted = wording.plural(stays.event_count, "event")
        lines.append(_side("stays", kept, counted, "$success"))
    more = 0 if stays is None else stays.event_count
    total = None if events is None or more is None else events + more
    text = (
        f"All events of {gone} count for {kept}: {wording.plural(total, 'event')} in all.",
        f"{gone} leaves the list now, and segments at their next compute.",
        "It cannot be undone.",
    )
    return [*lines, Content(""), *(Content(line) for line in text)]


def _side(word: str, name: str, words: str, style: str) -> Content:
    return Content.assemble((f"{word}  ", style), (name, "bold"), (f"  {words}", "$text-muted"))


def _named(user_id: str) -> str:
    return crop(one_line(user_id), NAME)


def _visitor(anonymous: str) -> str:
    """The id of a visitor's events: `abc` and `anon_abc` are the same visitor."""
    return anonymous if anonymous.startswith("anon_") else f"anon_{anonymous}"


class TryEvent(Form):
    """Asks for a type and a payload, and shows which segments the event would change."""

    key_title = "try"
    busy_title = "trying"
    failed_title = "Not tried"

    def __init__(
        self,
        workspace: Workspace,
        user: User,
        *,
        schemas: Sequence[EventSchema] = (),
        event: Event | None = None,
    ) -> None:
        self._examples = {schema.event_type: schema for schema in schemas}
        self._workspace = workspace
        self._proposed = "{}" if event is None else _pretty(event.payload)

        async def send(body: dict[str, Any]) -> EventEffect:
            found = await workspace.client.users.publish_sandbox(
                user_id=user.user_id,
                event_type=body["event_type"],
                payload=body.get("payload") or {},
                occurred_at=body.get("occurred_at"),
            )
            workspace.log.add(command(body))
            return found

        def command(body: dict[str, Any]) -> str:
            at = ["--at", body["occurred_at"]] if body.get("occurred_at") else []
            options = [*payload_options(body.get("payload") or {}), *at]
            event = body.get("event_type", "")
            return nouns.PUBLISH.command_line(id=user.user_id, event=event, fields=options).rstrip()

        super().__init__(
            f"Try an event of {one_line(user.user_id)}",
            [
                FormField(
                    "event_type",
                    "Event type",
                    value=None if event is None else event.event_type,
                    required=True,
                    hint="order_placed",
                    note=_known(list(self._examples)),
                ),
                FormField(
                    "payload",
                    "Payload",
                    "json",
                    value={} if event is None else event.payload,
                    check=payload_fault,
                ),
                FormField("occurred_at", "When", hint="now, or 2026-05-01T12:00:00Z"),
            ],
            profile=workspace.profile.name,
            dry_run=DryRun(workspace, CHANGES, result_of),
            send=send,
            command=command,
            note="A dry run: the event is not stored, and no segment changes.",
        )

    def changed_field(self, name: str) -> None:
        """Propose a payload for a type with a schema, unless the user wrote one."""
        if name != "event_type":
            return
        schema = self._examples.get(self.typed("event_type").strip())
        if schema is None or self.typed("payload").strip() not in {self._proposed, "{}", ""}:
            return
        self._proposed = _pretty(example_payload(schema, now=self._workspace.now()))
        self.write("payload", self._proposed)


def result_of(found: EventEffect) -> DryRunResult:
    """What an event would change."""
    stay = wording.plural(found.unchanged_count, "segment")
    rows = change_rows(found)
    if not rows:
        return DryRunResult(f"· Nothing would change: {stay} stay as they are.", "bold")
    entered = sum(1 for row in rows if row.raw.get("change") == "entered")
    left = len(rows) - entered
    changes = [f"enters {entered:,}"] if entered else []
    changes += [f"leaves {left:,}"] if left else []
    return DryRunResult(f"✓ {' and '.join(changes)}; {stay} stay as they are.", "bold", rows)


def _known(types: Sequence[str]) -> str:
    if not types:
        return ""
    more = f" and {len(types) - MANY} more" if len(types) > MANY else ""
    return f"With a schema: {', '.join(types[:MANY])}{more}."


def _pretty(payload: Mapping[str, Any]) -> str:
    return json_text(dict(payload), indent=2, ensure_ascii=False)
