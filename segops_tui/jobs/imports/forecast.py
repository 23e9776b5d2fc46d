"""What a server will make of the rows of a file, before anything is sent.

It follows the rules that the sandbox imports with; a server may know others.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from segops_tui.api.catalogue.cells import keeps_its_text
from segops_tui.api.catalogue.rows import RowFault, RowRules
from segops_tui.jobs.imports.findings import Finding
from segops_tui.jobs.imports.mapping import better_identifier
from segops_tui.jobs.imports.rows import file_rows
from segops_tui.wording import count, plural

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from segops_tui.jobs.imports.findings import CsvCheck, Layout
    from segops_tui.jobs.imports.review import Review

_LONGEST_EXAMPLE: Final = 40
_MOST_PRODUCTS: Final = 200_000
"""Products whose names are looked up; of more, those without a name are not counted."""


@dataclass(frozen=True, slots=True)
class Misfit:
    """Values of one column that do not fit the field they are mapped to, and the first of them."""

    header: str
    target: str
    kind: str
    count: int
    line: int
    example: str
    is_rejected: bool
    """Whether these rows are rejected; otherwise the values may change."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What will become of the rows."""

    rows: int
    rejected: int = 0
    """Rows that will be rejected, each counted once."""
    misfits: tuple[Misfit, ...] = ()
    required: tuple[tuple[str, int, int], ...] = ()
    """Required fields without a value: the field, how many rows, the first line."""
    products: int | None = None
    """Different SKUs of the rows that are accepted; None for very many."""
    nameless: int | None = None
    """Those of them without a name in any row."""
    distinct: int | None = None
    """Different values of the column proposed as a better identifier."""


def foresee(
    path: Path,
    check: CsvCheck,
    review: Review,
    *,
    progress: Callable[[int], None] | None = None,
) -> Review:
    """The review of a checked file, with what will become of its rows; reads the file if it has to.

    Raises:
        BadFile: the file can no longer be read.
    """
    if not needs_forecast(check, review):
        return review
    proposed = better_identifier(check, review)
    names = [choice.header for choice in review.choices]
    place = None if proposed is None else names.index(proposed)
    found = forecast(path, check.layout, review, proposed=place, progress=progress)
    return with_forecast(review, found, proposed=proposed)


def needs_forecast(check: CsvCheck, review: Review) -> bool:
    """Whether the check leaves open how many rows will be rejected."""
    kinds = {str(f["name"]): str(f.get("type") or "string") for f in review.fields}
    required = {str(f["name"]) for f in review.fields if f.get("required") is True}
    targets = {choice.target for choice in review.choices}
    for choice, column in zip(review.choices, check.columns, strict=True):
        if choice.target is None or column.is_empty:
            continue
        if kinds.get(choice.target) in column.misfits:
            return True
        if column.empty and (choice.target == "sku" or choice.target in required):
            return True
    is_ragged = any(finding.code == "ragged" for finding in check.findings)
    return is_ragged or not required <= targets


def forecast(
    path: Path,
    layout: Layout,
    review: Review,
    *,
    proposed: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Forecast:
    """Judge every row of a checked file by a mapping; `proposed` is the index of a column to count.

    Raises:
        BadFile: the file can no longer be read.
    """
    tally = _Tally(review, proposed)
    with file_rows(path, layout, progress=progress) as rows:
        next(rows, None)
        for row in rows:
            tally.take(row.cells, row.line)
    return tally.forecast()


@dataclass(slots=True)
class _Count:
    count: int = 0
    line: int = 0
    example: str = ""

    def add(self, line: int, example: str) -> None:
        if not self.count:
            self.line, self.example = line, example[:_LONGEST_EXAMPLE]
        self.count += 1


@dataclass(slots=True)
class _Tally:
    review: Review
    proposed: int | None
    rows: int = 0
    rejected: int = 0
    faults: dict[tuple[str, str], _Count] = field(default_factory=dict)
    changes: dict[str, _Count] = field(default_factory=dict)
    skus: set[int] = field(default_factory=set)
    named: set[int] = field(default_factory=set)
    values: set[int] = field(default_factory=set)
    rules: RowRules = field(init=False)
    numbers: list[tuple[int, str]] = field(init=False)

    def __post_init__(self) -> None:
        review = self.review
        self.rules = rules_of(review)
        kinds = {str(f["name"]): f.get("type") for f in review.fields}
        self.numbers = [
            (index, choice.target)
            for index, choice in enumerate(review.choices)
            if choice.target is not None and kinds.get(choice.target) == "number"
        ]

    def take(self, record: Sequence[str], line: int) -> None:
        """Judge a row."""
        self.rows += 1
        faults = self.rules.faults(record)
        for fault in faults:
            self._count(fault).add(line, fault.text)
        if self.proposed is not None and self.proposed < len(record):
            self.values.add(hash(record[self.proposed].strip()))
        if faults:
            self.rejected += 1
            return
        for index, target in self.numbers:
            text = record[index].strip() if index < len(record) else ""
            if text and keeps_its_text(text, "number"):
                self.changes.setdefault(target, _Count()).add(line, text)
        if len(self.skus) <= _MOST_PRODUCTS:
            sku = hash(self.rules.cell(record, "sku"))
            self.skus.add(sku)
            if self.rules.cell(record, "name"):
                self.named.add(sku)

    def _count(self, fault: RowFault) -> _Count:
        return self.faults.setdefault((fault.code, fault.target), _Count())

    def forecast(self) -> Forecast:
        """The result."""
        is_counted = len(self.skus) <= _MOST_PRODUCTS
        return Forecast(
            self.rows,
            self.rejected,
            tuple(self._misfits()),
            tuple(
                (target, found.count, found.line)
                for (code, target), found in self.faults.items()
                if code == "required"
            ),
            len(self.skus) if is_counted else None,
            len(self.skus - self.named) if is_counted else None,
            None if self.proposed is None else len(self.values),
        )

    def _misfits(self) -> Iterator[Misfit]:
        kinds = {str(f["name"]): str(f.get("type") or "string") for f in self.review.fields}
        headers = {choice.target: choice.header for choice in self.review.choices}
        wrong = {target: found for (code, target), found in self.faults.items() if code == "type"}
        for is_rejected, counts in ((True, wrong), (False, self.changes)):
            for target, found in counts.items():
                yield Misfit(
                    headers[target], target, kinds.get(target, "string"), found.count,
                    found.line, found.example, is_rejected,
                )  # fmt: skip


def rules_of(review: Review) -> RowRules:
    """The rules that a mapping and its fields make of rows."""
    return RowRules(
        [choice.header for choice in review.choices],
        review.mapping(),
        review.fields,
        currency=review.currency,
    )


def with_forecast(review: Review, found: Forecast, *, proposed: str | None = None) -> Review:
    """A review that says what will become of its rows; `proposed` is the header that was counted.

    A column that does not fit can be skipped, or mapped to a new field: each hint spells it out.
    """
    findings = [finding for finding in review.findings if finding.code not in _REPLACED]
    findings += _sku_findings(review, found, proposed)
    for misfit in found.misfits:
        findings.append(_misfit_finding(review, misfit))
    for target, number, line in found.required:
        text = f'The schema requires "{target}", which {plural(number, "row")} lack'
        text += f"{'s' if number == 1 else ''}: rejected, the first in line {line:,}."
        findings.append(Finding("warning", "required", text, line=line, count=number))
    if found.rejected:
        text = f"{count(found.rejected)} of {plural(found.rows, 'row')} will be rejected."
        findings.append(Finding("warning", "rejected", text, count=found.rejected))
    return replace(review, findings=tuple(findings), rejected=found.rejected)


_REPLACED: Final = frozenset({"missing-sku", "required"})


def _sku_findings(review: Review, found: Forecast, proposed: str | None) -> Iterator[Finding]:
    before = next((f for f in review.findings if f.code == "missing-sku"), None)
    if before is None:
        return
    text = f'"{review.identifier}" is empty in {count(before.count)} of'
    text += f" {plural(found.rows, 'row')}, which will be rejected"
    if found.nameless:
        text += (
            f"; {count(found.nameless)} of {plural(found.products or 0, 'product')}"
            " will have no name but the SKU"
        )
    hint = ""
    if proposed is not None and found.distinct is not None:
        text += f'. "{proposed}" has a value in every row ({count(found.distinct)} distinct)'
        hint = f'--map "{proposed}=sku" --skip "{review.identifier}"'
    yield replace(before, text=f"{text}.", hint=hint)


def _misfit_finding(review: Review, misfit: Misfit) -> Finding:
    values = plural(misfit.count, "value")
    other = free_name(review, misfit.target)
    hint = f'--map "{misfit.header}={other}" imports it as a new field, --skip "{misfit.header}"'
    first = f'first "{misfit.example}" in line {misfit.line:,}'
    is_known = misfit.target not in review.new_fields
    what = (
        f"the {'existing' if is_known else 'new'} field {misfit.target} has the type {misfit.kind}"
    )
    if misfit.is_rejected:
        text = (
            f'"{misfit.header}": {values} not taken, {first}: {what}. These rows will be rejected.'
        )
        code = "type"
    else:
        text = f'"{misfit.header}": {values} would be written differently as a number, {first}:'
        text += f" {what}. The sandbox keeps the text; a server may change it."
        code = "number-text"
    return Finding(
        "warning", code, text, hint=f"{hint} leaves it out.", line=misfit.line, count=misfit.count
    )


def free_name(review: Review, target: str) -> str:
    """A name for a new field beside `target`."""
    taken = {str(field["name"]) for field in review.fields} | set(review.mapping().values())
    name, again = f"{target}_text", 1
    while name in taken:
        again += 1
        name = f"{target}_text_{again}"
    return name
