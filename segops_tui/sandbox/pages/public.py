"""A published page as a visitor gets it (contract §8.2).

Knows addresses, views and AI crawlers; asks for no key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from segops_tui.sandbox.core.calls import answer
from segops_tui.sandbox.core.errors import not_found
from segops_tui.sandbox.pages.handlers import show
from segops_tui.sandbox.queries.brands import tenant_slug

if TYPE_CHECKING:
    from segops_tui.sandbox.core.calls import Answer, Call
    from segops_tui.sandbox.core.context import Workspace

CRAWLERS: Final = (
    "gptbot", "oai-searchbot", "chatgpt-user", "claudebot", "claude-user", "claude-searchbot",
    "claude-web", "anthropic-ai", "perplexitybot", "perplexity-user", "google-extended",
    "google-cloudvertexbot", "applebot-extended", "amazonbot", "bytespider", "ccbot", "cohere-ai",
    "duckassistbot", "meta-externalagent", "meta-externalfetcher", "mistralai-user", "youbot",
    "grokbot", "xai-grok",
)  # fmt: skip
"""What the user agents of AI crawlers contain, in lower case."""
_SEEN: Final = "slug = ? AND published AND blocks <> '[]'"
"""What a visitor can see: a page that is published, and says something."""


def get(workspace: Workspace, call: Call, tenant: str, slug: str) -> Answer:
    """Show a page and count the view; HEAD counts none."""
    if tenant != tenant_slug(workspace.connection):
        raise not_found()
    if call.method != "HEAD":
        _count(workspace, slug, by_crawler=_is_crawler(call.headers.get("user-agent", "")))
    row = workspace.connection.execute(f"SELECT * FROM pages WHERE {_SEEN}", (slug,)).fetchone()
    if row is None:
        raise not_found()
    return answer(show(row))


def _count(workspace: Workspace, slug: str, *, by_crawler: bool) -> None:
    workspace.connection.execute(
        "UPDATE pages SET view_count = view_count + 1,"
        " last_ai_crawl_at = CASE WHEN ? THEN ? ELSE last_ai_crawl_at END"
        f" WHERE {_SEEN}",
        (by_crawler, workspace.now, slug),
    )


def _is_crawler(agent: str) -> bool:
    lowered = agent.lower()
    return any(name in lowered for name in CRAWLERS)
