"""Build landing pages, one or in bulk, of facts about the products that answer a query (§8.2)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from segops_tui.sandbox.core.calls import dump
from segops_tui.sandbox.core.context import SandboxContext, change, enqueue, insert
from segops_tui.sandbox.core.worker import Later, QueuedWork, WorkKind
from segops_tui.sandbox.products.search import one_per_model, search, update_index
from segops_tui.sandbox.queries.brands import own_brand

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from segops_tui.sandbox.products.facts import ProductFacts
    from segops_tui.sandbox.products.search import Hit

MOST_PRODUCTS: Final = 8
_LOOKED_AT: Final = 60
_CLOSE: Final = 0.75
"""Relevance that a product needs to be picked, as a share of the best match."""
_COMPARED: Final = 5
_LONGEST_TEXT: Final = 280
_LONGEST_TITLE: Final = 120

_OPENING: Final = re.compile(
    r"^(?:(?:what|which|who|where)\s+(?:is|are)|what['’]s|can you recommend|recommend|i need"
    r"|i want|i'm looking for|show me|find me)\s+(?:(?:the|a|an|some|me|good)\s+)*",
    re.IGNORECASE,
)
_CHOOSING: Final = re.compile(
    r"^(?:what|which)\s+(?P<what>.+?)\s+"
    r"(?:should i (?:buy|get|choose)|do i need|can i (?:buy|get))\b",
    re.IGNORECASE,
)


class NothingToShow(ValueError):
    """No product of the catalogue answers the query."""


@dataclass(frozen=True, slots=True)
class Content:
    """The content that a build writes to a page."""

    title: str
    intro: str
    skus: list[str]
    blocks: list[dict[str, Any]]


def compose(connection: sqlite3.Connection, question: str, *, brand: str) -> Content:
    """Write the content for a query; the product index must be up to date.

    Raises:
        NothingToShow: no product answers the query.
    """
    found = search(connection, question, limit=_LOOKED_AT)
    least = max((hit.relevance for hit in found.hits), default=0.0) * _CLOSE
    close = (hit for hit in found.hits if hit.relevance >= least)
    hits = one_per_model(close, limit=MOST_PRODUCTS)
    if not hits:
        raise NothingToShow(f"No product answers “{question}”.")
    products = [hit.facts for hit in hits]
    title, intro = _title(question, brand), _intro(question, products, found.count)
    blocks: list[dict[str, Any]] = [
        {"type": "hero", "title": title, "text": intro},
        {"type": "products", "title": "Our picks", "items": [_item(hit) for hit in hits]},
        _comparison(products),
        {"type": "questions", "title": "Good to know", "items": _questions(products, brand)},
    ]
    return Content(
        title=title,
        intro=intro,
        skus=[product.sku for product in products],
        blocks=[block for block in blocks if block.get("items") or block["type"] == "hero"],
    )


def _title(question: str, brand: str) -> str:
    asked = _CHOOSING.sub(lambda found: found["what"], question.strip())
    topic = _OPENING.sub("", asked).strip(" ?!.") or question.strip()
    topic = topic[:1].upper() + topic[1:]
    suffix = f": the {brand} guide"
    room = _LONGEST_TITLE - len(suffix)
    return f"{topic if len(topic) <= room else f'{topic[: room - 1].rstrip()}…'}{suffix}"


def _intro(question: str, products: Sequence[ProductFacts], count: int) -> str:
    picked = len(products)
    best = "This is the one product" if count == 1 else f"These are {picked} of {count:,} products"
    sentences = [f"You asked: “{question.strip()}” {best} in our catalogue which answer that."]
    if count == 1:
        sentences = [f"You asked: “{question.strip()}” {best} in our catalogue that answers it."]
    priced = [product for product in products if product.price]
    costs = sorted((p.price for p in priced if p.price), key=lambda price: price.amount)
    if len(costs) > 1 and len({price.currency for price in costs}) == 1:
        sentences.append(f"They cost from {costs[0]} to {costs[-1]}.")
    if favourite := _best_rated(products):
        sentences.append(f"The best rated is {favourite.title}, at {favourite.rating:g} out of 5.")
    return " ".join(sentences)


def _item(hit: Hit) -> dict[str, Any]:
    product = hit.facts
    return {
        "sku": product.sku,
        "name": product.title,
        "brand": product.brand,
        "price": str(product.price) if product.price else "",
        "rating": product.rating,
        "image": product.image,
        "text": _shortened(product.description),
        "relevance": hit.relevance,
    }


def _comparison(products: Sequence[ProductFacts]) -> dict[str, Any]:
    """A table of the facts known of at least two products."""
    columns = {
        "Product": [product.title for product in products],
        "Brand": [product.brand for product in products],
        "Price": [str(product.price) if product.price else "" for product in products],
        "Rating": ["" if p.rating is None else f"{p.rating:g} / 5" for p in products],
    }
    known = {
        name: cells[:_COMPARED]
        for name, cells in columns.items()
        if sum(bool(cell) for cell in cells[:_COMPARED]) > 1
    }
    rows = [[*row] for row in zip(*known.values(), strict=True)]
    return {
        "type": "comparison",
        "title": "Side by side",
        "columns": [*known],
        "items": rows if len(known) > 1 else [],
    }


def _questions(products: Sequence[ProductFacts], brand: str) -> list[dict[str, str]]:
    """Questions that the products' facts answer, with the answers."""
    priced = [(product.price.amount, product) for product in products if product.price]
    asked: list[tuple[str, str]] = []
    if len(priced) > 1:
        _, cheapest = min(priced, key=lambda pair: pair[0])
        asked.append(
            (
                "Which one costs the least?",
                f"{cheapest.title} ({cheapest.sku}), at {cheapest.price}.",
            )
        )
        middle = median(amount for amount, _ in priced)
        near = min(priced, key=lambda pair: abs(pair[0] - middle))[1]
        asked.append(
            ("What does one usually cost?", f"About as much as {near.title}: {near.price}.")
        )
    if favourite := _best_rated(products):
        words = f"{favourite.title}, at {favourite.rating:g} out of 5."
        asked.append(("Which one do buyers like best?", words))
    makers = [*dict.fromkeys(product.brand for product in products if product.brand)]
    if makers:
        asked.append((f"Which brands does {brand} offer here?", f"{', '.join(makers)}."))
    return [{"question": question, "answer": words} for question, words in asked]


def _best_rated(products: Sequence[ProductFacts]) -> ProductFacts | None:
    rated = [product for product in products if product.rating is not None]
    return max(rated, key=lambda product: product.rating or 0.0, default=None)


def _shortened(text: str) -> str:
    """The text, cut at a word if it is long."""
    plain = " ".join(text.split())
    if len(plain) <= _LONGEST_TEXT:
        return plain
    return f"{plain[:_LONGEST_TEXT].rpartition(' ')[0] or plain[:_LONGEST_TEXT]}…"


DURATION: Final = 0.6
"""Seconds a build takes, at pace 1."""
PAUSE: Final = 0.1
"""Seconds between two pages of a bulk run."""
_LONGEST_SLUG: Final = 80
_NOT_SLUG: Final = re.compile(r"[^a-z0-9]+")


def start_build(context: SandboxContext, page_id: int, **columns: Any) -> None:
    """Start building a page, unless it is being built."""
    row = _row(context, page_id)
    if row is None or row["builder_status"] == "building":
        return
    columns = {"builder_status": "building", "builder_error": "", **columns}
    change(context.connection, "pages", page_id, {**columns, "updated_at": context.now})
    enqueue(context, "page", page_id)


def settled_status(*, is_built: bool, is_published: bool) -> str:
    """The status of a page that is not being built."""
    if not is_built:
        return "draft"
    return "published" if is_published else "built"


def content_columns(row: Mapping[str, Any] | sqlite3.Row, content: Content) -> dict[str, Any]:
    """Built content as columns of a page.

    A title that only repeats the query or the slug is replaced; one that a user chose stays.
    """
    is_chosen = row["title"] not in (row["question"], row["slug"])
    return {
        "title": row["title"] if is_chosen else content.title,
        "intro_copy": content.intro,
        "product_skus": dump(content.skus),
        "blocks": dump(content.blocks),
    }


def free_slug(connection: sqlite3.Connection, text: str) -> str:
    """A slug for a text that no page uses."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    stem = _NOT_SLUG.sub("-", plain).strip("-")[:_LONGEST_SLUG].strip("-") or "page"
    taken = {row["slug"] for row in connection.execute("SELECT slug FROM pages")}
    slug, number = stem, 1
    while slug in taken:
        number += 1
        slug = f"{stem}-{number}"
    return slug


def _build(context: SandboxContext, work: QueuedWork) -> Later | None:
    row = _row(context, work.subject_id)
    if row is None:
        return None
    if work.state == "queued":
        return Later(due_at=work.due_at + context.span(DURATION))
    update_index(context.connection)
    brand = own_brand(context.connection)
    question = row["query_text"] or row["question"]
    content = compose(context.connection, question, brand=brand)
    columns = {
        "question": question,
        **content_columns(row, content),
        "builder_status": settled_status(is_built=True, is_published=row["published"]),
        "builder_error": "",
        "updated_at": context.now,
    }
    change(context.connection, "pages", row["id"], columns)
    return None


def _fail(context: SandboxContext, work: QueuedWork, words: str) -> None:
    columns = {"builder_status": "failed", "builder_error": words, "updated_at": context.now}
    change(context.connection, "pages", work.subject_id, columns)


def _build_many(context: SandboxContext, work: QueuedWork) -> Later | None:
    """Start building the next page of a bulk run."""
    left: list[dict[str, Any]] = [*work.details["left"]]
    if not left:
        return None
    query = left.pop(0)
    page_id = _page_of(context, query) or _add(context, query)
    start_build(context, page_id)
    if not left:
        return None
    return Later(due_at=work.due_at + context.span(PAUSE), details={"left": left})


def _page_of(context: SandboxContext, query: dict[str, Any]) -> int | None:
    """The oldest page of a query, if any."""
    row = context.connection.execute(
        "SELECT id FROM pages WHERE query_id = :query OR (:query IS NULL AND question = :question)"
        " ORDER BY id LIMIT 1",
        {"query": query["query_id"], "question": query["question"]},
    ).fetchone()
    return row["id"] if row else None


def _add(context: SandboxContext, query: dict[str, Any]) -> int:
    is_known = context.connection.execute(
        "SELECT 1 FROM ai_queries WHERE id = ?", (query["query_id"],)
    ).fetchone()
    columns = {
        "slug": free_slug(context.connection, query["question"]),
        "query_id": query["query_id"] if is_known else None,
        "question": query["question"],
        "title": query["question"],
        "created_at": context.now,
        "updated_at": context.now,
    }
    return insert(context.connection, "pages", columns)


def _row(context: SandboxContext, page_id: int) -> sqlite3.Row | None:
    row: sqlite3.Row | None = context.connection.execute(
        "SELECT pages.*, query_text FROM pages"
        " LEFT JOIN ai_queries ON ai_queries.id = query_id WHERE pages.id = ?",
        (page_id,),
    ).fetchone()
    return row


def _keep_results(_context: SandboxContext, _work: QueuedWork, _words: str) -> None:
    """Keep the pages so far: the API reports no failed bulk run."""


PAGE: Final = WorkKind(step=_build, fail=_fail)
BULK: Final = WorkKind(step=_build_many, fail=_keep_results)
