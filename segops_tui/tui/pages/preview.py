"""A landing page to read in a terminal: title, copy, products, comparison, questions.

A block of an unknown type is shown as text.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from segops_tui.api.record import as_number
from segops_tui.nouns.column import Context, format_value
from segops_tui.nouns.marks import priced
from segops_tui.tui.core.sized import AutoSized
from segops_tui.tui.core.text import crop, fit, one_line, width

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from textual.geometry import Size

WIDEST: Final = 88
"""Cells of a line of prose: longer ones are hard to read."""
_LONGEST: Final = 4_000
"""Characters of a text that are drawn."""
_MUTED: Final = "$text-muted"


@dataclass(frozen=True, slots=True)
class ShownProduct:
    """One product of a page, as far as it is known."""

    sku: str
    name: str = ""
    price: str = ""
    brand: str = ""
    rating: float | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class PagePreview:
    """The content of a page. `blocks` is all of it, where that was fetched."""

    title: str
    intro: str = ""
    products: Sequence[ShownProduct] = ()
    blocks: Sequence[Mapping[str, Any]] = ()
    notes: Sequence[str] = field(default=())
    """What is missing, and how to get it."""


def shown_product(item: Mapping[str, Any], *, now: datetime) -> ShownProduct:
    """A product of a search or of a block, as a page shows it."""
    data = item.get("data")
    facts = {**(data if isinstance(data, Mapping) else {}), **item}
    price = facts.get("price")
    return ShownProduct(
        sku=one_line(facts.get("sku") or ""),
        name=one_line(facts.get("name") or ""),
        price="" if price in (None, "") else one_line(priced(price, Context(now=now))),
        brand=one_line(facts.get("brand") or ""),
        rating=as_number(facts.get("rating")),
        text=one_line(facts.get("text") or ""),
    )


def preview_lines(page: PagePreview, cells: int, *, now: datetime) -> list[Content]:
    """The page as lines of at most this many cells."""
    cells = max(16, min(cells, WIDEST))
    lines = [Content.styled(part, "bold $primary") for part in _wrapped(page.title, cells)]
    lines += [Content.styled("━" * min(cells, max(map(len, lines), default=4)), "$primary")]
    lines += _prose(page.intro, cells)
    if page.blocks:
        for block in page.blocks:
            lines += _block(block, cells, now)
    elif page.products:
        lines += [Content(""), *_headed("Products", cells), *_products(page.products, cells)]
    for note in page.notes:
        lines += [Content(""), *(Content.styled(part, _MUTED) for part in _wrapped(note, cells))]
    return lines


def _block(block: Mapping[str, Any], cells: int, now: datetime) -> list[Content]:
    kind, items = block.get("type"), block.get("items")
    listed = items if isinstance(items, list) else []
    if kind == "hero":
        # The page's own title and copy, which stand above already.
        return []
    head = [Content(""), *_headed(format_value(block.get("title") or kind or "Block"), cells)]
    match kind:
        case "products":
            shown = [shown_product(item, now=now) for item in listed if isinstance(item, Mapping)]
            return [*head, *_products(shown, cells)]
        case "comparison":
            return [*head, *_table(block.get("columns"), listed, cells)]
        case "questions":
            return [*head, *_questions(listed, cells)]
    return [*head, *_prose(format_value(block.get("text") or listed or ""), cells, gap=False)]


def _products(products: Iterable[ShownProduct], cells: int) -> list[Content]:
    lines = []
    for place, product in enumerate(products, 1):
        number = f"{place:>2}  "
        price = f"  {product.price}" if product.price else ""
        room = max(4, cells - len(number) - width(price))
        name = fit(product.name or product.sku, room)
        lines.append(Content.assemble((number, _MUTED), (name, "bold"), (price, "$success")))
        facts = [product.brand, "" if product.rating is None else f"★ {product.rating:g}"]
        about = " · ".join(part for part in [*facts, product.sku] if part)
        if product.name:
            lines.append(Content.styled(crop(f"    {about}", cells), _MUTED))
        lines += [Content(f"    {part}") for part in _wrapped(product.text, cells - 4)[:2]]
    return lines


def _table(columns: Any, rows: Sequence[Any], cells: int) -> list[Content]:
    titles = (
        [one_line(format_value(title)) for title in columns] if isinstance(columns, list) else []
    )
    table = [
        [one_line(format_value(cell)) for cell in row] for row in rows if isinstance(row, list)
    ]
    count = max([len(titles), *map(len, table)], default=0)
    if not count:
        return []
    padded = [[*row, *[""] * (count - len(row))] for row in [titles, *table]]
    wanted = [max(width(row[at]) for row in padded) for at in range(count)]
    # The first column, names, gives way to the others, which hold figures.
    others = sum(min(each, 18) + 2 for each in wanted[1:])
    room = [max(8, min(wanted[0], cells - others)), *(min(each, 18) for each in wanted[1:])]
    drawn = ["  ".join(fit(cell, room[at]) for at, cell in enumerate(row)) for row in padded]
    head = Content.styled(crop(drawn[0], cells), f"bold {_MUTED}")
    return [head, *(Content(crop(line, cells)) for line in drawn[1:])]


def _questions(items: Sequence[Any], cells: int) -> list[Content]:
    lines = []
    for item in items:
        if not isinstance(item, Mapping):
            continue
        asked = _wrapped(format_value(item.get("question")), cells - 2)
        lines += [Content.assemble(("? ", "$accent"), (part, "bold")) for part in asked[:1]]
        lines += [Content.styled(f"  {part}", "bold") for part in asked[1:]]
        lines += [
            Content(f"  {part}") for part in _wrapped(format_value(item.get("answer")), cells - 2)
        ]
    return lines


def _headed(title: str, cells: int) -> list[Content]:
    words = crop(one_line(title), cells)
    rule = "─" * max(0, cells - width(words) - 1)
    return [Content.assemble((words, "bold"), " ", (rule, "$border-blurred"))]


def _prose(text: str, cells: int, *, gap: bool = True) -> list[Content]:
    lines = [Content(part) for part in _wrapped(text, cells)]
    return [Content(""), *lines] if lines and gap else lines


def _wrapped(text: str, cells: int) -> list[str]:
    """A text as lines, cut off after a few thousand characters."""
    return textwrap.wrap(one_line(text)[:_LONGEST], max(8, cells))


class PageView(AutoSized, Widget):
    """A page to read, or the note in its place."""

    DEFAULT_CSS = "PageView { height: auto; width: 1fr; }"

    preview: reactive[PagePreview | None] = reactive(None, layout=True)
    note: reactive[Content] = reactive(Content(""), layout=True)
    """ShownProduct below the page: what is loading, or what went wrong."""

    def __init__(self, *, now: Callable[[], datetime]) -> None:
        super().__init__()
        self._now = now

    def render(self) -> Content:
        """Draw the lines."""
        return Content("\n").join(self._lines(self.size.width))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """The number of lines at this width."""
        return len(self._lines(width))

    def _lines(self, width: int) -> list[Content]:
        page = self.preview
        lines = [] if page is None else preview_lines(page, width, now=self._now())
        return [*lines, *([Content(""), self.note] if self.note.plain else [])]
