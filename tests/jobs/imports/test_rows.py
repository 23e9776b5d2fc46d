"""Every file is read once and in one way, and what is sent reads back as the same cells."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segops_tui.jobs.imports.check import check_csv, require_importable
from segops_tui.jobs.imports.errors import BadFile, ReadingUnclear
from segops_tui.jobs.imports.files.options import ReadOptions
from segops_tui.jobs.imports.rows import open_rows, with_decimal
from segops_tui.jobs.imports.split import Pieces

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from segops_tui.jobs.imports.findings import CsvCheck


def sent(path: Path, check: CsvCheck) -> list[list[str]]:
    """The records of all uploads, as the server's own reader finds them."""
    require_importable(check)
    pieces = Pieces.of(path, check.layout)
    try:
        found: list[list[str]] = []
        for number, piece in enumerate(pieces.all):
            with piece.open() as file:
                text = io.StringIO(file.read().decode("utf-8-sig"), newline="\n")
            found += [row for row in csv.reader(text) if any(row)][1 if number else 0 :]
        return found
    finally:
        pieces.close()


def arrives(path: Path, **options: Any) -> list[list[str]]:
    return sent(path, check_csv(path, read=ReadOptions(**options)))


def written(tmp_path: Path, content: bytes, name: str = "file.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs"], exclude_characters="\0\x1a\ufeff"),
    max_size=6,
)
CELLS = st.one_of(
    TEXT, st.sampled_from(['"', "a,b", "x;y", "a\rb", "a\r\nb", "\n", "\\", "\\x", " "])
)
DIALECTS: dict[str, dict[str, Any]] = {
    "standard": {},
    "backslash": {"doublequote": False, "escapechar": "\\"},
    "single": {"quotechar": "'"},
}


@settings(
    max_examples=2 * settings.default.max_examples,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    rows=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=5),
    mark=st.sampled_from(",;\t|^"),
    quoting=st.sampled_from(sorted(DIALECTS)),
    ends=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32", "gb18030"]),
    part_rows=st.integers(1, 3),
)
def test_any_cells_arrive_from_any_dialect_and_encoding(
    tmp_path: Path,
    rows: list[tuple[str, str]],
    mark: str,
    quoting: str,
    ends: str,
    encoding: str,
    part_rows: int,
) -> None:
    text = io.StringIO()
    writer = csv.writer(
        text, delimiter=mark, lineterminator=ends, quoting=csv.QUOTE_ALL, **DIALECTS[quoting]
    )
    records = [(f"S{number}", *cells) for number, cells in enumerate(rows)]
    writer.writerows([("sku", "name", "note"), *records])
    path = written(tmp_path, text.getvalue().encode(encoding))
    options = ReadOptions(encoding, mark, quoting)  # type: ignore[arg-type]

    check = check_csv(path, read=options, part_rows=part_rows)

    assert sent(path, check) == [["sku", "name", "note"], *map(list, records)]
    assert check.layout.parts == -(-len(rows) // part_rows)
    with open_rows(path, check.layout) as found:
        assert list(found) == list(map(list, records))


@pytest.mark.parametrize("mark", [",", ";"])
def test_a_lone_carriage_return_ends_a_line(tmp_path: Path, mark: str) -> None:
    content = "sku,name\r\nM1,one\nM2,two\rM3,three\r\r\nM4,four".replace(",", mark)

    assert arrives(written(tmp_path, content.encode())) == [
        ["sku", "name"], ["M1", "one"], ["M2", "two"], ["M3", "three"], ["M4", "four"],
    ]  # fmt: skip


def test_a_carriage_return_inside_quotes_stays(tmp_path: Path) -> None:
    content = b'sku;name\nA;"one\rtwo"\nB;"three\r\nfour"\n'

    assert arrives(written(tmp_path, content))[1:] == [["A", "one\rtwo"], ["B", "three\r\nfour"]]


@pytest.mark.parametrize(
    ("lines", "cells"),
    [
        (['A,"Big "B" bread",1'], ["A", 'Big "B" bread', "1"]),
        (['A,"TV 24" wide",1', 'B,"x, y",2'], ["A", 'TV 24" wide', "1"]),
        (['A,"Constant" comment,1', 'B,"x, y",2'], ["A", '"Constant" comment', "1"]),
        (['A,"one "two", three",1', 'B,"x, y",2'], ["A", 'one "two', ' three"', "1"]),
    ],
)
def test_a_quote_that_is_not_doubled_is_a_letter(
    catalogue: Callable[..., Path], lines: list[str], cells: list[str]
) -> None:
    path = catalogue("sku,name,stock", *lines)

    assert arrives(path, quoting="standard")[1] == cells


def test_faulty_quotes_are_counted_where_they_are_and_shift_nothing(
    catalogue: Callable[..., Path],
) -> None:
    lines = [f'{n},"a "b" c"' if n % 7 == 3 else f'{n},"x\n{n}"' for n in range(5_000)]
    path = catalogue("sku,name", *lines)

    check = check_csv(path, part_rows=1_000)

    assert check.rows == 5_000
    found = next(f for f in check.findings if f.code == "quoting")
    assert (found.count, found.line) == (714, 8)
    records = sent(path, check)
    assert [row[0] for row in records[1:]] == [str(n) for n in range(5_000)]


def test_quotes_are_letters_where_only_that_makes_sense(catalogue: Callable[..., Path]) -> None:
    path = catalogue("sku\tname", 'T1\tTV 24"', 'T2\t"Constant" comment', 'T3\tsaid "hi"')

    check = check_csv(path)

    assert check.layout.text.quoting == "none"
    assert [f.code for f in check.findings] == ["delimiter", "dialect"]
    assert sent(path, check)[1:] == [
        ["T1", 'TV 24"'], ["T2", '"Constant" comment'], ["T3", 'said "hi"'],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "quoting", "cells"),
    [
        ((r'"A","say \"hi\", twice"',), "backslash", ["A", 'say "hi", twice']),
        ((r'A,"path C:\temp"', "B,x"), "standard", ["A", r"path C:\temp"]),
        ((r'A,"[x=\""a\""]"', "B,x"), "standard", ["A", r"[x=\"a\"]"]),
        (("'A','Lamp, red'",), "single", ["A", "Lamp, red"]),
        (('A, "Lamp, red"', 'B, "Tee, blue"'), "spaced", ["A", "Lamp, red"]),
        (('"A" ,"Lamp, red"', '"B" ,"Tee, blue"'), "spaced", ["A", "Lamp, red"]),
    ],
)
def test_the_quoting_of_an_export_is_found(
    catalogue: Callable[..., Path], lines: tuple[str, ...], quoting: str, cells: list[str]
) -> None:
    header = "'sku','name'" if quoting == "single" else "sku,name"
    path = catalogue(header, *lines)

    assert check_csv(path).layout.text.quoting == quoting
    assert arrives(path)[1] == cells


def test_a_cell_that_swallowed_rows_is_a_warning_and_a_long_text_is_not(
    catalogue: Callable[..., Path],
) -> None:
    swallowed = check_csv(catalogue("sku,name,stock", 'A,"Tee,5', 'B,Cap",6', "C,Sock,7"))
    long = check_csv(catalogue("sku,name,stock", 'A,"soft, warm\n\nred, blue and, green",5'))

    found = next(f for f in swallowed.findings if f.code == "swallowed")
    assert (found.level, found.line, found.count) == ("warning", 2, 1)
    assert long.findings == ()


def test_an_open_quote_is_named_by_the_line_where_it_begins(
    catalogue: Callable[..., Path],
) -> None:
    path = catalogue("sku,name", "A,Tee", 'B,"Cap', "C,Sock", "D,Hat")

    with pytest.raises(BadFile, match="begins with a quote in line 3") as refused:
        require_importable(check_csv(path))

    assert refused.value.line == 3
    assert arrives(path, quoting="none")[2] == ["B", '"Cap']


@pytest.mark.parametrize(
    ("content", "header_line"),
    [
        ("sep=;\nsku;name\nA;Tee", 2),
        ('"sep=;"\r\nsku;name\r\nA;Tee', 2),
        ("# Export\n# of today\nsku;name\nA;Tee", 3),
    ],
)
def test_lines_above_the_column_names_are_skipped(
    tmp_path: Path, content: str, header_line: int
) -> None:
    path = written(tmp_path, content.encode())

    assert check_csv(path).layout.text.header_line == header_line
    assert arrives(path) == [["sku", "name"], ["A", "Tee"]]


def test_title_lines_are_asked_about(catalogue: Callable[..., Path]) -> None:
    path = catalogue("Price list;;", ";;", "sku;name;stock", "A;Tee;5", "B;Cap;6")

    with pytest.raises(ReadingUnclear, match="names seem to be in line 3") as asked:
        check_csv(path)

    assert asked.value.hint == "Add --header-line 3, or --header-line 1 if it is right."
    assert asked.value.choices[0].options == ReadOptions(header_line=3)
    assert arrives(path, header_line=3) == [
        ["sku", "name", "stock"], ["A", "Tee", "5"], ["B", "Cap", "6"],
    ]  # fmt: skip


def test_a_list_without_column_names_is_asked_about(catalogue: Callable[..., Path]) -> None:
    path = catalogue("A-1,Lamp,12.50", "A-2,Chair,99.00", "A-3,Sofa,499.00")

    with pytest.raises(ReadingUnclear, match="looks like a row") as asked:
        check_csv(path)

    assert [c.options.header_line for c in asked.value.choices] == [0, 1]
    assert arrives(path, header_line=0)[:2] == [
        ["Column 1", "Column 2", "Column 3"], ["A-1", "Lamp", "12.50"],
    ]  # fmt: skip
    assert len(arrives(path, header_line=1)) == 3


@pytest.mark.parametrize("header", ["sku,36,37,38", "name,2023,2024,2025"])
def test_sizes_and_years_as_column_names_are_no_row(
    catalogue: Callable[..., Path], header: str
) -> None:
    assert check_csv(catalogue(header, "A,1,2,3", "B,4,5,6")).rows == 2


def test_repeated_column_names_and_page_titles_are_reported_and_no_rows(
    catalogue: Callable[..., Path],
) -> None:
    lines = ["Price list;;", "Page 1;;", "sku;name;stock", "A;Tee;5"]
    lines += ["Price list;;", "Page 2;;", "sku;name;stock", "B;Cap;6"]
    path = catalogue(*lines)

    check = check_csv(path, read=ReadOptions(header_line=3))

    assert [(f.code, f.count, f.line) for f in check.warnings] == [
        ("repeated-header", 1, 7), ("page-header", 2, 5),
    ]  # fmt: skip
    assert [row[0] for row in sent(path, check)] == ["sku", "A", "B"]


def test_cells_of_a_list_in_one_column_do_not_choose_the_separator(
    catalogue: Callable[..., Path],
) -> None:
    path = catalogue("sku,name,sizes", *(f"T{n},Tee {n},XS;S;M;L;XL" for n in range(9)))

    assert check_csv(path).layout.text.delimiter == ","


@pytest.mark.parametrize(
    "lines",
    [
        ("sku,name,Tags (a;b;c;d)", "A,Lamp,Home;Light"),
        ("sku;name;price (net, in EUR, 2 digits)", "A;Lamp, red;12,50"),
        ("sku;name", "A;Lamp, red, big, round"),
        ("sku^name", "A^Lamp"),
    ],
)
def test_the_separator_is_the_one_that_splits_names_and_rows_alike(
    catalogue: Callable[..., Path], lines: tuple[str, ...]
) -> None:
    header, row = arrives(catalogue(*lines))

    assert (header[0], row[0]) == ("sku", "A")
    assert len(header) == len(row)


def test_the_end_mark_of_dos_and_a_second_byte_order_mark_are_left_out(tmp_path: Path) -> None:
    content = b"\xef\xbb\xbf\xef\xbb\xbfsku,name\r\nA,Tee\r\n\x1a"

    assert arrives(written(tmp_path, content)) == [["sku", "name"], ["A", "Tee"]]


def test_invisible_characters_around_a_sku_are_left_out_with_a_warning(
    catalogue: Callable[..., Path],
) -> None:
    path = catalogue("sku,name", "\u200bA,\u200bTee", "B\u00a0,Cap\u200d", "C,Hat")

    check = check_csv(path)

    found = next(f for f in check.findings if f.code == "invisible")
    assert (found.count, found.line) == (2, 2)
    assert sent(path, check)[1:] == [["A", "\u200bTee"], ["B", "Cap\u200d"], ["C", "Hat"]]


@pytest.mark.parametrize(
    "encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "utf-32", "utf-16"]
)
def test_wide_encodings_are_found_with_and_without_a_mark(tmp_path: Path, encoding: str) -> None:
    path = written(tmp_path, "sku,name\nA,Stühle\nB,日本語の名前\n".encode(encoding))

    assert arrives(path) == [["sku", "name"], ["A", "Stühle"], ["B", "日本語の名前"]]


def test_empty_cells_beyond_the_header_are_no_cells(catalogue: Callable[..., Path]) -> None:
    path = catalogue("sku,name", "A,Tee,,", "B,Cap,", "C,Hat")

    check = check_csv(path)

    assert [(f.code, f.count) for f in check.findings] == [("empty-cells", 2)]
    assert sent(path, check)[1:] == [["A", "Tee"], ["B", "Cap"], ["C", "Hat"]]


@pytest.mark.parametrize(
    ("text", "comma", "point"),
    [
        ("1.299", "1299", "1.299"),
        ("1,299 €", "1.299 €", "1299 €"),
        ("12,50", "12,50", "12,50"),
        ("1.299,00", "1.299,00", "1.299,00"),
        ("0,999", "0,999", "0,999"),
        ("1.299.000", "1.299.000", "1.299.000"),
        ("size 1.299 of 2", "size 1.299 of 2", "size 1.299 of 2"),
    ],
)
def test_a_chosen_decimal_mark_rewrites_only_what_is_unclear(
    text: str, comma: str, point: str
) -> None:
    assert (with_decimal(text, "comma"), with_decimal(text, "point")) == (comma, point)


def test_a_price_that_could_be_a_thousand_times_another_is_asked_about(
    catalogue: Callable[..., Path],
) -> None:
    path = catalogue("sku;Preis;name", "A;12,50;1.299", "B;1.299;x", "C;2.499,95;y")

    with pytest.raises(ReadingUnclear, match=r'first "1\.299" in line 3') as asked:
        require_importable(check_csv(path))

    assert [c.options.decimal for c in asked.value.choices] == ["comma", "point"]
    assert arrives(path, decimal="comma")[1:3] == [["A", "12,50", "1.299"], ["B", "1299", "x"]]
    assert arrives(path, decimal="point")[2] == ["B", "1.299", "x"]
