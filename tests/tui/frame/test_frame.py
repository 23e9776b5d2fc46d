"""The frame: opening, panes, header, help, palette, log, leaving."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from segops_tui.api.errors import SegOpsConfigError
from segops_tui.config.profiles import Profile
from segops_tui.config.secrets import from_environment
from segops_tui.tui.frame.bars import PaneBar, SidebarEntry
from segops_tui.tui.panes.registry import PANES
from segops_tui.tui.product_imports.screen import IMPORT_ACTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

EMPTY = {"logic": "AND", "conditions": []}


@pytest.fixture
def one(ask) -> None:
    ask.ok("POST", "/api/segments/", {"name": "Only", "definition": EMPTY})


@pytest.fixture
def remote() -> Profile:
    return Profile("staging", "https://api.example.com/api", from_environment("NO_SUCH_KEY"))


async def test_the_frame_is_painted_before_the_workspace_is_open_and_a_pane_can_be_chosen(
    stage, one, seen, reached, latch
):
    """An opener that takes long keeps nobody from seeing where they are, nor from going on."""

    def slow():
        assert latch.wait(60)
        return stage.open_client()

    console = stage.console(open_client=slow)
    async with console.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        assert "segops-tui │ sandbox" in seen(pilot)
        assert "◌ connecting" in seen(pilot)
        assert "Opening" in seen(pilot)

        await reached(pilot, lambda: "Preparing the sandbox" in seen(pilot))

        console.screen.go("schemas")
        latch.set()
        await reached(pilot, lambda: getattr(console.screen.pane, "id", "") == "schemas")
        await pilot.press("1")
        await reached(pilot, lambda: "Only" in seen(pilot))


async def test_a_profile_that_cannot_be_opened_says_what_to_do(stage, one, seen, reached):
    """The hint of the error is on the screen, and `ctrl+r` opens once more."""
    answers: Iterator[bool] = iter([False, True])

    def sometimes():
        if not next(answers):
            raise SegOpsConfigError("There is no key.", hint="Set SEGOPS_API_KEY.")
        return stage.open_client()

    console = stage.console(open_client=sometimes)
    async with console.run_test(size=(100, 30)) as pilot:
        await reached(pilot, lambda: "There is no key." in seen(pilot))
        assert "Set SEGOPS_API_KEY." in seen(pilot)
        assert "key refused" in seen(pilot)

        await pilot.press("ctrl+r")
        await reached(pilot, lambda: "Only" in seen(pilot))
        await pilot.press("q")
        await pilot.pause()
    assert console.return_code == 0


async def test_a_digit_a_click_and_the_palette_go_to_panes_which_keep_their_rows(
    stage, ask, one, seen, reached
):
    """One cheap request tells how many products there are, in a pane that was not opened yet.

    The palette goes to a segment by its name, from any pane, whatever was filtered. What has a key
    has a name too. Two panes are never drawn at once: neither at the first visit, nor where the
    user has gone on before it was made. The last key of the line ends where the panes do.
    """
    ask.ok("POST", "/api/segments/", {"name": "Second", "definition": EMPTY})
    ask.ok("POST", "/api/segments/", {"name": "Winter [sale]", "definition": EMPTY})
    for sku in ("a", "b"):
        ask.ok("POST", "/api/pim/products/", {"sku": sku, "name": sku})
    async with stage.run() as pilot:
        screen = pilot.app.screen
        bar = screen.query_one("PaneBar")
        await reached(pilot, lambda: bar.counts.get("products") == 2)
        assert "GET /pim/products/?page_size=1" in stage.door.asked
        keys = seen(pilot).splitlines()[-1]
        assert keys.endswith("q Quit")
        assert len(keys) == 119

        for name in ("products", "jobs", "products", "product-segments"):
            screen.go(name)
        for _ in range(20):
            await pilot.pause(0)
            assert sum(pane.display for pane in screen.query("#panes > .pane")) <= 1
        await reached(pilot, lambda: screen.pane.id == "product-segments")

        await pilot.press("1", "down", "2")
        await reached(pilot, lambda: "Products 2 of 2" in seen(pilot))
        await pilot.press("0")
        await reached(pilot, lambda: "Jobs 0 of 0" in seen(pilot))
        await pilot.press("1")
        await reached(pilot, lambda: screen.pane.id == "segments")
        assert screen.pane.row.name == "Second"
        assert screen.pane.table.has_focus

        await pilot.click("#bar", offset=(4, 6))
        await reached(pilot, lambda: screen.pane.id == "product-segments")

        await pilot.press("ctrl+p")
        pilot.app.screen.query_one("CommandInput").value = "winter"
        await reached(pilot, lambda: pilot.app.screen.query_one("CommandList").option_count == 1)
        await pilot.press("enter")
        await reached(pilot, lambda: screen.pane.id == "segments")
        await reached(pilot, lambda: screen.pane.row.name == "Winter [sale]")

        await pilot.press("colon")
        pilot.app.screen.query_one("CommandInput").value = "theme"
        await reached(pilot, lambda: pilot.app.screen.query_one("CommandList").option_count)
        await pilot.press("enter")
        await reached(pilot, lambda: pilot.app.theme == "segops-light")


async def test_y_copies_what_is_typed_elsewhere_P_pauses_and_q_asks_while_a_job_runs(
    stage, one, seen, told, reached, gated
):
    """The id on `y` twice, on `Y` the command. The log copies the command that does the same.

    `p` is no key that does nothing: a console on one profile says that there is no other.
    `P` says that the pane asks no more; `ctrl+r` still asks once. Notices can be read again. The
    ledger has a job that was let go of when the person quit.
    """
    async with stage.run() as pilot:
        await pilot.press("y", "y")
        assert pilot.app.clipboard == "1"
        await pilot.press("Y", "p")
        assert pilot.app.clipboard == "segops-tui segments get 1"
        assert "This console was started for one profile only." in told(pilot)

        asked = stage.door.asked.count("GET /segments/?page_size=200")
        await pilot.press("P")
        await pilot.pause()
        assert "‖ paused" in seen(pilot)
        assert "refresh paused" in seen(pilot)
        assert pilot.app.screen.pane._timer is None

        await pilot.press("ctrl+r")
        await pilot.pause(0.2)
        assert stage.door.asked.count("GET /segments/?page_size=200") == asked + 1

        pilot.app.notify("Gone [b]for good.", title="Not saved", severity="error", markup=False)
        pilot.app.notify("S0 and S1: Gone.", title="✗ 2 jobs failed", severity="error")
        await pilot.press("exclamation_mark")
        await reached(pilot, lambda: "✗ Not saved: Gone [b]for good." in seen(pilot))
        assert " ✗ 2 jobs failed: S0 and S1: Gone." in seen(pilot)
        assert "✗ ✗" not in seen(pilot)
        await pilot.press("escape")

        await pilot.press("r")
        await reached(pilot, lambda: pilot.app.workspace.log.entries)
        await pilot.press("L")
        await reached(pilot, lambda: "segops-tui segments recompute 1" in seen(pilot))
        await pilot.press("y", "escape")
        assert pilot.app.clipboard == "segops-tui segments recompute 1"
        pilot.app.clear_notifications()

        with gated(stage, lambda call: "GET /segments/1/" in call):
            await pilot.press("r")
            await pilot.pause(0.3)
            await pilot.press("q")
            await pilot.pause()
            assert "Quit while 1 job runs?" in seen(pilot)
            assert "jobs resume" in seen(pilot)

            await pilot.press("y")
            await pilot.pause()

    ledger = stage.open_ledger()
    # The first one failed: nobody can compute a rule without conditions.
    assert [job.state for job in ledger.list()] == ["detached", "failed"]
    ledger.close()


@pytest.mark.parametrize(
    ("guard", "badge"),
    [
        ("production", "PRODUCTION"),
        pytest.param("read-only", "read", marks=pytest.mark.thorough),
    ],
)
async def test_a_guarded_profile_shows_its_badge_and_a_first_visit_asks_once(
    stage, one, remote, guard, badge, seen, monkeypatch
):
    """Nobody has to remember where they are. A quick answer may be there before the pane is."""

    async def at_once(function: Any, *arguments: Any) -> Any:
        return function(*arguments)

    monkeypatch.setattr("segops_tui.sandbox.core.in_process._in_thread", at_once)
    stage.profile = remote._replace(guard=guard)
    async with stage.run() as pilot:
        assert "staging" in seen(pilot)
        assert badge in seen(pilot)
        assert "Only" in seen(pilot)
        assert stage.door.asked.count("GET /segments/?page_size=200") == 1


def test_every_action_has_an_id_of_its_own_and_words_for_help():
    """A keymap and a log refer to ids; nobody is left without a tooltip."""
    from segops_tui.tui.frame.app import Console
    from segops_tui.tui.frame.main import MainScreen

    owners = (Console, MainScreen, *(pane.load() for pane in PANES))
    actions = [*(action for owner in owners for action in owner.ACTIONS), *IMPORT_ACTIONS]
    # What every list does has one id in all panes: one key binding in the config file.
    meanings: dict[str, set[tuple[str, str]]] = {}
    for action in actions:
        meanings.setdefault(action.id, set()).add((action.title, action.key))

    assert {name: each for name, each in meanings.items() if len(each) > 1} == {}
    assert all(action.title and action.help for action in actions)


def test_every_action_does_something():
    """A key in the bar that does nothing would be a lie."""
    from segops_tui.tui.frame.app import Console
    from segops_tui.tui.product_imports.screen import ImportScreen

    for actor in (Console, ImportScreen, *(place.load() for place in PANES)):
        for action in actor.ACTIONS:
            verb = action.id.partition(".")[2]
            assert action.run is not None or hasattr(actor, f"do_{verb}"), (actor, action.id)


def test_no_key_is_given_twice_in_one_pane():
    """The second one would never be reached."""
    for place in PANES:
        keys = [key for action in place.load().ACTIONS for key in action.key.split(",")]

        assert len(keys) == len(set(keys)), place.name


def test_every_pane_is_in_the_line_of_a_narrow_screen_with_a_short_name() -> None:
    titles = ["Segments", "Products", "Product segs", "Competitors"]
    entries = [
        SidebarEntry(title.casefold(), digit, title)
        for title, digit in zip(titles, ["1", "2", "5", ""], strict=True)
    ]
    bar = PaneBar(entries)
    bar.set_reactive(PaneBar.current, "products")
    cells = [bar._short(entry, 3, counted=True) for entry in entries]

    assert cells == [" 1Seg", " 2 Products ", " 5Pse", " ·Com"]


def test_the_name_of_a_pane_stays_whole_beside_a_large_count() -> None:
    bar = PaneBar([SidebarEntry("products", "2", "Products")])
    rows = []
    for count in (1_234, 20_000, 1_000_000):
        bar.set_reactive(PaneBar.counts, {"products": count})
        rows.append(bar._row(bar._entries[0], 18).plain)

    assert rows == [" 2 Products 1,234 ", " 2 Products   20k ", " 2 Products    1M "]


def test_three_letters_of_each_pane_fit_into_80_columns_whatever_is_wrong() -> None:
    """What is wrong is marked, and counted where there is room."""
    entries = [SidebarEntry(p.name, p.digit, p.short_title or p.title) for p in PANES]
    bar = PaneBar(entries)
    bar.set_reactive(PaneBar.current, "segments")
    wrong = ("segments", "product-segments", "schemas", "activations", "pages")
    bar.set_reactive(PaneBar.alerts, dict.fromkeys(wrong, (0, 2)))

    line = "".join(cell for _, cell in bar._line(80))

    assert line == (
        " HHea! 1 Segments !  2Pro 3Que 4Pag! 5Pse! 6Use 7Act! 8Sch! 9Ana 0Job ·Com ·Web"
    )
