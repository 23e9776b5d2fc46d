"""Product search: read a question and rank the indexed products for it (contract §8.1).

The vendor's search compares meanings; this one compares words, by their stems.
"""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from segops_tui.sandbox.core.calls import answer
from segops_tui.sandbox.core.errors import REQUIRED, invalid, not_found
from segops_tui.sandbox.core.paging import read_limit
from segops_tui.sandbox.products.facts import facts, price_in

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Sequence

    from segops_tui.sandbox.core.calls import Answer, Call
    from segops_tui.sandbox.core.context import SandboxContext
    from segops_tui.sandbox.products.facts import ProductFacts

MOST_WORDS: Final = 24
"""Words searched for; later words of a longer question are ignored."""

_SPLIT: Final = re.compile(r"[\s,;:/|&+()\[\]{}\"“”„«»]+")
_HAS_WORD: Final = re.compile(r"[^\W_]")
_STOP_WORDS: Final = frozenset(
    """a about all am an and any are around as at available be been best better between buy by can
    cheap cheapest could did do does done for from get give good great has have help how i if in
    into is it its less like list looking made make many me more most much my need needs no not of
    off on one or our out over people please product products recommend recommended should show so
    some someone something suggest than that the their them there these they thing things this to
    top under up use used using very want was we were what when where which while who why will
    with without would you your""".split()  # noqa: SIM905  # a page of words reads better so
)
_PURPOSE: Final = frozenset(
    """against around at by during for from in inside like near on outside that to under when which
    with without""".split()  # noqa: SIM905
)
"""Words after the thing that is looked for: what follows says what it is for, or what it has."""
_THING: Final = 2
"""How many words the thing that is looked for counts as: a tent for snow is a tent."""
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
_AT_MOST: Final = re.compile(
    rf"(?:\b(?:under|below|less than|cheaper than|up to|at most|max(?:imum)?)\b|<=?)\s*{_ONE}",
    re.IGNORECASE,
)
_AT_LEAST: Final = re.compile(
    rf"(?:\b(?:over|above|more than|at least|from|min(?:imum)?)\b|>=?)\s*{_ONE}", re.IGNORECASE
)
_RANGE: Final = re.compile(
    rf"\b(?:between|from)?\s*{_AMOUNT.format('low')}\s*(?:and|to|-|–)\s*"
    rf"{_AMOUNT.format('high')}{_UNIT.format('high')}",
    re.IGNORECASE,
)
_TEXT: Final = """
(SELECT group_concat(CASE type WHEN 'true' THEN key ELSE atom END, ' ') FROM json_tree(data)
 WHERE type = 'true' OR (type = 'text' AND key IS NOT 'currency' AND atom NOT LIKE 'http%://%'))
"""
"""The indexed words of a product: its texts, and the names of its true attributes."""
_MATCHES: Final = """
WITH found (id, weight, points) AS MATERIALIZED (
    SELECT rowid, ?, -bm25(products_fts, 4.0, 10.0, 1.0)
    FROM products_fts WHERE products_fts MATCH ?{more}
)
SELECT id, count(*) AS hits, sum(weight) AS weight, sum(weight * points) AS points
FROM found {inside} GROUP BY id
"""
"""MATERIALIZED: `bm25` works only next to the match, so SQLite must not merge the two."""
_ONE_MORE: Final = """
    UNION ALL SELECT rowid, ?, -bm25(products_fts, 4.0, 10.0, 1.0)
    FROM products_fts WHERE products_fts MATCH ?"""
_INSIDE: Final = """
WHERE id IN (SELECT products.id FROM products JOIN product_segment_members AS member
             ON member.sku = products.sku WHERE member.segment_id = ?)"""
_AT_ONCE: Final = 500
_FLOOR: Final = 0.7
"""Least relevance of a product that has every word."""
_CEILING: Final = 0.99
_FILTERS: Final = 10
_LONGEST_FILTER: Final = 40
LIMIT: Final = 20
MOST: Final = 100


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """A parsed question: quoted index terms and a price range."""

    terms: tuple[str, ...]
    least: float | None = None
    most: float | None = None
    thing: str = ""
    """The term that names what is looked for: "tent" in "a warm tent for snow"."""

    @property
    def weights(self) -> tuple[int, ...]:
        """How much each term counts."""
        return tuple(_THING if term == self.thing else 1 for term in self.terms)

    @property
    def has_price(self) -> bool:
        """Whether the question names a price."""
        return self.least is not None or self.most is not None

    @property
    def price_words(self) -> str:
        """The price range: `≤ 150`, `≥ 20`, `20–150`."""
        if self.least is not None and self.most is not None:
            return f"{self.least:g}–{self.most:g}"
        return f"≤ {self.most:g}" if self.most is not None else f"≥ {self.least:g}"


def parse_query(text: str) -> SearchQuery:
    """Parse a question; any text is valid."""
    text = text.replace("\0", " ").encode(errors="ignore").decode()
    rest, least, most = _priced(text)
    words = [word for word in _SPLIT.split(rest) if _HAS_WORD.search(word)]
    meaningful = [word for word in words if _bare(word) not in _STOP_WORDS]
    # "the who" has only stop words, and is still a question.
    chosen = dict.fromkeys(_bare(word) for word in meaningful or words)
    terms = tuple(f'"{word}"' for word in [*chosen][:MOST_WORDS])
    thing = f'"{_thing_in(words)}"'
    return SearchQuery(terms, least, most, thing if thing in terms else "")


def _thing_in(words: Sequence[str]) -> str:
    """The last meaningful word before what it is for: "tent" in "a warm tent for snow"."""
    thing = ""
    for word in map(_bare, words):
        if thing and word in _PURPOSE:
            break
        thing = thing if word in _STOP_WORDS else word
    return thing


def _bare(word: str) -> str:
    return _POSSESSIVE.sub("", word.casefold().strip("?!.…'’‘*^-"))


def _priced(text: str) -> tuple[str, float | None, float | None]:
    """Split prices from a text."""
    found = _RANGE.search(text)
    if found and _is_money(found, "low", "high"):
        low, high = sorted((_amount(found["low"]), _amount(found["high"])))
        return _without(text, found), low, high
    least = most = None
    found = _AT_MOST.search(text)
    if found:
        text, most = _without(text, found), _amount(found["amount"])
    found = _AT_LEAST.search(text)
    # "from 5" and "over 3" are prices only with a currency sign or name.
    if found and _is_money(found, "amount"):
        text, least = _without(text, found), _amount(found["amount"])
    return text, least, most


def _is_money(found: re.Match[str], *names: str) -> bool:
    groups = found.groupdict()
    return any(groups.get(f"{name}sign") or groups.get(f"{name}unit") for name in names)


def _amount(text: str) -> float:
    return float(_THOUSANDS.sub("", text).replace(",", "."))


def _without(text: str, found: re.Match[str]) -> str:
    return f"{text[: found.start()]} {text[found.end() :]}"


@dataclass(frozen=True, slots=True)
class Hit:
    """A matching product and its relevance, 0 to 1."""

    row: sqlite3.Row
    facts: ProductFacts
    relevance: float


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The best matches, best first, and the count of all matches."""

    query: SearchQuery
    hits: list[Hit]
    count: int


def update_index(connection: sqlite3.Connection) -> None:
    """Update the index; writes only if products changed."""
    if not is_stale(connection):
        return
    indexed = _last_indexed(connection)
    connection.execute(
        "DELETE FROM products_fts WHERE rowid IN (SELECT product_id FROM products_unindexed)"
    )
    connection.execute(
        f"INSERT INTO products_fts (rowid, sku, name, body) SELECT id, sku, name, {_TEXT}"
        " FROM products WHERE id > ? OR id IN (SELECT product_id FROM products_unindexed)",
        (indexed,),
    )
    connection.execute("DELETE FROM products_unindexed")


def is_stale(connection: sqlite3.Connection) -> bool:
    """Whether products changed since the last update of the index."""
    row = connection.execute(
        "SELECT EXISTS (SELECT 1 FROM products_unindexed)"
        " OR EXISTS (SELECT 1 FROM products WHERE id > ?)",
        (_last_indexed(connection),),
    ).fetchone()
    return bool(row[0])


def search(
    connection: sqlite3.Connection,
    text: str,
    *,
    limit: int,
    segment_id: int | None = None,
) -> SearchResult:
    """Find the products that match a question; the index must be up to date.

    A product matches if it has at least half of the words that occur in any product, and its
    price is in the range, if there is one. Among those, the word for the
    thing itself counts as two.
    """
    query = parse_query(text)
    relevance = _relevance(connection, query, segment_id)
    ranked = sorted(relevance, key=lambda product_id: (-relevance[product_id], product_id))
    if query.has_price:
        affordable = set(_affordable(connection, ranked, query))
        ranked = [number for number in ranked if number in affordable]
    rows = {row["id"]: (row, found) for row, found in _rows(connection, ranked[:limit])}
    hits = [Hit(*rows[number], relevance=relevance[number]) for number in ranked[:limit]]
    return SearchResult(query, hits, len(ranked))


def one_per_model(hits: Iterable[Hit], *, limit: int) -> list[Hit]:
    """Keep the best hit of each model: the part after a name's last comma is the variant."""
    models: dict[str, Hit] = {}
    for hit in hits:
        model, comma, _ = hit.facts.title.rpartition(",")
        models.setdefault(model if comma else hit.facts.title, hit)
    return [*models.values()][:limit]


def filters(found: SearchResult) -> dict[str, list[str]]:
    """List filters for the hits: values that several share, most common first."""
    seen: dict[str, Counter[str]] = {}
    for hit in found.hits:
        for name, value in json.loads(hit.row["data"]).items():
            if _is_filter(value):
                seen.setdefault(name, Counter())[value] += 1
    shared = {
        name: [value for value, _ in ranked[:_FILTERS]]
        for name, values in sorted(seen.items())
        if len(values) < values.total()
        and (ranked := sorted(values.items(), key=lambda pair: (-pair[1], pair[0])))
    }
    if found.query.has_price:
        shared["price"] = [found.query.price_words]
    return shared


def _last_indexed(connection: sqlite3.Connection) -> int:
    row = connection.execute(
        "SELECT rowid FROM products_fts ORDER BY rowid DESC LIMIT 1"
    ).fetchone()
    return int(row[0]) if row else 0


def _relevance(
    connection: sqlite3.Connection, query: SearchQuery, segment_id: int | None
) -> dict[int, float]:
    """Return the relevance of each matching product by id."""
    if not query.terms:
        return {}
    matches = _matching(connection, query, segment_id)
    best = max((points for *_, points in matches), default=0.0) or 1.0
    least_hits = (_known(connection, query.terms) + 1) // 2
    return {
        product_id: round(
            weight / sum(query.weights) * (_FLOOR + (_CEILING - _FLOOR) * points / best), 4
        )
        for product_id, hits, weight, points in matches
        if hits >= least_hits
    }


def _matching(
    connection: sqlite3.Connection, query: SearchQuery, segment_id: int | None
) -> list[tuple[int, int, int, float]]:
    """Return product ids, matched terms, their weight, and BM25 points."""
    more = _ONE_MORE * (len(query.terms) - 1)
    pairs = zip(query.weights, query.terms, strict=True)
    params: list[Any] = [each for pair in pairs for each in pair]
    inside = ""
    if segment_id is not None:
        inside = _INSIDE
        params.append(segment_id)
    rows = connection.execute(_MATCHES.format(more=more, inside=inside), params)
    return [(row["id"], row["hits"], row["weight"], row["points"]) for row in rows]


def _known(connection: sqlite3.Connection, terms: Iterable[str]) -> int:
    """Count the terms that occur in any product."""
    query = "SELECT 1 FROM products_fts WHERE products_fts MATCH ? LIMIT 1"
    return sum(connection.execute(query, (term,)).fetchone() is not None for term in terms)


def _rows(
    connection: sqlite3.Connection, ids: Iterable[int]
) -> Iterable[tuple[sqlite3.Row, ProductFacts]]:
    currency = default_currency(connection)
    for part in _parts(ids):
        marks = ", ".join("?" * len(part))
        for row in connection.execute(
            f"SELECT id, sku, name, data FROM products WHERE id IN ({marks})", part
        ):
            yield row, facts(row, currency=currency)


def _parts(ids: Iterable[int]) -> Iterator[list[int]]:
    listed = sorted(ids)
    for start in range(0, len(listed), _AT_ONCE):
        yield listed[start : start + _AT_ONCE]


def default_currency(connection: sqlite3.Connection) -> str:
    """Return the default currency of prices."""
    row = connection.execute("SELECT default_currency FROM product_schema").fetchone()
    return str(row["default_currency"]) if row else ""


def _affordable(
    connection: sqlite3.Connection, ids: Iterable[int], query: SearchQuery
) -> Iterator[int]:
    """Yield the products with a price in the range."""
    for part in _parts(ids):
        marks = ", ".join("?" * len(part))
        for product_id, data in connection.execute(
            f"SELECT id, data FROM products WHERE id IN ({marks})", part
        ):
            cost = price_in(json.loads(data))
            if cost is not None and _is_within(cost.amount, query):
                yield product_id


def _is_within(amount: float, query: SearchQuery) -> bool:
    return (query.least is None or amount >= query.least) and (
        query.most is None or amount <= query.most
    )


def _is_filter(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_FILTER and "://" not in value


def find(context: SandboxContext, call: Call) -> Answer:
    """Answer a search, best matches first."""
    started = time.perf_counter()
    text = call.argument("q")
    if text is None or not text.strip():
        raise invalid("q", REQUIRED)
    segment_id = _segment_id(context, call.argument("segment_id"))
    limit = read_limit(call, default=LIMIT, most=MOST)
    update_index(context.connection)
    # The filters consider more products than the answer shows.
    found = search(context.connection, text, limit=MOST, segment_id=segment_id)
    return answer(
        {
            "query": text,
            "products": [_show(hit) for hit in found.hits[:limit]],
            "filters": filters(found),
            "metadata": {
                "match_count": found.count,
                "latency_ms": round((time.perf_counter() - started) * 1000),
            },
        }
    )


def _segment_id(context: SandboxContext, text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise invalid("segment_id", "A valid integer is required.")
    row = context.connection.execute(
        "SELECT id FROM product_segments WHERE id = ?", (int(text),)
    ).fetchone()
    if row is None:
        raise not_found()
    return int(row["id"])


def _show(hit: Hit) -> dict[str, Any]:
    return {
        "id": hit.row["id"],
        "sku": hit.row["sku"],
        "name": hit.row["name"],
        "data": json.loads(hit.row["data"]),
        "relevance_score": hit.relevance,
    }
