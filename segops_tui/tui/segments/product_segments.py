"""The Product segments pane."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from segops_tui.api.resources.product_segments import ProductSegment
from segops_tui.jobs.recompute import PRODUCT_SEGMENT
from segops_tui.nouns import segments as nouns
from segops_tui.tui.core.actions import bindings
from segops_tui.tui.panes.actions import pane_actions
from segops_tui.tui.panes.editing import deleting
from segops_tui.tui.rules.detail import ProductSegmentDetail
from segops_tui.tui.rules.pane import RulePane, cannot_recompute, recompute, rule_actions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.binding import BindingType

    from segops_tui.nouns.action import Action

_CREATE, _EDIT, _EDIT_IN_EDITOR = rule_actions(
    nouns.PRODUCT_CREATE, nouns.PRODUCT_EDIT, nouns.PRODUCT_EDIT_IN_EDITOR
)


class ProductSegmentsPane(RulePane[ProductSegment]):
    """Every product segment of the workspace."""

    ACTIONS: ClassVar[Sequence[Action]] = pane_actions(
        nouns.PRODUCT_RECOMPUTE.does(
            partial(recompute, action=nouns.PRODUCT_RECOMPUTE), unavailable=cannot_recompute
        ),
        _CREATE,
        _EDIT,
        deleting(nouns.PRODUCT_DELETE),
        _EDIT_IN_EDITOR,
    )
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(ACTIONS)]

    noun = nouns.PRODUCT_SEGMENTS
    command = "product-segments"
    job_kind = PRODUCT_SEGMENT
    job_kinds = frozenset({PRODUCT_SEGMENT})
    rule_kind = "product"
    count_key = "computed_count"
    sortable = ("name", "state", "computed_count", "last_computed_at")

    def make_detail(self) -> ProductSegmentDetail:
        """Make the detail's widget."""
        return ProductSegmentDetail(self.workspace)
