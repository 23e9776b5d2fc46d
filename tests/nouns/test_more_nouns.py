"""How schemas, activations, users, queries, pages, analytics and webhooks look to a person."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segops_tui.api.record import Record
from segops_tui.api.resources.activations import Activation
from segops_tui.api.resources.analytics import ActivationHealth, Overlap, Overview, Trend, Usage
from segops_tui.api.resources.competitors import Competitor
from segops_tui.api.resources.pages import GeneratedPage
from segops_tui.api.resources.queries import AIQuery, QueryResult, WinRate
from segops_tui.api.resources.schemas import EventSchema
from segops_tui.api.resources.users import ConditionResult, Event, EventEffect, User, UserSegment
from segops_tui.api.resources.webhooks import Webhook
from segops_tui.nouns.activations import ACTIVATION_ACTIONS, ACTIVATIONS
from segops_tui.nouns.analytics import (
    HEALTH,
    OVERLAPS,
    OVERVIEW,
    TRENDS,
    USAGE,
    used_tone,
    used_words,
)  # fmt: skip
from segops_tui.nouns.column import Context, Noun
from segops_tui.nouns.competitors import COMPETITOR_ACTIONS, COMPETITORS
from segops_tui.nouns.marks import meter, spark
from segops_tui.nouns.pages import FOUND, PAGE_ACTIONS, PAGES, page_state
from segops_tui.nouns.queries import (
    DASHBOARD,
    QUERIES,
    QUERY_ACTIONS,
    RESULTS,
    STANDINGS,
    WIN_RATES,
)  # fmt: skip
from segops_tui.nouns.schemas import (
    FAULTS,
    PROPERTIES,
    SCHEMA_ACTIONS,
    SCHEMAS,
    property_rows,
)  # fmt: skip
from segops_tui.nouns.users import (
    CHANGES,
    EVENTS,
    EXPLAINED,
    USER_ACTIONS,
    USER_SEGMENTS,
    USERS,
    change_rows,
    why_words,
)  # fmt: skip
from segops_tui.nouns.webhooks import DELIVERIES, WEBHOOK_ACTIONS, WEBHOOKS

CONTEXT = Context(datetime(2026, 1, 1, 12, tzinfo=UTC))
NOUNS: list[tuple[Noun[Any], type[Record]]] = [
    (SCHEMAS, EventSchema), (PROPERTIES, Record), (FAULTS, Record), (ACTIVATIONS, Activation),
    (USERS, User), (EVENTS, Event), (USER_SEGMENTS, UserSegment), (EXPLAINED, ConditionResult),
    (CHANGES, Record), (QUERIES, AIQuery), (RESULTS, QueryResult), (WIN_RATES, WinRate),
    (DASHBOARD, Record), (STANDINGS, Record), (COMPETITORS, Competitor), (PAGES, GeneratedPage),
    (FOUND, Record), (OVERVIEW, Overview), (TRENDS, Trend), (OVERLAPS, Overlap),
    (HEALTH, ActivationHealth), (USAGE, Usage), (WEBHOOKS, Webhook), (DELIVERIES, Record),
]  # fmt: skip
ACTIONS = (
    SCHEMA_ACTIONS, ACTIVATION_ACTIONS, USER_ACTIONS, QUERY_ACTIONS, COMPETITOR_ACTIONS,
    PAGE_ACTIONS, WEBHOOK_ACTIONS,
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=5,
)


@given(value=JSON)
def test_any_json_in_any_field_has_words_and_a_tone(value: Any) -> None:
    for noun, kind in NOUNS:
        names = {column.key for column in noun.columns} | {
            "properties", "trend", "sync_logs", "payload", "data", "published", "change", "label",
            "mentioned_brands", "secret", "type",
        }  # fmt: skip
        row = kind(dict.fromkeys(names, value))

        for column in noun.columns:
            assert isinstance(column.text(row, CONTEXT), str), (noun.name, column.key)
            assert isinstance(column.tone(row, CONTEXT), str), (noun.name, column.key)
        assert isinstance(noun.label(row), str), noun.name


def test_an_object_with_nothing_in_it_can_be_shown() -> None:
    for noun, kind in NOUNS:
        cells = [column.text(kind({}), CONTEXT) for column in noun.columns]

        assert all(isinstance(cell, str) for cell in cells), noun.name
        assert len({column.key for column in noun.columns}) == len(noun.columns), noun.name


def test_no_two_actions_of_a_noun_share_a_key_or_an_id() -> None:
    for actions in ACTIONS:
        assert len({action.key for action in actions}) == len(actions)
        assert len({action.id for action in actions}) == len(actions)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ({"type": "monetary", "label": "sum(a.total) ≥ 500", "threshold": 500, "actual_value": 430},
         "needs ≥ 500, has 430"),
        ({"type": "event_count", "label": "a < 1 time", "threshold": 1, "actual_value": 0},
         "needs < 1, has 0"),
        ({"type": "recency", "label": "a within last 30 days", "threshold": 30,
          "actual_value": 45.5}, "last 45.5 days ago"),
        ({"type": "recency", "label": "a within last 30 days", "threshold": 30,
          "actual_value": None}, "never happened"),
        ({"type": "event_sequence", "label": "a then b", "threshold": 3, "actual_value": 2},
         "took 2 of 3 steps"),
        ({"type": "segment_membership", "label": "in segment 4", "threshold": "in",
          "actual_value": "not_in"}, "is not in it"),
        ({"type": "user_property", "label": "user.city contains “x”", "threshold": "x",
          "actual_value": None}, "has nothing"),
        ({"type": "user_property", "label": "user.vip is true", "threshold": None,
          "actual_value": "false"}, "has false"),
    ],
)  # fmt: skip
def test_why_a_condition_is_met_or_not(raw: dict[str, Any], words: str) -> None:
    assert why_words(ConditionResult(raw)) == words


@pytest.mark.parametrize(
    ("values", "bars"),
    [
        ([], "–"),
        ([None, "x"], "–"),
        ([5], "▄"),
        ([3, 3, 3], "▄▄▄"),
        ([0, 7], "▁█"),
        ([1, 2, 3, 4, 5, 6, 7, 8], "▁▂▃▄▅▆▇█"),
        ([0.1, None, 0.2], "▁█"),
    ],
)
def test_a_history_is_drawn_in_bars(values: list[Any], bars: str) -> None:
    assert spark(values) == bars


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=60))
def test_a_bar_for_every_figure_and_no_more_than_fit(values: list[float]) -> None:
    assert len(spark(values, width=30)) == max(min(len(values), 30), 1)


@pytest.mark.parametrize(
    ("share", "bar"),
    [(None, "–"), (0.0, "░" * 10), (1.0, "█" * 10), (7.0, "█" * 10), (0.5, "█████░░░░░")],
)
def test_a_share_is_a_bar(share: float | None, bar: str) -> None:
    assert meter(share) == bar


@pytest.mark.parametrize(
    ("raw", "state"),
    [
        ({}, "draft"),
        ({"builder_status": "building"}, "building"),
        ({"builder_status": "ready"}, "built"),
        ({"builder_status": "built", "published": True}, "published"),
        ({"builder_status": "error"}, "failed"),
        ({"builder_status": "queued somewhere"}, "queued somewhere"),
    ],
)
def test_a_pages_state_has_one_word_whatever_the_servers(raw: dict[str, Any], state: str) -> None:
    assert page_state(GeneratedPage(raw)) == state


def test_use_is_told_against_its_limit() -> None:
    assert used_words(900, 1_000) == "900 of 1,000 (90%)"
    assert used_words(900, -1) == "900, no limit"
    assert used_words(0, 0) == "0 of 0"
    assert [used_tone(used, 1_000) for used in (1, 900, 1_000)] == ["", "warn", "bad"]
    assert used_tone(5, -1) == ""


def test_a_connector_is_named_by_its_segment_where_the_name_is_known() -> None:
    row = Activation({"segment": 7, "connector_type": "talonone"})
    known = Context(CONTEXT.now, {7: "VIPs"})

    assert ACTIVATIONS.column("segment").text(row, CONTEXT) == "7"
    assert ACTIVATIONS.column("segment").text(row, known) == "7 VIPs"
    assert ACTIVATIONS.column("connector_type").text(row, known) == "Talon.One"


def test_properties_are_rows_and_what_is_none_is_left_out() -> None:
    rows = property_rows([{"event_type": "a", "properties": [{"name": "x"}, 7]}, "b", {}])

    assert [row.raw for row in rows] == [{"event_type": "a", "name": "x"}]


def test_whom_an_event_lets_in_and_out_is_told_by_row() -> None:
    found = EventEffect({"entered": [{"id": 1, "name": "VIPs"}], "exited": [2]})

    assert [CHANGES.column("change").text(row, CONTEXT) for row in change_rows(found)] == [
        "+ enters",
        "− leaves",
    ]
