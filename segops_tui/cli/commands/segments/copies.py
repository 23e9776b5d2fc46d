"""`segments restore` and `duplicate`: an earlier rule again, and another segment with one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from segops_tui.cli.core.group import Commands
from segops_tui.cli.core.params import one
from segops_tui.nouns.segments import PRODUCT_SEGMENTS, SEGMENTS, copy_of

if TYPE_CHECKING:
    from segops_tui.cli.core.context import Invocation
    from segops_tui.nouns.column import Noun

COMMANDS: Final = Commands()

_NAME: Final = click.option(
    "--name", metavar="NAME", help="The new one's name; “Copy of …” without."
)


@COMMANDS.command(
    "segments restore",
    "segops-tui segments restore 12 3",
    calls=("segments.get", "segments.versions", "segments.update"),
)
@one("segment")
@click.argument("version", type=int)
def restore(run: Invocation, id: str, version: int) -> int | None:
    """Make an earlier version of a definition the current one again.

    Shows what changes and asks. It is saved as a new version, and nothing is recomputed.
    """
    from difflib import unified_diff

    from segops_tui.nouns.encode import to_json

    saved = {each.version: each for each in run.client.segments.versions(id)}
    if version not in saved:
        known = ", ".join(map(str, sorted(saved))) or "none"
        raise click.UsageError(f"Segment {id} has no version {version}. Saved: {known}.")
    segment = run.client.segments.get(id)
    wanted = saved[version].definition
    if wanted == segment.definition:
        run.talk.note(f"Segment {id} has the definition of version {version} already.")
        return None
    before, after = (to_json(dict(each)).splitlines() for each in (segment.definition, wanted))
    for line in unified_diff(before, after, "now", f"version {version}", lineterm=""):
        run.talk.note(line)
    if not run.confirm(f"Restore version {version} of segment {id}?"):
        return run.declined("Not restored.")
    restored = run.client.segments.update(id, definition=dict(wanted))
    run.out.one(restored, SEGMENTS)
    run.talk.note(f"restored; recompute it with: segops-tui segments recompute {id}")
    return None


@COMMANDS.command(
    "segments duplicate",
    "segops-tui segments duplicate 12",
    "segops-tui segments duplicate 12 --name 'High LTV buyers, Nordics'",
    calls=("segments.get", "segments.create"),
)
@one("segment")
@_NAME
def duplicate(run: Invocation, id: str, name: str | None) -> None:
    """Create a segment with the rule and the description of another."""
    _duplicate(run, run.client.segments, id, name, SEGMENTS)


@COMMANDS.command(
    "product-segments duplicate",
    "segops-tui product-segments duplicate 3 --name 'On sale, tents'",
    calls=("product_segments.get", "product_segments.create"),
)
@one("product segment")
@_NAME
def duplicate_products(run: Invocation, id: str, name: str | None) -> None:
    """Create a product segment with the rule and the description of another."""
    _duplicate(run, run.client.product_segments, id, name, PRODUCT_SEGMENTS)


def _duplicate(run: Invocation, space: Any, id: str, name: str | None, noun: Noun[Any]) -> None:
    original = space.get(id)
    run.out.one(space.create(**copy_of(original, name)), noun)
