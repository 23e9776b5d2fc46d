"""Which columns a table has room for, and how wide they are."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

from segops_tui.tui.table.columns import ColumnLayout, ColumnWidths, TableColumn, arrange, spread


def column(key: str, **options: Any) -> TableColumn:
    return TableColumn(key, key.upper(), lambda row: row[key], **options)


def shown(columns: list[TableColumn], room: int) -> list[tuple[str, int]]:
    placed = arrange(ColumnWidths(columns), room).placed
    return [(each.column.key, each.width) for each in placed]


def test_a_column_is_as_wide_as_what_was_seen_of_it_and_never_shrinks() -> None:
    """A page of short names does not make the table jump."""
    widths = ColumnWidths([column("name", max_width=20)])

    assert widths.measure([{"name": "日本語の名前"}])
    assert not widths.measure([{"name": "x"}])
    assert widths.natural(widths.columns[0]) == 12
    widths.measure([{"name": "x" * 10_000}])
    assert widths.natural(widths.columns[0]) == 20


def test_rich_text_is_measured_by_its_characters() -> None:
    widths = ColumnWidths([column("state")])

    widths.measure([{"state": Text("computing", style="bold red")}])

    assert widths.natural(widths.columns[0]) == 9


def test_the_flexible_column_takes_the_rest() -> None:
    columns = [column("name", flex=True), column("count", width=8)]

    assert shown(columns, 40) == [("name", 40 - 8 - 2 - 1), ("count", 8)]


def test_the_least_wanted_columns_go_first() -> None:
    columns = [
        column("name", width=10),
        column("state", width=10, priority=1),
        column("age", width=10, priority=3),
        column("owner", width=10),
    ]

    assert [key for key, _width in shown(columns, 48)] == ["name", "state", "age", "owner"]
    assert [key for key, _width in shown(columns, 40)] == ["name", "state", "owner"]
    assert [key for key, _width in shown(columns, 30)] == ["name", "owner"]
    assert [key for key, _width in shown(columns, 15)] == ["name"]


def test_text_shrinks_before_a_wanted_column_goes_and_numbers_never_do() -> None:
    """A cut number would be another number."""
    columns = [column("name"), column("members", align="right")]
    widths = ColumnWidths(columns)
    widths.measure([{"name": "x" * 30, "members": "1,234,567"}])

    placed = arrange(widths, 25).placed

    assert [(each.column.key, each.width) for each in placed] == [("name", 13), ("members", 9)]


def test_in_the_smallest_room_the_first_column_stays() -> None:
    assert shown([column("name", width=30), column("count", width=9)], 5) == [("name", 4)]


def test_spread_places_every_column_however_long_the_line() -> None:
    columns = [column("name", width=30), column("count", width=9)]

    arranged = spread(ColumnWidths(columns), 10)

    assert arranged.width == 30 + 2 + 9 + 1
    assert arranged.dropped == 0


@pytest.mark.parametrize(("x", "key"), [(0, "name"), (6, "name"), (7, "count"), (15, None)])
def test_a_cell_of_the_header_belongs_to_its_column(x: int, key: str | None) -> None:
    arranged = arrange(ColumnWidths([column("name", width=5), column("count", width=6)]), 40)

    found = arranged.at(x)

    assert (found.key if found else None) == key


COLUMNS = st.lists(
    st.builds(
        column,
        st.uuids().map(lambda each: each.hex),
        width=st.none() | st.integers(1, 50),
        flex=st.booleans(),
        align=st.sampled_from(["left", "right"]),
        priority=st.integers(0, 9),
        ample_width=st.integers(0, 30),
    ),
    max_size=8,
)


def test_the_column_that_rows_are_sorted_by_is_not_left_out() -> None:
    """Its title has the arrow, and its values are what the order is seen by."""
    columns = [column("name"), column("price", width=8), column("updated", width=9, priority=5)]
    layout = ColumnLayout(columns, fit="drop")

    layout.place(18)
    assert [each.column.key for each in layout.arrangement.placed] == ["name", "price"]
    layout.sorted_by = "updated"
    layout.place(18)
    assert [each.column.key for each in layout.arrangement.placed] == ["name", "updated"]
    layout.place(8)
    assert [each.column.key for each in layout.arrangement.placed] == ["name"]


@given(COLUMNS, st.integers(min_value=2, max_value=300), st.integers(0, 8))
def test_what_is_placed_fits_and_stands_in_order(
    columns: list[TableColumn], room: int, kept: int
) -> None:
    """Whatever the columns and the room, no line is longer than the screen."""
    keep = columns[kept].key if kept < len(columns) else None
    arranged = arrange(ColumnWidths(columns), room, keep=keep)

    assert arranged.width <= room
    assert len(arranged.placed) + arranged.dropped == len(columns)
    assert bool(arranged.placed) == bool(columns)
    edges = [(each.x, each.x + each.width) for each in arranged.placed]
    assert all(end < start for (_, end), (start, _) in itertools.pairwise(edges))
    assert all(each.width >= 1 for each in arranged.placed)


@given(COLUMNS, st.lists(st.integers(0, 60), min_size=8, max_size=8), st.integers(2, 250))
def test_more_room_never_shows_fewer_columns(
    columns: list[TableColumn], lengths: list[int], room: int
) -> None:
    """However long the cells are."""
    layout = ColumnLayout(columns, fit="drop")
    cells = zip(columns, lengths, strict=False)
    layout.widths.measure([{each.key: "x" * length for each, length in cells}])

    layout.place(room)
    narrow = {each.column.key for each in layout.arrangement.placed}
    layout.place(room + 1)
    wide = {each.column.key for each in layout.arrangement.placed}

    assert narrow <= wide


def test_a_name_shrinks_before_a_column_is_dropped() -> None:
    columns = [
        column("name", flex=True, min_width=12, max_width=60),
        column("brand", priority=10, max_width=24),
        column("price", align="right", priority=3),
    ]
    widths = ColumnWidths(columns)
    widths.measure([{"name": "n" * 40, "brand": "b" * 20, "price": "129.00 USD"}])

    placed = [(each.column.key, each.width) for each in arrange(widths, 45).placed]
    assert placed == [("name", 15), ("brand", 15), ("price", 10)]


@pytest.mark.parametrize(
    ("room", "shown"),
    [
        (45, [("name", 16), ("state", 14), ("computed", 10)]),
        (58, [("name", 29), ("state", 14), ("computed", 10)]),
        (59, [("name", 24), ("state", 14), ("computed", 10), ("type", 4)]),
    ],
)
def test_a_name_has_ample_room_before_an_extra_column_is_shown(
    room: int, shown: list[tuple[str, int]]
) -> None:
    """A column that is always of use is worth more than the end of a name; an extra one is not."""
    columns = [
        column("name", flex=True, min_width=12, ample_width=24),
        column("state", min_width=14),
        column("computed", min_width=10),
        column("type", priority=9),
    ]
    widths = ColumnWidths(columns)
    row = {"name": "n" * 30, "state": "◍ rule changed", "computed": "9 d ago", "type": "rule"}
    widths.measure([row])

    assert [(each.column.key, each.width) for each in arrange(widths, room).placed] == shown
