"""`products`: the catalogue, its schema and its scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from segops_tui import wording
from segops_tui.cli.core.crud import Facts, shared_verbs
from segops_tui.cli.core.input import FILE, read_data
from segops_tui.cli.core.params import several
from segops_tui.nouns.column import Column, Noun, aged
from segops_tui.nouns.products import products as products_noun
from segops_tui.nouns.products import score_shown, score_tone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from segops_tui.api.resources.products import Product, ProductScore, SchemaField
    from segops_tui.cli.core.context import Invocation

_TEXTS: Final = frozenset({"string", "url", "array", "boolean"})
_NOT_FILTERS: Final = frozenset({"q", "page", "page_size", "limit", "offset"})
"""Names that mean something else in the query of the list."""
_CHUNK: Final = 500
"""Products in one bulk request (contract §4.2)."""


def _schema_here(run: Invocation) -> Sequence[SchemaField]:
    """This workspace's fields, which are columns; plain JSON needs none of them."""
    asked = run.options
    is_plain = not (asked.fields or asked.where or asked.sort)
    if asked.output in {"json", "ndjson", "name", "yaml"} and is_plain:
        return ()
    return run.client.products.schema().fields


def _noun_here(run: Invocation) -> Noun[Product]:
    """The noun with this workspace's fields as columns."""
    return products_noun(_schema_here(run))


FACTS: Final[Facts[Product]] = Facts(
    group="products",
    noun=products_noun(),
    space=lambda client: client.products,
    example="--set sku=TEE-1 --set name='Plain tee' --set data.brand=Acme",
    required=("sku", "name"),
    noun_here=_noun_here,
)

COMMANDS: Final = shared_verbs(FACTS, without=("list",))


@COMMANDS.command(
    "products list",
    "segops-tui products list -q shirt",
    "segops-tui products list --where brand=Acme --all -o csv",
    calls=("products.list", "products.schema"),
    noun=products_noun(),
    lists=True,
)
@click.option("-q", "--query", metavar="TEXT", help="Part of a name, ignoring case.")
def list_(run: Invocation, query: str | None) -> None:
    """List products.

    The server compares --where FIELD=VALUE of text fields, and finds part of a name.
    """
    from segops_tui.cli.core.lists import page_size, write_list
    from segops_tui.cli.core.printing.selection import RowSelection

    selection = RowSelection.of(run)
    fields = _schema_here(run)
    query = query or selection.send("name", ":")
    # Numbers are compared here: the server compares their text, and 10 is not 10.0 to it.
    sendable = [f.name for f in fields if f.type in _TEXTS and f.name not in _NOT_FILTERS]
    found = {name: selection.send(name, "=") for name in sendable}
    where = {name: value for name, value in found.items() if value is not None}
    pages = run.client.products.list(q=query, where=where, page_size=page_size(run))
    write_list(
        run, pages, products_noun(fields), selection=selection, is_narrowed=query is not None
    )


@COMMANDS.command(
    "products bulk-upsert",
    "segops-tui products bulk-upsert catalogue.json",
    "segops-tui products list --all -o ndjson | segops-tui -p staging products bulk-upsert -",
    calls=("products.bulk_upsert",),
)
@click.argument("source", metavar="FILE|-", type=FILE)
def bulk_upsert(run: Invocation, source: str) -> int:
    """Create or update products by SKU, from JSON, YAML or NDJSON.

    Sends 500 at a time; a rejected product does not stop the others.
    """
    from segops_tui.cli.core.input import read_objects

    if source.lower().endswith((".csv", ".tsv")):
        raise click.UsageError(
            f"{source} is a table, not JSON or YAML."
            f" To import it: segops-tui products import {source}"
        )
    created = updated = number = 0
    errors: list[dict[str, Any]] = []
    for chunk in read_objects(source, "products", size=_CHUNK):
        done = run.client.products.bulk_upsert(chunk)
        created, updated = created + done.created, updated + done.updated
        for error in done.errors:
            index = error.get("index")
            errors.append({**error, "index": number + index if isinstance(index, int) else index})
        number += len(chunk)
    _report_bulk(run, {"created": created, "updated": updated, "total": number, "errors": errors})
    return 6 if errors else 0


def _report_bulk(run: Invocation, report: dict[str, Any]) -> None:
    if not run.out.is_table:
        run.out.data(report)
        return
    created, updated = (wording.count(report[name]) for name in ("created", "updated"))
    run.out.line(f"created {created}, updated {updated}, of {wording.count(report['total'])}")
    for error in report["errors"]:
        sku = error.get("sku") or "no SKU"
        run.talk.warn(f"product {error.get('index')} ({sku}): {error.get('error')}")


@COMMANDS.command(
    "products score",
    "segops-tui products score 12 15",
    "segops-tui products score 12 --no-wait",
    calls=("products.score", "products.get_score", "products.get"),
)
@several("product")
def score(run: Invocation, ids: tuple[str, ...]) -> int:
    """Score how readable products are for AI assistants.

    Up to 100 points: four dimensions of up to 25 each, with recommendations.
    """

    return score_products(run, ids)


@COMMANDS.command(
    "products score-all",
    "segops-tui products score-all --yes",
    "segops-tui products score-all --yes --no-wait",
    calls=("products.score_all", "products.list", "products.get_score", "products.get"),
)
def score_all(run: Invocation) -> int:
    """Score the whole catalogue.

    The API reports no progress, so it is estimated from a sample of the catalogue.
    """
    from segops_tui.cli.core.run_jobs import carry_out, finished, write_results
    from segops_tui.jobs.scoring import ScoreAll, start_score_all

    if not run.confirm(f"Score the whole catalogue of profile {run.profile.name!r}?"):
        return run.declined("nothing was started")
    job = start_score_all(run.ledger, profile=run.profile.name, command=run.command_line())
    outcomes = carry_out(run, [job], stage=ScoreAll.stage)
    if outcomes is None:
        return run.ended_early
    write_results(run, outcomes)
    return finished(run, outcomes)


@COMMANDS.command("products facets", "segops-tui products facets", calls=("products.facets",))
def facets(run: Invocation) -> None:
    """Show the distinct values of the catalogue's fields."""
    found = run.client.products.facets()
    if not run.out.is_table:
        run.out.data(found.raw)
        return
    for name, values in found.raw.items():
        texts = [str(value) for value in values] if isinstance(values, list) else [str(values)]
        run.out.line(wording.plain(f"{name}  ({wording.count(len(texts))})"))
        run.out.line(wording.plain(f"  {', '.join(texts)}"))


@COMMANDS.command(
    "products schema",
    "segops-tui products schema -o yaml > schema.yaml",
    "segops-tui products schema --replace schema.yaml",
    calls=("products.schema", "products.replace_schema"),
)
@click.option("--replace", metavar="FILE|-", type=FILE, help="Replace the schema with this one.")
def schema(run: Invocation, replace: str | None) -> int:
    """Show or replace the fields products may have."""
    if replace is not None:
        return _replace_schema(run, replace)
    found = run.client.products.schema()
    if not run.out.is_table and run.options.output not in {"csv", "tsv", "name"}:
        run.out.data(found.raw)
    else:
        run.out.listing(found.fields, _fields_noun())
    return 0


def _replace_schema(run: Invocation, source: str) -> int:
    given = read_data(source)
    fields = given.get("fields") if isinstance(given, dict) else given
    if not isinstance(fields, list) or not all(isinstance(field, dict) for field in fields):
        raise click.UsageError(f"{source} must hold a list of fields, or an object with one.")
    whole = given if isinstance(given, dict) else {}
    names = f"{wording.plural(len(fields), 'field')} in profile {run.profile.name!r}"
    if run.is_interactive and not run.options.yes:
        _warn_of_removed(run, [field.get("name") for field in fields])
    if not run.confirm(f"Replace the product schema by {names}?"):
        return run.declined("the schema was not changed")
    written = run.client.products.replace_schema(
        fields=fields,
        default_currency=whole.get("default_currency"),
        default_locale=whole.get("default_locale"),
    )
    if run.out.is_table:
        run.out.listing(written.fields, _fields_noun())
    else:
        run.out.data(written.raw)
    return 0


def _warn_of_removed(run: Invocation, kept: Sequence[object]) -> None:
    """Name the fields that the new schema lacks, and the rules that use them."""
    from segops_tui.api.definition import referenced_attributes
    from segops_tui.api.errors import SegOpsError

    try:
        names = [field.name for field in run.client.products.schema().fields]
        removed = [name for name in names if name not in kept]
        rules = list(run.client.product_segments.list()) if removed else []
    except SegOpsError as error:
        run.talk.warn(f"in use: unknown, as it could not be read: {error}")
        return
    if removed:
        run.talk.warn(f"removed: {wording.listed(removed, most=9)}")
    for rule in rules:
        used = referenced_attributes(rule.definition)
        lost = [name for name in removed if name in used]
        if lost:
            run.talk.warn(f"in use: {wording.listed(lost)}, by the rule of {rule.name}")


def _fields_noun() -> Noun[Any]:
    from segops_tui.nouns.column import Column, Noun

    return Noun(
        name="field",
        plural="fields",
        title="Schema",
        key=lambda field: field.name,
        label=lambda field: field.name,
        empty="There is no schema yet.",
        columns=(
            Column("name", "NAME", lambda field: field.name, min_width=8),
            Column("type", "TYPE", lambda field: field.type),
            Column("required", "REQUIRED", lambda field: field.required),
            Column("description", "DESCRIPTION", lambda field: field.description, flex=True),
        ),
    )


SCORES: Final[Noun[ProductScore]] = Noun(
    name="score",
    plural="scores",
    title="Scores",
    key=lambda score: score.raw.get("id", ""),
    label=lambda score: f"{score.score}",
    empty="No scores.",
    columns=(
        Column("id", "ID", lambda s: s.raw.get("id"), align="right", min_width=3),
        Column(
            "score", "SCORE", lambda s: s.score, score_shown, lambda s, _: score_tone(s.score),
            align="right",
        ),
        Column("dimension_scores", "DIMENSIONS", lambda s: s.dimension_scores, flex=True),
        Column("recommendations", "RECOMMENDATIONS", lambda s: _advice(s), max_width=60, flex=True),
        Column("scored_at", "SCORED", lambda s: s.scored_at, aged),
    ),
)  # fmt: skip


def score_products(run: Invocation, ids: Sequence[str]) -> int:
    """Score products, several at once, and print the results."""
    from segops_tui.cli.core.error_report import explain
    from segops_tui.cli.core.run_jobs import carry_out, finished
    from segops_tui.jobs.scoring import ScoreOne, start_score

    jobs = [
        start_score(run.ledger, product_id=key, name="", profile=run.profile.name)
        for key in dict.fromkeys(ids)
    ]
    outcomes = carry_out(run, jobs, stage=ScoreOne.stage)
    if outcomes is None:
        return run.ended_early
    for outcome in outcomes:
        if outcome.error is not None:
            run.talk.problem(explain(outcome.error))
    done = [o.job.target for o in outcomes if o.error is None and o.job.is_final]
    _write(run, [run.client.products.get_score(key) for key in done], alone=len(jobs) == 1)
    return finished(run, outcomes)


def _write(run: Invocation, scores: Sequence[ProductScore], *, alone: bool) -> None:
    if alone and scores:
        run.out.one(scores[0], SCORES)
    elif scores or run.options.wait:
        run.out.listing(scores, SCORES)
    run.out.flush()


def _advice(score: ProductScore) -> Any:
    return [
        item.get("message") or item.get("action") or item.get("text") or item
        if isinstance(item, dict)
        else item
        for item in score.recommendations
    ]
