"""What the package says about itself: bounds, Pythons, and what it ships."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


def load(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, ROOT / "tests" / "tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


tool = load("environments")


def test_every_requirement_has_a_lower_bound() -> None:
    metadata = tool.project()

    bounds = tool.lowest(tool.direct(metadata))

    assert len(bounds) == len(tool.direct(metadata))
    tool.lowest(metadata["dependency-groups"]["dev"])


def test_a_requirement_without_a_lower_bound_is_refused() -> None:
    with pytest.raises(ValueError, match="'rich' has no lower bound"):
        tool.lowest(["click>=8.4", "rich"])


def test_the_lowest_versions_replace_the_pinned_ones() -> None:
    metadata = {
        "project": {
            "dependencies": ["PyYAML>=6.0.2"],
            "optional-dependencies": {"parquet": ["pyarrow>=18"]},
        }
    }

    text = tool.constraints(metadata, "# pins\npyyaml==6.0.3\npyarrow==26.0.1\nidna==3.20\n")

    assert text.splitlines() == ["pyyaml==6.0.2", "pyarrow==18", "idna==3.20"]


def test_every_dependency_of_the_project_is_pinned_for_ci() -> None:
    metadata = tool.project()
    pins = (ROOT / "tests" / "constraints.txt").read_text(encoding="utf-8")
    pinned = {tool.normal(line.partition("==")[0]) for line in pins.splitlines() if "==" in line}
    extras = metadata["project"]["optional-dependencies"]
    wanted = [*metadata["project"]["dependencies"], *metadata["dependency-groups"]["dev"]]

    names = {
        tool.normal(re.match(r"[\w.-]+", each)[0])
        for each in wanted + extras["parquet"] + extras["excel"]
    }

    assert names <= pinned


def test_the_classifiers_name_no_python_that_the_tests_do_not_run_on() -> None:
    classifiers = tool.project()["project"]["classifiers"]
    named = {each.rpartition(" ")[2] for each in classifiers if re.search(r":: 3\.\d+$", each)}

    assert named <= set(tool.PYTHONS)
    assert "3.11" in named


def test_a_python_that_does_not_run_is_not_taken(tmp_path: Path) -> None:
    """pyenv puts a shim for every version on the path, which fails unless it is chosen."""
    shim = tmp_path / "python3.99"
    shim.write_text("#!/bin/sh\nexit 127\n")
    shim.chmod(0o755)

    assert tool.interpreter("3.99", which=lambda _: str(shim), home=tmp_path) is None


def test_this_python_is_found() -> None:
    minor = f"{sys.version_info.major}.{sys.version_info.minor}"

    assert tool.interpreter(minor, which=lambda _: sys.executable) == sys.executable


def test_nothing_but_the_extras_for_users_is_published() -> None:
    assert set(tool.project()["project"]["optional-dependencies"]) == {
        "excel",
        "keyring",
        "parquet",
    }


def test_the_image_gets_what_the_build_needs_and_runs_without_privileges() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    copied = [line.split()[1:-1] for line in lines if line.startswith("COPY") and "--" not in line]
    allowed = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()

    names = {name for each in copied for name in each}

    assert {"pyproject.toml", "README.md", "LICENSE", "segops_tui"} == names
    assert names == {line[1:] for line in allowed if line.startswith("!")}
    assert [line for line in lines if line.startswith("USER")] == ["USER segops"]
    assert lines[-1] == 'ENTRYPOINT ["segops-tui"]'


def test_the_version_is_in_the_changelog() -> None:
    from segops_tui import __version__

    heads = re.findall(r"^## \[?(\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.M)

    assert heads[0] == __version__
