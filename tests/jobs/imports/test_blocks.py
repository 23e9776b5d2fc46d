"""Records that come apart a block at a time are those that are read one by one."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segops_tui.jobs.imports.files.blocks import take_apart
from segops_tui.jobs.imports.files.options import TextFormat
from segops_tui.jobs.imports.files.records import Batch, Records

if TYPE_CHECKING:
    from collections.abc import Callable

    from segops_tui.jobs.imports.files.options import Quoting

CELLS = st.one_of(
    st.sampled_from(
        ["", "a", "b c", "7", '"a"', '"a,b"', '"a""b"', '"a\nb"', '"a\r\nb,c"', '"a "b" c"', '5"',
         '"', '""', '"""', '"a" ', ' "a"', "'a'", "'a,b'", "\\", '\\"', "\x01", "\0", "\ufeff", "é"]
    ),
    st.text('a,"\n\r \\\'\t\0\x02é', max_size=6),
)  # fmt: skip
EVEN = st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=8)
UNEVEN = st.lists(st.lists(CELLS, max_size=5), min_size=1, max_size=8)


def read(
    text: str, mark: str, quoting: Quoting, take: Callable[[Records], Batch | None]
) -> dict[str, Any]:
    """Everything that is told about the records of a text, and how many batches were columns."""
    records = Records(
        io.StringIO(text, newline=""), TextFormat("utf-8", mark, quoting=quoting), name="f.csv"
    )
    records.width = 3
    found: list[tuple[list[str], int, int, str]] = []
    while (batch := take(records)) is not None:
        found += [
            (row, batch.lines[n], batch.ends[n], batch.text(n)) for n, row in enumerate(batch.rows)
        ]
    return {"records": found, "watch": records.watch}


@settings(max_examples=100, deadline=None)
@given(
    rows=st.one_of(EVEN, UNEVEN),
    mark=st.sampled_from(",,,;\t\x01"),
    quoting=st.sampled_from(["standard", "standard", "backslash", "single", "none"]),
    end=st.sampled_from(["\n", "\n", "\r\n", "\r"]),
    is_ended=st.booleans(),
    size=st.sampled_from([1, 9, 40, 10_000]),
)
def test_a_block_has_the_records_that_are_read_line_by_line(
    rows: list[list[str]], mark: str, quoting: Quoting, end: str, is_ended: bool, size: int
) -> None:
    text = end.join(mark.join(row).replace(",", mark) for row in rows) + end * is_ended
    expected = read(text, mark, quoting, lambda records: records.take(250))
    assert read(text, mark, quoting, lambda records: records.take_block(size)) == expected


@pytest.mark.parametrize(
    ("text", "columns", "starts"),
    [
        ("a,b\nc,d", [["a", "c"], ["b", "d"]], [0, 1, 2]),
        ("a,b\r\nc,d\r\n", [["a", "c"], ["b", "d"]], [0, 1, 2]),
        ('"a","b ""c"""\nd,\n', [["a", "d"], ['b "c"', ""]], [0, 1, 2]),
        ('"a,\r\nb",c\nd,"e\nf"\n', [["a,\r\nb", "d"], ["c", "e\nf"]], [0, 2, 4]),
        ('5" x 7",b\nc,d\n', [['5" x 7"', "c"], ["b", "d"]], [0, 1, 2]),
    ],
)
def test_even_records_come_apart_at_once(
    text: str, columns: list[list[str]], starts: list[int]
) -> None:
    found = take_apart(text, mark=",", quote='"', width=2)
    assert found is not None
    assert (found.columns, list(found.starts)) == (columns, starts)


def test_a_quote_inside_a_cell_is_told_with_its_record() -> None:
    found = take_apart('a,b\n"a "fine" one",c\n"d",e\n', mark=",", quote='"', width=2)
    assert found is not None
    assert found.columns == [["a", 'a "fine" one', "d"], ["b", "c", "e"]]
    assert list(found.faulty) == [1]


@pytest.mark.parametrize(
    "text",
    ["a,b\nc\n", "a,b,c\nd\n", "a,b\rc,d\n", '"a,b\nc,d\n', '"a,b\nc",d,e\n', "a\x01,\"b,\"\n"],
    ids=["short", "long and short", "a lone return", "an open quote", "ragged", "a sign of ours"],
)  # fmt: skip
def test_other_records_are_left_to_the_reader(text: str) -> None:
    assert take_apart(text, mark=",", quote='"', width=2) is None
