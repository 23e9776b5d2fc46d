"""What will become of the rows is known, and told, before a byte is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from segops_tui.jobs.engine.runner import run_job
from segops_tui.jobs.imports.check import check_csv
from segops_tui.jobs.imports.forecast import foresee, needs_forecast
from segops_tui.jobs.imports.mapping import MappingOverrides, preview_mapping
from segops_tui.jobs.imports.plan import start_import
from segops_tui.jobs.imports.review import Review
from segops_tui.jobs.registry import plan_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from segops_tui.jobs.engine.ledger import Ledger

FIELDS = [
    {"name": "stock", "type": "number", "required": False},
    {"name": "on_sale", "type": "boolean", "required": False},
    {"name": "brand", "type": "string", "required": True},
]


def reviewed(path: Path, fields: Any = FIELDS, **overrides: str | None) -> Review:
    check = check_csv(path)
    review = preview_mapping(
        check, overrides=MappingOverrides(overrides), existing_fields=fields, currency="USD"
    )
    return foresee(path, check, review)


def told(review: Review) -> list[str]:
    return [finding.text for finding in review.findings]


def test_rows_that_fields_do_not_take_are_counted_once_with_a_first_value(
    catalogue: Callable[..., Path],
) -> None:
    path = catalogue(
        "sku,name,brand,stock,on sale",
        "A,Apple,Fern,5,yes",
        "",
        "B,Bread,Fern,none,maybe",
        "C,Corn,,7,no",
        "D,Dates,Fern,many,true",
    )

    review = reviewed(path)

    assert review.rejected == 3
    assert told(review) == [
        '"stock": 2 values not taken, first "none" in line 4:'
        " the existing field stock has the type number. These rows will be rejected.",
        '"on sale": 1 value not taken, first "maybe" in line 4:'
        " the existing field on_sale has the type boolean. These rows will be rejected.",
        'The schema requires "brand", which 1 row lacks: rejected, the first in line 5.',
        "3 of 4 rows will be rejected.",
    ]
    assert '--map "stock=stock_text"' in review.findings[0].hint
    assert '--skip "stock"' in review.findings[0].hint


def test_what_no_number_is_written_like_is_named_and_not_rejected(
    catalogue: Callable[..., Path],
) -> None:
    review = reviewed(catalogue("sku,name,brand,stock", "A,Apple,Fern,5", "B,Bread,Fern,1.10"))

    assert review.rejected == 0
    (text,) = told(review)
    assert text.startswith(
        '"stock": 1 value would be written differently as a number, first "1.10" in line 3'
    )


def test_a_column_of_skus_with_holes_says_what_would_happen_and_proposes_another(
    catalogue: Callable[..., Path],
) -> None:
    path = catalogue(
        "Handle,Title,Variant SKU",
        "tee,Tee,T-1",
        "tee,,T-2",
        "mug,Mug,",
        "hat,Hat,",
    )

    (missing, rejected) = [f for f in reviewed(path, []).findings if f.code != "no-name"]

    assert missing.text == (
        '"Variant SKU" is empty in 2 of 4 rows, which will be rejected; 1 of 2 products will have'
        ' no name but the SKU. "Handle" has a value in every row (3 distinct).'
    )
    assert missing.hint == '--map "Handle=sku" --skip "Variant SKU"'
    assert rejected.text == "2 of 4 rows will be rejected."


def test_a_file_that_fits_is_not_read_again(catalogue: Callable[..., Path]) -> None:
    path = catalogue("sku,name,brand,stock,on sale", "A,Apple,Fern,5,1", "B,Bread,Fern,,no")
    check = check_csv(path)
    review = preview_mapping(check, existing_fields=FIELDS, currency="USD")

    assert not needs_forecast(check, review)
    assert foresee(path, check, review) is review


def test_as_many_rows_are_rejected_as_was_forecast(
    client: Any, ledger: Ledger, catalogue: Callable[..., Path], unix: Any
) -> None:
    """A price by its name, a mark of unknown currency, a long SKU, too many cells, no SKU."""
    client.products.replace_schema(fields=FIELDS[:2], default_currency="EUR")
    path = catalogue(
        "sku,name,price,stock,on sale",
        "A,Apple,5 kr,007,yes",
        f"{'x' * 256},Bread,5,1,no",
        "C,Corn,5,1,no,extra",
        ",Dates,5,1,no",
        'E,Egg,"1.299,50 €","1,5",',
        "F,Fig,on request,,",
        "G,Grape,0.99,1e3,TRUE",
    )
    schema = client.products.schema()
    check = check_csv(path)
    review = preview_mapping(
        check, existing_fields=[f.raw for f in schema.fields], currency=schema.default_currency
    )

    forecast = foresee(path, check, review)
    job = start_import(ledger, path=path, profile="sandbox")
    done = run_job(plan_of(job), job, client, ledger, clock=unix)

    assert forecast.rejected == done.result["rejected"] == 6
    assert [error["row"] for error in done.result["errors"]] == [1, 2, 3, 4, 5, 6]
