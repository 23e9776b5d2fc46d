"""The text of assistants' answers, with the mentioned brands marked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from textual.content import Content

from segops_tui import wording
from segops_tui.nouns.column import Context
from segops_tui.nouns.queries import (
    GONE,
    KIND_WORDS,
    MARKS,
    SENTIMENTS,
    SIMULATED,
    Naming,
    brands_of,
    marked_pieces,
    name_pattern,
    position_tone,
    position_words,
    provider_words,
    sentiment_tone,
    sentiment_words,
    standings,
)
from segops_tui.tui.core.sized import Sized
from segops_tui.tui.core.text import block, crop, one_line, packed
from segops_tui.tui.core.theme import TONES
from segops_tui.tui.widgets.plain_text import PlainText

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from segops_tui.api.resources.queries import QueryResult
    from segops_tui.nouns.queries import Kind, Standing

STYLES: Final[Mapping[Kind, str]] = {
    "own": "bold $success",
    "rival": "bold $warning",
    "other": "bold $accent",
}
LONGEST: Final = 20_000
"""Characters of an answer that are shown."""
_NAME: Final = 40
_UNKNOWN: Final = 80
"""The width before the first layout, in cells."""
_STRONG: Final = re.compile(r"\*\*(.+?)\*\*")


def legend(naming: Naming) -> list[Content]:
    """The legend of the marks before names, without the kinds that have no names."""
    kinds: list[Kind] = ["other"]
    if naming.rivals:
        kinds.insert(0, "rival")
    if naming.own:
        kinds.insert(0, "own")
    return [
        Content.assemble((MARKS[kind], STYLES[kind]), (f" {KIND_WORDS[kind]}", "$text-muted"))
        for kind in kinds
    ]


class AnswerText(PlainText, Sized):
    """The latest answer of each assistant, one after the other."""

    DEFAULT_CSS = "AnswerText { height: auto; width: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self._cells = 0
        self._lines: Callable[[int], list[Content]] = lambda _cells: []

    def show_note(self, words: str) -> None:
        """Show a note instead of answers."""
        self._draw(lambda _cells: [Content.styled(words, "$text-muted")])

    def show(
        self,
        results: Sequence[QueryResult],
        naming: Naming,
        *,
        now: datetime,
        before: Callable[[int], list[Content]] = lambda _cells: [],
    ) -> None:
        """Draw the answers, after the lines that `before` makes for a width."""
        found = standings(results).values()

        def lines(cells: int) -> list[Content]:
            drawn = [*before(cells), *packed(legend(naming), cells, gap=3)]
            for standing in found:
                drawn.extend([Content(""), *answer_lines(standing, naming, cells=cells, now=now)])
            return drawn

        self._draw(lines)

    def fit_size(self) -> None:
        """Draw again: names are packed into lines for a width."""
        if self.size.width != self._cells:
            self._draw(self._lines)

    def _draw(self, lines: Callable[[int], list[Content]]) -> None:
        self._lines, self._cells = lines, self.size.width
        self.update(Content("\n").join(lines(self._cells or _UNKNOWN)))


def answer_lines(
    standing: Standing, naming: Naming, *, cells: int, now: datetime
) -> Iterator[Content]:
    """One answer: a heading, the brands in its order, its text."""
    answer = standing.latest
    yield _heading(standing, now=now)
    brands = brands_of(answer)
    if brands:
        named = [
            Content.assemble(
                (f"{brand.position or '–'} ", "$text-muted"),
                _name(brand.name, naming),
                f" {SENTIMENTS.get(brand.sentiment, '')}".rstrip(),
            )
            for brand in brands
        ]
        yield from packed(named, cells, gap=3)
    words = answer.raw_response
    known = [*(one_line(brand.name) for brand in brands), *naming.own, *naming.rivals]
    pattern = name_pattern(known)
    for line in block(words[:LONGEST]).splitlines():
        yield _worded(line, pattern, naming)
    if len(words) > LONGEST:
        yield Content.styled(
            f"… {len(words) - LONGEST:,} more characters: segops-tui queries results --text",
            "$text-muted",
        )


def _heading(standing: Standing, *, now: datetime) -> Content:
    answer = standing.latest
    context = Context(now=now)
    name = one_line(provider_words(answer.provider, context))
    parts: list[str | tuple[str, str]] = [
        (crop(name, _NAME), "bold underline"),
        "  ",
        (_rank_words(standing, context), TONES[position_tone(answer.position)]),
    ]
    if answer.position is not None:
        mood = one_line(sentiment_words(answer.sentiment, context))
        parts.extend(["  ", (mood, TONES[sentiment_tone(answer.sentiment)])])
        if standing.change:
            parts.append(f"  {standing.change}")
    parts.append((f"  {wording.age(answer.captured_at, now=now)}", "$text-muted"))
    if answer.is_simulated:
        parts.append((f"  {SIMULATED} simulated", "$text-muted"))
    return Content.assemble(*parts)


def _rank_words(standing: Standing, context: Context) -> str:
    if standing.position is not None:
        return position_words(standing.position, context)
    return "Not mentioned (was last time)" if standing.change == GONE else "Not mentioned"


def _name(name: str, naming: Naming) -> Content:
    kind = naming.kind_of(name)
    return Content.styled(f"{MARKS[kind]} {crop(one_line(name), _NAME)}", STYLES[kind])


def _worded(line: str, pattern: re.Pattern[str] | None, naming: Naming) -> Content:
    """A line with its names marked and its **strong** parts bold."""
    parts: list[str | tuple[str, str]] = []
    # Every second piece was between two pairs of asterisks.
    for number, strong in enumerate(_STRONG.split(line)):
        for piece, kind in marked_pieces(strong, pattern, naming):
            if kind is not None:
                parts.append((f"{MARKS[kind]} {piece}", STYLES[kind]))
            else:
                parts.append((piece, "bold") if number % 2 else piece)
    return Content.assemble(*parts)
