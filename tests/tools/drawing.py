"""Draws a screen as SVG, so that it looks the same in a browser, in cairo and without a network.

Letters are text in a stack of monospaced fonts, spread over their cells. Lines, blocks, Braille and
the signs that fonts draw in different widths are drawn as shapes: they join whatever the font is.
One file has the colours of both themes; a browser takes those of the page it stands on.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.cells import cell_len

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cells import Run, Screen
    from studio import Shot

Box = tuple[float, float, float, float]
"""Left, top, width, height."""
W, H = 10, 20
"""A cell, in units of the picture."""
PAD, BAR = 10, 30
# The first is the only one that cairo reads; Menlo is the same design, and has the same widths.
FONTS = "'DejaVu Sans Mono',Menlo,Consolas,'Liberation Mono',monospace"
# 0.602 em is the width of a letter of the first two.
SIZE = 16.6
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

# What leaves the middle of a cell: up, right, down, left; 1 is light, 2 heavy.
_LINES = {
    "─": "0101", "━": "0202", "│": "1010", "┃": "2020", "┌": "0110", "┐": "0011", "└": "1100",
    "┘": "1001", "├": "1110", "┤": "1011", "┬": "0111", "┴": "1101", "┼": "1111", "╴": "0001",
    "╵": "1000", "╶": "0100", "╷": "0010", "╸": "0002", "╹": "2000", "╺": "0200", "╻": "0020",
    "╼": "0201", "╾": "0102",
}  # fmt: skip
_DASHES = {"┄": 3, "┈": 4, "╌": 2}
# Quarter rings: where they leave the cell, from the middle of one edge to that of another.
_ROUND = {
    "╭": "M4 20v-5q0-6 6-6v2q-4 0-4 4v5z",
    "╮": "M4 20v-5q0-4-4-4v-2q6 0 6 6v5z",
    "╯": "M4 0v5q0 4-4 4v2q6 0 6-6v-5z",
    "╰": "M4 0v5q0 6 6 6v-2q-4 0-4-4v-5z",
}
# Left, top, width, height in eighths of a cell.
_BLOCKS = {
    **{sign: (0, 8 - n, 8, n) for n, sign in enumerate("▁▂▃▄▅▆▇█", start=1)},
    **{sign: (0, 0, n, 8) for n, sign in enumerate("▏▎▍▌▋▊▉", start=1)},
    "▐": (4, 0, 4, 8), "▕": (7, 0, 1, 8), "▀": (0, 0, 8, 4), "▔": (0, 0, 8, 1),
}  # fmt: skip
_SHADES = {"░": ".25", "▒": ".5", "▓": ".75"}
_DISC = "M1 10a4 4 0 0 1 8 0a4 4 0 0 1-8 0z"
_HOLE = "M2.4 10a2.6 2.6 0 0 0 5.2 0a2.6 2.6 0 0 0-5.2 0z"
_SIGNS = {
    "●": _DISC, "○": _DISC + _HOLE,
    "◐": _DISC + "M5 12.6a2.6 2.6 0 0 0 0-5.2z",
    "◍": _DISC + _HOLE + "M4.4 7h1.2v6h-1.2z",
    "◌": "".join(f"M{x} {y}h1.6v1.6h-1.6z" for x, y in
                 [(4.2, 6), (7, 7.2), (8.2, 9.4), (7, 11.8), (4.2, 13), (1.4, 11.8), (.2, 9.4),
                  (1.4, 7.2)]),
    "▲": "M5 6l4.5 8h-9z", "▼": "M5 14l4.5-8h-9z", "▶": "M1 5.5l8 4.5l-8 4.5z",
    "■": "M1.5 6.5h7v7h-7z",
    "◆": "M5 5l4.5 5l-4.5 5l-4.5-5z", "◇": "M5 5l4.5 5l-4.5 5l-4.5-5zM5 7l-2.7 3l2.7 3l2.7-3z",
}  # fmt: skip


@dataclass
class Sheet:
    """The colours of a picture: a short class for each look of ink and each ground."""

    themes: tuple[str, ...]
    names: dict[tuple[str, ...], str] = field(default_factory=dict)

    def of(self, colours: Sequence[str], *marks: str) -> str:
        """The class for a colour in each theme, and how letters are written."""
        key = (*colours, *marks)
        if key not in self.names:
            number = len(self.names)
            first = _LETTERS[number // len(_LETTERS) - 1] if number >= len(_LETTERS) else ""
            self.names[key] = first + _LETTERS[number % len(_LETTERS)]
        return self.names[key]

    def css(self) -> str:
        """The rules; a second theme is for pages of that kind."""
        marks = {
            "bold": "font-weight:bold",
            "italic": "font-style:italic",
            "underline": "text-decoration:underline",
            "strike": "text-decoration:line-through",
        }
        count = len(self.themes)
        rules = [f"text{{font:{SIZE}px {FONTS}}}"]
        for key, name in self.names.items():
            extra = "".join(f";{marks[mark]}" for mark in key[count:])
            rules.append(f".{name}{{fill:{key[0]}{extra}}}")
        for at, theme in enumerate(self.themes[1:], start=1):
            changed = [
                f".{n}{{fill:{key[at]}}}" for key, n in self.names.items() if key[at] != key[0]
            ]
            rules.append(f"@media(prefers-color-scheme:{theme}){{{''.join(changed)}}}")
        return "".join(rules)


@dataclass
class Shapes:
    """What is filled with one ink, as one path."""

    across: list[Box] = field(default_factory=list)
    down: list[Box] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    shades: dict[str, list[Box]] = field(default_factory=lambda: defaultdict(list))
    """By how dense they are."""

    def elements(self, name: str) -> Iterable[str]:
        """All of it, in the ink of this class; pieces of a line that meet are one piece."""
        parts = [_box(*box) for box in _joined(self.across)]
        parts += [_box(*_turned(box)) for box in _joined(map(_turned, self.down))]
        if path := "".join(parts + self.others):
            yield f'<path class="{name}" d="{path}"/>'
        for density, boxes in self.shades.items():
            path = "".join(_box(*box) for box in _joined(boxes))
            yield f'<path class="{name}" fill-opacity="{density}" d="{path}"/>'


def svg(screen: Screen, title: str) -> str:
    """The picture of a screen."""
    sheet = Sheet(screen.themes)
    width, height = size_of(screen)
    frame = window(sheet, screen, title)
    body = "".join(rows(sheet, screen))
    return document(
        width, height, sheet.css(), f'{frame}<g transform="translate({PAD} {BAR})">{body}</g>'
    )


def film(shots: Sequence[Shot], seconds: float = 2.5) -> str:
    """The picture of several screens, one after the other, the last for twice as long.

    Where nothing moves, the last one is seen: it lies over the others.
    """
    sheet = Sheet(shots[0].screen.themes)
    width, height = size_of(shots[0].screen)
    share = 100 / (len(shots) + 1)
    frames, css = [], ""
    for number, shot in enumerate(shots):
        frame = window(sheet, shot.screen, shot.title)
        body = "".join(rows(sheet, shot.screen))
        frames.append(
            f'<g id="s{number}">{frame}<g transform="translate({PAD} {BAR})">{body}</g></g>'
        )
        start = f"0%{{visibility:hidden}}{_n(number * share)}%" if number else "0%"
        is_last = number == len(shots) - 1
        end = "" if is_last else f"{_n((number + 1) * share)}%{{visibility:hidden}}"
        css += f"@keyframes k{number}{{{start}{{visibility:visible}}{end}}}"
        css += (
            f"#s{number}{{animation:k{number} {_n(seconds * (len(shots) + 1))}s step-end infinite}}"
        )
    calm = "@media(prefers-reduced-motion:reduce){g{animation:none!important}}"
    return document(width, height, sheet.css() + css + calm, "\n".join(frames))


def document(width: int, height: int, css: str, body: str) -> str:
    """An SVG file."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">\n'
        f"<style>{css}</style>\n{body}\n</svg>\n"
    )


def size_of(screen: Screen) -> tuple[int, int]:
    """How large the picture of a screen is."""
    cells = max(sum(cell_len(run.text) for run in row) for row in screen.rows)
    return cells * W + 2 * PAD, len(screen.rows) * H + BAR + PAD


def window(sheet: Sheet, screen: Screen, title: str) -> str:
    """The window around a screen, in the colours that most of the screen has."""
    width, height = size_of(screen)
    ground = sheet.of(ground_of(screen))
    edge, ink = (
        sheet.of(("#8b949e",) * len(screen.themes)),
        sheet.of(("#7d8590",) * len(screen.themes)),
    )
    dots = "".join(
        f'<circle cx="{20 + 18 * n}" cy="15" r="5.5" fill="{colour}"/>'
        for n, colour in enumerate(("#ff5f57", "#febc2e", "#28c840"))
    )
    return (
        f'<rect class="{edge}" width="{width}" height="{height}" rx="9"/>'
        f'<rect class="{ground}" x="1" y="1" width="{width - 2}" height="{height - 2}" rx="8"/>'
        f'{dots}<text class="{ink}" x="{width // 2}" y="21" text-anchor="middle">'
        f"{html.escape(title)}</text>"
    )


def ground_of(screen: Screen) -> tuple[str, ...]:
    """The ground that most of a screen has, in each theme."""
    counts: dict[tuple[str, ...], int] = defaultdict(int)
    for row in screen.rows:
        for run in row:
            counts[_grounds(run)] += len(run.text)
    return max(counts, key=lambda grounds: counts[grounds])


def rows(sheet: Sheet, screen: Screen) -> Iterable[str]:
    """The grounds, shapes and letters of a screen, without the window."""
    ground = ground_of(screen)
    shapes: dict[str, Shapes] = defaultdict(Shapes)
    letters: list[str] = []
    yield from _rectangles(sheet, screen, ground)
    for line, row in enumerate(screen.rows):
        at = 0
        words: dict[str, list[tuple[int, str]]] = {}
        for run in row:
            inks = tuple(look.ink for look in run.looks)
            plain = sheet.of(inks) if run.text.strip() else ""
            text = []
            for character in run.text:
                wide = cell_len(character)
                if character == " " or not _shaped(shapes[plain], character, at, line):
                    text.append((at, character))
                at += wide
            if run.text.strip():
                name = sheet.of(inks, *run.looks[0].marks)
                words.setdefault(name, []).extend(text)
        for name, characters in words.items():
            letters += [_text(name, x, line, word) for x, word in _words(characters)]
    for name, shape in shapes.items():
        yield from shape.elements(name)
    yield from letters


def _grounds(run: Run) -> tuple[str, ...]:
    return tuple(look.ground for look in run.looks)


def _rectangles(sheet: Sheet, screen: Screen, ground: tuple[str, ...]) -> Iterable[str]:
    """The grounds that are not the window's; the same in rows that follow are one."""
    boxes: dict[tuple[str, ...], list[Box]] = defaultdict(list)
    for line, row in enumerate(screen.rows):
        at = 0
        for run in row:
            wide = cell_len(run.text)
            if _grounds(run) != ground:
                boxes[_grounds(run)].append((at * W, line * H, wide * W, H))
            at += wide
    for grounds, found in boxes.items():
        merged = _joined(map(_turned, _joined(found)))
        path = "".join(_box(*_turned(box)) for box in merged)
        yield f'<path class="{sheet.of(grounds)}" d="{path}"/>'


def _words(characters: list[tuple[int, str]]) -> Iterable[tuple[int, str]]:
    """Letters that follow each other, cut at wide gaps and around signs that no font agrees on."""
    word, start, at = "", 0, 0
    for x, character in characters:
        is_sign = ord(character) > 127 and unicodedata.category(character) in {
            "So",
            "Sm",
            "Mn",
            "Cf",
        }
        if word and (x != at or is_sign or word.endswith("  ")):
            yield start, word
            word = ""
        if is_sign:
            yield x, character
        elif word or character != " ":
            start = start if word else x
            word += character
        at = x + cell_len(character)
    if word:
        yield start, word


def _text(name: str, x: int, line: int, word: str) -> str:
    word = word.rstrip()
    wide = cell_len(word) * W
    # One letter has no space between letters to be spread by.
    length = f' textLength="{wide}"' if len(word) > 1 else ""
    place = f'x="{x * W}" y="{line * H + 15}"'
    return f'<text class="{name}" {place}{length}>{html.escape(word, quote=False)}</text>'


def _shaped(shapes: Shapes, sign: str, at: int, line: int) -> bool:
    """Draw a sign as a shape, if it is one that is."""
    x, y = at * W, line * H
    if sign in _LINES:
        _lines(shapes, _LINES[sign], x, y)
    elif sign in _DASHES:
        step = W / _DASHES[sign]
        shapes.others += [_box(x + n * step, y + 9, step * 0.6, 2) for n in range(_DASHES[sign])]
    elif sign in _ROUND:
        shapes.others.append(_moved(_ROUND[sign], x, y))
    elif sign in _BLOCKS:
        left, top, wide, high = _BLOCKS[sign]
        shapes.others.append(_box(x + left * W / 8, y + top * H / 8, wide * W / 8, high * H / 8))
    elif sign in _SHADES:
        shapes.shades[_SHADES[sign]].append((x, y, W, H))
    elif "\u2800" <= sign <= "\u28ff":
        bits = ord(sign) - 0x2800
        for bit, (column, row) in enumerate(
            [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)]
        ):
            if bits >> bit & 1:
                shapes.others.append(_box(x + 1.5 + 5 * column, y + 1.5 + 5 * row, 2, 2))
    elif sign in _SIGNS:
        shapes.others.append(_moved(_SIGNS[sign], x, y))
    else:
        return False
    return True


def _lines(shapes: Shapes, arms: str, x: float, y: float) -> None:
    up, right, down, left = (int(arm) for arm in arms)
    middle_x, middle_y = x + W / 2, y + H / 2
    if left:
        shapes.across.append((x, middle_y - left, W / 2 + (1 if up or down else 0), 2 * left))
    if right:
        start = middle_x - (1 if up or down else 0)
        shapes.across.append((start, middle_y - right, x + W - start, 2 * right))
    if up:
        shapes.down.append((middle_x - up, y, 2 * up, H / 2))
    if down:
        shapes.down.append((middle_x - down, middle_y, 2 * down, H / 2))


def _joined(
    boxes: Iterable[Box],
) -> list[Box]:
    """Boxes side by side in one row, of one height, as one box."""
    done: list[Box] = []
    for x, y, wide, high in sorted(boxes, key=lambda box: (box[1], box[3], box[0])):
        if done:
            before, top, width, height = done[-1]
            if (top, height) == (y, high) and x <= before + width:
                done[-1] = (before, y, max(before + width, x + wide) - before, high)
                continue
        done.append((x, y, wide, high))
    return done


def _turned(box: Box) -> Box:
    x, y, wide, high = box
    return y, x, high, wide


def _box(x: float, y: float, wide: float, high: float) -> str:
    return f"M{_n(x)} {_n(y)}h{_n(wide)}v{_n(high)}h{_n(-wide)}z"


def _moved(path: str, x: float, y: float) -> str:
    """A path of relative steps, begun elsewhere."""
    return re.sub(
        r"M([\d.]+) ([\d.]+)",
        lambda found: f"M{_n(x + float(found[1]))} {_n(y + float(found[2]))}",
        path,
    )


def _n(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")
