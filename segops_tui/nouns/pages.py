"""Generated landing pages, and the products of a semantic search: columns and actions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from segops_tui.api.record import Record, as_number
from segops_tui.nouns.action import Action, create_action, delete_action, edit_action
from segops_tui.nouns.column import Column, Context, Noun, Tone, aged, counted
from segops_tui.nouns.marks import priced

if TYPE_CHECKING:
    from segops_tui.api.resources.pages import GeneratedPage

SYMBOLS: Final = {"draft": "○", "building": "◌", "built": "●", "published": "✓", "failed": "✗"}


def page_state(page: GeneratedPage) -> str:
    """`draft`, `building`, `built`, `published` or `failed`: the server's words vary (§8.2)."""
    if page.is_broken:
        return "failed"
    if page.published:
        return "published"
    if page.is_built:
        return "built"
    return page.builder_status or "draft"


def state_words(page: GeneratedPage, _context: Context) -> str:
    """The state with its symbol; an unknown state is shown as it is."""
    word = page_state(page)
    return f"{SYMBOLS.get(word, '·')} {word}"


def state_tone(page: GeneratedPage, _context: Context) -> Tone:
    """The colour of the state."""
    tones: dict[str, Tone] = {
        "draft": "muted", "building": "busy", "built": "warn", "published": "good", "failed": "bad",
    }  # fmt: skip
    return tones.get(page_state(page), "")


PAGES: Final[Noun[GeneratedPage]] = Noun(
    name="page",
    plural="pages",
    title="Pages",
    key=lambda page: page.id,
    label=lambda page: page.title or page.slug,
    empty="No pages yet. Generate one for every active query: segops-tui pages generate",
    columns=(
        Column("id", "ID", lambda p: p.id, align="right", min_width=2, priority=5),
        Column("title", "TITLE", lambda p: p.title, flex=True, min_width=16, max_width=80),
        Column(
            "builder_status", "STATE", lambda p: p.builder_status, words=state_words,
            tone=state_tone, min_width=14, max_width=16,
        ),
        Column("view_count", "VIEWS", lambda p: p.view_count, counted, align="right"),
        Column("last_ai_crawl_at", "AI CRAWL", lambda p: p.last_ai_crawl_at, aged, priority=2),
        Column("slug", "SLUG", lambda p: p.slug, max_width=60, priority=7, wide_only=True),
        Column("updated_at", "UPDATED", lambda p: p.updated_at, aged, priority=6),
    ),
)  # fmt: skip


def _data(name: str, row: Record) -> Any:
    data = row.raw.get("data")
    return data.get(name) if isinstance(data, Mapping) else None


FOUND: Final[Noun[Record]] = Noun(
    name="product",
    plural="products",
    title="Found",
    key=lambda row: row.raw.get("id"),
    label=lambda row: str(row.raw.get("name", "")),
    empty="No product matches.",
    columns=(
        Column(
            "relevance_score", "MATCH", lambda r: as_number(r.raw.get("relevance_score")),
            lambda v, _: "–" if v is None else f"{v:.2f}", align="right",
        ),
        Column("id", "ID", lambda r: r.raw.get("id"), align="right", min_width=3, priority=5),
        Column("sku", "SKU", lambda r: r.raw.get("sku"), min_width=14, max_width=34),
        Column("name", "NAME", lambda r: r.raw.get("name"), flex=True, min_width=14, max_width=60),
        Column("brand", "BRAND", lambda r: _data("brand", r), priority=3),
        Column(
            "price", "PRICE", lambda r: _data("price", r), priced, align="right", priority=2,
        ),
    ),
)  # fmt: skip

BUILD: Final = Action(
    "pages.build", "Build", "b", "marked", "pages build {ids}",
    help="Build the page and watch until it is built.", changes=True,
)  # fmt: skip
REGENERATE: Final = Action(
    "pages.regenerate", "Regenerate", "r", "marked", "pages regenerate {ids}",
    help="Regenerate the page; the current version stays live until then.", changes=True,
)  # fmt: skip
PUBLISH: Final = Action(
    "pages.publish", "Publish", "u", "marked", "pages publish {ids}", danger=True,
    help="Publish built pages; if all of them are public, unpublish them.", changes=True,
)  # fmt: skip
EXPORT: Final = Action(
    "pages.export", "Export", "x", "one", "pages export {id} --to {to}",
    help="Write the page to a file: HTML, TSX or JSON.", changes=True,
)  # fmt: skip
GENERATE: Final = Action(
    "pages.generate", "Generate", "N", "pane", "pages generate {questions}", danger=True,
    help="Generate a page for every active query, or for questions you type.", changes=True,
)  # fmt: skip
ADDRESS: Final = Action(
    "pages.address", "Address", "o", "one", "pages public {workspace} {slug}",
    help="Show and copy the public address of a published page.",
)  # fmt: skip
SEARCH: Final = Action(
    "pages.search", "Semantic search", "m", "pane", "pages query {question}",
    help="Search products by meaning, as the pages themselves do.",
)  # fmt: skip
CREATE: Final = create_action("pages", "page")
EDIT: Final = edit_action("pages", "page")
DELETE: Final = delete_action("pages")

PAGE_ACTIONS: Final = (
    BUILD, REGENERATE, PUBLISH, EXPORT, GENERATE, ADDRESS, SEARCH, CREATE, EDIT, DELETE,
)  # fmt: skip


def public_path(workspace: str, slug: str) -> str:
    """The public path of a published page, below the API's address (§8.2)."""
    return f"/ai-pages/public/pages/{quote(workspace, safe='')}/{quote(slug, safe='')}/"
