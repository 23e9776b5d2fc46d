"""How nouns look to a person."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from segops_tui import wording
from segops_tui.api.resources.products import Product, SchemaField
from segops_tui.api.resources.segments import Segment
from segops_tui.nouns.column import Context, format_value
from segops_tui.nouns.products import PRODUCT_ACTIONS, products
from segops_tui.nouns.segments import (
    SEGMENT_ACTIONS,
    SEGMENTS,
    has_rule,
    rule_problem,
    state,
    state_words,
)

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
CONTEXT = Context(NOW)


def segment(**raw: Any) -> Segment:
    return Segment({"id": 1, "name": "VIPs", **raw})


def computed(ago: timedelta, **raw: Any) -> Segment:
    return segment(last_computed_at=wording.iso(NOW - ago), **raw)


@pytest.mark.parametrize(
    ("row", "word"),
    [
        (segment(), "draft"),
        (segment(status="computing"), "computing"),
        (computed(timedelta(hours=2)), "computed"),
        (computed(timedelta(hours=2), status="computed"), "computed"),
        (computed(timedelta(days=2), status="computed"), "stale"),
        (computed(timedelta(days=2), last_compute_error="boom"), "failed"),
        (computed(timedelta(days=2), is_active=False), "inactive"),
        (segment(is_active=False), "inactive"),
    ],
)
def test_a_state_is_told_with_or_without_the_servers_word_for_it(row: Segment, word: str) -> None:
    assert state(row, CONTEXT) == word


def test_an_update_after_the_last_compute_is_a_new_rule_only_where_versions_say_so() -> None:
    """A rename also changes `updated_at`, and a compute may set it a moment later."""
    when = NOW - timedelta(minutes=1)
    row = computed(timedelta(hours=2), updated_at=wording.iso(when))
    assert state_words(row, CONTEXT) == "◍ changed"
    assert state_words(row, Context(NOW, edits={(1, when): True})) == "◍ rule changed"
    assert state_words(row, Context(NOW, edits={(1, when): False})) == "● computed"
    saved = wording.iso(NOW - timedelta(hours=2) + timedelta(seconds=2))
    assert state(computed(timedelta(hours=2), updated_at=saved), CONTEXT) == "computed"


def test_a_rule_tells_what_it_refers_to_and_is_not_there() -> None:
    conditions = [
        {"type": "segment_membership", "segment_id": "4"},
        {"type": "event_sequence", "events": ["order_placed", "odrer"]},
    ]
    row = segment(definition={"logic": "AND", "conditions": conditions})
    assert rule_problem(row, known={1}, unused_events=set()) == "missing segment 4"
    assert rule_problem(row, known=None, unused_events={"odrer"}) == "unknown event odrer"
    assert rule_problem(row, known={4}, unused_events=set()) == ""


def test_a_segment_that_was_never_computed_has_no_count() -> None:
    cells = {c.key: c.text(segment(member_count=0), CONTEXT) for c in SEGMENTS.columns}

    assert cells["member_count"] == "–"
    assert cells["last_computed_at"] == "never"
    assert cells["state"] == "○ draft"


def test_the_columns_of_products_follow_the_schema() -> None:
    fields = [
        SchemaField({"name": "price", "type": "price"}),
        SchemaField({"name": "image", "type": "url"}),
    ]
    product = Product(
        {
            "sku": "A-1",
            "name": "[SALE] Jacket",
            "data": {"price": {"amount": 129.5, "currency": "EUR"}},
            "ai_readability_score": 68.0,
        }
    )

    cells = {c.key: c.text(product, CONTEXT) for c in products(fields).columns}

    assert cells["price"] == "129.50 EUR"
    assert cells["image"] == "–"
    assert cells["name"] == "[SALE] Jacket"
    assert cells["ai_readability_score"] == "◍ 68"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "–"),
        ("", "–"),
        (True, "yes"),
        (3.0, "3"),
        (1234.5, "1,234.5"),
        (["a", "b"], "a, b"),
        ([], "–"),
        ({"k": 1}, "k=1"),
        ("129.99", "129.99"),
    ],
)
def test_any_json_value_has_words_for_one_cell(value: Any, words: str) -> None:
    assert format_value(value) == words


def test_an_action_tells_the_command_line_that_does_the_same() -> None:
    recompute = SEGMENT_ACTIONS[0]

    line = recompute.command_line(ids=[12, "15; rm -rf ~"])

    assert shlex.split(line) == ["segops-tui", "segments", "recompute", "12", "15; rm -rf ~"]


def test_no_two_actions_of_a_pane_share_a_key_or_an_id() -> None:
    for actions in (SEGMENT_ACTIONS, PRODUCT_ACTIONS):
        assert len({a.key for a in actions}) == len(actions)
        assert len({a.id for a in actions}) == len(actions)


@pytest.mark.parametrize(
    ("row", "holds"),
    [
        (segment(definition={"logic": "AND", "conditions": [{"type": "recency"}]}), True),
        (segment(definition={}), False),
        (segment(definition={"logic": "AND", "conditions": []}), False),
        (segment(), True),
    ],
)
def test_a_segment_without_a_rule_is_told_from_one_whose_rule_was_not_said(
    row: Segment, holds: bool
) -> None:
    assert has_rule(row) is holds
