"""Building and regenerating landing pages: one, or one for every query (contract §8.2).

The server's words for a page that is being built are not documented: any word that is neither
final nor the one from before counts as running.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final

from segops_tui.api.resources.pages import GeneratedPage, Pages
from segops_tui.api.resources.queries import Queries
from segops_tui.jobs.engine.ledger import note_job
from segops_tui.jobs.engine.plan import Send, read, read_all
from segops_tui.jobs.engine.polling import (
    PolledWork,
    WorkStatus,
    has_moved,
    poll_until_done,
    timestamp,
)
from segops_tui.wording import plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from segops_tui.api.request import Id, Request
    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.ledger import Ledger
    from segops_tui.jobs.engine.plan import Part

BUILD: Final = "page-build"
REGENERATE: Final = "page-regenerate"
GENERATE: Final = "pages-generate"
_AT_WORK: Final = frozenset({"building", "queued", "pending", "generating", "regenerating"})
_LONG_QUIET: Final = 120.0
"""Seconds without another page after which a bulk run counts as over: no call reports its end."""


def start_build(
    ledger: Ledger,
    *,
    page_id: Id,
    name: str,
    profile: str,
    template: str | None = None,
    command: str = "",
) -> Job:
    """Note the build of a page; nothing is sent yet."""
    further = "" if template is None else f" --template {template}"
    return note_job(
        ledger,
        BUILD,
        page_id,
        name=name,
        profile=profile,
        command=command or f"segops-tui pages build {page_id}{further}",
        params={"template": template},
        keys=(PageWork.key,),
    )


def start_regenerate(
    ledger: Ledger, *, page_id: Id, name: str, profile: str, command: str = ""
) -> Job:
    """Note the regeneration of a page; nothing is sent yet."""
    return note_job(
        ledger,
        REGENERATE,
        page_id,
        name=name,
        profile=profile,
        command=command or f"segops-tui pages regenerate {page_id}",
        keys=(PageWork.key,),
    )


def start_generate(
    ledger: Ledger, *, profile: str, queries: Sequence[str] = (), command: str = ""
) -> Job:
    """Note a page for each of `queries`, or for every active query; nothing is sent yet."""
    return note_job(
        ledger,
        GENERATE,
        "all",
        name=plural(len(queries), "page") if queries else "a page for every query",
        profile=profile,
        command=command or "segops-tui pages generate",
        params={"queries": list(queries)},
        keys=(BulkGenerate.key,),
    )


class PageWork(PolledWork):
    """Building or regenerating one page. `before` is its last change, its status, its error."""

    stage: ClassVar[str] = "building"

    def begin(self, job: Job) -> Part[Job]:
        """Read the page's status."""
        page: GeneratedPage = yield Send(_page(job))
        before = [timestamp(page.updated_at), page.builder_status, _error(page)]
        name = page.title or page.slug or job.target_name
        return replace(job.with_params(before=before), target_name=name)

    def start(self, job: Job) -> Request[Any]:
        """The request that starts the build or the regeneration."""
        if job.kind == BUILD:
            return Pages.build.build(None, job.target, template=job.params.get("template"))
        return Pages.regenerate.build(None, job.target)

    def check(self, job: Job, *, quiet: float) -> Part[WorkStatus]:  # noqa: ARG002
        """Compare the page with `before`."""
        page = yield from read(_page(job))
        changed, status, _ = job.params["before"]
        is_new = has_moved(changed, page.updated_at) or page.builder_status != status
        is_ended = page.is_built or page.is_broken
        return WorkStatus(
            is_over=page.is_built and is_new,
            is_running=not is_ended
            and (page.builder_status in _AT_WORK or page.builder_status != status),
            is_failed=page.is_broken and is_new,
            error=_error(page),
            result=_result(page),
        )

    def previous_error(self, job: Job) -> str:
        """The error of the previous build."""
        return str(job.params["before"][2])

    def times(self, job: Job) -> Iterable[str]:
        """The time of the previous build."""
        return (job.params["before"][0],)


class BulkGenerate(PolledWork):
    """Generating many pages. `before` is the state of every existing page."""

    stage: ClassVar[str] = "generating"
    arrival_seconds: ClassVar[float] = 30.0
    unit: ClassVar[str] = "pages"

    def begin(self, job: Job) -> Part[Job]:
        """Read the existing pages, and how many are to be generated."""
        pages = yield from read_all(Pages.list.build(None))
        expected = len(job.params["queries"])
        if not expected:
            queries = yield from read_all(Queries.list.build(None))
            expected = sum(query.is_active for query in queries)
        return job.with_params(
            before={str(page.id): _mark(page) for page in pages}, expected=expected
        )

    def start(self, job: Job) -> Request[Any]:
        """The request that starts the generation."""
        queries = job.params["queries"]
        return Pages.bulk_generate.build(None, **({"queries": queries} if queries else {}))

    def check(self, job: Job, *, quiet: float) -> Part[WorkStatus]:
        """Count the pages that are new or changed, and those that are ready."""
        before, expected = job.params["before"], job.params["expected"]
        pages = yield from read_all(Pages.list.build(None))
        touched = [page for page in pages if before.get(str(page.id)) != _mark(page)]
        built = [page for page in touched if page.is_built]
        broken = [page for page in touched if page.is_broken]
        done = len(built) + len(broken)
        is_over = done >= expected or (quiet > _LONG_QUIET and done == len(touched))
        return WorkStatus(
            is_over=is_over and not (broken and not built),
            is_failed=is_over and bool(broken) and not built,
            error=f"{plural(len(broken), 'page')} could not be built." if broken else "",
            # Errors are reported at the end; until then pages are being generated.
            is_running=not is_over and bool(touched),
            done=done,
            total=max(expected, len(touched)),
            result={
                "pages": [page.id for page in built],
                "failed": [page.id for page in broken],
                "summary": f"{plural(len(built), 'page')} ready"
                + (f", {len(broken)} failed" if broken else ""),
            },
        )

    def times(self, job: Job) -> Iterable[str]:
        """The times of the previous builds."""
        return [mark.partition(" ")[0] for mark in job.params["before"].values()]


def _page(job: Job) -> Request[GeneratedPage]:
    return Pages.get.build(None, job.target)


def _error(page: GeneratedPage) -> str:
    if not page.is_broken:
        return ""
    error = page.raw.get("builder_error")
    return error if isinstance(error, str) and error else "The page could not be built."


def _mark(page: GeneratedPage) -> str:
    return f"{timestamp(page.updated_at)} {page.builder_status}"


def _result(page: GeneratedPage) -> dict[str, Any]:
    return {
        "slug": page.slug,
        "title": page.title,
        "status": page.builder_status,
        "products": len(page.product_skus),
        "summary": f"{page.builder_status}: {page.title or page.slug},"
        f" {plural(len(page.product_skus), 'product')}",
    }


plan_one = partial(poll_until_done, kind=PageWork())
plan_all = partial(poll_until_done, kind=BulkGenerate())
