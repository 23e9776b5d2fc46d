"""CSV imports over the wire (contract §4.3)."""

from __future__ import annotations

import io

import pytest

from segops_tui.api.errors import Invalid, NotFound
from segops_tui.api.request import Upload

CATALOGUE = b"""\
Variant SKU,Title,Variant Price,Tags,Grams
A1,Chair,12.50,"oak, seat",900
A2,Stool,$7,,450
,Nameless,1,,1
A4,Table,cheap,,9000
"""


def upload(content: bytes, filename: str = "catalogue.csv", **more) -> Upload:
    return Upload(open=lambda: io.BytesIO(content), filename=filename, size=len(content), **more)


async def test_an_upload_says_what_the_file_holds_and_probably_means(caller):
    sent = []

    job = await caller(lambda c: c.products.import_csv(upload(CATALOGUE, progress=sent.append)))

    assert (job.status, job.total_rows, job.filename) == ("mapping", 4, "catalogue.csv")
    assert job.raw["id"] == job.raw["job_id"] == job.id
    assert job.headers == ["Variant SKU", "Title", "Variant Price", "Tags", "Grams"]
    assert job.sample_rows[1] == {
        "Variant SKU": "A2",
        "Title": "Stool",
        "Variant Price": "$7",
        "Tags": "",
        "Grams": "450",
    }
    assert job.suggested_mapping == {
        "Variant SKU": "sku",
        "Title": "name",
        "Variant Price": "price",
        "Tags": "tags",
        "Grams": "grams",
    }
    assert [(f["name"], f["type"]) for f in job.suggested_schema] == [
        ("price", "price"),
        ("tags", "array"),
        ("grams", "number"),
    ]
    assert sent[-1] >= len(CATALOGUE)


async def test_confirmed_rows_become_products_and_bad_ones_are_reported(caller):
    """Each value has its field's type; a bad row is counted, named and left out."""
    job = await caller(lambda c: c.products.import_csv(upload(CATALOGUE)))

    started = await caller(
        lambda c: c.products.import_confirm(
            job.id, mapping=job.suggested_mapping, schema=job.suggested_schema
        )
    )
    done = await caller(lambda c: c.products.import_status(job.id))
    products = await caller.all(lambda c: c.products.list())
    schema = await caller(lambda c: c.products.schema())

    assert started.raw == {"job_id": job.id, "status": "importing"}
    assert (done.status, done.processed_rows) == ("done", 4)
    assert (done.created_count, done.updated_count, done.error_rows) == (2, 0, 2)
    assert done.errors == [
        {"row": 3, "sku": "", "error": "sku: This field is required."},
        {"row": 4, "sku": "A4", "error": 'price: "cheap" is not a price.'},
    ]
    assert done.mapping == job.suggested_mapping
    assert [(p.sku, p.name, p.data, p.source) for p in products] == [
        (
            "A1",
            "Chair",
            {"price": {"amount": 12.5, "currency": "USD"}, "tags": ["oak", "seat"], "grams": 900},
            "csv",
        ),
        ("A2", "Stool", {"price": {"amount": 7, "currency": "USD"}, "grams": 450}, "csv"),
    ]
    assert [field.name for field in schema.fields] == ["price", "tags", "grams"]


async def test_an_import_updates_by_sku(caller):
    await caller(lambda c: c.products.create(sku="A1", name="Old", data={"legs": 4, "grams": 1}))
    job = await caller(lambda c: c.products.import_csv(upload(b"sku,grams\nA1,900\n")))

    await caller(lambda c: c.products.import_confirm(job.id))
    done = await caller(lambda c: c.products.import_status(job.id))
    (product,) = await caller.all(lambda c: c.products.list())

    assert (done.created_count, done.updated_count) == (0, 1)
    assert (product.name, product.data) == ("Old", {"legs": 4, "grams": 900})


@pytest.mark.parametrize("body", [{"confirmed": True}, {}, {"mapping": {"Id": "sku", "T": "skip"}}])
async def test_whatever_a_confirmation_leaves_out_is_filled_in(caller, body):
    """Also a name: without a column for it, the SKU is the name."""
    job = await caller(lambda c: c.products.import_csv(upload(b"Id,T\nA1,\n")))

    await caller(lambda c: c.http.request("POST", f"/pim/import/{job.id}/confirm/", body=body))
    (product,) = await caller.all(lambda c: c.products.list())

    assert (product.sku, product.name, product.data) == ("A1", "A1", {})


async def test_what_was_confirmed_once_beats_the_guess(caller):
    first = await caller(lambda c: c.products.import_csv(upload(b"SKU,Handle,Title\n1,h,t\n")))
    chosen = {"SKU": None, "Handle": "sku", "Title": "headline"}
    await caller(lambda c: c.products.import_confirm(first.id, mapping=chosen))

    second = await caller(lambda c: c.products.import_csv(upload(b"SKU,Handle,Title\n1,h,t\n")))

    assert second.suggested_mapping == chosen


async def test_an_empty_column_left_out_once_is_not_left_out_when_it_is_filled(caller):
    """Nobody decided anything about it: the next file's values are not thrown away."""
    first = await caller(lambda c: c.products.import_csv(upload(b"SKU,Type\n1,\n")))
    left_out = {"SKU": "sku", "Type": None}
    await caller(lambda c: c.products.import_confirm(first.id, mapping=left_out))

    second = await caller(lambda c: c.products.import_csv(upload(b"SKU,Type\n1,Ring\n")))

    assert second.suggested_mapping == {"SKU": "sku", "Type": "category"}


@pytest.mark.parametrize(
    ("content", "filename", "complaint"),
    [
        (b"sku\n1\n", "catalogue.txt", "The file's name must end in .csv."),
        (b"", "empty.csv", "The submitted file is empty."),
        (b"\n\n", "blank.csv", "The file has no header row."),
        (b"1,2\n3,4\n", "n.csv", "The file has no header row: the first line holds only numbers."),
        (b"sku\nA\xe9\n", "latin.csv", "The file is not UTF-8 (byte 5)."),
        (b"PK\x03\x04\0\0", "sheet.csv", "The file is not CSV: it contains binary data."),
        (b"sku\n" + b"1\n" * 100_001, "big.csv", "The file has more than 100,000 rows."),
        (b"x" * (1 << 21), "line.csv", "The file is not CSV: a line is longer than 1 MB."),
    ],
    ids=lambda value: value if isinstance(value, str) and value.endswith(".csv") else "",
)
async def test_a_file_an_import_cannot_take_is_refused(caller, content, filename, complaint):
    with pytest.raises(Invalid) as caught:
        await caller(lambda c: c.products.import_csv(upload(content, filename)))

    assert caught.value.fields == {"file": [complaint]}


async def test_no_file_is_refused(caller):
    with pytest.raises(Invalid) as caught:
        await caller(lambda c: c.http.request("POST", "/pim/import/csv/"))

    assert caught.value.fields == {"file": ["No file was submitted."]}


@pytest.mark.parametrize(
    ("mapping", "complaint"),
    [
        ({"b": "name"}, "A column must be mapped to sku."),
        ({"a": "sku", "b": "sku"}, '"sku" is mapped twice.'),
        ({"a": "sku", "z": "name"}, '"z" is not a column of the file.'),
        ({"a": "sku", "b": 7}, '"b": a field name is required.'),
    ],
)
async def test_a_mapping_that_makes_no_sense_is_refused(caller, mapping, complaint):
    job = await caller(lambda c: c.products.import_csv(upload(b"a,b\n1,2\n")))

    with pytest.raises(Invalid) as caught:
        await caller(lambda c: c.products.import_confirm(job.id, mapping=mapping))

    assert caught.value.fields == {"mapping": [complaint]}


async def test_an_import_is_confirmed_once(caller):
    job = await caller(lambda c: c.products.import_csv(upload(b"sku\n1\n")))
    await caller(lambda c: c.products.import_confirm(job.id))

    with pytest.raises(Invalid, match="not waiting for a mapping"):
        await caller(lambda c: c.products.import_confirm(job.id))


async def test_earlier_imports_are_listed(caller):
    for _ in range(2):
        await caller(lambda c: c.products.import_csv(upload(b"sku\n1\n")))

    assert [job.id for job in await caller.all(lambda c: c.products.imports(page_size=1))] == [1, 2]


async def test_an_unknown_import_is_not_found(caller):
    for call in (lambda c: c.products.import_status(9), lambda c: c.products.import_confirm(9)):
        with pytest.raises(NotFound):
            await caller(call)
