"""Going from one profile to another: nothing of one is seen, sent or lost in the other."""

from __future__ import annotations

import pytest

from segops_tui.api.errors import SegOpsConfigError
from segops_tui.api.keys import Secret
from segops_tui.client.guard import Lock
from segops_tui.config.profiles import Profile
from segops_tui.config.secrets import FromFile
from segops_tui.tui.core.opened import Opened
from segops_tui.tui.frame.bars import HeaderBar, guard_of
from segops_tui.tui.panes.registry import PANES

KEY = "sk_test_0123456789abcdef"
BOUGHT = {"type": "event_count", "event_type": "order_placed", "operator": "gte", "value": 1}
RULE = {"logic": "AND", "conditions": [BOUGHT]}
STAGING_ROW, PROD_ROW = "Harbour regulars", "Mountain newcomers"


def mutations(stage) -> list[str]:
    """What was asked of a workspace that may have changed it."""
    reads = ("GET", "POST /segments/preview/")
    return [call for call in stage.door.asked if not call.startswith(reads)]


async def enter(pilot, world, name: str) -> None:
    """What choosing a profile in the switcher does."""
    pilot.app.enter(world.known[name])
    await pilot.pause()


async def test_the_switcher_shows_no_key_and_nothing_of_one_workspace_is_seen_in_another(
    world, go, seen, reached, gated, latch, typed
):
    """It says where each leads: colour with a symbol, guard as a word, the key as its mask.

    It is filtered by typing. Nothing is seen of another workspace neither while it loads, nor when
    an answer to the first comes late.
    """
    async with world.run() as pilot:
        await pilot.press("p")
        await reached(pilot, lambda: "▲ production" in seen(pilot))
        assert "▸ ■ staging  here" in seen(pilot)
        assert "https://prod.example.com/api" in seen(pilot)
        assert "sk_test_…cdef" in seen(pilot)
        assert KEY not in pilot.app.export_screenshot()

        await pilot.press("slash")
        await typed(pilot, "brok")
        await reached(pilot, lambda: "audit" not in seen(pilot))
        await pilot.press("enter")
        await pilot.pause()
        assert "line 9: no key." in seen(pilot)
        assert pilot.app.workspace.profile.name == "staging"
        await pilot.press("escape", "escape")
        await pilot.pause()
        assert type(pilot.app.screen).__name__ == "MainScreen"

        assert STAGING_ROW in seen(pilot)
        before, left = pilot.app.screen, world.staging
        with gated(left, lambda _call: True):
            await pilot.press("ctrl+r", "0", "1")
            world.before_opening = lambda _profile: latch.wait(60)
            await go(pilot, "prod")
            await reached(pilot, lambda: "│ prod" in seen(pilot))
            assert STAGING_ROW not in seen(pilot)
            assert "◌ connecting" in seen(pilot)
            latch.set()
        await reached(pilot, lambda: PROD_ROW in seen(pilot))

        assert STAGING_ROW not in seen(pilot)
        assert not before.is_running
        assert not [w for w in pilot.app.workers if w.node is before or before in w.node.ancestors]
        assert world.closed == ["staging"]


async def test_a_job_goes_on_under_its_own_profile_and_says_so(world, seen, told, reached, gated):
    """Its client stays until it has ended; what it is called names the profile.

    Leaving the console asks about it too: a job out of sight is one that runs.
    """
    async with world.run() as pilot:
        staging = world.staging.door
        with gated(world.staging, lambda call: call.startswith("POST")):
            await pilot.press("r")
            await reached(pilot, lambda: "recompute Harbour" in seen(pilot))
            await enter(pilot, world, "prod")
            await reached(pilot, lambda: PROD_ROW in seen(pilot))
            assert f"staging: recompute {STAGING_ROW}" in seen(pilot)
            assert "1 job running" in seen(pilot)

            await pilot.press("0")
            await reached(pilot, lambda: "▶ running" in seen(pilot))
            pane = pilot.app.screen.pane
            assert pane.row.profile == "staging"
            assert (
                pane.action("jobs.resume").unavailable(pane)
                == "It is a job of staging: press p to go there."
            )
            assert world.closed == []

            await pilot.press("q")
            await pilot.pause()
            assert "Quit while 1 job runs?" in seen(pilot)
            assert "Profile  staging" in seen(pilot)
            await pilot.press("enter")
            await pilot.pause()
            assert type(pilot.app.screen).__name__ == "MainScreen"

        await reached(pilot, lambda: f"✓ staging: recompute {STAGING_ROW}" in told(pilot))
        await reached(pilot, lambda: world.closed == ["staging"])

        assert any(call.startswith("POST") for call in staging.asked)
        assert mutations(world.prod) == []


async def test_coming_back_to_a_job_finds_it_in_its_row_and_nobody_leaves_amid_a_deletion(
    world, seen, told, reached, gated
):
    """The workspace that was left is taken up, not opened twice.

    The pane stays the same and the log is each workspace's own: commands of one would mean others
    in the next.
    """
    async with world.run() as pilot:
        first = pilot.app.workspace
        with gated(world.staging, lambda call: call.startswith("POST")):
            await pilot.press("r")
            await reached(pilot, lambda: first.jobs.progress)
            first.log.add("segops-tui segments get 1")
            await pilot.press("2")
            await enter(pilot, world, "prod")
            await reached(pilot, lambda: pilot.app.workspace is not None)
            assert pilot.app.workspace is not first
            assert pilot.app.screen.place == "products"
            assert pilot.app.workspace.log.entries == []

            await enter(pilot, world, "staging")
            await pilot.press("1")
            await reached(pilot, lambda: "◌ computing" in seen(pilot))

            assert pilot.app.workspace is first
            assert "staging: recompute" not in seen(pilot)
        await reached(pilot, lambda: not pilot.app.workspace.jobs.progress)

        # Half of it would be done, and nobody would be told.
        with gated(world.staging, lambda call: call.startswith("DELETE")):
            await pilot.press("d", "y")
            await reached(pilot, lambda: mutations(world.staging)[-1].startswith("DELETE"))
            await pilot.press("p")
            await pilot.pause()

            assert type(pilot.app.screen).__name__ == "MainScreen"
            assert "A change is being sent" in told(pilot)
        await reached(pilot, lambda: "1 segment deleted" in told(pilot))


async def test_a_profile_that_cannot_be_opened_leaves_a_way_back(world, go, seen, reached, latch):
    """The trouble stands in the new profile; the switcher works from there.

    An opener that is overtaken opens nothing: what it opened late is closed unseen.
    """

    def refuse(profile: Profile) -> None:
        if profile.name == "prod":
            raise SegOpsConfigError("The key is of the wrong kind.", hint="Use another.")

    def slow(profile: Profile) -> None:
        if profile.name == "prod":
            assert latch.wait(60)

    async with world.run() as pilot:
        world.before_opening = refuse
        await go(pilot, "prod")
        await reached(pilot, lambda: "The key is of the wrong kind." in seen(pilot))
        assert "Use another. p goes to another profile." in seen(pilot)
        assert "PRODUCTION" in seen(pilot)
        assert STAGING_ROW not in seen(pilot)
        assert world.closed == ["staging"]

        world.before_opening = slow
        await go(pilot, "staging")
        await reached(pilot, lambda: STAGING_ROW in seen(pilot))
        await enter(pilot, world, "prod")
        await enter(pilot, world, "staging")
        await reached(pilot, lambda: STAGING_ROW in seen(pilot))
        latch.set()
        await reached(pilot, lambda: world.closed == ["staging", "staging", "prod"])

        assert pilot.app.workspace.profile.name == "staging"
        assert PROD_ROW not in seen(pilot)


ALL_PLACES = [place.name for place in PANES]
LOCKED, READ_ONLY = "locked: U unlocks for 15 minutes", "read-only: audit is guarded"


@pytest.mark.parametrize(
    ("locked", "read_only"),
    [
        (["segments", "jobs", "products"], ["segments"]),
        pytest.param(ALL_PLACES, ALL_PLACES, marks=pytest.mark.thorough),
    ],
)
async def test_the_lock_opens_after_a_question_and_what_is_guarded_says_why_it_cannot(
    world, locked, read_only, seen, told, reached
):
    """The default is No; fifteen minutes later it is locked, and U locks at once.

    A change that gets past the keys is refused in the client: the time ran out while a question
    was open, and what would have been sent is said. Every action that changes a guarded workspace
    says why it cannot; nothing is sent, no dialog opens.
    """
    async with world.run("prod", size=(80, 24)) as pilot:
        assert "PRODUCTION locked" in seen(pilot)
        await pilot.press("U")
        await pilot.pause()
        assert "Unlock prod?" in seen(pilot)
        assert "Profile  prod" in seen(pilot)
        await pilot.press("enter")
        await pilot.pause()
        assert "PRODUCTION locked" in seen(pilot)

        await pilot.press("U", "y")
        await reached(pilot, lambda: "PRODUCTION unlocked 15:00" in seen(pilot))
        world.lock_clock[0] = 28.0
        await reached(pilot, lambda: "PRODUCTION unlocked 14:32" in seen(pilot))
        await pilot.press("d")
        await reached(pilot, lambda: "Delete 1 segment?" in seen(pilot))
        assert PROD_ROW in seen(pilot)
        assert "Profile  prod" in seen(pilot)
        world.lock_clock[0] = 15 * 60.0
        await pilot.press("y")
        await reached(pilot, lambda: "Not deleted" in told(pilot))
        assert "DELETE /segments/1/ was not sent" in told(pilot)
        assert mutations(world.prod) == []
        assert PROD_ROW in seen(pilot)
        await reached(pilot, lambda: "PRODUCTION locked" in seen(pilot))
        assert "Locked again" in told(pilot)

        await pilot.press("U", "y")
        await reached(pilot, lambda: "unlocked 15:00" in seen(pilot))
        await pilot.press("U")
        await reached(pilot, lambda: "PRODUCTION locked" in seen(pilot))

        for reason, places in ((LOCKED, locked), (READ_ONLY, read_only)):
            if reason == READ_ONLY:
                await enter(pilot, world, "audit")
                await reached(pilot, lambda: pilot.app.workspace.profile.name == "audit")
            asked = []
            for place in places:
                pilot.app.screen.go(place)
                await reached(pilot, lambda place=place: pilot.app.screen.pane.id == place)
                pane = pilot.app.screen.pane
                for action in pane.ACTIONS:
                    if action.changes:
                        pane.perform(action)
                        asked.append(action.id)
                        assert pane.unavailable(action).startswith(reason), action.id
            await pilot.pause()

            assert len(asked) > (20 if places == ALL_PLACES else 4)
            assert type(pilot.app.screen).__name__ == "MainScreen"
            assert reason in told(pilot)
            assert mutations(world.prod) == []


def test_the_header_keeps_name_and_guard_where_room_is_short():
    """The program's name goes first, then the workspace; the badge is always whole."""
    source = FromFile(None, Secret(KEY))  # type: ignore[arg-type]
    profile = Profile("shop-prod", "https://api.example.com", source, guard="production")
    profile = profile._replace(workspace="A shop with a rather long name of its own")
    lock = Lock("guarded", clock=lambda: 0.0)
    lock.unlock()
    header = HeaderBar(profile)
    header.set_reactive(HeaderBar.guard, guard_of(profile, Opened(None, lock)))  # type: ignore[arg-type]
    header.set_reactive(HeaderBar.running, 2)
    header.set_reactive(HeaderBar.clock, "12:00:00")

    def drawn(width: int) -> str:
        return header.draw_line(width).plain

    assert drawn(150).startswith(
        "segops-tui │ shop-prod · A shop with a rather long name of its own"
    )
    assert drawn(110).startswith("shop-prod · A shop with a ra")
    assert drawn(79).startswith("shop-prod  PRODUCTION unlocked 15:00 ")
    assert drawn(79).endswith("12:00:00")
    assert drawn(70).startswith("shop-prod  PRODUCTION unlocked 15:00 ")
    assert drawn(70).endswith("2 jobs running")
    assert drawn(60).startswith("s…  PRODUCTION unlocked 15:00 ")


@pytest.mark.parametrize(
    ("guard", "opened", "words"),
    [
        ("none", Opened(None), ""),
        ("none", Opened(None, read_only="read-only: asked for"), "read-only"),
        ("read-only", None, "read-only"),
        ("production", None, "PRODUCTION"),
        ("production", Opened(None), "PRODUCTION unlocked"),
        ("production", Opened(None, read_only="read-only: asked for"), "PRODUCTION read-only"),
        ("production", Opened(None, Lock("guarded")), "PRODUCTION locked"),
    ],
)
def test_every_guard_has_its_words(guard, opened, words):
    """A colour alone would say nothing to many."""
    profile = Profile("x", "https://api.example.com", None, guard=guard)

    assert guard_of(profile, opened)[0] == words
