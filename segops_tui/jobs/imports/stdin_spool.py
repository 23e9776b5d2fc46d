"""Keeps standard input in a private file, so that a killed import can be resumed.

Each file belongs to one job and is removed with it.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Final

from segops_tui.jobs.engine.errors import CannotWrite

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from segops_tui.jobs.engine.ledger import Ledger

_CHUNK: Final = 1 << 18
_PREFIX: Final = "standard-input-"
_OLD: Final = 86_400.0


def spool(
    stream: IO[bytes],
    folder: Path,
    *,
    name: str,
    progress: Callable[[int], None] | None = None,
) -> Path:
    """Copy all of `stream` to a private file in `folder`; returns its path.

    `name` makes the path unique to this run. An interruption leaves nothing behind.

    Raises:
        CannotWrite: no space, or no permission.
    """
    path = folder / f"{_PREFIX}{name}.csv"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                _copy(stream, file, progress)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise CannotWrite(
            f"Cannot save standard input in {folder}: {error.strerror or error}.",
            hint="Save it to a file and import that.",
        ) from error
    return path


def sweep(folder: Path, ledger: Ledger, *, now: float, older_than: float = _OLD) -> int:
    """Remove files that no unfinished job needs; returns how many.

    Young files are kept: another process may be about to record a job for one.
    """
    wanted = {job.target for job in ledger.list(limit=1_000_000) if not job.is_final}
    gone = 0
    for path in folder.glob(f"{_PREFIX}*.csv"):
        with suppress(OSError):
            is_old = now - path.stat().st_mtime > older_than
            if is_old and str(path.absolute()) not in wanted:
                path.unlink()
                gone += 1
    return gone


def _copy(stream: IO[bytes], file: IO[bytes], progress: Callable[[int], None] | None) -> None:
    done = 0
    while chunk := stream.read(_CHUNK):
        file.write(chunk)
        done += len(chunk)
        if progress is not None:
            progress(done)
    file.flush()
    # A job on disk must not outlive its file, not even in a power cut.
    os.fsync(file.fileno())
