"""The form judges every kind of real catalogue as the import does: it takes, asks or refuses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from textual.widgets import Input

from segops_tui.tui.product_imports.file import FilePage
from tests.jobs.imports.test_real_files import ALL_SHARED, OWN, SHARED, Case

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from textual.pilot import Pilot

BY_COLUMNS = re.compile(r"sku|map|name|identif", re.IGNORECASE)
"""Causes that the form shows at its second step, where columns are mapped."""


async def outcome(
    pilot: Pilot[Any], file: Path, reached: Callable[..., Any], seen: Callable[..., str]
) -> str:
    """`ready`, or what the form asks or says is wrong."""
    page = pilot.app.screen.query_one(FilePage)
    field = page.query_one(Input)
    field.focus()
    field.value = str(file)
    await field.action_submit()
    await reached(
        pilot,
        lambda: page._checked == str(file) and "Reading …" not in str(page._result.content),
    )
    if page._ready is not None:
        return "ready"
    return seen(pilot)


CASES = (*OWN, *(case for case in ALL_SHARED if SHARED.is_dir()))
SAMPLE = tuple(case for case in CASES if case.refused or case in CASES[:3])
"""Those about which the form has something to say, and a few that it takes; of every case
`test_real_files` knows how the file is read.
"""


@pytest.mark.parametrize(
    "cases",
    [
        pytest.param(SAMPLE, id="sample"),
        pytest.param(CASES, id="all", marks=pytest.mark.thorough),
    ],
)
async def test_the_form_takes_asks_or_refuses_as_the_import_does(
    stage, tmp_path: Path, reached, seen, cases: tuple[Case, ...]
) -> None:
    async with stage.run(place="products", size=(200, 60)) as pilot:
        await pilot.press("i")
        await reached(pilot, lambda: pilot.app.screen.query(FilePage))
        for number, case in enumerate(cases):
            file = tmp_path / f"{number}-{case.name}"
            file.write_bytes(case.read())
            found = await outcome(pilot, file, reached, seen)
            if case.refused is None:
                assert found == "ready", f"{case.name}: {found}"
            elif found == "ready":
                assert BY_COLUMNS.search(case.refused.cause), case.name
            else:
                told = re.search(case.refused.cause, " ".join(found.split()))
                assert told or "Which is right?" in found, f"{case.name}: {found}"
        assert not any("/import/" in call for call in stage.door.asked)
