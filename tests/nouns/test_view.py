"""What a table shows, as a file: whatever is in the rows comes back out of it."""

from __future__ import annotations

import csv
import io
import json

from hypothesis import given
from hypothesis import strategies as st

from segops_tui.api.record import Record
from segops_tui.nouns.column import Column
from segops_tui.nouns.encode import harmless
from segops_tui.nouns.view import FORMS, ViewWriter, form_of

COLUMNS = (
    Column("id", "ID", lambda r: r.raw.get("id")),
    Column("name", "NAME", lambda r: r.raw.get("name")),
)
LETTERS = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Cf", "Zl", "Zp")), max_size=20)
NAMES = st.one_of(LETTERS, st.sampled_from(['say "x", twice', "a,b", " padded ", "=1+1", "[/b]"]))
ROWS = st.lists(st.fixed_dictionaries({"id": st.integers(), "name": NAMES}), max_size=8)


def written(form: str, rows: list[dict], *, at_once: int = 3) -> str:
    writer = ViewWriter(form, COLUMNS)
    records = [Record(row) for row in rows]
    parts = [records[n : n + at_once] for n in range(0, len(records), at_once)]
    return writer.begin() + "".join(writer.rows(part) for part in parts) + writer.end()


@given(ROWS)
def test_json_is_one_document_with_every_object_however_it_came(rows):
    assert json.loads(written("json", rows)) == rows


@given(ROWS)
def test_ndjson_has_an_object_a_line(rows):
    assert [json.loads(line) for line in written("ndjson", rows).split("\n")[:-1]] == rows


@given(ROWS)
def test_csv_is_read_back_as_it_was_but_for_formulas(rows):
    read = list(csv.reader(io.StringIO(written("csv", rows), newline="")))

    assert read == [["id", "name"], *([str(row["id"]), harmless(row["name"])] for row in rows)]


@given(ROWS)
def test_tsv_has_a_line_for_each_row_and_the_same_number_of_cells(rows):
    lines = written("tsv", rows).split("\n")[:-1]

    assert [line.count("\t") for line in lines] == [1] * (len(rows) + 1)


def test_a_form_is_known_by_its_ending():
    assert [form_of(f".{form.upper()}") for form in FORMS] == list(FORMS)
    assert form_of(".xlsx") == form_of("") == ""
