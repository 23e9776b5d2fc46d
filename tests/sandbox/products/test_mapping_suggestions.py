"""What the columns of a file are taken to mean."""

from __future__ import annotations

import pytest

from segops_tui.api.catalogue.headers import normalize_header
from segops_tui.sandbox.products.columns import suggest_mapping, suggest_schema
from segops_tui.sandbox.products.csv_file import Scan


def scanned(*rows):
    headers, *records = rows
    found = Scan(list(headers), len(records))
    found.take(records)
    return found


def guess(*rows, remembered=None):
    return suggest_mapping(scanned(*rows), remembered=remembered or {})


def test_a_shopify_export_is_understood():
    headers = ("Handle", "Title", "Body (HTML)", "Vendor", "Type", "Tags", "Variant SKU",
               "Variant Price", "Image Src", "Gift Card")  # fmt: skip

    mapping = guess(headers, ("h", "t", "b", "v", "c", "x,y", "", "9", "https://e.com/i", "false"))

    assert mapping == {
        "Handle": "handle",
        "Title": "name",
        "Body (HTML)": "description",
        "Vendor": "brand",
        "Type": "category",
        "Tags": "tags",
        "Variant SKU": "sku",
        "Variant Price": "price",
        "Image Src": "image",
        "Gift Card": "gift_card",
    }


def test_a_marketplace_export_is_understood():
    """Its id is the SKU, its category a category; for a name it has nothing."""
    mapping = guess(("product_id", "product_category_name", "product_weight_g"), ("1", "a", "5"))

    assert mapping == {
        "product_id": "sku",
        "product_category_name": "category",
        "product_weight_g": "product_weight_g",
    }


@pytest.mark.parametrize(
    ("headers", "chosen"),
    [
        (("id", "sku"), {"id": "id", "sku": "sku"}),
        (("title", "name"), {"title": "title", "name": "name"}),
        (("Name!", "name"), {"Name!": "name", "name": "name_2"}),
        (("名前", "???"), {"名前": "名前", "???": "column"}),
        (("Sku", "SKU"), {"Sku": "sku", "SKU": "sku_2"}),
    ],
)
def test_each_target_has_one_column(headers, chosen):
    assert guess(headers, ("1", "2")) == chosen


def test_a_filled_column_of_that_meaning_beats_an_empty_one():
    """A store's export has a column of SKUs in which nobody wrote any."""
    assert guess(("Variant SKU", "id", "Price"), ("", "7", "1")) == {
        "Variant SKU": None,
        "id": "sku",
        "Price": "price",
    }


@pytest.mark.parametrize(
    "late", ["0012345678905", "1.10", "90.750", "+49", "8.90123E+12", "1234567890123456"]
)
def test_a_value_far_down_the_file_decides_the_type(late):
    """The first 1,500 are numbers; the last one would not come back as it is written."""
    found = scanned(("sku", "model"), *((str(n), str(n)) for n in range(1500)), ("x", late))

    schema = suggest_schema(found, suggest_mapping(found, remembered={}), existing=[])

    assert schema == [{"name": "model", "type": "string", "required": False, "description": ""}]


def test_codes_are_text_even_if_they_look_like_numbers():
    found = scanned(("sku", "GTIN", "weight"), ("A", "4000000000001", "5"))

    schema = suggest_schema(found, suggest_mapping(found, remembered={}), existing=[])

    assert [(f["name"], f["type"]) for f in schema] == [("gtin", "string"), ("weight", "number")]


def test_an_empty_column_is_left_out_unless_its_name_says_what_it_is():
    assert guess(("SKU", "Notes", "Price"), ("1", "", "")) == {
        "SKU": "sku",
        "Notes": None,
        "Price": "price",
    }


def test_what_was_remembered_beats_the_guess():
    mapping = guess(
        ("SKU", "Handle", "X"), ("1", "2", "3"), remembered={"SKU": None, "Handle": "sku"}
    )

    assert mapping == {"SKU": None, "Handle": "sku", "X": "x"}


def test_the_schema_follows_names_values_and_what_is_there_already():
    found = scanned(
        ("sku", "price", "weight", "vegan", "size", "link"),
        ("1", "9", "5", "true", "L", "https://example.com"),
    )
    mapping = suggest_mapping(found, remembered={"size": None})
    existing = [{"name": "weight", "type": "string", "required": True, "description": "kg"}]

    schema = suggest_schema(found, mapping, existing=existing)

    assert [(f["name"], f["type"], f["required"]) for f in schema] == [
        ("price", "price", False),
        ("weight", "string", True),
        ("vegan", "boolean", False),
        ("url", "url", False),
    ]


@pytest.mark.parametrize(
    ("header", "plain"),
    [("Body (HTML)", "body_html"), ("  Größe  ", "grösse"), ("A/B - c", "a_b_c"), ("—", "")],
)
def test_headers_are_compared_in_their_plain_form(header, plain):
    assert normalize_header(header) == plain
