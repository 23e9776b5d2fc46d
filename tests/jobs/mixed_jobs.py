"""A workspace and a mixture of jobs of every kind, for bad days. A helper, not a test.

`prepare` fills a sandbox, `start` notes jobs, `census` counts what they did on the server.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segops_tui.client.blocking import SegOpsAdmin
from segops_tui.jobs.imports.plan import start_import
from segops_tui.jobs.page_builds import start_build
from segops_tui.jobs.page_export import start_page_export
from segops_tui.jobs.query_run import start_query_run
from segops_tui.jobs.recompute import start_recompute
from segops_tui.jobs.scoring import start_score, start_score_all
from segops_tui.jobs.segment_export import start_export
from segops_tui.jobs.sync import start_sync
from segops_tui.sandbox.core.in_process import InProcess

if TYPE_CHECKING:
    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.ledger import Ledger
    from segops_tui.sandbox.core.app import Sandbox

ROWS = 4
COUNTS = {
    "recompute": "SELECT count(*) FROM segment_history",
    "export": "SELECT count(*) FROM segment_exports",
    "page-export": "SELECT count(*) FROM page_exports",
    "query-run": "SELECT count(*) / 2 FROM ai_results",
    "sync": "SELECT count(*) FROM sync_logs",
    "import": "SELECT count(*) FROM imports",
}
"""What each job of a kind leaves one of."""


def prepare(sandbox: Sandbox, number: int) -> None:
    """Make `number` of everything jobs are about."""
    client = SegOpsAdmin(transport=InProcess(sandbox))
    client.events.track(user_id="ada", event_type="order_placed")
    count = {"type": "event_count", "event_type": "order_placed", "operator": "gte", "value": 1}
    brand = {"type": "product_attribute", "property": "brand", "operator": "is_set"}
    client.products.bulk_upsert(
        [{"sku": f"S{n}", "name": f"Apple {n}", "brand": "Fern"} for n in range(number)]
    )
    config = {"list_id": "L1", "api_key": "pk_test_1"}
    for n in range(number):
        client.segments.create(name=f"S{n}", definition={"logic": "AND", "conditions": [count]})
        client.product_segments.create(
            name=f"P{n}", definition={"logic": "AND", "conditions": [brand]}
        )
        client.queries.create(query_text=f"Which apple {n}?", providers=["claude", "grok"])
        client.pages.create(slug=f"apple-{n}")
        client.pages.build(n + 1)
        client.activations.create(segment=n + 1, connector_type="klaviyo", config=config)
    sandbox.settle()


def start(ledger: Ledger, folder: Path, number: int) -> list[Job]:
    """Note `number` jobs of all kinds; any two differ in the traces they leave."""
    makers = cycle(
        [_recompute, _products, _export, _import, _score, _build, _page_export, _run, _sync]
    )
    jobs = [start_score_all(ledger, profile="sandbox")]
    seen: Counter[str] = Counter()
    for make in islice(makers, number - 1):
        seen[make.__name__] += 1
        jobs.append(make(ledger, folder, seen[make.__name__]))
    return jobs


def census(path: Path) -> dict[str, int]:
    """How often each kind was carried out."""
    database = sqlite3.connect(path)
    found = {kind: database.execute(sql).fetchone()[0] for kind, sql in COUNTS.items()}
    database.close()
    return found


def expected(jobs: list[Job]) -> dict[str, int]:
    """How often each kind ought to have been carried out."""
    kinds = Counter(job.kind for job in jobs)
    return {kind: kinds[kind] for kind in COUNTS}


def _recompute(ledger: Ledger, _folder: Path, n: int) -> Job:
    return start_recompute(ledger, segment_id=n, name="", profile="sandbox")


def _products(ledger: Ledger, _folder: Path, n: int) -> Job:
    return start_recompute(ledger, segment_id=n, name="", profile="sandbox", is_product=True)


def _export(ledger: Ledger, folder: Path, n: int) -> Job:
    to = folder / f"members-{n}.csv"
    return start_export(ledger, segment_id=n, name="", to=to, profile="sandbox")


def _import(ledger: Ledger, folder: Path, n: int) -> Job:
    path = folder / f"catalogue-{n}.csv"
    rows = (f"I{n}-{row},Imported\n" for row in range(ROWS))
    path.write_text("sku,name\n" + "".join(rows))
    return start_import(ledger, path=path, profile="sandbox", part_rows=ROWS)


def _score(ledger: Ledger, _folder: Path, n: int) -> Job:
    return start_score(ledger, product_id=n, name="", profile="sandbox")


def _build(ledger: Ledger, _folder: Path, n: int) -> Job:
    return start_build(ledger, page_id=n, name="", profile="sandbox")


def _page_export(ledger: Ledger, folder: Path, n: int) -> Job:
    to = folder / f"page-{n}.html"
    return start_page_export(ledger, page_id=n, name="", to=to, profile="sandbox")


def _run(ledger: Ledger, _folder: Path, n: int) -> Job:
    return start_query_run(ledger, query_id=n, name="", profile="sandbox")


def _sync(ledger: Ledger, _folder: Path, n: int) -> Job:
    return start_sync(ledger, activation_id=n, name="", profile="sandbox")


def as_records(outcomes: Any) -> list[tuple[str, str, str]]:
    """Kind, state and error, for reading a failure."""
    return [(o.job.kind, o.job.state, str(o.error or "")) for o in outcomes]
