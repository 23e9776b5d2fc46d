"""The form for a profile: checked as it is typed, tried, kept, and never a key in sight."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from segops_tui.api.errors import ConnectionFailed, SegOpsConfigError
from segops_tui.api.keys import Secret
from segops_tui.config.profiles import Profile
from segops_tui.config.secrets import FromFile
from segops_tui.tui.core.profiles import Known, Profiles
from segops_tui.tui.profiles.form import (
    AS_IT_IS,
    COMMAND,
    KEYRING,
    NO_COLOUR,
    TYPED,
    VARIABLE,
    ProfileDraft,
)
from segops_tui.tui.widgets.tick import Tick

KEY = "sk_test_0123456789abcdef"
ADDRESS = "https://api.example.com/api"
FILE = Path("config.toml")
OLD = Profile("staging", ADDRESS, FromFile(FILE, Secret(KEY)), colour="green", workspace="Shop")
GOOD = ProfileDraft("qa", ADDRESS, "", TYPED, "none", NO_COLOUR, KEY)


class Keeper:
    """Stands for the config file and a server."""

    def __init__(self) -> None:
        self.tried: list[Any] = []
        self.kept: list[Any] = []
        self.error: Exception | None = None

    def profiles(self) -> Profiles:
        def attempt(new: Any) -> None:
            self.tried.append(new)
            if self.error is not None:
                raise self.error

        def keep(new: Any, replaces: bool) -> None:
            self.kept.append((new, replaces))

        def known() -> list[Known]:
            names = [new.name for new, _ in self.kept if new.name != "staging"]
            added = [Known(name, OLD._replace(name=name)) for name in names]
            return [Known("staging", OLD, key="sk_test_…cdef · config.toml"), *added]

        def never(profile: Profile) -> Any:
            raise SegOpsConfigError(f"{profile.name} is not opened here.")

        return Profiles(known, never, attempt, keep)


@pytest.fixture
def keeper() -> Keeper:
    return Keeper()


@pytest.fixture
def form(stage, keeper, reached):
    """A console whose form is open, to add a profile or to change the one there is."""
    stage.profile = OLD

    class Opening:
        async def __aenter__(self) -> Any:
            self._run = stage.run(size=(80, 24), profiles=keeper.profiles())
            pilot = await self._run.__aenter__()
            await pilot.press("p")
            await reached(pilot, lambda: pilot.app.screen._known)
            return pilot

        async def __aexit__(self, *exc: object) -> None:
            await self._run.__aexit__(*exc)

    return Opening


def field(pilot: Any, name: str) -> Any:
    return pilot.app.screen.query_one(f"#{name}")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "bad name"}, "is not a valid profile name"),
        ({"name": "-x"}, "is not a valid profile name"),
        ({"name": "sandbox"}, "is the built-in sandbox"),
        ({"name": "staging"}, "There is a profile staging already"),
        ({"address": "http://api.example.com"}, "the key would be sent unencrypted"),
        ({"address": "api.example.com"}, "Not a valid URL"),
        ({"address": "https://me:pw@api.example.com"}, "user name or password"),
        ({"address": "https://api.example.com:no"}, "Not a valid URL"),
        ({"given": "pk_test_0123456789abcdef"}, "This is a public key"),
        ({"given": "mk_test_0123456789abcdef"}, "This is an assistant key"),
        ({"given": "secret"}, "This is not a SegOps key"),
        ({"source": KEYRING, "given": "secret"}, "This is not a SegOps key"),
        ({"source": VARIABLE, "given": "NOT-ONE"}, "not a valid variable name"),
        ({"source": COMMAND, "given": "pass 'show"}, "an unclosed quote"),
        ({"source": COMMAND, "given": f"echo {KEY}"}, "contains a key"),
        (
            {"old": OLD, "source": AS_IT_IS, "address": "https://other.example.com", "given": ""},
            "only sent to its own server",
        ),
        (
            {"old": OLD, "source": AS_IT_IS, "address": "https://api.example.com:x", "given": ""},
            "Not a valid URL",
        ),
    ],
)
def test_what_is_wrong_is_said_without_the_key(change, words):
    """Each field by the rule the command line has for it."""
    fault = replace(GOOD, **change).fault({"staging"})

    assert words in fault
    assert "0123456789" not in fault


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": ""}, "A name is required."),
        ({"address": ""}, "An address is required"),
        ({"given": ""}, "The key is required; it is not shown."),
        ({"given": "", "source": VARIABLE}, "Which environment variable"),
        ({"given": "", "source": COMMAND}, "Which command"),
        ({"given": "", "source": AS_IT_IS, "old": OLD}, ""),
        ({}, ""),
    ],
)
def test_what_is_missing_is_asked_for(change, words):
    """A field that is still empty is no mistake yet."""
    draft = replace(GOOD, **change)

    assert draft.missing().startswith(words)
    assert draft.missing() == words or words
    assert draft.fault(()) == ""


def test_a_draft_asks_for_what_was_given_and_for_nothing_else():
    """A guard that follows from the name and no colour are not written down."""
    assert dict(GOOD.new_profile().settings) == {"api_url": ADDRESS}
    assert GOOD.new_profile().typed == KEY
    assert KEY not in repr(GOOD) + repr(GOOD.new_profile())

    more = replace(
        GOOD, source=VARIABLE, given="QA_KEY", guard="read-only", guard_chosen=True, colour="cyan"
    ).new_profile()
    assert more.typed is None
    assert dict(more.settings) == {
        "api_url": ADDRESS,
        "guard": "read-only",
        "colour": "cyan",
        "key_env": "QA_KEY",
    }
    assert replace(GOOD, source=KEYRING).new_profile().in_keyring


async def test_faults_are_said_while_one_types_and_a_key_is_gone_before_it_is_drawn(
    form, keeper, typed, seen, told, reached
):
    """Nothing is missing before something was typed. All of it is in sight at 80 by 24.

    A key is gone where it is typed or pasted into a name, an address or a command. It is not
    carried over into a field that shows it, and leaving the form drops it.

    A read that fails keeps nothing, and its reason is shown; without the tick it is kept all the
    same.
    """
    async with form() as pilot:
        await pilot.press("a")
        await reached(pilot, lambda: "Add a profile" in seen(pilot))
        assert "required" not in seen(pilot)
        for words in ("Name", "Address", "Key", "Guard", "Colour", "ctrl+s save"):
            assert words in seen(pilot)
        assert "[✓] Test the connection" in seen(pilot)

        await pilot.press("ctrl+s")
        await reached(pilot, lambda: "A name is required." in seen(pilot))
        await typed(pilot, "staging")
        await reached(pilot, lambda: "There is a profile staging already" in seen(pilot))
        await pilot.press("ctrl+s")
        await pilot.pause(0.1)
        assert keeper.tried == keeper.kept == []

        tick = pilot.app.screen.query_one(Tick)
        tick.value = False
        await pilot.pause()
        assert "[ ] Test the connection" in seen(pilot)
        await pilot.press(*["tab"] * 8)
        assert pilot.app.screen.focused is not None

        for name in ("name", "workspace", "address", "shown"):
            field(pilot, name).value = f"x {KEY}"
            assert field(pilot, name).value == ""
        field(pilot, "name").focus()
        await pilot.pause()
        await typed(pilot, KEY)
        await pilot.pause()

        shot = pilot.app.export_screenshot()
        assert not [KEY[at : at + 4] for at in range(8, 21) if KEY[at : at + 4] in shot]
        assert field(pilot, "name").value == ""
        field(pilot, "name").focus()
        await typed(pilot, "qa")
        assert field(pilot, "name").value == "qa"
        assert "Type it in the masked field" in told(pilot)

        hidden, source = field(pilot, "hidden"), field(pilot, "source")
        field(pilot, "name").value = "qa"
        hidden.value = KEY
        source.focus()
        await pilot.press("right")
        await reached(pilot, lambda: hidden.value == "")
        assert field(pilot, "shown").value == ""

        hidden.value = KEY
        await pilot.press("escape")
        await pilot.pause()
        assert hidden.value == ""

        keeper.error = ConnectionFailed("No route to host.", method="GET", url=ADDRESS)
        await pilot.press("e")
        await reached(pilot, lambda: "Change staging" in seen(pilot))
        field(pilot, "workspace").value = "Another"
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: "Not saved: No route to host." in seen(pilot))
        assert keeper.kept == []

        pilot.app.screen.query_one("Checkbox").value = False
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: keeper.kept)
        new, replaces = keeper.kept[0]
        assert replaces
        assert new.typed is None
        assert dict(new.settings) == {
            "api_url": ADDRESS,
            "workspace": "Another",
            "colour": "green",
        }


async def test_a_profile_is_added_and_its_key_is_never_seen(form, keeper, typed, seen, reached):
    """Hidden while it is typed, gone from the form once it is kept, no way to copy it."""
    shots = []
    async with form() as pilot:
        await pilot.press("a")
        await reached(pilot, lambda: "Add a profile" in seen(pilot))
        await typed(pilot, "qa-prod")
        await reached(pilot, lambda: "● production" in seen(pilot))
        await pilot.press("tab", "tab", "tab", "tab")
        hidden = field(pilot, "hidden")
        assert hidden.has_focus
        hidden.insert_text_at_cursor(KEY[:-3])
        await typed(pilot, KEY[-3:])
        shots.append(pilot.app.export_screenshot())
        await pilot.press("shift+home", "ctrl+c", "ctrl+x")
        shots.append(pilot.app.export_screenshot())
        assert hidden.value == KEY
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: keeper.kept)
        await reached(pilot, lambda: "■ qa-prod" in seen(pilot))
        shots.append(pilot.app.export_screenshot())

        new, replaces = keeper.kept[0]
        assert (new.name, new.typed, replaces) == ("qa-prod", KEY, False)
        assert keeper.tried == [new]
        assert hidden.value == ""
        assert pilot.app.clipboard == ""
    for shot in shots:
        assert not [KEY[at : at + 6] for at in range(8, 19) if KEY[at : at + 6] in shot]
