"""What an import would change: a checked file against the workspace's catalogue, row by row."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.catalogue.cells import trimmed
from segops_tui.api.catalogue.prices import parse_price
from segops_tui.api.json_text import json_text
from segops_tui.api.record import as_moment
from segops_tui.api.request import PageTrail
from segops_tui.api.resources.products import Products
from segops_tui.jobs.engine.errors import CannotWrite
from segops_tui.jobs.engine.plan import Work, read
from segops_tui.jobs.imports.forecast import rules_of
from segops_tui.jobs.imports.rows import open_rows
from segops_tui.wording import count, listed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from segops_tui.api.catalogue.rows import RowRules
    from segops_tui.api.request import Page, Request
    from segops_tui.api.resources.products import Product, ProductSchema
    from segops_tui.jobs.engine.plan import Part, ReportJob
    from segops_tui.jobs.imports.findings import Layout
    from segops_tui.jobs.imports.review import Review
    from segops_tui.jobs.imports.undo_copy import UndoCopy


_WORDS: Final = {
    **dict.fromkeys(("true", "yes", "y", "1"), "true"),
    **dict.fromkeys(("false", "no", "n", "0"), "false"),
}


def canonical(value: Any, kind: str, *, currency: str) -> str:
    """One spelling for all values of type `kind` that are equal; empty for no value.

    `currency` applies to prices without one.
    """
    if value is None or value == "":
        return ""
    if kind == "price":
        return _price(value, currency)
    if kind == "multi_price":
        return "\x1f".join(sorted(_price(item, currency) for item in _items(value)))
    if kind == "array":
        return "\x1f".join(canonical(item, "string", currency=currency) for item in _items(value))
    if kind == "number":
        return _number(value)
    if kind == "boolean":
        return _WORDS.get(str(value).strip().casefold(), str(value).strip())
    if kind == "datetime":
        moment = as_moment(value.strip() if isinstance(value, str) else value)
        return str(value).strip() if moment is None else moment.isoformat()
    return _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return trimmed(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _number(value)
    return json_text(value, sort_keys=True, ensure_ascii=False)


def _items(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    if not isinstance(value, str):
        return [value]
    if value.lstrip().startswith("["):
        try:
            found = json.loads(value)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, list):
            return found
    return [part.strip() for part in value.split(",") if part.strip()]


def _price(value: Any, currency: str) -> str:
    if isinstance(value, dict):
        unit = str(value.get("currency") or currency)
        return f"{_number(value.get('amount'))} {unit}"
    price = parse_price(str(value), default=currency)
    if price is None:
        return str(value).strip()
    return f"{_number(price.amount)} {price.currency or currency}"


def _number(value: Any) -> str:
    text = str(value).strip()
    try:
        number = Decimal(text.replace(",", ""))
    except InvalidOperation:
        return text
    if not number.is_finite():
        return text
    # Not `normalize` alone, which writes 100 as 1E+2.
    return f"{number.normalize():f}" if number else "0"


_MARK: Final = 8
"""Bytes of the hash of a value."""
_PAGE: Final = 200
_LONGEST_NAME: Final = 1000
_NONE: Final = b"\0" * _MARK


@dataclass(frozen=True, slots=True)
class Diff:
    """What an import would change, counted in products. Empty cells change nothing."""

    rows: int
    new: int
    changed: int
    unchanged: int
    repeated: int
    """Rows beyond the first of their SKU."""
    rejected: int
    """Rows that will be rejected; they are compared with nothing."""
    untouched: int
    """Products of the workspace that are not in the file; they do not change."""
    fields: Mapping[str, int] = field(default_factory=dict)
    """How many products change in each field, the most frequent first."""

    @property
    def summary(self) -> str:
        """One line for people."""
        changed = f"{count(self.changed)} changed"
        if self.fields:
            fields = [f"{name} {count(number)}" for name, number in self.fields.items()]
            changed += f" ({listed(fields)})"
        words = f"{count(self.new)} new, {changed}, {count(self.unchanged)} unchanged"
        return f"{words}, {count(self.rejected)} will be rejected" if self.rejected else words


def compare(
    path: Path,
    layout: Layout,
    review: Review,
    *,
    copy: UndoCopy | None = None,
    progress: Callable[[str, int, int | None], None] | None = None,
) -> Part[Diff]:
    """Compare a checked file with the catalogue; carry it out with `run_part`.

    `copy` keeps the products that the import will change as they are now.

    `progress` is called with a stage, a count and a total, from any thread.

    Raises:
        BadFile: the file can no longer be read.
        CannotWrite: there is no space for the temporary database.
    """
    schema = yield from read(Products.schema.build(None))
    known = {field.name: field.raw for field in schema.fields}
    fields = {str(field["name"]): field for field in review.fields} | known
    rules = rules_of(
        replace(review, fields=tuple(fields.values()), currency=schema.default_currency)
    )
    catalogue = _Catalogue(_columns(review, schema), rules, schema.default_currency)
    try:
        request: Request[Page[Product]] | None = Products.list.build(None, page_size=_PAGE)
        trail = PageTrail("/pim/products/")
        done = 0
        while request is not None:
            page = yield from read(request)
            trail.add(page.items)
            yield Work(partial(catalogue.add, page.items))
            if copy is not None:
                copy.add(page.items)
            done += len(page.items)
            if progress is not None:
                progress("catalogue", done, page.count)
            request = page.next_request(request)
        report_bytes = None if progress is None else lambda at: progress("file", at, layout.size)
        found: Diff = yield Work(lambda _: catalogue.compared(path, layout, report_bytes))
        if copy is not None:
            copy.keep_only(changed=catalogue.changed(), created=catalogue.created())
    finally:
        catalogue.close()
    return found


@dataclass(frozen=True, slots=True)
class _Column:
    """A field that a column of the file is mapped to."""

    index: int
    target: str
    kind: str


def _columns(review: Review, schema: ProductSchema) -> list[_Column]:
    kinds = {str(f["name"]): str(f.get("type") or "string") for f in review.fields}
    kinds |= {known.name: known.type for known in schema.fields}
    return [
        _Column(index, choice.target, kinds.get(choice.target, "string"))
        for index, choice in enumerate(review.choices)
        if choice.target is not None
    ]


class _Catalogue:
    """Products by SKU, a hash for each field, in a temporary database on disk."""

    def __init__(self, columns: Sequence[_Column], rules: RowRules, currency: str) -> None:
        self._sku = next((c.index for c in columns if c.target == "sku"), None)
        self._fields = [column for column in columns if column.target != "sku"]
        self._currency, self._rules = currency, rules
        # A database without a name is a temporary file that SQLite deletes when it is closed.
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._database.executescript(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -16384;"
            "CREATE TABLE products (sku TEXT PRIMARY KEY, marks BLOB, is_new INTEGER,"
            " is_seen INTEGER, touched BLOB) WITHOUT ROWID; BEGIN"
        )

    def close(self) -> None:
        """Delete the database."""
        self._database.close()

    def add(self, products: Iterable[Product], _report: ReportJob) -> None:
        """Add products of the catalogue."""
        nothing = bytes(len(self._fields))
        rows = [(p.sku, self._marks_of(p), 0, 0, nothing) for p in products]
        try:
            self._database.executemany("INSERT OR REPLACE INTO products VALUES (?,?,?,?,?)", rows)
        except sqlite3.OperationalError as error:
            raise _no_space(error) from error

    def compared(self, path: Path, layout: Layout, progress: Callable[[int], None] | None) -> Diff:
        """Compare every row; a row changes what the next one of its SKU is compared with."""
        rows = repeated = rejected = 0
        with open_rows(path, layout, progress=progress) as found:
            try:
                for record in found:
                    rows += 1
                    if self._rules.faults(record):
                        rejected += 1
                    elif not self._compare(self._sku_of(record), record):
                        repeated += 1
            except sqlite3.OperationalError as error:
                raise _no_space(error) from error
        return self._counted(rows, repeated, rejected)

    def changed(self) -> Iterator[str]:
        """The SKUs of products that a row of the file changes."""
        for sku, touched in self._database.execute(
            "SELECT sku, touched FROM products WHERE is_seen AND NOT is_new"
        ):
            if any(touched):
                yield sku

    def created(self) -> Iterator[str]:
        """The SKUs of products that only the file has."""
        for (sku,) in self._database.execute("SELECT sku FROM products WHERE is_new"):
            yield sku

    def _sku_of(self, record: Sequence[str]) -> str:
        if self._sku is None or self._sku >= len(record):
            return ""
        return record[self._sku].strip()

    def _compare(self, sku: str, record: Sequence[str]) -> bool:
        """Compare a row with its product; returns whether it is the first of its SKU."""
        width = len(self._fields)
        found = self._database.execute(
            "SELECT marks, is_new, is_seen, touched FROM products WHERE sku = ?", (sku,)
        ).fetchone()
        marks, is_new, is_seen, before = found or (_NONE * width, 1, 0, bytes(width))
        after, touched = bytearray(marks), bytearray(before)
        for place, column in enumerate(self._fields):
            text = record[column.index].strip() if column.index < len(record) else ""
            if not text:
                continue
            mark = self._mark(text, column)
            if marks[place * _MARK : (place + 1) * _MARK] != mark:
                after[place * _MARK : (place + 1) * _MARK] = mark
                touched[place] = 1
        self._database.execute(
            "INSERT OR REPLACE INTO products VALUES (?, ?, ?, 1, ?)",
            (sku, bytes(after), is_new, bytes(touched)),
        )
        return not is_seen

    def _counted(self, rows: int, repeated: int, rejected: int) -> Diff:
        groups = self._database.execute(
            "SELECT is_new, is_seen, touched, count(*) FROM products GROUP BY 1, 2, 3"
        )
        new = changed = unchanged = untouched = 0
        fields = dict.fromkeys((column.target for column in self._fields), 0)
        for is_new, is_seen, touched, number in groups:
            if is_new:
                new += number
            elif not is_seen:
                untouched += number
            elif any(touched):
                changed += number
                for place, column in enumerate(self._fields):
                    fields[column.target] += number * touched[place]
            else:
                unchanged += number
        often = sorted(((n, f) for f, n in fields.items() if n), key=lambda pair: -pair[0])
        return Diff(
            rows, new, changed, unchanged, repeated, rejected, untouched,
            {name: number for number, name in often},
        )  # fmt: skip

    def _marks_of(self, product: Product) -> bytes:
        return b"".join(
            self._mark(product.name if c.target == "name" else product.data.get(c.target), c)
            for c in self._fields
        )

    def _mark(self, value: Any, column: _Column) -> bytes:
        text = canonical(value, column.kind, currency=self._currency)
        if column.target == "name":
            text = text[:_LONGEST_NAME]
        # Hashes differ between processes, and this table is only used in one.
        return hash(text).to_bytes(_MARK, "little", signed=True) if text else _NONE


def _no_space(error: sqlite3.OperationalError) -> CannotWrite:
    return CannotWrite(
        f"No space for comparing the file with the catalogue: {error}.",
        hint="Set TMPDIR to a folder with space, or import without --diff.",
    )
