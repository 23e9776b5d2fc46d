"""`product-segments`: sets of products, by rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from segops_tui.cli.core.crud import Facts, shared_verbs
from segops_tui.nouns.segments import PRODUCT_SEGMENTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from segops_tui.api.resources.product_segments import ProductSegment
    from segops_tui.cli.core.context import Invocation


def _rule_of(_run: Invocation, segment: ProductSegment) -> Mapping[str, Sequence[str]]:
    from segops_tui.api.definition import rule_lines

    lines = rule_lines(dict(segment.definition), kind="product")
    return {"definition": [f"{'  ' * line.depth}{line.text}" for line in lines]}


FACTS: Final[Facts[ProductSegment]] = Facts(
    group="product-segments",
    noun=PRODUCT_SEGMENTS,
    space=lambda client: client.product_segments,
    example='--set name=\'On sale\' --set definition=\'{"logic": "AND", "conditions": []}\'',
    required=("name", "definition"),
    further=_rule_of,
)

COMMANDS: Final = shared_verbs(FACTS)
