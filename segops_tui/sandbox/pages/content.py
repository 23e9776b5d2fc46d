"""Write a landing page: blocks of facts about the catalogue's products that answer its query."""

from __future__ import annotations

import re
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from segops_tui.sandbox.products.search import one_per_model, search

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

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
