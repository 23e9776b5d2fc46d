"""Writes a download to a temporary file beside its target, checks it, and moves it into place.

A target is never half written, and never replaced unless the user allowed it. The user names the
target; a file name from the server never reaches this module.
"""

from __future__ import annotations

import filecmp
import os
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, Self

from segops_tui.api.errors import ConnectionFailed
from segops_tui.jobs.engine.errors import CannotWrite, WouldOverwrite

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType


@dataclass(frozen=True, slots=True)
class Target:
    """Where to write a file, and whether it may replace an existing one."""

    path: Path
    force: bool = False
    tag: str = ""
    """Makes the temporary file's name unique to a job, so a resumed run overwrites its own rest."""

    @property
    def temporary(self) -> Path:
        """The file the bytes are written to first, on the same file system."""
        return self.path.with_name(f".{self.path.name}.{self.tag}.part")

    def to_json(self, name: str) -> dict[str, Any]:
        """For the ledger: `NAME_to` and `NAME_force`."""
        return {f"{name}_to": str(self.path.absolute()), f"{name}_force": self.force}

    def check(self) -> None:
        """Check that the file can be written, before any request is sent.

        Raises:
            WouldOverwrite: it exists, and `force` was not given.
            CannotWrite: the folder is missing or cannot be written, or the target is a folder.
        """
        folder = self.path.parent
        if self.path.is_dir():
            raise CannotWrite(f"{self.path} is a folder.", hint="Name a file inside it.")
        if not folder.is_dir():
            raise CannotWrite(f"There is no folder {folder}.", hint=f"Create it: mkdir -p {folder}")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise CannotWrite(f"The folder {folder} cannot be written.", hint="Choose another.")
        if self.path.exists() and not self.force:
            raise WouldOverwrite(f"{self.path} exists.")


@dataclass(frozen=True, slots=True)
class Received:
    """What arrived."""

    size: int
    lines: int
    """Line ends in it; a CSV's rows and its header."""


class Receiver:
    """Receives a file chunk by chunk; leaving the `with` by an error removes what was written.

    Raises:
        CannotWrite: no space, or no permission.
    """

    def __init__(self, target: Target) -> None:
        self._target = target
        self._size = self._lines = 0
        self._file: IO[bytes]
        self._temporary: Path

    def __enter__(self) -> Self:
        self._temporary = self._target.temporary
        try:
            self._temporary.unlink(missing_ok=True)
            self._file = self._temporary.open("xb")
        except OSError as error:
            raise cannot_write(self._target, error) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # A file that cannot be flushed is deleted anyway.
        with suppress(OSError):
            self._file.close()
        self._temporary.unlink(missing_ok=True)

    def write(self, chunk: bytes) -> int:
        """Append a chunk; returns the bytes written so far."""
        try:
            self._file.write(chunk)
        except OSError as error:
            raise cannot_write(self._target, error) from error
        self._size += len(chunk)
        self._lines += chunk.count(b"\n")
        return self._size

    def finish(self, *, announced: int | None) -> Received:
        """Move the file to its target.

        Raises:
            ConnectionFailed: the size differs from the announced one.
            WouldOverwrite: another program created the target in the meantime.
        """
        if announced is not None and announced != self._size:
            raise ConnectionFailed(
                f"The download ended after {self._size:,} of {announced:,} bytes."
            )
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
        except OSError as error:
            raise cannot_write(self._target, error) from error
        place(self._target)
        return Received(self._size, self._lines)


def place(target: Target) -> None:
    """Move the temporary file to its target.

    Raises:
        WouldOverwrite: another program created the target in the meantime.
        CannotWrite: it cannot be moved.
    """
    try:
        _move(target)
    except FileExistsError as error:
        raise WouldOverwrite(
            f"{target.path} was created by another program.", hint="Overwrite it with --force."
        ) from error
    except OSError as error:
        raise cannot_write(target, error) from error


def _move(target: Target) -> None:
    path, temporary = target.path, target.temporary
    if target.force:
        temporary.replace(path)
        return
    try:
        # A link, unlike a rename, never replaces what is there.
        path.hardlink_to(temporary)
    except FileExistsError:
        # An earlier run that was killed after this step wrote the same bytes.
        if not filecmp.cmp(temporary, path, shallow=False):
            raise
    except OSError:
        # This file system has no links: another program may still get in between.
        if path.exists():
            raise FileExistsError(path) from None
        temporary.replace(path)


def cannot_write(target: Target, error: OSError) -> CannotWrite:
    """The error of a file that cannot be written; what was written of it is removed."""
    return CannotWrite(
        f"Cannot write {target.path}: {error.strerror or error}.",
        hint="Nothing was left behind; choose another path with --to.",
    )
