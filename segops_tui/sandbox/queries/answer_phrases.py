"""The phrases simulated assistants put their answers together from.

Knows words only, by assistant and by mood; which brand gets which is `answering`'s.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

LABEL: Final = "[Simulated answer: the sandbox asks no assistant. {assistant} did not write this.]"


@dataclass(frozen=True, slots=True)
class Voice:
    """How one assistant talks, and how it is minded.

    `favour` is added to the own brand's standing, `most` bounds the brands one answer names.
    """

    assistant: str
    favour: float
    most: int
    openings: tuple[str, ...]
    closings: tuple[str, ...]


VOICES: Final = {
    "chatgpt": Voice(
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
    "perplexity": Voice(
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
    "claude": Voice(
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
    "gemini": Voice(
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
    "grok": Voice(
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
"""One voice for each provider of the contract, in its order."""

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
