"""The CSV file of rejected rows: each as it was, with the reason in a last column."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Final

from segops_tui.jobs.engine.download import Receiver, Target
from segops_tui.jobs.imports.rows import file_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from segops_tui.jobs.imports.findings import Layout
    from segops_tui.jobs.imports.rows import FileRow


REASON: Final = "reason"
_REASON: Final = re.compile(r"reason( \(\d+\))?")
_WITH_MARK: Final = frozenset({"utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"})
"""Encodings whose copy gets a byte order mark, which the program that wrote the file expects."""


def is_reason_header(header: str) -> bool:
    """Whether the last column of a file of rejected rows is called like this."""
    return _REASON.fullmatch(header) is not None


def write_rejected(
    path: Path,
    layout: Layout,
    why: Mapping[int, str],
    to: Path,
    *,
    force: bool = False,
    tag: str = "rejected",
    has_reasons: bool = False,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Write the rows of `path` that have a reason in `why`, by row number; returns how many.

    A row keeps its original text, quotes included, in UTF-8; the reason is an additional cell.
    With `has_reasons` the file is one of rejected rows itself: new reasons replace the old ones.

    Raises:
        WouldOverwrite: `to` exists and `force` was not given.
        CannotWrite: no space, or no permission.
        BadFile: the file can no longer be read.
    """
    target = Target(to, force, tag)
    target.check()
    width = len(layout.headers) - (has_reasons and is_reason_header(layout.headers[-1]))
    written = 0
    with Receiver(target) as receiver, file_rows(path, layout, progress=progress) as rows:
        if layout.text.encoding in _WITH_MARK:
            receiver.write(b"\xef\xbb\xbf")
        for row in rows:
            if row.number == 0:
                receiver.write(_header(row, layout, width).encode())
            elif row.number in why:
                receiver.write(_with_reason(row, why[row.number], layout, width).encode())
                written += 1
            if written == len(why):
                break
        receiver.finish(announced=None)
    return written


def _header(row: FileRow, layout: Layout, width: int) -> str:
    if layout.repaired or not layout.text.header_line:
        return _line([*layout.headers[:width], REASON], layout.text.delimiter) + "\n"
    return _with_reason(row, REASON, layout, width)


def _with_reason(row: FileRow, reason: str, layout: Layout, width: int) -> str:
    """The text of a row with a reason after `width` cells, in place of what follows them."""
    delimiter, cells = layout.text.delimiter, row.cells
    text = row.text if _is_kept(layout) else _line(cells, delimiter) + "\r\n"
    body = text.rstrip("\r\n")
    end = text[len(body) :] or "\n"
    if width < len(layout.headers) and len(cells) > width:
        cells = cells[:-1]
        body = _cut(body, cells, layout)
    # A short row is padded, so that all reasons are in one column.
    gap = [""] * max(width - len(cells), 0)
    return f"{body}{delimiter}{_line([*gap, reason], delimiter)}{end}"


def _is_kept(layout: Layout) -> bool:
    """Whether a program with the usual rules reads the rows of the file as we do."""
    return layout.text.quoting == "standard" and not layout.is_rewritten


def _cut(body: str, cells: list[str], layout: Layout) -> str:
    """The beginning of a row's text that holds just these cells."""
    place = len(body)
    while (place := body.rfind(layout.text.delimiter, 0, place)) >= 0:
        start = body[:place]
        if _read(start, layout.text.delimiter) == cells:
            return start
    return _line(cells, layout.text.delimiter)


def _read(text: str, delimiter: str) -> list[str]:
    return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])


def _line(cells: Iterable[str], delimiter: str) -> str:
    text = io.StringIO()
    # Python 3.11 quotes a carriage return only where it is part of the line end.
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerow(cells)
    return text.getvalue().removesuffix("\r\n")
