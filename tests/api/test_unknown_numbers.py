"""A number that the server leaves out is unknown; it is not 0."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from segops_tui.api.resources.analytics import Overview, Usage
from segops_tui.api.resources.pages import GeneratedPage
from segops_tui.api.resources.segments import Preview, SizeEstimate
from segops_tui.api.resources.users import User

if TYPE_CHECKING:
    from segops_tui.api.record import Record


@pytest.mark.parametrize(
    ("record", "field"),
    [
        (Overview, "segment_count"),
        (Overview, "total_members"),
        (Overview, "events_30d"),
        (Overview, "ai_credits_used"),
        (Usage, "events_used"),
        (Usage, "ai_credits_used"),
        (Preview, "matched_users"),
        (SizeEstimate, "estimated_count"),
        (GeneratedPage, "view_count"),
        (User, "event_count"),
    ],
)
def test_a_count_that_is_left_out_is_none(record: type[Record], field: str) -> None:
    assert getattr(record({}), field) is None
    assert getattr(record({field: 0}), field) == 0
