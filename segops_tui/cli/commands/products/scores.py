"""Scoring of single products: drive the jobs, show the scores.

Knows how a score looks; when a new one is there is `jobs.scoring`'s matter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from segops_tui.nouns.column import Column, Noun, aged
from segops_tui.nouns.products import score_shown, score_tone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from segops_tui.api.resources.products import ProductScore
    from segops_tui.cli.core.context import Invocation

SCORES: Final[Noun[ProductScore]] = Noun(
    name="score",
    plural="scores",
    title="Scores",
    key=lambda score: score.raw.get("id", ""),
    label=lambda score: f"{score.score}",
    empty="No scores.",
    columns=(
        Column("id", "ID", lambda s: s.raw.get("id"), align="right", min_width=3),
        Column(
            "score", "SCORE", lambda s: s.score, score_shown, lambda s, _: score_tone(s.score),
            align="right",
        ),
        Column("dimension_scores", "DIMENSIONS", lambda s: s.dimension_scores, flex=True),
        Column("recommendations", "RECOMMENDATIONS", lambda s: _advice(s), max_width=60, flex=True),
        Column("scored_at", "SCORED", lambda s: s.scored_at, aged),
    ),
)  # fmt: skip


def score_products(run: Invocation, ids: Sequence[str]) -> int:
    """Score products, several at once, and print what came of it."""
    from segops_tui.cli.core.batch import carry_out, finished
    from segops_tui.cli.core.error_report import explain
    from segops_tui.jobs.scoring import ScoreOne, start_score

    jobs = [
        start_score(run.ledger, product_id=key, name="", profile=run.profile.name)
        for key in dict.fromkeys(ids)
    ]
    outcomes = carry_out(run, jobs, stage=ScoreOne.stage)
    if outcomes is None:
        return run.ended_early
    for outcome in outcomes:
        if outcome.error is not None:
            run.talk.problem(explain(outcome.error))
    done = [o.job.target for o in outcomes if o.error is None and o.job.is_final]
    _write(run, [run.client.products.get_score(key) for key in done], alone=len(jobs) == 1)
    return finished(run, outcomes)


def _write(run: Invocation, scores: Sequence[ProductScore], *, alone: bool) -> None:
    if alone and scores:
        run.out.one(scores[0], SCORES)
    elif scores or run.options.wait:
        run.out.listing(scores, SCORES)
    run.out.flush()


def _advice(score: ProductScore) -> Any:
    return [
        item.get("message") or item.get("action") or item.get("text") or item
        if isinstance(item, dict)
        else item
        for item in score.recommendations
    ]
