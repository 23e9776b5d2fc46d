"""The product search: any text is a question, and the best answers come first (contract §8.1)."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segops_tui.sandbox.core.app import Call
from segops_tui.sandbox.products.search import is_stale, parse_query, search, update_index

GOODS = [
    ("BOO-1", "Otter Hiking Boot", {"category": "Boots", "waterproof": True, "price": 140}),
    (
        "BOO-2",
        "Gale Hiking Boot",
        {"category": "Boots", "price": {"amount": 190, "currency": "USD"}},
    ),
    ("SOC-1", "Hiking Sock", {"category": "Socks", "price": "14.50", "material": "Merino wool"}),
    ("TNT-1", "Family Tent", {"category": "Tents", "price": [{"amount": 400, "currency": "USD"}]}),
    ("MUG-1", "Café Mug", {"tags": ["gift", "camp"], "image": "https://img.example.com/boot.jpg"}),
]


@pytest.fixture
def shop(ask):
    for sku, name, data in GOODS:
        ask.ok("POST", "/api/pim/products/", {"sku": sku, "name": name, "data": data})
    return ask


def find(ask, text, more=""):
    return ask.sandbox.answer(
        Call("GET", "/api/ai-pages/query", (("q", text), *[tuple(more.split("="))] * bool(more)))
    )


def skus(ask, text, more=""):
    return [product["sku"] for product in json.loads(find(ask, text, more).body)["products"]]


def test_a_product_with_every_word_comes_before_one_with_some(shop):
    assert skus(shop, "waterproof hiking boots") == ["BOO-1", "BOO-2"]


def test_words_are_compared_by_their_stems_and_without_accents(shop):
    assert skus(shop, "hike socks") == ["SOC-1", "BOO-1", "BOO-2"]
    assert skus(shop, "cafe mugs") == ["MUG-1"]


def test_a_tent_for_snow_is_a_tent(ask):
    """The thing that is looked for outweighs the rarer word for what it is for."""
    names = ["Gale Snow Poles", *(f"Umbra {number}-Person Tent" for number in range(1, 6))]
    for number, name in enumerate(names):
        ask.ok("POST", "/api/pim/products/", {"sku": f"S-{number}", "name": name})

    assert skus(ask, "warm tent for snow") == ["S-1", "S-2", "S-3", "S-4", "S-5", "S-0"]


@pytest.mark.parametrize(
    ("question", "thing"),
    [
        ("warm tent for snow", "tent"),
        ("What is the best tent for winter camping?", "tent"),
        ("tents that are waterproof", "tents"),
        ("waterproof boots under $150", "boots"),
        ("looking for a jacket", "jacket"),
        ("the who", ""),
    ],
)
def test_the_thing_is_named_before_what_it_is_for(question, thing):
    assert parse_query(question).thing.strip('"') == thing


def test_a_flag_is_found_by_its_name_and_a_picture_by_nothing(shop):
    """`waterproof: true` makes a product waterproof; boot.jpg makes a mug no boot."""
    assert skus(shop, "waterproof") == ["BOO-1"]
    assert sorted(skus(shop, "boot")) == ["BOO-1", "BOO-2"]


def test_a_sku_is_found_whole(shop):
    assert skus(shop, "TNT-1") == ["TNT-1"]


def test_scores_lie_between_nothing_and_one_and_fall(shop):
    scores = [
        product["relevance_score"]
        for product in json.loads(find(shop, "waterproof hiking boots").body)["products"]
    ]

    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= 1 for score in scores)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("boots under $150", ["BOO-1"]),
        ("boots below 150 dollars", ["BOO-1"]),
        ("boots over €150", ["BOO-2"]),
        ("boots between $150 and $1,200", ["BOO-2"]),
        ("hiking under 20", ["SOC-1"]),
        ("tent under 5 kg", ["TNT-1"]),
        ("mug under $20", []),
    ],
)
def test_a_price_in_the_question_narrows_the_answers(shop, text, expected):
    """In every form a price is stored in; a weight is no price, and no price is not cheap."""
    assert skus(shop, text) == expected


def test_a_price_is_told_apart_from_other_figures():
    assert parse_query("tent under 2 kg").most is None
    assert parse_query("socks 10-20 pairs").has_price is False
    assert parse_query("boots under 99.50").most == 99.5
    assert parse_query("boots under $1,250").most == 1250


@pytest.mark.parametrize(
    "text",
    ['"', '"OR* ^', "NEAR(hiking boot)", "name:boot", "boot AND NOT", "-boot", "'; --", "(", "*"],
)
def test_the_index_language_means_nothing_to_a_shopper(shop, text):
    answer = find(shop, text)

    assert answer.status == 200, answer.body


@settings(
    max_examples=2 * settings.default.max_examples,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.text(min_size=1))
def test_any_text_is_a_question(shop, text):
    assert find(shop, text).status in ({200} if text.strip() else {400})


def test_what_says_nothing_finds_nothing(shop):
    for text in ("😀", "?!", "qwertz"):
        assert skus(shop, text) == []


def test_a_question_is_required(shop):
    for text in ("", "  "):
        answer = find(shop, text)
        assert (answer.status, json.loads(answer.body)) == (400, {"q": ["This field is required."]})


def test_the_limit_cuts_the_list_and_not_the_count(shop):
    found = json.loads(find(shop, "hiking", "limit=1").body)

    assert len(found["products"]) == 1
    assert found["metadata"]["match_count"] == 3


def test_a_limit_above_the_most_is_cut_down_to_it(ask):
    for number in range(130):
        ask.ok("POST", "/api/pim/products/", {"sku": f"S{number}", "name": f"Sock {number}"})

    assert len(skus(ask, "sock", "limit=5000")) == 100
    assert len(skus(ask, "sock")) == 20


def test_a_segment_bounds_the_search(shop):
    rule = {"type": "product_attribute", "property": "category", "operator": "eq", "value": "Socks"}
    body = {"name": "Socks", "definition": {"logic": "AND", "conditions": [rule]}}
    made = shop.ok("POST", "/api/product-segments/", body)
    shop.ok("POST", f"/api/product-segments/{made['id']}/compute/")
    shop.sandbox.settle()

    assert skus(shop, "hiking", f"segment_id={made['id']}") == ["SOC-1"]
    assert find(shop, "hiking", "segment_id=99").status == 404
    assert find(shop, "hiking", "segment_id=x").status == 400


def test_filters_are_the_values_several_answers_share(shop):
    found = json.loads(find(shop, "hiking boots under $500").body)

    assert found["filters"] == {"category": ["Boots", "Socks"], "price": ["≤ 500"]}


def test_the_index_follows_every_write(shop):
    """Create, change, delete, and an upsert over both."""
    assert skus(shop, "tent") == ["TNT-1"]

    shop.ok("PATCH", "/api/pim/products/4/", {"name": "Family Tarp"})
    shop.ok("PATCH", "/api/pim/products/4/", {"data": {"category": "Shelter"}})
    assert (skus(shop, "tent"), skus(shop, "tarp")) == ([], ["TNT-1"])
    body = {"products": [{"sku": "TNT-1", "name": "Bivy"}, {"sku": "NEW-1", "name": "Tarp"}]}
    shop.ok("POST", "/api/pim/products/bulk/", body)
    assert (skus(shop, "tarp"), skus(shop, "bivy")) == (["NEW-1"], ["TNT-1"])
    shop("DELETE", "/api/pim/products/4/")
    assert skus(shop, "bivy") == []


def test_a_write_that_changes_nothing_leaves_the_index_as_it_is(shop):
    """Importing the same file again must not have the next search index it all again."""
    skus(shop, "tent")

    shop.ok("POST", "/api/pim/products/bulk/", {"products": [{"sku": "MUG-1", "name": "Café Mug"}]})

    assert not is_stale(shop.sandbox.store.connection())


def test_a_search_waits_for_no_index_when_nothing_changed(shop):
    """What was made fresh stays so, in other connections too."""
    with shop.sandbox.store.writing() as connection:
        update_index(connection)

    assert not is_stale(connection)
    assert search(connection, "tent", limit=5).count == 1


def test_an_address_with_and_without_a_slash_is_the_same(shop):
    assert shop("GET", f"/api/ai-pages/query/?q={quote('tent')}").status == 200
