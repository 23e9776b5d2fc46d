"""The config file on disk: private, whole, and changed by one at a time."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from segops_tui.api.errors import SegOpsConfigError
from segops_tui.config import files
from segops_tui.config.files import locked
from segops_tui.config.paths import find_paths
from segops_tui.config.profiles import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY = "sk_test_0123456789abcdef"

as_root = os.name == "posix" and os.geteuid() == 0


@pytest.fixture
def file(home: Path) -> Path:
    return home / "config" / "config.toml"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o777], indirect=True)
def test_a_new_file_is_private_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    file = tmp_path / "config.toml"

    files.change(file, lambda _: "version = 1\n")

    assert mode(file) == 0o600


def test_it_is_private_from_its_first_byte(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the file is called while it is written, nobody else may ever have read it."""
    seen: list[int] = []
    real_write = os.fsync

    def look(handle: int) -> None:
        for path in file.parent.iterdir():
            if path.is_file():
                seen.append(mode(path))
        real_write(handle)

    monkeypatch.setattr(os, "fsync", look)
    before = os.umask(0)
    try:
        files.change(file, lambda _: f'key = "{KEY}"\n')
    finally:
        os.umask(before)

    assert set(seen) == {0o600}


def test_what_was_readable_by_others_is_private_after_a_change(file: Path) -> None:
    file.parent.mkdir(parents=True)
    file.write_text("version = 1\n")
    file.chmod(0o644)

    files.change(file, lambda text: text + "# more\n")

    assert mode(file) == 0o600


def test_a_failing_change_leaves_the_old_text_and_nothing_else(file: Path) -> None:
    files.change(file, lambda _: "old\n")

    def fail(_text: str) -> str:
        raise SegOpsConfigError("no")

    with pytest.raises(SegOpsConfigError, match="no"):
        files.change(file, fail)

    assert file.read_text() == "old\n"
    assert sorted(path.name for path in file.parent.iterdir()) == [
        ".config.toml.lock",
        "config.toml",
    ]


def test_a_crash_while_writing_leaves_the_old_text(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.change(file, lambda _: "old\n")

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SegOpsConfigError, match="No space left"):
        files.change(file, lambda _: "new\n")

    assert file.read_text() == "old\n"
    assert not list(file.parent.glob("*.tmp"))


def test_what_a_killed_writer_left_is_swept_away(file: Path) -> None:
    files.change(file, lambda _: "old\n")
    left = file.with_name(".config.toml.99-aa.tmp")
    left.write_text(KEY)

    files.change(file, lambda _: "new\n")

    assert not left.exists()


def test_a_link_stays_a_link_and_its_target_is_replaced_where_it_is(
    file: Path, tmp_path: Path
) -> None:
    target = tmp_path / "dotfiles" / "segops.toml"
    target.parent.mkdir()
    target.write_text("old\n")
    file.parent.mkdir(parents=True)
    file.symlink_to(target)

    files.change(file, lambda text: text + "new\n")

    assert file.is_symlink()
    assert target.read_text() == "old\nnew\n"
    assert mode(target) == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["config.toml"]


def test_a_link_into_nowhere_makes_its_target(file: Path, tmp_path: Path) -> None:
    file.parent.mkdir(parents=True)
    file.symlink_to(tmp_path / "segops.toml")

    files.change(file, lambda _: "new\n")

    assert (tmp_path / "segops.toml").read_text() == "new\n"
    assert file.is_symlink()


def fault_folder(file: Path) -> None:
    file.mkdir(parents=True)


def fault_folder_is_a_file(file: Path) -> None:
    file.parent.parent.mkdir(parents=True)
    file.parent.write_text("")


def fault_link_to_itself(file: Path) -> None:
    file.parent.mkdir(parents=True)
    file.symlink_to(file)


def fault_link_without_folder(file: Path) -> None:
    file.parent.mkdir(parents=True)
    file.symlink_to("/nonexistent-folder/segops.toml")


def fault_not_text(file: Path) -> None:
    file.parent.mkdir(parents=True)
    file.write_bytes(b"a = 1\nb = \xff\n")


def fault_huge(file: Path) -> None:
    file.parent.mkdir(parents=True)
    file.write_bytes(b"#" * 1_000_001)


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        (fault_folder, "it is a folder"),
        (fault_folder_is_a_file, "Cannot write"),
        (fault_link_to_itself, "Too many levels"),
        (fault_link_without_folder, "Cannot write"),
        (fault_not_text, "line 2 is not UTF-8"),
        (fault_huge, "larger than"),
    ],
)
def test_what_cannot_be_changed_is_one_message_with_a_remedy(
    file: Path, prepare: Any, words: str
) -> None:
    prepare(file)

    with pytest.raises(SegOpsConfigError, match=words) as caught:
        files.change(file, lambda text: text + "# x\n")

    assert str(file.name) in str(caught.value)
    assert caught.value.hint or "larger" in str(caught.value)


@pytest.mark.skipif(as_root, reason="root may write everywhere")
def test_a_read_only_folder_is_one_message(file: Path) -> None:
    file.parent.mkdir(parents=True)
    file.parent.chmod(0o500)
    try:
        with pytest.raises(SegOpsConfigError, match="Permission denied") as caught:
            files.change(file, lambda _: "x\n")
    finally:
        file.parent.chmod(0o700)

    assert "SEGOPS_TUI_HOME" in str(caught.value.hint)


def test_a_read_only_disk_is_one_message(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files.change(file, lambda _: "old\n")

    def refuse(*_args: Any, **_more: Any) -> int:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(SegOpsConfigError, match="Read-only file system"):
        files.change(file, lambda _: "new\n")

    assert file.read_text() == "old\n"


def test_a_writer_waits_for_the_one_before(file: Path) -> None:
    files.change(file, lambda _: "0")
    begun = threading.Event()

    def slow(text: str) -> str:
        begun.set()
        threading.Event().wait(0.1)
        return text + "1"

    first = threading.Thread(target=lambda: files.change(file, slow))
    first.start()
    assert begun.wait(120)
    files.change(file, lambda text: text + "2")
    first.join()

    assert file.read_text() == "012"


def test_a_writer_that_waits_too_long_says_why(file: Path) -> None:
    files.change(file, lambda _: "old\n")

    with locked(file), pytest.raises(SegOpsConfigError, match="another segops-tui; waited 0"):
        files.change(file, lambda _: "new\n", patience=0.05)

    assert file.read_text() == "old\n"


def test_the_lock_of_a_dead_process_is_free(file: Path) -> None:
    file.parent.mkdir(parents=True)
    program = (
        "import os, sys, pathlib\n"
        "from segops_tui.config.files import locked\n"
        "with locked(pathlib.Path(sys.argv[1])):\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", program, str(file)], check=False, timeout=240)

    files.change(file, lambda _: "new\n", patience=0.5)

    assert file.read_text() == "new\n"


def test_a_scratch_copy_is_private_and_does_not_stay(file: Path) -> None:
    with files.scratch_copy(file, KEY) as copy:
        assert mode(copy) == 0o600
        assert copy.read_text() == KEY

    assert not copy.exists()


@pytest.mark.parametrize(
    ("text", "rights", "told"),
    [
        (f'[profiles.x]\nkey = "{KEY}"\n', 0o644, True),
        (f'[profiles.x]\nkey = "{KEY}"\n', 0o660, True),
        (f'[profiles.x]\nkey = "{KEY}"\n', 0o600, False),
        ('[profiles.x]\nkey_env = "X"\n', 0o644, False),
    ],
)
def test_a_key_that_others_could_read_is_closed_to_them_and_told(
    home: Path, text: str, rights: int, told: bool
) -> None:
    paths = find_paths({"SEGOPS_TUI_HOME": str(home)})
    paths.config.mkdir(parents=True)
    paths.config_file.write_text(text)
    paths.config_file.chmod(rights)
    heard: list[str] = []

    Settings.load(paths, heard.append)

    assert bool(heard) is told
    assert mode(paths.config_file) == (0o600 if told else rights)
    assert KEY not in str(heard)


def test_a_user_without_a_home_is_told_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    import pwd

    def nobody(_uid: int) -> Any:
        raise KeyError

    for name in ("HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", nobody)

    with pytest.raises(SegOpsConfigError, match="no home folder") as caught:
        find_paths({})

    assert "SEGOPS_TUI_HOME" in str(caught.value.hint)


def test_a_named_pipe_is_refused_instead_of_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "config.toml"
    os.mkfifo(pipe)

    with pytest.raises(SegOpsConfigError, match="not a regular file"):
        files.read_text(pipe)
