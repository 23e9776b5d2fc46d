"""What relies on an object, over records as the API sends them."""

from __future__ import annotations

from segops_tui.api.resources.activations import Activation
from segops_tui.api.resources.pages import GeneratedPage
from segops_tui.api.resources.product_segments import ProductSegment
from segops_tui.api.resources.segments import Segment
from segops_tui.api.resources.webhooks import Webhook
from segops_tui.nouns.segments import used_by
from segops_tui.nouns.uses import event_uses, product_uses, query_uses, segment_uses

IN_ONE = {"logic": "AND", "conditions": [{"type": "segment_membership", "segment_id": "1"}]}
BOUGHT = {"conditions": [{"type": "user_behavior_signal", "segment_id": 1, "event_type": "sale"}]}
SEGMENTS = [
    Segment({"id": 1, "name": "First"}),
    Segment({"id": 2, "name": "Buyers", "definition": IN_ONE}),
    Segment({"id": 3, "name": "Others", "definition": BOUGHT | {"conditions": []}}),
]
PRODUCTS = [ProductSegment({"id": 7, "name": "Wanted", "definition": BOUGHT})]
ACTIVATIONS = [
    Activation({"id": 4, "segment": 2, "connector_type": "klaviyo"}),
    Activation({"id": 5, "segment": 1, "connector_type": "braze"}),
]


def test_a_segment_is_used_by_rules_connectors_and_webhooks_each_with_its_place() -> None:
    hooks = [Webhook({"id": 8, "url": "https://a.example.com"}),
             Webhook({"id": 9, "url": "https://b.example.com", "is_active": False})]  # fmt: skip
    uses = list(segment_uses({1}, SEGMENTS, ACTIVATIONS, PRODUCTS, hooks))
    assert [(use.kind, use.line, use.place) for use in uses] == [
        ("connector", "First → Braze", "activation/5"),
        ("rule", "the rule of Buyers → Klaviyo", "segment/2/rule"),
        ("product rule", "the rule of Wanted", "product-segment/7/rule"),
        ("webhook", "https://a.example.com", "webhook/8"),
    ]
    assert used_by({1}, SEGMENTS, ACTIVATIONS, PRODUCTS) == [
        "First → Braze", "the rule of Buyers → Klaviyo", "the rule of Wanted",
    ]  # fmt: skip


def test_a_schema_is_used_by_rules_and_a_query_by_pages() -> None:
    assert [use.place for use in event_uses("sale", SEGMENTS, PRODUCTS)] == [
        "product-segment/7/rule"
    ]
    assert list(event_uses("other", SEGMENTS, PRODUCTS)) == []
    pages = [GeneratedPage({"id": 6, "slug": "a", "query": "3"}), GeneratedPage({"id": 7})]
    assert [(use.line, use.place) for use in query_uses({3}, pages)] == [("the page a", "page/6")]


def test_a_product_is_used_by_pages_that_show_it_and_rules_that_name_its_sku() -> None:
    pages = [
        GeneratedPage({"id": 6, "slug": "a", "title": "Tents", "product_skus": ["T-1", 12]}),
        GeneratedPage({"id": 7, "slug": "b", "product_skus": ["T-10"]}),
        GeneratedPage({"id": 8, "slug": "c"}),
    ]
    is_tent = {"type": "product_attribute", "property": "sku", "operator": "eq", "value": "T-1"}
    saw = {"type": "event_property", "event_type": "product_viewed", "property": "product_id"}
    rules = [ProductSegment({"id": 3, "name": "Tent", "definition": {"conditions": [is_tent]}})]
    saw_tent = {"conditions": [saw | {"operator": "in", "value": ["T-1"]}]}
    segments = [*SEGMENTS, Segment({"id": 4, "name": "Saw it", "definition": saw_tent})]
    uses = product_uses("T-1", pages, rules, segments)
    assert [(use.kind, use.name, use.place) for use in uses] == [
        ("page", "Tents", "page/6"),
        ("product rule", "Tent", "product-segment/3/rule"),
        ("rule", "Saw it", "segment/4/rule"),
    ]
    assert [use.place for use in product_uses("12", pages)] == ["page/6"]
    assert list(product_uses("", pages, rules, segments)) == []
