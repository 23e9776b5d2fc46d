"""Page exports: what the last build made of a page, written to a file (contract §8.2).

Knows the life of an export and where its file lies; a format is its own module's.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from segops_tui.sandbox.core.context import Workspace, change
from segops_tui.sandbox.core.timestamps import HOUR
from segops_tui.sandbox.core.worker import Kind, Later, Work
from segops_tui.sandbox.pages.html import html
from segops_tui.sandbox.pages.tsx import tsx

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DURATION: Final = 0.3
"""Seconds an export takes, at the usual pace."""
LIFETIME: Final = HOUR
"""How long a finished file can be fetched."""


def raw(page: Mapping[str, Any]) -> str:
    """The blocks as they are, in JSON for people to read."""
    shown = {name: page[name] for name in ("slug", "title", "template", "blocks")}
    return json.dumps(shown, ensure_ascii=False, indent=2) + "\n"


FORMATS: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "html": html,
    "tsx": tsx,
    "json": raw,
}


def _step(workspace: Workspace, work: Work) -> Later | None:
    if work.state == "queued":
        return Later(due_at=work.due_at + workspace.span(DURATION))
    row = workspace.connection.execute(
        "SELECT page_exports.id, page_exports.format, slug, title, template, intro_copy, blocks"
        " FROM page_exports JOIN pages ON pages.id = page_id WHERE page_exports.id = ?",
        (work.subject_id,),
    ).fetchone()
    if row is None:
        return None
    page = {**dict(row), "blocks": _titled(json.loads(row["blocks"]), row["title"])}
    target = workspace.made_folder() / f"page-export-{row['id']}.{row['format']}"
    aside = target.with_name(f"{target.name}.part")
    try:
        aside.write_text(FORMATS[row["format"]](page), encoding="utf-8", newline="\n")
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)
    columns = {
        "status": "complete",
        "file": target.name,
        "completed_at": workspace.now,
        "expires_at": workspace.now + LIFETIME,
    }
    change(workspace.connection, "page_exports", row["id"], columns)
    return None


def _titled(blocks: list[dict[str, Any]], title: str) -> list[dict[str, Any]]:
    """The blocks under the title the page has now, which may be newer than they are."""
    return [{**block, "title": title} if block["type"] == "hero" else block for block in blocks]


def _fail(workspace: Workspace, work: Work, words: str) -> None:
    columns = {"status": "failed", "error": words}
    change(workspace.connection, "page_exports", work.subject_id, columns)


PAGE_EXPORT: Final = Kind(step=_step, fail=_fail)
