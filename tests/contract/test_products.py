"""The catalogue over the wire: products, schema, bulk, facets, scores (contract §4)."""

from __future__ import annotations

import pytest

from segops_tui.api.errors import Invalid, NotFound

FIELDS = [
    {"name": "brand", "type": "string"},
    {"name": "tags", "type": "array"},
    {"name": "weight", "type": "number"},
    {"name": "vegan", "type": "boolean"},
    {"name": 'odd "name"', "type": "string"},
]


async def test_a_product_lives_from_create_to_delete(caller):
    made = await caller(
        lambda c: c.products.create(sku="A1", name="Chair", data={"brand": "Oak"}, colour="red")
    )
    changed = await caller(lambda c: c.products.update(made.id, data={"brand": None, "seats": 1}))
    replaced = await caller(
        lambda c: c.products.replace(made.id, sku="A2", name="Stool", data={"legs": 3})
    )
    await caller(lambda c: c.products.delete(made.id))

    assert (made.sku, made.name, made.source) == ("A1", "Chair", "api")
    assert made.data == {"brand": "Oak", "colour": "red"}
    assert made.ai_readability_score is None
    assert changed.data == {"colour": "red", "seats": 1}
    assert (replaced.sku, replaced.name, replaced.data) == ("A2", "Stool", {"legs": 3})
    with pytest.raises(NotFound):
        await caller(lambda c: c.products.get(made.id))


async def test_a_sku_is_taken_once(caller):
    await caller(lambda c: c.products.create(sku="A1", name="Chair"))

    with pytest.raises(Invalid) as caught:
        await caller(lambda c: c.products.create(sku="A1", name="Other"))

    assert caught.value.fields == {"sku": ["product with this sku already exists."]}


async def test_the_listing_is_narrowed_by_name_and_by_schema_fields(caller):
    """`q` is part of the name in any case and alphabet; a field matches exactly, as text."""
    await caller(lambda c: c.products.replace_schema(fields=FIELDS))
    await caller(
        lambda c: c.products.bulk_upsert(
            [
                {"sku": "1", "name": "Blue 100% Hat", "brand": "Oak", "tags": ["x", "y"]},
                {"sku": "2", "name": "ÉTÉ hat", "brand": "Elm", "weight": 1.5, "vegan": True},
                {"sku": "3", "name": "Scarf", 'odd "name"': "v", "weight": 2},
            ]
        )
    )

    async def skus(**query):
        q = query.pop("q", None)
        return [p.sku for p in await caller.all(lambda c: c.products.list(q=q, where=query))]

    assert await skus(q="HAT") == ["1", "2"]
    assert await skus(q="été") == ["2"]
    assert await skus(q="0% h") == ["1"]
    assert await skus(q="_") == []
    assert await skus(brand="Oak") == ["1"]
    assert await skus(brand="oak") == []
    assert await skus(tags="y") == ["1"]
    assert await skus(weight="1.5") == ["2"]
    assert await skus(weight="2") == ["3"]
    assert await skus(vegan="true") == ["2"]
    assert await skus(**{'odd "name"': "v"}) == ["3"]
    assert await skus(q="hat", brand="Elm") == ["2"]
    assert await skus(unknown="Elm") == ["1", "2", "3"]


async def test_a_bulk_upsert_keeps_the_good_rows_and_reports_the_bad(caller):
    await caller(lambda c: c.products.create(sku="A", name="Old", data={"a": 1, "b": 2}))

    result = await caller(
        lambda c: c.products.bulk_upsert(
            [
                {"sku": "A", "b": 3, "data": {"c": 4}},
                {"sku": "N"},
                {"name": "no sku"},
                {"sku": "N", "name": "Last wins"},
            ]
        )
    )
    products = await caller.all(lambda c: c.products.list())

    assert (result.created, result.updated, result.total) == (1, 2, 4)
    assert result.errors == [{"index": 2, "sku": None, "error": "sku: This field is required."}]
    assert [(p.sku, p.name, p.data) for p in products] == [
        ("A", "Old", {"a": 1, "b": 3, "c": 4}),
        ("N", "Last wins", {}),
    ]


async def test_a_bulk_upsert_of_too_many_is_refused_whole(caller):
    with pytest.raises(Invalid) as caught:
        await caller(lambda c: c.products.bulk_upsert([{"sku": str(n)} for n in range(1001)]))

    assert list(caught.value.fields) == ["products"]
    assert (await caller.page(lambda c: c.products.list())).count == 0


async def test_the_schema_starts_empty_and_is_replaced(caller):
    """`sku` and `name` are never fields of it."""
    empty = await caller(lambda c: c.products.schema())
    written = await caller(
        lambda c: c.products.replace_schema(
            fields=[*FIELDS, {"name": "sku", "type": "string"}], default_currency="EUR"
        )
    )
    read = await caller(lambda c: c.products.schema())

    assert (empty.fields, empty.default_currency, empty.default_locale) == ([], "USD", "en_US")
    assert [field.name for field in written.fields] == [field["name"] for field in FIELDS]
    assert (read, read.default_currency) == (written, "EUR")


async def test_each_fault_of_a_schema_is_named(caller):
    wrong = [{"name": "a", "type": "colour"}, {"type": "string"}, {"name": "b"}, {"name": "b"}]

    with pytest.raises(Invalid) as caught:
        await caller(lambda c: c.products.replace_schema(fields=wrong))

    assert caught.value.fields == {
        "fields": [
            'fields[0].type: "colour" is not a valid choice.',
            "fields[1].name: This field is required.",
            'fields[3].name: "b" is named twice.',
        ]
    }


async def test_facets_are_the_sorted_values_of_text_and_array_fields(caller):
    await caller(lambda c: c.products.replace_schema(fields=FIELDS))
    await caller(
        lambda c: c.products.bulk_upsert(
            [
                {"sku": "1", "brand": "Oak", "tags": ["y", "x"], "weight": 3},
                {"sku": "2", "brand": "Elm", "tags": ["x"]},
            ]
        )
    )

    facets = await caller(lambda c: c.products.facets())

    assert facets.raw == {"brand": ["Elm", "Oak"], "tags": ["x", "y"], 'odd "name"': []}


async def test_a_score_is_not_found_until_it_was_made(caller, clock):
    """Four dimensions of 0 to 25 add up to the score, which the product mirrors."""
    made = await caller(lambda c: c.products.create(sku="A", name="Chair"))
    with pytest.raises(NotFound):
        await caller(lambda c: c.products.get_score(made.id))

    queued = await caller(lambda c: c.products.score(made.id))
    clock.advance(1)
    score = await caller(lambda c: c.products.get_score(made.id))
    product = await caller(lambda c: c.products.get(made.id))

    assert (queued.status, queued.raw["product_id"]) == ("queued", made.id)
    assert set(score.dimension_scores) == {
        "schema_coverage",
        "answer_format",
        "factual_completeness",
        "ai_visibility_alignment",
    }
    assert all(0 <= points <= 25 for points in score.dimension_scores.values())
    assert score.score == sum(score.dimension_scores.values()) == product.ai_readability_score
    assert [r["priority"] for r in score.recommendations] == [1, 2, 3, 4]


async def test_the_whole_catalogue_is_scored(caller, clock):
    await caller(lambda c: c.products.bulk_upsert([{"sku": str(n)} for n in range(3)]))

    queued = await caller(lambda c: c.products.score_all())
    clock.advance(1)
    products = await caller.all(lambda c: c.products.list())

    assert queued.product_count == 3
    assert all(product.ai_readability_score is not None for product in products)
