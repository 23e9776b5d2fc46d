"""The sandbox's own scoring rule."""

from __future__ import annotations

from segops_tui.sandbox.products.scoring import DIMENSIONS, score

GOOD = {
    "description": (
        "The oak chair by Northwood is a comfortable seat for kitchens and dining rooms."
        " It carries 120 kg, weighs five kilograms and needs no tools to assemble."
    ),
    "brand": "Northwood",
    "category": "chair",
    "price": {"amount": 99, "currency": "USD"},
    "image": "https://example.com/chair.jpg",
    "tags": ["oak", "kitchens"],
}


def test_a_full_description_has_full_marks():
    found = score("Oak chair", GOOD, fields=list(GOOD))

    assert found.dimensions == dict.fromkeys(DIMENSIONS, 25)
    assert (found.total, found.recommendations) == (100.0, [])


def test_a_bare_product_has_none_and_is_told_what_to_add():
    found = score("Chair", {}, fields=["brand", "weight"])

    assert found.total == 0
    assert [r["priority"] for r in found.recommendations] == [1, 2, 3, 4]
    assert {r["estimated_impact"] for r in found.recommendations} == {"high"}
    actions = {r["dimension"]: r["action"] for r in found.recommendations}
    assert actions["schema_coverage"] == "Fill in brand, weight."
    assert actions["factual_completeness"] == "Add description, brand, category, price, image."


def test_each_flaw_costs_its_own_dimension():
    def dimensions(**changes):
        return score("Oak chair", {**GOOD, **changes}, fields=["brand", "image"]).dimensions

    assert dimensions(image=None)["schema_coverage"] == 12
    assert dimensions(image="")["factual_completeness"] == 20
    assert dimensions(description=f"<p>{GOOD['description']}</p>")["answer_format"] == 20
    assert dimensions(description="Short.")["answer_format"] == 5
    assert dimensions(tags=["velvet"])["ai_visibility_alignment"] == 17


def test_without_a_schema_the_usual_facts_are_its_measure():
    assert score("x", {"brand": "a"}, fields=[]).dimensions["schema_coverage"] == 5


def test_the_weakest_dimension_comes_first():
    found = score("Oak chair", {**GOOD, "description": ""}, fields=["brand"])

    assert found.recommendations[0]["dimension"] == "answer_format"


def test_values_of_any_shape_are_judged():
    """Whatever JSON a client stored; the score stays within its bounds."""
    odd = {"description": 7, "brand": ["a", {"b": 1}], "tags": {"x": 1}, "price": 0, "image": False}

    found = score("x", odd, fields=["description", "nothing"])

    assert all(0 <= points <= 25 for points in found.dimensions.values())
