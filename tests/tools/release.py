"""Cuts a release and writes its Homebrew formula.

    python tests/tools/release.py cut VERSION DATE   turn the changelog's Unreleased into a release
    python tests/tools/release.py formula            write build/segops-tui.rb

`cut` also names VERSION as the last release in pyproject.toml and segops_tui/_version.py; commit
and tag the result. `formula` resolves every dependency at its pinned version and needs the index.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from environments import PINS, ROOT, normal, project, say, versions
from supply import BUILD, build, program

if TYPE_CHECKING:
    from collections.abc import Sequence

CHANGELOG = ROOT / "CHANGELOG.md"
FORMULA = BUILD / "segops-tui.rb"
_VERSION = re.compile(r"\d+\.\d+\.\d+((a|b|rc)\d+)?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_UNRELEASED = "## [Unreleased]\n"
_SYSTEM = {
    "google-re2": ['"abseil"', '"pybind11" => :build', '"re2"'],
    "pyyaml": ['"libyaml"'],
}
"""What Homebrew has to bring for a dependency that is compiled."""


def main(words: Sequence[str]) -> int:
    """Run what is asked for; 2 if it cannot be done."""
    match words:
        case ["cut", version, date]:
            try:
                cut(version, date)
            except ValueError as error:
                say(str(error))
                return 2
        case ["formula"]:
            write_formula()
        case _:
            say("usage: release.py cut VERSION YYYY-MM-DD | release.py formula")
            return 2
    return 0


def cut(version: str, date: str) -> None:
    """Write the three files that name the release.

    Raises:
        ValueError: the version or the date is none, or there is nothing to release.
    """
    sections = released(CHANGELOG.read_text(encoding="utf-8"), version, date)
    CHANGELOG.write_text(sections, encoding="utf-8")
    for file, before in (
        (ROOT / "pyproject.toml", "fallback-version = "),
        (ROOT / "segops_tui" / "_version.py", "    version = "),
    ):
        text = file.read_text(encoding="utf-8")
        named = re.sub(rf'({before})"[^"]*"', rf'\g<1>"{version}"', text)
        file.write_text(named, encoding="utf-8")
    say(f"Commit, then: git tag v{version}")


def released(changelog: str, version: str, date: str) -> str:
    """The changelog with what was unreleased under the new version.

    Raises:
        ValueError: the version or the date is none, or there is nothing to release.
    """
    if not _VERSION.fullmatch(version):
        raise ValueError(f"Not a version: {version}; write 1.2.0 or 1.2.0rc1, without a v.")
    if not _DATE.fullmatch(date):
        raise ValueError(f"Not a date: {date}; write YYYY-MM-DD.")
    if f"## [{version}]" in changelog:
        raise ValueError(f"CHANGELOG.md has {version} already.")
    before, head, after = changelog.partition(_UNRELEASED)
    if not head or not re.split(r"^## ", after, maxsplit=1, flags=re.M)[0].strip():
        raise ValueError("CHANGELOG.md has nothing under [Unreleased].")
    return f"{before}{head}\n## [{version}] - {date}\n{after}"


def write_formula() -> None:
    """Build the source archive, resolve the dependencies, write the formula."""
    BUILD.mkdir(exist_ok=True)
    pins, lock = BUILD / "pins.txt", BUILD / "pylock.toml"
    pins.write_text("\n".join(versions(PINS.read_text(encoding="utf-8"))), encoding="utf-8")
    compiler = [program("uv"), "pip", "compile", "--quiet", "--format", "pylock.toml"]
    platform = ["--python-platform", "macos", "--python-version", "3.13"]
    platform += ["--constraint", str(pins)]
    command = [*compiler, *platform, "pyproject.toml", "--output-file", str(lock)]
    subprocess.run(command, check=True, cwd=ROOT)
    archive = build("sdist")
    packages = tomllib.loads(lock.read_text(encoding="utf-8"))["packages"]
    FORMULA.write_text(formula(project(), archive, packages), encoding="utf-8")
    say(f"{FORMULA.relative_to(ROOT)}: {len(packages)} packages")


def formula(metadata: dict[str, Any], archive: Path, packages: Sequence[dict[str, Any]]) -> str:
    """The formula: the source archive, and each dependency as a resource.

    The archive's address is that of the release; while no repository is named, its file.
    """
    repository = metadata["tool"]["hatch"]["metadata"]["hooks"]["custom"]["repository"].rstrip("/")
    version = archive.name.removesuffix(".tar.gz").rpartition("-")[2]
    url = f"{repository}/releases/download/v{version}/{archive.name}" if repository else ""
    subject = metadata["project"]["description"].removeprefix("A ").rstrip(".")
    lines = [
        "class SegopsTui < Formula",
        "  include Language::Python::Virtualenv",
        "",
        f'  desc "{subject[0].upper()}{subject[1:]}"',
        *([f'  homepage "{repository}"'] if repository else []),
        f'  url "{url or archive.resolve().as_uri()}"',
        f'  sha256 "{hashlib.sha256(archive.read_bytes()).hexdigest()}"',
        f'  license "{metadata["project"]["license"]}"',
        "",
        *(f"  depends_on {each}" for each in sorted({*_needed(packages), '"python@3.13"'})),
        "",
    ]
    for package in sorted(packages, key=lambda each: normal(each["name"])):
        source = package["sdist"]
        lines += [
            f'  resource "{package["name"]}" do',
            f'    url "{source["url"]}"',
            f'    sha256 "{source["hashes"]["sha256"]}"',
            "  end",
            "",
        ]
    return "\n".join(
        [
            *lines,
            "  def install",
            "    virtualenv_install_with_resources",
            "  end",
            "",
            "  test do",
            '    assert_match version.to_s, shell_output("#{bin}/segops-tui --version")',
            '    ENV["SEGOPS_TUI_HOME"] = testpath',
            '    system bin/"segops-tui", "segments", "list"',
            "  end",
            "end",
            "",
        ]
    )


def _needed(packages: Sequence[dict[str, Any]]) -> list[str]:
    return [each for package in packages for each in _SYSTEM.get(normal(package["name"]), ())]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
