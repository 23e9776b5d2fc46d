"""Segments against segments: how much of the smaller one is in the other, shaded."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from textual.content import Content
from textual.widget import Widget

from segops_tui.tui.core.text import fit, one_line, width
from segops_tui.tui.plots.scale import to_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.geometry import Size

    from segops_tui.api.resources.analytics import Overlap

MOST_PAIRS: Final = 20
"""Pairs the API tells of (contract §1.4)."""
SHADES: Final = (
    (75.0, "█", "bold $accent"),
    (50.0, "▓", "$primary"),
    (25.0, "▒", "$foreground"),
    (0.0, "░", "$text-muted"),
)
CHOSEN: Final = "bold $block-cursor-foreground on $block-cursor-background"
_CELL: Final = 5
_BEFORE: Final = 5
"""Cells of a row's number and of the gap after its name."""
_LEAST_NAME: Final = 12
_LONGEST_NAME: Final = 32
_LEGEND: Final = (("░", "under 25"), ("▒", "under 50"), ("▓", "under 75"), ("█", "75 and more"))


class OverlapMatrix(Widget):
    """A matrix of the segments that occur in the pairs."""

    DEFAULT_CSS = "OverlapMatrix { height: auto; width: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self._pairs: Sequence[Overlap] = ()
        self._chosen: Overlap | None = None

    def show(self, pairs: Sequence[Overlap], chosen: Overlap | None) -> None:
        """Draw these pairs, one of them as chosen."""
        self._pairs, self._chosen = pairs, chosen
        self.refresh(layout=True)

    def render(self) -> Content:
        """Draw what was shown last."""
        return Content("\n").join(matrix_lines(self._pairs, self._chosen, self.size.width))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """As many lines as there are segments, and the words below."""
        return len(matrix_lines(self._pairs, self._chosen, width))


def extent_words(pairs: Sequence[Overlap]) -> str:
    """Which pairs there are: the API tells the first twenty alone."""
    if len(pairs) >= MOST_PAIRS:
        return f"the API tells the top {MOST_PAIRS} pairs: · is none of them"
    return "every pair that shares members: · shares none"


def matrix_lines(pairs: Sequence[Overlap], chosen: Overlap | None, cells: int) -> list[Content]:
    """A line for each segment, those that share most first; what the signs mean below."""
    if not pairs:
        return [Content("")]
    names = _segments(pairs)
    shares: dict[tuple[int, int], Overlap] = {}
    for pair in pairs:
        shares[pair.seg_a_id, pair.seg_b_id] = shares[pair.seg_b_id, pair.seg_a_id] = pair
    ids = list(names)
    longest = max((width(name) for name in names.values()), default=0)
    column = max(_LEAST_NAME, min(longest, _LONGEST_NAME, cells - _CELL * len(ids) - _BEFORE))
    across = ids[: max(1, (cells - column - _BEFORE) // _CELL)]
    head = "".join(f"{at:>{_CELL - 1}} " for at in range(1, len(across) + 1))
    title = fit("   % of the smaller", column + _BEFORE)
    lines = [Content.styled(title + head, "$text-muted")]
    for at, row in enumerate(ids, start=1):
        is_chosen = chosen is not None and row in (chosen.seg_a_id, chosen.seg_b_id)
        label = fit(names[row], column)
        pieces = [
            Content.styled(f"{at:>2} ", "$text-muted"),
            Content.styled(label, "bold" if is_chosen else ""),
            Content("  "),
        ]
        pieces.extend(
            _cell(shares.get((row, other)), chosen, is_self=row == other) for other in across
        )
        lines.append(Content("").join(pieces))
    return [*lines, _words(hidden=len(ids) - len(across))]


def _segments(pairs: Sequence[Overlap]) -> dict[int, str]:
    """Names by id, those that share most first."""
    names: dict[int, str] = {}
    shared: Counter[int] = Counter()
    for pair in pairs:
        names.setdefault(pair.seg_a_id, one_line(pair.seg_a_name) or f"#{pair.seg_a_id}")
        names.setdefault(pair.seg_b_id, one_line(pair.seg_b_name) or f"#{pair.seg_b_id}")
        shared[pair.seg_a_id] += pair.overlap
        shared[pair.seg_b_id] += pair.overlap
    return {key: names[key] for key, _ in shared.most_common()}


def _cell(pair: Overlap | None, chosen: Overlap | None, *, is_self: bool) -> Content:
    if is_self or pair is None:
        return Content.styled(f"{'─' if is_self else '·':>{_CELL - 1}} ", "$border-blurred")
    share = to_number(pair.overlap_pct)
    if share is None:
        words, style = f"{'?':>{_CELL - 1}}", "$text-muted"
    else:
        share = max(0.0, min(share, 100.0))
        sign, style = next((sign, style) for least, sign, style in SHADES if share >= least)
        words = f"{sign}{share:>3.0f}"
    is_chosen = chosen is not None and (pair.seg_a_id, pair.seg_b_id) == (
        chosen.seg_a_id,
        chosen.seg_b_id,
    )
    return Content.assemble((words, CHOSEN if is_chosen else style), " ")


def _words(*, hidden: int) -> Content:
    """What the signs mean, and what there is no room for."""
    styles = {sign: style for _, sign, style in SHADES}
    pieces = [
        Content.assemble((sign, styles[sign]), (f" {words}", "$text-muted"))
        for sign, words in _LEGEND
    ]
    if hidden > 0:
        pieces.append(Content.styled(f"+{hidden} in a wider window", "$text-muted"))
    return Content("   ").join(pieces)
