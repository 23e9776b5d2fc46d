"""Pages being made and made public: build, regenerate, bulk, publish (contract §8.2).

Knows what is accepted when; the work itself is `sandbox.page_work`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from segops_tui.sandbox.core.arrays import read_texts
from segops_tui.sandbox.core.body_fields import Form
from segops_tui.sandbox.core.calls import answer
from segops_tui.sandbox.core.context import change
from segops_tui.sandbox.core.errors import refused
from segops_tui.sandbox.core.queue import enqueue
from segops_tui.sandbox.pages.builds import begin
from segops_tui.sandbox.pages.handlers import LONGEST_TITLE, OBJECTS, show

if TYPE_CHECKING:
    from segops_tui.sandbox.core.calls import Answer, Call
    from segops_tui.sandbox.core.context import Workspace

NOT_BUILT: Final = "Page has not been built."
_ALL_BULKS: Final = 0
"""The subject of every bulk run, so that two of them never make one page twice."""


def build(workspace: Workspace, call: Call, page_id: int) -> Answer:
    """Accept a build; a page that is being built is left to it."""
    OBJECTS.row(workspace, page_id)
    form = Form(call.json(), intent="create")
    form.text("template", default="default", longest=100)
    begin(workspace, page_id, template=form.check()["template"])
    return answer(show(OBJECTS.row(workspace, page_id)), status=202)


def regenerate(workspace: Workspace, _call: Call, page_id: int) -> Answer:
    """Accept writing a page anew; what it says now stands until then."""
    OBJECTS.row(workspace, page_id)
    begin(workspace, page_id)
    return answer({"status": "queued"}, status=202)


def publish(workspace: Workspace, _call: Call, page_id: int) -> Answer:
    """Make a built page public; one that is public stays so."""
    row = OBJECTS.row(workspace, page_id)
    if row["builder_status"] not in ("built", "published"):
        raise refused(NOT_BUILT)
    if not row["published"] or row["builder_status"] != "published":
        columns = {"published": 1, "builder_status": "published", "updated_at": workspace.now}
        change(workspace.connection, "pages", page_id, columns)
    return answer(show(OBJECTS.row(workspace, page_id)))


def bulk_generate(workspace: Workspace, call: Call) -> Answer:
    """Accept a page for each of `queries`, or for every active tracked question."""
    form = Form(call.json(), intent="create")
    read_texts(form, "queries", longest=LONGEST_TITLE)
    texts: list[str] = form.check()["queries"]
    if form.body.get("queries") == []:
        form.refuse("queries", "This list may not be empty.")
        form.check()
    left = [{"query_id": None, "question": text} for text in texts] or _active(workspace)
    enqueue(workspace, "page_bulk", _ALL_BULKS, details={"left": left})
    number = workspace.connection.execute("SELECT last_insert_rowid()").fetchone()[0]
    return answer({"job_id": f"bulk-{number}", "status": "queued"}, status=202)


def _active(workspace: Workspace) -> list[dict[str, Any]]:
    rows = workspace.connection.execute(
        "SELECT id, query_text FROM ai_queries WHERE is_active ORDER BY id"
    )
    return [{"query_id": row["id"], "question": row["query_text"]} for row in rows]
