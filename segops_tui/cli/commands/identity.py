"""`identity`: which ids are one person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from segops_tui import wording
from segops_tui.cli.core.group import Commands
from segops_tui.cli.core.params import ID, completes

if TYPE_CHECKING:
    from segops_tui.cli.core.context import Invocation

COMMANDS: Final = Commands()


@COMMANDS.command(
    "identity alias",
    "segops-tui identity alias anon_4f2a u_00066",
    "segops-tui identity alias anon_4f2a u_00066 -o json",
    calls=("identity.alias",),
)
@click.argument("anonymous_id", metavar="ANONYMOUS", type=ID)
@click.argument("user_id", metavar="USER", type=ID, shell_complete=completes("user"))
def alias(run: Invocation, anonymous_id: str, user_id: str) -> None:
    """Link an anonymous visitor to a user.

    A visitor already linked to another user stays linked to that user. Events are not
    rewritten; ids are resolved when they are read.
    """
    made = run.client.identity.alias(anonymous_id=anonymous_id, user_id=user_id)
    if not run.out.is_table:
        run.out.data(made.raw)
    owner = made.canonical_user_id or user_id
    match made.status:
        case "conflict":
            run.talk.warn(f"{anonymous_id} belongs to {owner} already, and stays there")
        case "exists" if run.out.is_table:
            run.out.line(wording.plain(f"{anonymous_id} was {owner} already"))
        case _ if run.out.is_table:
            run.out.line(wording.plain(f"{anonymous_id} now belongs to {owner}"))


@COMMANDS.command(
    "identity merge",
    "segops-tui identity merge u_00066 u_00126",
    "segops-tui identity merge u_00066 u_00126 --yes",
    calls=("identity.merge",),
)
@click.argument("from_user_id", metavar="FROM", type=ID, shell_complete=completes("user"))
@click.argument("into_user_id", metavar="INTO", type=ID, shell_complete=completes("user"))
def merge(run: Invocation, from_user_id: str, into_user_id: str) -> int:
    """Merge one user into another permanently.

    There is no undo. In a terminal, you confirm by typing the id of the merged user.
    """
    question = (
        f"Merge {from_user_id} into {into_user_id} in profile {run.profile.name!r}?"
        f" Everything of {from_user_id} will belong to {into_user_id}. This cannot be undone."
    )
    if not run.confirm_by_typing(question, from_user_id):
        return run.declined("no users were merged")
    made = run.client.identity.merge(from_user_id=from_user_id, into_user_id=into_user_id)
    if run.out.is_table:
        run.out.line(wording.plain(f"{from_user_id} is now part of {into_user_id}"))
    else:
        run.out.data(made.raw)
    return 0
