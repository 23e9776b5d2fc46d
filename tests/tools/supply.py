"""What the package is made of: pinned versions, a bill of materials, known vulnerabilities.

    python tests/tools/supply.py pins     write the pinned versions anew: the newest there are
    python tests/tools/supply.py sbom     write the bill of materials of the wheel (CycloneDX)
    python tests/tools/supply.py audit    look the pinned versions up among known vulnerabilities

Their programs are the dependency group `release`, installed in `.environments/release`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from environments import FOLDER, PINS, ROOT, say, versions

if TYPE_CHECKING:
    from collections.abc import Sequence

BUILD = ROOT / "build"
RELEASE_PINS = PINS.with_name("constraints-release.txt")
BILL = BUILD / "segops-tui.cdx.json"
REPORT = BUILD / "audit.json"
_HEAD = "# Exact versions, with the hashes of their files. Written by `make pins`.\n"
_UNREACHABLE = re.compile(
    r"ConnectionError|Timeout|ProxyError|SSLError|NameResolution|Max retries exceeded"
    r"|network may be blocking|Could not connect|error code: 5\d\d"
)


def main(words: Sequence[str]) -> int:
    """Run what is asked for; 1 if a vulnerability is known."""
    tasks = {"pins": write_pins, "sbom": write_bill, "audit": audit}
    if len(words) != 1 or words[0] not in tasks:
        say("usage: supply.py pins|sbom|audit")
        return 2
    BUILD.mkdir(exist_ok=True)
    return tasks[words[0]]()


def write_pins() -> int:
    """Resolve both files of pins anew, for every platform and Python, without addresses."""
    compiler = [program("uv"), "pip", "compile", "--quiet", "--universal", "--upgrade"]
    shape = ["--generate-hashes", "--no-annotate", "--no-header", "--python-version", "3.11"]
    parts = ["--group", "dev", "--group", "docs", "--extra", "excel"]
    parts += ["--extra", "jq", "--extra", "mcp", "--extra", "parquet"]
    for file, wanted in (
        (PINS, [*parts, "pyproject.toml"]),
        (RELEASE_PINS, ["--group", "release", "--constraint", str(PINS)]),
    ):
        command = [*compiler, *shape, *wanted, "--output-file", str(file)]
        subprocess.run(command, check=True, cwd=ROOT)
        file.write_text(_HEAD + file.read_text(encoding="utf-8"), encoding="utf-8")
    return 0


def write_bill() -> int:
    """Install the wheel with its extras as a user would, and write down what is there."""
    folder = FOLDER / "wheel"
    subprocess.run([sys.executable, "-m", "venv", "--clear", "--without-pip", folder], check=True)
    pins = folder / "constraints.txt"
    pins.write_text("\n".join(versions(PINS.read_text(encoding="utf-8"))), encoding="utf-8")
    python = str(_scripts(folder) / "python")
    install = [program("uv"), "pip", "install", "--quiet", "--python", python]
    wanted = f"{build('wheel')}[excel,jq,mcp,parquet]"
    subprocess.run([*install, "--constraint", str(pins), wanted], check=True)
    command = [program("cyclonedx-py"), "environment", "--pyproject", "pyproject.toml"]
    out = ["--mc-type", "application", "--output-reproducible", "--output-file", str(BILL)]
    subprocess.run([*command, *out, python], check=True, cwd=ROOT)
    components = json.loads(BILL.read_text(encoding="utf-8"))["components"]
    say(f"{BILL.relative_to(ROOT)}: {len(components)} packages")
    return 0


def build(target: str) -> Path:
    """The built `wheel` or `sdist`, the only one in its folder."""
    folder = BUILD / target
    shutil.rmtree(folder, ignore_errors=True)
    command = [sys.executable, "-m", "hatchling", "build", "--target", target]
    quiet = subprocess.DEVNULL
    subprocess.run([*command, "--directory", str(folder)], check=True, cwd=ROOT, stderr=quiet)
    return next(folder.iterdir())


def audit() -> int:
    """Look the pinned versions up; 1 if one is known to be vulnerable."""
    failed = False
    for file in (PINS, RELEASE_PINS):
        REPORT.unlink(missing_ok=True)
        command = [program("pip-audit"), "--disable-pip", "--require-hashes", "--format", "json"]
        done = subprocess.run(
            [*command, "--progress-spinner", "off", "-r", str(file), "--output", str(REPORT)],
            capture_output=True,
            text=True,
            cwd=ROOT,
            check=False,
        )
        report = json.loads(REPORT.read_text(encoding="utf-8")) if REPORT.exists() else None
        lines, bad = verdict(file.name, report, done.stderr)
        say(*lines)
        failed = failed or bad
    return 1 if failed else 0


def verdict(file: str, report: dict[str, Any] | None, complaint: str) -> tuple[list[str], bool]:
    """What an audit found, and whether it fails.

    pip-audit calls a package "skipped" and the audit a success where the service does not answer
    for it; here that is said. Without a network nothing fails, since nothing was found.
    """
    if report is None:
        last = (complaint.strip().splitlines() or ["no report"])[-1]
        if _UNREACHABLE.search(complaint):
            return [f"{file}: not audited, the service cannot be reached"], False
        return [f"{file}: the audit failed: {last}"], True
    packages = report["dependencies"]
    skipped = [each for each in packages if "skip_reason" in each]
    found = [
        f"{file}: {each['name']} {each['version']}: {bug['id']}"
        + (f", fixed in {', '.join(bug['fix_versions'])}" if bug.get("fix_versions") else "")
        for each in packages
        for bug in each.get("vulns", ())
    ]
    audited = len(packages) - len(skipped)
    lines = [f"{file}: {audited} of {len(packages)} packages audited, {len(found)} known faults"]
    if skipped:
        lines.append(f"{file}: the service does not know {len(skipped)} packages; not audited")
    return [*found, *lines], bool(found)


def program(name: str) -> str:
    """A program of the group `release`; the first call installs them.

    Raises:
        subprocess.CalledProcessError: they cannot be installed.
    """
    folder = FOLDER / "release"
    stamp = folder / ".versions"
    wanted = RELEASE_PINS.read_text(encoding="utf-8")
    if not (stamp.exists() and stamp.read_text(encoding="utf-8") == wanted):
        say(f"Setting up {folder.relative_to(ROOT)} …")
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        pip = [str(_scripts(folder) / "python"), "-m", "pip", "install", "--quiet"]
        hashed = ["--require-hashes", "--requirement", str(RELEASE_PINS)]
        subprocess.run([*pip, "--disable-pip-version-check", *hashed], check=True)
        stamp.write_text(wanted, encoding="utf-8")
    return str(_scripts(folder) / name)


def _scripts(folder: Path) -> Path:
    return folder / ("Scripts" if os.name == "nt" else "bin")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
