"""Scoring one product, or the whole catalogue (contract §4.4).

The API does not report the progress of scoring the catalogue, so a few products spread over it
are sampled: the job ends when each of them has a newer score.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final

from segops_tui.api.errors import NotFound
from segops_tui.api.resources.products import Product, Products, ProductScore
from segops_tui.jobs.engine.ledger import note_job
from segops_tui.jobs.engine.plan import Send, read, read_or_none
from segops_tui.jobs.engine.polling import (
    PolledWork,
    WorkStatus,
    has_moved,
    poll_until_done,
    timestamp,
)
from segops_tui.wording import plural

if TYPE_CHECKING:
    from collections.abc import Iterable

    from segops_tui.api.request import Id, Page, Request
    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.ledger import Ledger
    from segops_tui.jobs.engine.plan import Part

SCORE: Final = "score"
SCORE_ALL: Final = "score-all"
_SAMPLES: Final = 5
_DOUBTFUL: Final = 5.0
"""Seconds without a score after which to check that the product still exists."""


def start_score(
    ledger: Ledger, *, product_id: Id, name: str, profile: str, command: str = ""
) -> Job:
    """Note the scoring of one product; nothing is sent yet."""
    return note_job(
        ledger,
        SCORE,
        product_id,
        name=name,
        profile=profile,
        command=command or f"segops-tui products score {product_id}",
        keys=(ScoreOne.key,),
    )


def start_score_all(ledger: Ledger, *, profile: str, command: str = "") -> Job:
    """Note the scoring of the whole catalogue; nothing is sent yet."""
    return note_job(
        ledger,
        SCORE_ALL,
        "all",
        name="all products",
        profile=profile,
        command=command or "segops-tui products score --all",
        keys=(ScoreAll.key,),
    )


class ScoreOne(PolledWork):
    """Scoring one product. `before` is its last score, and the time of that."""

    stage: ClassVar[str] = "scoring"
    arrival_seconds: ClassVar[float] = 30.0

    def begin(self, job: Job) -> Part[Job]:
        """Read the product and its last score."""
        product: Product = yield Send(_product(job.target))
        score = yield from read_or_none(_score(job.target))
        before = ["", None] if score is None else [timestamp(score.scored_at), score.score]
        name = product.name or product.sku or job.target_name
        return replace(job.with_params(before=before), target_name=name)

    def start(self, job: Job) -> Request[Any]:
        """The request that starts the scoring."""
        return Products.score.build(None, job.target)

    def check(self, job: Job, *, quiet: float) -> Part[WorkStatus]:
        """Compare the last score's time with `before`."""
        score = yield from read_or_none(_score(job.target))
        if score is None:
            if quiet >= _DOUBTFUL:
                yield from read(_product(job.target))
            return WorkStatus()
        before = job.params["before"]
        return WorkStatus(
            is_over=has_moved(before[0], score.scored_at), result=_result(before, score)
        )

    def times(self, job: Job) -> Iterable[str]:
        """The time of the previous score."""
        return (job.params["before"][0],)


class ScoreAll(PolledWork):
    """Scoring the catalogue. `before` is the time of each sampled product's score, by id."""

    stage: ClassVar[str] = "scoring"
    arrival_seconds: ClassVar[float] = 30.0
    unit: ClassVar[str] = "samples"

    def begin(self, job: Job) -> Part[Job]:
        """Pick the sample."""
        first: Page[Product] = yield Send(_page(1))
        products = first.items
        size = first.count or len(products)
        if len(products) == 1 and size > 1:
            for number in _spread(size)[1:]:
                page = yield from read(_page(number))
                products += page.items[:1]
        before: dict[str, str] = {}
        for product in products[:_SAMPLES]:
            score = yield from read_or_none(_score(product.id))
            before[str(product.id)] = "" if score is None else timestamp(score.scored_at)
        return job.with_params(before=before, products=first.count)

    def start(self, _job: Job) -> Request[Any]:
        """The request that starts the scoring."""
        return Products.score_all.build(None)

    def check(self, job: Job, *, quiet: float) -> Part[WorkStatus]:
        """Count the samples with a newer score, up to the first without."""
        samples = list(job.params["before"].items())
        done = job.done or 0
        for product_id, before in samples[done:]:
            if not (yield from _has_new_score(product_id, before, quiet=quiet)):
                break
            done += 1
        return WorkStatus(
            is_over=done == len(samples),
            done=done,
            total=len(samples),
            result=_result_of_all(job.params["products"], len(samples)),
        )

    def times(self, job: Job) -> Iterable[str]:
        """The times of the previous scores."""
        return list(job.params["before"].values())


def _spread(size: int) -> list[int]:
    """Evenly spread numbers from 1 to `size`, both included."""
    steps = min(_SAMPLES, size)
    return [1 + (size - 1) * step // max(steps - 1, 1) for step in range(steps)]


def _has_new_score(product_id: str, before: str, *, quiet: float) -> Part[bool]:
    score = yield from read_or_none(_score(product_id))
    if score is not None:
        return has_moved(before, score.scored_at)
    if quiet < _DOUBTFUL:
        return False
    try:
        yield from read(_product(product_id))
    except NotFound:
        # It was deleted since; the other samples decide.
        return True
    return False


def _result(before: list[Any], score: ProductScore) -> dict[str, Any]:
    then, now = before[1], score.score
    words = "no score" if now is None else f"{now:g} of 100"
    if then is not None and now is not None:
        words = f"{then:g} → {words}"
    return {"before": then, "after": now, "summary": words}


def _result_of_all(products: int | None, samples: int) -> dict[str, Any]:
    if not samples:
        words = "no products to score"
    else:
        asked = "the catalogue" if products is None else plural(products, "product")
        words = f"{asked} scored; {plural(samples, 'sampled score')} seen to be new"
    return {"products": products, "sampled": samples, "summary": words}


def _page(number: int) -> Request[Page[Product]]:
    return Products.list.build(None, page=number, page_size=1)


def _product(product_id: Id) -> Request[Product]:
    return Products.get.build(None, product_id)


def _score(product_id: Id) -> Request[ProductScore]:
    return Products.get_score.build(None, product_id)


plan_one = partial(poll_until_done, kind=ScoreOne())
plan_all = partial(poll_until_done, kind=ScoreAll())
