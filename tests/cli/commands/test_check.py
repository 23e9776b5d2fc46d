"""`check`: what it prints, how it ends, and what a server that fails makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from segops_tui.sandbox.core.app import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Program

KEY = "sk_test_0123456789abcdef"


def test_the_sample_shop_has_a_connector_that_is_refused(program: Program) -> None:
    ended = program("check")
    assert ended.code == 1
    first = ended.out.splitlines()[1]
    assert first.startswith("✗ error")
    assert "Talon.One stopped receiving Lapsed VIPs" in first
    assert "segops-tui activations update 3 --set config.api_key=…" in first
    assert ended.err.startswith("2 errors, ")


def test_data_has_every_finding_as_an_object(program: Program) -> None:
    ended = program("check", "-o", "json")
    assert ended.code == 1
    assert ended.err == ""
    first = ended.data[0]
    assert first["place"] == "activation/3/syncs"
    assert {"id", "severity", "check", "noun", "key", "what", "why", "since", "command"} <= {*first}


@pytest.fixture
def changes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three segments with a change; the counts of a sandbox depend on the hour it was made at."""
    newest = {1: 128, 3: 98, 4: 103}
    monkeypatch.setattr(
        "segops_tui.nouns.health.last_change",
        lambda trend, now: ("2026-05-31", 100, newest.get(trend.id, 100)),
    )


@pytest.mark.usefixtures("changes")
def test_thresholds_are_for_all_segments_or_for_one(program: Program) -> None:
    def changed(*options: str) -> set[str]:
        rows = program("check", "-o", "json", *options).data
        return {row["key"] for row in rows if row["check"] == "change"}

    assert changed() == {"1"}
    assert changed("--threshold", "1=99%") == set()
    assert changed("--threshold", "1%", "--threshold", "1=99%") == {"3", "4"}


@pytest.mark.usefixtures("changes")
def test_the_config_file_sets_thresholds_and_validates_them(program: Program) -> None:
    program.config.write_text('threshold = "99%"\n', encoding="utf-8")
    rows = program("check", "-o", "json").data
    assert not [row for row in rows if row["check"] == "change"]

    program.config.write_text(
        'threshold = 20\n[profiles.a]\nkey_env = "A"\nthreshold = "x"\nthresholds = {a = "1%"}\n',
        encoding="utf-8",
    )
    ended = program("config", "validate")
    assert ended.code == 2
    assert len(ended.out.splitlines()) == 3
    assert 'Write it as "20%".' in ended.out


@pytest.mark.parametrize("given", ["x", "-1%", "3=", "x=1%", "1e3"])
def test_a_threshold_that_is_none_is_refused(program: Program, given: str) -> None:
    ended = program("check", "--threshold", given)
    assert ended.code == 2
    assert "neither a percentage such as 20% nor a segment's" in ended.err


def test_an_empty_workspace_is_all_well(
    program: Program, sandbox_path: Path, http_door: Callable[[Any], Any]
) -> None:
    with Sandbox(sandbox_path, keys=frozenset({KEY})) as keyed, http_door(keyed) as address:
        program.environ |= {"SEGOPS_API_URL": address, "SEGOPS_API_KEY": KEY}
        ended = program("check")
        assert (ended.code, ended.out, ended.err) == (0, "", "all well\n")

        program.environ["SEGOPS_API_KEY"] = "sk_test_another0123456789"
        ended = program("check", "-o", "json")
        assert ended.code == 1
        assert [row["what"] for row in ended.data if row["severity"] == "error"] == [
            "Activations and 8 more could not be read"
        ]


def test_a_server_that_is_gone_is_never_all_well(program: Program) -> None:
    program.environ |= {"SEGOPS_API_URL": "http://127.0.0.1:9/api", "SEGOPS_API_KEY": KEY}
    ended = program("check", "--max-retries", "0")
    assert ended.code == 1
    assert "could not be read" in ended.out
    assert len(ended.out.splitlines()) == 2
    assert ended.err == "1 error\n"


def test_checks_can_be_left_out(program: Program) -> None:
    rows = program("check", "--skip", "sync", "--skip", "stale", "-o", "json").data
    assert not {"sync", "stale"} & {row["check"] for row in rows}
    assert program("check", "--skip", "nothing").code == 2
