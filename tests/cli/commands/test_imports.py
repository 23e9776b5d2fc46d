"""`products import`: check, map, confirm, report; real catalogues where they are at hand."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Program

DATA = Path(__file__).parents[4] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the real catalogues are not here")

SHOPIFY = """Handle,Title,Vendor,Variant SKU,Variant Price
tee,Plain tee,Acme,,10.00
mug,Big mug,Acme,,12.50
"""


@pytest.fixture
def sample(tmp_path: Path, sample_bytes: bytes) -> Path:
    file = tmp_path / "sample.csv"
    file.write_bytes(sample_bytes)
    return file


@pytest.fixture
def shopify(tmp_path: Path) -> Path:
    file = tmp_path / "shopify.csv"
    file.write_text(SHOPIFY)
    return file


@pytest.mark.usefixtures("whole_shop")
def test_rejected_rows_are_reported_and_exit_6(changing: Program, sample: Path) -> None:
    ended = changing("products", "import", str(sample), "--yes")

    summary, _, header, *rows = ended.out.splitlines()
    assert ended.code == 6
    assert summary == "251 rows: 228 created, 20 updated, 3 rejected"
    assert header.split() == ["LINE", "SKU", "REASON"]
    assert [row.split()[0] for row in rows] == ["43", "136", "194"]
    assert "product_id" not in ended.err
    assert "the server's suggestion" in ended.err


def test_rejected_rows_are_written_as_they_were(
    changing: Program, sample: Path, tmp_path: Path
) -> None:
    rejected = tmp_path / "rejected.csv"

    ended = changing(
        "products", "import", str(sample), "--yes", "--allow-errors", "--errors", str(rejected)
    )

    with sample.open(newline="") as file:
        rows = list(csv.DictReader(file))
    with rejected.open(newline="") as file:
        written = list(csv.DictReader(file))
    assert ended.code == 0
    reasons = [row.pop("reason") for row in written]
    assert written == [rows[41], rows[134], rows[192]]
    assert reasons[1] == 'price: "on request" is not a price.'


def test_the_report_is_data(changing: Program, sample: Path) -> None:
    ended = changing("products", "import", str(sample), "--yes", "-o", "json", "--quiet")

    assert ended.code == 6
    assert ended.data["created"] == 248
    assert ended.data["mapping"]["sku"] == "sku"
    assert [error["row"] for error in ended.data["errors"]] == [42, 135, 193]
    assert [error["line"] for error in ended.data["errors"]] == [43, 136, 194]


def test_without_a_terminal_it_wants_a_yes_before_anything_leaves(
    changing: Program, sample: Path
) -> None:
    ended = changing("products", "import", str(sample))

    assert ended.code == 2
    assert "Import 251 rows into profile 'sandbox'?" in ended.err
    assert "--yes" in ended.err
    assert changing("jobs", "list", "-o", "json").data == []
    assert "sample.csv" not in changing("products", "imports").out


def test_without_a_terminal_a_file_whose_columns_map_cleanly_is_imported(
    changing: Program, tmp_path: Path
) -> None:
    """As the vendor's own command does, which never asks."""
    file = tmp_path / "users.csv"
    file.write_text("sku,name,price\nA-1,Alpha,3\nA-2,Beta,4\n")

    ended = changing("products", "import", str(file))
    piped = changing("products", "import", "-", input=file.read_bytes())

    assert (ended.code, piped.code) == (0, 0), ended.err
    assert ended.out == "2 rows: 2 created, 0 updated, 0 rejected\n"
    assert piped.out == "2 rows: 0 created, 2 updated, 0 rejected\n"
    assert "every column maps cleanly, so it is imported without a question" in ended.err


@pytest.mark.parametrize(
    "text",
    [
        "sku,name,price\nA-1,Alpha,3\n,Beta,4\n",
        "sku,name,price\nA-1,Alpha,on request\nA-2,Beta,4\n",
    ],
)
def test_without_a_terminal_anything_less_wants_a_yes_before_it_is_sent(
    changing: Program, tmp_path: Path, text: str
) -> None:
    file = tmp_path / "users.csv"
    file.write_text(text)

    ended = changing("products", "import", str(file))

    assert ended.code == 2
    assert "Not every column maps cleanly. Without a terminal, confirm with --yes." in ended.err
    assert changing("jobs", "list", "-o", "json").data == []
    assert "users.csv" not in changing("products", "imports").out


def test_an_empty_sku_column_is_named_and_another_proposed(
    changing: Program, shopify: Path
) -> None:
    ended = changing("products", "import", str(shopify), "--yes")

    assert (ended.code, ended.out) == (2, "")
    assert '"Variant SKU" is empty in every row' in ended.err
    assert '--map "Handle=sku" --skip "Variant SKU"' in ended.err
    assert changing("jobs", "list", "-o", "json").data == []


def test_the_proposed_mapping_imports(changing: Program, shopify: Path) -> None:
    ended = changing(
        "products", "import", str(shopify), "--yes", "--map", "Handle=sku", "--skip", "Variant SKU"
    )

    assert ended.code == 0
    assert ended.out == "2 rows: 2 created, 0 updated, 0 rejected\n"
    found = changing("products", "list", "-q", "Big mug", "-o", "json").data
    assert [product["sku"] for product in found] == ["mug"]


def test_a_mapping_is_saved_and_used_again(
    changing: Program, shopify: Path, tmp_path: Path
) -> None:
    saved = tmp_path / "mapping.json"
    overrides = ("--map", "Handle=sku", "--skip", "Variant SKU", "--save-mapping", str(saved))

    changing("products", "import", str(shopify), "--yes", *overrides)
    again = changing("products", "import", str(shopify), "--yes", "--mapping", str(saved))

    assert json.loads(saved.read_text())["Handle"] == "sku"
    assert again.out == "2 rows: 0 created, 2 updated, 0 rejected\n"


def test_a_dry_run_shows_the_mapping_of_the_real_run(changing: Program, shopify: Path) -> None:
    """What an earlier import decided, and the same guesses by names; each says whose it is."""
    options = ("--map", "Handle=sku", "--map", "Title=headline", "--skip", "Variant SKU")
    changing("products", "import", str(shopify), "--yes", *options)

    dry = changing("products", "import", str(shopify), "--dry-run")
    real = changing("products", "import", str(shopify), "--yes", "-o", "json")

    assert dry.data["dry_run"]["body"] == {"file": "shopify.csv"}
    shown = [line.split() for line in dry.err.splitlines() if line.startswith(("Title", "Vendor"))]
    assert [words[1] for words in shown] == ["headline", "brand"]
    assert "as in an earlier import" in dry.err
    assert "the server's suggestion" not in dry.err
    assert real.data["mapping"] == {
        "Handle": "sku",
        "Title": "headline",
        "Vendor": "brand",
        "Variant SKU": None,
        "Variant Price": "price",
    }


def test_what_the_real_run_refuses_a_dry_run_refuses(changing: Program, shopify: Path) -> None:
    dry = changing("products", "import", str(shopify), "--dry-run")
    real = changing("products", "import", str(shopify), "--yes")

    assert (dry.code, dry.out) == (real.code, real.out) == (2, "")
    assert dry.err.splitlines()[-2:] == real.err.splitlines()[-2:]
    assert '"Variant SKU" is empty in every row' in dry.err


def test_a_refused_mapping_leaves_nothing_on_the_server(changing: Program, shopify: Path) -> None:
    before = changing("products", "imports", "-o", "json").data

    changing("products", "import", str(shopify), "--yes")

    assert changing("products", "imports", "-o", "json").data == before


def test_an_import_is_undone_after_a_question(changing: Program, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("sku,name\nNW-JKT-00001,Changed\nUNDO-1,New\n")
    before = changing("products", "get", "1", "-o", "json").data
    changing("products", "import", str(path), "--yes", "--diff")
    number = str(changing("products", "imports", "-o", "json").data[-1]["id"])
    command = ("products", "imports", "undo", number)

    unasked = changing(*command)
    dry = changing(*command, "--dry-run")
    read_only = changing(*command, "--yes", "--read-only")
    done = changing(*command, "--yes")

    assert unasked.code == 2
    assert "delete 1 created product and restore 1 changed product? Without a" in unasked.err
    assert dry.data["dry_run"]["method"] == "DELETE"
    assert (read_only.code, read_only.out) != (0, done.out)
    assert (done.code, done.out) == (0, "1 deleted, 1 restored\n")
    after = changing("products", "get", "1", "-o", "json").data
    assert (after["name"], after["data"]) == (before["name"], before["data"])
    assert changing("products", "list", "-q", "New", "-o", "name").out.count("UNDO") == 0


def test_an_import_is_undone_by_its_files_name(changing: Program, tmp_path: Path) -> None:
    """`list` lists, a name that nothing has is told of, and so is another verb."""
    path = tmp_path / "named.csv"
    path.write_text("sku,name\nUNDO-1,New\n")
    changing("products", "import", str(path), "--yes")

    listed = changing("products", "imports", "list", "-o", "json")
    unknown = changing("products", "imports", "undo", "name.csv", "--yes")
    odd = changing("products", "imports", "show", "1")
    done = changing("products", "imports", "undo", "named.csv", "--yes")

    assert listed.data == changing("products", "imports", "-o", "json").data[: len(listed.data)]
    assert unknown.code == 5
    assert "There is no import 'name.csv'. Did you mean 'named.csv'?" in unknown.err
    assert "list what exists: segops-tui products imports" in unknown.err
    assert (odd.code, "There is no verb 'show'." in odd.err) == (2, True)
    assert (done.code, done.out) == (0, "1 deleted, 0 restored\n")


def test_an_import_that_only_changed_products_cannot_be_undone_without_a_copy(
    changing: Program, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("sku,name\nNW-JKT-00001,Changed\n")
    changing("products", "import", str(path), "--yes")
    number = str(changing("products", "imports", "-o", "json").data[-1]["id"])

    ended = changing("products", "imports", "undo", number, "--yes")

    assert (ended.code, ended.out) == (2, "")
    assert "no copy of those products was kept" in ended.err
    assert changing("products", "imports", "undo").code == 2
    assert changing("products", "imports", "redo", number).code == 2
    unknown = changing("products", "imports", "undo", "999", "--yes")
    assert unknown.code == 5
    assert "segops-tui products imports" in unknown.err


def test_a_wide_file_is_told_in_a_few_lines(changing: Program, tmp_path: Path) -> None:
    path, columns = tmp_path / "wide.csv", 400
    headers = ",".join(f"attr{n}" for n in range(columns))
    path.write_text(f"{headers},sku,name,Vendor\n{','.join('x' * columns)},A,Apple,Fern\n")

    ended = changing("products", "import", str(path), "--yes", "--map", "attr399=material")

    assert ended.code == 0
    assert len(ended.err.splitlines()) < 60
    shown = [line.split()[:2] for line in ended.err.splitlines()]
    for words in (["sku", "sku"], ["Vendor", "brand"], ["attr399", "material"], ["attr0", "attr0"]):
        assert words in shown
    assert "363 further columns become new fields: attr36, attr37" in ended.err


def test_values_that_a_field_does_not_take_are_told_before_the_upload(
    changing: Program, tmp_path: Path
) -> None:
    """The first file made a number field; the second has words, and the first row of neither."""
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    first.write_text("sku,name,Published\nW1,One,1\nW2,Two,0\n")
    second.write_text("Handle,Title,Published\n\ns1,Tee,1\ns2,Cap,false\ns3,Mug,true\n")
    changing("products", "import", str(first), "--yes")
    command = ("products", "import", str(second), "--map", "Handle=sku")

    dry = changing(*command, "--dry-run", "--diff")
    real = changing(*command, "--yes", "--errors", str(tmp_path / "rejected.csv"))
    mended = changing(*command, "--yes", "--map", "Published=published_text")

    told = (
        '"Published": 2 values not taken, first "false" in line 4:'
        " the existing field published has the type number. These rows will be rejected."
    )
    assert told in dry.err
    assert told in real.err
    assert '--map "Published=published_text"' in dry.err
    assert "2 of 3 rows will be rejected." in dry.err
    assert "1 new, 0 changed, 0 unchanged, 2 will be rejected" in dry.err
    assert real.out.splitlines()[0] == "3 rows: 1 created, 0 updated, 2 rejected"
    assert mended.out == "3 rows: 2 created, 1 updated, 0 rejected\n"


def test_without_waiting_the_import_goes_on_by_itself(changing: Program, sample: Path) -> None:
    started = changing("products", "import", str(sample), "--yes", "--no-wait", "--quiet")
    [job] = changing("jobs", "list", "-o", "json").data

    resumed = changing("jobs", "resume", job["id"], "-o", "json")

    assert started.code in {0, 6}
    assert resumed.code in {0, 6}
    assert changing("jobs", "show", job["id"], "-o", "json").data["result"]["created"] == 248


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("missing.csv", None, "no file"),
        ("empty.csv", b"", "empty"),
        ("picture.csv", b"\x89PNG\r\n\x1a\n\x00\x00\x00", "picture.csv"),
        ("header.csv", b"sku,name\n", "header.csv"),
    ],
)
def test_a_file_that_is_no_catalogue_is_refused_in_one_message(
    changing: Program, tmp_path: Path, name: str, content: bytes | None, words: str
) -> None:
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content)

    ended = changing("products", "import", str(file), "--yes")

    assert (ended.code, ended.out) == (2, "")
    assert words in ended.err
    assert ended.err.count("error:") == 1
    assert changing("jobs", "list", "-o", "json").data == []


def test_a_wish_for_a_column_that_is_not_there_is_refused(changing: Program, shopify: Path) -> None:
    ended = changing("products", "import", str(shopify), "--yes", "--map", "Handel=sku")

    assert ended.code == 2
    assert "Handel" in ended.err


@needs_data
@pytest.mark.parametrize("name", ["apparel.csv", "jewelery.csv"])
def test_a_real_shopify_export_imports_by_its_handle(changing: Program, name: str) -> None:
    file = str(DATA / name)

    refused = changing("products", "import", file, "--yes")
    overrides = ("--map", "Handle=sku", "--skip", "Variant SKU")
    done = changing("products", "import", file, "--yes", *overrides, "-o", "json")

    assert refused.code == 2
    assert '--map "Handle=sku"' in refused.err
    assert done.code == 0
    assert done.data["created"] == 20


@needs_data
@pytest.mark.thorough
def test_a_real_marketplace_catalogue_imports(changing: Program) -> None:
    file = str(DATA / "olist_products.csv")

    ended = changing("products", "import", file, "--yes")

    assert ended.code == 0
    assert ended.out == "32,951 rows: 32,951 created, 0 updated, 0 rejected\n"
