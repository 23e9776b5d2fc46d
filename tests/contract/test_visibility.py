"""Questions, answers and competitors through the client (contract §7)."""

from __future__ import annotations

import pytest

from segops_tui.api.errors import Invalid, NotFound
from segops_tui.api.resources.queries import PROVIDERS


async def test_a_question_lives_from_create_to_delete(caller):
    made = await caller(
        lambda c: c.queries.create(query_text="best boots?", tags=["core"], schedule="weekly")
    )
    await caller(lambda c: c.queries.update(made.id, is_active=False))
    await caller(lambda c: c.queries.replace(made.id, query_text="best boots", providers=["grok"]))
    listed = await caller.all(lambda c: c.queries.list())
    await caller(lambda c: c.queries.delete(made.id))

    assert [(q.query_text, q.tags, q.providers, q.is_active, q.schedule) for q in listed] == [
        ("best boots", ["core"], ["grok"], False, "weekly")
    ]
    with pytest.raises(NotFound):
        await caller(lambda c: c.queries.get(made.id))


async def test_a_run_brings_an_answer_of_every_provider(caller, clock):
    made = await caller(lambda c: c.queries.create(query_text="best boots?"))

    queued = await caller(lambda c: c.queries.run(made.id))
    clock.advance(2)
    results = await caller.all(lambda c: c.queries.results(made.id))

    assert queued.status == "queued"
    assert [result.provider for result in results] == [*reversed(PROVIDERS)]
    assert all(result.is_simulated and result.query == made.id for result in results)
    assert {result.captured_at for result in results} == {clock.now}
    assert (await caller(lambda c: c.queries.get(made.id))).last_run_at == clock.now


async def test_a_question_tried_once_is_not_kept(caller):
    await caller(lambda c: c.competitors.create(name="Fjord & Fell"))

    tried = await caller(lambda c: c.queries.simulate(query_text="best boots?", providers=["grok"]))

    assert (tried.providers, tried.timed_out) == (["grok"], False)
    assert len(tried.results) == 1
    assert {entry["status"] for entry in tried.diff} <= {"all", "none"}
    assert await caller.all(lambda c: c.queries.list()) == []


async def test_dashboard_and_win_rate_speak_of_the_same_answers(caller, clock):
    await caller(lambda c: c.competitors.create(name="Fjord & Fell", brand_aliases=["F&F"]))
    for number in range(3):
        made = await caller(
            lambda c, n=number: c.queries.create(query_text=f"which boot is number {n}?")
        )
        await caller(lambda c, m=made: c.queries.run(m.id))
    clock.advance(2)

    board = await caller(lambda c: c.queries.dashboard())
    (rate,) = await caller.all(lambda c: c.queries.win_rate())

    assert (board.raw["total_queries"], board.raw["total_results"]) == (3, 15)
    assert [entry["provider"] for entry in board.raw["by_provider"]] == [*PROVIDERS]
    assert rate.competitor_name == "Fjord & Fell"
    assert rate.total == rate.wins + rate.losses + rate.ties
    assert rate.win_rate == (round(rate.wins / rate.total, 4) if rate.total else None)


async def test_a_competitor_lives_from_create_to_delete(caller):
    made = await caller(lambda c: c.competitors.create(name="Acme", domain="acme.example"))
    await caller(lambda c: c.competitors.update(made.id, brand_aliases=["ACME"], is_active=False))
    listed = await caller.all(lambda c: c.competitors.list())
    await caller(lambda c: c.competitors.delete(made.id))

    assert [(b.name, b.domain, b.brand_aliases, b.is_active) for b in listed] == [
        ("Acme", "acme.example", ["ACME"], False)
    ]
    with pytest.raises(NotFound):
        await caller(lambda c: c.competitors.get(made.id))


async def test_a_refusal_names_its_field(caller):
    await caller(lambda c: c.queries.create(query_text="best boots?"))

    with pytest.raises(Invalid) as twice:
        await caller(lambda c: c.queries.create(query_text="best boots?"))
    with pytest.raises(Invalid) as unknown:
        await caller(lambda c: c.queries.simulate(query_text="x", providers=["bing"]))

    assert [*twice.value.fields] == ["query_text"]
    assert [*unknown.value.fields] == ["providers"]
