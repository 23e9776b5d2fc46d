"""Finds out in which encoding a file is written, or between which ones only the user can decide.

Bytes alone do not say: `è` in Windows-1252 is `č` in Windows-1250. Every candidate is decoded and
weighed by how well its letters fit one language: their frequencies, their case, the scripts that
meet in a word. Candidates that read the sample alike are one.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

_NAMES: Final = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 with a byte order mark",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "utf-32": "UTF-32",
    "utf-32-le": "UTF-32",
    "utf-32-be": "UTF-32",
    "cp1252": "Latin-1 (Windows-1252)",
    "latin-1": "Latin-1",
    "iso8859-1": "Latin-1",
    "cp1250": "Windows-1250 (Central European)",
    "cp1251": "Windows-1251 (Cyrillic)",
    "cp1253": "Windows-1253 (Greek)",
    "cp1254": "Windows-1254 (Turkish)",
    "cp1255": "Windows-1255 (Hebrew)",
    "cp1256": "Windows-1256 (Arabic)",
    "cp1257": "Windows-1257 (Baltic)",
    "iso8859-2": "ISO 8859-2 (Central European)",
    "iso8859-15": "ISO 8859-15 (Western European)",
    "iso8859-7": "ISO 8859-7 (Greek)",
    "mac-roman": "Mac Roman",
    "cp437": "DOS 437",
    "cp850": "DOS 850",
    "cp852": "DOS 852 (Central European)",
    "cp866": "DOS 866 (Cyrillic)",
    "koi8-r": "KOI8-R (Cyrillic)",
    "cp932": "Shift JIS (Japanese)",
    "euc_jp": "EUC-JP (Japanese)",
    "gb18030": "GB 18030 (Chinese)",
    "big5": "Big5 (Chinese)",
    "cp949": "EUC-KR (Korean)",
}
_CANDIDATES: Final = {
    "cp1252": 0.5, "cp1250": 0.12, "cp1251": 0.12, "cp1253": 0.03, "cp1254": 0.04, "cp1255": 0.01,
    "cp1256": 0.01, "cp1257": 0.01, "iso8859-2": 0.03, "iso8859-15": 0.02, "iso8859-7": 0.01,
    "mac-roman": 0.03,
    "cp437": 0.02, "cp850": 0.02, "cp852": 0.02, "cp866": 0.02, "koi8-r": 0.02, "cp932": 0.02,
    "euc_jp": 0.01, "gb18030": 0.03, "big5": 0.01, "cp949": 0.03,
}  # fmt: skip
"""How often files in each are met, roughly."""
CHOICES: Final = ("utf-8", *_CANDIDATES)
"""The encodings that a user is offered, the most frequent first."""
_LANGUAGES: Final = (
    "éèàêçôûîâùïœëüæÿ", "üäößé", "óáíéñúü", "ãçáéóêíâõúàôü", "àèòùìéíó", "äöåé", "øåæéöä",
    "áðíóéþæöúý", "éëïèöüê", "łóążęśćńź", "íáěéžřýčšůúňťďóä", "áíéčšžýúľťňôäďĺŕó",
    "áéöóőüúíű", "ăîâțșţş", "čšžćđ", "ıüşğçöi̇âî", "ėšąžųįūčę", "āīēšļņžčģķū", "äõüöšž",
    "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё", "оаиіентрвслкдпумзьбгяїчйхєжшюцщфґ",
    "αοιετσνηυρπκμλςωγδχθάόέίφήβύξώζψϊϋ",
)  # fmt: skip
"""The letters beyond ASCII of a language, the most frequent first."""
_JAPANESE: Final = frozenset({"cp932", "euc_jp"})
_SYMBOLS: Final = frozenset("€£§©®™°²³½¼¾–—…‚„“”‘’«»‹›·•×±µ¿¡ªº№\u00a0\u2122、。・ー「」（），：")
_QUOTES: Final = frozenset("–—…‚„“”‘’«»‹›®™€\u00a0×/、。・ー「」（），：")
_APOSTROPHES: Final = frozenset("’‘·\u00a0×°®™–—/")
_UNIT: Final = re.compile(r"[^\W\d_]+|[^\x00-\x7f]")
_CONSONANTS: Final = re.compile(
    "[bcdfghjklmnpqrstvwxzčćçďđðģķĺļľłńñņňŕřśšşșťţțþźżž]{4}", re.IGNORECASE
)
_CAPITALS: Final = re.compile(r"[А-ЯΑ-Ω][А-ЯΑ-Ω][а-яα-ω]|[à-öø-ÿ][A-Z]")
_FOREIGN, _ODD, _BROKEN, _LIKELY = 1e-4, 1e-3, 1e-3, 0.02
_CERTAIN: Final = 0.9
_WORDS: Final = 2_000
_MOST_CHOICES: Final = 4


@dataclass(frozen=True, slots=True)
class Guess:
    """An encoding, and how probable it is that the file is written in it."""

    encoding: str
    text: str
    share: float


def encoding_name(encoding: str) -> str:
    """The usual name of an encoding."""
    return _NAMES.get(encoding, encoding)


def guesses(sample: bytes) -> list[Guess]:
    """The readings of a sample that make sense, the most probable first; shares add up to 1."""
    readings: dict[str, str] = {}
    weights: dict[str, float] = {}
    for encoding, prior in _CANDIDATES.items():
        try:
            text = sample.decode(encoding)
        except UnicodeDecodeError:
            continue
        if any(
            unicodedata.category(c) in {"Cc", "Cn", "Co"} for c in set(text) - set("\t\r\n\f\v")
        ):
            continue
        if text in readings:
            weights[text] = _sum(weights[text], math.log(prior))
        else:
            readings[text], weights[text] = encoding, math.log(prior)
    if not readings:
        return []
    scores = {
        text: weights[text] + _likelihood(text, is_japanese=encoding in _JAPANESE)
        for text, encoding in readings.items()
    }
    best = max(scores.values())
    shares = {text: math.exp(max(score - best, -700)) for text, score in scores.items()}
    total = sum(shares.values())
    found = [Guess(readings[text], text, share / total) for text, share in shares.items()]
    found = [guess for guess in found if guess.share > 1e-6]
    found.sort(key=lambda guess: (not _is_sensible(guess.text), -guess.share))
    return found[:_MOST_CHOICES]


def is_certain(found: list[Guess]) -> bool:
    """Whether the first guess can be taken without asking."""
    return bool(found) and found[0].share >= _CERTAIN and _is_sensible(found[0].text)


def other_cells(text: str) -> tuple[str, ...]:
    """Two cells with letters beyond ASCII."""
    cells = (cell.strip(" \"'") for cell in re.split(r"[,;\t|\r\n]", text))
    found = dict.fromkeys(cell[:40] for cell in cells if not cell.isascii())
    return tuple(found)[:2]


def wide_encoding(head: bytes) -> str | None:
    """UTF-16 or UTF-32 without a byte order mark, or None if it is neither."""
    for encoding, unit in (("utf-32-le", 4), ("utf-32-be", 4), ("utf-16-le", 2), ("utf-16-be", 2)):
        part = head[: len(head) - len(head) % unit]
        for spare in (0, unit):
            try:
                text = part[: len(part) - spare].decode(encoding)
            except UnicodeDecodeError:
                continue
            if _is_text(text):
                return encoding
    return None


def _is_text(text: str) -> bool:
    if not re.search("[\r\n]", text):
        return False
    odd = sum(
        unicodedata.category(c) in {"Cc", "Cn", "Co", "Cs"} for c in text if c not in "\t\r\n"
    )
    return odd == 0 and sum(c.isascii() for c in text) >= len(text) // 100


def _sum(a: float, b: float) -> float:
    """The logarithm of a sum of two numbers given by their logarithms."""
    high, low = max(a, b), min(a, b)
    return high + math.log1p(math.exp(low - high))


def _weights(letters: str) -> dict[str, float]:
    parts = {letter: 1 / (rank + 2) for rank, letter in enumerate(letters)}
    total = sum(parts.values())
    return {letter: part / total for letter, part in parts.items()}


_TABLES: Final = tuple(map(_weights, _LANGUAGES))


def _likelihood(text: str, *, is_japanese: bool) -> float:
    """The logarithm of how probable the units of a text are in the language that fits it best."""
    units = Counter(_units(text))
    fixed = 0.0
    words: list[tuple[list[float], float]] = []
    for unit, number in units.most_common(_WORDS):
        # The same word again proves little.
        times = 1 + math.log(number)
        before = _shape(unit)
        fixed += times * before
        if unit[0].isalpha():
            words.append((_by_language(unit, is_japanese=is_japanese), times))
    best = -math.inf if words else 0.0
    for number in range(len(_TABLES)):
        total = 0.0
        for each, times in words:
            total += times * math.log(0.9 * math.exp(each[number]) + 0.1 * math.exp(max(each)))
        best = max(best, total)
    return fixed + best


def _units(text: str) -> list[str]:
    """Words with letters beyond ASCII, and symbols with their neighbours."""
    found = []
    for match in _UNIT.finditer(text):
        unit = match[0]
        if unit.isascii():
            continue
        if not unit[0].isalpha():
            begin, end = match.span()
            near = text[max(begin - 1, 0) : begin], text[end : end + 1]
            joined = all(n.isalpha() for n in near) and unit not in _APOSTROPHES
            beside = any(n.isalpha() and not n.isascii() for n in near) and unit not in _QUOTES
            unit = f"{unit}{'x' if joined or beside else ''}"
        found.append(unit)
    return found


def _shape(unit: str) -> float:
    """What the form of a unit alone says: glued symbols, odd ones, case and scripts that mix."""
    if not unit[0].isalpha():
        if len(unit) > 1:
            return math.log(_FOREIGN)
        return math.log(_LIKELY if unit in _SYMBOLS else _ODD)
    score = 0.0
    if any(a.islower() and b.isupper() and not (a + b).isascii() for a, b in pairwise(unit)):
        score += math.log(_BROKEN)
    if _CAPITALS.search(unit) and not unit.isascii():
        score += math.log(0.05)
    if _script(unit[0]) == "LATIN" and not any(map(str.isascii, unit)):
        score += math.log(_BROKEN if len(unit) > 1 else 0.3)
    if _CONSONANTS.search(unit):
        score += math.log(0.2)
    if len({_script(c) for c in unit}) > 1:
        score += math.log(_BROKEN)
    return score


def _by_language(word: str, *, is_japanese: bool) -> list[float]:
    letters = [c for c in word.lower() if not c.isascii()]
    other = sum(math.log(_other(c, is_japanese=is_japanese)) for c in letters)
    return [max(sum(math.log(table.get(c, _FOREIGN)) for c in letters), other) for table in _TABLES]


def _other(letter: str, *, is_japanese: bool) -> float:
    """How probable a letter is in scripts that have no table."""
    code = ord(letter)
    if 0xAC00 <= code <= 0xD7A3:
        return 1 / 1_500
    if 0x3040 <= code <= 0x30FF:
        return 1 / 60 if is_japanese else 1 / 10_000
    if 0x4E00 <= code <= 0x9FFF:
        return 1 / 1_500 if _is_common_han(letter) else 1 / 20_000
    if 0x590 <= code <= 0x6FF:
        return 1 / 30
    return _FOREIGN / 10


def _is_common_han(letter: str) -> bool:
    try:
        lead = letter.encode("gb2312")[0]
    except UnicodeEncodeError:
        try:
            return 0xA4 <= letter.encode("big5")[0] <= 0xC6
        except UnicodeEncodeError:
            return False
    return lead <= 0xD7


def _script(letter: str) -> str:
    if letter.isascii():
        return "LATIN"
    script = unicodedata.name(letter, "?").partition(" ")[0]
    return "CJK" if script in {"HIRAGANA", "KATAKANA", "CJK"} else script


def _is_sensible(text: str) -> bool:
    """Whether hardly any symbol or word has an odd form, and the letters fit some language."""
    units = _units(text)
    shapes = list(map(_shape, units))
    odd = sum(shape < math.log(_LIKELY) for shape in shapes)
    letters = sum(sum(not c.isascii() for c in unit) for unit in units)
    each = sum(
        max(_by_language(unit, is_japanese=True)) if unit[0].isalpha() else 0.0 for unit in units
    )
    return odd * 50 <= len(units) and each >= letters * math.log(1 / 3_000)
