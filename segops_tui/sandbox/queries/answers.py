"""Simulated answers: what each provider would say about a query on a given day.

The same seed, query, provider and day give the same answer while the shop's products and
competitors stay the same. No provider is ever asked.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from segops_tui.sandbox.products.facts import ProductFacts

LABEL: Final = "[Simulated answer: the sandbox asks no assistant. {assistant} did not write this.]"


@dataclass(frozen=True, slots=True)
class ProviderVoice:
    """The phrases and bias of one provider.

    `favour` is added to the own brand's standing, `most` limits the brands per answer.
    """

    assistant: str
    favour: float
    most: int
    openings: tuple[str, ...]
    closings: tuple[str, ...]


VOICES: Final = {
    "chatgpt": ProviderVoice(
        "ChatGPT",
        favour=0.06,
        most=5,
        openings=(
            "Great question! Here are some solid options for “{question}”:",
            "It depends on what you need, but these come up again and again:",
        ),
        closings=(
            "Would you like me to compare two of these side by side?",
            "If you tell me your budget, I can narrow this down.",
        ),
    ),
    "perplexity": ProviderVoice(
        "Perplexity",
        favour=0.0,
        most=5,
        openings=(
            "Recent reviews point to the following choices for “{question}”:",
            "Across buying guides, these names are mentioned most often:",
        ),
        closings=(
            "Prices and stock change; check the shops before ordering.",
            "Reviewers disagree on durability, so look at the warranty.",
        ),
    ),
    "claude": ProviderVoice(
        "Claude",
        favour=0.1,
        most=4,
        openings=(
            "A few options stand out, each for a different reason:",
            "For “{question}”, I'd weigh these:",
        ),
        closings=(
            "The best choice depends on how and where you'll use it.",
            "I'd try the first two on before deciding, if you can.",
        ),
    ),
    "gemini": ProviderVoice(
        "Gemini",
        favour=-0.05,
        most=5,
        openings=(
            "Here's an overview of popular picks for “{question}”:",
            "Several brands are well regarded here:",
        ),
        closings=(
            "Consider fit, weight and price when you choose.",
            "Ratings are a good starting point, not the whole story.",
        ),
    ),
    "grok": ProviderVoice(
        "Grok",
        favour=-0.12,
        most=3,
        openings=(
            "Straight answer to “{question}”:",
            "No fluff, these are the ones people actually talk about:",
        ),
        closings=(
            "Skip the marketing and read the one-star reviews first.",
            "Your knees, your call.",
        ),
    ),
}
"""A voice for each provider of the contract, in its order."""

REASONS: Final = {
    "positive": (
        "consistently praised for quality and service",
        "a favourite of people who use it every week",
        "well made, fairly priced and easy to repair",
        "hard to fault, and the reviews agree",
    ),
    "neutral": (
        "a reasonable middle-of-the-road choice",
        "widely available, with mixed but decent reviews",
        "fine for occasional use",
        "worth a look if it is on sale",
    ),
    "negative": (
        "often criticised for sizing and slow delivery",
        "pricey for what it is, according to many buyers",
        "durability complaints come up regularly",
    ),
}
NOTHING: Final = "I couldn't find a brand I would recommend for this with any confidence."
SUCH_AS: Final = "for example {products}"


PROVIDERS: Final = tuple(VOICES)
MOST_PRODUCTS: Final = 6
"""Products that an answer can draw from."""

_MAKERS: Final = 2
_WITHOUT_PRODUCTS: Final = 0.35
"""What the own brand loses if its catalogue has nothing for the query."""
_NAMED_FROM: Final = 0.38
"""The standing from which an answer names a brand."""
_LIKED_FROM: Final = 0.66
_BLAMED_BELOW: Final = 0.48
_DAILY: Final = 0.13
"""The largest change of a brand's standing from one day to the next."""
_TIDE: Final = 0.09
_TIDE_DAYS: Final = 41.0


@dataclass(frozen=True, slots=True)
class Mention:
    """A brand in an answer; its position counts from 1."""

    name: str
    position: int
    sentiment: str

    def show(self) -> dict[str, Any]:
        """The mention as stored and sent."""
        return {"name": self.name, "position": self.position, "sentiment": self.sentiment}


@dataclass(frozen=True, slots=True)
class SimulatedAnswer:
    """One provider's answer; `position` is the own brand's, or None without a mention."""

    provider: str
    text: str
    brands: tuple[Mention, ...]
    products: tuple[ProductFacts, ...]
    position: int | None
    sentiment: str

    def products_shown(self) -> list[dict[str, str]]:
        """The products as stored and sent."""
        return [{"name": product.title, "sku": product.sku} for product in self.products]


class SimulatedQuery:
    """A query with the brands and products that answers can name."""

    def __init__(
        self,
        text: str,
        *,
        seed: str,
        own_brand: str,
        competitors: Sequence[str],
        products: Sequence[ProductFacts],
    ) -> None:
        self._text, self._seed, self._own = text, seed, own_brand
        self._products = tuple(products[:MOST_PRODUCTS])
        makers = dict.fromkeys(product.brand for product in self._products if product.brand)
        named = _distinct((own_brand, *competitors, *[*makers][:_MAKERS]))
        self._standing = {name: self._usual_standing(name) for name in named}
        self._phases = {name: sum(name.encode()) % 100 / 100 for name in named}

    def answer(self, provider: str, *, day: int) -> SimulatedAnswer:
        """The answer of a provider on a day, counted in days since 1970."""
        voice = VOICES[provider]
        chance = Random(f"{self._seed}/{self._text}/{provider}/{day}")
        ranked = sorted(
            (
                (self._standing_on(name, voice, day) + chance.uniform(-_DAILY, _DAILY), name)
                for name in self._standing
            ),
            reverse=True,
        )
        named = [pair for pair in ranked if pair[0] >= _NAMED_FROM][: voice.most]
        brands = tuple(
            Mention(name, position, _mood(standing, chance))
            for position, (standing, name) in enumerate(named, 1)
        )
        own = next((mention for mention in brands if mention.name == self._own), None)
        products = self._pick_products(chance) if own else ()
        return SimulatedAnswer(
            provider,
            self._text_of(voice, brands, products, chance),
            brands,
            products,
            own.position if own else None,
            own.sentiment if own else "neutral",
        )

    def _usual_standing(self, name: str) -> float:
        standing = 0.24 + 0.52 * Random(f"{self._seed}/{self._text}/{name}").random()
        if name != self._own:
            return standing
        return standing + 0.05 if self._products else standing - _WITHOUT_PRODUCTS

    def _standing_on(self, name: str, voice: ProviderVoice, day: int) -> float:
        """A brand's standing on a day; brands rise and fall over weeks, each in its own phase."""
        tide = _TIDE * math.sin(2 * math.pi * (day / _TIDE_DAYS + self._phases[name]))
        return self._standing[name] + tide + (voice.favour if name == self._own else 0.0)

    def _pick_products(self, chance: Random) -> tuple[ProductFacts, ...]:
        count = min(len(self._products), chance.randint(1, 3))
        order = {product.sku: at for at, product in enumerate(self._products)}
        picked = chance.sample(self._products, count)
        return tuple(sorted(picked, key=lambda product: order[product.sku]))

    def _text_of(
        self,
        voice: ProviderVoice,
        brands: Sequence[Mention],
        products: Sequence[ProductFacts],
        chance: Random,
    ) -> str:
        lines = []
        for mention in brands:
            reason = chance.choice(REASONS[mention.sentiment])
            examples = products if mention.name == self._own else ()
            lines.append(_line(mention, reason, examples))
        opening = chance.choice(voice.openings).format(question=self._text)
        parts = [LABEL.format(assistant=voice.assistant), opening]
        parts.append("\n".join(lines) or NOTHING)
        return "\n\n".join([*parts, chance.choice(voice.closings)])


def compare_providers(
    answers: Sequence[SimulatedAnswer], expected: Sequence[str]
) -> list[dict[str, Any]]:
    """For each brand, the providers that name it; the expected brands come first."""
    naming: dict[str, list[str]] = {name: [] for name in _distinct(expected)}
    spelt = {name.casefold(): name for name in naming}
    for answer in answers:
        for mention in answer.brands:
            name = spelt.setdefault(mention.name.casefold(), mention.name)
            naming.setdefault(name, []).append(answer.provider)
    return [
        {
            "brand_name": name,
            "providers": providers,
            "status": "none" if not providers else _reach(len(providers), len(answers)),
        }
        for name, providers in naming.items()
    ]


def _reach(count: int, total: int) -> str:
    return "all" if count == total else "some"


def _mood(standing: float, chance: Random) -> str:
    felt = standing + chance.uniform(-0.15, 0.15)
    if felt >= _LIKED_FROM:
        return "positive"
    return "negative" if felt < _BLAMED_BELOW else "neutral"


def _line(mention: Mention, reason: str, examples: Sequence[ProductFacts]) -> str:
    line = f"{mention.position}. **{mention.name}**: {reason}"
    if examples:
        line += f"; {SUCH_AS.format(products=', '.join(map(_product_words, examples)))}"
    return f"{line}."


def _product_words(product: ProductFacts) -> str:
    return f"{product.title} ({product.price})" if product.price else product.title


def _distinct(names: Iterable[str]) -> list[str]:
    """The names without those that differ from an earlier one only in case."""
    spelt: dict[str, str] = {}
    for name in names:
        spelt.setdefault(name.casefold(), name)
    return [*spelt.values()]
