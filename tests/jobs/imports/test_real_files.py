"""Every kind of real catalogue arrives exactly, or is refused with the line, cause and remedy.

A case has the bytes of a file and the rows that an independent reader finds in them: `csv.reader`
with the dialect written here, or a list written by hand. The file goes through the real import
into a sandbox, and every cell is compared with what the catalogue then holds.
"""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import lzma
import re
import string
import zipfile
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from segops_tui.api.errors import SegOpsError
from segops_tui.jobs.engine.runner import run_job
from segops_tui.jobs.imports.check import check_csv
from segops_tui.jobs.imports.errors import MappingNeeded
from segops_tui.jobs.imports.files.options import ReadOptions
from segops_tui.jobs.imports.mapping import MappingOverrides
from segops_tui.jobs.imports.plan import choose_mapping, start_import
from segops_tui.jobs.registry import plan_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.ledger import Ledger
    from segops_tui.jobs.imports.findings import Finding

SHARED = Path(__file__).parents[4] / "shared" / "cases" / "imports"

Row = list[str]


class Dialect:
    """An independent reader; `above` is how many lines stand above the header."""

    def __init__(
        self, delimiter: str = ",", encoding: str = "utf-8-sig", *, above: int = 0, **how: Any
    ) -> None:
        self.delimiter, self.encoding, self.above, self.how = delimiter, encoding, above, how

    def rows(self, content: bytes) -> list[tuple[int, Row]]:
        """The line on which each row that is not blank begins, and its cells; the header first."""
        text = io.StringIO(content.decode(self.encoding), newline="")
        for _ in range(self.above):
            text.readline()
        reader = csv.reader(text, delimiter=self.delimiter, strict=True, **self.how)
        found, line = [], self.above + 1
        for row in reader:
            if any(map(str.strip, row)):
                found.append((line, row))
            line = self.above + reader.line_num + 1
        return found


class Written:
    """Rows written by hand, the header first, on these lines (without them, one after another)."""

    def __init__(self, *rows: str, lines: Iterable[int] | None = None) -> None:
        self._rows = [row.split("|") for row in rows]
        self._lines = list(lines or range(1, len(rows) + 1))

    def rows(self, _content: bytes) -> list[tuple[int, Row]]:
        """The line of each row, and its cells."""
        return list(zip(self._lines, self._rows, strict=True))


@dataclass(frozen=True)
class Refusal:
    """The message of an import that stops: its cause, its line if it has one, and a remedy."""

    cause: str
    remedy: str
    line: int | None = None


@dataclass(frozen=True)
class Case:
    """A file and its outcome: refused, or arriving (by `options` and `maps` if refused first)."""

    name: str
    rows: Dialect | Written | None = None
    content: bytes | None = None
    """None: the file of that name in the shared folder."""
    refused: Refusal | None = None
    """What happens without `options` and `maps`."""
    options: ReadOptions = field(default_factory=ReadOptions)
    maps: Mapping[str, str | None] = field(default_factory=dict)
    rejected: Mapping[int, str] = field(default_factory=dict)
    """Lines that the server rejects, and a pattern of the reason."""
    told: tuple[str, ...] = ()
    """Patterns of findings that must be shown before anything is sent."""
    decimal: str = "."
    amounts: Mapping[str, str] = field(default_factory=dict)
    """Prices whose amount is not simply their digits around the decimal mark."""

    def read(self) -> bytes:
        """The bytes of the file."""
        return (SHARED / self.name).read_bytes() if self.content is None else self.content


def arrives(name: str, content: bytes, rows: Dialect | Written, **more: Any) -> Case:
    """A file of ours that arrives exactly."""
    return Case(name, rows, content, **more)


def refused(name: str, content: bytes, cause: str, remedy: str, **more: Any) -> Case:
    """A file of ours that is refused, unless `options` or `maps` let it arrive."""
    line = more.pop("line", None)
    return Case(name, more.pop("rows", None), content, Refusal(cause, remedy, line), **more)


def text_of(*lines: str, end: str = "\n") -> str:
    """Lines of a file."""
    return "".join(line + end for line in lines)


def lines_of(*lines: str, encoding: str = "utf-8", end: str = "\n") -> bytes:
    """The bytes of a file of these lines."""
    return text_of(*lines, end=end).encode(encoding)


def zipped(**members: bytes) -> bytes:
    """A zip archive of CSV files."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.csv", content)
    return file.getvalue()


PLAIN = lines_of("sku,name,note", "R1,Rope,blue", "R2,Hook,red")
SEMICOLONS = Dialect(";")
DIGITS = "".join(f"{n},Cup {n},{4_100_000_000_000 + n},{n}\n" for n in range(1, 241)).encode()
"""Rows of numbers, long enough to hide one that is not."""

OWN = (
    arrives("plain", PLAIN, Dialect()),
    # Text encodings
    arrives("utf-8 with a mark", b"\xef\xbb\xbf" + PLAIN, Dialect()),
    arrives(
        "utf-8 with two marks",
        b"\xef\xbb\xbf" * 2 + PLAIN,
        Written("sku|name|note", "R1|Rope|blue", "R2|Hook|red"),
    ),
    arrives(
        "utf-16 le with a mark",
        "\ufeff".encode("utf-16-le") + PLAIN.decode().encode("utf-16-le"),
        Dialect(encoding="utf-16"),
    ),
    arrives(
        "utf-16 be with a mark",
        "\ufeff".encode("utf-16-be") + PLAIN.decode().encode("utf-16-be"),
        Dialect(encoding="utf-16"),
    ),
    arrives(
        "utf-16 without a mark", PLAIN.decode().encode("utf-16-le"), Dialect(encoding="utf-16-le")
    ),
    arrives("utf-32 with a mark", PLAIN.decode().encode("utf-32"), Dialect(encoding="utf-32")),
    arrives(
        "cp1250",
        lines_of("sku;name", "H1;Hůl škoda", "H2;Žebřík ťuk", encoding="cp1250"),
        Dialect(";", "cp1250"),
    ),
    arrives(
        "cp1251",
        lines_of("sku;name", "H1;Молоток", "H2;Пила ручная", encoding="cp1251"),
        Dialect(";", "cp1251"),
    ),
    arrives(
        "cp1253",
        lines_of("sku;name", "H1;Σφυρί", "H2;Πριόνι χειρός", encoding="cp1253"),
        Dialect(";", "cp1253"),
    ),
    arrives(
        "Mac Roman",
        lines_of("sku;name", "H1;Größe für Öfen", "H2;Tür", encoding="mac_roman"),
        Dialect(";", "mac_roman"),
    ),
    arrives(
        "cp437",
        lines_of("sku;name", "H1;Größe für Öfen", "H2;Tür", encoding="cp437"),
        Dialect(";", "cp437"),
    ),
    arrives(
        "Shift JIS",
        lines_of("sku,name", "H1,金づち", "H2,のこぎり", encoding="shift_jis"),
        Dialect(encoding="shift_jis"),
    ),
    # Line ends and control characters
    arrives(
        "a lone CR ends a line",
        b"sku,name\nR1,Rope\rR2,Hook\r\nR3,Reel\n",
        Written("sku|name", "R1|Rope", "R2|Hook", "R3|Reel"),
    ),
    arrives(
        "a lone CR ends a line of semicolons",
        b"sku;name\nR1;Rope\rR2;Hook\r\nR3;Reel\n",
        Written("sku|name", "R1|Rope", "R2|Hook", "R3|Reel"),
    ),
    arrives("CR alone", b"sku,name\rR1,Rope\rR2,Hook\r", Written("sku|name", "R1|Rope", "R2|Hook")),
    arrives(
        "CR CR LF",
        PLAIN.replace(b"\n", b"\r\r\n"),
        Written("sku|name|note", "R1|Rope|blue", "R2|Hook|red", lines=[1, 3, 5]),
    ),
    arrives("CR in a quoted cell", b'sku;name\nR1;"Rope\rthin"\nR2;"a\r\nb"\n', Dialect(";")),
    arrives(
        "end of file mark", PLAIN + b"\x1a", Written("sku|name|note", "R1|Rope|blue", "R2|Hook|red")
    ),
    refused("NUL in a cell", b"sku,name\nR1,Rope\nR2,Ho\0ok\n", "NUL", "", line=3),
    arrives(
        "odd line separators in cells",
        lines_of(
            "sku,name,note", "R1,a\u2028b,c\x85d\x0be\x0cf", "R2,e\u0301,\U0001f469\u200d\U0001f467"
        ),
        Dialect(),
    ),
    # Delimiters
    arrives(
        "semicolons, and commas in cells",
        lines_of("sku;name;note", "R1;Rope, thin;a, b, c", "R2;Hook;d"),
        SEMICOLONS,
    ),
    arrives(
        "a delimiter inside most cells",
        lines_of("sku,name,colours", *(f"R{n},Rope {n},red;green;blue" for n in range(30))),
        Dialect(),
    ),
    arrives(
        "sep= above the header",
        lines_of("sep=;", "sku;name", "R1;Rope", end="\r\n"),
        Dialect(";", above=1),
    ),
    arrives("tabs", lines_of("sku\tname", "R1\tRope", "R2\tHook"), Dialect("\t")),
    arrives("carets", lines_of("sku^name", "R1^Rope"), Dialect("^")),
    arrives("a single column", lines_of("sku", "R1", "R2"), Dialect()),
    # Quoting
    arrives(
        "quotes that are letters, in a file of tabs",
        lines_of("sku\tname", 'R1\t6" pipe', 'R2\t"Best" rope'),
        Dialect("\t", quoting=csv.QUOTE_NONE),
    ),
    arrives(
        "quotes after a backslash",
        lines_of(
            '"sku","name","note"', r'"R1","Rope","a \"fine\" rope"', r'"R2","x","a \"b, c\" d"'
        ),
        Dialect(doublequote=False, escapechar="\\"),
    ),
    arrives(
        "a backslash before a closing quote", lines_of("sku,name", r'R1,"C:\"', "R2,x"), Dialect()
    ),
    arrives(
        "single quotes",
        lines_of("'sku','name'", "'R1','Rope, thin'", "'R2','Hook'"),
        Dialect(quotechar="'"),
    ),
    arrives(
        "spaces after commas",
        lines_of("sku, name", 'R1, "Rope, thin"', 'R2, "Hook"'),
        Dialect(skipinitialspace=True),
    ),
    arrives(
        "spaces before commas",
        lines_of('"sku" ,"name"', '"R1" ,"Rope, thin"', '"R2" ,"Hook"'),
        Written("sku|name", "R1|Rope, thin", "R2|Hook"),
    ),
    refused(
        "a quote left open", lines_of("sku,name", 'R1,"Rope', "R2,Hook"), "still open", '"', line=2
    ),
    # The header
    refused(
        "titles above the header",
        lines_of("Spring list,,", ",,", "sku,name,note", "R1,Rope,a"),
        "header",
        "--header-line 3",
        rows=Dialect(above=2),
        options=ReadOptions(header_line=3),
    ),
    refused(
        "no header",
        lines_of("4711,Rope,12", "4712,Hook,13"),
        "column names|header",
        "--no-header",
        line=1,
        rows=Written("Column 1|Column 2|Column 3", "4711|Rope|12", "4712|Hook|13", lines=[0, 1, 2]),
        options=ReadOptions(header_line=0),
        maps={"Column 1": "sku"},
    ),
    arrives(
        "the header again in the middle",
        lines_of("sku,name", "R1,Rope", "sku,name", "R2,Hook"),
        Written("sku|name", "R1|Rope", "R2|Hook", lines=[1, 2, 4]),
        told=("line 3",),
    ),
    arrives(
        "names used twice and none",
        lines_of("sku,size,size,,name", "R1,S,M,x,Rope"),
        Dialect(),
        told=("size",),
    ),
    arrives(
        "a row too long by empty cells", lines_of("sku,name", "R1,Rope,", "R2,Hook,,"), Dialect()
    ),
    arrives(
        "a row without an identifier",
        lines_of("sku,name", "R1,Rope", ",lost", "R2,Hook"),
        Dialect(),
        rejected={3: "sku"},
    ),
    arrives(
        "a rejected row on the line an editor shows",
        lines_of("sku,name", 'R1,"Rope\nthin"', "", ",lost"),
        Dialect(),
        rejected={5: "sku"},
    ),
    # Values and their types
    arrives(
        "codes with leading zeros after many without",
        b"sku,name,gtin,group\n" + DIGITS + b"241,Cup,0012345678905,007\n",
        Dialect(),
    ),
    arrives(
        "numbers no number keeps",
        lines_of(
            "sku,name,weight,version,phone,code", "R1,Rope,1.50,1.10,+49,8.9E+12", "R2,Hook,2,2,2,2"
        ),
        Dialect(),
    ),
    arrives(
        "numbers", lines_of("sku,name,weight,count", "R1,Rope,1.5,3", "R2,Hook,-2.25,0"), Dialect()
    ),
    arrives(
        "words for true, mixed",
        lines_of("sku,name,sold,gift", "R1,Rope,TRUE,yes", "R2,Hook,-1,oui"),
        Dialect(),
    ),
    arrives(
        "dates, one of which is none",
        lines_of("sku,name,from", "R1,Rope,2024-05-01", "R2,Hook,2024-13-45"),
        Dialect(),
    ),
    arrives(
        "words for nothing", lines_of("sku,name,brand", "R1,Rope,NULL", r"R2,\N,N/A"), Dialect()
    ),
    arrives(
        "the error of a spreadsheet as a price",
        lines_of("sku,name,price", "R1,Rope,1.00", "R2,Hook,#N/A"),
        Dialect(),
        rejected={3: "price"},
        told=("line 3",),
    ),
    arrives(
        "decimal commas",
        lines_of("sku;name;price", "R1;Rope;12,50", "R2;Hook;1.299,00"),
        SEMICOLONS,
        decimal=",",
    ),
    refused(
        "a thousand or a fraction",
        lines_of("sku;name;Preis", "R1;Rope;12,50", "R2;Hook;1.299"),
        r"1\.299",
        "--decimal comma",
        line=3,
        rows=SEMICOLONS,
        options=ReadOptions(decimal="comma"),
        decimal=",",
    ),
    # Not CSV
    arrives(
        "gzip",
        gzip.compress(PLAIN, mtime=0),
        Written("sku|name|note", "R1|Rope|blue", "R2|Hook|red"),
    ),
    arrives(
        "zip with one file",
        zipped(list=PLAIN),
        Written("sku|name|note", "R1|Rope|blue", "R2|Hook|red"),
    ),
    refused("zip with two files", zipped(one=PLAIN, two=PLAIN), "2|two|more than one", "[Uu]npack"),
    refused("empty zip", zipped(), "zip", "CSV"),
    arrives("bzip2", bz2.compress(PLAIN), Written("sku|name|note", "R1|Rope|blue", "R2|Hook|red")),
    arrives("xz", lzma.compress(PLAIN), Written("sku|name|note", "R1|Rope|blue", "R2|Hook|red")),
    refused("JSON", b'{"sku":"R1"}\n{"sku":"R2"}\n', "JSON", "bulk-upsert"),
    refused("HTML", b"<table><tr><td>sku</td></tr></table>\n", "HTML|XML", "CSV"),
    refused("XML", b'<?xml version="1.0"?>\n<Workbook/>\n', "XML", "CSV"),
    refused("RTF", rb"{\rtf1\ansi sku,name\par R1,Rope\par}", "RTF|rich text", "CSV"),
    refused("nothing", b"", "empty", "[Ee]xport"),
)


def there(name: str, rows: Dialect | Written | None = None, **more: Any) -> Case:
    """A file of the shared folder; `refused` is its message without options."""
    return Case(f"{name}.csv", rows, **more)


UNSURE = Refusal("encoding", "--encoding")
COMMA, TABS = Dialect(), Dialect("\t")
GERMAN: dict[str, Any] = {"decimal": ","}
PRICES = {
    "4,20": "4.20",
    "2,4": "2.4",
    "4,204.23": "4204.23",
    "1.234.567,89": "1234567.89",
    "1 234,56": "1234.56",
    "1\xa0234,56": "1234.56",
    "1\u202f234,56": "1234.56",
    "1'234.50": "1234.50",
    "1’234.50": "1234.50",
    "1,23,456.78": "123456.78",
    "CHF 1'200.20": "1200.20",
    "1.299,-": "1299",
    "₦1,500.00": "1500",
    "25,000": "25000",
}
"""Prices of the 26 spellings that are more than digits around a point."""

ALL_SHARED = (
    there("b01_sep_semicolon", Dialect(";", above=1), **GERMAN),
    there(
        "b02_papaparse600",
        SEMICOLONS,
        refused=Refusal("sku", "--map"),
        maps={"SKU (alta dejar vacío, en modificación obligatorio)": "sku"},
    ),
    there("b02b_comma_header_semicolons", COMMA),
    there("b02c_exceldatareader463", TABS),
    there("b02d_rainbow134", SEMICOLONS),
    there(
        "b03_ofn_prices",
        COMMA,
        refused=Refusal("25,000", "--decimal", 20),
        options=ReadOptions(decimal="point"),
        amounts=PRICES,
        rejected=dict.fromkeys((14, 16, 21, 22, 26, 27), "price"),
        told=("line 21",),
    ),
    there(
        "b03b_german_prices",
        SEMICOLONS,
        refused=Refusal(r"1\.299", "--decimal comma", 3),
        options=ReadOptions(decimal="comma"),
        **GERMAN,
    ),
    there("b03c_german_numbers", SEMICOLONS, **GERMAN),
    there("b04_zeros_after_200", COMMA),
    there("b06b_filesql268", Dialect("\t", quoting=csv.QUOTE_NONE)),
    there("b07_import99", Dialect(doublequote=False, escapechar="\\")),
    there("b08_woo19514", COMMA),
    there("b09_csvlint198", COMMA),
    there(
        "b10_mixed_ends",
        Written(
            "sku|name|price",
            "M1|one|1.00",
            "M2|two|2.00",
            "M3|three|3.00",
            "M4|four|4.00",
            "M5|five|5.00",
        ),
    ),
    there(
        "b10b_mixed_ends_semicolon",
        Written(
            "sku|name|price",
            "M1|one|1.00",
            "M2|two|2.00",
            "M3|three|3.00",
            "M4|four|4.00",
            "M5|five|5.00",
        ),
    ),
    there("b10e_crcrlf", Written("sku|name|price", "M1|one|1.00", "M2|two|2.00", lines=[1, 3, 5])),
    there("b11_shelf2927", COMMA, rejected={27: "sku"}),
    there("b12_duplicate_headers", COMMA, told=("en", "[Ss]ize")),
    there("b13_trailing_empty", COMMA),
    there("b13b_trailing_delim_rows", COMMA),
    there(
        "b14_cp1250",
        Dialect(";", "cp1250"),
        **GERMAN,
    ),
    there(
        "b14_cp1251",
        Dialect(";", "cp1251"),
        maps={"Артикул": "sku", "Название": "name"},
        **GERMAN,
    ),
    there(
        "b14_cp1252",
        Dialect(";", "cp1252"),
        **GERMAN,
    ),
    there(
        "b14_euc_kr",
        Dialect(encoding="euc_kr"),
        refused=UNSURE,
        options=ReadOptions(encoding="euc_kr"),
    ),
    there(
        "b14_gb18030",
        Dialect(encoding="gb18030"),
        maps={"商品编号": "sku", "商品名称": "name"},
    ),
    there("b15_utf16le_bom", Dialect("\t", "utf-16"), **GERMAN),
    there("b15b_utf16be_bom", Dialect(encoding="utf-16")),
    there("b15c_utf16le_nobom", Dialect(encoding="utf-16-le")),
    there("b15d_utf16le_nobom_cjk", Dialect(encoding="utf-16-le")),
    there("b15e_nul_cell", refused=Refusal("NUL", "", 2)),
    there("b15f_ctrl_z", Written("sku|name|price", "N1|one|1.00", "N2|two|2.00")),
    there("b15g_utf32", Dialect(encoding="utf-32")),
    there(
        "b16_sku_spaces",
        Written(
            "sku|name|price",
            "SKU123|one|1.00",
            "SKU123|two|2.00",
            "SKU123|three|3.00",
            "SKU123|four|4.00",
            "SKU123|five|5.00",
            "sku123|six|6.00",
            "SKU 123|seven|7.00",
            "SKU123|eight|8.00",
        ),
        told=("share|repeated|distinct", "invisible|zero-width"),
    ),
    there(
        "b18_sci_barcodes",
        COMMA,
        refused=Refusal("sku", "--map"),
        maps={"Title": "sku"},
        told=(r"8\.90123E\+12",),
    ),
    there("b18b_excel_text_prefix", COMMA, told=("formula",)),
    there(
        "b19_akeneo3305",
        SEMICOLONS,
        rejected=dict.fromkeys((2, 3), "price"),
        told=("line 2",),
        **GERMAN,
    ),
    there(
        "b20_papaparse894",
        Dialect(above=2),
        refused=Refusal("header", "--header-line 3"),
        options=ReadOptions(header_line=3),
    ),
    there("b20c_units_row", COMMA, rejected={2: "sku"}),
    there("b22_gz", Written("sku|name", "A|1")),
    there("b22b_xlsx", refused=Refusal("Excel|workbook", "[Ss]ave|[Ee]xport")),
    there("b22c_bz2", Written("sku|name", *["A|1"] * 50), told=("equal to the column names",)),
    there("b22d_xz", Written("sku|name", *["A|1"] * 50), told=("equal to the column names",)),
    there("b22e_html_table", refused=Refusal("HTML|XML", "CSV")),
    there("b22f_rtf", refused=Refusal("RTF|rich text", "CSV")),
    there("b22g_ndjson", refused=Refusal("JSON", "bulk-upsert")),
    there("b22h_empty_zip", refused=Refusal("zip", "CSV")),
    there("b22i_spreadsheetml", refused=Refusal("XML", "CSV")),
    there("b24e_many_columns"),
    there("b25_dates", COMMA),
    there("b26_booleans", COMMA),
    there("b27_excel_errors", COMMA, rejected=dict.fromkeys((3, 4), "price"), told=("line 3",)),
    there("b29_emoji", COMMA),
    there("b31_header_spaces", COMMA),
    there("b32_single_column", COMMA),
    there("b33_space_after_comma", Dialect(skipinitialspace=True)),
    there(
        "b33b_space_before_comma",
        Written("sku|name|description", "A1|Lamp, red|nice", "A2|Chair, blue|x"),
    ),
    there("b34_double_bom", Written("sku|name", "A1|One")),
    there("b34b_bom_quoted", COMMA),
    there("b35_single_quotes", Dialect(quotechar="'")),
    there("b36_no_newline_eof_quote", refused=Refusal("still open", '"', 3)),
    there("b37_null_words", COMMA, rejected={3: "price"}, told=("line 3",)),
    there(
        "b38_caret_delim",
        Dialect("^"),
    ),
    there(
        "b38b_colon_delim",
        Dialect(":"),
    ),
    there(
        "b40_repeated_header",
        Written("sku|name|price", "A1|One|1.00", "A2|Two|2.00", lines=[1, 2, 4]),
        told=("line 3",),
    ),
    there(
        "b41_multi_value_price", COMMA, rejected=dict.fromkeys((2, 3), "price"), told=("line 2",)
    ),
    there("b43_tablepress198", SEMICOLONS),
    there("b44_sizes_semicolons", COMMA),
    there("b46_one_row_semicolon", SEMICOLONS, **GERMAN),
    there("b47_decimal_comma_only", SEMICOLONS, **GERMAN),
    there("pair_a_published_numbers", COMMA),
    there(
        "pair_b_published_words",
        COMMA,
        refused=Refusal("sku", "--map Handle=sku|Handle"),
        maps={"Handle": "sku"},
    ),
)


@pytest.mark.parametrize("case", OWN, ids=lambda case: case.name)
def test_a_file_of_its_kind_arrives_exactly_or_is_refused(
    case: Case, client: Any, ledger: Ledger, tmp_path: Path, unix: Any
) -> None:
    hold(case, client, ledger, tmp_path / "list.csv", unix)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared files are not here")
@pytest.mark.parametrize("case", ALL_SHARED, ids=lambda case: case.name)
def test_a_shared_file_arrives_exactly_or_is_refused(
    case: Case, client: Any, ledger: Ledger, tmp_path: Path, unix: Any
) -> None:
    hold(case, client, ledger, tmp_path / case.name, unix)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared files are not here")
def test_every_shared_file_has_an_expected_outcome() -> None:
    assert {path.name for path in SHARED.iterdir()} == {case.name for case in ALL_SHARED}


def test_words_for_a_field_of_numbers_are_told_before_their_rows_are_rejected(
    client: Any, ledger: Ledger, tmp_path: Path, unix: Any
) -> None:
    """One file makes a field of numbers, the next has words for it."""
    numbers, words = tmp_path / "numbers.csv", tmp_path / "words.csv"
    numbers.write_bytes(lines_of("sku,name,Published", "R1,Rope,1", "R2,Hook,0"))
    words.write_bytes(lines_of("Handle,Title,Published", "r3,Reel,true", "r4,Knot,false"))
    imported(numbers, client, ledger, unix)

    job, told = imported(words, client, ledger, unix, maps={"Handle": "sku"})

    require_told(('2 values not taken, first "true" in line 2', "2 of 2 rows"), told)
    assert [error["line"] for error in job.result["errors"]] == [2, 3]


def hold(case: Case, client: Any, ledger: Ledger, path: Path, unix: Any) -> None:
    """Import a file as a script would, without anyone to ask, and compare the outcome."""
    content = case.read()
    path.write_bytes(content)
    if case.refused is not None:
        with pytest.raises(SegOpsError) as stopped:
            imported(path, client, ledger, unix)
        require_refusal(case.refused, stopped.value)
        assert list(client.products.list()) == []
    if case.rows is None:
        return
    job, told = imported(path, client, ledger, unix, options=case.options, maps=case.maps)
    require_told(case.told, told)
    require_exact(case, case.rows.rows(content), job, client)


def imported(
    path: Path,
    client: Any,
    ledger: Ledger,
    unix: Any,
    *,
    options: ReadOptions | None = None,
    maps: Mapping[str, str | None] | None = None,
) -> tuple[Job, list[Finding]]:
    """The job of an import that ended, and what was found before it was confirmed."""
    read = options or ReadOptions()
    overrides = MappingOverrides(dict(maps or {}))
    job = start_import(
        ledger, path=path, profile="sandbox", overrides=overrides, review=True, read=read
    )
    with pytest.raises(MappingNeeded) as needed:
        run_job(plan_of(job), job, client, ledger, clock=unix)
    review = needed.value.review
    if review.problems:
        raise needed.value
    found = [*check_csv(path, key=overrides.key, read=read).findings, *review.findings]
    job = choose_mapping(ledger, job.id, MappingOverrides())
    return run_job(plan_of(job), job, client, ledger, clock=unix), found


def require_refusal(expected: Refusal, error: SegOpsError) -> None:
    """The message has the cause, the remedy, and the line if there is one."""
    words = f"{error} {getattr(error, 'hint', None) or ''}"
    assert re.search(expected.cause, words), words
    assert re.search(expected.remedy, words), words
    if expected.line is not None:
        assert getattr(error, "line", None) == expected.line


def require_told(patterns: Iterable[str], findings: Iterable[Finding]) -> None:
    """Each pattern is in a finding."""
    told = [f"{finding.text} {finding.hint}" for finding in findings]
    for pattern in patterns:
        assert any(re.search(pattern, text) for text in told), (pattern, told)


def require_exact(case: Case, numbered: list[tuple[int, Row]], job: Job, client: Any) -> None:
    """Every row is in the catalogue, cell by cell, or is reported as rejected on its line."""
    (_, header), *rows = numbered
    errors = {error.get("line"): error["error"] for error in job.result["errors"]}
    assert errors.keys() == case.rejected.keys()
    for line, pattern in case.rejected.items():
        assert re.search(pattern, errors[line]), errors[line]
    targets: list[str | None] = list(job.params["mapping"]["columns"].values())
    assert len(targets) >= len(header)
    expected: dict[str, dict[str, str]] = {}
    for line, row in rows:
        if line in case.rejected:
            continue
        assert not any(map(str.strip, row[len(targets) :])), row
        cells = dict(zip(targets, map(trimmed, row), strict=False))
        skipped = [cell for cell, to in zip(row, targets, strict=False) if to is None]
        assert not any(map(str.strip, skipped)), f"dropped: {skipped}"
        filled = {str(to): cell for to, cell in cells.items() if cell}
        expected.setdefault(filled["sku"], {}).update(filled)
    stored = {found.sku: found for found in client.products.list()}
    assert stored.keys() == expected.keys()
    for sku, cells in expected.items():
        found = stored[sku]
        assert found.name == cells.pop("name", sku)
        del cells["sku"]
        assert found.data.keys() == cells.keys()
        for name, cell in cells.items():
            assert holds(found.data[name], cell, case), (sku, name, cell, found.data[name])


def trimmed(cell: str) -> str:
    """A cell without the blanks around it; a no-break space is not one."""
    return cell.strip(string.whitespace)


def holds(value: Any, cell: str, case: Case) -> bool:
    """Whether a stored value is the cell, as its type writes it."""
    if isinstance(value, dict):
        digits = re.sub(f"[^0-9{case.decimal}-]", "", cell).replace(case.decimal, ".")
        return Decimal(str(value["amount"])) == Decimal(case.amounts.get(cell, digits))
    if isinstance(value, bool):
        return str(value).casefold() == cell.casefold()
    if isinstance(value, list):
        return value == [part.strip() for part in cell.split(",")]
    return str(value) == cell
