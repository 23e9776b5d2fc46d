"""What a person sees of a table, and what the table tells and asks for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import asynccontextmanager
from random import Random
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import pytest
from rich.cells import cell_len
from rich.text import Text
from textual import on
from textual.app import App, ComposeResult
from textual.worker import WorkerFailed

from segops_tui.tui.table.virtual_table import RowPage, TableColumn, VirtualTable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from textual.binding import BindingType
    from textual.message import Message
    from textual.pilot import Pilot

pytestmark = pytest.mark.usefixtures("painted")

Row = dict[str, Any]
Told = TypeVar("Told", bound="Message")
PAGE = 100

COLUMNS = [
    TableColumn("name", "NAME", lambda row: row["name"], width=12),
    TableColumn("state", "STATE", lambda row: Text(row["state"], style="green"), width=9),
    TableColumn("members", "MEMBERS", lambda row: f"{row['members']:,}", align="right"),
]


def row(index: int, **fields: Any) -> Row:
    return {"id": index, "name": f"row {index}", "state": "computed", "members": index, **fields}


def rows(count: int) -> list[Row]:
    return [row(index) for index in range(count)]


def key(each: Row) -> int:
    """The key of a test row."""
    return int(each["id"])


class Down(Exception):
    """What a server may well answer."""


class Server:
    """A source which counts what it is asked, and answers when the test lets it."""

    page_size = PAGE

    def __init__(self, total: int, *, gated: bool = False) -> None:
        self.total = total
        self.first = 0
        """The id of the first row; a smaller one stands for rows inserted at the top."""
        self.asked: list[int] = []
        self.error: Exception | None = None
        self.gate = asyncio.Event()
        if not gated:
            self.gate.set()

    async def page(self, number: int) -> RowPage:
        self.asked.append(number)
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        start, end = number * PAGE, min((number + 1) * PAGE, self.total)
        return RowPage([row(self.first + at) for at in range(start, end)], total=self.total)


class Cursor(Server):
    """The same, but it only knows whether there is more."""

    async def page(self, number: int) -> RowPage:
        page = await super().page(number)
        return RowPage(page.rows, total=None, more=(number + 1) * PAGE < self.total)


class Host(App[None]):
    """A screen with a table, which keeps what the table tells it."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "leave", "Leave")]

    def __init__(self, table: VirtualTable) -> None:
        super().__init__()
        self.table = table
        self.told: list[Message] = []
        self.escaped = 0

    def action_leave(self) -> None:
        self.escaped += 1

    def compose(self) -> ComposeResult:
        yield self.table

    @on(VirtualTable.RowHighlighted)
    @on(VirtualTable.RowSelected)
    @on(VirtualTable.MarksChanged)
    @on(VirtualTable.HeaderSelected)
    @on(VirtualTable.LoadFailed)
    def keep(self, message: Message) -> None:
        self.told.append(message)


class Stage:
    """A running table and the hands and eyes of the person before it."""

    def __init__(self, host: Host, pilot: Pilot[None]) -> None:
        self.host, self.pilot, self.table = host, pilot, host.table

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for what background work brings about."""
        for _ in range(500):
            await self.pilot.pause()
            if condition():
                return
            await asyncio.sleep(0.005)
        raise AssertionError("it never came about")

    async def loaded(self) -> None:
        await self.until(lambda: self.table.current_row is not None)

    def lines(self) -> list[str]:
        """The table's lines, blanks at their ends left out."""
        height = self.table.view_size.height
        return [self.table.render_line(y).text.rstrip() for y in range(height)]

    def heard(self, kind: type[Told]) -> list[Told]:
        """What the table told of one kind, oldest first."""
        return [message for message in self.host.told if isinstance(message, kind)]


@asynccontextmanager
async def staged(table: VirtualTable, size: tuple[int, int] = (50, 11)) -> AsyncIterator[Stage]:
    host = Host(table)
    async with host.run_test(size=size) as pilot:
        await pilot.pause()
        yield Stage(host, pilot)


def table_of(count: int, **options: Any) -> VirtualTable:
    table = VirtualTable(COLUMNS, **options)
    table.set_rows(rows(count), key=key)
    return table


def served(server: Server, **options: Any) -> VirtualTable:
    table = VirtualTable(COLUMNS, expected_errors=(Down,), **options)
    table.set_source(server, key=key)
    return table


# What it looks like


async def test_rows_stand_below_their_titles_and_the_focus_is_seen_in_the_cursor() -> None:
    async with staged(table_of(3)) as stage:
        assert stage.lines()[:5] == [
            "   NAME          STATE      MEMBERS",
            "▌  row 0         computed         0",
            "   row 1         computed         1",
            "   row 2         computed         2",
            "",
        ]

        # State is never told by colour alone.
        focused = stage.lines()[1]
        stage.host.set_focus(None)
        await stage.pilot.pause()

        assert (focused[0], stage.lines()[1][0]) == ("▌", "▏")


HOSTILE = [
    "[/foo]",
    "[bold red]x",
    "price [new]",
    "\x1b[31mred",
    "\u202egnp.exe",
    "👨\u200d👩\u200d👧\u200d👦 family",
    "❤\ufe0f hearts",
    "z\u200be\u200br\u200bo",
    "日本語の名前はとても長い",
    "e" + "\u0301" * 500,
    "é" * 10_000,
    "two\nlines\tand\r\ntabs",
    "half \ud83d",
    "",
]


@pytest.mark.parametrize("painted", [False, True], ids=["str", "Text"])
async def test_hostile_names_stay_in_their_cell(painted: bool) -> None:
    """No markup is read, no escape is sent, and the next column starts where it should."""
    hostile = [row(index, name=name) for index, name in enumerate(HOSTILE)]
    name = (lambda row: Text(row["name"], "red")) if painted else (lambda row: row["name"])
    table = VirtualTable([TableColumn("name", "NAME", name, width=12), *COLUMNS[1:]])
    table.set_rows(hostile, key=key)
    async with staged(table, size=(50, 16)) as stage:
        lines = stage.lines()[1 : len(HOSTILE) + 1]
        screenshot = stage.host.export_screenshot()

    assert {cell_len(line[: line.index("computed")]) for line in lines} == {17}
    assert lines[0].startswith("▌  [/foo]        computed")
    assert lines[2].startswith("   price [new]   computed")
    assert lines[3].startswith("   [31mred       computed")
    assert lines[11].startswith("   two lines a…  computed")
    assert not any(character < " " for line in lines for character in line)
    assert "\x1b" not in screenshot


async def test_a_hostile_title_is_text_as_well() -> None:
    """A catalogue's own fields become columns."""
    table = VirtualTable([TableColumn("x", "[/x]\x1b", lambda _row: "y")])
    table.set_rows(rows(1), key=key)
    async with staged(table) as stage:
        assert stage.lines()[0] == "   [/x]"


async def test_a_table_says_what_it_is_waiting_for_and_what_it_is_without() -> None:
    server = Server(0, gated=True)
    table = served(server)
    table.empty_text = "No segments yet"
    async with staged(table) as stage:
        assert "Loading…" in stage.lines()[5]

        server.gate.set()
        await stage.until(lambda: table.total == 0)
        assert stage.lines()[5] == " " * 17 + "No segments yet"


async def test_a_table_without_a_source_promises_nothing() -> None:
    async with staged(VirtualTable(COLUMNS)) as stage:
        assert stage.lines()[1:] == [""] * 10


async def test_the_arrow_stands_behind_the_title_of_the_sorted_column() -> None:
    table = table_of(1)
    async with staged(table) as stage:
        table.show_sort("members", descending=True)
        assert stage.lines()[0] == "   NAME          STATE      MEMBERS▼"
        table.show_sort("name")
        assert stage.lines()[0] == "   NAME▲         STATE      MEMBERS"
        table.show_sort(None)
        assert stage.lines()[0] == "   NAME          STATE      MEMBERS"


async def test_a_table_is_drawn_at_every_size() -> None:
    """Columns go by priority, lines have the width of the screen, the cursor stays in sight."""
    table = table_of(500)
    async with staged(table) as stage:
        await stage.press("G")
        for size in ((20, 5), (33, 6), (80, 24), (200, 60)):
            await stage.pilot.resize_terminal(*size)
            await stage.pilot.pause()

            lines = [table.render_line(y) for y in range(table.view_size.height)]
            assert {line.cell_length for line in lines} == {table.view_size.width}, size
            assert lines[-1].text.startswith("▌  row 499"), size


async def test_columns_without_room_are_announced_and_shown_on_request() -> None:
    async with staged(table_of(3), size=(30, 8)) as stage:
        assert stage.lines()[0] == "   NAME          STATE       ›"

        await stage.press("l")
        assert "MEMBERS" in stage.lines()[0]
        assert stage.lines()[0].startswith(" ‹")

        await stage.press("h", "h")
        assert stage.lines()[0] == "   NAME          STATE       ›"


async def test_a_scrolling_table_keeps_all_its_columns() -> None:
    async with staged(table_of(3, fit="scroll"), size=(24, 8)) as stage:
        assert stage.lines()[1] == "▌  row 0         compute"
        await stage.press("l")
        assert stage.lines()[1] == "▌    computed         0"


# Moving


async def test_keys_move_the_cursor_within_the_rows() -> None:
    async with staged(table_of(1_000)) as stage:
        for keys, lands_on in (
            (["down", "j", "j", "up", "k"], 1),
            (["k"], 0),
            (["G"], 999),
            (["end", "j"], 999),
            (["G", "g"], 0),
            (["end", "home"], 0),
            (["ctrl+d"], 5),
            (["ctrl+d", "ctrl+d", "ctrl+u"], 5),
            (["pagedown"], 10),
            (["pagedown", "pagedown", "pageup"], 10),
        ):
            stage.table.cursor_row = 0
            await stage.press(*keys)

            assert stage.table.cursor_row == lands_on, keys
            assert any(line.startswith(f"▌  row {lands_on} ") for line in stage.lines()), keys


async def test_the_row_under_the_cursor_is_told_once_and_enter_chooses_it() -> None:
    async with staged(table_of(10)) as stage:
        await stage.press("j", "j", "k", "enter")

        told = stage.heard(VirtualTable.RowHighlighted)
        assert [message.index for message in told] == [0, 1, 2, 1]
        assert told[-1].row == row(1)
        assert told[-1].key == 1
        assert told[-1].control is stage.table
        assert [message.key for message in stage.heard(VirtualTable.RowSelected)] == [1]


async def test_the_mouse_moves_marks_and_chooses() -> None:
    """A click goes to the row, one in the gutter marks it, two choose it."""
    async with staged(table_of(200)) as stage:
        await stage.pilot.click(VirtualTable, offset=(10, 4))
        assert stage.table.cursor_row == 3
        await stage.pilot.click(VirtualTable, offset=(1, 2))
        assert (stage.table.cursor_row, stage.table.marked) == (1, [1])
        await stage.pilot.click(VirtualTable, offset=(10, 6), times=2)
        await stage.pilot.pause()
        assert [message.key for message in stage.heard(VirtualTable.RowSelected)] == [5]


async def test_a_click_on_a_title_tells_the_column_and_one_below_the_rows_does_nothing() -> None:
    async with staged(table_of(2)) as stage:
        await stage.pilot.click(VirtualTable, offset=(20, 0))
        await stage.pilot.pause()
        heard = stage.heard(VirtualTable.HeaderSelected)
        assert [message.column_key for message in heard] == ["state"]

        await stage.pilot.click(VirtualTable, offset=(10, 8), times=2)
        assert stage.table.cursor_row == 0
        assert not stage.heard(VirtualTable.RowSelected)


# Marks


async def test_space_marks_one_row_and_v_a_range_which_escape_leaves_unmarked() -> None:
    """A range shows itself before it is marked. Space goes down; on a marked row it unmarks it.

    Escape belongs to the screen while no range is open.
    """
    async with staged(table_of(10)) as stage:
        await stage.press("space", "k", "space")
        assert stage.table.marked == []

        await stage.press("g", "v", "j", "escape", "j")
        assert stage.table.marked == []
        assert not any("○" in line for line in stage.lines())
        assert stage.host.escaped == 0
        await stage.press("escape")
        assert stage.host.escaped == 1

        await stage.press("g", "j", "v", "j", "j")
        assert [line[1] for line in stage.lines()[1:6]] == [" ", "○", "○", "○", " "]
        assert stage.table.marked == []
        await stage.press("v")
        assert stage.table.marked == [1, 2, 3]

        # In the order of marking, with a sign of its own.
        stage.table.set_rows(rows(10), key=key)
        await stage.press("G", "space", "g", "space", "space")

        assert stage.table.marked == [9, 0, 1]
        assert stage.table.marked_rows == [row(9), row(0), row(1)]
        assert stage.lines()[1].startswith(" ● row 0")
        heard = stage.heard(VirtualTable.MarksChanged)
        assert [message.count for message in heard[-3:]] == [1, 2, 3]


async def test_rows_of_a_range_which_were_never_loaded_are_counted_as_skipped() -> None:
    """Nobody should believe that a million rows are marked when two hundred are."""
    async with staged(served(Server(1_000))) as stage:
        await stage.loaded()
        await stage.press("v", "G")
        await stage.loaded()
        await stage.press("v")

        heard = stage.heard(VirtualTable.MarksChanged)[-1]
        assert heard.count + heard.skipped == 1_000
        assert heard.count == len(stage.table.marked) == 200


async def test_mark_all_marks_a_whole_list_and_then_nothing() -> None:
    """Even one with more rows than are drawn or cached."""
    async with staged(table_of(5_000)) as stage:
        await stage.press("ctrl+a")
        assert len(stage.table.marked) == 5_000
        await stage.press("ctrl+a")
        assert stage.table.marked == []


async def test_inverting_marks_what_was_not() -> None:
    async with staged(table_of(4)) as stage:
        await stage.press("space", "asterisk")

        assert stage.table.marked == [1, 2, 3]


async def test_a_table_without_marks_has_neither_their_keys_nor_their_gutter() -> None:
    async with staged(table_of(4, markable=False)) as stage:
        await stage.press("space", "ctrl+a", "v", "j")

        assert stage.table.marked == []
        assert stage.lines()[1] == "  row 0         computed         0"
        assert stage.table.cursor_row == 1


async def test_marks_live_through_a_refresh_and_know_the_newer_rows() -> None:
    table = table_of(5)
    async with staged(table) as stage:
        await stage.press("space")
        newer = [row(index, members=77) for index in range(5)]
        table.set_rows(newer, key=key, keep_position=True)

        assert table.marked_rows == [newer[0]]
        table.set_rows(newer, key=key)
        await stage.pilot.pause()
        assert table.marked == []
        assert [message.count for message in stage.heard(VirtualTable.MarksChanged)] == [1, 0]


# Rows in memory


async def test_the_cursor_stays_on_its_row_or_inside_and_is_at_the_top_of_another_list() -> None:
    table = table_of(300)
    async with staged(table) as stage:
        await stage.press("j", "j")
        table.set_rows(list(reversed(rows(300))), key=key, keep_position=True)
        await stage.pilot.pause()

        assert (table.current_key, table.cursor_row) == (2, 297)
        assert any(line.startswith("▌  row 2 ") for line in stage.lines())

        table.set_rows(rows(300), key=key)
        await stage.press("G")
        table.set_rows(rows(4), key=key, keep_position=True)
        await stage.pilot.pause()

        assert (table.cursor_row, table.current_key) == (3, 3)
        assert [line[3:8] for line in stage.lines()[1:5]] == ["row 0", "row 1", "row 2", "row 3"]

        table.set_rows(rows(300), key=key)
        await stage.press("G")
        table.set_rows([row(1_000 + index) for index in range(300)], key=key)
        await stage.pilot.pause()

        assert table.cursor_row == 0
        assert stage.lines()[1].startswith("▌  row 1000")
        assert stage.heard(VirtualTable.RowHighlighted)[-1].key == 1_000


async def test_a_list_may_be_a_part_of_more() -> None:
    """The title then reads `3 of 4,212`."""
    table = VirtualTable(COLUMNS)
    table.set_rows(rows(3), key=key, total=4_212)
    async with staged(table):
        assert (table.total, table.row_count) == (4_212, 3)


async def test_live_progress_is_drawn_in_its_row_alone() -> None:
    server = Server(300)
    async with staged(served(server)) as stage:
        await stage.loaded()
        assert stage.table.update_row(2, row(2, state="computing", members=1_234_567_890))
        assert not stage.table.update_row(250, row(250))

        assert stage.lines()[3] == "   row 2         computing  1,234,567,890"
        assert server.asked == [0]


async def test_a_row_in_sight_is_drawn_once_however_far_the_table_scrolls() -> None:
    drawn: list[int] = []

    def name(each: Row) -> str:
        drawn.append(each["id"])
        return str(each["name"])

    table = VirtualTable([TableColumn("name", "NAME", name, width=12)])
    table.set_rows(rows(200), key=key)
    async with staged(table) as stage:
        in_sight = table.body_height
        await stage.press(*["down"] * (in_sight - 1))
        drawn.clear()

        await stage.press("down")
        assert stage.lines()[1] == "   row 1"
        assert set(drawn) == {in_sight - 1, in_sight}, "the row of before has the cursor no more"

        drawn.clear()
        table.refresh()
        await stage.pilot.pause()
        assert set(drawn) == set(range(1, in_sight + 1)), "times may have passed, and colours"


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_rows_that_were_drawn_before_look_as_if_they_were_drawn_now(seed: int) -> None:
    chance = Random(seed)
    keys = ["down", "up", "pagedown", "ctrl+u", "G", "g", "space", "v", "escape", "l", "h"]
    table = table_of(300)
    async with staged(table) as stage:
        for _ in range(40):
            match chance.randrange(8):
                case 0:
                    index = table.cursor_row
                    table.update_row(index, row(index, members=chance.randrange(10**9)))
                case 1:
                    stage.host.set_focus(chance.choice([table, None]))
                case 2:
                    await stage.pilot.resize_terminal(chance.randrange(12, 60), 11)
                case _:
                    await stage.press(*chance.choices(keys, k=3))
            lines = range(table.size.height)

            kept = [table.render_line(y) for y in lines]
            table.refresh()
            assert kept == [table.render_line(y) for y in lines]


# Rows of a server


async def test_a_million_rows_cost_one_or_two_pages_wherever_one_goes() -> None:
    server = Server(1_000_000)
    async with staged(served(server)) as stage:
        await stage.loaded()
        assert server.asked == [0]

        await stage.press("G")
        await stage.loaded()
        assert stage.lines()[-1].startswith("▌  row 999999")
        assert len(server.asked) <= 3

        server.asked.clear()
        stage.table.cursor_row = 500_000
        await stage.loaded()
        assert stage.table.current_row == row(500_000)
        assert 1 <= len(server.asked) <= 2


async def test_pages_passed_on_the_way_are_not_fetched() -> None:
    """Only the first step and the place where one comes to rest are asked for."""
    server = Server(1_000_000)
    async with staged(served(server, settle=0.05)) as stage:
        await stage.loaded()
        for line in range(1_000, 60_000, 1_000):
            stage.table.cursor_row = line
        stage.table.cursor_row = 60_050
        await stage.loaded()

        assert len(server.asked) <= 5
        assert 600 in server.asked
        assert 300 not in server.asked


async def test_rows_on_their_way_are_dots_and_the_cursor_may_go_on() -> None:
    server = Server(1_000)
    async with staged(served(server)) as stage:
        await stage.loaded()
        server.gate.clear()
        await stage.press("G", "k")

        assert stage.lines()[9] == "▌  …             …                …"
        assert stage.table.cursor_row == 998
        assert stage.table.fetching

        server.gate.set()
        await stage.loaded()
        await stage.until(lambda: not stage.table.fetching)
        assert stage.lines()[9].startswith("▌  row 998")
        assert [m.key for m in stage.heard(VirtualTable.RowHighlighted)] == [0, 998]


async def test_the_cache_does_not_grow_with_what_was_looked_at() -> None:
    server = Server(100_000)
    async with staged(served(server, settle=0.001)) as stage:
        for page in range(40):
            stage.table.cursor_row = page * PAGE + 50
            await stage.loaded()

        loaded = [index for index in range(4_100) if stage.table.row_at(index) is not None]
        assert len(loaded) <= 32 * PAGE


async def test_a_server_without_a_total_is_read_on_at_the_end() -> None:
    server = Cursor(250)
    async with staged(served(server)) as stage:
        await stage.loaded()
        assert (stage.table.total, stage.table.row_count) == (None, 101)

        for _ in range(3):
            await stage.press("G")
            await stage.loaded()

        assert (stage.table.total, stage.table.row_count) == (250, 250)
        assert server.asked == [0, 1, 2]
        assert stage.lines()[-1].startswith("▌  row 249")


async def test_what_a_replaced_source_answers_is_dropped() -> None:
    """Neither its rows nor its errors reach the table which asks another one now."""
    slow, failing, current = Server(900, gated=True), Server(900, gated=True), Server(7)
    failing.error = Down("late")
    table = served(slow)
    async with staged(table) as stage:
        table.set_source(failing, key=key)
        await stage.until(lambda: bool(failing.asked))
        table.set_source(current, key=key)
        await stage.loaded()
        slow.gate.set()
        failing.gate.set()
        await stage.pilot.pause()

        assert table.total == 7
        assert not stage.heard(VirtualTable.LoadFailed)


async def test_a_failed_page_says_so_shows_the_cursor_and_is_had_on_refresh() -> None:
    server = Server(1_000)
    async with staged(served(server)) as stage:
        await stage.loaded()
        server.error = Down("503")
        await stage.press("G")
        await stage.until(lambda: bool(stage.heard(VirtualTable.LoadFailed)))
        assert stage.lines()[5].strip("▌ ") == "could not load – ctrl+r"
        asked = len(server.asked)
        await stage.press("k", "k")
        assert len(server.asked) == asked

        # The cursor is seen on such a row, also while another widget has the focus.
        await stage.press("G")
        stage.host.set_focus(None)
        await stage.pilot.pause()

        backgrounds = [
            {part.style.bgcolor for part in stage.table.render_line(y) if part.style}
            for y in (9, 10)
        ]
        assert [len(each) for each in backgrounds] == [1, 1]
        assert backgrounds[0] != backgrounds[1]

        server.error = None
        stage.table.refresh_rows()
        await stage.loaded()
        assert stage.lines()[5].startswith("   row 99")


async def test_a_first_page_which_fails_leaves_a_word_instead_of_an_empty_table() -> None:
    server = Server(10)
    server.error = Down("no network")
    table = served(server)
    async with staged(table) as stage:
        await stage.until(lambda: bool(stage.heard(VirtualTable.LoadFailed)))

        assert stage.lines()[5].strip() == "could not load – ctrl+r"
        assert str(stage.heard(VirtualTable.LoadFailed)[0].error) == "no network"


async def test_a_refresh_which_fails_leaves_the_old_rows_on_show() -> None:
    server = Server(10)
    async with staged(served(server)) as stage:
        await stage.loaded()
        server.error = Down("503")
        stage.table.refresh_rows()
        await stage.until(lambda: bool(stage.heard(VirtualTable.LoadFailed)))

        assert stage.lines()[1].startswith("▌  row 0")


async def test_an_unexpected_error_is_a_bug_and_is_not_swallowed() -> None:
    server = Server(10)
    server.error = ZeroDivisionError()

    async def opened() -> None:
        async with staged(served(server)) as stage:
            await stage.until(lambda: bool(server.asked))
            await stage.pilot.pause()

    with pytest.raises(WorkerFailed):
        await opened()


async def test_a_refresh_keeps_the_cursor_on_its_row() -> None:
    """Three rows were put in at the top meanwhile; nothing moves on the screen but the numbers."""
    server = Server(500)
    async with staged(served(server)) as stage:
        await stage.loaded()
        await stage.press(*["j"] * 20, "space")
        before = [line.startswith("▌") for line in stage.lines()]
        server.first, asked = -3, len(server.asked)
        stage.table.refresh_rows()
        assert stage.table.current_key == 21
        await stage.until(lambda: stage.table.cursor_row == 24)

        assert stage.table.current_key == 21
        assert stage.table.marked == [20]
        assert [line.startswith("▌") for line in stage.lines()] == before
        assert len(server.asked) == asked + 1


async def test_a_source_in_place_of_another_keeps_its_rows_on_show() -> None:
    """No flash of dots when a pane asks anew with the position kept."""
    table = served(Server(500))
    async with staged(table) as stage:
        await stage.loaded()
        await stage.press("j")
        newer = Server(400, gated=True)
        table.set_source(newer, key=key, keep_position=True)
        await stage.until(lambda: bool(newer.asked))
        assert stage.lines()[2].startswith("▌  row 1")

        newer.gate.set()
        await stage.until(lambda: table.total == 400)
        assert table.current_key == 1


async def test_a_table_leaves_the_screen_while_it_is_loading() -> None:
    server = Server(10, gated=True)
    table = served(server)
    async with staged(table) as stage:
        await stage.until(lambda: bool(server.asked))
        await table.remove()
        server.gate.set()
        await stage.pilot.pause()

        assert table.total is None


# Keys


def test_every_key_has_a_name_and_says_what_it_does() -> None:
    """And none of the panes' own keys is taken."""
    bindings = [binding for binding in VirtualTable.BINDINGS if not isinstance(binding, tuple)]
    keys = {key for binding in bindings for key in binding.key.split(",")}

    assert all(binding.id and binding.tooltip and binding.description for binding in bindings)
    assert len({binding.id for binding in bindings}) == len(bindings)
    assert not keys & {"slash", "/", "r", "s", "colon", "question_mark", *"0123456789"}
