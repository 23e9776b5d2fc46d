"""Members before and after: compared in a file, whatever their number and names."""

from __future__ import annotations

import stat
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segops_tui.jobs.engine.errors import CannotWrite
from segops_tui.jobs.engine.runner import run_job
from segops_tui.jobs.member_snapshots import MemberSnapshots
from segops_tui.jobs.recompute import Comparison, start_recompute
from segops_tui.jobs.registry import plan_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.ledger import Ledger

IDS = st.sets(st.text(st.characters(codec="utf-8"), max_size=4), max_size=12)


def keep(kept: MemberSnapshots, at: str, ids: Any) -> None:
    snapshot = kept.begin(at)
    kept.add(snapshot, ids)
    kept.finish(snapshot)


@settings(max_examples=20)
@given(IDS, IDS)
def test_who_joined_and_who_left_is_the_difference_of_the_two(before, after):
    with TemporaryDirectory() as folder, MemberSnapshots(Path(folder) / "m.db") as kept:
        keep(kept, "1", before)
        keep(kept, "2", after)
        found = kept.changes()

        assert found is not None
        assert set(kept.joined(found)) == after - before
        assert set(kept.left(found)) == before - after
        assert (found.joined, found.left) == (len(after - before), len(before - after))
        assert (found.before.members, found.after.members) == (len(before), len(after))


def test_only_the_last_two_are_kept_and_one_begun_is_not_compared(tmp_path):
    with MemberSnapshots(tmp_path / "m.db") as kept:
        for number in range(4):
            keep(kept, str(number), {"ann", f"u{number}"})
        kept.add(kept.begin("unfinished"), ["cara"])
        found = kept.changes()

        assert found is not None
        assert found.times == ("2", "3")
        assert list(kept.joined(found)) == ["u3"]


def test_the_file_is_private(tmp_path):
    MemberSnapshots(tmp_path / "m.db").close()

    assert stat.S_IMODE((tmp_path / "m.db").stat().st_mode) == 0o600


def test_a_folder_that_is_gone_is_told(tmp_path):
    with pytest.raises(CannotWrite, match="Cannot keep the members"):
        MemberSnapshots(tmp_path / "gone" / "m.db")


def run(client: Any, ledger: Ledger, unix: Any, segment: int, compare: Comparison) -> Job:
    job = start_recompute(ledger, segment_id=segment, name="", profile="x", compare=compare)
    return run_job(plan_of(job), job, client, ledger, clock=unix)


def test_a_recompute_tells_how_many_joined_and_left(
    client: Any, ledger: Ledger, shoppers: int, unix: Callable[[], float], tmp_path: Path
) -> None:
    """The members of before are read before anything is started, and not again the next time."""
    compare = Comparison(tmp_path / "m.db")

    first = run(client, ledger, unix, shoppers, compare)
    client.events.track(user_id="zoe", event_type="order_placed")
    second = run(client, ledger, unix, shoppers, compare)

    assert (first.result["joined"], first.result["left"]) == (3, 0)
    assert (second.result["joined"], second.result["left"]) == (1, 0)
    assert second.summary == "3 → 4 members (+1): 1 joined, 0 left"
    with MemberSnapshots(tmp_path / "m.db") as kept:
        found = kept.changes()
        assert found is not None
        assert list(kept.joined(found)) == ["zoe"]


def test_more_members_than_are_compared_are_recomputed_without(
    client: Any, ledger: Ledger, shoppers: int, unix: Callable[[], float], tmp_path: Path
) -> None:
    done = run(client, ledger, unix, shoppers, Comparison(tmp_path / "m.db", most=2))

    assert done.state == "done"
    assert "joined" not in done.result


def test_a_comparison_that_was_only_offered_does_not_fail_the_recompute(
    client: Any, ledger: Ledger, shoppers: int, unix: Callable[[], float], tmp_path: Path
) -> None:
    """The console compares on the side; the command was asked to."""
    file = tmp_path / "gone" / "m.db"

    done = run(client, ledger, unix, shoppers, Comparison(file, is_asked=False))

    assert done.summary == "0 → 3 members (+3)"
    with pytest.raises(CannotWrite):
        run(client, ledger, unix, shoppers, Comparison(file))
