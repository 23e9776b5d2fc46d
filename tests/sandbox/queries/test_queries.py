"""Tracked queries: their fields, their runs, and the metrics of their answers (§7)."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segops_tui.api.resources.queries import PROVIDERS as KNOWN_TO_CLIENTS
from segops_tui.sandbox.products.facts import ProductFacts, ProductPrice
from segops_tui.sandbox.queries import handlers
from segops_tui.sandbox.queries.answers import PROVIDERS, SimulatedQuery, compare_providers

QUERIES = "/api/ai-reach/queries/"
BOOT = ProductFacts("B-1", "Otter Boot", brand="Tarnwater", price=ProductPrice(140, "USD"))


def question(
    text="best boots?", *, seed="1", competitors=("Fjord & Fell", "Basecamp"), products=(BOOT,)
):
    return SimulatedQuery(
        text, seed=seed, own_brand="Northwind", competitors=competitors, products=products
    )


def run(ask, query_id):
    ask.ok("POST", f"{QUERIES}{query_id}/run/")
    ask.sandbox.settle()
    return ask.ok("GET", f"{QUERIES}{query_id}/results/")


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        ({}, "query_text", "This field is required."),
        ({"query_text": " "}, "query_text", "This field may not be blank."),
        (
            {"query_text": "x" * 1001},
            "query_text",
            "Ensure this field has no more than 1000 characters.",
        ),
        ({"query_text": "q", "providers": ["bing"]}, "providers", '"bing" is not a valid choice.'),
        ({"query_text": "q", "providers": "grok"}, "providers", "Expected a list of items"),
        ({"query_text": "q", "tags": [1]}, "tags", "Not a valid string."),
        ({"query_text": "q", "schedule": "yearly"}, "schedule", '"yearly" is not a valid choice.'),
        ({"query_text": "q", "is_active": "yes"}, "is_active", "Must be a valid boolean."),
    ],
)
def test_a_bad_field_is_named(ask, body, field, words):
    answer = ask("POST", QUERIES, body)

    assert answer.status == 400
    assert json.loads(answer.body)[field][0].startswith(words)


def test_everybody_knows_the_same_assistants():
    """The client, the form and the voices, in one order."""
    assert PROVIDERS == handlers.PROVIDERS == KNOWN_TO_CLIENTS


def test_a_question_is_tracked_once(ask):
    ask.ok("POST", QUERIES, {"query_text": "best boots?"})
    other = ask.ok("POST", QUERIES, {"query_text": "x" * 1000})

    again = ask("POST", QUERIES, {"query_text": " best boots? "})
    renamed = ask("PATCH", f"{QUERIES}{other['id']}/", {"query_text": "best boots?"})
    same = ask("PATCH", f"{QUERIES}1/", {"query_text": "best boots?", "category": "Boots"})

    assert (again.status, renamed.status, same.status) == (400, 400, 200)
    assert json.loads(again.body) == {"query_text": ["query with this query_text already exists."]}


def test_the_list_is_a_bare_array_with_the_paused_ones(ask):
    ask.ok("POST", QUERIES, {"query_text": "a"})
    ask.ok("POST", QUERIES, {"query_text": "b", "is_active": False, "providers": ["grok", "grok"]})

    listed = ask.ok("GET", QUERIES)

    assert [(q["query_text"], q["is_active"], q["schedule"]) for q in listed] == [
        ("a", True, "daily"),
        ("b", False, "daily"),
    ]
    assert listed[1]["providers"] == ["grok"]


def test_a_run_adds_an_answer_of_each_provider_one_after_another(ask, clock):
    ask.ok("POST", QUERIES, {"query_text": "a"})

    queued = ask.ok("POST", f"{QUERIES}1/run/")
    counts = []
    for _ in range(8):
        clock.advance(0.1)
        counts.append(len(ask.ok("GET", f"{QUERIES}1/results/")))

    assert queued == {"status": "queued", "query_id": 1}
    assert counts == sorted(counts)
    assert {0, 5} < set(counts)
    assert ask.ok("GET", f"{QUERIES}1/")["last_run_at"] is not None


def test_only_the_providers_of_the_question_are_asked(ask):
    ask.ok("POST", QUERIES, {"query_text": "a", "providers": ["grok", "chatgpt"]})

    results = run(ask, 1)

    assert [(r["provider"], r["query"], r["is_simulated"]) for r in results] == [
        ("grok", 1, True),
        ("chatgpt", 1, True),
    ]


def test_results_are_the_latest_fifty_newest_first(ask, clock):
    ask.ok("POST", QUERIES, {"query_text": "a"})
    for _ in range(11):
        clock.advance(days=1)
        results = run(ask, 1)

    times = [result["captured_at"] for result in results]
    assert len(results) == 50
    assert times == sorted(times, reverse=True)
    assert times[0] == "2026-06-12T12:00:00Z"


def test_deleting_a_question_takes_its_answers_and_its_run_along(ask):
    ask.ok("POST", QUERIES, {"query_text": "a"})
    run(ask, 1)
    ask.ok("POST", f"{QUERIES}1/run/")

    ask("DELETE", f"{QUERIES}1/")
    ask.sandbox.settle()

    connection = ask.sandbox.store.connection()
    assert connection.execute("SELECT count(*) FROM ai_results").fetchone()[0] == 0
    assert not ask.sandbox.tick()
    assert ask("POST", f"{QUERIES}1/run/").status == 404


def test_answers_name_products_of_the_catalogue(ask):
    ask.ok("POST", "/api/pim/products/", {"sku": "B-1", "name": "Otter Boot"})
    ask.ok("POST", QUERIES, {"query_text": "best boots?"})

    mentioned = {
        (product["sku"], product["name"])
        for result in run(ask, 1)
        for product in result["mentioned_products"]
    }

    assert mentioned == {("B-1", "Otter Boot")}


def test_a_simulation_leaves_no_trace(ask):
    ask.ok("POST", "/api/ai-reach/competitors/", {"name": "Fjord & Fell"})

    said = ask.ok(
        "POST", "/api/ai-reach/simulate/", {"query_text": "a", "providers": ["grok", "claude"]}
    )

    assert said["providers"] == ["claude", "grok"]
    assert said["timed_out"] is False
    assert all("query" not in result and result["is_simulated"] for result in said["results"])
    again = ask.ok("POST", "/api/ai-reach/simulate/", {"query_text": "a", "providers": ["grok"]})
    ids = [result["id"] for result in (*said["results"], *again["results"])]
    assert len(set(ids)) == 3
    assert all(isinstance(each, int) for each in ids)
    assert {"My Store", "Fjord & Fell"} <= {entry["brand_name"] for entry in said["diff"]}
    assert ask.ok("GET", QUERIES) == []
    assert ask.ok("GET", "/api/ai-reach/dashboard/")["total_results"] == 0


def test_a_simulation_agrees_with_a_run_on_the_same_day(ask):
    ask.ok("POST", QUERIES, {"query_text": "a"})

    stored = {r["provider"]: r["raw_response"] for r in run(ask, 1)}
    tried = ask.ok("POST", "/api/ai-reach/simulate/", {"query_text": "a", "providers": []})

    assert {r["provider"]: r["raw_response"] for r in tried["results"]} == stored


def test_a_simulation_needs_a_question(ask):
    assert ask("POST", "/api/ai-reach/simulate/", {}).status == 400
    bad = ask("POST", "/api/ai-reach/simulate/", {"query_text": "a", "providers": ["x"]})
    assert json.loads(bad.body) == {"providers": ['"x" is not a valid choice.']}


def test_an_answer_depends_on_seed_question_provider_and_day_only():
    def text(day=20_600, provider="claude", **changed):
        return question(**changed).answer(provider, day=day).text

    assert text() == text()
    others = [
        text(seed="2"),
        text(text="best tents?"),
        text(provider="grok"),
        *(text(day=20_600 + day) for day in range(1, 30)),
    ]
    assert len({text(), *others}) > 20


@given(
    day=st.integers(min_value=0, max_value=40_000),
    provider=st.sampled_from(PROVIDERS),
    text=st.text(min_size=1, max_size=60),
)
def test_an_answer_is_sound_whatever_is_asked(day, provider, text):
    """Positions count from 1 without a gap, its words match its data, and it says what it is."""
    said = question(text).answer(provider, day=day)

    assert [mention.position for mention in said.brands] == [*range(1, len(said.brands) + 1)]
    assert len({mention.name for mention in said.brands}) == len(said.brands)
    assert {mention.sentiment for mention in said.brands} <= {"positive", "neutral", "negative"}
    own = [mention for mention in said.brands if mention.name == "Northwind"]
    assert said.position == (own[0].position if own else None)
    assert bool(said.products) == bool(own)
    assert all(f"**{mention.name}**" in said.text for mention in said.brands)
    assert said.text.startswith("[Simulated answer")


def test_a_shop_without_anything_to_offer_is_named_less():
    def mentions(products):
        days = range(20_000, 20_060)
        asked = [question(f"question {n}?", products=products) for n in range(5)]
        return sum(a.answer("chatgpt", day=day).position is not None for a in asked for day in days)

    assert mentions(()) < mentions((BOOT,))


def test_brands_are_told_apart_by_more_than_case():
    """A competitor spelt like the own brand is the own brand."""
    asked = question(competitors=("NORTHWIND", "Fjord"), products=())
    named = {m.name for day in range(60) for m in asked.answer("chatgpt", day=day).brands}

    assert named <= {"Northwind", "Fjord"}


def test_a_comparison_says_who_is_named_by_all_by_some_and_by_none():
    answers = [question().answer(provider, day=20_600) for provider in PROVIDERS]
    naming = {
        name: [said.provider for said in answers if name in {m.name for m in said.brands}]
        for name in ("Northwind", "Fjord & Fell", "Unheard Of")
    }

    entries = {e["brand_name"]: e for e in compare_providers(answers, [*naming])}

    for name, providers in naming.items():
        status = "all" if len(providers) == 5 else "some" if providers else "none"
        assert entries[name] == {"brand_name": name, "providers": providers, "status": status}
    assert entries["Unheard Of"]["status"] == "none"
