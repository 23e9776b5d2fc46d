"""What the console is handed to switch with, on a real config file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from segops_tui.api.errors import Refused, SegOpsConfigError
from segops_tui.cli.commands.console import ProfileAccess
from segops_tui.cli.core.context import Invocation
from segops_tui.cli.core.options import Shared
from segops_tui.config.paths import find_paths
from segops_tui.config.store import NewProfile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KEY = "sk_test_0123456789abcdef"
FILE = f"""
default = "staging"

[profiles.staging]
api_url = "http://127.0.0.1:9/api"
key = "{KEY}"

[profiles.prod]
api_url = "http://127.0.0.1:9/api"
key_env = "PROD_KEY"

[profiles.live]
api_url = "http://127.0.0.1:9/api"
key = "{KEY}"

[profiles.audit]
key_command = "pass show segops/audit"
guard = "read-only"

[profiles.broken]
guard = "none"
"""


@pytest.fixture
def board(home: Path) -> Callable[..., ProfileAccess]:
    file = find_paths({"SEGOPS_TUI_HOME": str(home)}).config_file
    file.parent.mkdir(parents=True)
    file.write_text(FILE, encoding="utf-8")
    file.chmod(0o600)

    def make(environ: dict[str, str] | None = None, **asked: Any) -> ProfileAccess:
        around = {"SEGOPS_TUI_HOME": str(home), "PROD_KEY": KEY, **(environ or {})}
        return ProfileAccess(Invocation(Shared.collect(asked), around))

    return make


def by_name(board: ProfileAccess) -> dict[str, Any]:
    return {known.name: known for known in board.known()}


def test_every_profile_is_listed_with_the_place_of_its_key_and_never_the_key(board):
    """Nothing is run and nobody asked; one that is broken says what is wrong."""
    known = by_name(board())

    assert list(known) == ["staging", "prod", "live", "audit", "broken", "sandbox"]
    assert known["staging"].key.startswith("sk_test_…cdef · ")
    assert known["prod"].key == "sk_test_…cdef · environment variable PROD_KEY"
    assert known["prod"].profile.guard == "production"
    assert known["audit"].key == "key_command (pass …)"
    assert known["broken"].profile is None
    assert "has no key" in known["broken"].fault
    assert not known["sandbox"].kept
    assert KEY not in repr(known)


def test_the_profile_it_began_with_is_known_again_and_one_that_was_changed_is_another(board):
    """By this the console tells whether it is there already."""
    board = board()
    began = board._started

    assert by_name(board)["staging"].profile == began
    board.keep(NewProfile("staging", {"workspace": "Renamed"}), True)
    assert by_name(board)["staging"].profile != began


def test_what_outranks_the_file_stays_with_the_profile_it_began_with(board):
    """A key from the environment is not dropped by coming back."""
    other = "sk_test_ffffffffffff9999"
    known = by_name(board({"SEGOPS_PROFILE": "staging", "SEGOPS_API_KEY": other}))

    assert known["staging"].key.startswith("sk_test_…9999 · environment variable")
    alone = by_name(board({"SEGOPS_API_KEY": other}))
    assert next(iter(alone)) == "environment"
    assert not alone["environment"].kept


async def test_each_opening_of_a_production_profile_has_a_lock_of_its_own(board):
    """Unlocking one workspace unlocks no other."""
    board = board()
    prod, live = (by_name(board)[name].profile for name in ("prod", "live"))
    first, second = board.open(prod), board.open(live)

    first.lock.unlock()

    assert first.guarded == ""
    assert second.guarded == "locked: U unlocks for 15 minutes"
    with pytest.raises(Refused, match="DELETE /segments/1/ was not sent") as refused:
        await second.client.segments.delete(1)
    assert refused.value.hint == "U unlocks it for 15 minutes."
    for opened in (first, second):
        await opened.client.aclose()


def test_the_guard_of_the_environment_counts_for_every_profile_that_is_switched_to(board):
    """A console started with SEGOPS_GUARD=read-only changes nothing anywhere."""
    known = by_name(board({"SEGOPS_GUARD": "read-only"}))

    assert {known[name].profile.guard for name in ("staging", "prod", "audit")} == {"read-only"}


async def test_a_console_starts_locked_even_with_its_name_and_yes(board):
    """`--profile prod --yes` unlocks one command; a console stays open for hours."""
    board = board(profile="prod", yes=True)
    opened = board.open(by_name(board)["prod"].profile)

    assert opened.guarded.startswith("locked")
    with pytest.raises(Refused):
        await opened.client.segments.delete(1)
    await opened.client.aclose()


@pytest.mark.parametrize(
    ("asked", "name", "words"),
    [({"read_only": True}, "staging", "--read-only"), ({}, "audit", "guarded against every")],
)
async def test_a_read_only_opening_says_so_and_refuses(board, asked, name, words):
    """The words are the console's; the refusing is the client's."""
    board = board({"PATH": "/nonexistent"}, **asked)
    profile = by_name(board)[name].profile
    if name == "audit":
        with pytest.raises(SegOpsConfigError, match="could not be run"):
            board.open(profile)
        board.keep(NewProfile("audit", {"key_env": "PROD_KEY"}), True)
        profile = by_name(board)[name].profile

    opened = board.open(profile)

    assert words in opened.guarded
    with pytest.raises(Refused):
        await opened.client.segments.delete(1)
    await opened.client.aclose()


def test_a_profile_is_kept_only_where_none_of_that_name_is(board):
    """Between looking and keeping, another process may have added it."""
    board = board()
    board.keep(NewProfile("qa", {"key_env": "QA_KEY"}), False)

    assert by_name(board)["qa"].key == "environment variable QA_KEY"
    with pytest.raises(SegOpsConfigError, match="already"):
        board.keep(NewProfile("qa", {"key_env": "OTHER"}), False)


def test_an_attempt_reads_with_what_is_not_kept_yet(board, sandbox, http_door):
    """Nothing is written; a server that does not answer is an error."""
    board = board()
    with http_door(sandbox) as address:
        board.attempt(NewProfile("qa", {"api_url": address}, KEY))
        assert "qa" not in by_name(board)
    with pytest.raises(SegOpsConfigError, match="public key"):
        board.attempt(NewProfile("qa", {"api_url": address}, "pk_test_0123456789ab"))
