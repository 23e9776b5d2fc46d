"""A download's way to its place: a temporary file beside the target, checked, then renamed.

Knows files; knows no request. Nothing is ever half there, and nothing is replaced unasked. The
target is the person's word: a name from the server never reaches this module.
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
    """Where a file shall be, and whether it may replace one."""

    path: Path
    force: bool = False
    tag: str = ""
    """Makes the temporary file's name this job's own: a killed run's rest is written over."""

    @property
    def temporary(self) -> Path:
        """Where the bytes gather, on the same file system."""
        return self.path.with_name(f".{self.path.name}.{self.tag}.part")

    def to_json(self, name: str) -> dict[str, Any]:
        """For the ledger: `NAME_to` and `NAME_force`."""
        return {f"{name}_to": str(self.path.absolute()), f"{name}_force": self.force}

    def check(self) -> None:
        """See that the download can end there, before anything is asked of the server.

        Raises:
            WouldOverwrite: it exists, and `force` was not given.
            CannotWrite: the folder is missing or cannot be written, or the target is a folder.
        """
        folder = self.path.parent
        if self.path.is_dir():
            raise CannotWrite(f"{self.path} is a folder.", hint="Name a file inside it.")
        if not folder.is_dir():
            raise CannotWrite(f"There is no folder {folder}.", hint=f"Make it: mkdir -p {folder}")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise CannotWrite(f"The folder {folder} cannot be written.", hint="Choose another.")
        if self.path.exists() and not self.force:
            raise WouldOverwrite(f"{self.path} exists.", hint="Replace it with --force.")


@dataclass(frozen=True, slots=True)
class Received:
    """What arrived."""

    size: int
    lines: int
    """Line ends in it; a CSV's rows and its header."""


class Receiver:
    """Takes a file in as it comes; leave the `with` by an error and nothing remains.

    Raises:
        CannotWrite: no room, no right.
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
            raise self._cannot(error) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # What could not be flushed is being thrown away.
        with suppress(OSError):
            self._file.close()
        self._temporary.unlink(missing_ok=True)

    def write(self, chunk: bytes) -> int:
        """Take some more; answers how much there is by now."""
        try:
            self._file.write(chunk)
        except OSError as error:
            raise self._cannot(error) from error
        self._size += len(chunk)
        self._lines += chunk.count(b"\n")
        return self._size

    def finish(self, *, announced: int | None) -> Received:
        """Put the file in its place.

        Raises:
            ConnectionFailed: fewer or more bytes came than were announced.
            WouldOverwrite: somebody else put a file there meanwhile.
        """
        if announced is not None and announced != self._size:
            raise ConnectionFailed(
                f"The download ended after {self._size:,} of {announced:,} bytes."
            )
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._place()
        except FileExistsError as error:
            raise WouldOverwrite(
                f"{self._target.path} came into being meanwhile.", hint="Replace it with --force."
            ) from error
        except OSError as error:
            raise self._cannot(error) from error
        return Received(self._size, self._lines)

    def _place(self) -> None:
        path = self._target.path
        if self._target.force:
            self._temporary.replace(path)
            return
        try:
            # A link, unlike a rename, never replaces what is there.
            path.hardlink_to(self._temporary)
        except FileExistsError:
            # A run that was killed after this very step put the same bytes there.
            if not filecmp.cmp(self._temporary, path, shallow=False):
                raise
        except OSError:
            # This file system has no links; the moment between look and rename remains.
            if path.exists():
                raise FileExistsError(path) from None
            self._temporary.replace(path)

    def _cannot(self, error: OSError) -> CannotWrite:
        return CannotWrite(
            f"Cannot write {self._target.path}: {error.strerror or error}.",
            hint="Nothing was left behind; choose another place with --to.",
        )
