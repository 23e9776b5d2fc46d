"""Splits a checked CSV file into uploads: slices of the file, or of a copy in UTF-8.

The user's file is never changed. The same file and layout give the same bytes every time, so an
upload can be repeated.
"""

from __future__ import annotations

import csv
import io
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, Self

from segops_tui.jobs.engine.errors import CannotWrite
from segops_tui.jobs.imports.errors import BadFile, FileChanged
from segops_tui.jobs.imports.files.containers import checksum, open_file
from segops_tui.jobs.imports.rows import open_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed import WriteableBuffer

    from segops_tui.jobs.imports.findings import Layout
    from segops_tui.jobs.imports.rows import Rows

_CHUNK: Final = 1 << 18

_HINT: Final = (
    "Put the same file back and resume, or import it again; rows imported already are merged"
    " by SKU."
)


@dataclass(frozen=True, slots=True)
class Piece:
    """One upload: the header, then the bytes from `start` to `end` of a file."""

    path: Path
    header: bytes
    start: int
    end: int

    @property
    def size(self) -> int:
        """Bytes in all."""
        return len(self.header) + self.end - self.start

    def open(self) -> IO[bytes]:
        """Open it for reading from its start."""
        return io.BufferedReader(_Slice(self), _CHUNK)


class _Slice(io.RawIOBase):
    """Reads a piece; seekable, since an HTTP library measures a file by seeking."""

    def __init__(self, piece: Piece) -> None:
        self._piece = piece
        self._file = piece.path.open("rb", buffering=0)
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._piece.size}[whence]
        self._place = max(base + offset, 0)
        return self._place

    def tell(self) -> int:
        return self._place

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        room = memoryview(buffer)
        piece, begun = self._piece, self._place
        if begun < len(piece.header):
            chunk = piece.header[begun : begun + len(room)]
        else:
            self._file.seek(piece.start + begun - len(piece.header))
            chunk = self._file.read(min(len(room), max(piece.size - begun, 0)))
        room[: len(chunk)] = chunk
        self._place += len(chunk)
        return len(chunk)

    def close(self) -> None:
        self._file.close()
        super().close()


class Pieces:
    """The uploads of a file, in order; closing it removes the copy, if one was made."""

    def __init__(self, pieces: list[Piece], temporary: Path | None) -> None:
        self.all, self._temporary = pieces, temporary

    @classmethod
    def of(
        cls, path: Path, layout: Layout, *, progress: Callable[[int], None] | None = None
    ) -> Self:
        """Split `path` by its layout; a file that is not sent unchanged is copied first.

        Raises:
            FileChanged: the file is gone, or differs from the checked one.
            CannotWrite: there is no space for the copy.
        """
        if layout.is_sent_as_is:
            return cls(_cut(path, layout), None)
        return cls(*_rewritten(path, layout, progress))

    def close(self) -> None:
        """Remove the copy, if there is one."""
        if self._temporary is not None:
            self._temporary.unlink(missing_ok=True)


def require_unchanged(
    path: Path, layout: Layout, *, progress: Callable[[int], None] | None = None
) -> None:
    """Check that `path` is still the same file: by size and time, else by content.

    Raises:
        FileChanged: the file is gone, or has changed.
    """
    try:
        stat = path.stat()
    except OSError as error:
        raise FileChanged(
            f"{path} is no longer there.",
            hint=_HINT,
        ) from error
    if stat.st_size == layout.size and stat.st_mtime_ns == layout.modified:
        return
    if stat.st_size != layout.size or checksum(path, progress=progress) != layout.checksum:
        raise FileChanged(
            f"{path} has changed since this import began.",
            hint=_HINT,
        )


def _cut(path: Path, layout: Layout) -> list[Piece]:
    if not layout.cuts:
        return [Piece(path, b"", 0, layout.size)]
    wanted = [layout.header_lines + 1, *layout.cuts]
    starts = _offsets(path, wanted)
    with open_file(path) as file:
        header = file.read(starts[0])
    ends = [*starts[1:], layout.size]
    return [Piece(path, header, start, end) for start, end in zip(starts, ends, strict=True)]


def _offsets(path: Path, lines: list[int]) -> list[int]:
    """Where each of some lines (ascending, counted from 1) begins, by counting line ends."""
    found: list[int] = []
    wanted = iter(lines)
    target = next(wanted, None)
    line, base = 1, 0
    with open_file(path) as file:
        while target is not None and (chunk := file.read(_CHUNK)):
            ends = chunk.count(b"\n")
            place = -1
            passed = 0
            while target is not None and target <= line + ends:
                while passed < target - line:
                    place = chunk.index(b"\n", place + 1)
                    passed += 1
                found.append(base + place + 1)
                target = next(wanted, None)
            line, base = line + ends, base + len(chunk)
    if target is not None:
        raise FileChanged(f"{path} is shorter than when it was checked.")
    return found


def _rewritten(
    path: Path, layout: Layout, progress: Callable[[int], None] | None
) -> tuple[list[Piece], Path]:
    """Copy a file as UTF-8 with commas, recording where the parts begin."""
    try:
        with tempfile.NamedTemporaryFile(suffix=".csv", prefix="segops-", delete=False) as copy:
            target = Path(copy.name)
            try:
                with open_rows(path, layout, progress=progress) as rows:
                    starts = _copy(rows, copy, layout)
            except BaseException:
                target.unlink(missing_ok=True)
                raise
    except OSError as error:
        raise CannotWrite(
            f"No space for a UTF-8 copy of {path.name}: {error.strerror or error}.",
            hint="Set TMPDIR to a folder with space, or save the file as UTF-8 with commas.",
        ) from error
    with target.open("rb") as file:
        header = file.read(starts[0])
    ends = [*starts[1:], target.stat().st_size]
    pieces = [Piece(target, header, start, end) for start, end in zip(starts, ends, strict=True)]
    return pieces, target


def _copy(rows: Rows, copy: IO[bytes], layout: Layout) -> list[int]:
    """Write every row; returns the byte at which each part begins."""
    text = io.TextIOWrapper(copy, encoding="utf-8", newline="")
    # Python 3.11 quotes a carriage return only where it is part of the line end.
    writer = csv.writer(text, lineterminator="\r\n")
    try:
        # Quoted, since the server finds the separator by counting in the header.
        is_misleading = any(mark in name for name in rows.names for mark in ";\t|")
        csv.writer(
            text,
            lineterminator="\r\n",
            quoting=csv.QUOTE_ALL if is_misleading else csv.QUOTE_MINIMAL,
        ).writerow(rows.names)
        starts: list[int] = []
        done = 0
        for batch in rows.batches():
            place = 0
            while place < len(batch.rows):
                room = layout.part_rows - done % layout.part_rows
                if room == layout.part_rows:
                    text.flush()
                    starts.append(copy.tell())
                some = batch.rows[place : place + room]
                writer.writerows(some)
                done += len(some)
                place += len(some)
        text.flush()
    except UnicodeEncodeError as error:
        raise BadFile(
            f"A cell holds half of a character ({error.object[error.start]!a}), which UTF-8 lacks.",
            hint="The file is damaged, or --encoding is wrong.",
        ) from error
    finally:
        text.detach()
    return starts
