"""On a terminal: questions whose default is no, live progress, a polite way out."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

import pexpect
import pytest

from tests.cli.conftest import clean_environment

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Program
    from tests.tools.forks import Forks

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs a pseudo-terminal")


def spawn(
    program: Program, *args: str, forks: Forks | None = None, **environ: str
) -> pexpect.spawn:
    """Run the command on a terminal; keys that are signals reach no fork."""
    command = [sys.executable, "-m", "segops_tui", *args] if forks is None else forks.command(*args)
    return pexpect.spawn(
        command[0],
        command[1:],
        env={
            **clean_environment(),
            "SEGOPS_TUI_HOME": str(program.home),
            "TERM": "xterm-256color",
            **environ,
        },
        dimensions=(30, 100),
        timeout=240,
        encoding="utf-8",
    )


def ended(child: pexpect.spawn) -> str:
    child.expect(pexpect.EOF)
    child.close()
    return child.before or ""


def test_enter_is_a_no(changing: Program, forks: Forks) -> None:
    child = spawn(changing, "segments", "delete", "1", "2", forks=forks)
    child.expect_exact("in use: the rule of Loved by high LTV buyers")
    child.expect_exact(
        "Delete 2 segments (High LTV buyers and Lapsed VIPs)"
        " in profile 'sandbox' permanently? [y/N]"
    )
    child.sendline("")

    assert "nothing was deleted" in ended(child)
    assert child.exitstatus == 1
    assert changing("segments", "get", "1").code == 0


def test_a_schema_that_lacks_fields_names_them_and_the_rules_that_use_them(
    changing: Program, forks: Forks, tmp_path: Path
) -> None:
    file = tmp_path / "schema.json"
    fields = changing("products", "schema", "-o", "json").data["fields"]
    file.write_text(json.dumps([each for each in fields if each["name"] not in ("brand", "color")]))

    child = spawn(changing, "products", "schema", "--replace", str(file), forks=forks)
    child.expect_exact("removed: brand and color")
    child.expect_exact("in use: color, by the rule of")
    child.expect_exact("in use: brand, by the rule of")
    child.expect_exact("[y/N]")
    child.sendline("n")

    assert "the schema was not changed" in ended(child)


def test_a_y_is_a_yes(changing: Program, forks: Forks) -> None:
    child = spawn(changing, "segments", "delete", "1", forks=forks)
    child.expect_exact("[y/N]")
    child.sendline("y")

    assert "deleted segment 1" in ended(child)
    assert changing("segments", "get", "1").code == 5


def test_a_terminal_gets_ages_and_colour(changing: Program, forks: Forks) -> None:
    text = ended(spawn(changing, "segments", "list", forks=forks))

    assert " ago" in text
    assert "\x1b[32m● computed" in text


def test_no_color_is_obeyed(changing: Program, forks: Forks) -> None:
    assert "\x1b[" not in ended(spawn(changing, "segments", "list", NO_COLOR="1", forks=forks))


def test_a_recompute_is_drawn_live_and_its_result_printed(changing: Program, forks: Forks) -> None:
    child = spawn(changing, "segments", "recompute", "10", "11", forks=forks)
    child.expect_exact("recompute App before 5.0")
    child.expect_exact("computing")

    assert "2 recomputed" in ended(child)
    assert child.exitstatus == 0


def test_ctrl_c_lets_go_politely_and_the_job_can_be_taken_up(changing: Program) -> None:
    child = spawn(changing, "segments", "recompute", "10")
    child.expect_exact("computing")
    child.sendintr()

    text = ended(child)

    assert child.exitstatus == 130
    assert "segops-tui jobs resume" in text
    assert "Traceback" not in text
    [job] = changing("jobs", "list", "-o", "json").data
    assert job["state"] == "detached"
    assert changing("jobs", "resume", job["id"], "-o", "json").data["state"] == "done"


def test_an_import_asks_before_it_begins(
    changing: Program, forks: Forks, tmp_path: Path, sample_bytes: bytes
) -> None:
    file = tmp_path / "sample.csv"
    file.write_bytes(sample_bytes)
    child = spawn(changing, "products", "import", str(file), forks=forks)
    child.expect_exact(
        "Import 251 rows (3 will be rejected) of sample.csv into profile 'sandbox'? [y/N]"
    )
    child.sendline("n")

    assert "nothing was imported" in ended(child)
    assert child.exitstatus == 1
    assert changing("jobs", "list", "-o", "json").data == []


def test_an_import_offers_a_new_field_for_values_that_a_field_does_not_take(
    changing: Program, forks: Forks, tmp_path: Path
) -> None:
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    first.write_text("sku,name,Published\nW1,One,1\nW2,Two,0\n")
    second.write_text("sku,name,Published\nW1,One,true\nW2,Two,false\n")
    changing("products", "import", str(first), "--yes")
    child = spawn(changing, "products", "import", str(second), forks=forks)
    child.expect_exact('Map "Published" to published_text instead? [y/N]')
    child.sendline("y")
    child.expect_exact("Import 2 rows of b.csv into profile 'sandbox'? [y/N]")
    child.sendline("y")

    assert "0 created, 2 updated, 0 rejected" in ended(child)


def test_an_import_offers_the_column_that_tells_rows_apart(
    changing: Program, forks: Forks, tmp_path: Path
) -> None:
    file = tmp_path / "shopify.csv"
    file.write_text("Handle,Title,Variant SKU\ntee,Tee,\nmug,Mug,\n")
    child = spawn(changing, "products", "import", str(file), forks=forks)
    child.expect_exact('Continue with --map "Handle=sku"')
    child.sendline("y")
    child.expect_exact("Import 2 rows of shopify.csv")
    child.expect_exact("[y/N]")
    child.sendline("y")

    assert "2 rows: 2 created" in ended(child)
    assert child.exitstatus == 0


def test_an_import_asks_how_a_file_is_to_be_read(
    changing: Program, forks: Forks, tmp_path: Path
) -> None:
    file = tmp_path / "list.csv"
    file.write_bytes("sku,name\nK1,양말\nK2,바지\n".encode("euc_kr"))

    child = spawn(changing, "products", "import", str(file), forks=forks)
    child.expect(r"(\d)  EUC-KR \(Korean\): \"양말\", \"바지\"")
    number = child.match.group(1)
    child.expect_exact("enter to cancel]")
    child.sendline(number)
    child.expect_exact("it is sent as UTF-8")
    child.expect(r"name +name +양말, 바지")
    child.expect_exact("[y/N]")
    child.sendline("y")

    assert "2 created" in ended(child)


def test_a_reading_that_is_not_chosen_imports_nothing(
    changing: Program, forks: Forks, tmp_path: Path
) -> None:
    file = tmp_path / "list.csv"
    file.write_bytes(b"A-1,Lamp,12.50\nA-2,Chair,99.00\nA-3,Sofa,4.00\n")

    child = spawn(changing, "products", "import", str(file), forks=forks)
    child.expect_exact("enter to cancel]")
    child.sendline("")

    assert "Add --no-header" in ended(child)
    assert child.exitstatus == 2
