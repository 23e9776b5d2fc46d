"""Reads a CSV file as text: detects its encoding and delimiter, or that it is not CSV."""

from __future__ import annotations

import codecs
import csv
import io
import re
import zlib
from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, Self

from segops_tui.jobs.imports.errors import BadFile
from segops_tui.jobs.imports.findings import TextFormat

if TYPE_CHECKING:
    from _csv import Reader
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path
    from typing import IO

    from _typeshed import WriteableBuffer

    from segops_tui.jobs.imports.findings import Quoting

HEAD: Final = 64 * 1024
"""Bytes inspected before the rest is read."""
_LONGEST_LINE: Final = 16 * 1024 * 1024
_DELIMITERS: Final = ",;\t|"
_QUOTING: Final[Mapping[Quoting, dict[str, Any]]] = {
    "standard": {},
    "backslash": {"doublequote": False, "escapechar": "\\"},
    "single": {"quotechar": "'"},
    "none": {"quoting": csv.QUOTE_NONE, "quotechar": None},
}
_NOT_TEXT: Final = (
    (b"PK\x03\x04", "an Excel workbook or a zip archive", "Save the sheet as CSV (UTF-8) first."),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "Save the sheet as CSV (UTF-8) first."),
    (b"\x1f\x8b", "compressed (gzip)", "Unpack it first: gunzip FILE"),
    (b"%PDF", "a PDF document", "Export the table as CSV first."),
    (b"SQLite format 3", "an SQLite database", "Export the table as CSV first."),
)


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How the user wants a file to be read; what is None is decided by evidence."""

    encoding: str | None = None
    """A name that Python's codecs know."""
    delimiter: str | None = None
    """One character."""
    quoting: Quoting | None = None
    decimal: Literal["comma", "point"] | None = None
    """The decimal mark of numbers that could mean two things, such as `1.299`."""
    header_line: int | None = None
    """The line that has the column names, from 1; 0 if the file has none."""
    sheet: str | None = None
    """The sheet of a workbook, by name."""

    def to_json(self) -> dict[str, Any]:
        """As JSON for the ledger: only what the user chose."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read the output of `to_json`."""
        return cls(**data)


BY_EVIDENCE: Final = ReadOptions()


def possible_encodings(head: bytes, *, name: str, options: ReadOptions = BY_EVIDENCE) -> list[str]:
    """The encodings to try, most likely first; only reading the whole file decides.

    Raises:
        BadFile: it is not text.
    """
    for magic, words, hint in _NOT_TEXT:
        if head.startswith(magic):
            raise BadFile(f"{name} is {words}, not CSV.", hint=hint)
    if options.encoding is not None:
        return [options.encoding]
    if head.startswith(codecs.BOM_UTF8):
        return ["utf-8-sig"]
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return ["utf-16"]
    if b"\0" in head:
        for encoding, zeros in (("utf-16-le", head[1::2]), ("utf-16-be", head[0::2])):
            if zeros.count(0) > 0.7 * len(zeros):
                return [encoding]
        raise BadFile(
            f"{name} is binary, not CSV.",
            hint="Export the table as CSV (UTF-8) and import that file.",
            line=head[: head.index(b"\0")].count(b"\n") + 1,
        )
    return ["utf-8", "cp1252", "latin-1"]


def text_format(
    head: bytes, encoding: str, *, name: str, options: ReadOptions = BY_EVIDENCE
) -> TextFormat:
    """How to read a file that begins with `head`.

    Raises:
        BadFile: it is JSON, XML or HTML, or has no line that ends.
    """
    text = head.decode(encoding, "replace").lstrip("\ufeff")
    start = text.lstrip()[:64]
    if re.match(r"[\[{]\s*[\[{\"\]}]", start):
        raise BadFile(
            f"{name} is JSON, not CSV.",
            hint="Send JSON with: segops-tui products bulk-upsert FILE",
        )
    if re.match(r"<(\?xml|!doctype|html|[a-z]+[\s>])", start, re.IGNORECASE):
        kind = "HTML" if re.match(r"<(!doctype html|html)", start, re.IGNORECASE) else "XML"
        raise BadFile(
            f"{name} is {kind}, not CSV.",
            hint="Was a web page saved instead of the file? Download the CSV itself.",
        )
    is_bare = "\n" not in text and "\r" in text
    if len(head) >= HEAD and not is_bare and "\n" not in text:
        raise BadFile(
            f"{name} has no line break in its first {HEAD // 1024} kB: it is not CSV.",
            hint="Export the table as CSV (UTF-8) and import that file.",
        )
    delimiter = options.delimiter or detect_delimiter(text, is_complete=len(head) < HEAD)
    return TextFormat(encoding, delimiter, is_bare, options.quoting or "standard")


def detect_delimiter(text: str, *, is_complete: bool) -> str:
    """The delimiter by which most of the first lines have the same number of cells."""
    lines = re.split(r"\r\n|\n|\r", text)
    lines = lines[:200] if is_complete or len(lines) < 3 else lines[:-1][:200]
    best, best_score = ",", (0.0, 0)
    for delimiter in _DELIMITERS:
        widths = Counter(
            len(row)
            for row in csv.reader((line + "\n" for line in lines), delimiter=delimiter)
            if row
        )
        width, agreeing = max(widths.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
        if width < 2:
            continue
        share = agreeing / sum(widths.values())
        # A comma wins a draw: real headers rarely contain another delimiter.
        score = (round(share, 1), width + (delimiter == ","))
        if score > best_score:
            best, best_score = delimiter, score
    return best


def require_no_mixture(path: Path) -> None:
    """Accept a file as Latin-1 if its first non-ASCII character is not UTF-8.

    Raises:
        BadFile: earlier characters are UTF-8, which reading as Latin-1 would garble.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    line, has_letters = 1, False
    with open_file(path) as file:
        while chunk := file.read(HEAD):
            try:
                text = decoder.decode(chunk)
            except UnicodeDecodeError as error:
                before = error.object[: error.start]
                line += before.count(b"\n")
                if has_letters or not before.isascii():
                    raise BadFile(
                        f"Line {line:,} of {path.name} is not UTF-8, though text before it is.",
                        hint="The file is damaged or mixes encodings; save it as UTF-8 again.",
                        line=line,
                    ) from error
                return
            line += text.count("\n")
            has_letters = has_letters or not text.isascii()


class CheckedReader(io.RawIOBase):
    """Reads a file, measuring its size and checksum and rejecting what is not text.

    Raises:
        BadFile: binary bytes, or a line too long to be one.
    """

    def __init__(
        self, file: IO[bytes], *, name: str, wide: bool, progress: Callable[[int], None] | None
    ) -> None:
        self._file, self._name, self._wide, self._progress = file, name, wide, progress
        self._line = 1
        self._unbroken = 0
        self.size = self.checksum = 0

    def readable(self) -> bool:
        """True."""
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Read the next bytes and check them."""
        room = memoryview(buffer)
        chunk = self._file.read(len(room))
        if not chunk:
            return 0
        if not self._wide and b"\0" in chunk:
            line = self._line + chunk[: chunk.index(b"\0")].count(b"\n")
            raise BadFile(
                f"{self._name} has binary bytes in line {line:,}: it is not CSV, or it is damaged.",
                hint="Export the table as CSV (UTF-8) and import that file.",
                line=line,
            )
        self._check_line_length(chunk)
        self.size += len(chunk)
        self.checksum = zlib.crc32(chunk, self.checksum)
        room[: len(chunk)] = chunk
        if self._progress is not None:
            self._progress(self.size)
        return len(chunk)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()

    def _check_line_length(self, chunk: bytes) -> None:
        breaks = chunk.count(b"\n")
        if breaks or b"\r" in chunk:
            self._line += breaks
            self._unbroken = 0
            return
        self._unbroken += len(chunk)
        if self._unbroken > _LONGEST_LINE:
            raise BadFile(
                f"Line {self._line:,} of {self._name} does not end: it is not CSV.",
                line=self._line,
            )


def open_text(
    path: Path, text: TextFormat, *, progress: Callable[[int], None] | None = None
) -> tuple[CheckedReader, io.TextIOWrapper]:
    """Open a file for reading by lines, which keep their ends; close the second value.

    Raises:
        BadFile: it cannot be opened.
    """
    wide = text.encoding.startswith("utf-16")
    reader = CheckedReader(open_file(path), name=path.name, wide=wide, progress=progress)
    newline = "" if text.bare_returns else "\n"
    lines = io.TextIOWrapper(
        io.BufferedReader(reader, HEAD), encoding=text.encoding, newline=newline
    )
    return reader, lines


def records(lines: Iterator[str], text: TextFormat, *, strict: bool = False) -> Reader:
    """The records of a text; `strict` rejects faulty quoting."""
    return csv.reader(lines, delimiter=text.delimiter, strict=strict, **_QUOTING[text.quoting])


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
