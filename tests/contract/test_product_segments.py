"""Product segments over the wire (contract §3)."""

from __future__ import annotations

import pytest

from segops_tui.api.errors import Invalid, NotFound

SHOES = {
    "logic": "AND",
    "conditions": [
        {
            "type": "product_attribute",
            "property": "category",
            "operator": "eq",
            "value": "shoes",
        }
    ],
}


async def test_a_product_segment_lives_from_create_to_delete(caller):
    made = await caller(lambda c: c.product_segments.create(name="Shoes", definition=SHOES))
    await caller(lambda c: c.product_segments.update(made.id, description="all"))
    await caller(lambda c: c.product_segments.replace(made.id, name="Shoe", definition=SHOES))
    listed = await caller.all(lambda c: c.product_segments.list())
    await caller(lambda c: c.product_segments.delete(made.id))

    assert [(s.name, s.description, s.definition) for s in listed] == [("Shoe", "all", SHOES)]
    with pytest.raises(NotFound):
        await caller(lambda c: c.product_segments.get(made.id))


async def test_a_compute_counts_the_products_that_match(caller, clock):
    for number, category in enumerate(["shoes", "hats", "shoes"]):
        await caller(
            lambda c, n=number, k=category: c.products.create(
                sku=f"S{n}", name="x", data={"category": k}
            )
        )
    made = await caller(lambda c: c.product_segments.create(name="Shoes", definition=SHOES))

    queued = await caller(lambda c: c.product_segments.compute(made.id))
    clock.advance(1)
    done = await caller(lambda c: c.product_segments.get(made.id))

    assert queued.status == "queued"
    assert (done.computed_count, done.status, done.last_computed_at) == (2, "computed", clock.now)


async def test_a_bulk_upsert_has_computed_segments_follow(caller, clock):
    """A segment that was computed once is computed again when the catalogue changes."""
    await caller(lambda c: c.products.create(sku="S1", name="x", data={"category": "shoes"}))
    made = await caller(lambda c: c.product_segments.create(name="Shoes", definition=SHOES))
    await caller(lambda c: c.product_segments.compute(made.id))
    clock.advance(1)
    before = await caller(lambda c: c.product_segments.get(made.id))

    await caller(lambda c: c.products.bulk_upsert([{"sku": "S2", "category": "shoes"}]))
    clock.advance(1)
    after = await caller(lambda c: c.product_segments.get(made.id))

    assert (before.computed_count, after.computed_count) == (1, 2)


async def test_a_user_condition_is_refused(caller):
    wrong = {
        "logic": "AND",
        "conditions": [{"type": "recency", "event_type": "x", "operator": "lt", "window_days": 1}],
    }

    with pytest.raises(Invalid) as caught:
        await caller(lambda c: c.product_segments.create(name="Wrong", definition=wrong))

    assert caught.value.fields["definition"][0].startswith("conditions[0].type")


async def test_a_product_segment_without_conditions_is_not_computed(caller):
    made = await caller(lambda c: c.product_segments.create(name="None", definition={}))

    with pytest.raises(Invalid) as caught:
        await caller(lambda c: c.product_segments.compute(made.id))

    assert list(caught.value.fields) == ["definition"]
