"""The config file on disk: read whole, replaced whole, never seen by anybody else.

Knows bytes, rights, links and locks; what the text means is `document` and `faults`.
"""

from __future__ import annotations

import os
import secrets
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from segops_tui.api.errors import SegOpsConfigError
from segops_tui.config.locking import PATIENCE, locked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PRIVATE: Final = 0o600
_OTHERS: Final = 0o077
_MOST: Final = 1_000_000
"""Bytes; a larger file is not one a person wrote."""
_ELSEWHERE: Final = "Set SEGOPS_TUI_HOME to a folder that can be written."


def read_text(file: Path) -> str | None:
    """What the file says; None where there is none.

    Raises:
        SegOpsConfigError: it cannot be read, is no text, or is absurdly large.
    """
    with _told("read", file):
        try:
            with file.open("rb") as opened:
                content = opened.read(_MOST + 1)
        except FileNotFoundError:
            return None
    if len(content) > _MOST:
        raise SegOpsConfigError(f"{file} is larger than {_MOST:,} bytes; that is no config file.")
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
    """Replace what the file says by what `edit` makes of it, alone and all at once.

    Whoever reads meanwhile sees the old text or the new one; a kill leaves one of the two. A
    link stays a link: what it points to is replaced, in its own folder.

    Raises:
        SegOpsConfigError: the file or its folder cannot be written, or is busy.
    """
    with _told("write", file):
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
def scratch_copy(file: Path, text: str) -> Iterator[Path]:
    """A private copy of a text to be edited, beside the file; gone at the end.

    Raises:
        SegOpsConfigError: the folder cannot be written.
    """
    copy = file.with_name(f"config-edit-{secrets.token_hex(4)}.toml")
    with _told("write", copy):
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _create(copy, text.encode())
    try:
        yield copy
    finally:
        copy.unlink(missing_ok=True)


def rights_of(file: Path) -> int | None:
    """The file's mode bits; None where there is no file or the system has no such bits."""
    if os.name != "posix":
        return None
    try:
        return file.stat().st_mode & 0o777
    except OSError:
        return None


def is_open_to_others(file: Path) -> bool:
    """Whether anybody but its owner may read or write the file."""
    return bool((rights_of(file) or 0) & _OTHERS)


def tighten(file: Path) -> str:
    """Take everybody else's rights away, and say so."""
    mode = rights_of(file) or 0
    try:
        file.chmod(PRIVATE)
    except OSError as error:
        return (
            f"{file} holds a key and others may read it ({mode:04o}):"
            f" {error.strerror}. Run: chmod 600 {file}"
        )
    return f"{file} holds a key and others could read it ({mode:04o}); now only you can (0600)."


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
    """Write a new file that is private from its first byte, whatever the umask says."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    handle = os.open(file, flags | getattr(os, "O_CLOEXEC", 0), PRIVATE)
    with os.fdopen(handle, "wb") as opened:
        if os.name == "posix":
            os.fchmod(handle, PRIVATE)
            if like is not None and os.geteuid() == 0 and like.exists():
                # Under sudo the file stays its owner's.
                owner = like.stat()
                os.fchown(handle, owner.st_uid, owner.st_gid)
        opened.write(content)
        opened.flush()
        os.fsync(handle)


def _sweep(real: Path) -> None:
    """Delete what a killed writer left; whoever holds the lock is the only one writing."""
    for left in real.parent.glob(f".{real.name}.*.tmp"):
        with suppress(OSError):
            left.unlink()


def _sync_folder(folder: Path) -> None:
    """Let the new name survive a power cut, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def _told(doing: str, file: Path) -> Iterator[None]:
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
