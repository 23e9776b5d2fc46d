"""How products and their imports look to a person; the columns follow the workspace's schema.

And the products of a product segment: their count, and what cannot be told.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal

from segops_tui import wording
from segops_tui.api.resources.products import SchemaField
from segops_tui.api.resources.segments import is_edited
from segops_tui.nouns.action import Action, create_action, delete_action, edit_action
from segops_tui.nouns.column import Column, Context, Noun, Tone, aged, counted, format_value
from segops_tui.nouns.marks import is_price, priced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from segops_tui.api.catalogue.product_rules import ProductCount
    from segops_tui.api.resources.product_segments import ProductSegment
    from segops_tui.api.resources.products import ImportJob, Product

_LONG: Final = frozenset({"url", "multi_price"})
_PROSE: Final = frozenset({"description", "body", "body_html", "long_description", "summary"})
"""Attributes that hold sentences; a table has no room for them (the detail shows them)."""


def score_tone(score: float | None) -> Tone:
    """The vendor's bands: 70 and more is good, 40 and more fair, below poor (contract §4.4)."""
    if score is None:
        return "muted"
    return "good" if score >= 70 else "warn" if score >= 40 else "bad"


def score_shown(score: Any, _context: Context) -> str:
    """The score with its band in a symbol."""
    if score is None:
        return "–"
    symbol = {"good": "●", "warn": "◍", "bad": "○"}[score_tone(score)]
    return f"{symbol} {score:.0f}"


def attribute_said(value: Any, context: Context) -> str:
    """Any attribute in words: an amount with a currency is a price, whatever its field is."""
    if isinstance(value, list) and value and all(map(is_price, value)):
        return ", ".join(priced(item, context) for item in value)
    return priced(value, context) if is_price(value) else format_value(value)


def product_columns(fields: Sequence[SchemaField] = ()) -> tuple[Column[Product], ...]:
    """SKU, name, the schema's fields in their order, score, source and age."""
    return (
        Column("id", "ID", lambda p: p.id, align="right", min_width=3, priority=90),
        Column("sku", "SKU", lambda p: p.sku, min_width=14, max_width=34),
        Column("name", "NAME", lambda p: p.name, flex=True, min_width=14, max_width=48),
        *(_attribute(field, place) for place, field in enumerate(fields)),
        Column(
            "ai_readability_score",
            "SCORE",
            lambda p: p.ai_readability_score,
            score_shown,
            lambda p, _: score_tone(p.ai_readability_score),
            align="right",
            min_width=5,
            priority=2,
        ),
        Column("source", "SOURCE", lambda p: p.source, priority=80, wide_only=True),
        Column("updated_at", "UPDATED", lambda p: p.updated_at, aged, priority=70),
    )


def _attribute(field: SchemaField, place: int) -> Column[Product]:
    numeric = field.type in {"number", "price"}
    align: Literal["left", "right"] = "right" if numeric else "left"
    # A long address says little in a table, and the tenth attribute less than the first.
    is_long = field.type in _LONG or field.name.lower() in _PROSE
    # What it costs is what people look for first.
    priority = 60 if is_long else 3 if field.type == "price" else 10 + place
    return Column(
        field.name,
        field.name.replace("_", " ").upper(),
        _attribute_of(field.name),
        priced if field.type == "price" else lambda value, _: format_value(value),
        align=align,
        min_width=5,
        max_width=24,
        priority=priority,
        wide_only=is_long or place >= 6,
    )


def _attribute_of(name: str) -> Callable[[Product], Any]:
    return partial(_data, name)


def _data(name: str, product: Product) -> Any:
    return product.data.get(name)


def products(fields: Sequence[SchemaField] = ()) -> Noun[Product]:
    """The noun, with the columns of this workspace's schema."""
    return Noun(
        name="product",
        plural="products",
        title="Products",
        key=lambda product: product.id,
        label=lambda product: product.name,
        empty="No products yet. Import some: segops-tui products import FILE.csv",
        columns=product_columns(fields),
    )


def fields_of(products: Iterable[Product]) -> list[SchemaField]:
    """The fields some products have, with the types of their values, as a schema would say it."""
    found: dict[str, str] = {}
    for product in products:
        for name, value in product.data.items():
            if value is not None:
                found.setdefault(name, _type_of(value))
    return [SchemaField({"name": name, "type": type_}) for name, type_ in found.items()]


def _type_of(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, list):
        return "multi_price" if value and all(map(is_price, value)) else "array"
    return "price" if is_price(value) else "string"


def _import_tone(job: ImportJob, _context: Context) -> Tone:
    if job.is_failed:
        return "bad"
    if not job.is_final:
        return "busy"
    return "warn" if job.error_rows else "good"


IMPORTS: Final[Noun[ImportJob]] = Noun(
    name="import",
    plural="imports",
    title="Imports",
    key=lambda job: job.id,
    label=lambda job: job.filename or f"import {job.id}",
    empty="Nothing was imported yet. Start: segops-tui products import FILE.csv",
    columns=(
        Column("id", "ID", lambda j: j.id, align="right"),
        Column("filename", "FILE", lambda j: j.filename, flex=True, min_width=12),
        Column("status", "STATUS", lambda j: j.status, tone=_import_tone),
        Column("total_rows", "ROWS", lambda j: j.total_rows, counted, align="right"),
        Column(
            "created_count",
            "CREATED",
            lambda j: j.created_count,
            counted,
            align="right",
            priority=1,
        ),
        Column(
            "updated_count",
            "UPDATED",
            lambda j: j.updated_count,
            counted,
            align="right",
            priority=1,
        ),
        Column("error_rows", "REJECTED", lambda j: j.error_rows, counted, align="right"),
        Column("created_at", "STARTED", lambda j: j.created_at, aged),
    ),
)

COMPUTED_HERE: Final = "computed over the catalogue by this program"
NO_RULE: Final = "The rule has no conditions yet, so it has no products."
NONE_MATCH: Final = "No product matches."
_MATCH: Final = "match"
YES, UNKNOWN = "yes", "unknown"
_PRICE: Final = SchemaField({"name": "price", "type": "price"})
"""What the price is most likely called where the schema names none."""


def with_match(product: Product, *, is_certain: bool) -> Product:
    """The product with a field that says whether it matches for certain."""
    return type(product)({**product.raw, _MATCH: YES if is_certain else UNKNOWN})


def segment_products(
    fields: Sequence[SchemaField], *, with_doubt: bool = False, is_brief: bool = False
) -> Noun[Product]:
    """The noun: the columns of products, with `match` first where some cannot be told.

    A brief one has SKU, name and prices.
    """
    prices = [field for field in fields if field.type == "price"] or [_PRICE]
    columns = product_columns(prices if is_brief else fields)
    if is_brief:
        keys = {"sku", "name", *(field.name for field in prices)}
        columns = tuple(column for column in columns if column.key in keys)
    match: Column[Product] = Column(_MATCH, "MATCH", _match, tone=_match_tone, min_width=7)
    shown = (match, *columns) if with_doubt else columns
    return products()._replace(empty=NONE_MATCH, columns=shown)


def count_words(count: ProductCount) -> str:
    """`212 of 35,075 products match`; where some cannot be told, `at most 460 of …`."""
    most = count.matched + count.unknown
    words = f"{most:,}"
    if count.unknown:
        least = f"at least {count.matched:,} and " if count.matched else ""
        words = f"{least}at most {most:,}"
    return f"{words} of {wording.plural(count.read, 'product')} match"


def server_words(segment: ProductSegment, count: ProductCount, *, now: datetime) -> str:
    """What the server counted, when, and by how much that differs: `… 212 products, 3 h ago`."""
    when, counted = segment.last_computed_at, segment.computed_count or 0
    if when is None:
        return "the server has not computed it yet"
    words = f"the server counted {wording.plural(counted, 'product')}, {wording.age(when, now=now)}"
    if is_edited(segment):
        words += ", before the segment was changed"
    if count.matched <= counted <= count.matched + count.unknown:
        return words
    nearest = count.matched if counted < count.matched else count.matched + count.unknown
    return f"{words} ({wording.delta(nearest - counted)} now)"


def _match(product: Product) -> Any:
    return product.raw.get(_MATCH)


def _match_tone(product: Product, _context: Context) -> Tone:
    return "good" if _match(product) == YES else "warn"


IMPORT_CSV: Final = Action(
    "products.import", "Import CSV", "i", "pane", "products import {file}",
    help="Check a file, review its columns, import it.", changes=True,
)  # fmt: skip
SCORE: Final = Action(
    "products.score", "Score", "c", "marked", "products score {ids}",
    help="Score how readable the product is for AI assistants.", changes=True,
)  # fmt: skip
SCORE_ALL: Final = Action(
    "products.score_all", "Score all", "C", "pane", "products score-all", danger=True,
    help="Score the whole catalogue, after a confirmation.", changes=True,
)  # fmt: skip
FACETS: Final = Action(
    "products.narrow", "Facets", "f", "pane", "products list --where {where}",
    help="Show only products with a brand, a colour, a tag …; the server filters.",
)  # fmt: skip
SEARCH: Final = Action(
    "products.meaning", "Semantic search", "m", "pane", "products search {question}",
    help="Search products by meaning, as generated pages do.",
)  # fmt: skip
SHOW_IMPORTS: Final = Action(
    "products.imports", "Imports", "I", "pane", "products imports",
    help="Show earlier imports: files, rows, rejected rows.",
)  # fmt: skip
SET: Final = Action(
    "products.set", "Set attribute", "b", "marked", "products bulk-upsert {file}", danger=True,
    help="Set one attribute of all marked products, after a confirmation.", changes=True,
)  # fmt: skip
CREATE: Final = create_action("products", "product")
EDIT: Final = edit_action("products", "product")
DELETE: Final = delete_action("products")

PRODUCT_ACTIONS: Final = (
    IMPORT_CSV, SCORE, SCORE_ALL, FACETS, SEARCH, SHOW_IMPORTS, SET, CREATE, EDIT, DELETE,
)  # fmt: skip
