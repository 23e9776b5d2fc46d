"""`pages generate|regenerate|build|publish`: what the server does to pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from segops_tui import wording
from segops_tui.cli.core.completion import completes
from segops_tui.cli.core.group import Commands
from segops_tui.cli.core.param_types import ID
from segops_tui.nouns.pages import PAGES

if TYPE_CHECKING:
    from segops_tui.api.resources.pages import GeneratedPage
    from segops_tui.cli.core.context import Invocation
    from segops_tui.jobs.engine.job import Job

COMMANDS: Final = Commands()

IDS: Final = click.argument(
    "ids", metavar="ID…", nargs=-1, required=True, type=ID, shell_complete=completes("page")
)


@COMMANDS.command(
    "pages generate",
    "segops-tui pages generate --yes",
    "segops-tui pages generate 'Best rain jacket?' 'Warmest parka?'",
    calls=("pages.bulk_generate", "pages.list", "queries.list"),
)
@click.argument("questions", metavar="[QUESTION…]", nargs=-1)
def generate(run: Invocation, questions: tuple[str, ...]) -> int:
    """Generate pages for every active question, or for some.

    Waits until they are there; nothing but the list of pages tells how far it is.
    """
    from segops_tui.cli.core.batch import carry_out, finished, write_results
    from segops_tui.jobs.page_builds import BulkGenerate, start_generate

    what = (
        wording.plural(len(questions), "page") if questions else "a page of every active question"
    )
    if not questions and not run.confirm(f"Generate {what} in profile {run.profile.name!r}?"):
        run.talk.note("nothing was generated")
        return 0
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
    """Write pages anew."""
    from segops_tui.cli.core.batch import work_each
    from segops_tui.jobs.page_builds import PageWork, start_regenerate

    def start(key: str) -> Job:
        return start_regenerate(run.ledger, page_id=key, name="", profile=run.profile.name)

    return work_each(run, ids, start, stage=PageWork.stage)


@COMMANDS.command(
    "pages build",
    "segops-tui pages build 6",
    "segops-tui pages build 6 --template default",
    calls=("pages.build", "pages.get"),
)
@IDS
@click.option("--template", metavar="NAME", help="The template to build with.")
def build(run: Invocation, ids: tuple[str, ...], template: str | None) -> int:
    """Build pages.

    A page that is built can be published and exported.
    """
    from segops_tui.cli.core.batch import work_each
    from segops_tui.jobs.page_builds import PageWork, start_build

    def start(key: str) -> Job:
        return start_build(
            run.ledger, page_id=key, name="", profile=run.profile.name, template=template
        )

    return work_each(run, ids, start, stage=PageWork.stage)


@COMMANDS.command(
    "pages publish",
    "segops-tui pages publish 6",
    "segops-tui pages publish 6 7 --yes",
    calls=("pages.publish",),
)
@IDS
def publish(run: Invocation, ids: tuple[str, ...]) -> int:
    """Make built pages public.

    Back: segops-tui pages update ID --set published=false
    """
    ids = tuple(dict.fromkeys(ids))
    what = wording.plural(len(ids), "page")
    if not run.confirm(f"Publish {what} ({wording.listed([*ids])}) for everybody to see?"):
        run.talk.note("nothing was published")
        return 0
    pages: list[GeneratedPage] = []
    _, code = run.each(ids, lambda key: pages.append(run.client.pages.publish(key)))
    run.out.listing([page for page in pages if page.raw], PAGES)
    return code
