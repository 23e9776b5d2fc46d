"""Import: a file becomes products, in both colours, however it is written and cut."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from segops_tui.api.errors import Conflict, NotFound
from segops_tui.api.resources.products import ImportJob, ProductSchema
from segops_tui.client.aio import AsyncSegOpsAdmin
from segops_tui.client.blocking import SegOpsAdmin
from segops_tui.jobs.engine.async_runner import run_job_async
from segops_tui.jobs.engine.download import Target
from segops_tui.jobs.engine.errors import JobFailed
from segops_tui.jobs.engine.plan import Send, Work
from segops_tui.jobs.engine.runner import run_job
from segops_tui.jobs.imports.errors import BadFile, BadMapping, FileChanged, MappingNeeded
from segops_tui.jobs.imports.mapping import MappingOverrides
from segops_tui.jobs.imports.plan import choose_mapping, start_import
from segops_tui.jobs.registry import plan_of, resume

if TYPE_CHECKING:
    from collections.abc import Callable

    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.ledger import Ledger
    from segops_tui.jobs.engine.plan import Plan, Step

KEY = "sk_test_0123456789abcdef"
DATA = Path(__file__).parents[4] / "shared" / "data"


def new(ledger: Ledger, path: Path, **changes: Any) -> Job:
    return start_import(ledger, path=path, profile="sandbox", **changes)


def products(client: Any) -> dict[str, tuple[str, dict[str, Any]]]:
    return {found.sku: (found.name, dict(found.data)) for found in client.products.list()}


def walk(plan: Plan, *answers: Any) -> tuple[list[Step], Job]:
    """Walk a plan to its end: work is done, each `Send` takes the next answer."""
    steps: list[Step] = []
    remaining = iter(answers)
    reply: Any = None
    try:
        while True:
            step = plan.throw(reply) if isinstance(reply, Exception) else plan.send(reply)
            steps.append(step)
            reply = None
            if isinstance(step, Send):
                reply = next(remaining)
            elif isinstance(step, Work):
                reply = step.run(lambda _job: None)
    except StopIteration as end:
        return steps, end.value


def sent(steps: list[Step]) -> list[str]:
    return [f"{s.request.method} {s.request.path}" for s in steps if isinstance(s, Send)]


def remote(status: str, **fields: Any) -> ImportJob:
    return ImportJob(
        {
            "job_id": 7,
            "status": status,
            "headers": ["sku", "name"],
            "suggested_mapping": {"sku": "sku", "name": "name"},
            "total_rows": 2,
            **fields,
        }
    )


DONE = remote("done", processed_rows=2, created_count=2)
SCHEMA = ProductSchema({"fields": []})


def test_the_order_of_things(ledger: Ledger, catalogue: Callable[..., Path]) -> None:
    """Upload, schema, a look, confirm, a look: and the mapping that was decided."""
    job = new(ledger, catalogue("sku,name", "A,Apple", "B,Bread"))

    steps, done = walk(
        plan_of(job), remote("mapping"), SCHEMA, remote("mapping"), remote("importing"), DONE
    )

    assert sent(steps) == [
        "POST /pim/import/csv/",
        "GET /pim/schema/",
        "GET /pim/import/7/",
        "POST /pim/import/7/confirm/",
        "GET /pim/import/7/",
    ]
    confirm = next(s for s in steps if isinstance(s, Send) and "confirm" in s.request.path)
    assert confirm.request.body == {"mapping": {"sku": "sku", "name": "name"}, "schema": []}
    assert confirm.key == done.keys["confirm-1"]
    assert done.summary == "2 rows: 2 created, 0 updated, 0 rejected"


def test_a_confirm_whose_answer_was_lost_is_not_repeated(
    ledger: Ledger, catalogue: Callable[..., Path]
) -> None:
    """The server says "not waiting for a mapping": because the first yes arrived."""
    job = new(ledger, catalogue("sku,name", "A,Apple", "B,Bread"))
    refused = Conflict("The import is importing.", status=409)

    steps, done = walk(
        plan_of(job),
        remote("mapping"),
        SCHEMA,
        remote("mapping"),
        refused,
        remote("importing"),
        DONE,
    )

    assert sent(steps).count("POST /pim/import/7/confirm/") == 1
    assert done.state == "done"


def test_an_import_the_server_forgot_fails_and_says_what_is_safe(
    ledger: Ledger, catalogue: Callable[..., Path]
) -> None:
    job = new(ledger, catalogue("sku,name", "A,Apple", "B,Bread"))
    forgotten = NotFound("Not found.", status=404)

    with pytest.raises(JobFailed, match="no longer knows import 7") as failed:
        walk(plan_of(job), remote("mapping"), SCHEMA, forgotten)

    assert failed.value.hint is not None
    assert "merged by SKU" in failed.value.hint


def test_an_import_that_fails_there_fails_here_with_its_words(
    ledger: Ledger, catalogue: Callable[..., Path]
) -> None:
    job = new(ledger, catalogue("sku,name", "A,Apple", "B,Bread"))
    failed = remote("failed", error_message="disk full")

    with pytest.raises(JobFailed, match="disk full"):
        walk(plan_of(job), remote("mapping"), SCHEMA, remote("mapping"), remote("x"), failed)


@pytest.mark.parametrize("colour", ["blocking", "async"])
async def test_a_file_becomes_products(
    colour: str,
    client: Any,
    async_client: Any,
    ledger: Ledger,
    listener: Any,
    catalogue: Callable[..., Path],
    unix: Any,
) -> None:
    path = catalogue("sku,title,brand", "A,Apple,Fern", "B,Bread,", ",Nobody,Fern")
    job = new(ledger, path)

    if colour == "blocking":
        done = run_job(plan_of(job), job, client, ledger, report=listener, clock=unix)
    else:
        done = await run_job_async(
            plan_of(job), job, async_client, ledger, report=listener, clock=unix
        )

    assert products(client) == {"A": ("Apple", {"brand": "Fern"}), "B": ("Bread", {})}
    assert done.summary == "3 rows: 2 created, 0 updated, 1 rejected"
    assert done.result["errors"] == [
        {"line": 4, "row": 3, "sku": "", "error": "sku: This field is required."}
    ]
    assert listener.stages == [
        "checking",
        "uploading",
        "mapping",
        "confirming",
        "importing",
        "done",
    ]
    assert listener.heard[-1].fraction == 1.0
    assert ledger.get(job.id) == done


def test_bytes_are_told_while_they_leave_and_rows_while_they_arrive(
    client: Any, ledger: Ledger, catalogue: Callable[..., Path]
) -> None:
    path = catalogue("sku,name", *(f"S{n},{'x' * 60}" for n in range(12_000)))
    job = new(ledger, path)
    heard: list[Any] = []
    ticks = iter(range(10**9))

    # Every look at the clock is a second later, so that nothing is held back.
    run_job(
        plan_of(job),
        job,
        client,
        ledger,
        report=heard.append,
        clock=lambda: float(next(ticks)),
    )

    size = path.stat().st_size
    uploading = [p for p in heard if p.stage == "uploading"]
    importing = [p for p in heard if p.stage == "importing"]
    assert {p.unit for p in uploading} == {"bytes"}
    assert (uploading[-1].done, uploading[-1].total) == (size, size)
    assert {(p.unit, p.total) for p in importing} == {("rows", 12_000)}
    counts = [p.done for p in importing]
    assert counts == sorted(counts)
    assert 5_000 in counts


def test_a_large_file_goes_in_parts_and_is_one_job(
    client: Any, ledger: Ledger, listener: Any, catalogue: Callable[..., Path], unix: Any
) -> None:
    """One bar that never runs back, one report, and row numbers of the whole file."""
    lines = [f'S{n},"Line one\nline {n}"' if n % 2 else f",no sku {n}" for n in range(25)]
    job = new(ledger, catalogue("sku,name", *lines), part_rows=10)

    done = run_job(plan_of(job), job, client, ledger, report=listener, clock=unix)

    assert done.summary == "25 rows: 12 created, 0 updated, 13 rejected"
    assert [error["row"] for error in done.result["errors"]] == list(range(1, 26, 2))
    assert set(products(client)) == {f"S{n}" for n in range(1, 25, 2)}
    rows = [p.done for p in listener.heard if p.unit == "rows"]
    assert rows == sorted(rows)
    assert [found.filename for found in client.products.imports()] == [
        f"catalogue.part-{number}-of-3.csv" for number in (1, 2, 3)
    ]
    assert "importing 2/3" in listener.stages


def test_a_file_that_is_not_plain_arrives_all_the_same(
    client: Any, ledger: Ledger, catalogue: Callable[..., Path], unix: Any
) -> None:
    path = catalogue("sku;name", "A;Crème", "B;Brötchen, hell", name="liste.txt", encoding="cp1252")
    before = path.read_bytes()
    job = new(ledger, path)

    run_job(plan_of(job), job, client, ledger, clock=unix)

    assert {name for name, _ in products(client).values()} == {"Crème", "Brötchen, hell"}
    assert path.read_bytes() == before
    assert [found.filename for found in client.products.imports()] == ["liste.txt.csv"]


@pytest.mark.parametrize("colour", ["blocking", "async"])
async def test_over_http_the_parts_arrive_whole(
    colour: str,
    workspace: Any,
    client: Any,
    http_door: Any,
    ledger: Ledger,
    catalogue: Callable[..., Path],
    clock: Any,
    unix: Any,
) -> None:
    """An HTTP library measures, seeks and reads the pieces its own way."""
    path = catalogue("sku,name", *(f"S{n},{n} {'é' * 40_000}" for n in range(7)))
    job = new(ledger, path, part_rows=3)

    with http_door(workspace) as address:
        if colour == "blocking":
            with SegOpsAdmin(KEY, base_url=address) as remote_client:
                remote_client.sleep = clock.advance  # type: ignore[method-assign]
                done = run_job(plan_of(job), job, remote_client, ledger, clock=unix)
        else:
            async with AsyncSegOpsAdmin(KEY, base_url=address) as awaited:

                async def pass_time(seconds: float, /) -> None:
                    clock.advance(seconds)

                awaited.sleep = pass_time  # type: ignore[method-assign]
                done = await run_job_async(plan_of(job), job, awaited, ledger, clock=unix)

    assert done.summary == "7 rows: 7 created, 0 updated, 0 rejected"
    assert done.result["imports"] == [1, 2, 3]


@pytest.fixture
def store(catalogue: Callable[..., Path]) -> Path:
    """A store export in small: its SKU column is empty."""
    return catalogue("Handle,Title,Variant SKU", "shirt,Shirt,", "shirt,,", "hat,Hat,")


def test_a_job_waits_for_a_persons_word_and_goes_on_with_it(
    client: Any, ledger: Ledger, store: Path, unix: Any
) -> None:
    job = new(ledger, store)

    with pytest.raises(MappingNeeded, match="Handle") as needed:
        run_job(plan_of(job), job, client, ledger, clock=unix)
    waiting = ledger.get(job.id)
    going_on = choose_mapping(ledger, job.id, MappingOverrides({"Handle": "sku"}))
    done = run_job(plan_of(going_on), going_on, client, ledger, clock=unix)

    assert needed.value.job == waiting
    assert waiting.state == "waiting"
    assert waiting.result["review"]["choices"][0]["header"] == "Handle"
    assert done.summary == "3 rows: 2 created, 1 updated, 0 rejected"
    assert {sku: name for sku, (name, _) in products(client).items()} == {
        "shirt": "Shirt",
        "hat": "Hat",
    }
    assert len(list(client.products.imports())) == 1


def test_a_word_given_beforehand_needs_no_waiting(
    client: Any, ledger: Ledger, store: Path, unix: Any
) -> None:
    job = new(ledger, store, overrides=MappingOverrides({"Handle": "sku", "Variant SKU": None}))

    done = run_job(plan_of(job), job, client, ledger, clock=unix)

    assert done.state == "done"


def test_a_review_that_was_asked_for_stops_a_mapping_without_problems(
    client: Any, ledger: Ledger, catalogue: Callable[..., Path], unix: Any
) -> None:
    job = new(ledger, catalogue("sku,name", "A,Apple"), review=True)

    with pytest.raises(MappingNeeded) as needed:
        run_job(plan_of(job), job, client, ledger, clock=unix)

    assert needed.value.review.is_ready
    assert products(client) == {}
    going_on = choose_mapping(ledger, job.id, MappingOverrides())
    assert run_job(plan_of(going_on), going_on, client, ledger, clock=unix).state == "done"


def test_what_the_server_remembers_is_checked_like_a_guess(
    client: Any, ledger: Ledger, store: Path, catalogue: Callable[..., Path], unix: Any
) -> None:
    """After one import by Handle the server suggests Handle, and the user is not asked."""
    first = new(ledger, store, overrides=MappingOverrides({"Handle": "sku"}))
    run_job(plan_of(first), first, client, ledger, clock=unix)
    second = new(ledger, catalogue("Handle,Title,Variant SKU", "cap,Cap,", name="next.csv"))

    done = run_job(plan_of(second), second, client, ledger, clock=unix)

    assert done.summary == "1 row: 1 created, 0 updated, 0 rejected"


def test_the_workspaces_own_fields_stay(
    client: Any, ledger: Ledger, catalogue: Callable[..., Path], unix: Any
) -> None:
    client.products.replace_schema(fields=[{"name": "season", "type": "array"}])
    job = new(ledger, catalogue("sku,name,colour", "A,Apple,red"))

    run_job(plan_of(job), job, client, ledger, clock=unix)

    fields = {field.name: field.type for field in client.products.schema().fields}
    assert fields == {"season": "array", "colour": "string"}


@pytest.mark.parametrize(
    ("content", "error"),
    [(b"", BadFile), (b"{}", BadFile), (b"sku,name\n", BadFile), (b"sku\nA\0B\n", BadFile)],
)
def test_a_bad_file_fails_before_anything_is_sent(
    client: Any, ledger: Ledger, tmp_path: Path, content: bytes, error: type[Exception]
) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    job = new(ledger, path)

    with pytest.raises(error):
        run_job(plan_of(job), job, client, ledger)

    assert list(client.products.imports()) == []
    assert ledger.get(job.id).state == "failed"


def test_a_wish_about_no_column_fails_before_anything_is_sent(
    client: Any, ledger: Ledger, store: Path
) -> None:
    job = new(ledger, store, overrides=MappingOverrides({"Handel": "sku"}))

    with pytest.raises(BadMapping, match="Handel"):
        run_job(plan_of(job), job, client, ledger)

    assert list(client.products.imports()) == []


def test_an_import_interrupted_half_way_resumes_and_refuses_another_file(
    client: Any, ledger: Ledger, catalogue: Callable[..., Path], unix: Any
) -> None:
    path = catalogue("sku,name", *(f"S{n},x" for n in range(20)))
    job = new(ledger, path, part_rows=10)

    def interrupt(job: Job) -> None:
        if job.stage == "uploading 2/2" and job.state == "running":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_job(plan_of(job), job, client, ledger, clock=unix, after_save=interrupt)
    original = path.read_bytes()
    path.write_bytes(original.replace(b"S3,x", b"S3,y"))
    taken, plan = resume(ledger, job.id)
    with pytest.raises(FileChanged):
        run_job(plan, taken, client, ledger, clock=unix)

    refused = ledger.get(job.id)
    path.write_bytes(original)
    taken, plan = resume(ledger, job.id)
    done = run_job(plan, taken, client, ledger, clock=unix)

    assert (refused.state, "has changed" in refused.error) == ("detached", True)
    assert done.summary == "20 rows: 20 created, 0 updated, 0 rejected"


def test_an_import_that_is_all_over_there_needs_its_file_no_more(
    client: Any, ledger: Ledger, catalogue: Callable[..., Path], unix: Any
) -> None:
    path = catalogue("sku,name", *(f"S{n},x" for n in range(20)))
    job = new(ledger, path)

    def interrupt(job: Job) -> None:
        if job.stage == "importing":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_job(plan_of(job), job, client, ledger, clock=unix, after_save=interrupt)
    path.unlink()
    taken, plan = resume(ledger, job.id)
    done = run_job(plan, taken, client, ledger, clock=unix)

    assert done.summary == "20 rows: 20 created, 0 updated, 0 rejected"


def test_rejected_rows_are_not_taken_from_a_file_that_has_changed(
    client: Any, ledger: Ledger, catalogue: Callable[..., Path], unix: Any, tmp_path: Path
) -> None:
    path = catalogue("sku,name", "A,Apple", ",Nobody")
    job = new(ledger, path, errors_to=Target(tmp_path / "rejected.csv", False, "rejected"))

    def rewrite(job: Job) -> None:
        if job.stage == "importing":
            path.write_text("sku,name\nX,Xylophone\nY,Yacht\n")

    with pytest.raises(FileChanged):
        run_job(plan_of(job), job, client, ledger, clock=unix, after_save=rewrite)

    assert not (tmp_path / "rejected.csv").exists()
    assert ledger.get(job.id).state == "detached"


BY_HANDLE = MappingOverrides({"Handle": "sku", "Variant SKU": None})


@pytest.mark.skipif(not DATA.is_dir(), reason="the real catalogues are not here")
@pytest.mark.parametrize(
    "catalogues",
    [
        {"apparel.csv": BY_HANDLE, "jewelery.csv": BY_HANDLE},
        # 33,000 rows.
        pytest.param({"olist_products.csv": None}, marks=pytest.mark.thorough),
    ],
    ids=["two of a shop", "a large one"],
)
def test_the_real_catalogues_arrive(
    client: Any, ledger: Ledger, unix: Any, catalogues: dict[str, MappingOverrides | None]
) -> None:
    skus: set[str] = set()
    for name, override in catalogues.items():
        job = new(ledger, DATA / name, overrides=override)
        done = run_job(plan_of(job), job, client, ledger, clock=unix)
        assert done.result["rejected"] == 0
        with (DATA / name).open(encoding="utf-8", newline="") as file:
            skus |= {row[0] for row in list(csv.reader(file))[1:]}

    assert client.products.list(page_size=1).page().count == len(skus)
