"""Pages: generated landing pages, and the product search behind them (contract §8)."""

from __future__ import annotations

from typing import Any, Final, Literal

from segops_tui.api.crud import Crud
from segops_tui.api.endpoint import C_co, download, endpoint, listing
from segops_tui.api.record import Record, array, flag, integer, mapping, moment, text
from segops_tui.api.request import Id, Page, Request, compact, ignore_body, page_of, path
from segops_tui.api.resources.segments import ExportJob, Queued

PageFormat = Literal["html", "tsx", "json"]

BUILT: Final = frozenset({"built", "ready", "complete", "completed", "published"})
"""Any of these ends the wait for a build: the server's words are not documented (§8.2)."""
BROKEN: Final = frozenset({"failed", "error"})


class GeneratedPage(Record):
    """A landing page; `intro_copy` and `product_skus` come with a single one only."""

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
        """Whether there is something to publish."""
        return self.builder_status in BUILT

    @property
    def is_broken(self) -> bool:
        """Whether the build failed."""
        return self.builder_status in BROKEN


class ProductMatches(Record):
    """Products that answer a question, best first."""

    query = text()
    products = array()
    filters = mapping()
    metadata = mapping()


class GenerationQueued(Queued):
    """Pages are being generated; no way to follow `job_id` is known: watch the list."""

    job_id = text()


class Pages(Crud[C_co, GeneratedPage]):
    """Landing pages."""

    address = "/ai-pages/pages/"
    record = GeneratedPage

    @endpoint
    def create(self, /, *, slug: str, **further: Any) -> Request[GeneratedPage]:
        """Add a page; `query` is the id of a tracked question, `title` defaults to its text."""
        body = compact(slug=slug, **further)
        return Request("POST", self.address, parse=GeneratedPage.parse, body=body)

    @endpoint
    def bulk_generate(self, /, **body: Any) -> Request[GenerationQueued]:
        """Generate a page for every active question, or for the texts in `queries`."""
        return Request(
            "POST",
            "/ai-pages/pages/bulk-generate/",
            parse=GenerationQueued.parse,
            body=body or None,
        )

    @endpoint
    def regenerate(self, page_id: Id) -> Request[Queued]:
        """Write the page anew."""
        return Request("POST", path("/ai-pages/pages/{}/regenerate/", page_id), parse=Queued.parse)

    @endpoint
    def build(self, page_id: Id, *, template: str | None = None) -> Request[GeneratedPage]:
        """Start building; wait until the page is built."""
        return Request(
            "POST",
            path("/ai-pages/pages/{}/build/", page_id),
            parse=_page_or_nothing,
            body=compact(template=template),
        )

    @endpoint
    def publish(self, page_id: Id) -> Request[GeneratedPage]:
        """Make a built page public."""
        return Request("POST", path("/ai-pages/pages/{}/publish/", page_id), parse=_page_or_nothing)

    @endpoint
    def export_start(self, page_id: Id, *, format: PageFormat = "html") -> Request[ExportJob]:
        """Start writing the page to a file."""
        return Request(
            "POST",
            path("/ai-pages/pages/{}/export/", page_id),
            parse=ExportJob.parse,
            body={"format": format},
        )

    @endpoint
    def export_status(self, page_id: Id, *, export_id: Id) -> Request[ExportJob]:
        """See how far an export is (inferred: no source tells how to poll)."""
        return Request(
            "GET",
            path("/ai-pages/pages/{}/export/", page_id),
            parse=ExportJob.parse,
            query={"export_id": export_id},
        )

    @download
    def export_download(self, export_id: Id) -> Request[None]:
        """Open the finished file; the address is the sandbox's own (inferred from segments')."""
        return Request("GET", path("/ai-pages/exports/{}/download/", export_id), parse=ignore_body)

    @endpoint
    def query(
        self, q: str, *, limit: int = 20, segment_id: Id | None = None
    ) -> Request[ProductMatches]:
        """Search products by meaning; at most 100, optionally inside a product segment."""
        return Request(
            "GET",
            "/ai-pages/query",
            parse=ProductMatches.parse,
            query={"q": q, "limit": limit, "segment_id": segment_id},
        )

    @endpoint
    def public(self, tenant_slug: str, page_slug: str) -> Request[GeneratedPage]:
        """A published page as a visitor gets it; counts a view."""
        return Request(
            "GET",
            path("/ai-pages/public/pages/{}/{}/", tenant_slug, page_slug),
            parse=GeneratedPage.parse,
        )

    @listing
    def list(self) -> Request[Page[GeneratedPage]]:
        """Every page, in light form."""
        return Request("GET", self.address, parse=page_of(GeneratedPage.parse))

    iterate = list
    """The same, for who looks for a walk over every page."""


def _page_or_nothing(data: Any) -> GeneratedPage:
    """Whether `build` answers a page is not known (§8.2); anything else reads as an empty one."""
    return GeneratedPage(data if isinstance(data, dict) else {})
