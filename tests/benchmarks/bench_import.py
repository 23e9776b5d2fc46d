"""How fast a CSV is checked, and how little memory an import takes however long the file is.

Prints figures and ratios; asserts nothing. Each measurement runs in a process of its own, since
a peak of memory is never given back. Run it: python tests/benchmarks/bench_import.py [ROWS]
"""

from __future__ import annotations

import csv
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

SMALL = 1_000
LARGE = 1_000_000


def write_catalogue(path: Path, rows: int) -> None:
    """A believable catalogue of ten columns."""
    chance = random.Random(1)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(
            [
                "sku",
                "name",
                "brand",
                "category",
                "price",
                "stock",
                "weight_g",
                "colour",
                "url",
                "description",
            ]
        )
        for number in range(rows):
            writer.writerow(
                (
                    f"SKU-{number:08d}",
                    f"Product number {number}",
                    f"Brand {chance.randrange(80)}",
                    f"Category {number % 20}",
                    f"{chance.randrange(1, 2_000)}.99",
                    chance.randrange(500),
                    chance.randrange(10, 5_000),
                    ("red", "green", "blue", "black")[number % 4],
                    f"https://shop.example.com/p/{number}",
                    f"A fine product, number {number}, for people who like numbers",
                )
            )


Cells = list[str]
VARIANTS: dict[str, tuple[str, str, Callable[[Cells], str]]] = {
    "semicolons, decimal commas": (
        ";", "utf-8", lambda c: ";".join([*c[:4], c[4].replace(".", ","), *c[5:]])
    ),
    "prices with currencies": (
        ",", "utf-8", lambda c: ",".join([*c[:4], f'"1.{c[4][-5:-3]:0>3},99 €"', *c[5:]])
    ),
    "a faulty quote in every row": (
        ",", "utf-8", lambda c: ",".join([*c[:9], f'"A "fine" product {c[0]}"'])
    ),
    "cells of two lines": (",", "utf-8", lambda c: ",".join([*c[:9], f'"first {c[0]}\nsecond"'])),
    "Windows-1252": (",", "cp1252", lambda c: ",".join([*c[:9], f"Größe für {c[0]}"])),
    "tabs, UTF-16": ("\t", "utf-16", "\t".join),
}  # fmt: skip
"""The separator and encoding of a file, and how a row of ten cells is written."""


def write_variant(source: Path, path: Path, name: str) -> None:
    """The rows of a catalogue, written as another program would."""
    mark, encoding, written = VARIANTS[name]
    with (
        source.open(encoding="utf-8", newline="") as rows,
        path.open("w", encoding=encoding, newline="") as file,
    ):
        reader = csv.reader(rows)
        file.write(mark.join(next(reader)) + "\n")
        file.writelines(written([cell.replace(",", " ") for cell in row]) + "\n" for row in reader)


def measure_reader(path: Path) -> dict[str, Any]:
    """Python's csv reader alone."""
    mark, encoding, _ = VARIANTS.get(path.stem, (",", "utf-8", ",".join))
    begun, spent = time.perf_counter(), time.process_time()
    with path.open(encoding=encoding, newline="") as file:
        rows = sum(1 for _ in csv.reader(file, delimiter=mark)) - 1
    return {"rows": rows, **_took(begun, spent)}


def measure_check(path: Path) -> dict[str, Any]:
    """The check alone."""
    from segops_tui.jobs.imports.check import check_csv

    begun, spent = time.perf_counter(), time.process_time()
    rows = check_csv(path).rows
    return {"rows": rows, **_took(begun, spent)}


def measure_import(path: Path) -> dict[str, Any]:
    """Check and import, the sandbox in the same process: its memory counts as well."""
    from segops_tui.client.blocking import SegOpsAdmin
    from segops_tui.jobs.engine.ledger import Ledger
    from segops_tui.jobs.engine.runner import run_job
    from segops_tui.jobs.imports.plan import start_import
    from segops_tui.jobs.registry import plan_of
    from segops_tui.sandbox.core.app import Sandbox
    from segops_tui.sandbox.core.in_process import InProcess

    folder = path.parent / f"{path.stem}-home"
    folder.mkdir()
    begun, spent = time.perf_counter(), time.process_time()
    with Sandbox(folder / "sandbox.sqlite3") as sandbox:
        client = SegOpsAdmin(transport=InProcess(sandbox))
        ledger = Ledger(folder / "jobs.db")
        job = start_import(ledger, path=path, profile="sandbox")
        done = run_job(plan_of(job), job, client, ledger, report=lambda _progress: None)
        ledger.close()
    return {"rows": done.result["rows"], "summary": done.summary, **_took(begun, spent)}


def measure_remote(path: Path) -> dict[str, Any]:
    """The command's import over HTTP: its own CPU, whatever the server's."""
    from quick import KEY, PROGRAM, environment, served

    folder = path.parent / f"{path.stem}-remote"
    with served(folder / "home") as address:
        remote = {"SEGOPS_API_URL": address, "SEGOPS_API_KEY": KEY}
        before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run(
            [*PROGRAM, "products", "import", str(path), "--yes", "--quiet"],
            env=environment(folder / "away", **remote),
            stdout=sys.stderr,
            check=True,
        )
        after, seconds = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - begun
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"seconds": seconds, "cpu": cpu}


MEASURES = {
    "reader": measure_reader,
    "check": measure_check,
    "import": measure_import,
    "remote": measure_remote,
}


def _took(begun: float, spent: float) -> dict[str, float]:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "seconds": time.perf_counter() - begun,
        "cpu": time.process_time() - spent,
        "peak_mib": peak,
    }


def apart(measure: str, path: Path) -> dict[str, Any]:
    """Take one measurement in a new process."""
    run = subprocess.run(
        [sys.executable, __file__, "--measure", measure, str(path)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(run.stdout)
    return found


def main(large: int) -> None:
    """Write the files, measure, print."""
    with tempfile.TemporaryDirectory(prefix="bench-import-") as name:
        files = {}
        for rows in (SMALL, large):
            files[rows] = Path(name) / f"catalogue-{rows}.csv"
            write_catalogue(files[rows], rows)
        reader, check = apart("reader", files[large]), apart("check", files[large])
        small_check = apart("check", files[SMALL])
        for variant in VARIANTS:
            path = Path(name) / f"{variant}.csv"
            write_variant(files[large], path, variant)
            alone, checked = apart("reader", path), apart("check", path)
            print(f"{variant:<28} {checked['cpu'] / alone['cpu']:>6.2f} times the reader's CPU")
            path.unlink()
        small, big = apart("import", files[SMALL]), apart("import", files[large])
        remote = apart("remote", files[large])
    rate = check["rows"] / check["cpu"]
    wall = check["rows"] / check["seconds"]
    print(f"check         {rate:>10,.0f} rows/s of CPU  ({wall:,.0f} wall)")
    print(f"csv reader    {reader['rows'] / reader['cpu']:>10,.0f} rows/s of CPU")
    print(f"check ÷ reader {check['cpu'] / reader['cpu']:>9.2f} times the CPU")
    grown = check["peak_mib"] - small_check["peak_mib"]
    print(f"check peak    {check['peak_mib']:>10.1f} MiB  (+{grown:.1f} over {SMALL:,} rows)")
    print(f"import        {big['rows'] / big['seconds']:>10,.0f} rows/s  ({big['seconds']:.0f} s)")
    grown = big["peak_mib"] - small["peak_mib"]
    print(f"import peak   {big['peak_mib']:>10.1f} MiB  (+{grown:.1f} over {SMALL:,} rows)")
    print(f"              {big['summary']}")
    spent, took = remote["cpu"], remote["seconds"]
    print(f"over HTTP     {spent:>10.1f} s of the client's CPU  ({took:.0f} s)")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        print(json.dumps(MEASURES[sys.argv[2]](Path(sys.argv[3]))))
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else LARGE)
