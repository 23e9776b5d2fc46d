"""What each CSV column becomes: the server's suggestion, our check, the user's overrides."""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.catalogue.headers import FIXED, known_type, suggest_mapping
from segops_tui.jobs.imports.columns import propose_identifier
from segops_tui.jobs.imports.errors import BadMapping
from segops_tui.jobs.imports.findings import Finding
from segops_tui.jobs.imports.rejected import REASON, is_reason_header
from segops_tui.jobs.imports.review import ColumnMapping, Review
from segops_tui.wording import count, listed, plural

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from segops_tui.jobs.imports.columns import CsvColumn, Identifier
    from segops_tui.jobs.imports.findings import CsvCheck


SKIPS: Final = frozenset({"", "skip", "__skip__", "-"})
"""Spellings of "skip this column"; the API's own is not documented (contract §4.3)."""


@dataclass(frozen=True, slots=True)
class MappingOverrides:
    """Column mapping overrides from options and a mapping file. A target of None skips a column."""

    targets: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def key(self) -> str | None:
        """The column that the user chose to identify rows."""
        return next((header for header, target in self.targets.items() if target == "sku"), None)


def parse_overrides(
    *, maps: Iterable[str] = (), skips: Iterable[str] = (), file: Path | None = None
) -> MappingOverrides:
    """Read `--map "Header=target"`, `--skip HEADER` and a mapping file; the options win.

    Raises:
        BadMapping: one of them cannot be read, or a column is both mapped and skipped.
    """
    targets: dict[str, str | None] = {}
    for text in maps:
        header, mark, target = text.rpartition("=")
        if not mark or not header.strip():
            raise BadMapping(
                f'--map "{text}" is not of the form "Header=target".',
                hint='For example: --map "Handle=sku"',
            )
        targets[header.strip()] = None if target.strip().lower() in SKIPS else target.strip()
    for header in skips:
        if targets.get(header) is not None:
            raise BadMapping(f'"{header}" is both mapped and skipped.', hint="Give one of the two.")
        targets[header] = None
    return MappingOverrides({**(load_mapping(file).targets if file else {}), **targets})


def load_mapping(path: Path) -> MappingOverrides:
    """Read a mapping file: JSON, header to target, null to skip.

    Raises:
        BadMapping: it cannot be read, or is not a mapping.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        words = f"Cannot read the mapping {path}: {error.strerror or error}."
        raise BadMapping(words) from error
    except ValueError as error:
        raise BadMapping(f"The mapping {path} is not JSON: {error}.") from error
    if isinstance(data, dict) and isinstance(data.get("mapping"), dict):
        data = data["mapping"]
    if not isinstance(data, dict) or not all(
        isinstance(target, str | None) for target in data.values()
    ):
        raise BadMapping(
            f"The mapping {path} is not an object of header and target.",
            hint='It looks like {"Handle": "sku", "Title": "name", "Vendor": null}.',
        )
    return MappingOverrides({header: target or None for header, target in data.items()})


def save_mapping(path: Path, review: Review) -> None:
    """Write a mapping so that `load_mapping` reads it.

    Raises:
        BadMapping: it cannot be written.
    """
    text = json.dumps(review.mapping(), ensure_ascii=False, indent=2)
    try:
        path.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        words = f"Cannot write the mapping {path}: {error.strerror or error}."
        raise BadMapping(words) from error


def guess_mapping(
    check: CsvCheck, *, remembered: Mapping[str, str | None] | None = None
) -> dict[str, str | None]:
    """A mapping by the names of the columns, before anything is uploaded.

    `remembered` is what earlier imports mapped, which a server repeats (contract §4.3).
    """
    filled = {index for index, column in enumerate(check.columns) if not column.is_empty}
    return suggest_mapping(check.layout.headers, filled=filled, remembered=remembered)


def preview_mapping(
    check: CsvCheck,
    *,
    overrides: MappingOverrides | None = None,
    remembered: Mapping[str, str | None] | None = None,
    existing_fields: Iterable[Mapping[str, Any]] = (),
    currency: str = "",
) -> Review:
    """Decide without the server's suggestion, which comes with the upload.

    Raises:
        BadMapping: an override names no column, or two columns are mapped to one target.
    """
    review = decide_mapping(
        check,
        suggested=guess_mapping(check, remembered=remembered),
        overrides=overrides,
        existing_fields=existing_fields,
        currency=currency,
    )
    known = remembered or {}
    choices = [
        replace(choice, source="earlier" if choice.header in known else "names")
        if choice.source == "server"
        else choice
        for choice in review.choices
    ]
    return replace(review, choices=tuple(choices))


def decide_mapping(
    check: CsvCheck,
    *,
    suggested: Mapping[str, str | None],
    headers: Sequence[str] = (),
    overrides: MappingOverrides | None = None,
    suggested_fields: Iterable[Mapping[str, Any]] = (),
    existing_fields: Iterable[Mapping[str, Any]] = (),
    currency: str = "",
) -> Review:
    """Decide by suggestion, check and overrides. `headers` are the server's, in file order.

    Raises:
        BadMapping: an override names no column, or two columns are mapped to one target.
    """
    existing_fields = list(existing_fields)
    names = list(headers) if len(headers) == len(check.columns) else list(check.layout.headers)
    columns = dict(zip(names, check.columns, strict=True))
    by_user = _resolved(overrides or MappingOverrides(), columns)
    existing_names = {str(found["name"]) for found in existing_fields if found.get("name")}
    choices = _chosen(columns, suggested, by_user, own=_own_column(check, existing_names))
    fields = _fields(choices, check.columns, list(suggested_fields), existing_fields)
    findings = [
        *_identity(check, choices, columns),
        *_names(choices),
        *_required(choices, existing_fields),
    ]
    return Review(check.name, check.rows, tuple(choices), tuple(findings), tuple(fields), currency)


def better_identifier(check: CsvCheck, review: Review) -> str | None:
    """A column with a value in every row, where the one mapped to `sku` lacks some.

    Named as the review names it.
    """
    places = [index for index, choice in enumerate(review.choices) if choice.target == "sku"]
    if not places or not check.columns[places[0]].empty:
        return None
    best = propose_identifier(column for column in check.columns if not column.empty)
    return None if best is None else review.choices[check.columns.index(best)].header


def check_overrides(check: CsvCheck, overrides: MappingOverrides) -> None:
    """Check that overrides can be applied, before anything is uploaded.

    Raises:
        BadMapping: an override names no column, or two columns are mapped to one target.
    """
    _resolved(overrides, {column.header: column for column in check.columns})


def _resolved(
    overrides: MappingOverrides, columns: Mapping[str, CsvColumn]
) -> dict[str, str | None]:
    """Overrides by the server's names of the columns."""
    found: dict[str, str | None] = {}
    for name, target in overrides.targets.items():
        matches = [header for header in columns if header == name] or [
            header
            for header, column in columns.items()
            if name.strip().casefold() in {header.casefold(), column.header.casefold()}
        ]
        if len(matches) != 1:
            raise _unknown(name, list(columns))
        found[matches[0]] = target
    targets = [target for target in found.values() if target is not None]
    for target in targets:
        if targets.count(target) > 1:
            twice = [f'"{header}"' for header, other in found.items() if other == target]
            raise BadMapping(
                f"{listed(twice)} are both mapped to {target}.", hint="Keep one of them."
            )
    return found


def _unknown(name: str, names: list[str]) -> BadMapping:
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    folded = {known.casefold(): known for known in names}
    near = near or [
        folded[match] for match in difflib.get_close_matches(name.casefold(), folded, 1, 0.5)
    ]
    hint = f'Did you mean "{near[0]}"?' if near else f"The columns are {listed(names, most=12)}."
    return BadMapping(f'The file has no column "{name}".', hint=hint)


def _chosen(
    columns: Mapping[str, CsvColumn],
    suggested: Mapping[str, str | None],
    wanted: Mapping[str, str | None],
    *,
    own: CsvColumn | None,
) -> list[ColumnMapping]:
    claimed = {target: header for header, target in wanted.items() if target is not None}
    choices: list[ColumnMapping] = []
    for header, column in columns.items():
        target = suggested.get(header)
        target = None if target is None or str(target).lower() in SKIPS else str(target)
        choice = ColumnMapping(header, target, "server", column.examples)
        if header in wanted:
            choice = replace(choice, target=wanted[header], source="you")
        elif column is own:
            note = "the reasons of rejected rows"
            choice = replace(choice, target=None, source="check", note=note)
        elif target is not None and target in claimed:
            note = f'replaced by "{claimed[target]}"'
            choice = replace(choice, target=None, source="check", note=note)
        elif target is not None and target != "sku" and column.is_empty:
            note = "empty in every row"
            choice = replace(choice, target=None, source="check", note=note)
        if choice.target is not None:
            claimed.setdefault(choice.target, header)
        choices.append(choice)
    return choices


def _own_column(check: CsvCheck, existing: Collection[str]) -> CsvColumn | None:
    """The column that `--errors` added to a file of rejected rows, unless it is a field's."""
    last = check.columns[-1]
    return last if is_reason_header(last.header) and REASON not in existing else None


def _identity(
    check: CsvCheck, choices: Sequence[ColumnMapping], columns: Mapping[str, CsvColumn]
) -> list[Finding]:
    """Whether the column mapped to `sku` identifies rows."""
    header = next((choice.header for choice in choices if choice.target == "sku"), None)
    if header is None:
        text, hint = _proposal(check, columns)
        return [Finding("error", "no-sku", f"No column is mapped to sku.{text}", hint=hint)]
    column = columns[header]
    if column.is_empty:
        text, hint = _proposal(check, columns)
        words = f'"{header}" is empty in every row and cannot be the SKU.{text}'
        hint = f'{hint} --skip "{header}"' if hint else ""
        return [Finding("error", "empty-sku", words, hint=hint)]
    found = check.identifiers.get(column.header)
    return [] if found is None else _sku_findings(header, found)


def _proposal(check: CsvCheck, columns: Mapping[str, CsvColumn]) -> tuple[str, str]:
    by_own_name = {column.header: header for header, column in columns.items()}
    proposed = check.proposed
    if proposed is None:
        best = propose_identifier(column for column in check.columns if not column.is_empty)
        proposed = None if best is None else best.header
    if proposed is None:
        return " No other column has a value of its own in every row.", ""
    header = by_own_name[proposed]
    found = check.identifiers.get(proposed)
    hint = f'--map "{header}=sku"'
    if found is None:
        return f' "{header}" has a value in every row.', hint
    counts = f"({plural(found.rows, 'row')}, {count(found.distinct)} distinct)"
    if not found.repeated:
        return f' "{header}" identifies rows {counts}.', hint
    words = (
        f' "{header}" has a value in every row {counts}; rows that share one become one product.'
    )
    return words, hint


def _sku_findings(header: str, found: Identifier) -> list[Finding]:
    findings = []
    if found.empty:
        findings.append(
            Finding(
                "warning",
                "missing-sku",
                f'"{header}" is empty in {plural(found.empty, "row")}; the server rejects them.',
                line=found.first_empty,
                count=found.empty,
            )
        )
    if found.repeated:
        first, second = found.repeats[0] if found.repeats else (None, None)
        where = "" if first is None else f" (lines {first:,} and {second:,} for example)"
        findings.append(
            Finding(
                "warning" if found.repeated * 10 < found.rows else "notice",
                "repeated-sku",
                f"{plural(found.rows, 'row')}, {count(found.distinct)} distinct values of"
                f' "{header}"{where}: rows that share one become one product, later rows'
                " completing and replacing earlier ones.",
                line=second,
                count=found.repeated,
            )
        )
    return findings


def _names(choices: Sequence[ColumnMapping]) -> list[Finding]:
    if any(choice.target == "name" for choice in choices):
        return []
    text = "No column is mapped to name: new products are named by their SKU."
    return [Finding("notice", "no-name", text)]


def _required(
    choices: Sequence[ColumnMapping], existing: Iterable[Mapping[str, Any]]
) -> list[Finding]:
    targets = {choice.target for choice in choices}
    lacking = [
        str(field["name"])
        for field in existing
        if field.get("required") is True and field.get("name") not in targets
    ]
    if not lacking:
        return []
    words = listed([f'"{name}"' for name in lacking])
    text = f"The schema requires {words}, and no column is mapped to it: rows will be rejected."
    return [Finding("warning", "required", text, count=len(lacking))]


def _fields(
    choices: Sequence[ColumnMapping],
    columns: Sequence[CsvColumn],
    suggested: list[Mapping[str, Any]],
    existing: list[Mapping[str, Any]],
) -> list[dict[str, Any]]:
    """The workspace's fields, all of them, and one for each new target.

    Whether a confirm adds to the schema or replaces it is not documented (contract §4.3), so
    what is there is always sent as well.
    """
    known = {str(field["name"]): dict(field) for field in existing if field.get("name")}
    guesses = {str(field["name"]): dict(field) for field in suggested if field.get("name")}
    for choice, column in zip(choices, columns, strict=True):
        target = choice.target
        if target is None or target in known or target in FIXED:
            continue
        kind = known_type(target, choice.header) or column.kind
        made = guesses.get(target) or {"name": target, "type": kind, "required": False}
        if made.get("type") in column.misfits & _INFERRED:
            # The server looks at some rows, the check has seen all.
            made = {**made, "type": "string"}
        known[target] = {**made, "is_new": True}
    return list(known.values())


_INFERRED: Final = frozenset({"number", "boolean", "datetime"})
"""Types that a column has only because its cells look like it."""
