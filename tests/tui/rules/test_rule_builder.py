"""The rule builder: rows to pick from, counts beside them, and the JSON one key away."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from segops_tui.api.errors import ConnectionFailed
from segops_tui.tui.rules.builder import Cursor, RuleBuilder, draw_rows, narrowest
from segops_tui.tui.rules.editor import RuleEditor
from segops_tui.tui.rules.pickers import picker_for
from segops_tui.tui.rules.rows import key_of, rows_of
from segops_tui.tui.rules.templates import Vocabulary
from segops_tui.tui.rules.text import RuleText

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from conftest import Asker

BOUGHT = {"type": "event_count", "event_type": "order_placed", "operator": "gte", "value": 1}
LOOKED = {**BOUGHT, "event_type": "page_view"}
ODD = {"type": "astrology", "sign": "leo"}
VOCABULARY = Vocabulary(
    events={"order_placed": {"total": "number", "coupon": "string"}, "page_view": {}},
    segments={4: "VIPs"},
)


@pytest.fixture
def shoppers(ask: Asker) -> dict[str, Any]:
    """Two of three people bought, all three looked; a segment has those who did both."""
    people = ("ann", "ben", "cara")
    ask.track(*((who, "page_view") for who in people))
    ask.track(("ann", "order_placed"), ("ben", "order_placed"))
    rule = {"logic": "AND", "conditions": [BOUGHT, LOOKED, ODD]}
    made: dict[str, Any] = ask.ok("POST", "/api/segments/", {"name": "Both", "definition": {}})
    properties = [{"name": "total", "type": "number", "required": True}]
    ask.ok("POST", "/api/schemas/", {"event_type": "order_placed", "properties": properties})
    made["rule"] = rule
    return made


def drawn(definition: dict[str, Any], cells: int = 76, **more: Any) -> list[str]:
    rows = rows_of(definition, kind="user", names={4: "VIPs"})
    lines = draw_rows(rows, cells, **{"cursor": None, "counts": {}, **more})
    return [line.plain.rstrip() for each in lines for line in each]


def picker(condition: dict[str, Any], name: str, **more: Any) -> Any:
    row = rows_of({"logic": "AND", "conditions": [condition]}, kind="user")[1]
    part = row.part(name)
    assert part is not None
    return picker_for(row, part, kind="user", vocabulary=VOCABULARY)


def test_rows_show_the_count_of_each_condition_and_which_narrows():
    """The rarest of all that must hold is marked; what is unknown is shown as JSON."""
    rule = {"logic": "AND", "conditions": [BOUGHT, LOOKED, ODD]}
    counts = {key_of(BOUGHT): 2, key_of(LOOKED): 1_300}

    lines = drawn(rule, counts=counts, cursor=Cursor(1, 1), marked=frozenset({("conditions", 1)}))

    assert lines == [
        "  ALL of these" + " " * 48 + "users alone",
        "▸ event count         order_placed ≥ 1 ever                             2 ◂",
        " *event count         page_view ≥ 1 ever                            1,300",
        '  JSON only           {"type": "astrology", "sign": "leo"}',
        '   ✗ type: "astrology" is not one of event_count, recency, monetary, event_…',
    ]


@pytest.mark.parametrize("cells", [30, 46, 76, 120])
def test_a_row_never_exceeds_its_width(cells):
    long = {**BOUGHT, "event_type": "a very long event type, " * 9, "note": 1}

    lines = drawn({"logic": "OR", "conditions": [long, {"logic": "AND"}, 5]}, cells)

    assert max(map(len, lines)) <= cells


def test_nothing_narrows_a_rule_of_any():
    rows = rows_of({"logic": "OR", "conditions": [BOUGHT, LOOKED]}, kind="user")

    assert narrowest(rows, {key_of(BOUGHT): 2, key_of(LOOKED): 3}) is None


def test_nothing_is_said_to_narrow_a_rule_while_a_condition_is_not_counted():
    third = {"type": "recency", "event_type": "order_placed", "operator": "lt", "window_days": 9}
    rows = rows_of({"logic": "AND", "conditions": [BOUGHT, LOOKED, third]}, kind="user")
    counts: dict[str, int | None] = {key_of(BOUGHT): 2, key_of(LOOKED): 3}

    assert narrowest(rows, counts) is None
    assert narrowest(rows, {**counts, key_of(third): None}) is None
    assert narrowest(rows, {**counts, key_of(third): 1}) == 3


def test_names_are_picked_from_schemas_and_may_be_typed():
    events = picker(BOUGHT, "event_type")
    properties = picker({"type": "monetary", "operator": "gte", "value": 1}, "property")

    assert [each.title for each in events.choices] == ["order_placed", "page_view"]
    assert events.new("signup").value == "signup"
    assert [each.title for each in properties.choices] == ["total", "coupon", "the default, total"]


def test_a_value_is_typed_as_its_property_is_declared():
    """A coupon that looks like a number is a text."""
    base = {"type": "event_property", "event_type": "order_placed", "operator": "eq", "value": "X"}

    coupon = picker({**base, "property": "coupon"}, "value")
    total = picker({**base, "property": "total"}, "value")

    assert coupon.title == "Value (string)"
    assert coupon.new("500").value == "500"
    assert total.new("500").value == 500
    assert total.new("  ") is None


def test_days_operators_segments_and_events_are_picked():
    window = picker({**BOUGHT, "window_days": 3}, "window_days")
    inside = picker({"type": "segment_membership", "segment_id": 4, "operator": "in"}, "segment_id")
    steps = picker(
        {"type": "event_sequence", "events": ["a", "b", "c"], "window_days": 1}, "events"
    )

    assert (window.choices[-1].title, window.choices[-1].value) == ("ever", None)
    assert window.new("45").value == 45
    assert window.new("-1") is None
    assert [(each.title, each.value) for each in inside.choices] == [("VIPs", 4)]
    assert [each.value for each in steps.choices] == [
        ["a", "b", "c"], ["a", "b"], ["a", "b", "c", "order_placed"], ["a", "b", "c", "page_view"],
    ]  # fmt: skip
    assert steps.new("x → y").value == ["x", "y"]


async def opened(pilot: Pilot[Any], reached: Any, rule: dict[str, Any] | None = None) -> RuleEditor:
    await pilot.press("e")
    await reached(pilot, lambda: isinstance(pilot.app.screen, RuleEditor))
    editor: RuleEditor = pilot.app.screen  # type: ignore[assignment]
    await reached(pilot, lambda: editor._vocabulary.events)
    if rule is not None:
        editor.text.text = json.dumps(rule)
        await pilot.pause()
    return editor


def conditions(editor: RuleEditor) -> Any:
    return json.loads(editor.text.text)["conditions"]


async def test_a_rule_is_built_with_keys(stage, shoppers, reached, seen, typed):
    """Add, pick, negate, move, remove, undo: each is an edit of the JSON beside it.

    What can stand at a row is suggested in the JSON.
    """
    async with stage.run(size=(80, 24)) as pilot:
        editor = await opened(pilot, reached)
        assert isinstance(pilot.app.focused, RuleBuilder)
        assert "No conditions yet. a adds one." in seen(pilot)

        await pilot.press("a")
        await reached(pilot, lambda: "Add a condition" in seen(pilot))
        await pilot.press("enter")
        await reached(pilot, lambda: "event count" in seen(pilot))
        assert conditions(editor) == [{**BOUGHT, "window_days": 30}]

        await pilot.press("enter")
        await reached(pilot, lambda: "Another type for the condition" in seen(pilot))
        await pilot.press("escape")

        await pilot.press("right", "right", "right", "enter")
        await reached(pilot, lambda: "Type a number" in seen(pilot) or "a number" in seen(pilot))
        await typed(pilot, "5")
        await pilot.press("enter")
        await reached(pilot, lambda: conditions(editor)[0]["value"] == 5)

        await pilot.press("exclamation_mark")
        await reached(pilot, lambda: conditions(editor)[0]["operator"] == "lt")
        await pilot.press("u")
        await reached(pilot, lambda: conditions(editor)[0]["operator"] == "gte")
        await pilot.press("o")
        await reached(pilot, lambda: "ANY of these" in seen(pilot))

        await pilot.press("ctrl+@")
        assert "tab accepts" in seen(pilot)
        assert isinstance(pilot.app.focused, RuleText)
        await pilot.press("escape", "ctrl+t")
        await pilot.press("d")
        await reached(pilot, lambda: conditions(editor) == [])


async def test_each_condition_has_a_count_and_a_group_becomes_a_segment(
    stage, ask, shoppers, reached, seen, told
):
    """Counts come one by one; a type that is not known is neither counted nor lost.

    Counts that fail say so, and ctrl+r fetches them again. The JSON keeps the place.

    The API has no groups: the conditions move into a segment, which is computed, and the rule
    refers to it. A text that has no rows stays JSON.
    """
    async with stage.run(size=(140, 40)) as pilot:
        editor = await opened(pilot, reached, shoppers["rule"])
        await reached(pilot, lambda: "2 ◂" in seen(pilot))
        assert "◂ narrows the rule most" in seen(pilot)

        stage.door.error = ConnectionFailed("No route.", method="POST", url="https://x.test/")
        await pilot.press("ctrl+r")
        await reached(pilot, lambda: "Counts are not available" in seen(pilot))
        assert "2 ◂" not in seen(pilot)
        stage.door.error = None
        await pilot.press("ctrl+r")
        await reached(pilot, lambda: "2 ◂" in seen(pilot))

        await pilot.press("down", "down", "ctrl+t")
        await reached(pilot, lambda: isinstance(pilot.app.focused, RuleText))
        at = editor.text.offset_of_cursor
        assert editor.text.text[at:].startswith('{"type": "event_count", "event_type": "page_view"')

        await pilot.press("ctrl+t", "K")
        await reached(pilot, lambda: conditions(editor) == [LOOKED, BOUGHT, ODD])
        await pilot.press("down", "down", "enter")
        await reached(pilot, lambda: isinstance(pilot.app.focused, RuleText))
        assert editor.text.text[editor.text.offset_of_cursor :].startswith('{"type": "astrology"')

        editor.text.text = json.dumps({"logic": "AND", "conditions": [BOUGHT, LOOKED]})
        await pilot.pause()
        await pilot.press("ctrl+t", "home", "down", "space", "space", "g")
        await reached(pilot, lambda: "Group as a segment" in seen(pilot))
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: len(conditions(editor)) == 1)
        assert "segment membership" in seen(pilot)
        assert "▸*" not in seen(pilot)
        # Counted again once the new segment has its members.
        await reached(pilot, lambda: "3 users  100% of all 3" in seen(pilot))
        made = ask.ok("GET", "/api/segments/2/")
        assert made["definition"] == {"logic": "OR", "conditions": [BOUGHT, LOOKED]}
        assert made["member_count"] == 3
        reference = {"type": "segment_membership", "segment_id": 2, "operator": "in"}
        assert conditions(editor) == [reference]

        await pilot.press("ctrl+t")
        await reached(pilot, lambda: isinstance(pilot.app.focused, RuleText))
        pilot.app.focused.text = '{"logic": "AND", "logic": "OR"}'
        await pilot.pause()
        await pilot.press("ctrl+t")
        await asyncio.sleep(0)
        assert "“logic” occurs twice" in told(pilot)
        assert isinstance(pilot.app.focused, RuleText)
