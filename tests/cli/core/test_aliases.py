"""Other names of commands: those every group has, and those a group keeps of its past."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from segops_tui.cli.core.command_table import TABLE, Branch

if TYPE_CHECKING:
    from tests.cli.conftest import Program


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("segments ls --limit 2", "segments list --limit 2"),
        ("segments show 1", "segments get 1"),
        ("jobs get nothing", "jobs show nothing"),
        ("products rm 1 --dry-run", "products delete 1 --dry-run"),
        ("competitors new --set name=x --dry-run", "competitors create --set name=x --dry-run"),
        ("users publish u_00066 order_placed", "users simulate u_00066 order_placed"),
        ("pages query jacket", "products search jacket"),
    ],
)
def test_an_alias_does_what_its_command_does(program: Program, alias: str, name: str) -> None:
    one, other = program(*alias.split()), program(*name.split())

    assert (one.code, one.err) == (other.code, other.err)
    assert len(one.out) == len(other.out)  # a dry run's key is a new one each time


def test_no_alias_hides_a_command_or_leads_nowhere() -> None:
    for group in TABLE.values():
        if isinstance(group, Branch):
            assert not group.aliases.keys() & group.verbs.keys()
            assert set(group.aliases.values()) <= group.verbs.keys()


def test_help_names_the_aliases_and_does_not_list_them(program: Program) -> None:
    told = program("profiles", "--help").out

    assert "Aliases: ls = list, rm = delete, get = show, new = add, remove = delete" in told
    assert "\n  remove" not in told
    assert "Usage: segops-tui profiles delete" in program("help", "profiles", "remove").out
