"""A row becomes a product, or is rejected for a reason that can be forecast."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from segops_tui.api.catalogue.rows import RowRules

HEADERS = ["id", "title", "stock", "on sale", "price", "note"]
MAPPING = {"id": "sku", "title": "name", "stock": "stock", "on sale": "sale", "price": "price"}
FIELDS = [
    {"name": "stock", "type": "number", "required": True},
    {"name": "sale", "type": "boolean"},
    {"name": "price", "type": "price"},
]
RULES = RowRules(HEADERS, MAPPING, FIELDS, currency="USD")


def test_every_fault_of_a_row_is_named() -> None:
    faults = RULES.faults(["", "Chair", "", "maybe", "cheap", "", "x"])

    assert [fault.reason for fault in faults] == [
        "7 values for 6 columns.",
        "sku: This field is required.",
        "stock: This field is required.",
        'sale: "maybe" is not true or false.',
        'price: "cheap" is not a price.',
    ]


def test_a_non_breaking_space_is_part_of_a_name_and_not_of_a_sku() -> None:
    row = RULES.read([" A1\u00a0", " Chair\u00a0 ", " 007 ", "", "\u00a05 ", "\u00a0"])

    assert (row.sku, row.name) == ("A1", "Chair\u00a0")
    assert row.data == {"stock": "007", "price": {"amount": 5, "currency": "USD"}}


CELL = st.sampled_from(
    ["", " ", "\u00a0", "A", "x" * 300, "5", "007", "1,5", "true", "maybe", "$5", "kr 5", "€"]
)


@given(st.lists(CELL, max_size=8))
def test_a_row_is_read_unless_it_has_a_fault(record: list[str]) -> None:
    faults = RULES.faults(record)

    reason = None
    try:
        RULES.read(record)
    except ValueError as error:
        reason = str(error)

    assert reason == (faults[0].reason if faults else None)
