"""A download's way to its place: whole or not at all, and nothing replaced unasked."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from segops_tui.api.errors import ConnectionFailed
from segops_tui.jobs.engine.download import Receiver, Target
from segops_tui.jobs.engine.errors import CannotWrite, WouldOverwrite


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def take(target: Target, content: bytes, *, announced: int | None = None) -> None:
    with Receiver(target) as receiver:
        receiver.write(content)
        receiver.finish(announced=len(content) if announced is None else announced)


def test_the_file_is_there_only_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "members.csv"

    with Receiver(Target(path, tag="j1")) as receiver:
        receiver.write(b"user_id\nada\n")
        assert not path.exists()
        received = receiver.finish(announced=12)

    assert path.read_bytes() == b"user_id\nada\n"
    assert (received.size, received.lines) == (12, 2)
    assert names(tmp_path) == ["members.csv"]


def test_a_download_that_ends_early_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ConnectionFailed, match="after 3 of 10 bytes"):
        take(Target(tmp_path / "members.csv"), b"use", announced=10)

    assert names(tmp_path) == []


def test_a_file_that_came_into_being_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "members.csv"
    with Receiver(Target(path)) as receiver:
        receiver.write(b"new")
        path.write_bytes(b"mine")
        with pytest.raises(WouldOverwrite):
            receiver.finish(announced=3)

    assert path.read_bytes() == b"mine"
    assert names(tmp_path) == ["members.csv"]


def test_the_same_bytes_already_in_place_are_the_end_of_it(tmp_path: Path) -> None:
    """A run killed between the rename and the ledger finds its own work."""
    path = tmp_path / "members.csv"
    path.write_bytes(b"same")

    take(Target(path), b"same")

    assert path.read_bytes() == b"same"


def test_force_replaces(tmp_path: Path) -> None:
    path = tmp_path / "members.csv"
    path.write_bytes(b"old")

    take(Target(path, force=True), b"new")

    assert path.read_bytes() == b"new"


def test_the_rest_of_a_killed_run_is_written_over(tmp_path: Path) -> None:
    target = Target(tmp_path / "members.csv", tag="j1")
    target.temporary.write_bytes(b"half of someth")

    take(target, b"all")

    assert names(tmp_path) == ["members.csv"]


@pytest.mark.parametrize("name", ["", "missing/members.csv"])
def test_a_target_that_cannot_be_is_refused_with_a_hint(tmp_path: Path, name: str) -> None:
    with pytest.raises(CannotWrite) as refused:
        Target(tmp_path / name).check()

    assert refused.value.hint


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_the_right_to_write_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)

    with pytest.raises(CannotWrite, match="cannot be written"):
        Target(tmp_path / "members.csv").check()


def test_a_full_disk_leaves_nothing_and_says_so(tmp_path: Path) -> None:
    """`/dev/full` is a disk without room."""
    target = Target(tmp_path / "members.csv", tag="j1")

    with Receiver(target) as receiver:
        receiver._file.close()
        receiver._file = Path("/dev/full").open("wb")  # noqa: SIM115 (the receiver closes it)
        with pytest.raises(CannotWrite, match="No space left"):
            # Python 3.14 keeps that much in its buffer until the end.
            receiver.finish(announced=receiver.write(b"x" * 100_000))

    assert names(tmp_path) == []
