"""Pages: generated landing pages, and semantic product search (contract §8)."""

from __future__ import annotations

from typing import Any, Final, Literal

from segops_tui.api.endpoint import C_co, Crud, download, endpoint, listing
from segops_tui.api.record import Record, array, flag, integer, mapping, moment, text
from segops_tui.api.request import Id, Page, Request, compact, ignore_body, page_of, path
from segops_tui.api.resources.segments import ExportJob, Queued

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
    view_count = integer()
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

    @endpoint
    def create(self, /, *, slug: str, **fields: Any) -> Request[GeneratedPage]:
        """Create a page; `query` is the id of a tracked query, `title` defaults to its text."""
        body = compact(slug=slug, **fields)
        return Request("POST", self.address, parse=GeneratedPage.parse, body=body)

    @endpoint
    def bulk_generate(self, /, **body: Any) -> Request[GenerationQueued]:
        """Generate a page for each active query, or for each text in `queries`."""
        return Request(
            "POST",
            "/ai-pages/pages/bulk-generate/",
            parse=GenerationQueued.parse,
            body=body or None,
        )

    @endpoint
    def regenerate(self, page_id: Id) -> Request[Queued]:
        """Regenerate the text of a page."""
        return Request("POST", path("/ai-pages/pages/{}/regenerate/", page_id), parse=Queued.parse)

    @endpoint
    def build(self, page_id: Id, *, template: str | None = None) -> Request[GeneratedPage]:
        """Start a build; poll the page until `is_built` or `is_broken`."""
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

    @endpoint
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
