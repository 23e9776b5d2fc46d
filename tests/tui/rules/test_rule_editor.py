"""Writing a rule: a preview that follows, faults where they stand, and nothing lost."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import tempfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from textual.events import Paste

from segops_tui.api.errors import ConnectionFailed
from segops_tui.client.guard import Lock
from segops_tui.tui.core.opened import Opened
from segops_tui.tui.dialogs.confirm import Confirm
from segops_tui.tui.rules.editor import VIEW_KEY, ConditionChooser, RuleEditor
from segops_tui.tui.rules.preview import DEBOUNCE
from segops_tui.tui.rules.text import RuleText, Suggestions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

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
    """The editor with its JSON in front."""
    pilot.app.workspace.ui_state.put(VIEW_KEY, "json")  # type: ignore[attr-defined]
    await pilot.press(key)
    await reached(pilot, lambda: isinstance(pilot.app.screen, RuleEditor))
    editor: RuleEditor = pilot.app.screen  # type: ignore[assignment]
    return editor


async def test_what_was_changed_is_previewed_and_sent_alone_and_a_new_segment_is_gone_to(
    stage, ask, buyers, reached, seen, told, typed
):
    """Beside the text: what it says, how many it matches of how many, and the SQL.

    Ten changes without a rest are one question, about the last of them; an answer to an earlier
    rule that comes late is dropped. The row shows the change, the log has the command line, and no
    recompute was asked for. `n` begins a new segment with its name; its row has the cursor.

    A product segment is written with its own conditions. There is no preview of products, and the
    screen says so; what the server finds odd is told when it is saved.
    """
    ask.ok("PUT", "/api/pim/schema/", {"fields": [{"name": "brand", "type": "string"}]})
    condition = {"type": "product_attribute", "property": "brand", "operator": "is_set"}
    body = {"name": "Branded", "definition": {"logic": "AND", "conditions": [condition]}}
    ask.ok("POST", "/api/product-segments/", body)

    def saved() -> Any:
        return ask.ok("GET", "/api/product-segments/1/")["definition"]["conditions"]

    async with stage.run() as pilot:
        editor = await opened(pilot, reached)
        await reached(pilot, lambda: previews(stage) == 1)
        await reached(pilot, lambda: "2 users  67% of all 3" in seen(pilot))
        screen = seen(pilot)
        assert "Change Buyers" in screen
        assert '"event_type": "order_placed"' in screen
        assert "└ order_placed ≥ 1 time" in screen
        assert "ann  ben" in screen
        assert "● up to date" in screen

        earlier, text = editor.draft, text_of(pilot)
        text.go_to(text.text.index('"value": 1') + len('"value": 1'))
        for _ in range(10):
            text.insert("0")
        await asyncio.sleep(DEBOUNCE + 0.2)
        await reached(pilot, lambda: "0 users" in seen(pilot))
        assert previews(stage) == 2
        await editor._preview._fetch_preview(earlier, RULE, delay=0.0).wait()
        await pilot.pause()
        assert previews(stage) == 3
        assert "0 users" in seen(pilot)

        text.text = rule({**BOUGHT, "value": 2})
        await pilot.pause()
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: not isinstance(pilot.app.screen, RuleEditor))
        assert "Saved. Press r to recompute." in told(pilot)
        line = pilot.app.workspace.log.entries[-1].command
        assert line.startswith("segops-tui segments update 1 --set 'definition={")
        assert "name=" not in line
        now = ask.ok("GET", "/api/segments/1/")
        assert now["definition"]["conditions"][0]["value"] == 2
        assert now["last_computed_at"] is None

        await opened(pilot, reached, "n")
        await typed(pilot, "Fresh")
        text_of(pilot).text = rule(BOUGHT)
        await pilot.pause()
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: not isinstance(pilot.app.screen, RuleEditor))
        assert pilot.app.screen.pane.row.name == "Fresh"  # type: ignore[attr-defined]
        assert ask.ok("GET", "/api/segments/2/")["definition"]["conditions"] == [BOUGHT]

        asked = previews(stage)
        pilot.app.screen.go("product-segments")  # type: ignore[attr-defined]
        await reached(pilot, lambda: getattr(pilot.app.screen.pane.row, "name", "") == "Branded")
        await opened(pilot, reached)
        await pilot.pause()
        assert "The API has no preview of product segments" in " ".join(seen(pilot).split())
        assert "└ brand is set" in seen(pilot)
        text_of(pilot).text = rule({**condition, "operator": "is_not_set"})
        await pilot.pause()
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: not isinstance(pilot.app.screen, RuleEditor))
        assert previews(stage) == asked
        assert saved() == [{**condition, "operator": "is_not_set"}]
        assert "is string in the product schema" not in told(pilot)

        odd = {**condition, "value_type": "number", "operator": "gte", "value": 1}
        await opened(pilot, reached)
        text_of(pilot).text = rule(odd)
        await pilot.pause()
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: "is string in the product schema" in told(pilot))
        assert saved() == [odd]


async def test_a_fault_is_told_with_its_place_and_what_is_not_saved_stays(
    stage, ask, buyers, reached, seen
):
    """The line of the text, the path in the rule; figures of before are called old.

    Only the server knows that a segment does not exist. Broken JSON is never sent: the cursor goes
    to where it breaks off. A second ctrl+s sends what our own checks refuse; the server's word is
    what counts. Offline, the reason is said, and saving works once the network is back.
    """
    async with stage.run() as pilot:
        await opened(pilot, reached)
        text = text_of(pilot)
        await reached(pilot, lambda: previews(stage) == 1)
        await reached(pilot, lambda: "● up to date" in seen(pilot))
        text.text = rule(BOUGHT, {**BOUGHT, "operator": "most"})
        await pilot.pause()
        assert '✗ line 13  conditions[1].operator: "most" is not valid for' in seen(pilot)
        assert "◍ out of date" in seen(pilot)

        inside = {"type": "segment_membership", "segment_id": 77, "operator": "in"}
        text.text = rule(BOUGHT, inside)
        await reached(pilot, lambda: previews(stage) == 2)
        await reached(pilot, lambda: "cannot compute this rule" in " ".join(seen(pilot).split()))
        assert "✗ line 12  conditions[1].segment_id:" in seen(pilot)
        assert text.faults[0].path == "conditions[1].segment_id"

        text.text = '{"logic": "AND",\n "conditions": [}'
        await pilot.pause()
        assert "✗ line 2  not JSON: a value is missing." in seen(pilot)
        await pilot.press("ctrl+s", "ctrl+s")
        await pilot.pause()
        assert "Not saved" in seen(pilot)
        assert text.cursor_location == (1, 16)
        assert not any(call.startswith("PATCH") for call in stage.door.asked)

        text.text = rule({**BOUGHT, "operator": "most"})
        await pilot.pause()
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert "ctrl+s again to save anyway" in seen(pilot)
        assert not any(call.startswith("PATCH") for call in stage.door.asked)
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: "Not saved: see the marked faults." in seen(pilot))
        assert "conditions[0].operator" in seen(pilot)
        assert "most" in text.text

        stage.door.error = ConnectionFailed("No route.", method="POST", url="https://x.test/")
        text.text = rule({**BOUGHT, "value": 3})
        await reached(pilot, lambda: "Your text is kept" in " ".join(seen(pilot).split()))
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: "Not saved. Cannot reach the server" in seen(pilot))
        assert '"value": 3' in text.text
        assert "Press ctrl+s to try again." in " ".join(seen(pilot).split())

        stage.door.error = None
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: not isinstance(pilot.app.screen, RuleEditor))
    assert ask.ok("GET", "/api/segments/1/")["definition"]["conditions"][0]["value"] == 3


@pytest.fixture
def schema(ask: Asker) -> None:
    """The workspace knows what an order holds."""
    properties = [
        {"name": "total", "type": "number", "required": True},
        {"name": "[/coupon]", "type": "string", "required": False},
    ]
    ask.ok("POST", "/api/schemas/", {"event_type": "order_placed", "properties": properties})


def suggested(pilot: Pilot[Any]) -> list[str]:
    shown = pilot.app.screen.query_one(Suggestions)
    return [each.label for each in shown.completions] if shown.display else []


async def begun(pilot: Pilot[Any], text: str) -> RuleText:
    """The text of the editor in front, its cursor where `|` stands."""
    at = text.index("|")
    area = text_of(pilot)
    area.text = text.replace("|", "")
    area.go_to(at)
    await pilot.pause()
    return area


async def test_what_can_be_written_is_offered_while_it_is_typed_and_as_a_whole_condition(
    stage, ask, buyers, schema, reached, typed, seen
):
    """A quote opens the list, letters narrow it, enter takes it; what it asks stands beside it.

    A key that is taken goes on to its values. A segment is found by its name, and its id is
    written. Escape closes the list and leaves the editor open; a row that is clicked is taken.

    `ctrl+n` asks by what a condition means; the first thing to change is chosen. What is chosen
    narrows nothing: ctrl+space offers everything that can stand there.
    """
    properties = [{"name": "url", "type": "string", "required": False}]
    ask.ok("POST", "/api/schemas/", {"event_type": "page_view", "properties": properties})
    ask.ok("POST", "/api/segments/", {"name": "Winter [sale]", "definition": RULE})
    async with stage.run() as pilot:
        editor = await opened(pilot, reached)
        await reached(pilot, lambda: len(editor._vocabulary.events) == 2)

        text = await begun(pilot, '{"conditions": [{"type": |}]}')
        await pilot.press("quotation_mark")
        await reached(pilot, lambda: len(suggested(pilot)) == 7)
        await typed(pilot, "reg")
        await reached(pilot, lambda: suggested(pilot) == [])
        await pilot.press("backspace", "backspace")
        await typed(pilot, "ece")
        await reached(pilot, lambda: suggested(pilot) == ["recency"])
        assert "How long ago the user last did something" in seen(pilot)
        await pilot.press("enter")
        await pilot.pause()
        assert text.text == '{"conditions": [{"type": "recency"}]}'
        assert suggested(pilot) == []

        # Only what the type has and what is not there yet; then what the key can be.
        await begun(
            pilot, '{"conditions": [{"type": "monetary", "event_type": "order_placed", |}]}'
        )
        await pilot.press("ctrl+@")
        await reached(pilot, lambda: suggested(pilot)[:2] == ["property", "metric"])
        assert "event_type" not in suggested(pilot)
        await pilot.press("tab")
        await reached(pilot, lambda: suggested(pilot) == ["total", "[/coupon]"])
        await pilot.press("down", "tab")
        await pilot.pause()
        assert text.text.endswith('"property": "[/coupon]"}]}')

        # The segment itself is not offered, since it cannot refer to itself.
        await begun(pilot, '{"conditions": [{"type": "segment_membership", "segment_id": |}]}')
        await pilot.press("ctrl+@")
        await reached(pilot, lambda: suggested(pilot) == ["2"])
        await typed(pilot, "wint")
        await reached(pilot, lambda: suggested(pilot) == ["2"])
        await pilot.press("tab")
        await pilot.pause()
        assert text.text == '{"conditions": [{"type": "segment_membership", "segment_id": 2}]}'

        await begun(pilot, '{"logic": |}')
        await pilot.press("quotation_mark")
        await reached(pilot, lambda: suggested(pilot) == ["AND", "OR"])
        await pilot.press("escape")
        await pilot.pause()
        assert suggested(pilot) == []
        assert isinstance(pilot.app.screen, RuleEditor)
        # And enter then begins a line, as everywhere.
        await pilot.press("enter")
        assert text.text == '{"logic": "\n}'

        await begun(pilot, '{"logic": |}')
        await pilot.press("ctrl+@")
        await reached(pilot, lambda: suggested(pilot) == ["AND", "OR"])
        await pilot.click(Suggestions, offset=(2, 1))
        await pilot.pause()
        assert text.text == '{"logic": "OR"}'

        # A whole condition, for who does not know the words.
        await begun(pilot, "|" + rule(BOUGHT))
        await pilot.press("ctrl+n")
        await reached(pilot, lambda: isinstance(pilot.app.screen, ConditionChooser))
        assert "WHAT IT ASKS" in seen(pilot)
        await pilot.press("down")
        await reached(
            pilot, lambda: "It begins as  order_placed within last 30 days" in seen(pilot)
        )
        await pilot.press("enter")
        await reached(pilot, lambda: text.selected_text == "order_placed")
        assert [each["type"] for each in json.loads(text.text)["conditions"]] == [
            "event_count",
            "recency",
        ]

        await pilot.press("ctrl+@")
        await reached(pilot, lambda: suggested(pilot) == ["order_placed", "page_view"])
        await pilot.press("down", "tab")
        await pilot.pause()
        assert json.loads(text.text)["conditions"][1]["event_type"] == "page_view"

        await pilot.press("ctrl+n")
        await reached(pilot, lambda: isinstance(pilot.app.screen, ConditionChooser))
        await pilot.press("enter")
        await reached(pilot, lambda: text.selected_text == "order_placed")
        await typed(pilot, "signup")
        assert "signup" in [each["event_type"] for each in json.loads(text.text)["conditions"]]


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """An $EDITOR that does what a line of Python says, with `path` the file it was given."""
    from textual.drivers.headless_driver import HeadlessDriver

    # The driver of tests has no terminal to lend.
    monkeypatch.setattr(HeadlessDriver, "can_suspend", True)
    script = tmp_path / "editor.py"
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", f"{sys.executable} -IS {script}")
    # What a failing editor wrote is kept; the tests keep nothing.
    made, make = list[str](), tempfile.mkdtemp
    monkeypatch.setattr(tempfile, "mkdtemp", lambda **how: made.append(make(**how)) or made[-1])

    def does(line: str) -> None:
        head = "import sys, pathlib\npath = pathlib.Path(sys.argv[1])\n"
        script.write_text(f"{head}{line}\n")

    yield does
    for folder in made:
        shutil.rmtree(folder, ignore_errors=True)


MORE = "path.write_text(path.read_text().replace('\"value\": 1', '\"value\": 5'))"


async def test_the_persons_own_editor_and_then_the_difference_and_one_that_fails_loses_nothing(
    stage, ask, buyers, monkeypatch, editor, reached, seen, told
):
    """`E` opens it at once; what changed is asked about, and No is what Enter answers.

    The way of who works in their own editor: E, :wq, y. Where nothing was changed, nothing is
    asked, and nothing is sent.

    Where it fails, the text is as it was, and the editor is offered again; broken JSON is there to
    be mended. Of an editor that is not there it is said what to do.
    """
    editor(MORE)
    async with stage.run() as pilot:
        await pilot.press("E")
        await reached(pilot, lambda: "Save Buyers?" in seen(pilot))
        assert '−       "value": 1' in seen(pilot)
        assert '+       "value": 5' in seen(pilot)

        await pilot.press("enter")
        await reached(pilot, lambda: "Your changes are kept" in seen(pilot))
        assert '"value": 5' in text_of(pilot).text
        assert ask.ok("GET", "/api/segments/1/")["definition"] == RULE

        await pilot.press("ctrl+e")
        await reached(pilot, lambda: "Your editor changed nothing." in seen(pilot))
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: not isinstance(pilot.app.screen, RuleEditor))
        assert ask.ok("GET", "/api/segments/1/")["definition"]["conditions"][0]["value"] == 5

        sent = sum(call.startswith("PATCH") for call in stage.door.asked)
        editor("pass")
        await pilot.press("E")
        await reached(pilot, lambda: "Nothing was changed." in told(pilot))
        await reached(pilot, lambda: not isinstance(pilot.app.screen, RuleEditor))
        assert sum(call.startswith("PATCH") for call in stage.door.asked) == sent == 1

        editor(MORE.replace("5", "6").replace("1", "5"))
        await pilot.press("E")
        await reached(pilot, lambda: "Save Buyers?" in seen(pilot))
        await pilot.press("y")
        await reached(pilot, lambda: pilot.app.screen.query("SegmentsPane"))
        assert ask.ok("GET", "/api/segments/1/")["definition"]["conditions"][0]["value"] == 6

        # An editor that fails.
        await opened(pilot, reached)
        before = text_of(pilot).text
        for line, said in (
            ("sys.exit(3)", "exited with code 3; nothing was changed"),
            ("path.write_text('')", "The editor left an empty file"),
            ("path.write_bytes(b'\\xff\\xfe')", "cannot be read as text"),
            ("path.write_text('mine'); sys.exit(1)", "exited with code 1; what it wrote is in"),
        ):
            editor(line)
            await pilot.press("ctrl+e")
            await reached(pilot, lambda said=said: said in seen(pilot))
            assert "ctrl+e opens it again." in seen(pilot), line
            assert text_of(pilot).text == before, line

        editor("path.write_text('{\"logic\": ')")
        await pilot.press("ctrl+e")
        await reached(pilot, lambda: "the rule has faults. Fix them here" in seen(pilot))
        assert text_of(pilot).text == '{"logic":'
        assert "✗ line 1  not JSON: a value is missing." in seen(pilot)

        mended = rule({**BOUGHT, "value": 2})
        editor(f"path.write_text({mended!r})")
        await pilot.press("ctrl+e")
        await reached(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("escape")
        await reached(pilot, lambda: isinstance(pilot.app.screen, RuleEditor))
        assert text_of(pilot).text == mended

        monkeypatch.setenv("EDITOR", "/no/such/editor")
        await pilot.press("ctrl+e")
        await reached(pilot, lambda: "could not be started" in seen(pilot))
        assert "Set EDITOR." in seen(pilot)


HOSTILE = ("[/foo] \x1b[31mred\x1b[0m \u202eright to left [@click=app.quit]x[/]", "x" * 300)


async def test_hostile_names_are_text_and_are_not_sent_back_changed(stage, ask, reached, seen):
    """In the title, the line, the rule, the offers; an untouched name is not part of the change."""
    for name in HOSTILE:
        condition = {**BOUGHT, "event_type": name[:60]}
        body = {"name": name[:200], "definition": {"logic": "AND", "conditions": [condition]}}
        ask.ok("POST", "/api/segments/", body)
    async with stage.run(size=(80, 24)) as pilot:
        for number, name in enumerate(HOSTILE, start=1):
            editor = await opened(pilot, reached)
            await reached(pilot, lambda number=number: previews(stage) == number)
            await reached(pilot, lambda: "● up to date" in seen(pilot))
            assert not any(sign in seen(pilot) for sign in "\x1b\u202e\x9b"), name
            assert editor.body == {}, name
            assert not editor.is_changed, name
            [condition] = json.loads(text_of(pilot).text)["conditions"]
            assert condition == {**BOUGHT, "event_type": name[:60]}
            await pilot.press("escape", "down")
            await reached(pilot, lambda: not isinstance(pilot.app.screen, RuleEditor))


async def test_a_text_is_lost_neither_to_a_paste_nor_to_escape_nor_to_a_guard(
    stage, buyers, reached, seen, told
):
    """A megabyte that is pasted neither freezes nor crashes: it is no rule, and why is said.

    A rule in one line, copied from somewhere else, gets its lines. After a bracket that opens a
    line is further in, and the closing one gets its own. Unchanged, the editor is left at once;
    changed, at the second escape.

    A lock that closes while one writes keeps the change from leaving, not from being written.
    Production is asked once more: there, ctrl+s shows what goes and what comes. However long the
    difference and however small the screen, No and Save stay in sight below it.
    """
    async with stage.run() as pilot:
        await opened(pilot, reached)
        await pilot.press("escape")
        await reached(pilot, lambda: not isinstance(pilot.app.screen, RuleEditor))

        await opened(pilot, reached)
        text = text_of(pilot)
        before = text.text
        for pasted in ("[" * 1_000_000, "x" * 100_000):
            text.post_message(Paste(pasted))
            await pilot.pause()
        assert "1,000,000 characters is too long for a rule" in told(pilot)
        assert "A line of 100,000 characters" in told(pilot)
        assert text.text == before

        text.clear()
        definition = {"logic": "AND", "conditions": [BOUGHT] * 20}
        text.post_message(Paste(json.dumps(definition)))
        await reached(pilot, lambda: text.text)
        assert text.text == json.dumps(definition, indent=2)

        text.text = '{"conditions": []}'
        text.go_to(text.text.index("]"))
        await pilot.press("enter", "1")
        assert text.text == '{"conditions": [\n  1\n]}'

        await pilot.press("escape")
        await pilot.pause()
        assert "press esc again to discard them" in seen(pilot)
        await pilot.press("escape")
        await reached(pilot, lambda: not isinstance(pilot.app.screen, RuleEditor))

        editor = await opened(pilot, reached)
        text_of(pilot).text = rule(*({**BOUGHT, "value": number} for number in range(40)))
        await pilot.pause()
        opened_ = Opened(editor.workspace.client, read_only="read-only: changes are not sent")
        editor.workspace = replace(editor.workspace, opened=opened_)
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert "read-only: changes are not sent" in told(pilot)
        assert '"value": 3' in text_of(pilot).text
        assert not any(call.startswith("PATCH") for call in stage.door.asked)

        lock = Lock("prod", clock=lambda: 0.0)
        lock.unlock()
        opened_ = Opened(editor.workspace.client, lock=lock)
        editor.workspace = replace(editor.workspace, opened=opened_)
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: "Save Buyers?" in seen(pilot))
        assert not any(call.startswith("PATCH") for call in stage.door.asked)
        for size in ((80, 24), (200, 60)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert "No, not yet" in seen(pilot)
            assert "Save it" in seen(pilot)
            assert "Profile  sandbox" in seen(pilot)
