"""Builds the documentation site into build/site: `make docs`. Fails on a broken link."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "build" / "site-source"
PAGES = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE")
FOLDERS = ("docs", "screenshots")


def main() -> int:
    """Copy the documents in the layout of the repository, so that links work in both; build."""
    shutil.rmtree(SOURCE, ignore_errors=True)
    SOURCE.mkdir(parents=True)
    for name in PAGES:
        shutil.copy(ROOT / name, SOURCE / name)
    for name in FOLDERS:
        shutil.copytree(ROOT / name, SOURCE / name, ignore=shutil.ignore_patterns("mkdocs.yml"))
    config = str(ROOT / "docs" / "mkdocs.yml")
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--config-file", config]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
