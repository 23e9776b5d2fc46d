"""Text tables: columns of cells into lines of a given width."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from segops_tui.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

GAP: Final = "  "
INDENT: Final = "    "
"""Before the cells of a row that go on in another line."""
_SHORTEST: Final = 10
"""Cells below which a text says too little; another column goes first."""


class Heading(NamedTuple):
    """How one column is laid out."""

    title: str
    align: Literal["left", "right"] = "left"
    min_width: int = 4
    max_width: int = 40
    flex: bool = False
    priority: int = 0


class Plan(NamedTuple):
    """Which columns are drawn and how wide each is."""

    chosen: tuple[int, ...]
    widths: tuple[int, ...]
    indent: str = ""
    """Stands before the cells, where they go on below those of another plan."""

    def hidden(self, count: int) -> list[int]:
        """Those of `count` columns that are not drawn."""
        return [place for place in range(count) if place not in self.chosen]


def plan(headings: Sequence[Heading], rows: Sequence[Sequence[str]], width: int | None) -> Plan:
    """Fit columns into `width` cells: drop by priority, then narrow; None is no limit."""
    natural = [
        max([cells(heading.title), *(cells(row[place]) for row in rows)])
        for place, heading in enumerate(headings)
    ]
    everything = tuple(range(len(headings)))
    if width is None:
        return Plan(everything, tuple(natural))
    both = list(zip(natural, headings, strict=True))
    # Half a number misleads; half a word is merely short.
    wanted = [
        n if h.align == "right" else min(n, max(h.max_width, cells(h.title))) for n, h in both
    ]
    least = [
        n if h.align == "right" else min(n, max(h.min_width, cells(h.title), _SHORTEST))
        for n, h in zip(wanted, headings, strict=True)
    ]
    chosen = list(everything)
    while len(chosen) > 1 and _total(least, chosen) > width:
        chosen.remove(max(chosen, key=lambda place: (headings[place].priority, place)))
    widths = {place: least[place] for place in chosen}
    # What is left over goes to the flexible columns last: they can use the most.
    for place in sorted(chosen, key=lambda place: headings[place].flex):
        spare = width - _total(widths, chosen)
        most = natural[place] if headings[place].flex else wanted[place]
        widths[place] += max(0, min(spare, most - widths[place]))
    return Plan(tuple(chosen), tuple(widths[place] for place in chosen))


def wrapped(
    headings: Sequence[Heading], rows: Sequence[Sequence[str]], width: int | None
) -> list[Plan]:
    """Fit all columns into `width` cells: in one line, or in several where one is too narrow."""
    if width is None:
        return [plan(headings, rows, width)]
    plans: list[Plan] = []
    left = list(range(len(headings)))
    while left:
        indent = INDENT if plans else ""
        room = max(width - len(indent), 1)
        for count in range(len(left), 0, -1):
            part = left[:count]
            shown = [headings[place] for place in part]
            fit = plan(shown, [[row[place] for place in part] for row in rows], room)
            if len(fit.chosen) == count:
                break
        # One column alone is never left out: a text is clipped, a number is not.
        if count == 1 and shown[0].align == "left":
            fit = fit._replace(widths=(min(fit.widths[0], room),))
        plans.append(Plan(tuple(part), fit.widths, indent))
        left = left[count:]
    return plans


def _total(widths: Sequence[int] | dict[int, int], chosen: Sequence[int]) -> int:
    return sum(widths[place] for place in chosen) + len(GAP) * (len(chosen) - 1)


def lines(
    headings: Sequence[Heading], rows: Sequence[Sequence[str]], fit: Plan
) -> Iterator[list[str]]:
    """The header's and each row's cells, clipped and padded; the caller adds colour and gaps."""
    last = len(fit.chosen) - 1
    for row in ([heading.title for heading in headings], *rows):
        yield [
            _cell(row[place], headings[place], fit.widths[order], is_last=order == last)
            for order, place in enumerate(fit.chosen)
        ]


def _cell(text: str, heading: Heading, width: int, *, is_last: bool) -> str:
    shown = clip(text, width)
    padding = " " * (width - cells(shown))
    if heading.align == "right":
        return padding + shown
    return shown if is_last else shown + padding


def cells(text: str) -> int:
    """How many terminal cells a text takes."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len  # 6 ms that plain ASCII does not owe

    return cell_len(text)


def clip(text: str, width: int) -> str:
    """Shorten a text to `width` cells, with `…` where something is missing."""
    if len(text) <= width and cells(text) <= width:
        return text
    if text.isascii():
        return f"{text[: width - 1]}…" if width > 0 else ""
    from rich.cells import set_cell_size

    return f"{set_cell_size(text, width - 1).rstrip()}…" if width > 0 else ""
