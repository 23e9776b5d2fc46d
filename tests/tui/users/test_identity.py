"""Making two ids one person in the Users pane, and trying an event: asked twice, or not stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from textual.widgets import Input

from segops_tui.client.guard import Lock
from segops_tui.tui.dialogs.confirm import Confirm, text_to_type
from segops_tui.tui.dialogs.form import Form
from segops_tui.tui.users.forms import AliasForm, MergeForm, TryEvent

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from conftest import Asker
    from segops_tui.tui.users.pane import UsersPane

RULE = {"type": "event_count", "event_type": "order_placed", "operator": "gte", "value": 2}


def pane_of(pilot: Pilot[Any]) -> UsersPane:
    return pilot.app.screen.pane  # type: ignore[attr-defined,no-any-return]


def sent(stage: Any) -> list[str]:
    return [call for call in stage.door.asked if call.startswith("POST /identity/")]


@pytest.fixture
def people(ask: Asker) -> None:
    """Ada with two events, Bob with one, a visitor with one."""
    ask.track(
        ("ada", "order_placed", {"payload": {"total": 5}}),
        ("ada", "page_viewed"),
        ("bob", "page_viewed"),
        ("anon_x1", "order_placed"),
    )


async def open_form(pilot: Pilot[Any], reached: Any, key: str, kind: Any, **lines: str) -> None:
    await pilot.press(key)
    await reached(pilot, lambda: isinstance(pilot.app.screen, kind))
    for name, words in lines.items():
        pilot.app.screen.write(name, words)
    await pilot.pause()
    await pilot.press("ctrl+s")


async def on_row(pilot: Pilot[Any], reached: Any, user_id: str = "bob") -> None:
    await reached(pilot, lambda: pane_of(pilot).row is not None)
    pane = pane_of(pilot)
    pane.table.cursor_row = [user.user_id for user in pane.shown()].index(user_id)
    await reached(pilot, lambda: pane.row is not None and pane.row.user_id == user_id)


async def test_an_alias_asks_with_both_sides_and_a_merge_of_one_user_is_refused_at_its_field(
    stage, ask, people, seen, reached, told
):
    """An alias that is taken is foreseen, and told.

    Ada is part of Bob already: the merge would be a cycle. Of two marked one goes into the other.
    Where the profile is locked, the guard's reason is said in place of the form.
    """
    async with stage.run(place="users", size=(140, 36)) as pilot:
        await on_row(pilot, reached)
        await open_form(pilot, reached, "a", AliasForm, anonymous_id="x1")
        await reached(pilot, lambda: "Alias x1 to bob?" in seen(pilot))
        assert "x1: 1 event" in seen(pilot)
        await pilot.press("enter")
        await reached(pilot, lambda: "Nothing was changed" in seen(pilot))
        assert sent(stage) == []

        await pilot.press("ctrl+s")
        await reached(pilot, lambda: "Alias x1 to bob?" in seen(pilot))
        await pilot.press("y")
        await reached(pilot, lambda: "x1 is now bob." in told(pilot))
        await reached(pilot, lambda: "2 events of 2 types" in seen(pilot))
        assert pilot.app.workspace.log.entries[-1].command == "segops-tui identity alias x1 bob"

        await on_row(pilot, reached, "ada")
        await open_form(pilot, reached, "a", AliasForm, anonymous_id="x1")
        await reached(pilot, lambda: "belongs to bob already" in seen(pilot))
        await pilot.press("y")
        await reached(pilot, lambda: "Not aliased" in told(pilot))
        await pilot.press("escape", "escape")
        await reached(pilot, lambda: not isinstance(pilot.app.screen, Form))

        before = sent(stage)
        await on_row(pilot, reached)
        pane = pane_of(pilot)
        await open_form(pilot, reached, "M", MergeForm, into_user_id="bob")
        await reached(pilot, lambda: "That is the same user." in seen(pilot))
        assert sent(stage) == before

        body = {"from_user_id": "ada", "into_user_id": "bob"}
        ask.ok("POST", "/api/identity/merge/", body)
        pilot.app.screen.write("into_user_id", "ada")
        await pilot.pause()
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press(*"bob", "enter")
        await reached(pilot, lambda: "would be a cycle" in seen(pilot))
        assert isinstance(pilot.app.screen, MergeForm)

        await pilot.press("escape", "escape")
        await reached(pilot, lambda: not isinstance(pilot.app.screen, Form))
        pane.table.cursor_row = 0
        await pilot.press("space", "space", "up", "M")
        await reached(pilot, lambda: isinstance(pilot.app.screen, MergeForm))
        marked = {user.user_id for user in pane.shown()[:2]}
        assert {pane.row.user_id, pilot.app.screen.typed("into_user_id")} == marked

        await pilot.press("escape")
        await reached(pilot, lambda: not isinstance(pilot.app.screen, Form))
        lock = Lock("prod", clock=lambda: 0.0)
        object.__setattr__(pilot.app.workspace.opened, "lock", lock)
        await pilot.press("M", "a")
        await pilot.pause()
        assert not isinstance(pilot.app.screen, Form)
        assert "locked: U unlocks" in told(pilot)


async def test_an_event_is_tried_and_not_stored_and_a_merge_wants_its_id_typed(
    stage, ask, people, seen, reached, told
):
    """A known type proposes a payload unless one was written.

    A merge says what goes. Until the id is typed yes is out of reach; who says no is back in the
    form, and nothing was sent.
    """
    properties = [{"name": "total", "type": "number", "required": True}]
    ask.ok("POST", "/api/schemas/", {"event_type": "sale", "properties": properties})
    ask.ok(
        "POST",
        "/api/segments/",
        {"name": "Twice", "definition": {"logic": "AND", "conditions": [RULE]}},
    )
    async with stage.run(place="users", size=(140, 36)) as pilot:
        await reached(pilot, lambda: pane_of(pilot).row is not None)
        await pilot.press("V")
        await reached(pilot, lambda: isinstance(pilot.app.screen, TryEvent))
        form = pilot.app.screen
        await pilot.press(*"sale")
        await reached(pilot, lambda: '"total": 1' in form.typed("payload"))
        form.write("payload", '{"total": 9}')
        form.write("event_type", "other")
        form.write("event_type", "sale")
        await pilot.pause()
        assert form.typed("payload") == '{"total": 9}'

        form.write("event_type", "order_placed")
        await pilot.pause()
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: "✓ enters 1; 0 segments stay" in seen(pilot))
        assert "+ enters" in seen(pilot)
        assert "Twice" in seen(pilot)

        form.write("event_type", "page_viewed")
        await pilot.pause()
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: "Nothing would change: 1 segment" in seen(pilot))
        log = [entry.command for entry in pilot.app.workspace.log.entries]
        assert log[0] == "segops-tui users simulate ada order_placed --set total=9"

        await pilot.press("escape")
        await pilot.press("ctrl+r")
        await reached(pilot, lambda: "Users 3 of 3" in seen(pilot))
        assert pane_of(pilot).row.event_count == 2

        await on_row(pilot, reached)
        await open_form(pilot, reached, "M", MergeForm, into_user_id="ada")
        await reached(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        text = seen(pilot)
        assert "goes   bob  1 event" in text
        assert "stays  ada  2 events" in text
        assert "3 events in all" in text
        assert "Profile  sandbox" in text

        await pilot.press("escape")
        await reached(pilot, lambda: "Nothing was changed" in seen(pilot))
        assert isinstance(pilot.app.screen, MergeForm)
        assert sent(stage) == []

        await pilot.press("ctrl+s")
        await reached(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("enter")
        assert isinstance(pilot.app.screen, Confirm)
        assert pilot.app.screen.focused.id == "no"
        assert sent(stage) == []

        yes = pilot.app.screen.query_one("#yes")
        pilot.app.screen.query_one(Input).focus()
        assert yes.disabled
        await pilot.press(*"bo")
        assert yes.disabled
        await pilot.press("b")
        await reached(pilot, lambda: not yes.disabled)
        await pilot.press("enter")
        await reached(pilot, lambda: "bob is now part of ada" in told(pilot))
        await reached(pilot, lambda: "Users 2 of 2" in seen(pilot))
        assert pane_of(pilot).row.user_id == "ada"
        await reached(pilot, lambda: "3 events of 2 types" in seen(pilot))
        assert len(sent(stage)) == 1
        assert pilot.app.workspace.log.entries[-1].command == "segops-tui identity merge bob ada"


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("bob", "bob"),
        ("x" * 10_000, "x" * 40),
        ("a\u202eb\x1b[31m", "ab[31m"),
        ("\u200b", "yes"),
        (" a/b ", "a/b"),
    ],
)
def test_what_has_to_be_typed_can_be_typed(name, typed):
    assert text_to_type(name) == typed
