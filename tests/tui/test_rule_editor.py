"""Writing a rule: a preview that follows, faults where they stand, and nothing lost."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from segops_tui.api.errors import ConnectionFailed
from segops_tui.tui.screens.rule_editor import RuleEditor
from segops_tui.tui.widgets.rule_text import RuleText

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from conftest import Asker

BOUGHT = {"type": "event_count", "event_type": "order_placed", "operator": "gte", "value": 1}
RULE = {"logic": "AND", "conditions": [BOUGHT]}


@pytest.fixture
def buyers(ask: Asker) -> dict[str, Any]:
    """Two of three people bought; a segment has them."""
    ask.track(("ann", "order_placed"), ("ben", "order_placed"), ("cara", "page_view"))
    made: dict[str, Any] = ask.ok("POST", "/api/segments/", {"name": "Buyers", "definition": RULE})
    return made


def text_of(pilot: Pilot[Any]) -> RuleText:
    return pilot.app.screen.query_one(RuleText)


def rule(*conditions: dict[str, Any]) -> str:
    return json.dumps({"logic": "AND", "conditions": list(conditions)}, indent=2)


def previews(stage: Any) -> int:
    return sum(call == "POST /segments/preview/" for call in stage.door.asked)


async def opened(pilot: Pilot[Any], reached: Any, key: str = "e") -> RuleEditor:
    await pilot.press(key)
    await reached(pilot, lambda: isinstance(pilot.app.screen, RuleEditor))
    editor: RuleEditor = pilot.app.screen  # type: ignore[assignment]
    return editor


async def test_a_rule_is_shown_as_json_in_words_and_in_figures(stage, buyers, reached, seen):
    """Beside the text: what it says, how many it matches of how many, and the SQL."""
    async with stage.run() as pilot:
        await opened(pilot, reached)
        await reached(pilot, lambda: "2 users  67% of all 3" in seen(pilot))

        screen = seen(pilot)
        assert "Change Buyers" in screen
        assert '"event_type": "order_placed"' in screen
        assert "└ order_placed ≥ 1 time" in screen
        assert "ann  ben" in screen
        assert "● of this rule" in screen


async def test_what_was_changed_is_sent_and_nothing_else(stage, ask, buyers, reached, told):
    """The row shows it, the log has the command line, and no recompute was asked for."""
    async with stage.run() as pilot:
        await opened(pilot, reached)
        text_of(pilot).text = rule({**BOUGHT, "value": 2})
        await pilot.pause()
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: not isinstance(pilot.app.screen, RuleEditor))

        assert "Saving computes nothing: r does." in told(pilot)
        line = pilot.app.workspace.log.entries[-1].command
        assert line.startswith("segops-tui segments update 1 --set 'definition={")
        assert "name=" not in line

    now = ask.ok("GET", "/api/segments/1/")
    assert now["definition"]["conditions"][0]["value"] == 2
    assert now["last_computed_at"] is None


async def test_a_new_segment_is_made_and_gone_to(stage, ask, buyers, reached, typed):
    """`n` begins with the name; the new row has the cursor."""
    async with stage.run() as pilot:
        await opened(pilot, reached, "n")
        await typed(pilot, "Fresh")
        text_of(pilot).text = rule(BOUGHT)
        await pilot.pause()
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: not isinstance(pilot.app.screen, RuleEditor))

        assert pilot.app.screen.pane.row.name == "Fresh"  # type: ignore[attr-defined]
    assert ask.ok("GET", "/api/segments/2/")["definition"]["conditions"] == [BOUGHT]


async def test_a_product_segment_is_written_with_its_own_conditions(stage, ask, reached, seen):
    """There is no preview of products, and the screen says so."""
    condition = {"type": "product_attribute", "property": "brand", "operator": "is_set"}
    body = {"name": "Branded", "definition": {"logic": "AND", "conditions": [condition]}}
    ask.ok("POST", "/api/product-segments/", body)

    async with stage.run(place="product-segments") as pilot:
        await opened(pilot, reached)
        await pilot.pause()
        assert "The API has no preview of product segments" in " ".join(seen(pilot).split())
        assert "└ brand is set" in seen(pilot)

        text_of(pilot).text = rule({**condition, "operator": "is_not_set"})
        await pilot.pause()
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: not isinstance(pilot.app.screen, RuleEditor))
        assert previews(stage) == 0
    saved = ask.ok("GET", "/api/product-segments/1/")
    assert saved["definition"]["conditions"][0]["operator"] == "is_not_set"


async def test_only_when_the_typing_rests_is_the_server_asked(stage, buyers, reached, typed):
    """Ten keys are one question."""
    async with stage.run() as pilot:
        await opened(pilot, reached)
        await reached(pilot, lambda: previews(stage) == 1)
        text = text_of(pilot)
        place = text.text.index('"value": 1') + len('"value": 1')
        text.go_to(place)

        await typed(pilot, "0000000000")
        assert previews(stage) == 1
        await reached(pilot, lambda: previews(stage) == 2)
        await asyncio.sleep(0.5)

        assert previews(stage) == 2


async def test_the_newest_answer_wins(stage, buyers, reached, seen):
    """An answer to an earlier rule that comes late is dropped."""
    async with stage.run() as pilot:
        editor = await opened(pilot, reached)
        await reached(pilot, lambda: "2 users" in seen(pilot))
        preview = editor._preview
        earlier = preview._number
        text_of(pilot).text = rule({**BOUGHT, "operator": "eq", "value": 0})
        await reached(pilot, lambda: "1 user " in seen(pilot))

        late = await pilot.app.workspace.client.segments.preview(definition=RULE)
        preview.post_message(preview.Tried(earlier, late))
        await pilot.pause()

        assert "1 user  33% of all 3" in seen(pilot)


async def test_a_fault_is_told_with_its_place_while_it_is_written(stage, buyers, reached, seen):
    """The line of the text, the path in the rule; figures of before are called old."""
    async with stage.run() as pilot:
        await opened(pilot, reached)
        await reached(pilot, lambda: "● of this rule" in seen(pilot))
        text_of(pilot).text = rule(BOUGHT, {**BOUGHT, "operator": "most"})
        await pilot.pause()

        assert '✗ line 13  conditions[1].operator: "most" is not valid for' in seen(pilot)
        assert "◍ of an earlier rule" in seen(pilot)


async def test_a_servers_complaint_stands_at_the_place_it_is_about(stage, buyers, reached, seen):
    """Only the server knows that a segment does not exist."""
    async with stage.run() as pilot:
        await opened(pilot, reached)
        inside = {"type": "segment_membership", "segment_id": 77, "operator": "in"}
        text_of(pilot).text = rule(BOUGHT, inside)
        await reached(pilot, lambda: "cannot compute this rule" in " ".join(seen(pilot).split()))

        assert "✗ line 12  conditions[1].segment_id:" in seen(pilot)
        assert text_of(pilot).complaints[0].path == "conditions[1].segment_id"


async def test_what_the_server_refuses_to_save_stays_with_its_reasons(stage, buyers, reached, seen):
    """A second ctrl+s sends what our own checks refuse; the server's word is what counts."""
    async with stage.run() as pilot:
        await opened(pilot, reached)
        text_of(pilot).text = rule({**BOUGHT, "operator": "most"})
        await pilot.pause()
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert "ctrl+s once more sends it as it is" in seen(pilot)

        await pilot.press("ctrl+s")
        await reached(pilot, lambda: "Not saved: see what is marked." in seen(pilot))

        assert "conditions[0].operator" in seen(pilot)
        assert "most" in text_of(pilot).text


async def test_broken_json_is_never_sent(stage, buyers, reached, seen):
    """The cursor goes to where it breaks off."""
    async with stage.run() as pilot:
        await opened(pilot, reached)
        text_of(pilot).text = '{"logic": "AND",\n "conditions": [}'
        await pilot.pause()
        assert "✗ line 2  not JSON: a value is missing here." in seen(pilot)

        await pilot.press("ctrl+s", "ctrl+s")
        await pilot.pause()

        assert "Not sent" in seen(pilot)
        assert text_of(pilot).cursor_location == (1, 16)
        assert not any(call.startswith("PATCH") for call in stage.door.asked)


async def test_offline_in_the_middle_loses_nothing(stage, ask, buyers, reached, seen):
    """The text stays, the reason is said, and saving works once the network is back."""
    async with stage.run() as pilot:
        await opened(pilot, reached)
        stage.door.error = ConnectionFailed("No route.", method="POST", url="https://x.test/")
        text_of(pilot).text = rule({**BOUGHT, "value": 3})
        await reached(pilot, lambda: "What you wrote is kept" in " ".join(seen(pilot).split()))
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: "Not saved. Cannot reach the server" in seen(pilot))
        assert '"value": 3' in text_of(pilot).text

        stage.door.error = None
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: not isinstance(pilot.app.screen, RuleEditor))
    assert ask.ok("GET", "/api/segments/1/")["definition"]["conditions"][0]["value"] == 3


async def test_escape_warns_once_before_it_throws_away(stage, buyers, reached, seen):
    """Unchanged, it leaves at once; changed, at the second time."""
    async with stage.run() as pilot:
        await opened(pilot, reached)
        await pilot.press("escape")
        await reached(pilot, lambda: not isinstance(pilot.app.screen, RuleEditor))

        await opened(pilot, reached)
        text_of(pilot).text = rule()
        await pilot.pause()
        await pilot.press("escape")
        await pilot.pause()
        assert "esc once more throws away what you wrote" in seen(pilot)

        await pilot.press("escape")
        await reached(pilot, lambda: not isinstance(pilot.app.screen, RuleEditor))


async def test_enter_keeps_the_lines_in_their_columns(stage, buyers, reached):
    """After a bracket that opens a line is further in, and the closing one gets its own."""
    async with stage.run() as pilot:
        await opened(pilot, reached)
        text = text_of(pilot)
        text.text = '{"conditions": []}'
        text.go_to(text.text.index("]"))
        await pilot.press("enter", "1")

        assert text.text == '{"conditions": [\n  1\n]}'
