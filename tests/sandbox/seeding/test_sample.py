"""The sample catalogue: a real CSV, always the same, with something for a report to show."""

from __future__ import annotations

import csv
import io
import sqlite3
from datetime import UTC, datetime
from functools import cache
from random import Random

import pytest

from segops_tui.api.catalogue.cells import parse_cell
from segops_tui.sandbox.core.migrations import migrate
from segops_tui.sandbox.seeding import bulk_insert, catalogue
from segops_tui.sandbox.seeding.calendar import Calendar
from segops_tui.sandbox.seeding.sample import FRESH, HEADER, KNOWN, sample_csv, write_sample
from segops_tui.sandbox.seeding.seed import SIZES

SAMPLE = cache(sample_csv)
"""The file, made once."""


def read() -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(SAMPLE().decode(), newline=""), strict=True))


def test_it_has_the_promised_columns_and_size():
    """About 250 rows under the header the documentation names."""
    rows = read()

    assert tuple(rows[0]) == HEADER
    assert ",".join(HEADER) == (
        "sku,name,brand,category,price,description,color,tags,image,stock,rating"
    )
    assert len(rows) == FRESH + KNOWN + 3 == 251
    assert all(None not in row and None not in row.values() for row in rows)


def test_it_is_always_the_same_file():
    """Two readers of the documentation see the same numbers."""
    assert sample_csv() == SAMPLE()


def test_three_rows_are_bad_and_the_others_good():
    """One has no SKU, one no price, one a stock that is no number; they stand apart."""
    bad = []
    for number, row in enumerate(read(), start=1):
        try:
            for field, kind in (("price", "price"), ("stock", "number"), ("rating", "number")):
                if row[field]:
                    parse_cell(row[field], kind, currency="USD")
        except ValueError:
            bad.append(number)
        else:
            if not row["sku"]:
                bad.append(number)

    assert bad == [42, 135, 193]


def test_no_sku_comes_twice():
    """Each row counts once in the report."""
    skus = [row["sku"] for row in read() if row["sku"]]

    assert len(set(skus)) == len(skus)


def test_some_rows_update_the_seeded_shop_and_most_are_new():
    """Known SKUs keep their name and get another price."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection)
    calendar = Calendar(datetime(2026, 2, 2, tzinfo=UTC))
    goods = catalogue.products(
        Random("1/products"), count=SIZES["small"].products, calendar=calendar
    )
    bulk_insert.products(connection, goods)
    stored = dict(connection.execute("SELECT sku, name FROM products"))
    prices = dict(
        connection.execute("SELECT sku, json_extract(data, '$.price.amount') FROM products")
    )
    connection.close()

    known = [row for row in read() if row["sku"] in stored]

    assert len(known) == KNOWN
    assert all(row["name"] == stored[row["sku"]] for row in known)
    assert all(
        float(row["price"]) < prices[row["sku"]] for row in known if prices[row["sku"]] is not None
    )


def test_writing_it_never_overwrites(tmp_path):
    """A file of that name stays as it is."""
    target = tmp_path / "sample.csv"

    assert write_sample(target) == len(SAMPLE())
    assert target.read_bytes() == SAMPLE()
    target.write_text("mine")
    with pytest.raises(FileExistsError):
        write_sample(target)
    assert target.read_text() == "mine"
