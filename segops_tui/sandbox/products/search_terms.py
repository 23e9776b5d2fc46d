"""What a shopper typed, as a search understands it: words to look for, and a price.

Knows the language of shoppers' questions and the index's quoting; knows no table.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

MOST_WORDS: Final = 24
"""Words looked for; what stands behind them in a longer question is left out."""

_SPLIT: Final = re.compile(r"[\s,;:/|&+()\[\]{}\"“”„«»]+")
_HAS_WORD: Final = re.compile(r"[^\W_]")
_IDLE: Final = frozenset(
    """a about all am an and any are around as at available be been best better between buy by can
    cheap cheapest could did do does done for from get give good great has have help how i if in
    into is it its less like list looking made make many me more most much my need needs no not of
    off on one or our out over people please product products recommend recommended should show so
    some someone something suggest than that the their them there these they thing things this to
    top under up use used using very want was we were what when where which while who why will
    with without would you your""".split()  # noqa: SIM905  # a page of words reads better so
)
_THOUSANDS: Final = re.compile(r",(?=\d{3}(?!\d))")
_POSSESSIVE: Final = re.compile(r"['’]s$")
_AMOUNT: Final = (
    r"(?P<{0}sign>[$€£¥])?\s*"
    r"(?P<{0}>\d{{1,9}}(?:,\d{{3}}(?!\d))*(?:[.,]\d{{1,2}}(?!\d))?)"
)
_UNIT: Final = (
    r"(?P<{0}unit>\s*(?:usd|eur|gbp|dollars?|euros?|pounds?|bucks)\b|[$€£¥])?"
    r"(?![\d%]|[.,]\d|\s*-?(?:g|kg|mg|lbs?|oz|l|ml|cl|cm|mm|m|km|miles?|in|inch(?:es)?|ft|feet|"
    r"days?|weeks?|months?|years?|hours?|h|w|watts?|°|people|persons?|pieces|stars?|litres?|"
    r"liters?|pack|degrees?)\b)"
)
_ONE: Final = _AMOUNT.format("amount") + _UNIT.format("amount")
_MOST: Final = re.compile(
    rf"(?:\b(?:under|below|less than|cheaper than|up to|at most|max(?:imum)?)\b|<=?)\s*{_ONE}",
    re.IGNORECASE,
)
_LEAST: Final = re.compile(
    rf"(?:\b(?:over|above|more than|at least|from|min(?:imum)?)\b|>=?)\s*{_ONE}", re.IGNORECASE
)
_RANGE: Final = re.compile(
    rf"\b(?:between|from)?\s*{_AMOUNT.format('low')}\s*(?:and|to|-|–)\s*"
    rf"{_AMOUNT.format('high')}{_UNIT.format('high')}",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: terms for the index, each quoted, and a price from and to."""

    terms: tuple[str, ...]
    least: float | None = None
    most: float | None = None

    @property
    def has_price(self) -> bool:
        """Whether a price was asked for."""
        return self.least is not None or self.most is not None

    @property
    def price_words(self) -> str:
        """The price asked for: `≤ 150`, `≥ 20`, `20–150`."""
        if self.least is not None and self.most is not None:
            return f"{self.least:g}–{self.most:g}"
        return f"≤ {self.most:g}" if self.most is not None else f"≥ {self.least:g}"


def understood(text: str) -> Wanted:
    """Read what somebody typed; there is no text that this refuses."""
    text = text.replace("\0", " ").encode(errors="ignore").decode()
    rest, least, most = _priced(text)
    words = [word for word in _SPLIT.split(rest) if _HAS_WORD.search(word)]
    telling = [word for word in words if _bare(word) not in _IDLE]
    # "the who" is all idle words, and still a question.
    chosen = dict.fromkeys(_bare(word) for word in telling or words)
    return Wanted(tuple(f'"{word}"' for word in [*chosen][:MOST_WORDS]), least, most)


def _bare(word: str) -> str:
    return _POSSESSIVE.sub("", word.casefold().strip("?!.…'’‘*^-"))


def _priced(text: str) -> tuple[str, float | None, float | None]:
    """The text without its prices, and the prices."""
    found = _RANGE.search(text)
    if found and _is_money(found, "low", "high"):
        low, high = sorted((_number(found["low"]), _number(found["high"])))
        return _without(text, found), low, high
    least = most = None
    found = _MOST.search(text)
    if found:
        text, most = _without(text, found), _number(found["amount"])
    found = _LEAST.search(text)
    # "from 5" and "over 3" are said of many things; only of money with a sign or a word for it.
    if found and _is_money(found, "amount"):
        text, least = _without(text, found), _number(found["amount"])
    return text, least, most


def _is_money(found: re.Match[str], *names: str) -> bool:
    groups = found.groupdict()
    return any(groups.get(f"{name}sign") or groups.get(f"{name}unit") for name in names)


def _number(text: str) -> float:
    return float(_THOUSANDS.sub("", text).replace(",", "."))


def _without(text: str, found: re.Match[str]) -> str:
    return f"{text[: found.start()]} {text[found.end() :]}"
