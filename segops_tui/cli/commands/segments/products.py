"""`product-segments products` and `product-segments export`: which products a rule matches."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from segops_tui.cli.core.group import Commands
from segops_tui.cli.core.input import FILE
from segops_tui.cli.core.params import one
from segops_tui.nouns.products import products as products_noun
from segops_tui.nouns.view import FORMS

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from segops_tui.api.resources.product_segments import ProductSegment
    from segops_tui.api.resources.products import Product
    from segops_tui.cli.core.context import Invocation
    from segops_tui.jobs.segment_products import ProductSearch
    from segops_tui.nouns.column import Noun

F = TypeVar("F", bound="Callable[..., Any]")

COMMANDS: Final = Commands()

_CALLS: Final = (
    "product_segments.get", "products.schema", "products.list", "segments.members", "users.events",
)  # fmt: skip


def _reading(command: F) -> F:
    """Give a command the options of how the catalogue is read."""
    uncertain = click.option(
        "--uncertain", is_flag=True,
        help="Include products that cannot be told, with a column MATCH: yes or unknown.",
    )  # fmt: skip
    members = click.option(
        "--members", type=click.IntRange(0, 1_000), metavar="N", default=200, show_default=True,
        help="Members of a user segment whose events are read where the rule needs them; each is a"
        " request. With fewer than it has, products are unknown.",
    )  # fmt: skip
    return uncertain(members(command))


@COMMANDS.command(
    "product-segments products",
    "segops-tui product-segments products 3",
    "segops-tui product-segments products 3 --where 'stock=0' --all -o csv",
    "segops-tui product-segments products 3 --uncertain",
    calls=_CALLS,
    noun=products_noun(),
    lists=True,
)
@one("product segment")
@_reading
def products(run: Invocation, id: str, members: int, uncertain: bool) -> None:
    """List the products of a product segment.

    The API does not list them, so the rule is applied to the whole catalogue here, as it is now.
    The count goes to stderr, beside what the server counted at its last compute.
    """
    from segops_tui.api.request import Page
    from segops_tui.cli.core.lists import ListingRows
    from segops_tui.cli.core.printing.selection import RowSelection

    asked = run.options
    segment, search, noun = _search(run, id, members, uncertain=uncertain)
    is_seen = run.out.is_table or not sys.stdout.isatty()
    found = _found(run, search, uncertain=uncertain, is_seen=is_seen)
    selection = RowSelection.of(run) if asked.where or asked.sort else None
    walk = ListingRows((Page(each) for each in found), asked.rows, noun=noun, selection=selection)
    if run.out.is_table:
        rows = list(walk)
        _read_on(run, found)
        run.out.listing(rows, noun)
    else:
        run.out.listing(walk, noun)
        _read_on(run, found)
    run.out.flush()
    if walk.is_cut:
        if selection is None:
            walk.count = search.count.matched + (search.count.unknown if uncertain else 0)
        run.talk.note(walk.cut_words("--all for the rest"))
    _tell(run, segment, search, uncertain=uncertain)


@COMMANDS.command(
    "product-segments export",
    "segops-tui product-segments export 3",
    "segops-tui product-segments export 3 --to products.json",
    "segops-tui product-segments export 3 --to - | wc -l",
    calls=_CALLS,
)
@one("product segment")
@click.option(
    "--to", metavar="FILE|-", type=FILE,
    help="Output path; - for stdout (default product-segment-ID.FORMAT here, with a number where"
    " that exists).",
)  # fmt: skip
@click.option("--format", type=click.Choice(FORMS), help="Default: FILE's extension, else csv.")
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
@_reading
def export(
    run: Invocation,
    id: str,
    to: str | None,
    format: str | None,
    force: bool,
    members: int,
    uncertain: bool,
) -> None:
    """Export the products of a product segment to a file.

    The API does not list them, so the rule is applied to the whole catalogue here, as it is now.
    The file appears only when complete.
    """
    from pathlib import Path

    from segops_tui.cli.core.run_jobs import as_id, default_file
    from segops_tui.jobs.engine.download import Receiver, Target
    from segops_tui.jobs.engine.file_export import choose_format
    from segops_tui.nouns.view import ViewWriter

    if to is None:
        to = default_file(f"product-segment-{id}", format or "csv", force=force)
    path = Path(to)
    form = choose_format(path, format, FORMS, noun="Product segments")
    if to != "-":
        Target(path, force).check()
    segment, search, noun = _search(run, id, members, uncertain=uncertain)
    writer = ViewWriter(form, noun.columns, safe=run.options.safe)
    pieces = _pieces(writer, _found(run, search, uncertain=uncertain, is_seen=to != "-"))
    if to == "-":
        for piece in pieces:
            run.out.octets(piece)
        run.out.flush()
    else:
        with Receiver(Target(path, force, tag=str(id))) as receiver:
            for piece in pieces:
                receiver.write(piece)
            received = receiver.finish(announced=None)
        run.talk.close()
        count = search.count
        written = count.matched + (count.unknown if uncertain else 0)
        if run.options.output == "name":
            run.out.line(str(path))
        elif run.out.is_table:
            from segops_tui import wording

            words = f"{wording.plural(written, 'product')} → {path}"
            run.out.file(f"{words} ({wording.size(received.size)})", path)
        else:
            run.out.data(
                {
                    "id": as_id(id),
                    "path": str(path),
                    "bytes": received.size,
                    "rows": written,
                    "matched": count.matched,
                    "unknown": count.unknown,
                    "computed_count": segment.computed_count,
                }
            )
    _tell(run, segment, search, uncertain=uncertain)


def _search(
    run: Invocation, id: str, members: int, *, uncertain: bool
) -> tuple[ProductSegment, ProductSearch, Noun[Product]]:
    from segops_tui.jobs.segment_products import ProductSearch
    from segops_tui.nouns.products import segment_products

    segment = run.client.product_segments.get(id)
    fields = run.client.products.schema().fields
    search = ProductSearch(segment.definition, fields, most_members=members)
    return segment, search, segment_products(fields, with_doubt=uncertain)


def _found(
    run: Invocation, search: ProductSearch, *, uncertain: bool, is_seen: bool
) -> Generator[list[Product], None, None]:
    """The products page by page; progress is shown where rows do not go to the same terminal."""
    from segops_tui.nouns.products import with_match

    for found in search.find(run.client):
        if is_seen:
            run.talk.passing(search.progress)
        if uncertain:
            yield [with_match(each.product, is_certain=each.is_certain) for each in found]
        else:
            yield [each.product for each in found if each.is_certain]


def _read_on(run: Invocation, found: Generator[list[Product], None, None]) -> None:
    """Read the rest of the catalogue, which is counted."""
    for _ in found:
        pass
    run.talk.close()


def _pieces(
    writer: Any, found: Generator[list[Product], None, None]
) -> Generator[bytes, None, None]:
    yield writer.begin().encode()
    for rows in found:
        yield writer.rows(rows).encode()
    yield writer.end().encode()


def _tell(
    run: Invocation, segment: ProductSegment, search: ProductSearch, *, uncertain: bool
) -> None:
    """Say what was counted and how, what the server counted, and what cannot be told."""
    from segops_tui.nouns.products import COMPUTED_HERE, NO_RULE, count_words, server_words

    if search.is_empty:
        run.talk.note(NO_RULE)
        return
    count = search.count
    run.talk.note(
        f"{count_words(count)}, {COMPUTED_HERE}; {server_words(segment, count, now=run.now())}"
    )
    if count.unknown:
        for doubt in search.doubts:
            run.talk.warn(doubt)
        if not uncertain:
            run.talk.note(f"{count.unknown:,} cannot be told; --uncertain includes them")
