"""Every kind of work the API starts, carried out on the sandbox: seen to end, fail or go on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from segops_tui.api.errors import ConnectionFailed, NotFound, RateLimited, ServerFailed
from segops_tui.api.resources.activations import Activation
from segops_tui.api.resources.pages import GeneratedPage
from segops_tui.api.resources.products import Product, ProductScore
from segops_tui.api.resources.segments import Segment
from segops_tui.jobs.engine.async_runner import run_job_async
from segops_tui.jobs.engine.errors import CannotWrite, JobFailed
from segops_tui.jobs.engine.plan import Send, Wait
from segops_tui.jobs.engine.runner import run_job
from segops_tui.jobs.page_builds import start_build, start_generate, start_regenerate
from segops_tui.jobs.page_export import start_page_export
from segops_tui.jobs.query_run import start_query_run
from segops_tui.jobs.recompute import start_recompute
from segops_tui.jobs.registry import plan_of
from segops_tui.jobs.scoring import start_score, start_score_all
from segops_tui.jobs.sync import start_sync

if TYPE_CHECKING:
    from pathlib import Path

    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.ledger import Ledger
    from segops_tui.jobs.engine.plan import Plan, Step

WHEN = {"profile": "sandbox", "name": ""}
EARLY, LATE = "2026-06-01T10:00:00Z", "2026-06-01T12:00:00Z"


@pytest.fixture
def fruit(client: Any) -> Any:
    """Three apples, two questions, two pages and a connector."""
    client.products.bulk_upsert([{"sku": s, "name": f"Apple {s}"} for s in ("A", "B", "C")])
    client.queries.create(query_text="Which apple?", providers=["claude", "grok", "gemini"])
    client.queries.create(query_text="An old apple?", is_active=False)
    client.pages.create(slug="red-apple")
    client.pages.create(slug="zebra")
    segment = client.segments.create(name="S")
    config = {"list_id": "L1", "api_key": "pk_test_1"}
    client.activations.create(segment=segment.id, connector_type="klaviyo", config=config)
    return client


def done(job: Job, client: Any, ledger: Ledger, unix: Any, listener: Any = None) -> Job:
    return run_job(plan_of(job), job, client, ledger, clock=unix, report=listener)


def walk(plan: Plan, *answers: Any) -> tuple[list[Step], Job | None]:
    """Walk a plan: each `Send` takes the next answer, the last one for ever."""
    steps: list[Step] = []
    remaining = list(answers)
    reply: Any = None
    try:
        while len(steps) < 400:
            step = plan.throw(reply) if isinstance(reply, Exception) else plan.send(reply)
            steps.append(step)
            reply = None
            if isinstance(step, Send):
                reply = remaining.pop(0) if len(remaining) > 1 else remaining[0]
    except StopIteration as end:
        return steps, end.value
    return steps, None


def posts(steps: list[Step]) -> list[Send]:
    return [step for step in steps if isinstance(step, Send) and step.request.mutates]


def test_a_product_is_scored_and_scored_again(fruit: Any, ledger: Ledger, unix: Any) -> None:
    first = done(start_score(ledger, product_id=1, **WHEN), fruit, ledger, unix)
    second = done(start_score(ledger, product_id=1, **WHEN), fruit, ledger, unix)

    score = first.result["after"]
    assert first.title == "score Apple A"
    assert first.summary == f"{score:g} of 100"
    assert second.summary == f"{score:g} → {score:g} of 100"


def test_a_score_of_the_same_second_is_not_taken_for_a_new_one(ledger: Ledger) -> None:
    """Times are whole seconds on the wire: it waits for the next before it sends."""
    job = start_score(ledger, product_id=1, **WHEN)
    old, new = (
        ProductScore({"score": 40, "scored_at": "2026-06-01T12:00:00Z"}),
        ProductScore({"score": 60, "scored_at": "2026-06-01T12:00:01Z"}),
    )

    steps, ended = walk(plan_of(job), Product({"id": 1}), old, None, old, old, new)

    first_wait = next(step for step in steps if isinstance(step, Wait))
    assert first_wait.seconds == 1.0
    assert steps.index(first_wait) < steps.index(posts(steps)[0])
    assert ended is not None
    assert ended.summary == "40 → 60 of 100"


def test_a_product_that_is_not_there_is_not_scored(fruit: Any, ledger: Ledger, unix: Any) -> None:
    with pytest.raises(NotFound):
        done(start_score(ledger, product_id=99, **WHEN), fruit, ledger, unix)


def test_a_product_deleted_before_its_score_came_ends_the_wait(ledger: Ledger) -> None:
    gone = NotFound("Not found.", status=404)

    with pytest.raises(JobFailed, match="no longer knows"):
        walk(
            plan_of(start_score(ledger, product_id=1, **WHEN)), Product({"id": 1}), gone, None, gone
        )


def test_the_whole_catalogue_is_scored_and_a_few_stand_for_all(
    client: Any, ledger: Ledger, unix: Any, listener: Any
) -> None:
    client.products.bulk_upsert([{"sku": f"S{n}", "name": "x"} for n in range(30)])

    ended = done(start_score_all(ledger, profile="sandbox"), client, ledger, unix, listener)

    assert ended.summary == "30 products scored; 5 sampled scores seen to be new"
    assert ended.params["before"].keys() == {"1", "8", "15", "22", "30"}
    assert client.products.get_score(17).score is not None
    assert listener.heard[-1].title == "score all products"


def test_an_empty_catalogue_is_scored_at_once(client: Any, ledger: Ledger, unix: Any) -> None:
    ended = done(start_score_all(ledger, profile="sandbox"), client, ledger, unix)

    assert ended.summary == "no products to score"


async def test_a_page_is_built_in_both_colours(
    fruit: Any, async_client: Any, ledger: Ledger, unix: Any, listener: Any
) -> None:
    job = start_build(ledger, page_id=1, template="dark", **WHEN)

    built = await run_job_async(
        plan_of(job), job, async_client, ledger, clock=unix, report=listener
    )
    again = done(start_regenerate(ledger, page_id=1, **WHEN), fruit, ledger, unix)

    assert listener.stages == ["starting", "building", "done"]
    assert built.result["products"] == 3
    assert built.summary.startswith("built: ")
    assert again.result["slug"] == "red-apple"
    assert job.command == "segops-tui pages build 1 --template dark"


def test_a_page_that_cannot_be_built_fails_with_the_servers_words_each_time(
    fruit: Any, ledger: Ledger, unix: Any
) -> None:
    for _ in range(2):
        with pytest.raises(JobFailed, match="No product answers"):
            done(start_build(ledger, page_id=2, **WHEN), fruit, ledger, unix)


def test_a_word_for_work_nobody_knows_is_waited_out(ledger: Ledger) -> None:
    """The states of a build are not documented (contract §8.2)."""
    draft, odd, ready = (
        GeneratedPage({"id": 1, "slug": "a", "updated_at": LATE, "builder_status": word})
        for word in ("draft", "dreaming", "ready")
    )

    _, ended = walk(plan_of(start_build(ledger, page_id=1, **WHEN)), draft, None, odd, odd, ready)

    assert ended is not None
    assert ended.result["status"] == "ready"


def test_a_page_for_every_active_question(fruit: Any, ledger: Ledger, unix: Any) -> None:
    ended = done(start_generate(ledger, profile="sandbox"), fruit, ledger, unix)

    assert ended.summary == "1 page ready"
    assert fruit.pages.get(ended.result["pages"][0]).raw["query"] == 1
    assert len(list(fruit.pages.list())) == 3


def test_pages_for_given_questions_are_counted_and_a_failing_one_is_told(
    fruit: Any, ledger: Ledger, unix: Any, listener: Any
) -> None:
    job = start_generate(ledger, profile="sandbox", queries=["apple pie", "zebra"])

    ended = done(job, fruit, ledger, unix, listener)

    assert ended.summary == "1 page ready, 1 failed"
    assert [p.total for p in listener.heard if p.stage == "generating"][-1] == 2


def test_pages_that_all_fail_are_a_failure(fruit: Any, ledger: Ledger, unix: Any) -> None:
    job = start_generate(ledger, profile="sandbox", queries=["zebra", "yak"])

    with pytest.raises(JobFailed, match="2 pages could not be built"):
        done(job, fruit, ledger, unix)


def test_a_page_is_exported_to_a_file(
    fruit: Any, ledger: Ledger, unix: Any, tmp_path: Path
) -> None:
    done(start_build(ledger, page_id=1, **WHEN), fruit, ledger, unix)

    for ending, mark in (("html", "<!"), ("tsx", "import"), ("json", "{")):
        to = tmp_path / f"page.{ending}"
        job = start_page_export(ledger, page_id=1, to=to, **WHEN)
        ended = done(job, fruit, ledger, unix)
        assert mark in to.read_text(encoding="utf-8")[:400]
        assert ended.result["bytes"] == to.stat().st_size

    with pytest.raises(CannotWrite, match="pdf"):
        start_page_export(ledger, page_id=1, to=tmp_path / "a", format="pdf", **WHEN)


def test_a_question_is_run_and_answers_are_counted(
    fruit: Any, ledger: Ledger, unix: Any, listener: Any
) -> None:
    ended = done(start_query_run(ledger, query_id=1, **WHEN), fruit, ledger, unix, listener)

    assert ended.title == "run Which apple?"
    assert ended.summary.startswith("3 of 3 answers mention you")
    assert (ended.done, ended.total) == (3, 3)
    assert 0 < min(p.done for p in listener.heard if p.done) < 3


def test_assistants_that_stay_silent_do_not_keep_a_run_for_ever(ledger: Ledger) -> None:
    from segops_tui.api.request import Page
    from segops_tui.api.resources.queries import AIQuery, QueryResult

    before = AIQuery({"id": 1, "query_text": "x", "last_run_at": EARLY})
    after = AIQuery({"id": 1, "query_text": "x", "last_run_at": LATE})
    two = Page([QueryResult({"id": n, "position": n}) for n in (8, 9)])
    plan = plan_of(start_query_run(ledger, query_id=1, **WHEN))
    posted = False
    reply: Any = None
    try:
        while True:
            step = plan.send(reply)
            reply = None
            if isinstance(step, Send):
                posted = posted or step.request.mutates
                is_results = step.request.path.endswith("/results/")
                reply = (two if posted else Page([])) if is_results else after if posted else before
    except StopIteration as end:
        ended = end.value

    assert ended.summary == "2 of 2 answers mention you, best #8; 3 assistants did not answer"


def test_a_connector_is_synced_twice(fruit: Any, ledger: Ledger, unix: Any) -> None:
    for _ in range(2):
        ended = done(start_sync(ledger, activation_id=1, **WHEN), fruit, ledger, unix)
        assert ended.summary == "members pushed"
        assert ended.title == "sync klaviyo #1"


def test_a_sync_that_is_refused_fails_with_the_tools_words(ledger: Ledger) -> None:
    fine = Activation({"id": 1, "status": "active", "last_error": ""})
    refused = Activation({"id": 1, "status": "error", "last_error": "401 from Klaviyo"})

    with pytest.raises(JobFailed, match="401 from Klaviyo"):
        walk(plan_of(start_sync(ledger, activation_id=1, **WHEN)), fine, None, fine, refused)


def test_the_same_refusal_as_before_is_believed_after_a_while(ledger: Ledger) -> None:
    refused = Activation({"id": 1, "status": "error", "last_error": "401 from Klaviyo"})
    plan = plan_of(start_sync(ledger, activation_id=1, **WHEN))

    with pytest.raises(JobFailed, match="401 from Klaviyo"):
        walk(plan, refused, None, refused)


def reads_until(plan: Plan, first_post: Any, shown: Any, later: Any, *, after: float) -> list[Step]:
    """Walk a plan whose first POST ends so, and whose target looks different from `after` on."""
    steps: list[Step] = []
    waited, reply, posted = 0.0, None, False
    try:
        while len(steps) < 400:
            step = plan.throw(reply) if isinstance(reply, Exception) else plan.send(reply)
            steps.append(step)
            reply = None
            if isinstance(step, Wait):
                waited += step.seconds
            elif isinstance(step, Send) and step.request.mutates:
                reply, posted = (None if posted else first_post), True
            elif isinstance(step, Send):
                reply = later if posted and waited >= after else shown
    except (StopIteration, JobFailed):
        return steps
    return steps


def waits(steps: list[Step]) -> float:
    """Seconds between the first and the last POST."""
    sent = [n for n, step in enumerate(steps) if isinstance(step, Send) and step.request.mutates]
    return sum(step.seconds for step in steps[sent[0] : sent[-1]] if isinstance(step, Wait))


LOST = ConnectionFailed("reset")
BUSY = Segment({"id": 1, "status": "computing", "last_computed_at": EARLY})


@pytest.mark.parametrize(
    ("after", "shown", "sent"),
    [
        (3.0, BUSY, 1),
        (3.0, Segment({"id": 1, "last_computed_at": LATE}), 1),
        (3.0, Segment({"id": 1, "last_computed_at": EARLY, "last_compute_error": "No."}), 1),
        (60.0, Segment({"id": 1, "last_computed_at": LATE}), 2),
    ],
    ids=["runs", "is over", "failed", "never came"],
)
@pytest.mark.parametrize("lost", [LOST, ServerFailed("Bad gateway.", status=502)])
def test_work_whose_answer_was_lost_is_looked_for_before_it_is_sent_again(
    ledger: Ledger, after: float, shown: Segment, sent: int, lost: Exception
) -> None:
    before = Segment({"id": 1, "status": "computed", "last_computed_at": EARLY})
    plan = plan_of(start_recompute(ledger, segment_id=1, **WHEN))

    steps = reads_until(plan, lost, before, shown, after=after)

    assert len(posts(steps)) == sent
    assert len({post.key for post in posts(steps)}) == 1
    assert sent == 1 or waits(steps) >= 10


def test_a_connection_that_was_never_made_is_tried_again_without_a_look(ledger: Ledger) -> None:
    before = Segment({"id": 1, "status": "computed", "last_computed_at": EARLY})
    over = Segment({"id": 1, "last_computed_at": LATE})
    refused = ConnectionFailed("Could not connect.", was_sent=False)

    steps = reads_until(
        plan_of(start_recompute(ledger, segment_id=1, **WHEN)), refused, before, over, after=1.5
    )

    assert len(posts(steps)) == 2
    assert waits(steps) == 1.0


def test_a_sync_whose_answer_was_lost_shows_itself_at_its_end_only(ledger: Ledger) -> None:
    fine = Activation({"id": 1, "last_synced_at": EARLY})
    synced = Activation({"id": 1, "last_synced_at": LATE})

    came, never = (
        reads_until(
            plan_of(start_sync(ledger, activation_id=1, **WHEN)), LOST, fine, synced, after=after
        )
        for after in (20.0, 60.0)
    )

    assert (len(posts(came)), len(posts(never))) == (1, 2)
    assert waits(never) >= 30


def test_a_compute_of_this_second_waits_for_the_next_and_an_old_one_does_not(
    ledger: Ledger,
) -> None:
    """Times are whole seconds on the wire."""
    for last, first_wait in (("2026-06-01T12:00:00Z", 1.0), (EARLY, None)):
        before = Segment({"id": 1, "last_computed_at": last})
        after = Segment({"id": 1, "last_computed_at": "2026-06-01T12:00:02Z"})
        plan = plan_of(start_recompute(ledger, segment_id=1, **WHEN))

        steps = reads_until(plan, None, before, after, after=0.0)

        early = [s.seconds for s in steps[: steps.index(posts(steps)[0])] if isinstance(s, Wait)]
        assert early == ([] if first_wait is None else [first_wait])


def test_a_scoring_of_all_that_never_arrived_is_not_taken_for_one_product_scored_by_itself(
    ledger: Ledger,
) -> None:
    """What looked like a part of it goes no further: it is asked for again, under the same key."""
    from segops_tui.api.request import Page

    started = 0
    reply: Any = None
    plan = plan_of(start_score_all(ledger, profile="sandbox"))
    steps: list[Step] = []
    try:
        while len(steps) < 2_000:
            step = plan.throw(reply) if isinstance(reply, Exception) else plan.send(reply)
            steps.append(step)
            reply = None
            if not isinstance(step, Send):
                continue
            path = step.request.path
            if step.request.mutates:
                started += 1
                reply = ConnectionFailed("reset") if started == 1 else None
            elif path.endswith("/score/"):
                is_new = started > 1 or (started and "/1/" in path)
                reply = ProductScore({"score": 60, "scored_at": LATE if is_new else EARLY})
            else:
                products = [Product({"id": 1}), Product({"id": 2})]
                reply = Page(products, count=2)
    except StopIteration as end:
        ended = end.value

    assert ended.summary == "2 products scored; 2 sampled scores seen to be new"
    assert len(posts(steps)) == 2
    assert len({post.key for post in posts(steps)}) == 1


def test_a_refusal_for_haste_is_known_not_to_have_been_carried_out(ledger: Ledger) -> None:
    fine = Activation({"id": 1, "last_synced_at": EARLY})
    synced = Activation({"id": 1, "last_synced_at": LATE})
    hasty = RateLimited("Throttled.", status=429)

    steps, _ = walk(plan_of(start_sync(ledger, activation_id=1, **WHEN)), fine, hasty, None, synced)

    assert len(posts(steps)) == 2
    between = steps[steps.index(posts(steps)[0]) : steps.index(posts(steps)[1])]
    assert not any(isinstance(step, Send) for step in between[1:])
