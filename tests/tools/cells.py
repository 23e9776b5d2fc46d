"""A screen as cells: runs of characters that look the same, and the text baseline of them.

A baseline is what git and a person compare: the words of the screen as they stand, then the looks,
a line of runs for each row. A look is named by the start of its digest, so that a new one renames
no other.

    segments · 80×24 · dark light
    ──────
     1 Segments 14 of 14
    ──────
     1 4f1×1 8a0×22
    ──────
    4f1 #6cb6ff on #0d1117 bold | #0550ae on #ffffff bold
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from rich.terminal_theme import SVG_EXPORT_THEME

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rich.style import Style

_RULE = "─" * 6
_MARKS = ("bold", "italic", "underline", "strike")


@dataclass(frozen=True, order=True)
class Look:
    """How characters are drawn in one theme."""

    ink: str
    ground: str
    marks: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " ".join([self.ink, "on", self.ground, *self.marks])

    @classmethod
    def read(cls, text: str) -> Look:
        """What `str` wrote."""
        ink, _, ground, *marks = text.split()
        return cls(ink, ground, tuple(marks))

    @classmethod
    def of(cls, style: Style | None) -> Look:
        """What a terminal would draw for this style."""
        theme = SVG_EXPORT_THEME
        ink, ground, marks = theme.foreground_color, theme.background_color, ()
        if style is not None:
            if style.color is not None:
                ink = style.color.get_truecolor(theme, foreground=True)
            if style.bgcolor is not None:
                ground = style.bgcolor.get_truecolor(theme, foreground=False)
            if style.reverse:
                ink, ground = ground, ink
            if style.dim:
                ink = type(ink)(*((2 * a + b) // 3 for a, b in zip(ink, ground, strict=True)))
            marks = tuple(mark for mark in _MARKS if getattr(style, mark))
        return cls(ink.hex, ground.hex, marks)


@dataclass(frozen=True)
class Run:
    """Characters of one row that look the same in every theme."""

    text: str
    looks: tuple[Look, ...]
    """One for each theme of the screen."""


@dataclass(frozen=True)
class Screen:
    """What is on a screen, in one theme or several."""

    themes: tuple[str, ...]
    rows: tuple[tuple[Run, ...], ...]

    @property
    def text(self) -> str:
        """The words alone."""
        return "\n".join("".join(run.text for run in row).rstrip() for row in self.rows)


def taken(app: Any) -> list[list[tuple[str, Look]]]:
    """Every character on the screen of a running app, row by row, with its look."""
    screen = app.screen
    update = screen._compositor.render_update(full=True, screen_stack=app._background_screens)
    looks: dict[Any, Look] = {}
    rows = []
    for strips in update.strips:
        row = []
        for strip in strips:
            for text, style, control in strip:
                if control or not text:
                    continue
                look = looks.get(style)
                if look is None:
                    look = looks[style] = Look.of(style)
                row += [(character, look) for character in text]
        rows.append(row)
    return rows


def together(shots: Mapping[str, list[list[tuple[str, Look]]]]) -> Screen:
    """One screen of the same screen in several themes; the words must be the same in all."""
    rows = []
    for number, row in enumerate(zip(*shots.values(), strict=True), start=1):
        texts = {"".join(character for character, _ in one) for one in row}
        if len(texts) != 1:
            raise ValueError(f"row {number} is not the same in each theme: {sorted(texts)}")
        text = texts.pop()
        looks = list(zip(*([look for _, look in one] for one in row), strict=True))
        rows.append(tuple(_runs(text, looks)))
    return Screen(tuple(shots), tuple(rows))


def _runs(text: str, looks: Iterable[tuple[Look, ...]]) -> Iterable[Run]:
    for look, pairs in groupby(zip(text, looks, strict=True), key=lambda pair: pair[1]):
        yield Run("".join(character for character, _ in pairs), look)


def written(screen: Screen, title: str) -> str:
    """The baseline of a screen."""
    names = _names({run.looks for row in screen.rows for run in row})
    digits = len(str(len(screen.rows)))
    lines = [" · ".join([title, *screen.themes]), _RULE]
    lines += [f"{n:>{digits}} {line}".rstrip() for n, line in enumerate(screen.text.split("\n"), 1)]
    lines.append(_RULE)
    for number, row in enumerate(screen.rows, start=1):
        runs = " ".join(f"{names[run.looks]}×{len(run.text)}" for run in row)
        lines.append(f"{number:>{digits}} {runs}")
    lines.append(_RULE)
    legend = sorted((name, looks) for looks, name in names.items())
    lines += [f"{name} {' | '.join(map(str, looks))}" for name, looks in legend]
    return "\n".join(lines) + "\n"


def read(text: str) -> tuple[str, Screen]:
    """The title and the screen that a baseline was written from."""
    title, *lines = text.removesuffix("\n").split("\n")
    parts = [list(part) for is_rule, part in groupby(lines, key=_RULE.__eq__) if not is_rule]
    words, runs, legend = parts
    looks = {}
    for line in legend:
        name, _, rest = line.partition(" ")
        looks[name] = tuple(Look.read(part) for part in rest.split(" | "))
    rows = []
    start = len(str(len(words))) + 1
    for line, style in zip(words, runs, strict=True):
        row, at = [], start
        for name, count in re.findall(r"(\w+)×(\d+)", style):
            end = at + int(count)
            row.append(Run(line[at:end].ljust(int(count)), looks[name]))
            at = end
        rows.append(tuple(row))
    count = len(next(iter(looks.values())))
    titles = title.split(" · ")
    return " · ".join(titles[:-count]), Screen(tuple(titles[-count:]), tuple(rows))


def _names(looks: set[tuple[Look, ...]]) -> dict[tuple[Look, ...], str]:
    """The shortest start of each look's digest that is its own."""
    digests = {look: hashlib.sha256(str(look).encode()).hexdigest() for look in looks}
    taken = sorted(digests.values())
    names = {}
    for look, digest in digests.items():
        length = 3
        while sum(other.startswith(digest[:length]) for other in taken) > 1:
            length += 1
        names[look] = digest[:length]
    return names
