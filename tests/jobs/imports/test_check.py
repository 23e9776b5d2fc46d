"""The check of a CSV file: what it holds, what is wrong with it and where."""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from segops_tui.jobs.imports.check import check_csv, require_importable
from segops_tui.jobs.imports.errors import BadFile
from segops_tui.jobs.imports.findings import Layout

if TYPE_CHECKING:
    from collections.abc import Callable

    from segops_tui.jobs.imports.findings import CsvCheck, Finding


def finding(check: CsvCheck, code: str) -> Finding:
    return next(found for found in check.findings if found.code == code)


def codes(check: CsvCheck) -> list[str]:
    return [found.code for found in check.findings]


def test_a_clean_file_has_nothing_to_say(catalogue: Callable[..., Path]) -> None:
    check = check_csv(catalogue("sku,name,price", "A,Apple,1.50", "B,Bread,2"))

    assert check.findings == ()
    assert (check.rows, check.layout.headers) == (2, ("sku", "name", "price"))
    assert check.layout.is_sent_as_is
    assert check.samples == (("A", "Apple", "1.50"), ("B", "Bread", "2"))
    identifier = check.identifiers["sku"]
    assert (identifier.rows, identifier.empty, identifier.distinct) == (2, 0, 2)


@pytest.mark.parametrize(
    ("encoding", "name"),
    [("utf-16", "UTF-16"), ("utf-16-le", "UTF-16"), ("cp1252", "Latin-1"), ("latin-1", "Latin-1")],
)
def test_another_encoding_is_read_and_said(
    catalogue: Callable[..., Path], encoding: str, name: str
) -> None:
    check = check_csv(catalogue("sku,name", "A,Crème brûlée", encoding=encoding))

    assert check.samples == (("A", "Crème brûlée"),)
    assert name in finding(check, "encoding").text
    assert not check.layout.is_sent_as_is


def test_a_byte_order_mark_is_no_part_of_the_first_name(catalogue: Callable[..., Path]) -> None:
    check = check_csv(catalogue("sku,name", "A,Apple", encoding="utf-8-sig"))

    assert check.layout.headers[0] == "sku"
    assert codes(check) == []


def test_one_latin_letter_at_the_end_of_a_large_file_is_found(tmp_path: Path) -> None:
    """The head says nothing about the tail."""
    path = tmp_path / "late.csv"
    path.write_bytes(b"sku,name\n" + b"A,Apple\n" * 20_000 + b"B,M\xfcsli\n")

    check = check_csv(path)

    assert check.rows == 20_001
    assert "Latin-1" in finding(check, "encoding").text


@pytest.mark.parametrize(("mark", "word"), [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")])
def test_another_delimiter_is_found(catalogue: Callable[..., Path], mark: str, word: str) -> None:
    check = check_csv(catalogue(f"sku{mark}name", f"A{mark}Apple, red", f"B{mark}Bread, white"))

    assert check.layout.headers == ("sku", "name")
    assert word in finding(check, "delimiter").text


def test_commas_inside_quotes_do_not_mislead(catalogue: Callable[..., Path]) -> None:
    check = check_csv(catalogue("sku;note", 'A;"a, b, c, d"', 'B;"e, f, g, h"'))

    assert check.layout.text.delimiter == ";"


def test_a_single_column_is_a_csv_too(catalogue: Callable[..., Path]) -> None:
    assert check_csv(catalogue("sku", "A", "B")).layout.headers == ("sku",)


def test_ragged_rows_are_named_by_line(catalogue: Callable[..., Path]) -> None:
    check = check_csv(catalogue("sku,name", "A,Apple", "B", "C,Corn,extra", '"D\nD",Date', "E"))

    found = finding(check, "ragged")
    assert (found.level, found.count, found.line) == ("warning", 3, 3)
    assert "line 3 has 1, line 4 has 3 and line 7 has 1" in found.text


def test_blank_lines_are_no_rows_and_do_not_shift_lines(catalogue: Callable[..., Path]) -> None:
    check = check_csv(catalogue("", "sku,name", "", "A,Apple", ",", "", "B"))

    assert check.rows == 2
    assert finding(check, "ragged").line == 7


def test_header_faults_are_named(catalogue: Callable[..., Path]) -> None:
    check = check_csv(catalogue("sku,Size,,Size", "A,1,2,3"))

    assert check.layout.headers == ("sku", "Size", "Column 3", "Size (2)")
    assert '"Size" names more than one' in finding(check, "duplicate-header").text
    assert '"Column 3"' in finding(check, "empty-header").text


def test_a_header_that_is_one_quoted_cell_is_explained_and_can_be_repaired(
    catalogue: Callable[..., Path],
) -> None:
    path = catalogue('"Handle,Title,Price"', "a,Apple,1", "b,Bread,2")

    broken, repaired = check_csv(path), check_csv(path, repair=True)

    assert "--repair-header" in finding(broken, "quoted-header").hint
    with pytest.raises(BadFile, match="single quoted cell") as refused:
        require_importable(broken)
    assert refused.value.line == 1
    require_importable(repaired)
    assert repaired.layout.headers == ("Handle", "Title", "Price")
    assert not repaired.layout.is_sent_as_is


@pytest.mark.parametrize(
    ("lines", "code"),
    [(("sku,name",), "no-rows"), (("1,2,3", "a,b,c"), "no-header"), ((",,", "a,b,c"), "")],
)
def test_a_file_without_rows_or_names_cannot_be_imported(
    catalogue: Callable[..., Path], lines: tuple[str, ...], code: str
) -> None:
    check = check_csv(catalogue(*lines))

    assert [found.code for found in check.errors] == ([code] if code else ["no-rows"])
    with pytest.raises(BadFile):
        require_importable(check)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf\n\n  ", "is empty"),
        (b'{"products": []}', "is JSON"),
        (b'[{"sku": 1}]', "is JSON"),
        (b"<!DOCTYPE html><html>", "is HTML"),
        (b"<?xml version='1.0'?><a/>", "is XML"),
        (b"PK\x03\x04\x14\0\x06", "damaged zip archive"),
        (b"\x1f\x8b\x08\0\0", "compressed, and damaged"),
        (b"sku,name\nA,\0\x01\x02\n", "is binary, not CSV .line 2."),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "is a picture"),
        (
            b"sku,name\n" + b"A,Apple\n" * 20_000 + b"\0\0\0",
            "Line 20,002 of file.csv has a NUL byte",
        ),
        (b"x" * 100_000, "no line break"),
        (b'sku,name\nA,"Apple\nB,Bread\n', "still open at the end"),
        (b'sku,name\nA,"' + b"x" * 140_000 + b'"\n', "longer than 131,072"),
    ],
)
def test_what_is_no_csv_is_said_to_be_none(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(content)

    with pytest.raises(BadFile, match=words):
        require_importable(check_csv(path))


def test_utf8_with_a_damaged_letter_is_not_garbled(tmp_path: Path) -> None:
    """Read as Latin-1 every umlaut before it would turn into two odd letters."""
    path = tmp_path / "mixed.csv"
    path.write_bytes("sku,name\nA,Äpfel\n".encode() + b"B,Br\xf6tchen\n")

    with pytest.raises(BadFile, match=r"Line 3 of mixed\.csv is not UTF-8") as refused:
        check_csv(path)

    assert refused.value.line == 3


def test_lines_that_are_all_one_quoted_cell_are_not_taken_for_rows(
    catalogue: Callable[..., Path],
) -> None:
    for repair in (False, True):
        with pytest.raises(BadFile, match="Every line"):
            check_csv(catalogue('"sku,name"', '"A,Apple"', '"B,Bread"'), repair=repair)


def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    """Opening one would wait for ever."""
    os.mkfifo(tmp_path / "pipe.csv")

    with pytest.raises(BadFile, match="not an ordinary file"):
        check_csv(tmp_path / "pipe.csv")


def test_a_path_that_leads_nowhere_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="no file"):
        check_csv(tmp_path / "missing.csv")
    with pytest.raises(BadFile, match="is a folder"):
        check_csv(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_said_so(catalogue: Callable[..., Path]) -> None:
    path = catalogue("sku", "A")
    path.chmod(0)

    with pytest.raises(BadFile, match="Permission denied"):
        check_csv(path)


def test_a_quote_inside_a_cell_is_a_warning_with_its_line(catalogue: Callable[..., Path]) -> None:
    check = check_csv(catalogue("sku,name", 'A,"Apple, red"', 'B,"Big "B" bread"', "C,Corn"))

    assert (finding(check, "quoting").line, check.rows) == (3, 3)
    assert check.samples[1] == ("B", 'Big "B" bread')
    require_importable(check)


def test_odd_and_impossible_prices_are_told_apart(catalogue: Callable[..., Path]) -> None:
    check = check_csv(catalogue("sku,Preis", 'A,"1.299,00 €"', "B,2.50", "C,gratis", 'D,"3,50"'))

    odd, bad = finding(check, "odd-price"), finding(check, "bad-price")
    assert (odd.count, odd.line) == (2, 2)
    assert "1.299,00 €" in odd.text
    assert (bad.count, bad.line) == (1, 4)


def test_formula_like_cells_are_named(catalogue: Callable[..., Path]) -> None:
    check = check_csv(catalogue("sku,name", "A,-5", "B,=HYPERLINK(1)", "C,@x"))

    found = finding(check, "formula")
    assert (found.count, found.line) == (2, 3)


def test_empty_and_repeated_skus_are_counted_exactly(catalogue: Callable[..., Path]) -> None:
    check = check_csv(catalogue("sku,name", "A,1", ",2", "A ,3", "B,4", "A,5", " ,6"))

    found = check.identifiers["sku"]
    assert (found.rows, found.empty, found.distinct, found.repeated) == (6, 2, 2, 2)
    assert found.first_empty == 3
    assert found.repeats == ((2, 4), (2, 6))


def test_counts_are_those_of_a_set_on_random_files(tmp_path: Path) -> None:
    """Batches, buckets and blank rows change nothing."""
    chance = random.Random(7)
    for rows in (0, 1, 999, 1_000, 1_001, 5_000):
        values = [chance.choice(["", str(chance.randrange(rows // 2 + 1))]) for _ in range(rows)]
        path = tmp_path / f"{rows}.csv"
        path.write_text("n,sku\n" + "".join(f"{n},{v}\n" for n, v in enumerate(values)))

        check = check_csv(path)

        if rows:
            found = check.identifiers["sku"]
            assert found.distinct == len(set(values) - {""})
            assert found.empty == values.count("")
        assert check.rows == rows


def test_another_column_is_proposed_where_the_sku_is_empty(catalogue: Callable[..., Path]) -> None:
    check = check_csv(
        catalogue("Handle,Title,Variant SKU,Qty", "a,Apple,,1", "a,Apple,,1", "b,Bread,,1")
    )

    assert check.proposed == "Handle"
    assert check.column("Variant SKU").is_empty  # type: ignore[union-attr]
    assert check.identifiers["Handle"].distinct == 2


def test_a_column_that_is_always_different_is_proposed_where_no_name_tells(
    catalogue: Callable[..., Path],
) -> None:
    check = check_csv(catalogue("colour,ref", "red,x1", "red,x2", "blue,x3"))

    assert check.proposed == "ref"


def test_a_large_file_is_cut_at_records_not_lines(catalogue: Callable[..., Path]) -> None:
    rows = [f'S{n},"line one\nline two"' if n % 3 == 0 else f"S{n},plain" for n in range(25)]

    check = check_csv(catalogue("sku,note", *rows), part_rows=10)

    assert check.layout.parts == 3
    assert [check.layout.rows_of(n) for n in (1, 2, 3)] == [10, 10, 5]
    lines_before = [2 + n + len([m for m in range(n) if m % 3 == 0]) for n in (10, 20)]
    assert check.layout.cuts == tuple(lines_before)


def test_exactly_as_many_rows_as_fit_are_one_part(catalogue: Callable[..., Path]) -> None:
    rows = [f"S{n}" for n in range(20)]

    assert check_csv(catalogue("sku", *rows, ""), part_rows=10).layout.parts == 2
    assert check_csv(catalogue("sku", *rows, ""), part_rows=20).layout.parts == 1


def test_a_layout_survives_the_ledger(catalogue: Callable[..., Path]) -> None:
    import json

    layout = check_csv(catalogue("sku", *map(str, range(30))), part_rows=10).layout

    assert Layout.from_json(json.loads(json.dumps(layout.to_json()))) == layout


def test_progress_reaches_the_size_of_the_file(catalogue: Callable[..., Path]) -> None:
    path = catalogue("sku,name", *(f"{n},name" for n in range(30_000)))
    heard: list[int] = []

    check_csv(path, progress=heard.append)

    assert heard == sorted(heard)
    assert heard[-1] == path.stat().st_size


DATA = Path(__file__).parents[4] / "shared" / "data"


@pytest.mark.skipif(not DATA.is_dir(), reason="the real catalogues are not here")
@pytest.mark.parametrize(
    ("name", "rows", "proposed", "distinct"),
    [
        ("apparel.csv", 22, "Handle", 20),
        ("jewelery.csv", 41, "Handle", 20),
        ("olist_products.csv", 32_951, None, 32_951),
    ],
)
def test_the_real_catalogues_are_understood(
    name: str, rows: int, proposed: str | None, distinct: int
) -> None:
    check = check_csv(DATA / name)

    require_importable(check)
    assert (check.rows, check.proposed) == (rows, proposed)
    assert check.identifiers[proposed or "product_id"].distinct == distinct
