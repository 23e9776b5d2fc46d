"""The project's own rules, held by reading its source."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import segops_tui

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "segops_tui"
MODULES = sorted(PACKAGE.rglob("*.py"))


def name_of(module: Path) -> str:
    return module.relative_to(ROOT).as_posix()


def test_a_key_is_revealed_where_the_header_is_made_and_nowhere_else() -> None:
    calls = [name_of(m) for m in MODULES if ".reveal()" in m.read_text(encoding="utf-8")]

    assert calls == ["segops_tui/client/wire.py"]


def test_only_one_module_imports_the_http_library() -> None:
    pattern = re.compile(r"^\s*(import httpx|from httpx)", re.MULTILINE)

    importers = [name_of(m) for m in MODULES if pattern.search(m.read_text(encoding="utf-8"))]

    assert importers == ["segops_tui/client/http.py"]


def test_a_module_says_what_it_is() -> None:
    silent = [
        name_of(module)
        for module in MODULES
        if not module.read_text(encoding="utf-8").lstrip().startswith('"""')
    ]

    assert silent == []


def test_no_server_text_can_reach_markup() -> None:
    pattern = re.compile(r"from_markup|markup=True|\.markup\(")

    assert [name_of(m) for m in MODULES if pattern.search(m.read_text(encoding="utf-8"))] == []


def test_no_statement_mixes_numbered_placeholders_with_a_sequence() -> None:
    """Python 3.12 warns about `?1` with a tuple, and a later Python will refuse it."""
    numbered = re.compile(r"[=(,\s]\?[0-9]")

    tests = Path(__file__).resolve().parents[1].rglob("*.py")

    found = [m.name for m in [*MODULES, *tests] if numbered.search(m.read_text(encoding="utf-8"))]

    assert found == []


def test_ignored_types_are_few_and_have_a_code() -> None:
    lines = [
        line
        for module in MODULES
        for line in module.read_text(encoding="utf-8").splitlines()
        if "type: ignore" in line
    ]

    assert all("type: ignore[" in line for line in lines)
    assert len(lines) <= 5


def test_every_public_name_exists_and_is_documented() -> None:
    for name in segops_tui.__all__:
        value = getattr(segops_tui, name)
        assert name == "__version__" or value.__doc__, name


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Nonsense'"):
        _ = segops_tui.Nonsense
