"""Products: the catalogue, its schema, its CSV imports and its readability scores (contract §4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import IO, TYPE_CHECKING, Any

from segops_tui.api.endpoint import (
    C_co,
    Crud,
    endpoint,
    followed_by,
    listing,
    procedure,
    with_fields,
)
from segops_tui.api.errors import NotFound, WorkFailed
from segops_tui.api.exchange import Sleep
from segops_tui.api.record import (
    Record,
    array,
    integer,
    is_later,
    mapping,
    maybe_integer,
    maybe_number,
    moment,
    text,
)
from segops_tui.api.request import (
    Id,
    JsonObject,
    Page,
    Request,
    Upload,
    compact,
    page_of,
    path,
    upload_of,
)
from segops_tui.api.resources.segments import Queued
from segops_tui.api.waiting import TIMEOUT, Waiting

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from segops_tui.api.waiting import Steps


class Product(Record):
    """One product; its attributes besides SKU and name are in `data` (§4.2)."""

    id = integer()
    sku = text()
    name = text()
    data = mapping()
    source = text()
    ai_readability_score = maybe_number()
    created_at = moment()
    updated_at = moment()


class SchemaField(Record):
    """One attribute of the product schema; `type` is one of those in contract §4.1."""

    name = text()
    type = text(default="string")
    description = text()

    @property
    def required(self) -> bool:
        """Whether an import rejects rows without this attribute."""
        return self.raw.get("required") is True


class ProductSchema(Record):
    """The product schema of the workspace: the attributes products may have."""

    default_currency = text()
    default_locale = text()
    created_at = moment()
    updated_at = moment()

    @property
    def fields(self) -> list[SchemaField]:
        """The attributes in order, without `sku` and `name`."""
        listed = self.raw.get("fields")
        items = listed if isinstance(listed, list) else []
        return [SchemaField(item) for item in items if isinstance(item, Mapping)]


class ImportJob(Record):
    """A CSV import: `pending → mapping → importing → done | failed` (§4.3, fields inferred)."""

    id = integer("job_id", "id")
    status = text()
    filename = text()
    headers = array()
    sample_rows = array()
    suggested_mapping = mapping()
    mapping = mapping()
    total_rows = maybe_integer()
    processed_rows = integer()
    created_count = integer()
    updated_count = integer()
    error_rows = integer()
    errors = array()
    error_message = text()
    created_at = moment()
    completed_at = moment()

    @property
    def suggested_schema(self) -> list[Mapping[str, Any]]:
        """Proposed fields; the wire form may be an array or `{"fields": […]}`."""
        given = self.raw.get("suggested_schema")
        fields = given.get("fields") if isinstance(given, Mapping) else given
        return [f for f in fields if isinstance(f, Mapping)] if isinstance(fields, list) else []

    @property
    def is_final(self) -> bool:
        """Whether the import has ended."""
        return self.status in {"done", "failed", "complete", "completed", "error"}

    @property
    def is_failed(self) -> bool:
        """Whether the import failed."""
        return self.status in {"failed", "error"}


class BulkResult(Record):
    """Counts of created and updated products, and errors, of a bulk upsert (shape inferred)."""

    created = integer("created", "created_count")
    updated = integer("updated", "updated_count")
    total = maybe_integer()
    errors = array()


class ProductScore(Record):
    """How readable a product is for AI assistants: four dimensions of 0–25 each (§4.4)."""

    id = integer()
    score = maybe_number()
    dimension_scores = mapping()
    recommendations = array()
    scored_at = moment()


class ScoringQueued(Queued):
    """Scoring of `product_count` products was queued."""

    product_count = maybe_integer()


class Products(Crud[C_co, Product]):
    """The product catalogue: products, their schema, CSV imports and readability scores.

    Send the whole `data` in an update: whether the server merges it is not documented (§4.2).
    """

    address = "/pim/products/"
    record = Product

    @with_fields
    def create(
        self, /, *, sku: str, name: str, data: JsonObject | None = None, **fields: Any
    ) -> Request[Product]:
        """Create one product.

        Raises:
            Invalid: the SKU already exists.
        """
        body = compact(sku=sku, name=name, data=data, **fields)
        return Request("POST", "/pim/products/", parse=Product.parse, body=body)

    @endpoint
    def bulk_upsert(self, products: Iterable[JsonObject]) -> Request[BulkResult]:
        """Create or update products by SKU, at most 500 per call (§4.2)."""
        return Request(
            "POST",
            "/pim/products/bulk/",
            parse=BulkResult.parse,
            body={"products": [dict(product) for product in products]},
        )

    @endpoint
    def facets(self) -> Request[Record]:
        """Distinct values of the text and array attributes, at most 100 each."""
        return Request("GET", "/pim/facets/", parse=Record.parse)

    @endpoint
    def schema(self) -> Request[ProductSchema]:
        """The product schema; without fields if none was set."""
        return Request("GET", "/pim/schema/", parse=ProductSchema.parse)

    @endpoint
    def replace_schema(
        self,
        *,
        fields: Iterable[JsonObject],
        default_currency: str | None = None,
        default_locale: str | None = None,
    ) -> Request[ProductSchema]:
        """Replace the whole product schema."""
        body = compact(
            fields=[dict(field) for field in fields],
            default_currency=default_currency,
            default_locale=default_locale,
        )
        return Request("PUT", "/pim/schema/", parse=ProductSchema.parse, body=body)

    def _scored(
        self, start: Request[Queued], waiting: Waiting, product_id: Id
    ) -> Steps[ProductScore]:
        """Compare the time of the score before and after."""
        score = Products.get_score.build(None, product_id)
        before: ProductScore | None
        try:
            before = yield score
        except NotFound:
            before = None
        scored_at = None if before is None else before.scored_at
        if scored_at is not None and not scored_at.microsecond:
            # Times are whole seconds on the wire, and two scores may share one (§1.6).
            yield Sleep(1.0)
        yield start
        return (
            yield from waiting.until(
                score, lambda now: is_later(now.scored_at, scored_at), may_be_missing=True
            )
        )

    @followed_by(_scored)
    def score(self, product_id: Id) -> Request[Queued]:
        """Start scoring one product; `wait=True` returns its score once that is done.

        Raises:
            WaitTimedOut: it was not done within `timeout` seconds (`wait=True` only).
        """
        return Request("POST", path("/pim/products/{}/score/", product_id), parse=Queued.parse)

    @endpoint
    def get_score(self, product_id: Id) -> Request[ProductScore]:
        """The readability score of one product.

        Raises:
            NotFound: the product was not scored yet.
        """
        return Request("GET", path("/pim/products/{}/score/", product_id), parse=ProductScore.parse)

    @endpoint
    def score_all(self) -> Request[ScoringQueued]:
        """Start scoring the whole catalogue."""
        return Request("POST", "/pim/score-all/", parse=ScoringQueued.parse)

    @endpoint
    def import_csv(
        self,
        file: Upload | str | os.PathLike[str] | bytes | IO[bytes],
        filename: str | None = None,
    ) -> Request[ImportJob]:
        """Upload a CSV file of at most 100,000 rows; `confirm_import` then starts the import.

        `file` is a path, the file's bytes, or a file opened in binary mode.

        Raises:
            OSError: the file cannot be read.
        """
        return Request(
            "POST", "/pim/import/csv/", parse=ImportJob.parse, upload=upload_of(file, filename)
        )

    @endpoint
    def import_status(self, job_id: Id) -> Request[ImportJob]:
        """The status of an import."""
        return Request("GET", path("/pim/import/{}/", job_id), parse=ImportJob.parse)

    def _imported(
        self, start: Request[ImportJob], waiting: Waiting, job_id: Id
    ) -> Steps[ImportJob]:
        """Wait until the import has ended."""
        yield start
        status = Products.import_status.build(None, job_id)
        job = yield from waiting.until(status, lambda job: job.is_final)
        if job.is_failed:
            raise WorkFailed(job.error_message or "The import failed.", last=job)
        return job

    @followed_by(_imported)
    def confirm_import(
        self,
        job_id: Id,
        *,
        mapping: Mapping[str, str | None] | None = None,
        schema: Iterable[JsonObject] | None = None,
    ) -> Request[ImportJob]:
        """Start an import; `mapping` maps headers to `sku`, `name`, a field, or None to skip.

        What is left out follows the server's suggestions. `wait=True` returns the import once it
        has ended.

        Raises:
            WorkFailed: the import failed (`wait=True` only).
            WaitTimedOut: it has not ended within `timeout` seconds (`wait=True` only).
        """
        body = compact(
            mapping=None if mapping is None else dict(mapping),
            schema=None if schema is None else [dict(field) for field in schema],
        )
        return Request(
            "POST", path("/pim/import/{}/confirm/", job_id), parse=_import_or_empty, body=body
        )

    import_confirm = confirm_import
    """The same as `confirm_import`."""

    @procedure
    def wait_for_import(
        self,
        job_id: Id,
        *,
        timeout: float = TIMEOUT,
        progress: Callable[[ImportJob], object] | None = None,
    ) -> Steps[ImportJob]:
        """Wait until an import has ended, and return it; its `status` says how.

        Raises:
            WaitTimedOut: it has not ended within `timeout` seconds.
        """
        status = Products.import_status.build(None, job_id)
        return (yield from Waiting(timeout, progress).until(status, lambda job: job.is_final))

    @listing
    def imports(self, *, page: int | None = None, page_size: int = 50) -> Request[Page[ImportJob]]:
        """Earlier imports (inferred from the vendor's dashboard)."""
        return Request(
            "GET",
            "/pim/import/",
            parse=page_of(ImportJob.parse),
            query={"page": page, "page_size": page_size},
        )

    @listing
    def list(
        self,
        *,
        q: str | None = None,
        where: Mapping[str, str] | None = None,
        page: int | None = None,
        page_size: int = 200,
    ) -> Request[Page[Product]]:
        """The catalogue; `q` matches part of a name, `where` exact values of schema fields."""
        query = {**(where or {}), "q": q, "page": page, "page_size": page_size}
        return Request("GET", "/pim/products/", parse=page_of(Product.parse), query=query)

    iterate = list
    """The same as `list`: iterating it fetches every page."""


def _import_or_empty(data: Any) -> ImportJob:
    """An import, or an empty one: what a confirmation answers is not documented (§4.3)."""
    return ImportJob(data if isinstance(data, Mapping) else {})
