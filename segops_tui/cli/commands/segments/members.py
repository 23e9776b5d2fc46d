"""`segments members`: who is in a segment, with their traits where they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from segops_tui import wording
from segops_tui.api.request import Page
from segops_tui.api.resources.segments import Member
from segops_tui.cli.core.group import Commands
from segops_tui.cli.core.params import one
from segops_tui.nouns.column import Column, Noun
from segops_tui.nouns.segments import MEMBERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from segops_tui.cli.core.context import Invocation

COMMANDS: Final = Commands()

_MOST_MEMBERS: Final = 1_000
"""The largest page of members the API gives (contract §1.7)."""
_AT_A_TIME: Final = 50
"""Members whose traits are read before they are printed."""
MANY: Final = 1_000
"""More members than this are warned of: each costs a request."""


def trait_names(_context: click.Context, _option: click.Parameter, value: Any) -> tuple[str, ...]:
    """The names of `--traits email,city`, each once.

    Raises:
        click.BadParameter: there is a comma, and no name beside it.
    """
    names = [name.strip() for name in value.split(",")] if value is not None else []
    if not all(names):
        raise click.BadParameter("give names, separated by commas: --traits email,city")
    return tuple(dict.fromkeys(names))


TRAITS: Final = click.option(
    "--traits",
    metavar="NAME,NAME",
    callback=trait_names,
    help="Add these traits of each member as columns. The API has traits one user at a time: this"
    " sends one request for each member.",
)


@COMMANDS.command(
    "segments members",
    "segops-tui segments members 12",
    "segops-tui segments members 12 --traits email,city -o csv",
    "segops-tui segments members 12 --all -o name > members.txt",
    calls=("segments.members", "segments.get", "users.get"),
    noun=MEMBERS,
    lists=True,
)
@one("segment")
@TRAITS
def members(run: Invocation, id: str, traits: tuple[str, ...]) -> None:
    """List a segment's members.

    Members are those of the last compute; `segments recompute` updates them. With --traits, a
    trait that a member does not have is empty; more than 1,000 members are warned of.
    """
    from segops_tui.cli.core.lists import write_list

    is_selected = bool(run.options.where or run.options.sort)
    most = _MOST_MEMBERS
    size = most if is_selected else min(run.options.rows or most, most)
    listing = run.client.segments.members(id, limit=size)
    if not traits:
        write_list(run, listing, MEMBERS, remember=False)
        return
    asked = None if is_selected else run.options.rows
    total = warn_of_many(run, [id], asked)
    pages = _WithTraits(run, listing.pages(), traits, most=asked, total=total)
    write_list(run, pages, members_with(traits), remember=False)
    run.talk.close()
    pages.tell_absent()


def warn_of_many(run: Invocation, ids: Sequence[str], most: int | None) -> int | None:
    """Warn that many requests follow; returns how many members there are, where it was asked."""
    if most is not None and most <= MANY:
        return most
    counts = [run.client.segments.get(key).member_count or 0 for key in ids]
    count = sum(counts) if most is None else min(sum(counts), most)
    if count > MANY:
        run.talk.warn(f"reading traits sends {wording.count(count)} requests, one for each member")
    return count


def members_with(traits: Sequence[str]) -> Noun[Member]:
    """Members with traits as columns; one that is called like another column gets a prefix."""
    own = {column.key for column in MEMBERS.columns} | {"traits"}
    return MEMBERS._replace(
        columns=(*MEMBERS.columns, *(_column(name, taken=name in own) for name in traits)),
    )


def _column(name: str, *, taken: bool) -> Column[Member]:
    key = f"traits.{name}" if taken else name
    return Column(key, key.upper(), lambda member: member["traits"].get(name), max_width=60)


class _WithTraits:
    """The pages of a segment's members with their traits; it stops at `most` members."""

    def __init__(
        self,
        run: Invocation,
        members: Iterator[Page[Member]],
        traits: Sequence[str],
        *,
        most: int | None,
        total: int | None,
    ) -> None:
        self._run, self._members, self._traits = run, members, traits
        self._most, self._total, self._done = most, total, 0
        self._absent = dict.fromkeys(traits)

    def pages(self) -> Iterator[Page[Member]]:
        """The pages.

        Raises:
            SegOpsError: traits could not be read, after retries: no cell is left out silently.
        """
        for page in self._members:
            for start in range(0, len(page.items), _AT_A_TIME):
                end = start + _AT_A_TIME
                is_last = end >= len(page.items)
                yield Page(
                    self._with_traits(page.items[start:end]),
                    cursor=page.cursor if is_last else None,
                    more=page.more or not is_last,
                )

    def tell_absent(self) -> None:
        """Say which traits none of the members had: the name may be misspelt."""
        if self._done and self._absent:
            named = wording.listed([repr(name) for name in self._absent], word="or")
            self._run.talk.note(f"none of these members has a trait {named}")

    def _with_traits(self, members: Sequence[Member]) -> list[Member]:
        from segops_tui.jobs.engine.runner import run_part
        from segops_tui.jobs.member_traits import traits_of

        wanted = members if self._most is None else members[: max(self._most - self._done, 0)]
        found = run_part(traits_of([member.user_id for member in wanted]), self._run.client)
        self._done += len(wanted)
        self._absent = {name: None for name in self._absent if all(name not in it for it in found)}
        self._tell()
        traits = [{name: given.get(name) for name in self._traits} for given in found]
        rows = [Member({**m, "traits": it}) for m, it in zip(wanted, traits, strict=True)]
        # Those beyond are only counted.
        return [*rows, *members[len(wanted) :]]

    def _tell(self) -> None:
        """Show progress where rows are not written to the terminal meanwhile."""
        if self._run.out.is_collected:
            of = f" of {wording.count(self._total)}" if self._total else ""
            self._run.talk.passing(f"reading traits: {wording.count(self._done)}{of}")
