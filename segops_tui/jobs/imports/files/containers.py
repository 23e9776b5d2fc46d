"""Opens a file for reading: as it is, unpacked, or the sheet of a workbook as CSV."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Final

from segops_tui.jobs.imports.errors import BadFile
from segops_tui.wording import listed, size

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from _typeshed import WriteableBuffer

    from segops_tui.jobs.imports.files.options import TextFormat

HEAD: Final = 64 * 1024
"""Bytes inspected before the rest is read."""
_CHUNK: Final = 1 << 18
_LONGEST_LINE: Final = 16 * 1024 * 1024
_MOST_UNPACKED: Final = 4 << 30
_MOST_TIMES: Final = 500
"""Times the packed size that a file may have unpacked; catalogues have 5 to 30."""
_FREE: Final = 32 << 20
"""Unpacked bytes for which the ratio does not matter."""
_DOS_END: Final = b"\x1a"
_GZIP, _BZIP2, _XZ, _ZIP = b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"PK"
_OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0"


def open_file(path: Path) -> IO[bytes]:
    """Open a file of bytes.

    Raises:
        BadFile: it does not exist, is a folder, or is not readable.
    """
    if path.is_dir():
        raise BadFile(f"{path} is a folder.", hint="Name the CSV file inside it.")
    if path.exists() and not path.is_file():
        raise BadFile(f"{path} is not an ordinary file.", hint="Save its output to a file.")
    try:
        return path.open("rb")
    except FileNotFoundError as error:
        raise BadFile(f"There is no file {path}.", hint="Check the path.") from error
    except OSError as error:
        raise BadFile(f"Cannot read {path}: {error.strerror or error}.") from error


def is_packed(head: bytes) -> bool:
    """Whether a file that begins like this is compressed, an archive or a workbook."""
    return head.startswith((_GZIP, _BZIP2, _XZ, _ZIP + b"\x03\x04", _ZIP + b"\x05\x06", _OLD_EXCEL))


def open_content(path: Path, *, sheet: str | None = None) -> IO[bytes]:
    """Open the text of a file, unpacked if it is packed.

    Raises:
        BadFile: it cannot be opened, or does not hold one table.
        ReadingUnclear: it holds several sheets, and none was chosen.
    """
    file = open_file(path)
    head = file.read(8)
    file.seek(0)
    if not is_packed(head):
        if sheet is not None:
            file.close()
            raise BadFile(f"{path.name} has no sheets.", hint="Import it without --sheet.")
        return file
    try:
        return _unpacked(path, file, head, sheet)
    except BaseException:
        file.close()
        raise


def _unpacked(path: Path, file: IO[bytes], head: bytes, sheet: str | None) -> IO[bytes]:
    packed = path.stat().st_size
    if head.startswith(_GZIP):
        return _stream(gzip.GzipFile(fileobj=file), file, path.name, packed)
    if head.startswith(_BZIP2):
        import bz2  # noqa: PLC0415  # missing in some builds of Python

        return _stream(bz2.BZ2File(file), file, path.name, packed)
    if head.startswith(_XZ):
        import lzma  # noqa: PLC0415  # missing in some builds of Python

        return _stream(lzma.LZMAFile(file), file, path.name, packed)
    if head.startswith(_OLD_EXCEL):
        return _sheet(path, file, sheet)
    return _from_zip(path, file, packed, sheet)


def _from_zip(path: Path, file: IO[bytes], packed: int, sheet: str | None) -> IO[bytes]:
    try:
        archive = zipfile.ZipFile(file)
    except zipfile.BadZipFile as error:
        raise BadFile(
            f"{path.name} is a damaged zip archive: {error}.", hint="Download or export it again."
        ) from error
    names = [info.filename for info in archive.infolist() if not info.is_dir()]
    if "[Content_Types].xml" in names or "mimetype" in names:
        return _sheet(path, file, sheet)
    tables = [
        name
        for name in names
        if name.lower().endswith((".csv", ".tsv", ".txt"))
        and not name.startswith("__MACOSX/")
        and not name.rpartition("/")[2].startswith(".")
    ]
    if len(tables) != 1:
        what = f"{len(tables)} CSV files: {listed(tables, most=5)}" if tables else "no CSV file"
        raise BadFile(
            f"{path.name} is a zip archive with {what}.", hint="Unpack it and import one CSV file."
        )
    info = archive.getinfo(tables[0])
    if info.flag_bits & 1:
        raise BadFile(f"{path.name} is encrypted.", hint="Unpack it and import the CSV file.")
    try:
        return _stream(archive.open(info), file, path.name, packed)
    except (NotImplementedError, zipfile.BadZipFile) as error:
        raise BadFile(f"Cannot unpack {path.name}: {error}.", hint="Unpack it first.") from error


def _sheet(path: Path, file: IO[bytes], sheet: str | None) -> IO[bytes]:
    from segops_tui.jobs.imports.files.excel import open_sheet  # noqa: PLC0415  # an extra

    file.close()
    return io.BufferedReader(open_sheet(path, sheet), _CHUNK)


def _stream(
    unpacked: IO[bytes] | io.BufferedIOBase, file: IO[bytes], name: str, packed: int
) -> IO[bytes]:
    return io.BufferedReader(_Unpacked(unpacked, file, name, packed), _CHUNK)


class _Unpacked(io.RawIOBase):
    """Reads compressed bytes, up to a limit that no catalogue reaches."""

    def __init__(
        self,
        unpacked: IO[bytes] | io.BufferedIOBase,
        file: IO[bytes],
        name: str,
        packed: int,
    ) -> None:
        self._file, self._packed_file, self._name, self._packed = unpacked, file, name, packed
        self._size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        room = memoryview(buffer)
        try:
            chunk = self._file.read(len(room))
        except BadFile:
            raise
        except Exception as error:
            # Each library has errors of its own for damaged data.
            raise BadFile(
                f"{self._name} is compressed, and damaged: {error}.",
                hint="Download or export it again.",
            ) from error
        self._size += len(chunk)
        if self._size > min(_MOST_UNPACKED, max(_FREE, self._packed * _MOST_TIMES)):
            raise BadFile(
                f"{self._name} has {size(self._packed)} and unpacks to more than"
                f" {size(self._size)}: it is not a catalogue.",
                hint="Unpack it and look at it before you import it.",
            )
        room[: len(chunk)] = chunk
        return len(chunk)

    def close(self) -> None:
        with suppress(OSError):
            self._file.close()
        self._packed_file.close()
        super().close()


class CheckedReader(io.RawIOBase):
    """Reads text as bytes, measuring its checksum and rejecting what is not text.

    Raises:
        BadFile: binary bytes, or a line too long to be one.
    """

    def __init__(
        self, file: IO[bytes], *, name: str, wide: bool, progress: Callable[[int], None] | None
    ) -> None:
        self._file, self._name, self._wide, self._progress = file, name, wide, progress
        self._line, self._unbroken, self._ends_with_return = 1, 0, False
        self._waiting = b""
        self.size = self.checksum = 0
        self.has_bare_returns = self.has_dos_end = False

    def readable(self) -> bool:
        """True."""
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Read the next bytes and check them."""
        room = memoryview(buffer)
        chunk = self._waiting or self._file.read(len(room))
        self._waiting = b""
        if not chunk:
            return 0
        self.size += len(chunk)
        self.checksum = zlib.crc32(chunk, self.checksum)
        if not self._wide:
            chunk = self._checked(chunk, len(room))
        room[: len(chunk)] = chunk
        if self._progress is not None:
            self._progress(self.size)
        return len(chunk)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()

    def _checked(self, chunk: bytes, room: int) -> bytes:
        if b"\0" in chunk:
            line = self._line + chunk[: chunk.index(b"\0")].count(b"\n")
            raise BadFile(
                f"Line {line:,} of {self._name} has a NUL byte: it is not CSV, or it is damaged.",
                hint="Export the table as CSV (UTF-8) and import that file.",
                line=line,
            )
        if chunk.endswith(_DOS_END):
            # DOS programs end a text with it.
            self._waiting = self._file.read(room)
            if not self._waiting:
                self.has_dos_end = True
                return chunk.rstrip(_DOS_END)
        self._look_at_line_ends(chunk)
        return chunk

    def _look_at_line_ends(self, chunk: bytes) -> None:
        breaks, returns = chunk.count(b"\n"), chunk.count(b"\r")
        if returns or self._ends_with_return:
            paired = chunk.count(b"\r\n")
            if self._ends_with_return and not chunk.startswith(b"\n"):
                self.has_bare_returns = True
            self._ends_with_return = chunk.endswith(b"\r")
            if returns - self._ends_with_return > paired:
                self.has_bare_returns = True
        self._line += breaks
        if breaks or returns:
            self._unbroken = 0
            return
        self._unbroken += len(chunk)
        if self._unbroken > _LONGEST_LINE:
            raise BadFile(
                f"Line {self._line:,} of {self._name} does not end: it is not CSV.",
                line=self._line,
            )


class _LargeChunks(io.BufferedReader):
    """Gives a text reader more than the 8 kB it asks for, which makes it faster."""

    def read1(self, size: int = -1, /) -> bytes:
        """Bytes of one read."""
        return super().read1(max(size, HEAD))


def open_text(
    path: Path, text: TextFormat, *, progress: Callable[[int], None] | None = None
) -> tuple[CheckedReader, io.TextIOWrapper]:
    """Open a file for reading by lines, which keep their ends; close the second value.

    Raises:
        BadFile: it cannot be opened.
    """
    content = open_content(path, sheet=text.sheet)
    wide = b"\0" in "a".encode(text.encoding)
    reader = CheckedReader(content, name=path.name, wide=wide, progress=progress)
    lines = io.TextIOWrapper(_LargeChunks(reader, HEAD), encoding=text.encoding, newline="")
    return reader, lines


def checksum(path: Path, *, progress: Callable[[int], None] | None = None) -> int:
    """The checksum of a file's bytes."""
    found = done = 0
    with open_file(path) as file:
        while chunk := file.read(_CHUNK):
            found = zlib.crc32(chunk, found)
            done += len(chunk)
            if progress is not None:
                progress(done)
    return found
