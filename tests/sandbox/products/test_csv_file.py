"""Reading an uploaded file: header, delimiter, rows, and where each begins."""

from __future__ import annotations

import io

import pytest

from segops_tui.sandbox.products.csv_file import NotCsv, open_records, scan, spool


@pytest.fixture
def read(tmp_path):
    """Spool some bytes and scan them."""

    def spooled(content):
        path = tmp_path / "upload.part"
        spool(io.BytesIO(content), path)
        return scan(path)

    return spooled


@pytest.mark.parametrize(
    ("content", "headers"),
    [
        (b"a,b\n", ["a", "b"]),
        (b"a;b;c,d\n", ["a", "b", "c,d"]),
        (b"a\tb\n", ["a", "b"]),
        (b"a|b\n", ["a", "b"]),
        (b'"x;y;z",b\n', ["x;y;z", "b"]),
        (b"\xef\xbb\xbfsku\n", ["sku"]),
        (b"\n\r\n a , b \n", ["a", "b"]),
        (b"a,,a,a\n", ["a", "Column 2", "a (2)", "a (3)"]),
        (b"a,b\r1,2\r", ["a", "b"]),
    ],
)
def test_the_header_names_every_column_once(read, content, headers):
    assert read(content).headers == headers


def test_rows_are_counted_without_blank_ones(read):
    found = read(b"a,b\n1,2\n\n3\n,\n4,5,6\n")

    assert found.rows == 3
    assert found.preview == [{"a": "1", "b": "2"}, {"a": "3", "b": ""}, {"a": "4", "b": "5"}]
    assert found.filled == {0, 1}


def test_five_rows_are_shown(read):
    assert len(read(b"a\n" + b"1\n" * 9).preview) == 5


def test_the_last_row_needs_no_line_end(read):
    assert read(b"a\n1\n2").rows == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a\n\xff\n", r"not UTF-8 \(byte 2\)"),
        (b"a\nb\0c\n", "binary data"),
        (b'a\n"' + b"x\n" * 100_000, "cannot be read as CSV"),
        (b",".join(b"c%d" % n for n in range(2001)) + b"\n", "more than 2,000 columns"),
        (b",,\n1,2,3\n4,5,6\n", "only numbers"),
    ],
)
def test_what_is_no_csv_says_why(read, content, words):
    with pytest.raises(NotCsv, match=words):
        read(content)


def test_reading_goes_on_from_any_record(tmp_path):
    """The offset after a record is where the next one begins, quoted line breaks included."""
    path = tmp_path / "upload.part"
    spool(io.BytesIO(b'a,b\n1,"x\ny"\n\n2,z\n3,w\n'), path)
    with path.open("rb") as file:
        _, records = open_records(file)
        first = next(iter(records))
        _, rest = open_records(file, offset=records.offset)

        assert (first, list(rest)) == (["1", "x\ny"], [["2", "z"], ["3", "w"]])
