"""`segments copy` and the like: objects of one profile's workspace in another's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from segops_tui import wording
from segops_tui.cli.commands.workspace.plans import carry_out, records_of
from segops_tui.cli.core.group import Commands
from segops_tui.cli.core.params import profile_names, several

if TYPE_CHECKING:
    from collections.abc import Sequence

    from segops_tui.api.record import Record
    from segops_tui.cli.core.context import Invocation

COMMANDS: Final = Commands()

_MOST_NAMED: Final = 2


def _complete(context: click.Context, _option: click.Parameter, incomplete: str) -> Any:
    return profile_names(context, incomplete)


_TO: Final = click.option(
    "--to",
    metavar="PROFILE",
    required=True,
    shell_complete=_complete,
    help="The profile to copy to.",
)
_REFERENCES: Final = click.option(
    "--with-references", is_flag=True, help="Copy the segments that a rule refers to as well."
)


@COMMANDS.command(
    "segments copy",
    "segops-tui segments copy 12 --profile staging --to prod",
    "segops-tui segments copy 'High LTV buyers' 'Newsletter readers' --to prod --dry-run",
    calls=("segments.list", "segments.get", "segments.create", "segments.update"),
)
@several("segment")
@_TO
@_REFERENCES
def copy(run: Invocation, ids: Sequence[str], to: str, with_references: bool) -> int:
    """Copy segments to the workspace of another profile.

    Shows what would change there, asks, and carries it out as one job. A segment with the same
    name is changed; its members are not copied, and nothing is recomputed. Segments that a rule
    refers to must be there already, or be copied with it: --with-references.
    """
    return _copy(run, "segments", ids, to, with_references=with_references)


@COMMANDS.command(
    "product-segments copy",
    "segops-tui product-segments copy 3 --profile staging --to prod",
    calls=(
        "product_segments.list",
        "product_segments.get",
        "product_segments.create",
        "product_segments.update",
        "segments.list",
        "segments.create",
        "segments.update",
    ),
)
@several("product segment")
@_TO
@_REFERENCES
def copy_products(run: Invocation, ids: Sequence[str], to: str, with_references: bool) -> int:
    """Copy product segments to the workspace of another profile.

    Shows what would change there, asks, and carries it out as one job. A product segment with the
    same name is changed, and nothing is recomputed. Segments that a rule refers to must be there
    already, or be copied with it: --with-references.
    """
    return _copy(run, "product-segments", ids, to, with_references=with_references)


def _define(group: str, noun: str, example: str, same: str) -> None:
    """A command that copies objects which refer to no others."""

    @COMMANDS.command(
        f"{group} copy",
        f"segops-tui {group} copy {example} --profile staging --to prod",
        help=f"Copy {group} to the workspace of another profile.\n\n"
        f"Shows what would change there, asks, and carries it out as one job. {same}",
        calls=tuple(f"{group}.{verb}" for verb in ("list", "get", "create", "update")),
    )
    @several(noun)
    @_TO
    def copy(run: Invocation, ids: Sequence[str], to: str) -> int:
        return _copy(run, group, ids, to)


_define(
    "schemas", "schema", "order_placed",
    "A schema of the same event type is changed; events are not copied.",
)  # fmt: skip
_define(
    "queries", "query", "3",
    "A query with the same text is changed; its answers are not copied, and no query is run.",
)  # fmt: skip
_define("competitors", "competitor", "2", "A competitor of the same name is changed.")


def _copy(
    run: Invocation, kind: str, ids: Sequence[str], to: str, *, with_references: bool = False
) -> int:
    from segops_tui.jobs.workspace.copying import documents_to_copy, plan_copies
    from segops_tui.jobs.workspace.planning import kinds_to_read

    there = run.at(to, option="--to")
    if _is_one_workspace(run, there):
        raise click.UsageError(
            f"--to {to} is the workspace that is copied from. Name the one to copy from with"
            " --profile."
        )
    kinds = kinds_to_read([kind])
    here = records_of(run, kinds)
    chosen = _chosen(run, kind, here[kind], ids)
    documents = documents_to_copy(kind, chosen, here, with_references=with_references)
    plan = plan_copies(
        documents,
        records_of(there, kinds),
        environ=run.environ,
        here=run.profile.name,
        there=there.profile.name,
    )
    labels = [document.label for document in documents]
    what = wording.listed(labels, most=_MOST_NAMED)
    return carry_out(there, plan, name=f"{what} from {run.profile.name}")


def _is_one_workspace(run: Invocation, there: Invocation) -> bool:
    """Whether two profiles are one, or have the same server and key."""
    if run.profile.name == there.profile.name:
        return True
    return run.client.account("") == there.client.account("")


def _chosen(
    run: Invocation, kind: str, records: Sequence[Record], ids: Sequence[str]
) -> list[Record]:
    """The records of the ids, each once; one that no listing has is asked for, and refused."""
    by_id = {str(record["id"]): record for record in records}
    space = getattr(run.client, kind.replace("-", "_"))
    return [by_id[key] if key in by_id else space.get(key) for key in dict.fromkeys(ids)]
