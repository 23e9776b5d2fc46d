"""The words for what a check found: each fault once, with the line it first occurs in.

Knows faults and their remedies; counts, and reads no file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from segops_tui.jobs.imports.findings import Finding
from segops_tui.jobs.imports.values import is_plain_number
from segops_tui.wording import count, listed, plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from segops_tui.jobs.imports.columns import Column
    from segops_tui.jobs.imports.findings import Layout

_LINES: Final = 5


@dataclass(slots=True)
class Faults:
    """Gathers what is wrong with the shape of a file while it is read."""

    _ragged: int = 0
    _ragged_lines: list[tuple[int, int]] = field(default_factory=list)
    _quoting: int = 0
    _quoting_lines: list[int] = field(default_factory=list)
    _others: list[Finding] = field(default_factory=list)

    def ragged(self, line: int, width: int) -> None:
        """A row has more or fewer cells than the header."""
        self._ragged += 1
        if len(self._ragged_lines) < _LINES:
            self._ragged_lines.append((line, width))

    def quoting(self, line: int, words: str) -> None:
        """A quote is not closed, or closed in the middle of a cell."""
        if "unexpected end" in words:
            self._others.append(
                Finding(
                    "error",
                    "unclosed-quote",
                    f"A cell that begins with a quote is still open at the end (line {line:,}).",
                    hint='Look for a lone " in the lines before; double it or close the cell.',
                    line=line,
                )
            )
        elif "field limit" in words:
            self._others.append(
                Finding(
                    "error",
                    "long-cell",
                    f"A cell that ends in line {line:,} is longer than 131,072 characters.",
                    hint='Most often a quote before it was never closed: look for a lone ".',
                    line=line,
                )
            )
        else:
            self._quoting += 1
            if len(self._quoting_lines) < _LINES:
                self._quoting_lines.append(line)

    def quoted_header(self, cell: str, inner: Sequence[str], *, repaired: bool) -> None:
        """The header line is one quoted cell that holds the real header."""
        text = f"The header line is a single quoted cell that holds {len(inner)} names"
        if repaired:
            self._others.append(
                Finding("notice", "header-repaired", f"{text}; it is taken apart.", line=1)
            )
            return
        short = cell if len(cell) <= 40 else f"{cell[:39]}…"
        self._others.append(
            Finding(
                "error",
                "quoted-header",
                f'{text}: "{short}".',
                hint="Import it all the same with --repair-header; the file is not changed.",
                line=1,
            )
        )

    def look_at_header(self, cells: Sequence[str]) -> None:
        """Names that are missing, given twice, or no names."""
        names = [cell.strip() for cell in cells]
        said = [name for name in names if name]
        if not said or all(map(is_plain_number, said)):
            self._others.append(
                Finding(
                    "error",
                    "no-header",
                    "The first line has no column names.",
                    hint="Put a line with the names of the columns at the top.",
                    line=1,
                )
            )
            return
        twice = sorted({name for name in said if said.count(name) > 1})
        if twice:
            words = listed([f'"{name}"' for name in twice])
            again = f"{twice[0]} (2)"
            self._others.append(
                Finding(
                    "warning",
                    "duplicate-header",
                    f"{words} {'names' if len(twice) == 1 else 'name'} more than one column;"
                    f' the second is called "{again}".',
                    line=1,
                    count=len(twice),
                )
            )
        nameless = [number for number, name in enumerate(names, start=1) if not name]
        if nameless:
            words = listed([f'"Column {number}"' for number in nameless])
            text = f"{plural(len(nameless), 'column')} without a name: {words}."
            self._others.append(
                Finding("warning", "empty-header", text, line=1, count=len(nameless))
            )

    def findings(self, *, columns: int) -> Iterator[Finding]:
        """All of it."""
        yield from self._others
        if self._ragged:
            line, _ = self._ragged_lines[0]
            where = listed(
                [f"line {n:,} has {width}" for n, width in self._ragged_lines], most=_LINES
            )
            yield Finding(
                "warning",
                "ragged",
                f"{plural(self._ragged, 'row')} with more or fewer cells than the"
                f" {plural(columns, 'column')} of the header: {where}"
                f"{' …' if self._ragged > _LINES else ''}.",
                hint="Rows with too many values are rejected; missing values count as empty.",
                line=line,
                count=self._ragged,
            )
        if self._quoting:
            where = listed([f"{number:,}" for number in self._quoting_lines], most=_LINES)
            yield Finding(
                "warning",
                "quoting",
                f"{plural(self._quoting, 'row')} with a quote inside a cell: line {where}.",
                hint='A quote inside a quoted cell is written twice: "".',
                line=self._quoting_lines[0],
                count=self._quoting,
            )


def layout_findings(layout: Layout, name: str) -> Iterator[Finding]:
    """What will be done about how the file is written."""
    if not layout.rows:
        yield Finding(
            "error", "no-rows", "There are no rows below the header.", hint="Nothing to import."
        )
    text = layout.text
    if text.encoding not in {"utf-8", "utf-8-sig"}:
        yield Finding(
            "notice",
            "encoding",
            f"{name} is {text.encoding_name}; it is sent as UTF-8, the file is not changed.",
        )
    if text.delimiter != ",":
        mark = {"\t": "tabs", ";": "semicolons", "|": "bars"}.get(text.delimiter, text.delimiter)
        yield Finding(
            "notice", "delimiter", f"Cells are separated by {mark}; commas are sent in their place."
        )
    if text.bare_returns:
        yield Finding(
            "notice", "line-ends", "Lines end with bare carriage returns; ordinary ones are sent."
        )
    if layout.parts > 1:
        yield Finding(
            "notice",
            "parts",
            f"{count(layout.rows)} rows are more than the API takes at once:"
            f" sent in {layout.parts} uploads, as one import.",
        )


def column_findings(columns: Sequence[Column]) -> Iterator[Finding]:
    """Prices nobody can read, and cells a spreadsheet would run."""
    for column in columns:
        if column.bad_prices is not None:
            fault = column.bad_prices
            yield Finding(
                "warning",
                "bad-price",
                f'"{column.header}": {plural(fault.count, "value")} that '
                f'{"is" if fault.count == 1 else "are"} no price, first "{fault.example}"'
                f" in line {fault.line:,}.",
                line=fault.line,
                count=fault.count,
            )
        if column.odd_prices is not None:
            fault = column.odd_prices
            yield Finding(
                "warning",
                "odd-price",
                f'"{column.header}": {plural(fault.count, "price")} not written as a plain number,'
                f' first "{fault.example}" in line {fault.line:,}.',
                hint="Write 1299.00 to be sure of what the server reads.",
                line=fault.line,
                count=fault.count,
            )
        if column.formulas is not None:
            fault = column.formulas
            yield Finding(
                "warning",
                "formula",
                f'"{column.header}": {plural(fault.count, "cell")} a spreadsheet would run as a'
                f' formula, first "{fault.example}" in line {fault.line:,}.',
                hint="They are imported as text; take care when you export them again.",
                line=fault.line,
                count=fault.count,
            )
