"""Mapping: the server's suggestion, our check of it, and the user's overrides, which win."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from segops_tui.jobs.imports.check import check_csv
from segops_tui.jobs.imports.errors import BadMapping
from segops_tui.jobs.imports.mapping import (
    MappingOverrides,
    check_overrides,
    decide_mapping,
    guess_mapping,
    load_mapping,
    parse_overrides,
    save_mapping,
)
from segops_tui.jobs.imports.review import Review

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from segops_tui.jobs.imports.findings import CsvCheck

SUGGESTED = {"Handle": "handle", "Title": "name", "Variant SKU": "sku", "Vendor": "brand"}


@pytest.fixture
def shop(catalogue: Callable[..., Path]) -> CsvCheck:
    """A store export in small: the SKU column is empty in every row."""
    return check_csv(
        catalogue(
            "Handle,Title,Variant SKU,Vendor", "shirt,Shirt,,Fern", "shirt,,,", "hat,Hat,,Fern"
        )
    )


def targets(review: Review) -> dict[str, tuple[str | None, str]]:
    return {choice.header: (choice.target, choice.source) for choice in review.choices}


def problems(review: Review) -> list[str]:
    return [finding.code for finding in review.findings]


def test_an_empty_sku_column_is_explained_and_another_proposed(shop: CsvCheck) -> None:
    review = decide_mapping(shop, suggested=SUGGESTED)

    (problem,) = review.problems
    assert problem.code == "empty-sku"
    assert problem.text == (
        '"Variant SKU" is empty in every row and cannot be the SKU.'
        ' "Handle" has a value in every row (3 rows, 2 distinct);'
        " rows that share one become one product."
    )
    assert problem.hint == '--map "Handle=sku" --skip "Variant SKU"'
    assert not review.is_ready


def test_a_column_identifies_rows_only_if_each_has_its_own_value(
    catalogue: Callable[..., Path],
) -> None:
    unique = check_csv(catalogue("Handle,SKU", "a,", "b,"))
    shared = check_csv(catalogue("TITLE,SKU", "a,", "a,", "b,", "b,", name="other.csv"))

    texts = [
        decide_mapping(check, suggested={"SKU": "sku"}).problems[0].text
        for check in (unique, shared)
    ]

    assert '"Handle" identifies rows (2 rows, 2 distinct).' in texts[0]
    assert "identifies" not in texts[1]
    assert '"TITLE" has a value in every row (4 rows, 2 distinct)' in texts[1]


def test_the_proposal_taken_makes_it_ready_and_says_what_merges(shop: CsvCheck) -> None:
    overrides = parse_overrides(maps=["Handle=sku"], skips=["Variant SKU"])

    review = decide_mapping(shop, suggested=SUGGESTED, overrides=overrides)

    assert review.is_ready
    assert targets(review) == {
        "Handle": ("sku", "you"),
        "Title": ("name", "server"),
        "Variant SKU": (None, "you"),
        "Vendor": ("brand", "server"),
    }
    (merge,) = [finding for finding in review.findings if finding.code == "repeated-sku"]
    assert '3 rows, 2 distinct values of "Handle" (lines 2 and 3' in merge.text


def test_a_persons_word_displaces_a_suggestion(shop: CsvCheck) -> None:
    """`--map "Handle=sku"` alone is enough: the other column gives way."""
    review = decide_mapping(
        shop, suggested=SUGGESTED, overrides=MappingOverrides({"Handle": "sku"})
    )

    assert targets(review)["Variant SKU"] == (None, "check")
    assert review.choices[2].note == 'replaced by "Handle"'


def test_no_sku_column_at_all_is_a_problem_with_a_proposal(shop: CsvCheck) -> None:
    review = decide_mapping(shop, suggested={"Title": "name"})

    assert review.problems[0].code == "no-sku"
    assert review.problems[0].hint == '--map "Handle=sku"'


def test_where_no_column_tells_rows_apart_that_is_what_is_said(
    catalogue: Callable[..., Path],
) -> None:
    """Both are filled in every row, and both say the same in every row."""
    check = check_csv(catalogue(["a", "b"], ["x", "y"], ["x", "y"]))

    (problem,) = decide_mapping(check, suggested={"a": "a", "b": "b"}).problems

    assert problem.text.endswith("No other column has a value of its own in every row.")
    assert problem.hint == ""


def test_a_column_that_is_empty_throughout_is_left_out(catalogue: Callable[..., Path]) -> None:
    check = check_csv(catalogue("sku,colour", "A,", "B,"))

    review = decide_mapping(check, suggested={"sku": "sku", "colour": "colour"})

    assert targets(review)["colour"] == (None, "check")


def test_some_empty_skus_are_a_warning_with_a_line(catalogue: Callable[..., Path]) -> None:
    check = check_csv(catalogue("sku,name", "A,Apple", ",Bread"))

    review = decide_mapping(check, suggested={"sku": "sku", "name": "name"})

    (warning,) = review.findings
    assert (warning.code, warning.level, warning.line) == ("missing-sku", "warning", 3)
    assert review.is_ready


def test_the_reasons_of_a_rejected_rows_file_are_left_out(catalogue: Callable[..., Path]) -> None:
    check = check_csv(catalogue("sku,reason", 'A,"price: ""x"" is not a price."'))
    by_user = MappingOverrides({"reason": "reason"})
    field = {"name": "reason", "type": "string"}

    left_out = decide_mapping(check, suggested=guess_mapping(check))
    asked_for = decide_mapping(check, suggested=guess_mapping(check), overrides=by_user)
    known = decide_mapping(check, suggested=guess_mapping(check), existing_fields=[field])

    assert targets(left_out)["reason"] == (None, "check")
    assert left_out.choices[1].note == "the reasons of rejected rows"
    assert targets(asked_for)["reason"] == ("reason", "you")
    assert targets(known)["reason"] == ("reason", "server")


def test_without_a_name_it_is_said_what_happens(catalogue: Callable[..., Path]) -> None:
    review = decide_mapping(
        check_csv(catalogue("sku,x", "A,1")), suggested={"sku": "sku", "x": "x"}
    )

    assert problems(review) == ["no-name"]


def test_a_required_field_nobody_fills_is_a_warning(catalogue: Callable[..., Path]) -> None:
    check = check_csv(catalogue("sku,name", "A,Apple"))
    fields = [{"name": "brand", "type": "string", "required": True}]

    review = decide_mapping(check, suggested={"sku": "sku", "name": "name"}, existing_fields=fields)

    assert problems(review) == ["required"]


def test_the_schema_keeps_what_the_workspace_has(shop: CsvCheck) -> None:
    """A confirm may replace the schema: nothing of it may be lost, whatever the file lacks."""
    existing = [
        {"name": "brand", "type": "array", "required": False},
        {"name": "season", "type": "string", "required": False},
    ]
    suggested = [{"name": "brand", "type": "string"}, {"name": "handle", "type": "string"}]

    review = decide_mapping(
        shop, suggested=SUGGESTED, suggested_fields=suggested, existing_fields=existing
    )

    assert {f["name"]: f["type"] for f in review.schema()} == {
        "brand": "array",
        "season": "string",
        "handle": "string",
    }
    assert review.new_fields == ["handle"]


@pytest.mark.parametrize(
    ("maps", "words", "hint"),
    [
        (["Handel=sku"], 'no column "Handel"', 'Did you mean "Handle"?'),
        (["VARIANT SKUU=sku"], "no column", 'Did you mean "Variant SKU"?'),
        (["Handle=sku", "Title=sku"], '"Handle" and "Title" are both mapped to sku', "Keep one"),
    ],
)
def test_a_wish_that_cannot_be_met_is_refused(
    shop: CsvCheck, maps: list[str], words: str, hint: str
) -> None:
    with pytest.raises(BadMapping, match=words) as refused:
        check_overrides(shop, parse_overrides(maps=maps))

    assert refused.value.hint is not None
    assert hint in refused.value.hint


def test_a_header_may_be_written_in_another_case(shop: CsvCheck) -> None:
    review = decide_mapping(
        shop, suggested=SUGGESTED, overrides=MappingOverrides({"handle": "sku"})
    )

    assert review.identifier == "Handle"


def test_overrides_are_read_from_options() -> None:
    overrides = parse_overrides(maps=["a=b=sku", "x = name ", "y=skip"], skips=["z"])

    assert overrides.targets == {"a=b": "sku", "x": "name", "y": None, "z": None}
    assert overrides.key == "a=b"


@pytest.mark.parametrize(("maps", "skips"), [(["sku"], []), (["=sku"], []), (["a=sku"], ["a"])])
def test_an_option_that_says_nothing_is_refused(maps: list[str], skips: list[str]) -> None:
    with pytest.raises(BadMapping):
        parse_overrides(maps=maps, skips=skips)


def test_a_saved_mapping_is_the_same_when_it_is_read(shop: CsvCheck, tmp_path: Path) -> None:
    review = decide_mapping(
        shop, suggested=SUGGESTED, overrides=MappingOverrides({"Handle": "sku"})
    )
    path = tmp_path / "mapping.json"

    save_mapping(path, review)

    assert load_mapping(path).targets == review.mapping()
    assert parse_overrides(file=path, skips=["Vendor"]).targets["Vendor"] is None


@pytest.mark.parametrize("content", ["not json", "[1]", '{"a": 3}', None])
def test_a_mapping_file_that_is_none_is_refused(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "mapping.json"
    if content is not None:
        path.write_text(content)

    with pytest.raises(BadMapping, match=r"mapping\.json"):
        load_mapping(path)


def test_a_review_survives_the_ledger(shop: CsvCheck) -> None:
    review = decide_mapping(shop, suggested=SUGGESTED)
    stored: Any = json.loads(json.dumps(review.to_json()))

    assert Review.from_json(stored) == review


def test_a_guess_without_a_server_maps_what_names_tell(shop: CsvCheck) -> None:
    assert guess_mapping(shop) == {
        "Handle": "handle",
        "Title": "name",
        "Variant SKU": "sku",
        "Vendor": "brand",
    }
    assert guess_mapping(shop, remembered={"Handle": "sku", "Vendor": None}) == {
        "Handle": "sku",
        "Title": "name",
        "Variant SKU": None,
        "Vendor": None,
    }


def test_a_new_field_has_the_type_of_every_cell_whatever_the_server_saw(
    catalogue: Callable[..., Path],
) -> None:
    """The server looked at its first rows; the file has a code with zeros far below them."""
    rows = [f"S{n},{n},{n}" for n in range(1, 1500)]
    check = check_csv(catalogue("sku,cost centre,stock", *rows, "X,007,5"))
    suggested = [{"name": "cost_centre", "type": "number"}]

    review = decide_mapping(check, suggested=guess_mapping(check), suggested_fields=suggested)

    assert {f["name"]: f["type"] for f in review.schema()} == {
        "cost_centre": "string",
        "stock": "number",
    }
