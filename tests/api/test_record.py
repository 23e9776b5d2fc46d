"""Records keep what the server said and never break on it."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import cycle
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segops_tui.api.exports import ExportJob
from segops_tui.api.record import Field, as_moment
from segops_tui.api.resources.events import TrackResult
from segops_tui.api.resources.product_segments import ProductSegment
from segops_tui.api.resources.products import ImportJob, Product, ProductSchema, ProductScore
from segops_tui.api.resources.segments import Member, Preview, Segment

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
RECORDS = (
    Segment,
    ProductSegment,
    Product,
    ProductSchema,
    ImportJob,
    ProductScore,
    ExportJob,
    Preview,
    TrackResult,
)


def test_a_field_nobody_knows_survives_untouched() -> None:
    raw = {"id": 7, "name": "VIPs", "colour_of_the_week": {"hex": "#fff"}}

    assert Segment.parse(raw).raw == raw


@settings(max_examples=2 * settings.default.max_examples)
@given(values=st.lists(JSON, min_size=1, max_size=4))
def test_odd_values_read_as_defaults_and_never_raise(values: list[Any]) -> None:
    """Each value in each field of each kind, beside the others and on its own."""
    for kind in RECORDS:
        names = [name for name, value in vars(kind).items() if isinstance(value, Field | property)]
        asked = [*names, "id", "fields"]
        beside = [dict(zip(asked, cycle(values[at:] + values[:at]))) for at in range(len(values))]
        alone = [dict.fromkeys(asked, value) for value in values]
        for raw in (*beside, *alone, {}):
            record = kind.parse(raw)
            for name in names:
                getattr(record, name)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-05-02T14:32:00Z", datetime(2026, 5, 2, 14, 32, tzinfo=UTC)),
        ("2026-05-02T14:32:00.25+00:00", datetime(2026, 5, 2, 14, 32, 0, 250_000, tzinfo=UTC)),
        ("2026-05-02T16:32:00+02:00", datetime(2026, 5, 2, 14, 32, tzinfo=UTC)),
        ("2026-05-02", datetime(2026, 5, 2, tzinfo=UTC)),
        ("yesterday", None),
        (12, None),
    ],
)
def test_every_documented_form_of_a_timestamp_is_read(text: Any, expected: datetime | None) -> None:
    assert as_moment(text) == expected


def test_a_member_may_be_a_bare_string() -> None:
    assert Member.parse("u_1").user_id == "u_1"
    assert Member.parse({"user_id": "u_2"}).user_id == "u_2"


def test_an_export_is_known_by_either_spelling_of_its_id() -> None:
    assert ExportJob.parse({"export_id": 14, "status": "pending"}).id == 14
    assert ExportJob.parse({"id": 14, "status": "complete", "download_url": "/api/x/"}).is_ready


@pytest.mark.parametrize("data", [None, [], "text", 3])
def test_what_is_no_object_is_refused(data: Any) -> None:
    with pytest.raises(TypeError, match="expected an object"):
        Segment.parse(data)
