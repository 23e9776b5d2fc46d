"""AI readability scores: the rule, the work that applies it, and its routes (contract §4.4).

The real scorer is a language model; this one counts, always the same way, and is labelled
simulated wherever a score is shown.

- schema coverage: the share of the schema's fields that are filled; without a schema, the share
  of description, brand, category, price and image that are.
- answer format: a description of 20 to 150 words (10), of at least two sentences (5), that names
  the product's own words (5), without markup (5).
- factual completeness: five points each for description, brand, category, price and image.
- AI visibility alignment: the share of the words of brand, category and tags that the name or
  the description repeats. The sandbox has no real answers to compare with, so these words take
  the place of what shoppers ask for.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from segops_tui.sandbox.core.calls import answer, dump
from segops_tui.sandbox.core.context import enqueue
from segops_tui.sandbox.core.errors import not_found
from segops_tui.sandbox.core.timestamps import wire
from segops_tui.sandbox.core.worker import Later, QueuedWork, WorkKind
from segops_tui.sandbox.products.facts import FACTS
from segops_tui.sandbox.products.handlers import OBJECTS
from segops_tui.sandbox.products.schema import stored_schema

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping

    from segops_tui.sandbox.core.calls import Answer, Call
    from segops_tui.sandbox.core.context import SandboxContext

DIMENSIONS: Final = (
    "schema_coverage",
    "answer_format",
    "factual_completeness",
    "ai_visibility_alignment",
)
FULL: Final = 25
"""Maximum points of a dimension; four of them make 100."""
_GOOD_ENOUGH: Final = 20
"""A dimension with this many points needs no recommendation."""

_WORD: Final = re.compile(r"\w+")
_MARKUP: Final = re.compile(r"<[a-zA-Z/][^>]*>")
_SENTENCE: Final = re.compile(r"[.!?…](\s|$)")
_ADVICE: Final = {
    "schema_coverage": "Fill in {missing}.",
    "answer_format": (
        "Describe the product in 20 to 150 plain words and at least two sentences,"
        " as if answering a shopper's question."
    ),
    "factual_completeness": "Add {missing}.",
    "ai_visibility_alignment": (
        "Use the words of the brand, category and tags in the name or the description."
    ),
}
SLICE: Final = 2_000


@dataclass(frozen=True, slots=True)
class Score:
    """The points of one product, and what to improve."""

    dimensions: dict[str, int]
    recommendations: list[dict[str, Any]]

    @property
    def total(self) -> float:
        """0 to 100."""
        return float(sum(self.dimensions.values()))


def score(name: str, data: Mapping[str, Any], *, fields: Iterable[str]) -> Score:
    """Score one product."""
    field_names = list(fields)
    facts = {fact: _first(data, names) for fact, names in FACTS.items()}
    absent_facts = [fact for fact, value in facts.items() if value is None]
    absent_fields = [field for field in field_names if _is_blank(data.get(field))]
    coverage = 1 - (
        len(absent_fields) / len(field_names) if field_names else len(absent_facts) / len(facts)
    )
    description = _text(facts["description"])
    dimensions = {
        "schema_coverage": round(FULL * coverage),
        "answer_format": _answer_format(name, description),
        "factual_completeness": 5 * (len(facts) - len(absent_facts)),
        "ai_visibility_alignment": _alignment(name, description, data, facts),
    }
    missing = {
        "schema_coverage": absent_fields if field_names else absent_facts,
        "factual_completeness": absent_facts,
    }
    return Score(dimensions, _recommendations(dimensions, missing))


def _answer_format(name: str, description: str) -> int:
    plain = _MARKUP.sub(" ", description)
    words = _words(plain)
    if not words:
        return 0
    count = len(_WORD.findall(plain))
    points = 10 if 20 <= count <= 150 else 5 if 8 <= count <= 300 else 0
    points += 5 if len(_SENTENCE.findall(plain)) >= 2 else 0
    points += 5 if words & _words(name) else 0
    return points + (5 if plain == description else 0)


def _alignment(
    name: str, description: str, data: Mapping[str, Any], facts: Mapping[str, Any]
) -> int:
    asked = _words(" ".join(map(_text, (facts["brand"], facts["category"], data.get("tags")))))
    if not asked:
        return 0
    written = _words(f"{name} {_MARKUP.sub(' ', description)}")
    return round(FULL * len(asked & written) / len(asked))


def _recommendations(
    dimensions: Mapping[str, int], missing: Mapping[str, list[str]]
) -> list[dict[str, Any]]:
    """Recommend improvements, most important first."""
    weak = [name for name in DIMENSIONS if dimensions[name] < _GOOD_ENOUGH]
    weak.sort(key=lambda name: dimensions[name])
    return [
        {
            "dimension": name,
            "action": _ADVICE[name].format(missing=_listed(missing.get(name, []))),
            "estimated_impact": _impact(FULL - dimensions[name]),
            "priority": priority,
        }
        for priority, name in enumerate(weak, start=1)
    ]


def _impact(gain: int) -> str:
    return "high" if gain >= 15 else "medium" if gain >= 10 else "low"


def _listed(names: list[str]) -> str:
    shown = names[:5]
    rest = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(shown) + rest


def _first(data: Mapping[str, Any], names: Iterable[str]) -> Any:
    return next((data[name] for name in names if not _is_blank(data.get(name))), None)


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str | list | dict) and not value)


def _text(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(_text(item) for item in value)
    return value if isinstance(value, str) else ""


def _words(text: str) -> set[str]:
    return {word for word in _WORD.findall(text.casefold()) if len(word) > 2}


def _step_one(context: SandboxContext, work: QueuedWork) -> Later | None:
    rows = context.connection.execute(
        "SELECT id, name, data FROM products WHERE id = ?", (work.subject_id,)
    ).fetchall()
    _store_scores(context, rows)
    return None


def _step_all(context: SandboxContext, work: QueuedWork) -> Later | None:
    rows = context.connection.execute(
        "SELECT id, name, data FROM products WHERE id > ? ORDER BY id LIMIT ?",
        (work.details.get("after", 0), SLICE),
    ).fetchall()
    _store_scores(context, rows)
    if len(rows) < SLICE:
        return None
    return Later(context.now, details={"after": rows[-1]["id"]}, pause=True)


def _store_scores(context: SandboxContext, rows: list[sqlite3.Row]) -> None:
    fields = [field["name"] for field in stored_schema(context)["fields"]]
    scores = [
        (row["id"], score(row["name"], json.loads(row["data"]), fields=fields)) for row in rows
    ]
    context.connection.executemany(
        "INSERT OR REPLACE INTO product_scores"
        " (product_id, score, dimension_scores, recommendations, scored_at)"
        " VALUES (?, ?, ?, ?, ?)",
        [
            (
                product_id,
                scored.total,
                dump(scored.dimensions),
                dump(scored.recommendations),
                context.now,
            )
            for product_id, scored in scores
        ],
    )
    context.connection.executemany(
        "UPDATE products SET ai_readability_score = ? WHERE id = ?",
        [(scored.total, product_id) for product_id, scored in scores],
    )


def _no_record(_context: SandboxContext, _work: QueuedWork, _words: str) -> None:
    """Keep the previous score: the API has no place to report the failure."""


SCORE: Final = WorkKind(step=_step_one, fail=_no_record)
SCORE_ALL: Final = WorkKind(step=_step_all, fail=_no_record)


def start(context: SandboxContext, _call: Call, product_id: int) -> Answer:
    """Queue the scoring of one product."""
    OBJECTS.row(context, product_id)
    enqueue(context, "score", product_id)
    return answer({"status": "queued", "product_id": product_id}, status=202)


def get(context: SandboxContext, _call: Call, product_id: int) -> Answer:
    """Show the score of one product; 404 until it is scored."""
    OBJECTS.row(context, product_id)
    row = context.connection.execute(
        "SELECT * FROM product_scores WHERE product_id = ?", (product_id,)
    ).fetchone()
    if row is None:
        raise not_found()
    found = {
        "id": row["product_id"],
        "score": row["score"],
        "dimension_scores": json.loads(row["dimension_scores"]),
        "recommendations": json.loads(row["recommendations"]),
        "scored_at": wire(row["scored_at"]),
    }
    return answer(found)


def start_all(context: SandboxContext, _call: Call) -> Answer:
    """Queue the scoring of all products."""
    count = context.connection.execute("SELECT count(*) FROM products").fetchone()[0]
    enqueue(context, "score_all", 0)
    return answer({"status": "queued", "product_count": count}, status=202)
