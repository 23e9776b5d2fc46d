"""Jobs on a guarded client: no plan, from no point it can be taken up at, changes anything."""

from __future__ import annotations

import io
import shutil
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from segops_tui.api.errors import Refused, SegOpsError
from segops_tui.api.request import Upload
from segops_tui.client.aio import AsyncSegOpsAdmin
from segops_tui.client.blocking import SegOpsAdmin
from segops_tui.client.guard import Lock, ReadOnly
from segops_tui.client.pipeline import Pipeline, Policy
from segops_tui.jobs import (
    page_builds,
    page_export,
    query_run,
    recompute,
    scoring,
    segment_export,
    sync,
    trait_export,
)
from segops_tui.jobs.engine.async_runner import run_job_async
from segops_tui.jobs.engine.ledger import Ledger
from segops_tui.jobs.engine.runner import run_job, run_jobs
from segops_tui.jobs.imports import plan, undo
from segops_tui.jobs.registry import KINDS, plan_of
from segops_tui.jobs.workspace import applying
from segops_tui.jobs.workspace.checks import parsed
from segops_tui.jobs.workspace.kinds import KINDS as APPLIED
from segops_tui.jobs.workspace.planning import planned
from segops_tui.sandbox.core.app import Sandbox
from segops_tui.sandbox.core.in_process import AsyncInProcess, InProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.workspace.planning import WorkspacePlan

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
RULE = {
    "logic": "AND",
    "conditions": [
        {"type": "event_count", "event_type": "order_placed", "operator": "gte", "value": 1}
    ],
}
PRODUCTS = {
    "logic": "AND",
    "conditions": [{"type": "product_attribute", "property": "brand", "operator": "is_set"}],
}
READS_ONLY = {"GET"}


class Watched(InProcess):
    """The sandbox's door, with a list of what went through it."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        self.methods: list[str] = []

    def send(self, attempt: Any, /) -> Any:
        self.methods.append(attempt.method)
        return super().send(attempt)

    def stream(self, attempt: Any, /) -> Any:
        self.methods.append(attempt.method)
        return super().stream(attempt)


class AsyncWatched(AsyncInProcess):
    """The same, awaited."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        self.methods: list[str] = []

    async def send(self, attempt: Any, /) -> Any:
        self.methods.append(attempt.method)
        return await super().send(attempt)

    def stream(self, attempt: Any, /) -> Any:
        self.methods.append(attempt.method)
        return super().stream(attempt)


class Hasty(SegOpsAdmin):
    """Waits by moving the sandbox's clock; after a while it lets go."""

    clock: Any
    patience = 400

    def sleep(self, seconds: float, /) -> None:
        self.patience -= 1
        if not self.patience:
            raise KeyboardInterrupt
        self.clock.advance(seconds)


class AsyncHasty(AsyncSegOpsAdmin):
    """The same, awaited."""

    clock: Any
    patience = 400

    async def sleep(self, seconds: float, /) -> None:
        self.patience -= 1
        if not self.patience:
            raise KeyboardInterrupt
        self.clock.advance(seconds)


@pytest.fixture
def ledger(tmp_path: Path, clock: Any) -> Iterator[Ledger]:
    opened = Ledger(tmp_path / "jobs.db", clock=lambda: clock().timestamp())
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with something to do for every kind of job."""
    path = tmp_path_factory.mktemp("prepared") / "sandbox.sqlite3"
    with Sandbox(path, clock=lambda: NOW) as sandbox:
        client = SegOpsAdmin(transport=InProcess(sandbox))
        client.events.track(user_id="ada", event_type="order_placed", payload={"total": 10})
        client.products.bulk_upsert([{"sku": "A", "name": "Apple", "brand": "Fern"}])
        client.segments.create(name="Shoppers", definition=RULE)
        client.product_segments.create(name="All", definition=PRODUCTS)
        client.segments.compute(1)
        client.queries.create(query_text="Which apple is best?", providers=["claude"])
        for slug in ("green-apple", "red-apple"):
            client.pages.create(slug=slug)
        client.pages.build(2)
        client.activations.create(
            segment=1, connector_type="klaviyo", config={"list_id": "L1", "api_key": "pk_test_1"}
        )
        import_a_violin(client, sandbox)
    return path


@pytest.fixture
def sandbox_path(prepared: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return shutil.copy(prepared, tmp_path / "sandbox.sqlite3")


@pytest.fixture
def open_client(sandbox: Sandbox, clock: Any) -> SegOpsAdmin:
    """A client without a guard, a minute after the workspace was made."""
    client = Hasty(transport=InProcess(sandbox), pipeline=Pipeline(Policy(max_retries=0)))
    client.clock = clock
    clock.advance(60)
    return client


def import_a_violin(client: SegOpsAdmin, sandbox: Sandbox) -> None:
    content = b"sku,name\nV,Violin\n"
    upload = Upload(open=lambda: io.BytesIO(content), filename="v.csv", size=len(content))
    client.products.import_confirm(client.products.import_csv(upload).id)
    sandbox.settle()


def starters(folder: Path) -> dict[str, Callable[[Ledger], Job]]:
    """How each kind of job is begun, by its kind."""
    csv = folder / "catalogue.csv"
    csv.write_text("sku,name\nA,Apple\nB,Pear\n")
    named: dict[str, Any] = {"name": "x", "profile": "p"}
    return {
        recompute.SEGMENT: partial(recompute.start_recompute, segment_id=1, **named),
        recompute.PRODUCT_SEGMENT: partial(
            recompute.start_recompute, segment_id=1, is_product=True, **named
        ),
        scoring.SCORE: partial(scoring.start_score, product_id=1, **named),
        scoring.SCORE_ALL: partial(scoring.start_score_all, profile="p"),
        page_builds.BUILD: partial(page_builds.start_build, page_id=1, **named),
        page_builds.REGENERATE: partial(page_builds.start_regenerate, page_id=2, **named),
        page_builds.GENERATE: partial(page_builds.start_generate, profile="p"),
        query_run.QUERY_RUN: partial(query_run.start_query_run, query_id=1, **named),
        sync.SYNC: partial(sync.start_sync, activation_id=1, **named),
        segment_export.EXPORT: partial(
            segment_export.start_export, segment_id=1, to=folder / "out.csv", force=True, **named
        ),
        trait_export.TRAIT_EXPORT: partial(
            trait_export.start_trait_export,
            segment_id=1,
            to=folder / "traits.csv",
            traits=["email"],
            force=True,
            **named,
        ),
        page_export.PAGE_EXPORT: partial(
            page_export.start_page_export, page_id=2, to=folder / "out.html", force=True, **named
        ),
        plan.IMPORT: partial(plan.start_import, path=csv, profile="p"),
        undo.UNDO: partial(undo.start_undo, imports=[1], profile="p"),
        applying.APPLY: partial(applying.start_apply, plan=a_competitor(), **named),
    }


def a_competitor() -> WorkspacePlan:
    document, _ = parsed(APPLIED["competitors"], {"name": "Fjord"}, {}, "competitors/fjord.yaml")
    assert document is not None
    return planned([document], {}, environ={})


NAMES = sorted(KINDS)


def states_of(job: Job, client: SegOpsAdmin, ledger: Ledger) -> list[Job]:
    """Every state a job is written down in, from its start to its end."""
    saved = [job]
    run_job(plan_of(job), job, client, ledger, after_save=saved.append)
    return saved


def test_every_kind_of_job_is_tried(tmp_path: Path) -> None:
    assert set(starters(tmp_path)) == set(KINDS)


@pytest.mark.parametrize("name", NAMES)
def test_no_job_changes_anything_through_a_guard_wherever_it_is_taken_up(
    tmp_path: Path, ledger: Ledger, open_client: SegOpsAdmin, sandbox: Sandbox, clock: Any,
    name: str,
) -> None:  # fmt: skip
    job = starters(tmp_path)[name](ledger)
    states = states_of(job, open_client, ledger)
    refused = 0
    if name == undo.UNDO:
        # What was undone is imported again, at the same time: a job that finds nothing is no test.
        clock.advance(-60)
        import_a_violin(open_client, sandbox)
        clock.advance(60)
    if name == applying.APPLY:
        open_client.competitors.delete(1)

    for state in states:
        watched = Watched(sandbox)
        guarded = Hasty(
            transport=watched,
            pipeline=Pipeline(Policy(max_retries=0), guard=ReadOnly("--read-only")),
        )
        guarded.clock = clock
        again = starters(tmp_path)[name](ledger)
        taken_up = _as(state, again)
        try:
            run_job(plan_of(taken_up), taken_up, guarded, ledger)
        except Refused:
            refused += 1
        except (SegOpsError, KeyboardInterrupt):
            pass

        assert set(watched.methods) <= READS_ONLY, state.stage
    # This one only reads.
    assert refused or name == trait_export.TRAIT_EXPORT
    assert len(states) >= 3


@pytest.mark.parametrize("name", NAMES)
async def test_nor_does_one_in_the_console_while_it_is_locked(
    tmp_path: Path, ledger: Ledger, open_client: SegOpsAdmin, sandbox: Sandbox, clock: Any,
    name: str,
) -> None:  # fmt: skip
    job = starters(tmp_path)[name](ledger)

    for state in states_of(job, open_client, ledger):
        watched = AsyncWatched(sandbox)
        guarded = AsyncHasty(
            transport=watched, pipeline=Pipeline(Policy(max_retries=0), guard=Lock("locked"))
        )
        guarded.clock = clock
        taken_up = _as(state, starters(tmp_path)[name](ledger))
        with suppress(SegOpsError, KeyboardInterrupt):
            await run_job_async(plan_of(taken_up), taken_up, guarded, ledger)

        assert set(watched.methods) <= READS_ONLY, state.stage


def test_many_at_once_are_refused_one_by_one(
    ledger: Ledger, open_client: SegOpsAdmin, sandbox: Sandbox
) -> None:
    watched = Watched(sandbox)
    guarded = SegOpsAdmin(transport=watched, pipeline=Pipeline(guard=ReadOnly("--read-only")))
    guarded.sleep = lambda _seconds: None  # type: ignore[method-assign]
    jobs = [
        recompute.start_recompute(ledger, segment_id=1, name=f"S{number}", profile="p")
        for number in range(20)
    ]

    outcomes = run_jobs(jobs, plan_of, guarded, ledger)

    assert all("was not sent" in str(outcome.error) for outcome in outcomes)
    assert set(watched.methods) <= READS_ONLY


def _as(state: Job, fresh: Job) -> Job:
    """The state an earlier run left, under a job the ledger still has as begun."""
    return replace(state, id=fresh.id, state="running", finished_at=None)
