"""How readable a product is for AI assistants: a rule of our own (contract §4.4).

The real scorer is a language model; this one counts, always the same way, and is labelled
simulated where a person reads it. Knows one product and the schema's field names; knows no store.

- schema coverage: the share of the schema's fields that are filled; without a schema, the share
  of description, brand, category, price and image that are.
- answer format: a description of 20 to 150 words (10), of at least two sentences (5), that names
  the product's own words (5), without markup (5).
- factual completeness: five points each for description, brand, category, price and image.
- AI visibility alignment: the share of the words of brand, category and tags that the name or
  the description repeats. The sandbox has no answers of assistants to agree with, so this stands
  in for them: words a shopper would ask for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DIMENSIONS: Final = (
    "schema_coverage",
    "answer_format",
    "factual_completeness",
    "ai_visibility_alignment",
)
FULL: Final = 25
"""The most a dimension can have; four of them make 100."""
_GOOD_ENOUGH: Final = 20
"""A dimension with as much needs no recommendation."""

FACTS: Final[Mapping[str, tuple[str, ...]]] = {
    "description": ("description", "body_html", "body"),
    "brand": ("brand", "vendor", "manufacturer"),
    "category": ("category", "product_type", "type", "product_category_name"),
    "price": ("price", "variant_price"),
    "image": ("image", "image_url", "image_src", "image_link"),
}
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


@dataclass(frozen=True, slots=True)
class Score:
    """What the rule says of one product."""

    dimensions: dict[str, int]
    recommendations: list[dict[str, Any]]

    @property
    def total(self) -> float:
        """0 to 100."""
        return float(sum(self.dimensions.values()))


def score(name: str, data: Mapping[str, Any], *, fields: Iterable[str]) -> Score:
    """Judge one product."""
    wanted = list(fields)
    facts = {fact: _first(data, names) for fact, names in FACTS.items()}
    absent_facts = [fact for fact, value in facts.items() if value is None]
    absent_fields = [field for field in wanted if _is_blank(data.get(field))]
    coverage = 1 - (len(absent_fields) / len(wanted) if wanted else len(absent_facts) / len(facts))
    description = _text(facts["description"])
    dimensions = {
        "schema_coverage": round(FULL * coverage),
        "answer_format": _answer_format(name, description),
        "factual_completeness": 5 * (len(facts) - len(absent_facts)),
        "ai_visibility_alignment": _alignment(name, description, data, facts),
    }
    missing = {
        "schema_coverage": absent_fields if wanted else absent_facts,
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
    said = _words(f"{name} {_MARKUP.sub(' ', description)}")
    return round(FULL * len(asked & said) / len(asked))


def _recommendations(
    dimensions: Mapping[str, int], missing: Mapping[str, list[str]]
) -> list[dict[str, Any]]:
    """What to do, the most telling first."""
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
