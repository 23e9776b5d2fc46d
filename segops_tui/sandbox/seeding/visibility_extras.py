"""What assistants said about the invented shop for a month, its rivals, and its landing pages.

Knows the questions and the names; the answers and the pages are made by what makes them later.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from segops_tui.sandbox.core.calls import dump
from segops_tui.sandbox.core.context import change, insert
from segops_tui.sandbox.core.queue import START
from segops_tui.sandbox.core.timestamps import DAY, HOUR, SECOND, micros
from segops_tui.sandbox.pages.builds import DURATION, content_columns, free_slug, settled_status
from segops_tui.sandbox.pages.content import NothingToShow, compose
from segops_tui.sandbox.products.search import freshen
from segops_tui.sandbox.queries.answers import PROVIDERS
from segops_tui.sandbox.queries.brands import own_brand
from segops_tui.sandbox.queries.runs import columns_of, question

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from random import Random

DAYS: Final = 30
_ASKED_AT: Final = 6 * HOUR
"""When the daily run is: early, by UTC."""
_PAUSED_FOR: Final = 4
"""Days since the paused question was asked last."""


@dataclass(frozen=True, slots=True)
class _Question:
    text: str
    category: str
    tags: tuple[str, ...]
    is_active: bool = True


QUESTIONS: Final = (
    _Question("What are the best waterproof hiking boots?", "Boots", ("boots", "core")),
    _Question("Best lightweight 2-person tent for backpacking", "Tents", ("tents", "core")),
    _Question("Which down parka is warmest for winter camping?", "Jackets", ("winter",)),
    _Question("Merino wool base layer that does not itch", "Base Layers", ("merino",)),
    _Question("Trail running shoes under $150", "Trail Shoes", ("price", "core")),
    _Question("Three-season sleeping bag under $300", "Sleeping Bags", ("price",)),
    _Question("What rain jacket should I buy for Scotland?", "Jackets", ("core", "travel")),
    _Question("Carbon trekking poles for bad knees", "Poles", ()),
    _Question("Recycled fleece hoodie from a repairable brand", "Fleece", ("brand",)),
    _Question("Headlamp for early starts, USB-C charging", "Lighting", ("gift",)),
    _Question("Insulated bottle that fits a bike cage", "Bottles", ("gift",), is_active=False),
    _Question("Daypack 18L for work and weekends", "Backpacks", ("travel",)),
)

_RIVALS: Final = (
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
"""The number of its question, a title of its own, its state, and about how many views."""


def fill(connection: sqlite3.Connection, *, random: Random, now: datetime) -> None:
    """Write rivals, questions, their answers and pages into a workspace with products."""
    # What answers and builds reads columns by name, which a bare connection has none of.
    factory, connection.row_factory = connection.row_factory, sqlite3.Row
    try:
        _fill(connection, random, micros(now))
    finally:
        connection.row_factory = factory


def _fill(connection: sqlite3.Connection, random: Random, moment: int) -> None:
    freshen(connection)
    _save_rivals(connection, moment)
    queries = [_save_question(connection, asked, moment) for asked in QUESTIONS]
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


def _save_rivals(connection: sqlite3.Connection, now: int) -> None:
    for name, domain, aliases in _RIVALS:
        columns = {"name": name, "domain": domain, "brand_aliases": dump(aliases)}
        stamps = dict.fromkeys(("created_at", "updated_at"), now - 62 * DAY)
        insert(connection, "competitors", {**columns, **stamps})


def _save_question(connection: sqlite3.Connection, asked: _Question, now: int) -> int:
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
    """A month of daily answers: some minutes between questions, seconds between assistants."""
    last_run = (now - _ASKED_AT - HOUR) // DAY * DAY + _ASKED_AT
    for number, (query_id, asked) in enumerate(zip(queries, QUESTIONS, strict=True)):
        put = question(connection, asked.text)
        latest = last_run - (0 if asked.is_active else _PAUSED_FOR * DAY)
        for day in range(DAYS):
            begun = latest - day * DAY + (number * 240 + 17) * SECOND
            for place, provider in enumerate(PROVIDERS):
                captured_at = begun + place * 9 * SECOND
                said = put.answered(provider, day=captured_at // DAY)
                yield {"query_id": query_id, **columns_of(said), "captured_at": captured_at}


def _save_page(
    connection: sqlite3.Connection,
    page: tuple[int | None, str, str, int],
    random: Random,
    now: int,
    *,
    created_at: int,
) -> None:
    number, title, state, views = page
    text = QUESTIONS[number - 1].text if number else title
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
        change(connection, "pages", page_id, _made(connection, columns, is_public=is_public))


def _made(
    connection: sqlite3.Connection, columns: Mapping[str, Any], *, is_public: bool
) -> dict[str, Any]:
    """What building the page comes to."""
    try:
        content = compose(connection, columns["question"], brand=own_brand(connection))
    except NothingToShow as reason:
        return {"builder_status": "failed", "builder_error": str(reason)}
    status = settled_status(is_built=True, is_published=is_public)
    return {**content_columns(columns, content), "builder_status": status}


def _queue(connection: sqlite3.Connection, page_id: int, now: int) -> None:
    """Have the build go on as soon as the sandbox is looked at."""
    columns = {"kind": "page", "subject_id": page_id, "state": "running"}
    due_at = now + int((START + DURATION) * SECOND)
    insert(connection, "work", {**columns, "queued_at": now, "due_at": due_at})
