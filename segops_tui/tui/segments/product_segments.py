"""The Product segments pane: which products a rule holds for.

Knows what differs from segments of users, which is little.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from segops_tui.api.resources.product_segments import ProductSegment
from segops_tui.jobs.recompute import PRODUCT_SEGMENT
from segops_tui.nouns.segments import PRODUCT_SEGMENT_ACTIONS, PRODUCT_SEGMENTS
from segops_tui.tui.core.actions import FILTER, bindings
from segops_tui.tui.rules.computed import ComputedPane
from segops_tui.tui.rules.detail import ProductSegmentDetail

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.binding import BindingType

    from segops_tui.nouns.action import Action
    from segops_tui.nouns.column import Noun


class ProductSegmentsPane(ComputedPane[ProductSegment]):
    """Every product segment of the workspace."""

    ACTIONS: ClassVar[Sequence[Action]] = (
        FILTER,
        *PRODUCT_SEGMENT_ACTIONS,
        *ComputedPane.ACTIONS[1:],
    )
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(PRODUCT_SEGMENT_ACTIONS)]

    command = "product-segments"
    kind = PRODUCT_SEGMENT
    rule_kind = "product"
    count_key = "computed_count"
    sortable = ("name", "state", "computed_count", "last_computed_at")

    @property
    def noun(self) -> Noun[ProductSegment]:
        """Product segments."""
        return PRODUCT_SEGMENTS

    def make_detail(self) -> ProductSegmentDetail:
        """The detail's widget."""
        return ProductSegmentDetail(self.workspace)

    def resource(self) -> Any:
        """The client's product segments."""
        return self.workspace.client.product_segments

    async def fetch(self) -> list[ProductSegment]:
        """Every product segment.

        Raises:
            SegOpsError: they cannot be had.
        """
        return [segment async for segment in self.workspace.client.product_segments.list()]
