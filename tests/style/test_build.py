"""What is built: the version from the tag, the files of both archives, the addresses."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder
from hatchling.metadata.core import CoreMetadata, ProjectMetadata
from hatchling.plugin.manager import PluginManager

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.filterwarnings("ignore:write_version_to_path:DeprecationWarning")
"""hatch-vcs 0.5 calls setuptools-scm the old way."""
PARTS = ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE", ".gitignore")


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A small copy of what the build reads, in no repository."""
    folder = tmp_path / "sources"
    package = folder / "segops_tui"
    package.mkdir(parents=True)
    for name in (*PARTS, "segops_tui/_version.py"):
        shutil.copy(ROOT / name, folder / name)
    (package / "__init__.py").write_text('"""A copy."""\n')
    return folder


def git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=A Tester", "-c", "user.email=tester@example.com")
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


def committed(folder: Path) -> None:
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "All")


def version(folder: Path) -> str:
    return str(ProjectMetadata(str(folder), PluginManager()).version)


def metadata(folder: Path) -> CoreMetadata:
    return ProjectMetadata(str(folder), PluginManager()).core


def last_release() -> str:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return str(tomllib.loads(text)["tool"]["hatch"]["version"]["fallback-version"])


def test_the_tag_is_the_version_and_later_commits_come_after_it(sources: Path) -> None:
    committed(sources)
    git(sources, "tag", "v7.2.0")

    assert version(sources) == "7.2.0"

    git(sources, "commit", "-qm", "More", "--allow-empty")
    assert version(sources).startswith("7.2.1.dev1+g")


def test_without_a_tag_the_version_counts_from_the_last_release(sources: Path) -> None:
    assert version(sources) == last_release()

    committed(sources)
    assert re.fullmatch(r"\d+\.\d+\.\d+\.dev1\+g[0-9a-f]+", version(sources))


def test_a_wheel_and_an_archive_built_again_say_the_version_they_were_built_as(
    sources: Path, tmp_path: Path
) -> None:
    committed(sources)
    git(sources, "tag", "v7.2.0")
    archive = next(SdistBuilder(str(sources)).build(directory=str(tmp_path)))
    with tarfile.open(archive) as file:
        # Python 3.11.4 brought filters, and later versions ask for one.
        safely: Any = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
        file.extractall(tmp_path / "unpacked", **safely)

    wheel = next(
        WheelBuilder(str(tmp_path / "unpacked" / "segops_tui-7.2.0")).build(
            directory=str(tmp_path), versions=["standard"]
        )
    )

    assert Path(wheel).name == "segops_tui-7.2.0-py3-none-any.whl"
    said = subprocess.run(
        [sys.executable, "-c", "from segops_tui._version import __version__ as v; print(v)"],
        env={"PYTHONPATH": wheel},
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=True,
    )
    assert said.stdout.strip() == "7.2.0"
    with zipfile.ZipFile(wheel) as file:
        text = file.read("segops_tui-7.2.0.dist-info/METADATA").decode()
    assert "\nProject-URL:" not in text
    assert "Version: 7.2.0\n" in text


def test_sources_that_were_never_built_say_the_last_release_and_so_does_the_changelog() -> None:
    text = (ROOT / "segops_tui" / "_version.py").read_text(encoding="utf-8")
    heads = re.findall(r"^## \[?(\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.M)

    assert f'    version = "{last_release()}"' in text
    assert heads[:1] in ([], [last_release()])


def test_addresses_are_derived_from_the_one_repository(sources: Path) -> None:
    committed(sources)
    git(sources, "tag", "v7.2.0")
    file = sources / "pyproject.toml"
    text = file.read_text(encoding="utf-8")
    assert metadata(sources).urls == {}

    at = "https://example.com/team/segops-tui"
    file.write_text(text.replace('repository = ""', f'repository = "{at}/"'), encoding="utf-8")
    git(sources, "commit", "-qam", "Name the repository")
    git(sources, "tag", "v7.3.0")
    core = metadata(sources)

    assert core.urls["Repository"] == at
    assert f"]({at}/raw/v7.3.0/screenshots/" in core.readme
    assert f"]({at}/blob/v7.3.0/docs/install.md)" in core.readme
    assert not re.findall(r"\]\((?!https?://|#)", core.readme)


def test_the_archive_has_the_tests_and_no_pictures_and_the_wheel_only_the_package() -> None:
    archive = {each.distribution_path for each in SdistBuilder(str(ROOT)).recurse_included_files()}
    wheel = {each.distribution_path for each in WheelBuilder(str(ROOT)).recurse_included_files()}

    assert {"hatch_build.py", "README.md", "LICENSE", "CHANGELOG.md"} <= archive
    assert "tests/conftest.py" in archive
    assert {"segops_tui/py.typed", "segops_tui/tui/styles/console.tcss"} <= archive & wheel
    assert not [path for path in archive if path.endswith((".svg", ".png", ".raw"))]
    assert not [path for path in archive if path.startswith(("screenshots", "tests/snapshots"))]
    assert all(path.startswith("segops_tui/") for path in wheel)
    assert not [path for path in archive | wheel if "__pycache__" in path or path.endswith(".pyc")]
