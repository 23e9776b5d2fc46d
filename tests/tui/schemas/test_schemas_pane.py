"""The Schemas pane: properties as lines, payloads checked, schemas learnt from events."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segops_tui.nouns.schemas import (
    TYPES,
    can_be_lines,
    fault_lines,
    property_lines,
    read_properties,
)
from segops_tui.tui.dialogs.form import Form
from segops_tui.tui.schemas.infer import (
    BadSamples,
    InferForm,
    InferredSchemasDialog,
    read_events,
)
from segops_tui.tui.schemas.pane import CheckPayload

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from conftest import Asker
    from segops_tui.tui.schemas.pane import SchemasPane

TOTAL = {"name": "total", "type": "number", "required": True}
PROPERTY = st.fixed_dictionaries(
    {
        "name": st.from_regex(r"[a-z][a-z :.é\[\]]{0,8}[a-z]", fullmatch=True),
        "type": st.sampled_from(TYPES),
        "required": st.booleans(),
    }
)


def pane_of(pilot: Pilot[Any]) -> SchemasPane:
    return pilot.app.screen.pane  # type: ignore[attr-defined,no-any-return]


async def opened(pilot: Pilot[Any], reached: Any, key: str, kind: Any = Form) -> Any:
    await pilot.press(key)
    await reached(pilot, lambda: isinstance(pilot.app.screen, kind))
    return pilot.app.screen


@pytest.fixture
def sale(ask: Asker) -> None:
    body = {"event_type": "sale", "properties": [TOTAL], "description": "Sold."}
    ask.ok("POST", "/api/schemas/", body)


@given(st.lists(PROPERTY, max_size=5, unique_by=lambda item: item["name"]))
def test_properties_are_read_as_they_were_written(properties):
    assert read_properties(property_lines(properties)) == (properties, [])
    assert can_be_lines(properties)


@given(st.text(max_size=60))
def test_whatever_is_written_is_read_or_has_a_fault_at_its_line(text):
    properties, faults = read_properties(text)

    assert len(properties) + len(faults) <= len(text.splitlines())
    assert all(fault.startswith("Line ") for fault in faults)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("total: flot", "Line 1: “flot” is not a type"),
        (": number", "Line 1: enter a name"),
        ("a: number string", "Line 1: enter one type"),
        ("a: number required optional", "Line 1: “required” or “optional”, not both."),
        ("a: number\n\na: string", "Line 3: “a” is listed twice."),
    ],
)
def test_a_fault_names_its_line(line, fault):
    assert read_properties(line)[1][0].startswith(fault)


def test_many_faults_are_cut():
    shown = fault_lines(read_properties("a: b\n" * 9)[1])

    assert shown.count("\n") == 5
    assert shown.endswith("… and 4 more.")


@pytest.mark.parametrize(
    "odd", [[{**TOTAL, "unit": "EUR"}], [3], {"a": 1}, [{"name": "a\nb", "type": "string"}]]
)
def test_what_lines_cannot_say_is_left_to_json(odd):
    assert not can_be_lines(odd)


async def test_a_schema_is_made_in_lines_and_changed_by_what_is_new_or_learnt_from_events(
    stage, ask, seen, reached, told
):
    """A server's complaint stands at its field.

    Schemas are learnt from a user's events and made. Events that are not there and a failure to
    make schemas are said.
    """
    async with stage.run(place="schemas", size=(120, 40)) as pilot:
        form = await opened(pilot, reached, "n")
        form.write("event_type", "sale")
        form.write("properties", "total: number required\nnote: txt")
        await pilot.pause()
        assert "Line 2: “txt” is not a type" in seen(pilot)

        form.write("properties", "total: number required\nnote")
        await pilot.pause()
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: "Event schemas 1 of 1" in seen(pilot))
        properties = pane_of(pilot).row.properties
        note = {"name": "note", "type": "string", "required": False}
        assert properties == [TOTAL, note]
        command = pilot.app.workspace.log.entries[-1].command
        assert command.startswith("segops-tui schemas create --set event_type=sale --set ")

        form = await opened(pilot, reached, "n")
        form.write("event_type", "sale")
        form.write("properties", "a: string")
        await pilot.pause()
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: "already exists" in seen(pilot))
        assert form.focused.id == "field-event_type"
        form.dismiss(None)
        await pilot.pause()

        form = await opened(pilot, reached, "e")
        assert form.typed("properties").splitlines()[0] == "total: number required"
        form.write("properties", "total: number")
        await pilot.pause()
        assert form.payload == {"properties": [{**TOTAL, "required": False}]}
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: "0 required" in seen(pilot))

        ask.track(
            ("ada", "sale", {"payload": {"total": 1}}),
            ("ada", "visit", {"payload": {"path": "/"}}),
            ("ada", "search", {"payload": {"q": "tent", "hits": 3}}),
        )
        form = await opened(pilot, reached, "i", InferForm)
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: "Enter a user or a file." in seen(pilot))
        assert "Nothing was guessed. No events to learn from" in seen(pilot)
        for user_id in ("nobody", "../x", "a/b", "%2F"):
            asked = len(stage.door.asked)
            form.write("user_id", user_id)
            await pilot.press("ctrl+s")
            assert len(stage.door.asked) > asked
            assert "Nothing was guessed. Not found" in seen(pilot)

        form.write("user_id", "ada")
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: isinstance(pilot.app.screen, InferredSchemasDialog))
        await reached(pilot, lambda: "q string, hits number" in seen(pilot))
        assert "sale has a schema already." in seen(pilot)
        stage.door.status = 401
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: "0 schemas created, then: The key was refused" in seen(pilot))

        stage.door.status = None
        await pilot.press("space", "ctrl+s")
        await reached(pilot, lambda: "1 schema created" in told(pilot))
        await reached(pilot, lambda: "Event schemas 2 of 2" in seen(pilot))
        log = [entry.command for entry in pilot.app.workspace.log.entries]
        listed = "segops-tui users events ada -o ndjson | segops-tui schemas infer -"
        assert listed in log
        assert log[-1].startswith("segops-tui schemas create --set event_type=")


async def test_the_detail_has_properties_an_example_and_what_was_dropped(
    stage, ask, sale, seen, reached
):
    """A payload is checked property by property.

    The name of an event is shown before columns of less use.
    """
    ask.ok("POST", "/api/ingestion/track/", {"user_id": "u", "event_type": "sale", "payload": {}})
    body = {
        "event_type": "context_identified",
        "properties": [TOTAL],
        "description": "What somebody said of where they are and what for.",
    }
    ask.ok("POST", "/api/schemas/", body)
    async with stage.run(place="schemas", size=(200, 30)) as pilot:
        pane_of(pilot).table.cursor_row = 0
        await reached(pilot, lambda: "sale" in str(pane_of(pilot).detail.border_title))
        assert "context_identified" in seen(pilot)

        await pilot.resize_terminal(140, 40)
        await reached(pilot, lambda: "1 event dropped: total" in seen(pilot))
        assert "✓ required" in seen(pilot)
        await pilot.press("right_square_bracket")
        await reached(pilot, lambda: '"total": 1' in seen(pilot))
        assert "segops-tui events track -" in seen(pilot)

        await a_payload_is_checked_property_by_property(pilot, seen, reached)


async def a_payload_is_checked_property_by_property(pilot: Any, seen: Any, reached: Any) -> None:
    form = await opened(pilot, reached, "V", CheckPayload)
    await pilot.press("ctrl+s")
    await reached(pilot, lambda: "✓ Valid: it matches the schema." in seen(pilot))

    form.write("payload", '{"total": "[/b]"}')
    await pilot.pause()
    await pilot.press("ctrl+s")
    await reached(pilot, lambda: "dropped: 1 fault." in seen(pilot))
    assert "✗ total" in seen(pilot)

    form.write("event_type", "other")
    await pilot.pause()
    await pilot.press("ctrl+s")
    await reached(pilot, lambda: "the type has no schema" in seen(pilot))
    log = [entry.command for entry in pilot.app.workspace.log.entries]
    assert log[0] == "segops-tui schemas validate sale --set total=1"


EVENT = {"event_type": "sale", "payload": {"total": 1}}


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([EVENT]),
        json.dumps({"events": [EVENT]}),
        json.dumps(EVENT),
        f"{json.dumps(EVENT)}\n\n",
        "\ufeff" + json.dumps([EVENT]),
    ],
)
def test_events_are_read_in_any_form(text, tmp_path):
    file = tmp_path / "events.json"
    file.write_text(text, encoding="utf-8")

    assert read_events(file) == [EVENT]


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (b"", "no events"),
        (b"[1]", "must hold events"),
        (b'{"a": 1}\nx', "line 2: not JSON"),
        (b'{"a": 1}\n3', "line 2: not an object"),
        (b"\xff\xfe", "not UTF-8"),
        pytest.param(b"[" * 100_000, "line 1: not JSON", id="deep"),
    ],
)
def test_a_file_that_holds_something_else_is_refused_with_its_line(octets, words, tmp_path):
    file = tmp_path / "events.json"
    file.write_bytes(octets)

    with pytest.raises(BadSamples, match=words):
        read_events(file)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(BadSamples, match="No such file"):
        read_events(tmp_path / "events.json")
