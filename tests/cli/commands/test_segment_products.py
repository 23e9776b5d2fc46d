"""Products of a product segment: listed and exported, with what was counted and what was not."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Program

HERE = "computed over the catalogue by this program"
JACKETS, WANTED, UNDOCUMENTED = "1", "4", "6"


def test_the_products_of_a_segment_are_listed_with_both_counts(program: Program) -> None:
    stored = program("product-segments", "get", JACKETS, "-o", "json").data
    ended = program("product-segments", "products", JACKETS, "-o", "json", "--all")

    assert len(ended.data) == stored["computed_count"]
    assert {row["data"]["category"] for row in ended.data} == {"Jackets"}
    assert "match" not in ended.data[0]
    count = f"{len(ended.data)} of 421 products match, {HERE};"
    assert f"{count} the server counted {len(ended.data)} products, " in ended.err


def test_a_limit_leaves_rows_out_of_the_list_and_not_of_the_count(program: Program) -> None:
    everything = program("product-segments", "products", JACKETS, "-o", "name", "--all").out
    table = program("product-segments", "products", "Rain jackets under $250", "--limit", "2")
    chosen = program(
        "product-segments", "products", JACKETS, "-o", "csv", "--where", "color=Pine",
        "--fields", "sku,color", "--sort", "-sku",
    )  # fmt: skip

    number = len(everything.splitlines())
    assert len(table.out.splitlines()) == 3
    assert f"showing 2 of {number}; --all for the rest" in table.err
    assert f"{number} of 421 products match" in table.err
    rows = list(csv.DictReader(io.StringIO(chosen.out)))
    assert {row["color"] for row in rows} == {"Pine"}
    assert [row["sku"] for row in rows] == sorted((row["sku"] for row in rows), reverse=True)


def test_what_cannot_be_told_is_listed_only_when_asked_for(program: Program) -> None:
    certain = program("product-segments", "products", UNDOCUMENTED, "-o", "json", "--all")
    asked = program(
        "product-segments", "products", UNDOCUMENTED, "-o", "json", "--all", "--uncertain"
    )

    assert certain.data == []
    assert f"at most {len(asked.data):,} of 421 products match" in certain.err
    assert "does not document what AI visibility conditions mean" in certain.err
    assert f"{len(asked.data):,} cannot be told; --uncertain includes them" in certain.err
    assert {row["match"] for row in asked.data} == {"unknown"}


def test_fewer_members_leave_products_unknown(program: Program) -> None:
    few = ("product-segments", "products", WANTED, "--members", "5", "--uncertain", "-o", "json")
    rows = program(*few, "--all").data
    whole = program("product-segments", "products", WANTED, "-o", "json", "--all").data

    told = {row["sku"] for row in rows if row["match"] == "yes"}
    assert told < {row["sku"] for row in whole} <= {row["sku"] for row in rows}


def test_an_export_is_the_same_products_as_a_file(program: Program, tmp_path: Path) -> None:
    file = tmp_path / "jackets.json"
    exported = program("product-segments", "export", JACKETS, "--to", str(file), "-o", "json")
    again = program("product-segments", "export", JACKETS, "--to", str(file))
    piped = program("product-segments", "export", JACKETS, "--to", "-")
    listed = program("product-segments", "products", JACKETS, "-o", "csv", "--all")

    rows = json.loads(file.read_text(encoding="utf-8"))
    assert exported.data["rows"] == exported.data["matched"] == len(rows)
    assert exported.data["bytes"] == file.stat().st_size
    assert HERE in exported.err
    assert (again.code, "exists" in again.err) == (2, True)
    assert piped.out == listed.out
    assert [path.name for path in tmp_path.glob("*.*")] == [file.name]


def test_an_export_in_no_format_there_is_sends_nothing(program: Program, tmp_path: Path) -> None:
    ended = program("product-segments", "export", JACKETS, "--to", str(tmp_path / "no" / "x.csv"))

    assert ended.code != 0
    assert "There is no folder" in ended.err
