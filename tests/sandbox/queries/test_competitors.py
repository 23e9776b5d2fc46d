"""Competitors, and the figures that compare the own brand with them (contract §7)."""

from __future__ import annotations

import json

import pytest

from segops_tui.sandbox.core.calls import dump
from segops_tui.sandbox.core.timestamps import DAY, micros

COMPETITORS = "/api/ai-reach/competitors/"
DASHBOARD = "/api/ai-reach/dashboard/"
WIN_RATE = "/api/ai-reach/win-rate/"


@pytest.fixture
def told(ask, clock):
    """Store answers as if an assistant had given them: `told("Acme", "My Store:positive")`."""
    ask.ok("POST", "/api/ai-reach/queries/", {"query_text": "q"})

    def tell(*brands, provider="chatgpt", days_ago=0, positions=None):
        mentioned = []
        for number, brand in enumerate(brands, 1):
            name, _, mood = brand.partition(":")
            place = positions[number - 1] if positions else number
            mentioned.append({"name": name, "position": place, "sentiment": mood or "neutral"})
        ask.sandbox.store.connection().execute(
            "INSERT INTO ai_results (query_id, provider, raw_response, mentioned_brands,"
            " mentioned_products, sentiment, captured_at) VALUES (1, ?, '', ?, '[]', '', ?)",
            (provider, dump(mentioned), micros(clock.now) - days_ago * DAY),
        )

    return tell


def test_a_name_is_taken_once(ask):
    ask.ok("POST", COMPETITORS, {"name": "Acme"})
    ask.ok("POST", COMPETITORS, {"name": "Bolt"})

    again = ask("POST", COMPETITORS, {"name": "Acme"})
    renamed = ask("PATCH", f"{COMPETITORS}2/", {"name": "Acme"})

    assert json.loads(again.body) == {"name": ["competitor with this name already exists."]}
    assert renamed.status == 400
    assert (
        ask("PATCH", f"{COMPETITORS}1/", {"name": "Acme", "domain": "acme.example"}).status == 200
    )


def test_the_list_is_a_bare_array_and_there_is_no_put(ask):
    made = ask.ok("POST", COMPETITORS, {"name": "Acme", "brand_aliases": ["ACME Inc", "ACME Inc"]})

    assert ask.ok("GET", COMPETITORS) == [made]
    assert made["brand_aliases"] == ["ACME Inc"]
    assert ask("PUT", f"{COMPETITORS}1/", {"name": "Acme"}).status == 405


@pytest.mark.parametrize(
    "body", [{}, {"name": ""}, {"name": "x", "brand_aliases": "y"}, {"name": "x" * 256}]
)
def test_a_bad_competitor_is_refused(ask, body):
    assert ask("POST", COMPETITORS, body).status == 400


def test_nothing_asked_is_nothing_won(ask):
    ask.ok("POST", COMPETITORS, {"name": "Acme"})

    board = ask.ok("GET", DASHBOARD)
    (rate,) = ask.ok("GET", WIN_RATE)

    assert board == {
        "mention_rate": 0,
        "avg_position": None,
        "share_of_voice": 0,
        "sentiment_score": None,
        "total_queries": 0,
        "total_results": 0,
        "by_provider": [],
        "trend": [],
        "top_brands": [],
    }
    assert (rate["total"], rate["win_rate"]) == (0, None)


def test_the_dashboard_follows_the_formulas(ask, told):
    """Four answers, three naming the own brand: as 1st, as 2nd, and as 3rd."""
    told("My Store:positive", "Acme", provider="claude", days_ago=1)
    told("Acme", "my store:negative", days_ago=1)
    told("Acme", "Bolt", "My Store:neutral")
    told("Acme")

    board = ask.ok("GET", DASHBOARD)

    assert board["mention_rate"] == 0.75
    assert board["avg_position"] == 2
    assert board["share_of_voice"] == 3 / 8
    assert board["sentiment_score"] == 0.5
    assert (board["total_queries"], board["total_results"]) == (1, 4)
    assert board["trend"] == [
        {"date": "2026-05-31", "mention_rate": 1.0, "share_of_voice": 0.5},
        {"date": "2026-06-01", "mention_rate": 0.5, "share_of_voice": 0.25},
    ]
    assert board["top_brands"][0] == {"name": "Acme", "mentions": 4}
    assert [entry["provider"] for entry in board["by_provider"]] == ["chatgpt", "claude"]
    assert board["by_provider"][1] == {
        "provider": "claude",
        "mention_rate": 1.0,
        "avg_position": 1.0,
        "share_of_voice": 0.5,
        "sentiment_score": 1.0,
    }


def test_wins_losses_and_ties_are_counted_by_position_and_presence(ask, told):
    ask.ok("POST", COMPETITORS, {"name": "Acme", "brand_aliases": ["ACME Sports"]})
    told("My Store", "Acme")
    told("My Store", "Bolt")
    told("acme sports", "My Store")
    told("ACME")
    told("My Store", "Acme", positions=[2, 2])
    told("Bolt")

    (rate,) = ask.ok("GET", WIN_RATE)

    assert rate == {
        "competitor_id": 1,
        "competitor_name": "Acme",
        "wins": 2,
        "losses": 2,
        "ties": 1,
        "total": 5,
        "win_rate": 0.4,
    }


def test_the_best_position_under_any_alias_counts(ask, told):
    ask.ok("POST", COMPETITORS, {"name": "Acme", "brand_aliases": ["Apex"]})
    told("Apex", "My Store", "Acme")

    assert ask.ok("GET", WIN_RATE)[0]["losses"] == 1


def test_paused_competitors_are_left_out_and_the_rest_go_highest_first(ask, told):
    for name in ("Acme", "Bolt", "Coil", "Dusk"):
        ask.ok("POST", COMPETITORS, {"name": name, "is_active": name != "Coil"})
    told("Acme", "My Store", "Bolt", "Coil")

    rates = [(r["competitor_name"], r["win_rate"]) for r in ask.ok("GET", WIN_RATE)]

    assert rates == [("Bolt", 1.0), ("Dusk", 1.0), ("Acme", 0.0)]


@pytest.mark.parametrize(
    ("settings", "brand"),
    [
        ({}, "My Store"),
        ({"workspace": "Northwind Outfitters"}, "Northwind Outfitters"),
        ({"workspace": "Northwind Outfitters", "own_brand": "Northwind"}, "Northwind"),
    ],
)
def test_the_own_brand_is_the_one_set_or_the_workspace(ask, told, settings, brand):
    connection = ask.sandbox.store.connection()
    connection.executemany("INSERT INTO settings VALUES (?, ?)", settings.items())
    told(brand.upper(), "Somebody Else")

    assert ask.ok("GET", DASHBOARD)["mention_rate"] == 1
