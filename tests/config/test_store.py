"""Profiles changed for good, and the keys that go with them."""

from __future__ import annotations

import json
import os
import random
import signal
import stat
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from segops_tui.api.errors import SegOpsConfigError, WrongKeyKind
from segops_tui.config import store
from segops_tui.config.faults import every_fault
from segops_tui.config.paths import find_paths
from segops_tui.config.profiles import Settings
from segops_tui.config.store import NewProfile

if TYPE_CHECKING:
    from segops_tui.config.paths import Paths

KEY = "sk_test_0123456789abcdef"


@pytest.fixture
def paths(home: Path) -> Paths:
    return find_paths({"SEGOPS_TUI_HOME": str(home)})


def data(paths: Paths) -> dict[str, Any]:
    return tomllib.loads(paths.config_file.read_text())


def test_a_new_profile_can_be_used_at_once(paths: Paths) -> None:
    store.add(paths, NewProfile("staging", {"colour": "green"}, KEY), use=True)

    profile = Settings.load(paths).profile(None, {})

    assert (profile.name, profile.chosen_by, profile.colour) == ("staging", "config.toml", "green")
    assert profile.key({}).mask == "sk_test_…cdef"


def test_a_profile_shows_no_key_however_it_is_printed() -> None:
    assert KEY not in repr(NewProfile("staging", {}, KEY))
    assert KEY not in repr(NewProfile("staging", {}, KEY).to_try())


@pytest.mark.parametrize(
    ("new", "words"),
    [
        (NewProfile("a b", {}, KEY), "is not a valid profile name"),
        (NewProfile("../x", {}, KEY), "is not a valid profile name"),
        (NewProfile("x" * 65, {}, KEY), "is not a valid profile name"),
        (NewProfile("sandbox", {}, KEY), "built-in sandbox"),
        (NewProfile("environment", {}, KEY), "SEGOPS_API_KEY alone"),
        (NewProfile("x", {}, None), "has no key"),
        (NewProfile("x", {"key_env": "A"}, KEY), "several keys"),
        (NewProfile("x", {"api_url": "http://example.com"}, KEY), "unencrypted"),
        (NewProfile("x", {"key_env": KEY}), "this is a key"),
        (NewProfile("x", {"key_env": "1X"}), "not a valid variable name"),
        (NewProfile("x", {"key_command": f"echo {KEY}"}), "contains a key"),
        (NewProfile("x", {"key_command": "'"}), "an unclosed quote"),
        (NewProfile("x", {"guard": "maybe"}, KEY), "guard is one of"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_written(
    paths: Paths, new: NewProfile, words: str
) -> None:
    with pytest.raises(SegOpsConfigError, match=words) as caught:
        store.add(paths, new)

    assert not paths.config_file.exists()
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("key", ["pk_live_0123456789", "mk_0123456789ab", "hunter2"])
def test_a_key_of_the_wrong_kind_is_not_kept(paths: Paths, key: str) -> None:
    with pytest.raises(WrongKeyKind):
        store.add(paths, NewProfile("x", {}, key))

    assert not paths.config_file.exists()


def test_a_profile_is_replaced_only_when_asked_and_what_is_not_given_stays(
    paths: Paths,
) -> None:
    first = {"api_url": "https://api.example.com/api", "workspace": "Shop"}
    store.add(paths, NewProfile("x", first, KEY))

    with pytest.raises(SegOpsConfigError, match="already"):
        store.add(paths, NewProfile("x", {"key_env": "X"}))
    store.add(paths, NewProfile("x", {"key_env": "X"}), update=True)
    store.add(paths, NewProfile("x", {"colour": "red"}), update=True)

    assert data(paths)["profiles"]["x"] == {**first, "key_env": "X", "colour": "red"}


def test_a_key_in_the_keyring_is_not_in_the_file(paths: Paths, keyring: Any) -> None:
    store.add(paths, NewProfile("x", {}, KEY, in_keyring=True))

    assert keyring.kept == {("segops-tui", "x"): KEY}
    assert KEY not in paths.config_file.read_text()
    assert Settings.load(paths).profile("x", {}).key({}).mask == "sk_test_…cdef"


def test_a_file_that_cannot_be_written_leaves_no_key_in_the_keyring(
    paths: Paths, keyring: Any
) -> None:
    paths.config_file.mkdir(parents=True)

    with pytest.raises(SegOpsConfigError):
        store.add(paths, NewProfile("x", {}, KEY, in_keyring=True))

    assert keyring.kept == {}


def test_the_keyring_follows_a_profile_to_its_new_name_and_out(paths: Paths, keyring: Any) -> None:
    store.add(paths, NewProfile("x", {}, KEY, in_keyring=True), use=True)

    assert store.rename(paths, "x", "y") == []
    assert keyring.kept == {("segops-tui", "y"): KEY}
    assert store.remove(paths, "y") == []

    assert keyring.kept == {}
    assert data(paths) == {"version": 1}


def test_a_keyring_that_keeps_a_removed_key_is_told(paths: Paths, keyring: Any) -> None:
    store.add(paths, NewProfile("x", {}, KEY, in_keyring=True))
    keyring.fault = RuntimeError("locked")

    (notice,) = store.remove(paths, "x")

    assert "still in the system keyring" in notice
    assert "profiles" not in data(paths)


def test_a_new_key_elsewhere_takes_the_old_one_out_of_the_keyring(
    paths: Paths, keyring: Any
) -> None:
    store.add(paths, NewProfile("x", {}, KEY, in_keyring=True))

    store.add(paths, NewProfile("x", {"key_env": "X"}), update=True)

    assert keyring.kept == {}


def test_a_renamed_production_profile_stays_guarded(paths: Paths) -> None:
    store.add(paths, NewProfile("prod", {}, KEY))

    (notice,) = store.rename(paths, "prod", "shop")

    assert "stays guarded" in notice
    assert Settings.load(paths).profile("shop", {}).guard == "production"


def test_a_name_that_begins_to_look_like_production_is_told(paths: Paths) -> None:
    store.add(paths, NewProfile("shop", {}, KEY))

    assert "guarded as production" in store.rename(paths, "shop", "shop-live")[0]


@pytest.mark.parametrize("act", ["use", "remove", "rename"])
def test_a_profile_that_is_not_there_lists_those_that_are(paths: Paths, act: str) -> None:
    store.add(paths, NewProfile("staging", {}, KEY))
    acts: dict[str, Any] = {
        "use": lambda: store.use(paths, "gone"),
        "remove": lambda: store.remove(paths, "gone"),
        "rename": lambda: store.rename(paths, "gone", "new"),
    }

    with pytest.raises(SegOpsConfigError, match="No such profile: 'gone'") as caught:
        acts[act]()

    assert caught.value.hint == "Profiles: staging, sandbox."


def test_a_name_that_is_taken_is_not_taken_twice(paths: Paths) -> None:
    store.add(paths, NewProfile("a", {}, KEY))
    store.add(paths, NewProfile("b", {"key_env": "B"}))

    with pytest.raises(SegOpsConfigError, match="already"):
        store.rename(paths, "b", "a")

    assert data(paths)["profiles"]["a"]["key"] == KEY


def test_the_sandbox_can_be_the_default_and_nothing_else(paths: Paths) -> None:
    store.use(paths, "sandbox")

    profile = Settings.load(paths).profile(None, {})
    assert (profile.is_sandbox, profile.chosen_by) == (True, "config.toml")
    with pytest.raises(SegOpsConfigError, match="built in"):
        store.remove(paths, "sandbox")


@pytest.mark.parametrize(
    ("text", "line", "words", "hint"),
    [
        ("defualt = 'x'", 1, "unknown key 'defualt'", "Did you mean 'default'?"),
        ("\nversion = 'x'", 2, "whole number", "Write version = 1."),
        ("version = 9", 1, "newer segops-tui", "Update"),
        ("default = 'x'", 1, "names no profile: 'x'", "sandbox"),
        ("profiles = 3", 1, "must be tables", None),
        ("[profiles]\nx = 3", 2, "must be tables", None),
        ("releases = 3", 1, "releases must be an address", "https address in quotes"),
        ("releases = 'http://example.com'", 1, "not a safe address", "https address"),
        ("[profiles.x]\nkey_env='A'\napi_ulr = 'a'", 3, "unknown key", "'api_url'"),
        ("[profiles.x]\nkey_env='A'\nkeyring = 'yes'", 3, "true or false", None),
        ("[profiles.x]\nkey_env='A'\nguard = 'prodction'", 3, "is one of", "'production'"),
        ("[profiles.x]\nkey_env='A'\ncolour = 'rde'", 3, "colour is one of", "'red'"),
        ("[profiles.x]\ncolour = 'red'", 1, "has no key", "key_command"),
        ("[profiles.x]\nkey_env='A'\nkey_command='b'", 1, "several keys", "one of"),
        ("[profiles.x]\nkey = 'pk_live_0123456789'", 2, "public key", "secret key"),
        ("[profiles.x]\nkey_env='A'\napi_url = 'http://example.com'", 3, "unencrypted", "https"),
        (f"[profiles.x]\nkey_env = '{KEY}'", 2, "this is a key", "Revoke"),
        ("[profiles.'a b']\nkey_env = 'A'", 1, "is not a valid profile name", "letters"),
    ],
)
def test_every_fault_has_its_line_and_its_remedy(
    text: str, line: int, words: str, hint: str | None
) -> None:
    (fault,) = every_fault(tomllib.loads(text), text)

    assert fault.line == line
    assert words in fault.sentence
    assert hint is None or hint in str(fault.hint)
    assert KEY not in f"{fault}"


WRITER = Path(__file__).with_name("writing_run.py")


@pytest.mark.parametrize("rounds", [2, pytest.param(12, marks=pytest.mark.thorough)])
def test_two_who_write_at_once_while_one_is_killed_lose_nothing(paths: Paths, rounds: int) -> None:
    """Short form of tests/benchmarks/bench_config.py."""
    chance = random.Random(4)
    paths.config.mkdir(parents=True)
    paths.config_file.write_text("# kept\n")

    for number in range(rounds):
        kept = one_round(paths, number, after=chance.uniform(0.0, 0.12))

        text = paths.config_file.read_text()
        said = {n: t["workspace"] for n, t in tomllib.loads(text).get("profiles", {}).items()}
        # What was written just before the kill may not have been told any more.
        assert all(said[name] >= told for name, told in kept.items())
        assert said["steady"] == kept["steady"] == f"round {number}, change 5"
        assert text.startswith("# kept\n")
        assert stat.S_IMODE(paths.config_file.stat().st_mode) == 0o600


def one_round(paths: Paths, number: int, *, after: float) -> dict[str, str]:
    """Two processes write, one is killed after a moment; answers what they were told is kept."""
    writers = [
        subprocess.Popen(
            [sys.executable, str(WRITER), name, str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "SEGOPS_TUI_HOME": str(paths.config.parent)},
        )
        for name in ("steady", "doomed")
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b'"ready"\n'
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write(b"go\n")
        writer.stdin.flush()
    time.sleep(after)
    writers[1].send_signal(signal.SIGKILL)
    kept: dict[str, str] = {}
    for writer in writers:
        out, _ = writer.communicate(timeout=240)
        kept |= dict(json.loads(line) for line in out.splitlines() if line.endswith(b"]"))
    assert writers[0].returncode == 0
    return kept
