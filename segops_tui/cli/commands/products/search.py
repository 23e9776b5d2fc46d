"""`products search`, which is `pages query` too: products by meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from segops_tui import wording
from segops_tui.cli.core.group import Commands
from segops_tui.cli.core.params import ObjectId
from segops_tui.nouns.pages import FOUND

if TYPE_CHECKING:
    from segops_tui.cli.core.context import Invocation

COMMANDS: Final = Commands()


@click.argument("question", metavar="QUESTION")
@click.option(
    "--segment", "segment_id", type=ObjectId("product segment"), metavar="ID|NAME",
    help="Only products in this product segment.",
)  # fmt: skip
def _search(run: Invocation, question: str, segment_id: str | None) -> None:
    """Search products by meaning.

    Best matches first: 20 by default, at most 100 with --limit.
    """
    from segops_tui.api.record import Record
    from segops_tui.cli.core.lists import write_rows

    asked = run.options
    is_selected = bool(asked.where or asked.sort)
    most = 100 if asked.all or is_selected else min(asked.limit or 20, 100)
    found = run.client.pages.query(question, limit=most, segment_id=segment_id)
    if asked.output in {"json", "yaml"} and not (asked.fields or is_selected):
        run.out.data(found.raw)
        return
    rows = [Record(row) for row in found.products if isinstance(row, dict)]
    write_rows(run, rows, FOUND)
    matches = found.metadata.get("match_count")
    if not is_selected and isinstance(matches, int) and matches > len(rows) > 0:
        run.talk.note(f"showing {len(rows)} of {wording.count(matches)}; --limit 100 is the most")


COMMANDS.command(
    "products search",
    "segops-tui products search 'warm jacket under $150'",
    "segops-tui products search jacket --segment 3 --limit 5 -o json",
    calls=("pages.query",),
    noun=FOUND,
    lists=True,
)(_search)
COMMANDS.command(
    "pages query",
    "segops-tui pages query 'warm jacket under $150'",
    help="Search products by meaning; also `products search`.\n\nBest matches first: 20 by default,"
    " at most 100 with --limit.",
    calls=("pages.query",),
    noun=FOUND,
    lists=True,
)(_search)
