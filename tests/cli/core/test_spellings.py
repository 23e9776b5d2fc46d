"""Options that mean one thing each: dates and how long ago, and spellings that were renamed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click
import pytest

from segops_tui.cli.commands.commands import walk
from segops_tui.cli.core.options import SINCE, Renamed, start_of
from segops_tui.cli.core.program import Root

if TYPE_CHECKING:
    from tests.cli.conftest import Program

NOW = datetime(2026, 5, 8, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("7d", "2026-05-01T12:00:00Z"),
        ("24h", "2026-05-07T12:00:00Z"),
        (" 10M ", "2026-05-08T11:50:00Z"),
        ("2026-05-01", "2026-05-01"),
        ("2026-05-01T08:00:00Z", "2026-05-01T08:00:00+00:00"),
        ("2026-05-01 08:00", "2026-05-01T08:00:00"),
    ],
)
def test_a_start_is_a_date_a_time_or_how_long_ago(text: str, start: str) -> None:
    assert start_of(SINCE.convert(text, None, None), NOW) == start


@pytest.mark.parametrize("text", ["yesterday", "7", "-7d", "2026-13-01", "", "7 days"])
def test_what_is_neither_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is neither a date such as"):
        SINCE.convert(text, None, None)


def test_a_start_before_all_time_is_refused() -> None:
    with pytest.raises(click.BadParameter, match="before the first year"):
        start_of(timedelta(weeks=999_999), NOW)
    assert start_of(None, NOW) is None


def test_events_since_a_length_of_time_are_the_newest(program: Program) -> None:
    everything = program("users", "events", "u_00066", "--limit", "200", "-o", "json").data
    newest = datetime.fromisoformat(everything[0]["occurred_at"])
    hours = int((datetime.now(UTC) - newest).total_seconds() // 3600) + 1
    some = program("users", "events", "u_00066", "--since", f"{hours}h", "-o", "json").data
    assert 0 < len(some) < len(everything)
    assert some == everything[: len(some)]


def test_a_value_may_follow_a_short_option_in_three_ways(program: Program) -> None:
    split, joined, equal = (
        program("segments", "list", *words).data
        for words in (("-o", "json"), ("-ojson",), ("-o=json",))
    )
    assert split == joined == equal
    assert split


def test_a_renamed_option_is_taken_by_its_old_name_and_not_shown(program: Program) -> None:
    renamed = {
        option.was: (path, option)
        for path, command in walk(Root())
        for option in command.params
        if isinstance(option, Renamed)
    }
    assert sorted(renamed) == ["--force", "--replace"]
    for was, (path, option) in renamed.items():
        told = program(*path.split(), "--help").out
        assert option.opts[0] in told
        assert was not in told
        assert was not in option.opts
    for flag in ("--force", "--changed-too"):
        alone = program("products", "imports", flag)
        assert "--changed-too is for: products imports undo ID" in alone.err


@pytest.mark.parametrize("flags", [("--force",), ("--changed-too",), ()])
def test_both_names_undo_what_was_changed_since(
    program: Program, monkeypatch: pytest.MonkeyPatch, flags: tuple[str, ...]
) -> None:
    asked: list[bool] = []

    def noted(_run: Any, _import_id: int, *, changed_too: bool) -> int:
        asked.append(changed_too)
        return 0

    monkeypatch.setattr("segops_tui.cli.commands.products.undoing.undo_import", noted)
    assert program("products", "imports", "undo", "1", *flags).code == 0
    assert asked == [bool(flags)]


def test_force_only_overwrites_files_and_replace_only_replaces_objects() -> None:
    words = {"--force": "Overwrite", "--replace": "Replace"}
    for path, command in walk(Root()):
        for option in command.params:
            for flag in set(words) & set(option.opts):
                assert isinstance(option, click.Option)
                assert (option.help or "").startswith(words[flag]), (path, flag)
