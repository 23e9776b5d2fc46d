"""`products import` and `products imports`: import CSV files, list earlier imports."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import click

from segops_tui.cli.core.group import Commands
from segops_tui.cli.core.options import Renamed

if TYPE_CHECKING:
    from segops_tui.cli.commands.products.importing import ImportRequest
    from segops_tui.cli.core.context import Invocation
    from segops_tui.jobs.imports.files.options import Quoting


COMMANDS: Final = Commands()


@COMMANDS.command(
    "products import",
    "segops-tui products import catalogue.csv",
    'segops-tui products import shopify.csv --map "Handle=sku" --skip "Variant SKU"',
    "segops-tui products import catalogue.csv --diff --errors rejected.csv",
    "curl -s https://example.com/feed.csv | segops-tui products import - --yes -o json",
    calls=("products.import_csv", "products.import_status", "products.import_confirm"),
)
@click.argument("file", metavar="FILE|-", type=click.Path(path_type=Path, allow_dash=True))
@click.option(
    "--map", "maps", metavar="HEADER=TARGET", multiple=True, help="Map a column to a field."
)
@click.option("--skip", "skips", metavar="HEADER", multiple=True, help="Skip a column.")
@click.option(
    "--mapping", metavar="FILE", type=click.Path(path_type=Path), help="Use a saved mapping."
)
@click.option(
    "--save-mapping",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Save the mapping to FILE.",
)
@click.option("--encoding", metavar="NAME", help="Read the file in this encoding, e.g. cp1250.")
@click.option("--delimiter", metavar="CHAR", help="Split cells at this character, or at a tab.")
@click.option(
    "--quoting",
    type=click.Choice(["standard", "backslash", "single", "none"]),
    help='How a cell holds a quote: "" (standard), \\" (backslash), \'…\' (single), or as it is.',
)
@click.option(
    "--decimal", type=click.Choice(["comma", "point"]), help="The decimal mark of prices."
)
@click.option(
    "--header-line",
    metavar="N",
    type=click.IntRange(min=1),
    help="The line that has the column names.",
)
@click.option("--no-header", is_flag=True, help="The file has no line with column names.")
@click.option("--sheet", metavar="NAME", help="The sheet of a workbook.")
@click.option("--repair-header", is_flag=True, help="Split a header that is a single quoted cell.")
@click.option(
    "--errors",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write rejected rows, with the reason, to FILE.",
)
@click.option("--force", is_flag=True, help="Overwrite the --errors file if it exists.")
@click.option(
    "--diff", is_flag=True, help="Preview new, changed and unchanged products before importing."
)
@click.option("--allow-errors", is_flag=True, help="Exit 0 even if rows were rejected.")
def import_(
    run: Invocation,
    file: Path,
    maps: tuple[str, ...],
    skips: tuple[str, ...],
    mapping: Path | None,
    save_mapping: Path | None,
    encoding: str | None,
    delimiter: str | None,
    quoting: Quoting | None,
    decimal: Literal["comma", "point"] | None,
    header_line: int | None,
    no_header: bool,
    sheet: str | None,
    repair_header: bool,
    errors: Path | None,
    force: bool,
    diff: bool,
    allow_errors: bool,
) -> int:
    """Import a CSV file: check, map, confirm, watch, report.

    Rows are merged by SKU. TARGET is sku, name or a field. Files of more than 100,000 rows are
    uploaded in parts. Exits 6 if rows were rejected, unless --allow-errors. - reads standard
    input. Without a terminal, it imports if every column maps cleanly, and else requires --yes.
    """
    from segops_tui.cli.commands.products.importing import (
        ImportRequest,
        open_source,
        read_options,
    )
    from segops_tui.jobs.engine.download import Target
    from segops_tui.jobs.imports.mapping import parse_overrides

    overrides = parse_overrides(maps=maps, skips=skips, file=mapping)
    read = read_options(
        encoding=encoding,
        delimiter=delimiter,
        quoting=quoting,
        decimal=decimal,
        header_line=header_line,
        no_header=no_header,
        sheet=sheet,
    )
    errors_to = None if errors is None else Target(errors, force)
    if errors is not None and errors.exists() and file.exists() and errors.samefile(file):
        raise click.UsageError("--errors would replace the file that is imported.")
    with open_source(run, file) as source:
        request = ImportRequest(
            source, overrides, save_mapping, repair_header, errors_to, diff, read
        )
        return _import(run, request, allow_errors=allow_errors)


def _import(run: Invocation, request: ImportRequest, *, allow_errors: bool) -> int:
    from segops_tui.cli.commands.products import import_views
    from segops_tui.cli.commands.products.importing import carry_out
    from segops_tui.cli.core.exit_codes import ExitCode
    from segops_tui.cli.core.run_jobs import exit_code, write_started

    outcome = carry_out(run, request)
    if outcome is None:
        return run.ended_early
    job = outcome.job
    if not job.is_final:
        write_started(run, job)
        return exit_code(run, [outcome])
    import_views.report(run, job)
    is_clean = allow_errors or not job.result["rejected"]
    return 0 if is_clean else int(ExitCode.INVALID)


@COMMANDS.command(
    "products imports",
    "segops-tui products imports",
    "segops-tui products imports undo 12",
    "segops-tui products imports undo catalogue.csv",
    calls=(
        "products.imports",
        "products.import_status",
        "products.list",
        "products.delete",
        "products.replace",
    ),
    lists=True,
)
@click.argument("words", metavar="[undo ID|FILE]", nargs=-1)
@click.option(
    "--changed-too",
    cls=Renamed,
    was="--force",
    is_flag=True,
    help="Also undo products that were changed since.",
)
def imports(run: Invocation, words: tuple[str, ...], changed_too: bool) -> int:
    """List earlier imports, or undo one.

    The one to undo is named by its id or its file. Undoing deletes the products that it created.
    Those that it changed are restored if a copy of them was kept, as products import --diff does.
    Products that were changed since are left as they are, unless --changed-too.
    """
    if words and words not in {("list",), ("ls",)}:
        if run.options.where or run.options.sort:
            raise click.UsageError("--where and --sort are for the list: products imports")
        return _undo(run, words, changed_too=changed_too)
    if changed_too:
        raise click.UsageError("--changed-too is for: products imports undo ID|FILE")
    from segops_tui.cli.core.lists import page_size, write_list
    from segops_tui.nouns.products import IMPORTS

    write_list(run, run.client.products.imports(page_size=page_size(run)), IMPORTS)
    return 0


def _undo(run: Invocation, words: tuple[str, ...], *, changed_too: bool) -> int:
    verb, *ids = words
    if verb != "undo":
        raise click.UsageError(
            f"There is no verb {verb!r}. The list of imports is: products imports; to undo one:"
            " products imports undo ID|FILE"
        )
    if len(ids) != 1:
        raise click.UsageError("Give one import, by its id or file: products imports undo ID|FILE")
    from segops_tui.cli.commands.products.undoing import undo_import
    from segops_tui.cli.core.names import id_of

    return undo_import(run, int(id_of(run, "import", ids[0])), changed_too=changed_too)
