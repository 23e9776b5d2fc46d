"""Read and replace private files: atomically, under a lock, readable by their owner only.

The lock is a file beside the locked one that is never deleted: two processes that held two deleted
files would both believe they are alone.
"""

from __future__ import annotations

import os
import secrets
import stat
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from segops_tui.api.errors import SegOpsConfigError
from segops_tui.system import PRIVATE, make_private, try_lock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_OTHERS: Final = 0o077
_MOST: Final = 1_000_000
"""Bytes; a larger file is not a config file."""
_ELSEWHERE: Final = "Set SEGOPS_TUI_HOME to a writable folder."

PATIENCE: Final = 5.0
"""Seconds to wait for another process's change, which takes milliseconds."""
_POLL_INTERVAL: Final = 0.02


def read_text(file: Path) -> str | None:
    """The text of a file; None if it does not exist.

    Raises:
        SegOpsConfigError: it cannot be read, is not UTF-8, or is too large.
    """
    with _reporting("read", file):
        try:
            if not stat.S_ISREG(file.stat().st_mode) and not file.is_dir():
                # To open a named pipe would wait for a writer for ever.
                raise SegOpsConfigError(f"{file} is not a regular file.", hint="Move it away.")
            with file.open("rb") as opened:
                content = opened.read(_MOST + 1)
        except FileNotFoundError:
            return None
    if len(content) > _MOST:
        raise SegOpsConfigError(f"{file} is larger than {_MOST:,} bytes, which no config file is.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SegOpsConfigError(
            f"{file} is not valid TOML: line {line} is not UTF-8.",
            hint="Save it as UTF-8 text.",
        ) from error


def change(
    file: Path, edit: Callable[[str], str], *, patience: float = PATIENCE, folder_mode: int = 0o700
) -> None:
    """Replace the text of a file by what `edit` makes of it, atomically and under a lock.

    A concurrent reader sees the old text or the new one, and so does the next one after a crash.
    A link stays a link: its target is replaced, in the target's folder.

    Raises:
        SegOpsConfigError: the file or its folder cannot be written, or is busy.
    """
    with _reporting("write", file):
        file.parent.mkdir(parents=True, exist_ok=True, mode=folder_mode)
        real = Path(os.path.realpath(file))
        if real.is_dir():
            raise IsADirectoryError
        if real.exists() and not os.access(real, os.W_OK):
            raise PermissionError(13, "it is read-only")
        with locked(real, patience=patience):
            before = read_text(real) or ""
            after = edit(before)
            if after != before or not real.exists():
                _sweep(real)
                _replace(real, after.encode())


@contextmanager
def locked(
    file: Path,
    *,
    patience: float = PATIENCE,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[None]:
    """Hold the lock of `file` during a block.

    Raises:
        SegOpsConfigError: another process held it all the time.
        OSError: the folder cannot contain a lock file.
    """
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)
    handle = os.open(file.with_name(f".{file.name}.lock"), flags, 0o600)
    try:
        until = clock() + patience
        while not try_lock(handle):
            if clock() >= until:
                raise SegOpsConfigError(
                    f"{file} is being changed by another segops-tui; waited {patience:g} s.",
                    hint="Retry when it is done.",
                )
            sleep(_POLL_INTERVAL)
        yield
    finally:
        # Closing releases the lock.
        os.close(handle)


@contextmanager
def scratch_copy(file: Path, text: str) -> Iterator[Path]:
    """A private copy of a text to edit, beside the file; deleted at the end.

    Raises:
        SegOpsConfigError: the folder cannot be written.
    """
    copy = file.with_name(f"config-edit-{secrets.token_hex(4)}.toml")
    with _reporting("write", copy):
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _create(copy, text.encode())
    try:
        yield copy
    finally:
        copy.unlink(missing_ok=True)


def rights_of(file: Path) -> int | None:
    """The file's mode bits; None without a file or on a system without mode bits."""
    if os.name != "posix":
        return None
    try:
        return file.stat().st_mode & 0o777
    except OSError:
        return None


def is_open_to_others(file: Path) -> bool:
    """Whether users other than the owner may read or write the file."""
    return bool((rights_of(file) or 0) & _OTHERS)


def tighten(file: Path) -> str:
    """Make a file private, and return a notice about it."""
    mode = rights_of(file) or 0
    try:
        file.chmod(PRIVATE)
    except OSError as error:
        return (
            f"{file} contains a key and is readable by others ({mode:04o}):"
            f" {error.strerror}. Run: chmod 600 {file}"
        )
    return (
        f"{file} contains a key and was readable by others ({mode:04o}); it is private now (0600)."
    )


def _replace(real: Path, content: bytes) -> None:
    temporary = real.with_name(f".{real.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
    try:
        _create(temporary, content, like=real)
        temporary.replace(real)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    _sync_folder(real.parent)


def _create(file: Path, content: bytes, *, like: Path | None = None) -> None:
    """Write a new file that is private from its first byte, whatever the umask."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    handle = os.open(file, flags | getattr(os, "O_CLOEXEC", 0), PRIVATE)
    with os.fdopen(handle, "wb") as opened:
        make_private(handle, like=like)
        opened.write(content)
        opened.flush()
        os.fsync(handle)


def _sweep(real: Path) -> None:
    """Delete what a killed writer left; the holder of the lock is the only writer."""
    for left in real.parent.glob(f".{real.name}.*.tmp"):
        with suppress(OSError):
            left.unlink()


def _sync_folder(folder: Path) -> None:
    """Make the new name survive a power cut, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def _reporting(doing: str, file: Path) -> Iterator[None]:
    try:
        yield
    except IsADirectoryError as error:
        raise SegOpsConfigError(
            f"Cannot {doing} {file}: it is a folder.", hint="Move that folder out of the way."
        ) from error
    except OSError as error:
        raise SegOpsConfigError(
            f"Cannot {doing} {file}: {error.strerror or error}.", hint=_ELSEWHERE
        ) from error
