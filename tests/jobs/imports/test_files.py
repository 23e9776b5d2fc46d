"""Compressed files, archives and workbooks are read as the table they hold."""

from __future__ import annotations

import bz2
import datetime
import gzip
import io
import lzma
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from segops_tui.jobs.imports.check import check_csv
from segops_tui.jobs.imports.errors import BadFile, ReadingUnclear
from segops_tui.jobs.imports.files import containers
from segops_tui.jobs.imports.files.encoding import guesses, is_certain
from segops_tui.jobs.imports.files.excel import cell_text
from segops_tui.jobs.imports.files.options import ReadOptions
from segops_tui.jobs.imports.split import require_unchanged
from tests.jobs.imports.test_rows import arrives, sent, written

if TYPE_CHECKING:
    from pathlib import Path

TABLE = "sku;name\nA;Grün\nB;Größe\n".encode("cp1252")
ROWS = [["sku", "name"], ["A", "Grün"], ["B", "Größe"]]


def zipped(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            # With the time that `ZipInfo` has, and not the present one.
            member = zipfile.ZipInfo(name.replace("__", "/").replace("_", "."))
            archive.writestr(member, content, zipfile.ZIP_DEFLATED)
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(TABLE, mtime=0),
        bz2.compress(TABLE),
        lzma.compress(TABLE),
        zipped(list_csv=TABLE, notes_pdf=b"%PDF"),
        zipped(folder__list_txt=TABLE),
    ],
    ids=["gzip", "bzip2", "xz", "zip", "zip of a folder"],
)
def test_a_packed_file_is_read_like_the_file_in_it(tmp_path: Path, content: bytes) -> None:
    path = written(tmp_path, content)

    check = check_csv(path)

    assert sent(path, check) == ROWS
    assert check.layout.size == len(content)
    require_unchanged(path, check.layout)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (zipped(), "zip archive with no CSV file"),
        (zipped(a_csv=b"sku\nA\n", b_csv=b"sku\nB\n"), "2 CSV files"),
        (gzip.compress(TABLE, mtime=0)[:-12], "compressed, and damaged"),
        (lzma.compress(TABLE)[:-20], "compressed, and damaged"),
        (zipped(list_csv=TABLE)[:60], "damaged zip archive"),
    ],
    ids=["empty", "two files", "half a gzip", "half an xz", "half a zip"],
)
def test_what_holds_no_single_table_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(BadFile, match=words) as refused:
        check_csv(written(tmp_path, content))

    assert refused.value.hint


def test_a_bomb_is_refused_before_it_fills_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(containers, "_FREE", 1 << 16)
    path = written(tmp_path, gzip.compress(b"sku,name\n" + b"A,Tee\n" * 200_000))

    with pytest.raises(BadFile, match="unpacks to more than"):
        check_csv(path)


SHEET = """<?xml version="1.0"?>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>"""


def workbook(**sheets: list[list[str]]) -> bytes:
    """A workbook by hand; cells are XML: `<v>1</v>` a number, `<is>…` a text, `s="1"` a date."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    names = list(sheets)
    entries = "".join(
        f'<sheet name="{name}" sheetId="{n}" r:id="r{n}"/>' for n, name in enumerate(names, 1)
    )
    links = "".join(
        f'<Relationship Id="r{n}" Type="{office}/worksheet" Target="worksheets/s{n}.xml"/>'
        for n in range(1, len(names) + 1)
    )
    links += f'<Relationship Id="st" Type="{office}/styles" Target="styles.xml"/>'
    files = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="a"'
        f' Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>{entries}'
        "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">{links}'
        "</Relationships>",
        "xl/styles.xml": f'<styleSheet xmlns="{main}"><cellXfs count="2"><xf numFmtId="0"/>'
        '<xf numFmtId="14"/></cellXfs></styleSheet>',
    }
    for number, rows in enumerate(sheets.values(), 1):
        cells = "".join(
            "<row>" + "".join(f"<c {cell}</c>" for cell in row) + "</row>" for row in rows
        )
        files[f"xl/worksheets/s{number}.xml"] = SHEET.format(cells)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return file.getvalue()


def text(value: str) -> str:
    return f't="inlineStr"><is><t>{value}</t></is>'


CELLS = [
    [text("sku"), text("name"), text("price"), text("since")],
    [text("007"), text("Tee, red"), "><v>12.5</v>", 's="1"><v>45413</v>'],
    ["><v>8</v>", text("Cap"), "><v>0.30000000000000004</v>", "><v>4000000000001</v>"],
]


def test_a_sheet_arrives_as_it_is_shown(tmp_path: Path) -> None:
    pytest.importorskip("python_calamine")

    assert arrives(written(tmp_path, workbook(Products=CELLS, Empty=[]), "list.xlsx")) == [
        ["sku", "name", "price", "since"],
        ["007", "Tee, red", "12.5", "2024-05-01"],
        ["8", "Cap", "0.3", "4000000000001"],
    ]


def test_one_of_several_sheets_is_chosen(tmp_path: Path) -> None:
    pytest.importorskip("python_calamine")
    path = written(tmp_path, workbook(Products=CELLS, Prices=CELLS[:2]), "list.xlsx")

    with pytest.raises(ReadingUnclear, match="2 sheets: Products and Prices") as asked:
        check_csv(path)
    with pytest.raises(BadFile, match='no sheet "Costs"'):
        check_csv(path, read=ReadOptions(sheet="Costs"))

    assert [choice.options.sheet for choice in asked.value.choices] == ["Products", "Prices"]
    assert len(arrives(path, sheet="prices")) == 2


def test_without_the_extra_a_workbook_is_refused_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    path = written(tmp_path, workbook(Products=CELLS), "list.xlsx")

    with pytest.raises(BadFile, match="needs the extra excel") as refused:
        check_csv(path)

    assert 'pip install "segops-tui[excel]"' in str(refused.value.hint)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""),
        (True, "true"),
        (5.0, "5"),
        (0.1 + 0.2, "0.3"),
        (1e-7, "0.0000001"),
        (123456789012.25, "123456789012.25"),
        (1e20, "100000000000000000000"),
        (datetime.datetime(2024, 5, 1, 0, 0), "2024-05-01"),
        (datetime.datetime(2024, 5, 1, 12, 30), "2024-05-01T12:30:00"),
        ("007", "007"),
    ],
)
def test_a_cell_is_text_as_it_is_shown(value: object, shown: str) -> None:
    assert cell_text(value) == shown


@pytest.mark.parametrize(
    ("words", "encoding"),
    [
        ("Žluťoučký kůň", "cp1250"),
        ("Łańcuch złoty", "cp1250"),
        ("Žluťoučký kůň", "iso8859-2"),
        ("Größe „smart“ – €5", "cp1252"),
        ("Crème brûlée", "cp1252"),
        ("Señorita niño", "cp1252"),
        ("Crème brûlée", "mac-roman"),
        ("Größe für Müller", "cp437"),
        ("Καρέκλα ξύλινη", "cp1253"),
        ("Çağdaş ışık sandalye", "cp1254"),
        ("Лампа настольная", "cp1251"),
        ("Лампа настольная", "koi8-r"),
        ("Лампа настольная", "cp866"),
        ("日本語 テスト", "cp932"),
        ("茶杯 椅子", "gb18030"),
    ],
)
def test_letters_prove_an_encoding(words: str, encoding: str) -> None:
    found = guesses(f"A1;{words};12,50\n".encode(encoding))

    assert is_certain(found)
    assert words in found[0].text


@pytest.mark.parametrize(
    ("words", "encoding"),
    [("Tęcza", "cp1250"), ("Стул", "cp1251"), ("양말 바지", "cp949"), ("Şık gömlek", "cp1254")],
)
def test_too_few_letters_are_asked_about_with_cells_of_each_reading(
    tmp_path: Path, words: str, encoding: str
) -> None:
    path = written(tmp_path, f"sku;name\nA1;{words}\n".encode(encoding))

    with pytest.raises(ReadingUnclear, match="encoding is not certain") as asked:
        check_csv(path)

    assert (words,) in [choice.cells for choice in asked.value.choices]
    assert "--encoding" in str(asked.value.hint)
    assert arrives(path, encoding=encoding)[1] == ["A1", words]


def test_an_encoding_that_cannot_be_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "sku;name\nA1;Größe\n".encode("cp1252"))

    with pytest.raises(BadFile, match=r"not UTF-8: the bytes f6 df 65 0a are no letter") as refused:
        check_csv(path, read=ReadOptions(encoding="utf-8"))

    assert refused.value.hint == "Give another --encoding."
