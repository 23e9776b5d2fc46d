"""The only writer of stdout: data, in the format that was asked for."""

from __future__ import annotations

from datetime import datetime
from typing import IO, TYPE_CHECKING, Any, Final, TypeVar

import click

from segops_tui import wording
from segops_tui.cli.core.layout import GAP, Heading, lines, plan, wrapped
from segops_tui.cli.core.printing.fields import chosen_columns, picked
from segops_tui.cli.core.printing.links import file_link
from segops_tui.cli.core.process import writing
from segops_tui.nouns.column import Column, Noun
from segops_tui.nouns.encode import csv_line, flat, harmless, to_json, to_yaml, tsv_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from segops_tui.api.record import Record
    from segops_tui.nouns.column import Context, Noun, Tone

R = TypeVar("R", bound="Record")

_COLOURS: Final[Mapping[Tone, str]] = {
    "good": "green",
    "warn": "yellow",
    "bad": "red",
    "busy": "cyan",
    "muted": "bright_black",
}
_CAPITALS: Final = {"id": "ID", "ai": "AI", "sku": "SKU", "skus": "SKUs", "url": "URL"}
_PROBE: Final = 200
"""Rows looked at to know which raw fields --fields may name."""


class Output:
    """Writes data to stdout."""

    def __init__(
        self,
        stream: IO[str],
        *,
        form: str = "table",
        fields: Sequence[str] = (),
        context: Context,
        colour: bool = False,
        width: int | None = None,
        safe: bool = False,
        header: bool = True,
        narrow: Callable[[Any], list[Any]] | None = None,
        page: Callable[[str], bool] | None = None,
        announce: Callable[[str], None] | None = None,
        links: bool = False,
    ) -> None:
        self._safe, self._header = safe, header
        self._narrow, self._page, self._announce, self._links = narrow, page, announce, links
        self._stream, self.form, self._fields = stream, form, fields
        self._context, self._colour, self._width = context, colour, width
        self._has_events = False

    @property
    def is_table(self) -> bool:
        """Whether the output is the table for people."""
        return self.form == "table"

    @property
    def is_collected(self) -> bool:
        """Whether rows are written together, or not to a terminal: stderr is free meanwhile."""
        return self.form in {"table", "json", "yaml"} or self._width is None

    def listing(self, rows: Iterable[R], noun: Noun[R]) -> None:
        """Write many objects."""
        match self.form:
            case "json" | "yaml":
                self.data(self._objects(list(rows), noun))
            case "ndjson":
                self._each(rows, noun, lambda row, cs: self._lines_of(self._object(row, cs)))
            case "csv" | "tsv":
                line = csv_line if self.form == "csv" else tsv_line
                self._each(
                    rows, noun, lambda row, cs: [line([self._cell(c.value(row)) for c in cs])]
                )
            case "name":
                for row in rows:
                    self.line(wording.plain(str(noun.key(row))))
            case _:
                self.table(list(rows), noun)

    def _cell(self, value: Any) -> str:
        return harmless(flat(value)) if self._safe else flat(value)

    def row(self, row: R, noun: Noun[R]) -> None:
        """Write one object as it comes, a line for people; JSON is NDJSON."""
        if not self.is_table:
            self.listing([row], noun)
            return
        columns = self._columns([row], noun, wide=False)
        cells = [(self._shown(column, row), column) for column in columns]
        self.line(
            GAP.join(
                _toned(text, column.tone(row, self._context)) if self._colour else text
                for text, column in cells
            )
        )

    def event(self, name: str, facts: Mapping[str, Any]) -> None:
        """Write an event at once, a line of NDJSON; results that follow are events as well."""
        self._has_events = True
        self._write_lines(self._narrowed({"event": name, **facts}))
        self.flush()

    def one(
        self, row: R, noun: Noun[R], *, further: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        """Write one object; `further` are paragraphs the user gets, by raw field."""
        if self.form in {"csv", "tsv", "name"}:
            self.listing([row], noun)
        elif self.form != "table":
            columns = self._columns([row], noun, wide=True)
            value = self._object(row, columns)
            self.data(value)
        else:
            self._details(row, noun, further or {})

    def know(self, names: Mapping[int, str]) -> None:
        """Learn the names of segments, for columns that have only an id."""
        self._context = self._context._replace(names={**self._context.names, **names})

    def heading(self, text: str) -> None:
        """Write a heading and the empty line above it, for people."""
        title = wording.plain(f"{text}:")
        self.line("")
        self.line(click.style(title, bold=True) if self._colour else title)

    def data(self, value: Any) -> None:
        """Write any JSON value: pretty, unless the form asks for something else."""
        if self.form == "yaml":
            self.line(to_yaml(value))
        elif self.form == "ndjson":
            for item in value if isinstance(value, list) else [value]:
                self._write_lines(self._lines_of(item))
        elif self._narrow is not None:
            self._write_lines(self._narrowed(value))
        else:
            self.line(to_json(value))

    def facts(self, facts: Mapping[str, str]) -> None:
        """Write a few facts, one a line, for people."""
        wide = max(len(name) for name in facts)
        for name, text in facts.items():
            label = f"{name:<{wide}}"
            label = click.style(label, dim=True) if self._colour else label
            self.line(f"{label}{GAP}{wording.plain(text)}")

    def diff(self, changes: Iterable[str]) -> None:
        """Write a unified diff, what went in red and what came in green."""
        colours = {"-": "red", "+": "green", "@": "cyan"}
        for change in changes:
            colour = colours.get(change[:1]) if self._colour else None
            self.line(click.style(change, fg=colour) if colour else change)

    def styled(self, text: str, **style: Any) -> None:
        """Write one line for people, in a style where colour is wanted."""
        shown = wording.plain(text)
        self.line(click.style(shown, **style) if self._colour else shown)

    def line(self, text: str) -> None:
        """Write one line as it is."""
        self.text(f"{text}\n")

    def text(self, text: str) -> None:
        """Write a text as it is."""
        with writing():
            self._stream.write(text)

    def octets(self, chunk: bytes) -> None:
        """Write bytes as they are: a file that was asked for on stdout."""
        self.flush()
        binary: IO[bytes] = getattr(self._stream, "buffer")  # noqa: B009 (a text stream has one)
        with writing():
            binary.write(chunk)

    def flush(self) -> None:
        """Hand everything over."""
        with writing():
            self._stream.flush()

    def table(self, rows: Sequence[R], noun: Noun[R]) -> None:
        """Write a table, in the pager where it is long; nothing at all for no rows."""
        columns = self._columns(rows, noun, wide=False)
        if not rows:
            return
        texts = [[self._shown(column, row) for column in columns] for row in rows]
        headings = [_heading(column) for column in columns]
        if self._fields:
            fits = wrapped(headings, texts, self._width)
        else:
            fits = [plan(headings, texts, self._width)]
        said = [
            (number, fit, cells)
            for number, parts in enumerate(
                zip(*(lines(headings, texts, fit) for fit in fits), strict=True)
            )
            for fit, cells in zip(fits, parts, strict=True)
            if number or self._header
        ]
        whole = []
        for number, fit, cells in said:
            if self._colour:
                for order, column in enumerate(columns[place] for place in fit.chosen):
                    tone = column.tone(rows[number - 1], self._context) if number else "strong"
                    cells[order] = _toned(cells[order], tone)
            whole.append(f"{fit.indent}{GAP.join(cells)}".rstrip() + "\n")
        self._write_long("".join(whole))
        if not self._fields:
            self._tell_hidden([columns[place] for place in fits[0].hidden(len(columns))])

    def _write_long(self, text: str) -> None:
        """Write a text, in the pager where it is longer than the screen."""
        if self._page is not None:
            self.flush()
            if self._page(text):
                return
        self.text(text)

    def _tell_hidden(self, columns: Sequence[Column[Any]]) -> None:
        """Say which columns found no room."""
        if not columns or self._announce is None:
            return
        self.flush()
        names = wording.listed([column.title for column in columns], most=len(columns))
        self._announce(f"no room for {names}; --fields shows any column")

    def file(self, text: str, path: Path) -> None:
        """Write a line for people about a file, whose name opens it where the terminal can."""
        shown = wording.plain(text)
        names = [wording.plain(name) for name in (str(path), path.name)]
        found = next((name for name in names if name and name in shown), None)
        if self._links and found is not None:
            before, _, after = shown.rpartition(found)
            shown = f"{before}{file_link(path, found)}{after}"
        self.line(shown)

    def _shown(self, column: Column[R], row: R) -> str:
        value = column.value(row)
        if self._width is None and isinstance(value, datetime):
            return wording.iso(value)
        text = column.text(row, self._context)
        if isinstance(value, datetime) and text == wording.moment(value):
            text = wording.local_moment(value)
        return wording.plain(text)

    def _columns(self, rows: Iterable[R], noun: Noun[R], *, wide: bool) -> list[Column[R]]:

        return chosen_columns(noun, self._fields, rows, wide=wide)

    def _objects(self, rows: list[R], noun: Noun[R]) -> list[Any]:
        columns = self._columns(rows, noun, wide=True)
        return [self._object(row, columns) for row in rows]

    def _object(self, row: R, columns: Sequence[Column[R]]) -> Any:

        return picked(row, columns) if self._fields else row.raw

    def _lines_of(self, value: Any) -> list[str]:
        if self._has_events and isinstance(value, dict):
            value = {"event": "result", **value}
        return self._narrowed(value)

    def _narrowed(self, value: Any) -> list[str]:
        """A value as a line of JSON, or what --jq makes of it."""
        if self._narrow is None:
            return [to_json(value, indent=None)]
        from segops_tui.cli.core.printing.jq import written

        return [written(each) for each in self._narrow(value)]

    def _write_lines(self, texts: Iterable[str]) -> None:
        for text in texts:
            self.line(text)

    def _each(
        self,
        rows: Iterable[R],
        noun: Noun[R],
        write: Callable[[R, Sequence[Column[R]]], list[str]],
    ) -> None:
        """Write row by row as they come: memory stays flat."""
        from itertools import chain, islice

        walk = iter(rows)
        head = list(islice(walk, _PROBE)) if self._fields else []
        columns = self._columns(head, noun, wide=True)
        if self.form in {"csv", "tsv"} and self._header:
            line = csv_line if self.form == "csv" else tsv_line
            self.line(line([column.key for column in columns]))
        for row in chain(head, walk):
            self._write_lines(write(row, columns))

    def _details(self, row: R, noun: Noun[R], further: Mapping[str, Sequence[str]]) -> None:
        """One object, a field a line, in the table's words; then the paragraphs."""
        columns = self._columns([row], noun, wide=True)
        if not self._fields:
            columns = [column for column in columns if column.key not in noun.shown_by_others]
            told = {column.key for column in noun.columns} | noun.shown_by_others
            rest = [name for name in row.raw if name not in told and name not in further]
            columns = [*columns, *(_rest(name) for name in rest)]
        titles = [_worded(column.title) for column in columns]
        wide = max(len(title) for title in titles)
        for title, column in zip(titles, columns, strict=True):
            text = self._shown(column, row)
            tone = column.tone(row, self._context)
            label = f"{title:<{wide}}"
            label = click.style(label, dim=True) if self._colour else label
            self.line(f"{label}{GAP}{_toned(text, tone) if self._colour else text}".rstrip())
        for name, paragraph in further.items() if not self._fields else ():
            self.heading(_worded(name.replace("_", " ")))
            for text in paragraph:
                self.line(f"  {wording.plain(text)}")


def _heading(column: Column[Any]) -> Heading:
    return Heading(
        column.title,
        column.align,
        column.min_width,
        column.max_width,
        flex=column.flex,
        # What `get` and the other commands take is the last to go.
        priority=-1 if column.key == "id" else column.priority,
    )


def _rest(name: str) -> Column[Any]:
    return Column(name, name.replace("_", " "), lambda row: row.raw.get(name))


def _worded(title: str) -> str:
    """A heading as a line's first words: `ID`, `AI credits used`, `Product SKUs`."""
    words = title.capitalize().split(" ")
    return " ".join(_CAPITALS.get(word.lower(), word) for word in words)


def _toned(text: str, tone: Tone) -> str:
    if tone == "strong":
        return click.style(text, bold=True)
    return click.style(text, fg=_COLOURS[tone]) if tone in _COLOURS else text
