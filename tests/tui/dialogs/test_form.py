"""Forms: what is typed is checked, sent once, and never lost unasked."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.widgets import Input, TextArea

from segops_tui.api.errors import ConnectionFailed
from segops_tui.cli.core.input import lay_over
from segops_tui.tui.dialogs.form import Form
from segops_tui.tui.dialogs.form_fields import FormField, as_typed, body_of, read, set_options
from segops_tui.tui.widgets.choice import Choice

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
WORD = st.from_regex(r"[a-z]{1,8}", fullmatch=True)


def field(kind: Any = "text", **more: Any) -> FormField:
    return FormField("it", "It", kind, **more)


@given(JSON)
def test_a_json_value_is_read_as_it_was_written(value):
    assert read(field("json"), as_typed(value, "json")).value == value


@given(st.lists(WORD, max_size=5))
def test_words_are_read_as_they_were_written(words):
    assert read(field("words"), as_typed(words, "words")).value == words


@given(st.text(max_size=30), st.sampled_from(["text", "number", "words", "choice", "json", "flag"]))
def test_whatever_is_typed_is_a_value_or_a_fault_and_no_error(typed, kind):
    reading = read(field(kind, options=["a", "b"]), typed)

    assert isinstance(reading.fault, str)


@pytest.mark.parametrize(
    ("asked", "typed", "fault"),
    [
        (field(required=True), "  ", "It is required."),
        (field(longest=3), "four", "4 characters; at most 3 are allowed."),
        (field("number"), "1,5", "This is not a number."),
        (field("number"), "nan", "This is not a number."),
        (field("choice", options=["a", "b"]), "c", "One of a, b."),
        (field("several", required=True), "", "It: choose at least one."),
        (field("json"), '{"a": }', "Not JSON: line 1, column 7"),
        (field("json"), "[" * 100_000, "Not JSON"),
        (field(check=lambda v: "no" if v == "x" else ""), "x", "no"),
    ],
)
def test_a_fault_says_what_is_wrong(asked, typed, fault):
    assert read(asked, typed).fault.startswith(fault)


@pytest.mark.parametrize("number", [2**53 + 1, -(2**63), 10**30])
def test_a_whole_number_is_read_to_its_last_digit(number):
    assert read(field("number"), str(number)).value == number


def test_only_what_was_changed_is_sent_and_what_was_emptied_is_said():
    fields = [
        FormField("name", "Name", value="Fern"),
        FormField("domain", "Domain", value="example.com"),
        FormField("tags", "Tags", "words", value=["a"]),
        FormField("kind", "Kind", value="x", fixed=True),
    ]

    body = body_of(
        fields, {"name": "Fern", "domain": None, "tags": [], "kind": "y"}, changed_only=True
    )

    assert body == {"domain": "", "tags": []}


def test_a_new_thing_is_sent_without_what_was_left_empty():
    fields = [FormField("name", "Name"), FormField("on", "On", "flag"), FormField("x", "X")]

    body = body_of(fields, {"name": "Fern", "on": False, "x": None}, changed_only=False)

    assert body == {"name": "Fern", "on": False}


@given(st.dictionaries(WORD, JSON, min_size=1, max_size=4))
def test_the_command_line_of_a_form_means_what_the_form_sends(body):
    """`--set` reads JSON where it parses, so text that looks like JSON is quoted."""
    options = set_options([], body)
    pasted = shlex.split(shlex.join(options))

    assert lay_over({}, pasted[1::2]) == body


def test_a_secret_stands_in_no_command_line():
    fields = [FormField("secret", "Secret", secret=True)]

    assert set_options(fields, {"secret": "whsec_test_1"}) == ["--set", "secret=…"]


async def open_form(pilot: Any, key: str) -> Form:
    await pilot.press(key)
    await pilot.pause()
    assert isinstance(pilot.app.screen, Form)
    return pilot.app.screen


def fill(form: Form, **values: str) -> None:
    for name, value in values.items():
        widget = form.query_one(f"#field-{name}")
        if isinstance(widget, TextArea):
            widget.text = value
        else:
            assert isinstance(widget, Input | Choice)
            widget.value = value


@pytest.fixture
def one(ask: Any) -> None:
    ask.ok(
        "POST",
        "/api/ai-reach/competitors/",
        {"name": "Northwind", "domain": "north.example.com"},
    )


async def test_a_new_row_is_made_shown_and_logged_and_a_complaint_stands_at_its_field(
    stage, one, seen, told, typed, reached
):
    """Its command line can be copied before anything is sent; a fault is said, and nothing sent.

    Enter goes from field to field and sends from the last. What was typed stays where the server
    complains, and a form outlives a server that is gone, too.
    """

    def posts() -> int:
        return sum(call.startswith("POST") for call in stage.door.asked)

    async with stage.run(place="competitors") as pilot:
        form = await open_form(pilot, "n")
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: "Not sent: see above." in seen(pilot))
        assert "Name is required." in seen(pilot)

        fill(form, name="O'Neill", brand_aliases="Fern & Co, FernCo")
        await pilot.press("ctrl+y")
        assert posts() == 0
        words = shlex.split(pilot.app.clipboard)
        assert words[:5] == ["segops-tui", "competitors", "create", "--set", "name=O'Neill"]

        await pilot.press("ctrl+s")
        await reached(pilot, lambda: pilot.app.screen is not form)
        await reached(pilot, lambda: pilot.app.screen.pane.counts() == (2, 2))

        assert pilot.app.screen.pane.row.brand_aliases == ["Fern & Co", "FernCo"]
        assert "Competitor created O'Neill" in told(pilot)
        [ran] = pilot.app.workspace.log.entries
        words = shlex.split(ran.command)
        assert words[:3] == ["segops-tui", "competitors", "create"]
        assert 'brand_aliases=["Fern & Co", "FernCo"]' in words

        form = await open_form(pilot, "n")
        await typed(pilot, "Fern")
        await pilot.press("enter")
        assert form.focused.id == "field-domain"
        await pilot.press("enter", "enter")
        assert isinstance(form.focused, Choice)
        assert posts() == 1

        await pilot.press("enter")
        await reached(pilot, lambda: pilot.app.screen is not form)
        await reached(pilot, lambda: pilot.app.screen.pane.counts() == (3, 3))
        assert pilot.app.screen.pane.row.name == "Fern"

        form = await open_form(pilot, "n")
        fill(form, name="Northwind")
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: "Not saved: see above." in seen(pilot))

        assert "already exists" in seen(pilot)
        assert form.query_one("#field-name", Input).value == "Northwind"
        assert form.focused is form.query_one("#field-name")

        fill(form, name="Fernweh")
        stage.door.error = ConnectionFailed("No route to host.")
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: "Not saved. Cannot reach the server" in seen(pilot))
        assert "ctrl+s to try again." in " ".join(seen(pilot).replace("│", " ").split())
        stage.door.error = None
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: pilot.app.screen is not form)
        await reached(pilot, lambda: pilot.app.screen.pane.counts() == (4, 4))


async def test_a_change_sends_what_was_changed_and_no_secret_that_was_left_empty(
    stage, ask, one, reached, seen, told
):
    """Escape leaves an untouched form at once, and what was typed at the second time.

    A secret is hidden.
    """
    body = {"url": "https://hooks.example.com/x", "event_types": ["segment.computed"]}
    ask.ok("POST", "/api/webhooks/", body)
    sent_bodies = []
    async with stage.run(place="competitors") as pilot:
        door = stage.door.send

        async def listen(attempt):
            if attempt.method == "PATCH":
                sent_bodies.append(json.loads(attempt.content))
            return await door(attempt)

        stage.door.send = listen
        form = await open_form(pilot, "e")
        await pilot.press("escape")
        assert pilot.app.screen is not form

        form = await open_form(pilot, "e")
        fill(form, domain="fern.example.com")
        await pilot.press("escape")
        assert pilot.app.screen is form
        assert "esc again throws away what you typed" in seen(pilot)
        await pilot.press("escape")
        assert pilot.app.screen is not form

        form = await open_form(pilot, "e")
        fill(form, domain="fern.example.com")
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: "Competitor changed" in told(pilot))

        pilot.app.screen.go("webhooks")
        await reached(pilot, lambda: pilot.app.screen.pane.id == "webhooks")
        await reached(pilot, lambda: pilot.app.screen.pane.row is not None)
        form = await open_form(pilot, "e")
        fill(form, description="told of everything", secret="whsec_test_hidden")
        await pilot.pause()
        assert "whsec_test_hidden" not in seen(pilot)
        fill(form, secret="")
        assert form.payload == {"description": "told of everything"}

    assert sent_bodies == [{"domain": "fern.example.com"}]
