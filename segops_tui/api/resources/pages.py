"""Pages: generated landing pages, and semantic product search (contract §8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from segops_tui.api.endpoint import (
    C_co,
    Crud,
    download,
    endpoint,
    followed_by,
    listing,
    procedure,
    with_fields,
)
from segops_tui.api.errors import WorkFailed
from segops_tui.api.exports import Export, ExportJob, wait_for_export
from segops_tui.api.record import (
    Record,
    array,
    flag,
    integer,
    is_later,
    mapping,
    maybe_integer,
    moment,
    text,
)
from segops_tui.api.request import Id, Page, Request, compact, ignore_body, page_of, path
from segops_tui.api.resources.segments import Queued
from segops_tui.api.waiting import TIMEOUT, Waiting

if TYPE_CHECKING:
    from collections.abc import Callable

    from segops_tui.api.waiting import Steps

PageFormat = Literal["html", "tsx", "json"]

BUILT: Final = frozenset({"built", "ready", "complete", "completed", "published"})
"""Builder statuses of a finished build; the server's words are not documented (§8.2)."""
BROKEN: Final = frozenset({"failed", "error"})


class GeneratedPage(Record):
    """A landing page; only `get` returns `intro_copy` and `product_skus`."""

    id = integer()
    slug = text()
    title = text()
    published = flag()
    builder_status = text()
    view_count = maybe_integer()
    last_ai_crawl_at = moment()
    intro_copy = text()
    product_skus = array()
    created_at = moment()
    updated_at = moment()

    @property
    def is_built(self) -> bool:
        """Whether the page is built and can be published."""
        return self.builder_status in BUILT

    @property
    def is_broken(self) -> bool:
        """Whether the build failed."""
        return self.builder_status in BROKEN


class ProductMatches(Record):
    """Products that match a question, best first."""

    query = text()
    products = array()
    filters = mapping()
    metadata = mapping()


class GenerationQueued(Queued):
    """Page generation was queued; `job_id` cannot be polled, so poll the list of pages."""

    job_id = text()


class Pages(Crud[C_co, GeneratedPage]):
    """Landing pages: generate, build, publish and export them."""

    address = "/ai-pages/pages/"
    record = GeneratedPage

    @with_fields
    def create(self, /, *, slug: str, **fields: Any) -> Request[GeneratedPage]:
        """Create a page; `query` is the id of a tracked query, `title` defaults to its text."""
        body = compact(slug=slug, **fields)
        return Request("POST", self.address, parse=GeneratedPage.parse, body=body)

    @with_fields
    def bulk_generate(self, /, **body: Any) -> Request[GenerationQueued]:
        """Generate a page for each active query, or for each text in `queries`."""
        return Request(
            "POST",
            "/ai-pages/pages/bulk-generate/",
            parse=GenerationQueued.parse,
            body=body or None,
        )

    def _followed(self, start: Request[Any], waiting: Waiting, page_id: Id) -> Steps[GeneratedPage]:
        """Wait until the page's builder is done with a build that began after the request."""
        page = Pages.get.build(None, page_id)
        before: GeneratedPage = yield page
        yield start
        has_begun = not (before.is_built or before.is_broken)

        def is_done(now: GeneratedPage) -> bool:
            nonlocal has_begun
            is_over = now.is_built or now.is_broken
            has_begun = has_begun or not is_over or is_later(now.updated_at, before.updated_at)
            return is_over and has_begun

        after = yield from waiting.until(page, is_done)
        if after.is_broken:
            raise WorkFailed("The build failed.", last=after)
        return after

    @followed_by(_followed)
    def regenerate(self, page_id: Id) -> Request[Queued]:
        """Regenerate the text of a page; `wait=True` returns the page once that is done.

        Raises:
            WorkFailed: the build failed (`wait=True` only).
            WaitTimedOut: it was not done within `timeout` seconds (`wait=True` only).
        """
        return Request("POST", path("/ai-pages/pages/{}/regenerate/", page_id), parse=Queued.parse)

    @followed_by(_followed)
    def build(self, page_id: Id, *, template: str | None = None) -> Request[GeneratedPage]:
        """Start a build; `wait=True` returns the page once it is built.

        Raises:
            WorkFailed: the build failed (`wait=True` only).
            WaitTimedOut: it was not done within `timeout` seconds (`wait=True` only).
        """
        return Request(
            "POST",
            path("/ai-pages/pages/{}/build/", page_id),
            parse=_page_or_empty,
            body=compact(template=template),
        )

    @endpoint
    def publish(self, page_id: Id) -> Request[GeneratedPage]:
        """Publish a built page."""
        return Request("POST", path("/ai-pages/pages/{}/publish/", page_id), parse=_page_or_empty)

    @procedure
    def wait_for(
        self,
        page_id: Id,
        *,
        timeout: float = TIMEOUT,
        progress: Callable[[GeneratedPage], object] | None = None,
    ) -> Steps[GeneratedPage]:
        """Wait until a page is built or its build failed, and return it.

        Raises:
            WaitTimedOut: it was not done within `timeout` seconds.
        """
        page = Pages.get.build(None, page_id)
        return (
            yield from Waiting(timeout, progress).until(page, lambda p: p.is_built or p.is_broken)
        )

    @procedure
    def export(
        self,
        page_id: Id,
        *,
        format: PageFormat = "html",
        wait: bool = True,
        timeout: float = TIMEOUT,
        progress: Callable[[ExportJob], object] | None = None,
    ) -> Steps[Export[C_co]]:
        """Export a page and wait for the file; `read()` or `save()` it.

        Raises:
            WorkFailed: the export failed.
            WaitTimedOut: it was not ready within `timeout` seconds.
        """
        start = Pages.export_start.build(None, page_id, format=format)
        waiting = Waiting(timeout, progress) if wait else None
        return (
            yield from wait_for_export(
                start,
                lambda job: Pages.export_status.build(None, page_id, export_id=job),
                waiting,
                self._client,
            )
        )

    @endpoint
    def export_start(self, page_id: Id, *, format: PageFormat = "html") -> Request[ExportJob]:
        """Start an export of the page; poll it with `export_status`."""
        return Request(
            "POST",
            path("/ai-pages/pages/{}/export/", page_id),
            parse=ExportJob.parse,
            body={"format": format},
        )

    @endpoint
    def export_status(self, page_id: Id, *, export_id: Id) -> Request[ExportJob]:
        """The status of an export (inferred: how to poll is not documented)."""
        return Request(
            "GET",
            path("/ai-pages/pages/{}/export/", page_id),
            parse=ExportJob.parse,
            query={"export_id": export_id},
        )

    @download
    def export_download(self, export_id: Id) -> Request[None]:
        """Download a finished export (path inferred from that of segments)."""
        return Request("GET", path("/ai-pages/exports/{}/download/", export_id), parse=ignore_body)

    @with_fields
    def query(
        self, q: str, *, limit: int = 20, segment_id: Id | None = None
    ) -> Request[ProductMatches]:
        """Semantic product search: at most 100 products, optionally inside a product segment."""
        return Request(
            "GET",
            "/ai-pages/query",
            parse=ProductMatches.parse,
            query={"q": q, "limit": limit, "segment_id": segment_id},
        )

    @endpoint
    def public(self, tenant_slug: str, page_slug: str) -> Request[GeneratedPage]:
        """A published page as a visitor sees it; counts as a view."""
        return Request(
            "GET",
            path("/ai-pages/public/pages/{}/{}/", tenant_slug, page_slug),
            parse=GeneratedPage.parse,
        )

    @listing
    def list(self) -> Request[Page[GeneratedPage]]:
        """All pages, without `intro_copy` and `product_skus`."""
        return Request("GET", self.address, parse=page_of(GeneratedPage.parse))

    iterate = list
    """The same as `list`: iterating it fetches every page."""


def _page_or_empty(data: Any) -> GeneratedPage:
    """A page, or an empty one: whether `build` returns a page is not documented (§8.2)."""
    return GeneratedPage(data if isinstance(data, dict) else {})
