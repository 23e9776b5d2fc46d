"""A process killed at any moment costs nothing: resumed, a job ends as if nothing had happened."""

from __future__ import annotations

import io
import json
import shutil
import signal
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from segops_tui.api.account import SANDBOX
from segops_tui.api.request import Upload
from segops_tui.client.blocking import SegOpsAdmin
from segops_tui.jobs.engine.ledger import Ledger
from segops_tui.jobs.engine.runner import run_job
from segops_tui.jobs.imports.plan import start_import
from segops_tui.jobs.imports.undo import start_undo
from segops_tui.jobs.imports.undo_copy import UndoCopy
from segops_tui.jobs.page_builds import start_build, start_generate, start_regenerate
from segops_tui.jobs.page_export import start_page_export
from segops_tui.jobs.query_run import start_query_run
from segops_tui.jobs.recompute import start_recompute
from segops_tui.jobs.registry import KINDS as ALL_KINDS
from segops_tui.jobs.registry import resume
from segops_tui.jobs.scoring import start_score, start_score_all
from segops_tui.jobs.segment_export import start_export
from segops_tui.jobs.sync import start_sync
from segops_tui.jobs.trait_export import start_trait_export
from segops_tui.jobs.workspace.applying import start_apply
from segops_tui.jobs.workspace.checks import parsed
from segops_tui.jobs.workspace.kinds import KINDS as APPLIED
from segops_tui.jobs.workspace.planning import planned
from segops_tui.sandbox.core.app import Sandbox
from segops_tui.sandbox.core.in_process import InProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.workspace.documents import Document

    RunKilled = Callable[..., tuple[int, str]]

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
EARLIER = NOW - timedelta(hours=1, microseconds=-5)
HELPER = Path(__file__).with_name("killed_run.py")
TABLES = {
    "segments": "id, name, description, member_count, last_computed_at, status",
    "segment_history": "segment_id, computed_at, member_count",
    "segment_members": "segment_id, user_id",
    "segment_exports": "id, segment_id, status, member_count",
    "product_segments": "id, computed_count, last_computed_at, status",
    "product_segment_members": "segment_id, sku",
    "products": "sku, name, data",
    "imports": "id, status, filename, processed_rows, created_count, updated_count, error_rows",
    "product_scores": "product_id, score, scored_at",
    "ai_queries": "id, last_run_at",
    "ai_results": "query_id, provider, captured_at",
    "pages": "id, slug, title, builder_status, product_skus, updated_at",
    "page_exports": "id, page_id, format, status",
    "activations": "id, status, last_synced_at, last_error",
    "sync_members": "activation_id, user_id",
    "sync_logs": "activation_id, status, user_count, synced_at",
    "competitors": "id, name",
    "work": "kind",
}
"""Everything a job may double or lose."""


@pytest.fixture(scope="module")
def run_killed() -> Iterator[RunKilled]:
    """Run a job in a process that is killed; the exit code, and what it wrote to stderr."""
    helper = subprocess.Popen(
        [sys.executable, str(HELPER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )

    def run(folder: Path, *more: Any) -> tuple[int, str]:
        assert helper.stdin is not None
        assert helper.stdout is not None
        helper.stdin.write(json.dumps([str(folder), *more]) + "\n")
        helper.stdin.flush()
        code, told = json.loads(helper.stdout.readline())
        return code, told

    with helper:
        yield run
        helper.stdin.close()


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small workspace with something to work on for every kind of job."""
    folder = tmp_path_factory.mktemp("prepared")
    with Sandbox(folder / "sandbox.sqlite3", clock=lambda: EARLIER, pace=0) as sandbox:
        client = SegOpsAdmin(transport=InProcess(sandbox))
        client.events.track(user_id="ada", event_type="order_placed")
        client.products.bulk_upsert([{"sku": "A", "name": "Apple", "brand": "Fern"}])
        count = {"type": "event_count", "event_type": "order_placed", "operator": "gte", "value": 1}
        brand = {"type": "product_attribute", "property": "brand", "operator": "is_set"}
        client.segments.create(name="S", definition={"logic": "AND", "conditions": [count]})
        client.product_segments.create(name="P", definition={"logic": "AND", "conditions": [brand]})
        client.segments.compute(1)
        client.queries.create(query_text="Which apple is best?", providers=["claude", "grok"])
        for slug in ("green-apple", "red-apple"):
            client.pages.create(slug=slug)
        client.pages.build(2)
        client.activations.create(
            segment=1, connector_type="klaviyo", config={"list_id": "L1", "api_key": "pk_test_1"}
        )
        before = client.products.create(sku="U", name="Umbrella")
        copy = UndoCopy.create(folder / "before.db")
        copy.add([before])
        copy.keep_only(changed=["U"], created=["V"])
        copy.close()
        content = b"sku,name\nU,Ukulele\nV,Violin\n"
        upload = Upload(open=lambda: io.BytesIO(content), filename="u.csv", size=len(content))
        client.products.import_confirm(client.products.import_csv(upload).id)
        sandbox.settle()
    lines = ["sku,name", "A,Avocado", "B,Bread", ",none", "C,Corn", "C,Corn 2"]
    (folder / "catalogue.csv").write_text("".join(f"{line}\n" for line in lines))
    return folder


def recompute(ledger: Ledger, _folder: Path) -> Job:
    return start_recompute(ledger, segment_id=1, name="S", profile="sandbox")


def recompute_products(ledger: Ledger, _folder: Path) -> Job:
    return start_recompute(ledger, segment_id=1, name="P", profile="sandbox", is_product=True)


def export(ledger: Ledger, folder: Path) -> Job:
    return start_export(
        ledger, segment_id=1, name="S", to=folder / "members.csv", profile="sandbox"
    )


def trait_export(ledger: Ledger, folder: Path) -> Job:
    return start_trait_export(
        ledger,
        segment_id=1,
        name="S",
        to=folder / "traits.csv",
        traits=["email"],
        profile="sandbox",
    )


def csv_import(ledger: Ledger, folder: Path) -> Job:
    return start_import(ledger, path=folder / "catalogue.csv", profile="sandbox", part_rows=3)


def undo(ledger: Ledger, folder: Path) -> Job:
    return start_undo(ledger, imports=[1], profile="sandbox", copy=folder / "before.db")


def page_export(ledger: Ledger, folder: Path) -> Job:
    return start_page_export(ledger, page_id=2, name="", to=folder / "page.html", profile="sandbox")


def apply_files(ledger: Ledger, _folder: Path) -> Job:
    """A segment and an activation of it are created, a query is changed and a page deleted."""
    rule = {"type": "segment_membership", "operator": "in", "segment": "S"}
    definition = {"logic": "OR", "conditions": [rule]}
    config = {"list_id": "L2", "api_key": "${env:PATH}"}
    documents = [
        document("segments", name="T", definition=definition),
        document(
            "activations", segment="T", connector_type="klaviyo", config=config, status="active"
        ),
        document("queries", query_text="Which apple is best?", schedule="weekly"),
    ]
    there = {
        "queries": {"query_text": "Which apple is best?", "providers": ["claude", "grok"]},
        "segments": {"name": "S"},
        "pages": {"slug": "green-apple", "title": "green-apple"},
    }
    records = {
        kind: [APPLIED[kind].resource.record({"id": 1, **values})] for kind, values in there.items()
    }
    plan = planned(documents, records, environ={"PATH": "x"}, prune=["pages"])
    return start_apply(ledger, plan, profile="sandbox", name="ws")


def document(kind: str, **values: Any) -> Document:
    found, _ = parsed(APPLIED[kind], values, {}, f"{kind}/1.yaml")
    assert found is not None
    return found


FOLLOWED = {
    "recompute": recompute,
    "recompute-products": recompute_products,
    "score": lambda ledger, _: start_score(ledger, product_id=1, name="A", profile="sandbox"),
    "score-all": lambda ledger, _: start_score_all(ledger, profile="sandbox"),
    "page-build": lambda ledger, _: start_build(ledger, page_id=1, name="", profile="sandbox"),
    "page-regenerate": lambda ledger, _: start_regenerate(
        ledger, page_id=2, name="", profile="sandbox"
    ),
    "pages-generate": lambda ledger, _: start_generate(
        ledger, queries=["apple juice", "apple pie"], profile="sandbox"
    ),
    "query-run": lambda ledger, _: start_query_run(ledger, query_id=1, name="", profile="sandbox"),
    "sync": lambda ledger, _: start_sync(ledger, activation_id=1, name="", profile="sandbox"),
}
"""What one call starts: looked at before it is asked for again."""
KINDS: dict[str, Callable[[Ledger, Path], Job]] = {
    **FOLLOWED,
    "export": export,
    "export-traits": trait_export,
    "page-export": page_export,
    "import": csv_import,
    "import-undo": undo,
    "apply": apply_files,
}
MOMENTS = [
    (kind, wanted, number)
    for kind, saves, answers in (
        *((kind, 3, 1) for kind in FOLLOWED),
        ("export", 4, 1),
        ("page-export", 4, 1),
        ("export-traits", 3, 0),
        ("import", 12, 4),
        ("import-undo", 2, 2),
        ("apply", 2, 4),
    )
    for wanted, count in (("save", saves), ("answer", answers))
    for number in range(count)
]
"""Every transition in the ledger, and every change whose answer never arrived."""


def sampled(first: int) -> list[Any]:
    """Every moment; a sixth of them is for every run of the tests.

    Two samples, three moments apart, have each kind of job at least once together.
    """
    return [
        pytest.param(*moment, marks=() if place % 6 == first else pytest.mark.thorough)
        for place, moment in enumerate(MOMENTS)
    ]


class Patient(SegOpsAdmin):
    """A client that does not really wait."""

    def sleep(self, seconds: float, /) -> None:
        pass


def ledger_in(folder: Path) -> Ledger:
    """The ledger, bound to a sandbox in this process, which remembers idempotency keys."""
    return Ledger(folder / "jobs.db").bound_to(lambda _salt: SANDBOX)


def finish(
    folder: Path,
    job_id: str,
    *,
    remembers_keys: bool = True,
    after_save: Callable[[Job], None] | None = None,
) -> Job:
    with Sandbox(
        folder / "sandbox.sqlite3", clock=lambda: NOW, pace=0, honour_idempotency=remembers_keys
    ) as sandbox:
        ledger = ledger_in(folder)
        job, plan = resume(ledger, job_id)
        client = Patient(transport=InProcess(sandbox))
        done = run_job(plan, job, client, ledger, after_save=after_save)
        sandbox.settle()
        ledger.close()
    return done


def state(folder: Path) -> dict[str, Any]:
    """All that is on the server, and the file that was fetched."""
    database = sqlite3.connect(folder / "sandbox.sqlite3")
    found: dict[str, Any] = {
        table: sorted(map(repr, database.execute(f"SELECT {columns} FROM {table}")))
        for table, columns in TABLES.items()
    }
    database.close()
    found["files"] = {
        path.name: path.read_bytes()
        for path in folder.iterdir()
        if path.suffix in {".csv", ".html", ".part"}
    }
    return found


def without_path(job: Job) -> dict[str, Any]:
    """What came of a job, but for the folder it was run in."""
    return {name: value for name, value in job.result.items() if name != "path"}


def timestamp(folder: Path, start: Callable[[Ledger, Path], Job]) -> str:
    """Note a job and detach it, for another process to resume."""
    ledger = ledger_in(folder)
    job = ledger.save(start(ledger, folder).stopped("detached"))
    ledger.close()
    return job.id


class Undisturbed(NamedTuple):
    """How a job ends when it is not killed, and how often it was saved."""

    job: Job
    state: dict[str, Any]
    saves: int


@pytest.fixture(scope="module")
def undisturbed(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Undisturbed]:
    """Each kind of job from its start to its end."""
    found = {}
    for kind, start in KINDS.items():
        folder, saved = tmp_path_factory.mktemp(kind) / "run", []
        shutil.copytree(prepared, folder)
        done = finish(folder, timestamp(folder, start), after_save=saved.append)
        found[kind] = Undisturbed(done, state(folder), len(saved))
    return found


@pytest.mark.parametrize(("kind", "wanted", "survive"), sampled(0))
def test_a_job_killed_anywhere_ends_as_if_nothing_had_happened(
    kind: str,
    wanted: str,
    survive: int,
    prepared: Path,
    undisturbed: dict[str, Undisturbed],
    tmp_path: Path,
    run_killed: RunKilled,
) -> None:
    folder = tmp_path / "run"
    shutil.copytree(prepared, folder)
    job_id = timestamp(folder, KINDS[kind])

    code, told = run_killed(folder, job_id, wanted, survive)
    assert code == -signal.SIGKILL, told
    ledger = ledger_in(folder)
    left = ledger.get(job_id)
    ledger.close()
    ended = left if left.is_final else finish(folder, job_id)

    calm, calm_state, _ = undisturbed[kind]
    if not left.is_final:
        assert left.state == "interrupted"
    assert without_path(ended) == without_path(calm)
    with Sandbox(folder / "sandbox.sqlite3", clock=lambda: NOW, pace=0) as sandbox:
        sandbox.settle()
    assert state(folder) == calm_state


@pytest.mark.parametrize(("kind", "wanted", "survive"), sampled(3))
def test_a_killed_job_of_a_served_sandbox_ends_as_if_nothing_had_happened(
    kind: str,
    wanted: str,
    survive: int,
    prepared: Path,
    undisturbed: dict[str, Undisturbed],
    tmp_path: Path,
    run_killed: RunKilled,
    http_door: Callable[[Any], Any],
) -> None:
    """The server lives on, and its work may be over before it is polled again."""
    folder = tmp_path / "run"
    shutil.copytree(prepared, folder)
    job_id = timestamp(folder, KINDS[kind])
    sandbox = Sandbox(folder / "sandbox.sqlite3", clock=lambda: NOW, pace=0)
    with http_door(sandbox) as address:
        code, told = run_killed(folder, job_id, wanted, survive, address)
        assert code == -signal.SIGKILL, told
        sandbox.settle()
        ledger = ledger_in(folder)
        ended = ledger.get(job_id)
        if not ended.is_final:
            job, plan = resume(ledger, job_id)
            with Patient("sk_test_0123456789abcdef", base_url=address) as client:
                ended = run_job(plan, job, client, ledger)
        ledger.close()
        sandbox.settle()

    calm, calm_state, _ = undisturbed[kind]
    assert without_path(ended) == without_path(calm)
    assert state(folder) == calm_state


@pytest.mark.parametrize("kind", list(FOLLOWED))
def test_an_answer_that_was_lost_starts_nothing_twice_though_the_server_knows_no_keys(
    kind: str,
    prepared: Path,
    undisturbed: dict[str, Undisturbed],
    tmp_path: Path,
    run_killed: RunKilled,
) -> None:
    """Today's server does not act on idempotency keys; looking first is what protects."""
    folder = tmp_path / "run"
    shutil.copytree(prepared, folder)
    job_id = timestamp(folder, FOLLOWED[kind])
    code, told = run_killed(folder, job_id, "answer", 0)

    ended = finish(folder, job_id, remembers_keys=False)

    calm, calm_state, _ = undisturbed[kind]
    assert code == -signal.SIGKILL, told
    assert without_path(ended) == without_path(calm)
    assert state(folder) == calm_state


def test_every_kind_is_killed_here() -> None:
    """A kind added to the program is missing here until it is killed too."""
    assert set(KINDS) == set(ALL_KINDS)
    assert {kind for kind, *_ in MOMENTS[::3]} == set(KINDS)


def test_every_moment_was_tried(undisturbed: dict[str, Undisturbed]) -> None:
    """A run is saved as often as it is killed after a save: no moment is missing above."""
    killed = {kind: len([m for m in MOMENTS if m[:2] == (kind, "save")]) for kind in KINDS}

    assert {kind: calm.saves for kind, calm in undisturbed.items()} == killed
