"""What went wrong, in words that say what to do."""

from __future__ import annotations

import pytest

from segops_tui.api.errors import ConnectionFailed, Invalid, SegOpsConfigError, SegOpsError
from segops_tui.error_catalogue import command_hint
from segops_tui.jobs.engine.errors import WouldOverwrite
from segops_tui.tui.core.problems import problem_of

HOSTILE = "no \x1b[31m[red]\nroom\u202e"


@pytest.mark.parametrize(
    "error",
    [
        ConnectionFailed(HOSTILE, method="GET", url="https://api.example.com/api/segments/"),
        SegOpsConfigError(HOSTILE),
        Invalid(HOSTILE, status=400, body={}),
        SegOpsError(HOSTILE),
    ],
)
def test_what_is_said_in_passing_ends_with_what_to_do(error):
    """On a line of its own, and no word of a server moves a cursor."""
    problem = problem_of(error)

    what, todo = problem.words.split("\n")

    assert what.startswith(problem.title)
    assert todo == problem.hint
    assert problem.words.replace("\n", "").isprintable()


async def test_a_delete_that_does_not_get_through_says_what_to_do(stage, ask, reached, told, seen):
    """The key is the delete's, as ctrl+r only fetches the list; the header says offline at once."""
    ask.ok("POST", "/api/segments/", {"name": "Only"})
    async with stage.run() as pilot:
        await pilot.press("d")
        await pilot.pause()
        url = "https://api.example.com/api/segments/1/"
        stage.door.error = ConnectionFailed("Connection refused.", method="DELETE", url=url)
        await pilot.press("y")
        await reached(pilot, lambda: "Not deleted" in told(pilot))

        assert "Is the network up? Press the same key to try again." in told(pilot)
        await reached(pilot, lambda: "○ offline" in seen(pilot))


def test_a_file_that_exists_is_no_fault_of_the_profile() -> None:
    """Its remedy is a field of the form, and an option on the command line."""
    error = WouldOverwrite("a.csv exists.")
    assert problem_of(error).words == (
        "Nothing was written: a.csv exists.\n"
        "Choose another name, or tick that the file is replaced."
    )
    assert command_hint(error) == "Overwrite it with --force."
