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
supply = load("supply")
release = load("release")


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

    pins = (
        "# pins\npyyaml==6.0.3 \\\n    --hash=sha256:00 \\\n    --hash=sha256:11\n"
        "pyarrow==26.0.1\nidna==3.20 ; os_name == 'nt' \\\n    --hash=sha256:22\n"
    )
    text = tool.constraints(metadata, pins)

    assert text.splitlines() == ["pyyaml==6.0.2", "pyarrow==18", "idna==3.20 ; os_name == 'nt'"]


def test_every_dependency_of_the_project_is_pinned_for_ci() -> None:
    metadata = tool.project()
    pins = (ROOT / "tests" / "constraints.txt").read_text(encoding="utf-8")
    pinned = {tool.normal(line.partition("==")[0]) for line in pins.splitlines() if "==" in line}
    extras = metadata["project"]["optional-dependencies"]
    groups = metadata["dependency-groups"]
    wanted = [*metadata["project"]["dependencies"], *groups["dev"], *groups["docs"]]

    names = {
        tool.normal(re.match(r"[\w.-]+", each)[0])
        for each in wanted + extras["parquet"] + extras["excel"]
    }

    assert names <= pinned


@pytest.mark.parametrize("name", ["constraints.txt", "constraints-release.txt"])
def test_every_pinned_file_has_a_hash_and_no_address(name: str) -> None:
    text = (ROOT / "tests" / name).read_text(encoding="utf-8")
    entries = re.findall(r"^[\w.-]+==[^\n]*\n(?:    --hash=[^\n]*\n?)*", text, re.M)

    assert len(entries) == len(tool.versions(text))
    assert all("--hash=sha256:" in entry for entry in entries)
    assert "://" not in text
    assert "--index" not in text


def test_an_audit_without_a_network_is_said_and_does_not_fail() -> None:
    words, failed = supply.verdict("pins.txt", None, "requests.exceptions.ConnectionError: no\n")

    assert (words, failed) == (["pins.txt: not audited, the service cannot be reached"], False)


def test_an_audit_that_knew_no_package_is_not_called_a_success() -> None:
    report = {"dependencies": [{"name": "idna", "skip_reason": "not found"}]}

    words, failed = supply.verdict("pins.txt", report, "No known vulnerabilities found")

    assert words == [
        "pins.txt: 0 of 1 packages audited, 0 known faults",
        "pins.txt: the service does not know 1 packages; not audited",
    ]
    assert not failed


def test_a_known_vulnerability_and_a_broken_audit_fail() -> None:
    bug = {"id": "PYSEC-0000-1", "fix_versions": ["9.9"], "aliases": [], "description": ""}
    report = {"dependencies": [{"name": "idna", "version": "3.20", "vulns": [bug]}]}

    words, failed = supply.verdict("pins.txt", report, "Found 1 known vulnerability")

    assert words[0] == "pins.txt: idna 3.20: PYSEC-0000-1, fixed in 9.9"
    assert failed
    assert supply.verdict("pins.txt", None, "ERROR: requirements file is broken")[1]


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
        "jq",
        "keyring",
        "mcp",
        "parquet",
    }


def test_the_image_gets_what_the_build_needs_and_runs_without_privileges() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    copied = [line.split()[1:-1] for line in lines if line.startswith("COPY") and "--" not in line]
    allowed = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()

    names = {name for each in copied for name in each}

    assert {"pyproject.toml", "hatch_build.py", "README.md", "LICENSE", "segops_tui"} == names
    assert names == {line[1:] for line in allowed if line.startswith("!")}
    assert [line for line in lines if line.startswith("USER")] == ["USER segops"]
    assert lines[-1] == 'ENTRYPOINT ["segops-tui"]'


CHANGES = "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- A thing.\n\n## [0.1.0] - 2026-01-01\n"


def test_cutting_a_release_leaves_an_empty_unreleased_above_it() -> None:
    text = release.released(CHANGES, "0.2.0", "2026-02-03")

    assert text.splitlines()[2:9] == [
        "## [Unreleased]",
        "",
        "## [0.2.0] - 2026-02-03",
        "",
        "### Added",
        "",
        "- A thing.",
    ]
    assert text.endswith("- A thing.\n\n## [0.1.0] - 2026-01-01\n")


@pytest.mark.parametrize(
    ("version", "date", "word"),
    [
        ("v0.2.0", "2026-02-03", "Not a version: v0.2.0"),
        ("0.2.0", "today", "Not a date: today"),
        ("0.1.0", "2026-02-03", "has 0.1.0 already"),
    ],
)
def test_a_release_that_cannot_be_cut_says_why(version: str, date: str, word: str) -> None:
    with pytest.raises(ValueError, match=re.escape(word)):
        release.released(CHANGES, version, date)
    with pytest.raises(ValueError, match="nothing under"):
        release.released(release.released(CHANGES, "0.2.0", "2026-02-03"), "0.3.0", "2026-02-03")


def test_the_formula_has_every_dependency_as_a_resource_and_what_they_are_built_with(
    tmp_path: Path,
) -> None:
    archive = tmp_path / "segops_tui-1.2.0.tar.gz"
    archive.write_bytes(b"")
    metadata = tool.project()
    hashes = {"sha256": "0" * 64}
    packages = [
        {"name": name, "sdist": {"url": f"https://example.com/{name}.tar.gz", "hashes": hashes}}
        for name in tool.lowest(metadata["project"]["dependencies"])
    ]

    text = release.formula(metadata, archive, packages)

    resources = re.findall(r'^  resource "(.*)" do$', text, re.M)
    assert resources == sorted(tool.lowest(metadata["project"]["dependencies"]))
    assert f'  url "{archive.as_uri()}"' in text
    assert {"libyaml", "re2", "python@3.13"} <= set(re.findall(r'depends_on "([^"]+)"', text))
    assert "homepage" not in text
    assert text.count(" do\n") + text.count("  def ") + 1 == len(re.findall(r"^ *end$", text, re.M))

    custom = metadata["tool"]["hatch"]["metadata"]["hooks"]["custom"]
    custom["repository"] = "https://example.com/team/segops-tui"
    published = release.formula(metadata, archive, packages)
    assert 'homepage "https://example.com/team/segops-tui"' in published
    assert "/releases/download/v1.2.0/segops_tui-1.2.0.tar.gz" in published
