"""`pages`: generated landing pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from segops_tui import wording
from segops_tui.cli.core.crud import Facts, shared_verbs
from segops_tui.cli.core.input import FILE
from segops_tui.cli.core.params import ID, one, several
from segops_tui.nouns.column import format_value
from segops_tui.nouns.pages import PAGES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from segops_tui.api.resources.pages import GeneratedPage
    from segops_tui.cli.core.context import Invocation
    from segops_tui.jobs.engine.job import Job


_LINE: Final = 88
"""Cells of a line of prose."""


def _content(_run: Invocation, page: GeneratedPage) -> Mapping[str, Sequence[str]]:
    import textwrap

    told: dict[str, Sequence[str]] = {}
    if "intro_copy" in page.raw:
        told["intro_copy"] = textwrap.wrap(page.intro_copy, _LINE) or ["–"]
    if "product_skus" in page.raw:
        told["product_skus"] = [format_value(sku) for sku in page.product_skus] or ["–"]
    return told


FACTS: Final[Facts[GeneratedPage]] = Facts(
    group="pages",
    noun=PAGES,
    space=lambda client: client.pages,
    example="--set slug=rain-jackets --set query=7 --set title='Rain jackets'",
    required=("slug",),
    change="--set title='Rain jackets for Scotland'",
    further=_content,
    is_paged=False,
)

COMMANDS: Final = shared_verbs(FACTS)


@COMMANDS.command(
    "pages public",
    "segops-tui pages public northwind rain-jackets",
    "segops-tui pages public northwind rain-jackets -o json",
    calls=("pages.public",),
)
@click.argument("tenant_slug", metavar="WORKSPACE", type=ID)
@click.argument("page_slug", metavar="SLUG", type=ID)
def public(run: Invocation, tenant_slug: str, page_slug: str) -> None:
    """Fetch a published page as a visitor would; counts a view."""
    page = run.client.pages.public(tenant_slug, page_slug)
    run.out.one(page, PAGES, further=_content(run, page) if run.out.is_table else {})


IDS: Final = several("page")


@COMMANDS.command(
    "pages generate",
    "segops-tui pages generate --yes",
    "segops-tui pages generate 'Best rain jacket?' 'Warmest parka?'",
    calls=("pages.bulk_generate", "pages.list", "queries.list"),
)
@click.argument("questions", metavar="[QUESTION…]", nargs=-1)
def generate(run: Invocation, questions: tuple[str, ...]) -> int:
    """Generate pages for every active query, or for given questions.

    Waits until the pages exist; progress is read from the list of pages.
    """
    from segops_tui.cli.core.run_jobs import carry_out, finished, write_results
    from segops_tui.jobs.page_builds import BulkGenerate, start_generate

    what = wording.plural(len(questions), "page") if questions else "a page for every active query"
    if not questions and not run.confirm(f"Generate {what} in profile {run.profile.name!r}?"):
        return run.declined("nothing was generated")
    job = start_generate(
        run.ledger, profile=run.profile.name, queries=questions, command=run.command_line()
    )
    outcomes = carry_out(run, [job], stage=BulkGenerate.stage)
    if outcomes is None:
        return run.ended_early
    write_results(run, outcomes)
    return finished(run, outcomes)


@COMMANDS.command(
    "pages regenerate",
    "segops-tui pages regenerate 1 2",
    "segops-tui pages regenerate 1 --no-wait",
    calls=("pages.regenerate", "pages.get"),
)
@IDS
def regenerate(run: Invocation, ids: tuple[str, ...]) -> int:
    """Regenerate the copy of pages."""
    from segops_tui.cli.core.run_jobs import run_each
    from segops_tui.jobs.page_builds import PageWork, start_regenerate

    def start(key: str) -> Job:
        return start_regenerate(run.ledger, page_id=key, name="", profile=run.profile.name)

    return run_each(run, ids, start, stage=PageWork.stage)


@COMMANDS.command(
    "pages build",
    "segops-tui pages build 6",
    "segops-tui pages build 6 --template default",
    calls=("pages.build", "pages.get"),
)
@IDS
@click.option("--template", metavar="NAME", help="Template to build with.")
def build(run: Invocation, ids: tuple[str, ...], template: str | None) -> int:
    """Build pages.

    A page that is built can be published and exported.
    """
    from segops_tui.cli.core.run_jobs import run_each
    from segops_tui.jobs.page_builds import PageWork, start_build

    def start(key: str) -> Job:
        return start_build(
            run.ledger, page_id=key, name="", profile=run.profile.name, template=template
        )

    return run_each(run, ids, start, stage=PageWork.stage)


@COMMANDS.command(
    "pages publish",
    "segops-tui pages publish 6",
    "segops-tui pages publish 6 7 --yes",
    calls=("pages.publish",),
)
@IDS
def publish(run: Invocation, ids: tuple[str, ...]) -> int:
    """Publish built pages.

    To unpublish: segops-tui pages update ID --set published=false
    """
    ids = tuple(dict.fromkeys(ids))
    what = wording.plural(len(ids), "page")
    if not run.confirm(f"Publish {what} ({wording.listed([*ids])}) so that anyone can see them?"):
        return run.declined("nothing was published")
    pages: list[GeneratedPage] = []
    _, code = run.each(ids, lambda key: pages.append(run.client.pages.publish(key)))
    run.out.listing([page for page in pages if page.raw], PAGES)
    return code


@COMMANDS.command(
    "pages export",
    "segops-tui pages export 8 --format=html",
    "segops-tui pages export 8 --to rain-jackets.tsx",
    "segops-tui pages export 8 --format json --to - | jq .",
    calls=("pages.get", "pages.export_start", "pages.export_status", "pages.export_download"),
)
@one("page")
@click.option(
    "--format",
    type=click.Choice(["html", "tsx", "json"]),
    help="Default: FILE's extension, else html.",
)
@click.option(
    "--to",
    metavar="FILE|-",
    type=FILE,
    help="Output path; - for stdout (default page-ID.FORMAT here, with a number where that"
    " exists).",
)
@click.option("--force", is_flag=True, help="Overwrite FILE if it exists.")
def export(run: Invocation, id: str, format: str | None, to: str | None, force: bool) -> int:
    """Export a page to a file: HTML, TSX or JSON.

    The file appears only when complete. The page must be built first.
    """
    from segops_tui.cli.core.run_jobs import default_file, export_to
    from segops_tui.jobs.page_export import start_page_export

    ending = format or "html"
    if to is None:
        to = default_file(f"page-{id}", ending, force=force)
    page = run.client.pages.get(id)

    def start(path: Path) -> Job:
        return start_page_export(
            run.ledger,
            page_id=id,
            name=page.title or page.slug,
            to=path,
            profile=run.profile.name,
            format=format,
            force=force,
            command=run.command_line(),
        )

    return export_to(run, to, f"page.{ending}", start)
