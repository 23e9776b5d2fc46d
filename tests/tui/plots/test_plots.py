"""Plots say what they draw without colour, leave gaps open and survive any figure."""

from __future__ import annotations

import math

import pytest
from textual.app import App, ComposeResult

from segops_tui.tui.core.text import width
from segops_tui.tui.plots.plots import Bar, BarPlot, LinePlot, Series, bar_plot, line_plot

DAYS = [f"2026-05-{day:02}" for day in range(3, 32)]
HOSTILE = "[/b] \x1b[31m\u202edef 顧客 " + "x" * 10_000


def drawn(*series: Series, unit="count", labels=DAYS, cells=78, rows=14) -> list[str]:
    return [
        line.plain for line in line_plot(series, labels=labels, unit=unit, cells=cells, rows=rows)
    ]


def rows_of(lines: list[str], sign: str) -> list[int]:
    """In which rows below the legend a sign stands."""
    return [at for at, line in enumerate(lines[1:]) if sign in line]


class Plots(App[None]):
    """One plot of each kind."""

    def compose(self) -> ComposeResult:
        yield LinePlot()
        yield BarPlot()


def test_a_plot_fills_exactly_the_cells_it_is_given() -> None:
    lines = drawn(Series("VIP", list(range(29))), cells=60, rows=12)

    assert len(lines) == 12
    assert max(map(width, lines)) == 60


def test_the_legend_has_name_and_last_value_of_each_series() -> None:
    lines = drawn(Series("VIP", [3400, 3482]), Series("Lapsed", [1200, None]))

    assert lines[0] == "● VIP 3,482   ▲ Lapsed 1,200"


def test_series_differ_by_sign_even_where_they_cross() -> None:
    lines = drawn(Series("up", list(range(29))), Series("down", list(range(28, -1, -1))))

    assert rows_of(lines, "●")
    assert rows_of(lines, "▲")


def test_days_stand_below_the_axis_and_the_newest_of_them_always() -> None:
    lines = drawn(Series("VIP", list(range(29))))

    assert lines[-1].rstrip().endswith("31 May")
    assert lines[-1].count("May") >= 4


def test_moments_of_one_day_are_said_as_times() -> None:
    labels = ["2026-05-03T08:00:00Z", "2026-05-03T14:30:00Z"]

    lines = drawn(Series("runs", [1, 2]), labels=labels)

    assert lines[-1].rstrip().endswith("14:30")


def test_a_missing_value_is_a_gap_and_never_a_zero() -> None:
    values = [100.0] * 10 + [None] * 9 + [100.0] * 10

    lines = drawn(Series("VIP", values), cells=76, rows=12)

    line = next(row for row in lines[1:] if "●" in row)
    assert line.count("┈") + line.count(" ") > 20
    assert not any("⠁" <= character <= "⣿" for row in lines[9:11] for character in row)


def test_a_value_between_gaps_is_seen() -> None:
    lines = drawn(Series("VIP", [1, 5, None, 3, None, 5, *[4] * 20]), cells=100)

    assert sum(line.count("●") for line in lines[1:]) == 2


def test_the_first_rank_is_at_the_top() -> None:
    lines = drawn(Series("Chat", [5, None, 1]), labels=DAYS[:3], unit="position")

    assert lines[1].startswith("#1 ┤")
    assert lines[1].rstrip().endswith("●")
    assert lines[0].endswith("#1")


def test_a_percentage_never_promises_more_than_a_hundred() -> None:
    lines = drawn(Series("rate", [3.0, 99.0]), labels=DAYS[:2], unit="percent")

    assert lines[1].startswith("100% ┤")


def test_large_counts_are_short_beside_the_axis_and_whole_in_the_legend() -> None:
    lines = drawn(Series("events", [20_648_000, 21_000_000]), labels=DAYS[:2])

    assert "21,000,000" in lines[0]
    assert any("M ┤" in line for line in lines[1:])


@pytest.mark.parametrize("unit", ["count", "percent", "position"])
@pytest.mark.parametrize(
    "values",
    [
        [7],
        [0],
        [0, 0, 0],
        [5, 5, 5],
        [-3, -3],
        [None, 4],
        [math.nan, 1, math.inf, -math.inf],
        [1e308, -1e308, 3],
        [10**400, -(10**400), 1],
        [5e-324, 0.0],
        [1e15, 1e15 + 1],
        ["12", {}, [], True],
    ],
    ids=str,
)
def test_odd_figures_are_drawn_or_left_out_and_break_nothing(values, unit) -> None:
    lines = drawn(Series("odd", values), unit=unit, labels=DAYS[: len(values)])

    assert len(lines) == 14
    assert sum(line.count("●") for line in lines[1:]) >= 1
    assert max(map(width, lines)) <= 78


def test_no_size_is_too_small() -> None:
    series = [Series(HOSTILE[:300], [1, 2, 3]) for _ in range(12)]

    for cells in range(0, 60, 7):
        for rows in range(9):
            lines = drawn(*series, labels=DAYS[:3], cells=cells, rows=rows)

            assert len(lines) <= max(1, rows)


def test_a_legend_that_is_too_long_says_how_many_it_leaves_out() -> None:
    series = [Series(f"a rather long segment name {at}", [at, 1]) for at in range(20)]

    lines = drawn(*series, rows=12)

    assert any("more" in line for line in lines)
    assert any("┤" in line for line in lines)


def test_hostile_names_are_one_harmless_line() -> None:
    lines = drawn(Series(HOSTILE, [1, 2]), labels=[HOSTILE, HOSTILE])
    bars = bar_plot([Bar(HOSTILE, 1, HOSTILE)], unit="count", cells=78)

    for line in [*lines, bars[0].plain]:
        assert "\x1b" not in line
        assert "\u202e" not in line
        assert width(line) <= 78
    assert "[/b]" in lines[0]


def test_bars_are_aligned_and_say_their_values() -> None:
    lines = [
        line.plain
        for line in bar_plot(
            [Bar("Northwind", 33.3, "12 answers"), Bar("Acme", 12), Bar("Nobody", None)],
            unit="percent",
            cells=70,
        )
    ]

    assert [line.index("%") for line in lines[:2]] == [lines[0].index("%")] * 2
    assert "12 answers" in lines[0]
    assert "–" in lines[2]
    assert "━" not in lines[2]
    assert {width(line) for line in lines} == {70}


def test_the_better_rank_has_the_longer_bar() -> None:
    first, fifth = bar_plot([Bar("a", 1), Bar("b", 5)], unit="position", cells=60)

    assert first.plain.count("━") > fifth.plain.count("━") > 0


@pytest.mark.parametrize("value", [math.nan, math.inf, 10**400, -5, 0, 1e308], ids=str)
def test_odd_bars_break_nothing(value) -> None:
    for cells in (0, 5, 20, 80):
        assert len(bar_plot([Bar("a", value), Bar("b", 1)], unit="count", cells=cells)) == 2


async def test_plots_say_that_there_is_nothing_before_there_is_something(seen) -> None:
    async with Plots().run_test(size=(60, 20)) as pilot:
        lines, bars = pilot.app.query_one(LinePlot), pilot.app.query_one(BarPlot)
        before = seen(pilot)
        lines.show([Series("VIP", [1, 2, 3])], labels=DAYS[:3])
        bars.show([Bar("Klaviyo", 90)], unit="percent")
        await pilot.pause()
        after = seen(pilot)
        lines.show([Series("VIP", [None])], labels=DAYS[:1], empty="Never computed.")
        await pilot.pause()

        assert before.count("No figures yet.") == 2
        assert "● VIP 3" in after
        assert "90%" in after
        assert "Never computed." in seen(pilot)
