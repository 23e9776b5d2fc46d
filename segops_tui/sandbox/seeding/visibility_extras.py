"""A month of simulated answers about the seeded shop, its competitors, and its landing pages."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from segops_tui.sandbox.core.calls import dump
from segops_tui.sandbox.core.context import START, change, insert
from segops_tui.sandbox.core.timestamps import DAY, HOUR, SECOND, micros
from segops_tui.sandbox.pages.builds import (
    DURATION,
    NothingToShow,
    compose,
    content_columns,
    free_slug,
    settled_status,
)
from segops_tui.sandbox.products.search import update_index
from segops_tui.sandbox.queries.answers import PROVIDERS
from segops_tui.sandbox.queries.brands import own_brand
from segops_tui.sandbox.queries.runs import columns_of, load_query

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from random import Random

DAYS: Final = 30
_ASKED_AT: Final = 6 * HOUR
"""UTC time of the daily run."""
_PAUSED_FOR: Final = 4
"""Days since the last run of the paused query."""


@dataclass(frozen=True, slots=True)
class _Query:
    text: str
    category: str
    tags: tuple[str, ...]
    is_active: bool = True


QUERIES: Final = (
    _Query("What are the best waterproof hiking boots?", "Boots", ("boots", "core")),
    _Query("Best lightweight 2-person tent for backpacking", "Tents", ("tents", "core")),
    _Query("Which down parka is warmest for winter camping?", "Jackets", ("winter",)),
    _Query("Merino wool base layer that does not itch", "Base Layers", ("merino",)),
    _Query("Trail running shoes under $150", "Trail Shoes", ("price", "core")),
    _Query("Three-season sleeping bag under $300", "Sleeping Bags", ("price",)),
    _Query("What rain jacket should I buy for Scotland?", "Jackets", ("core", "travel")),
    _Query("Carbon trekking poles for bad knees", "Poles", ()),
    _Query("Recycled fleece hoodie from a repairable brand", "Fleece", ("brand",)),
    _Query("Headlamp for early starts, USB-C charging", "Lighting", ("gift",)),
    _Query("Insulated bottle that fits a bike cage", "Bottles", ("gift",), is_active=False),
    _Query("Daypack 18L for work and weekends", "Backpacks", ("travel",)),
)

_COMPETITORS: Final = (
    ("Fjord & Fell", "fjordandfell.example", ("Fjord and Fell", "F&F")),
    ("Basecamp Union", "basecampunion.example", ("Basecamp",)),
    ("Alpenglow Supply", "alpenglow.example", ("Alpenglow", "Alpenglow Supply Co.")),
    ("Kindling Road", "kindlingroad.example", ()),
)

_PAGES: Final = (
    (1, "", "published", 1_204),
    (5, "", "published", 386),
    (7, "Rain jackets for people who live in the rain", "published", 57),
    (2, "", "built", 0),
    (None, "Inflatable kayaks with sails", "failed", 0),
    (4, "", "building", 0),
    (8, "", "draft", 0),
    (12, "", "built", 0),
)
"""Number of the query, own title, state, and approximate views."""


def fill(connection: sqlite3.Connection, *, random: Random, now: datetime) -> None:
    """Write competitors, queries, their answers, and pages; the products must exist."""
    # Answering and building read columns by name; a bare connection has only positions.
    factory, connection.row_factory = connection.row_factory, sqlite3.Row
    try:
        _fill(connection, random, micros(now))
    finally:
        connection.row_factory = factory


def _fill(connection: sqlite3.Connection, random: Random, moment: int) -> None:
    update_index(connection)
    _save_competitors(connection, moment)
    queries = [_save_query(connection, asked, moment) for asked in QUERIES]
    answers = sorted(_answers(connection, queries, moment), key=lambda row: row["captured_at"])
    connection.executemany(
        "INSERT INTO ai_results (query_id, provider, raw_response, mentioned_brands,"
        " mentioned_products, position, sentiment, is_simulated, captured_at)"
        " VALUES (:query_id, :provider, :raw_response, :mentioned_brands,"
        " :mentioned_products, :position, :sentiment, :is_simulated, :captured_at)",
        answers,
    )
    connection.execute(
        "UPDATE ai_queries SET last_run_at ="
        " (SELECT max(captured_at) FROM ai_results WHERE query_id = ai_queries.id)"
    )
    for age, page in enumerate(_PAGES):
        _save_page(connection, page, random, moment, created_at=moment - (40 - 5 * age) * DAY)


def _save_competitors(connection: sqlite3.Connection, now: int) -> None:
    for name, domain, aliases in _COMPETITORS:
        columns = {"name": name, "domain": domain, "brand_aliases": dump(aliases)}
        stamps = dict.fromkeys(("created_at", "updated_at"), now - 62 * DAY)
        insert(connection, "competitors", {**columns, **stamps})


def _save_query(connection: sqlite3.Connection, asked: _Query, now: int) -> int:
    columns = {
        "query_text": asked.text,
        "category": asked.category,
        "tags": dump(asked.tags),
        "is_active": asked.is_active,
        "created_at": now - 60 * DAY,
        "updated_at": now - (60 if asked.is_active else _PAUSED_FOR) * DAY,
    }
    return insert(connection, "ai_queries", columns)


def _answers(
    connection: sqlite3.Connection, queries: list[int], now: int
) -> Iterator[dict[str, Any]]:
    """A month of daily answers: minutes between queries, seconds between providers."""
    last_run = (now - _ASKED_AT - HOUR) // DAY * DAY + _ASKED_AT
    for number, (query_id, asked) in enumerate(zip(queries, QUERIES, strict=True)):
        query = load_query(connection, asked.text)
        latest = last_run - (0 if asked.is_active else _PAUSED_FOR * DAY)
        for day in range(DAYS):
            begun = latest - day * DAY + (number * 240 + 17) * SECOND
            for place, provider in enumerate(PROVIDERS):
                captured_at = begun + place * 9 * SECOND
                given = query.answer(provider, day=captured_at // DAY)
                yield {"query_id": query_id, **columns_of(given), "captured_at": captured_at}


def _save_page(
    connection: sqlite3.Connection,
    page: tuple[int | None, str, str, int],
    random: Random,
    now: int,
    *,
    created_at: int,
) -> None:
    number, title, state, views = page
    text = QUERIES[number - 1].text if number else title
    is_public = state == "published"
    columns = {
        "slug": free_slug(connection, text),
        "query_id": number,
        "question": text,
        "title": title or text,
        "published": is_public,
        "builder_status": state,
        "view_count": views + random.randrange(views // 10 + 1),
        "last_ai_crawl_at": now - random.randrange(HOUR, 3 * DAY) // SECOND * SECOND
        if is_public
        else None,
        "created_at": created_at // SECOND * SECOND,
        "updated_at": created_at // SECOND * SECOND,
    }
    page_id = insert(connection, "pages", columns)
    if state == "building":
        _queue(connection, page_id, now)
    elif state != "draft":
        change(connection, "pages", page_id, _built(connection, columns, is_public=is_public))


def _built(
    connection: sqlite3.Connection, columns: Mapping[str, Any], *, is_public: bool
) -> dict[str, Any]:
    """The columns that a build of the page writes."""
    try:
        content = compose(connection, columns["question"], brand=own_brand(connection))
    except NothingToShow as reason:
        return {"builder_status": "failed", "builder_error": str(reason)}
    status = settled_status(is_built=True, is_published=is_public)
    return {**content_columns(columns, content), "builder_status": status}


def _queue(connection: sqlite3.Connection, page_id: int, now: int) -> None:
    """Queue a build in progress; it continues with the next request."""
    columns = {"kind": "page", "subject_id": page_id, "state": "running"}
    due_at = now + int((START + DURATION) * SECOND)
    insert(connection, "work", {**columns, "queued_at": now, "due_at": due_at})
