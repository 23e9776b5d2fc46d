"""Recompute: the plan fed by hand, then carried out on the sandbox in both colours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from segops_tui.api.errors import ConnectionFailed, NotFound, ServerFailed, TimedOut
from segops_tui.api.resources.segments import Segment
from segops_tui.jobs.engine.async_runner import run_job_async
from segops_tui.jobs.engine.errors import JobFailed
from segops_tui.jobs.engine.plan import Save, Send, Wait
from segops_tui.jobs.engine.runner import run_job
from segops_tui.jobs.recompute import start_recompute
from segops_tui.jobs.registry import plan_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.ledger import Ledger
    from segops_tui.jobs.engine.plan import Plan, Step

EARLY, LATE = "2026-06-01T10:00:00Z", "2026-06-01T12:00:00Z"


def segment(members: int, at: str | None, **further: Any) -> Segment:
    return Segment(
        {"id": 12, "name": "VIPs", "member_count": members, "last_computed_at": at} | further
    )


def new(ledger: Ledger, **changes: Any) -> Job:
    return start_recompute(
        ledger, **{"segment_id": 12, "name": "VIPs", "profile": "sandbox", **changes}
    )


def walk(plan: Plan, *answers: Any) -> tuple[list[Step], Job | None]:
    """Walk a plan: each `Send` takes the next answer; stop when there is none."""
    steps: list[Step] = []
    remaining = iter(answers)
    reply: Any = None
    try:
        while True:
            step = plan.throw(reply) if isinstance(reply, Exception) else plan.send(reply)
            steps.append(step)
            reply = None
            if isinstance(step, Send):
                reply = next(remaining, StopAsyncIteration)
                if reply is StopAsyncIteration:
                    return steps, None
    except StopIteration as end:
        return steps, end.value


def sent(steps: list[Step]) -> list[str]:
    return [f"{s.request.method} {s.request.path}" for s in steps if isinstance(s, Send)]


def test_the_ledger_has_the_key_before_the_compute_leaves(ledger: Ledger) -> None:
    job = new(ledger)

    steps, _ = walk(plan_of(job), segment(4, EARLY), None)

    kinds = [type(step) for step in steps]
    assert kinds[:4] == [Send, Save, Send, Save]
    assert steps[1].job.keys["compute"] == steps[2].key == job.keys["compute"]  # type: ignore[union-attr]
    assert steps[1].job.stage == "starting"  # type: ignore[union-attr]


def test_it_is_done_when_the_time_has_moved_and_tells_the_difference(ledger: Ledger) -> None:
    steps, done = walk(
        plan_of(new(ledger)),
        segment(3_401, EARLY),
        None,
        segment(3_401, EARLY, status="computing"),
        segment(3_482, LATE, status="computed"),
    )

    assert done is not None
    assert done.state == "done"
    assert done.summary == "3,401 → 3,482 members (+81)"
    assert done.result["delta"] == 81
    assert sent(steps).count("POST /segments/12/compute/") == 1


def test_it_looks_often_at_first_and_then_less(ledger: Ledger) -> None:
    still = [segment(4, EARLY)] * 30

    steps, _ = walk(plan_of(new(ledger)), segment(4, EARLY), None, *still)

    waits = [step.seconds for step in steps if isinstance(step, Wait)]
    assert waits[0] == 0.15
    assert waits == sorted(waits)
    assert waits[-1] == 2.0


def test_a_second_that_two_computes_share_is_no_endless_wait(ledger: Ledger) -> None:
    """Times are whole seconds on the wire; a compute that was seen running and ended is done."""
    _, done = walk(
        plan_of(new(ledger)),
        segment(4, EARLY),
        None,
        segment(4, EARLY, status="computing"),
        segment(5, EARLY, status="computed"),
    )

    assert done is not None
    assert done.result["after"] == 5


def test_an_error_that_is_new_fails_the_job(ledger: Ledger) -> None:
    with pytest.raises(JobFailed, match="regex") as failed:
        walk(
            plan_of(new(ledger)),
            segment(4, EARLY),
            None,
            segment(4, EARLY, last_compute_error="bad regex", status="computed"),
        )

    assert failed.value.job.state == "failed"


def test_an_old_error_is_not_this_computes(ledger: Ledger) -> None:
    old = {"last_compute_error": "bad regex", "status": "computed"}

    _, done = walk(
        plan_of(new(ledger)),
        segment(4, EARLY, **old),
        None,
        segment(4, EARLY, **old),
        segment(6, LATE, status="computed"),
    )

    assert done is not None
    assert done.state == "done"


def test_a_server_that_is_away_for_a_while_is_waited_for(ledger: Ledger) -> None:
    away = ConnectionFailed("connection refused")
    down = ServerFailed("down", status=503)

    _, done = walk(
        plan_of(new(ledger)), segment(4, EARLY), None, away, down, TimedOut("…"), segment(5, LATE)
    )

    assert done is not None


def test_a_server_that_stays_away_ends_the_watching(ledger: Ledger) -> None:
    away = [ConnectionFailed("connection refused")] * 40

    with pytest.raises(ConnectionFailed):
        walk(plan_of(new(ledger)), segment(4, EARLY), None, *away)


def test_resuming_before_the_answer_looks_and_asks_only_if_nothing_happened(ledger: Ledger) -> None:
    job = new(ledger).with_params(before=["2026-06-01T10:00:00+00:00", 4, ""]).at("starting")

    quiet, _ = walk(plan_of(job), *[segment(4, EARLY)] * 11)
    running, _ = walk(plan_of(job), segment(4, EARLY, status="computing"))
    moved, done = walk(plan_of(job), segment(9, LATE), segment(9, LATE))

    *looks, asked = sent(quiet)
    assert (set(looks), asked) == ({"GET /segments/12/"}, "POST /segments/12/compute/")
    assert "POST /segments/12/compute/" not in sent(running) + sent(moved)
    assert done is not None
    assert done.result["after"] == 9


def test_resuming_after_the_answer_only_looks(ledger: Ledger) -> None:
    job = new(ledger).with_params(before=["", 4, ""]).at("computing")

    steps, done = walk(plan_of(job), segment(4, None), segment(5, LATE))

    assert set(sent(steps)) == {"GET /segments/12/"}
    assert done is not None


def test_a_recompute_counts_who_is_in(
    client: Any, ledger: Ledger, listener: Any, shoppers: int, unix: Callable[[], float]
) -> None:
    job = new(ledger, segment_id=shoppers, name="")

    done = run_job(plan_of(job), job, client, ledger, report=listener, clock=unix)

    assert done.summary == "0 → 3 members (+3)"
    assert done.target_name == "Shoppers"
    assert listener.stages == ["starting", "computing", "done"]
    assert ledger.get(job.id) == done
    assert ledger.history("recompute", str(shoppers), "sandbox") != []


async def test_an_awaited_recompute_comes_to_the_same(
    async_client: Any, ledger: Ledger, listener: Any, shoppers: int, unix: Callable[[], float]
) -> None:
    job = new(ledger, segment_id=shoppers)

    done = await run_job_async(plan_of(job), job, async_client, ledger, report=listener, clock=unix)

    assert done.summary == "0 → 3 members (+3)"
    assert listener.stages == ["starting", "computing", "done"]
    assert ledger.get(job.id) == done


def test_a_product_segment_is_recomputed_by_the_same_plan(
    client: Any, ledger: Ledger, unix: Callable[[], float]
) -> None:
    client.products.bulk_upsert([{"sku": s, "name": s, "brand": "Fern"} for s in ("A", "B")])
    rule = {"type": "product_attribute", "property": "brand", "operator": "eq", "value": "Fern"}
    definition = {"logic": "AND", "conditions": [rule]}
    found = client.product_segments.create(name="Ferns", definition=definition)
    job = new(ledger, segment_id=found.id, name="Ferns", is_product=True)

    done = run_job(plan_of(job), job, client, ledger, clock=unix)

    assert done.summary == "0 → 2 products (+2)"
    assert job.command == f"segops-tui product-segments recompute {found.id}"


def test_a_segment_that_is_not_there_fails_before_anything_is_sent(
    client: Any, ledger: Ledger
) -> None:
    job = new(ledger, segment_id=999)

    with pytest.raises(NotFound):
        run_job(plan_of(job), job, client, ledger)

    assert ledger.get(job.id).state == "failed"


def test_a_rule_that_cannot_be_computed_fails_the_job_with_the_servers_words(
    client: Any, ledger: Ledger, unix: Callable[[], float]
) -> None:
    empty = client.segments.create(name="Nothing yet")
    job = new(ledger, segment_id=empty.id)

    with pytest.raises(Exception) as failed:  # noqa: PT011 (refused or failed: the server's choice)
        run_job(plan_of(job), job, client, ledger, clock=unix)

    stored = ledger.get(job.id)
    assert stored.state == "failed"
    assert stored.error == str(failed.value) != ""
