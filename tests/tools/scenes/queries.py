"""The Queries pane."""

from __future__ import annotations

from studio import Scene, Studio


async def queries(studio: Studio) -> None:
    """The board, and the answers to the first query where there is room for them."""
    await studio.until("Queries 12 of 12")
    await studio.until("simulated")
    await studio.until("#3")


async def query_answers(studio: Studio) -> None:
    """Answers in full width."""
    await queries(studio)
    await studio.press("down", "enter")
    await studio.until("your brand")


async def query_history(studio: Studio) -> None:
    """Ranks by day."""
    await queries(studio)
    await studio.press("down", "enter", "right_square_bracket")
    await studio.until("31 May")


async def query_brands(studio: Studio) -> None:
    """Share of voice."""
    await queries(studio)
    await studio.press("down", "enter", "right_square_bracket", "right_square_bracket")
    await studio.until("Share of voice")


async def query_run(studio: Studio) -> None:
    """One done, three under way."""
    await queries(studio)
    await studio.press("r")
    await studio.done(1)
    await studio.press("down")
    studio.door.holds = lambda call: call.startswith("POST")
    await studio.press("space", "space", "space", "r")
    await studio.until("jobs running")


async def query_run_all(studio: Studio) -> None:
    """The question before it."""
    await queries(studio)
    await studio.press("A")
    await studio.until("Run 11 queries?")


async def query_form(studio: Studio) -> None:
    """Editing a query."""
    await queries(studio)
    await studio.press("e")
    await studio.until("Assistants")


async def simulate(studio: Studio) -> None:
    """The form of a simulation."""
    await queries(studio)
    await studio.press("m")
    await studio.until("asked once")


async def simulated(studio: Studio) -> None:
    """The answers."""
    await simulate(studio)
    await studio.press("ctrl+s")
    await studio.until("mentioned by")


async def visibility(studio: Studio) -> None:
    """The figures of all answers."""
    await queries(studio)
    await studio.press("w")
    await studio.until("MOST MENTIONED BRANDS")


async def visibility_trend(studio: Studio) -> None:
    """The same over days."""
    await visibility(studio)
    await studio.press("right_square_bracket")


async def win_rate(studio: Studio) -> None:
    """Against each competitor."""
    await visibility(studio)
    await studio.press("left_square_bracket")
    await studio.until("AGAINST")


SCENES = (
    Scene("queries", queries, place="queries"),
    Scene("query-answers", query_answers, place="queries"),
    Scene("query-history", query_history, place="queries"),
    Scene("query-brands", query_brands, place="queries"),
    Scene("query-run", query_run, place="queries"),
    Scene("query-run-all", query_run_all, place="queries"),
    Scene("query-form", query_form, place="queries"),
    Scene("simulate", simulate, place="queries"),
    Scene("simulated", simulated, place="queries"),
    Scene("visibility", visibility, place="queries"),
    Scene("visibility-trend", visibility_trend, place="queries"),
    Scene("win-rate", win_rate, place="queries"),
)
