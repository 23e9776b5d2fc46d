"""Calls that wait for the server's work: in both clients, with a time limit and progress."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import pytest

from segops_tui.api.errors import Invalid, NotFound, WaitTimedOut, WorkFailed
from segops_tui.api.exchange import Policy, Reply
from segops_tui.client.aio import AsyncSegOpsAdmin
from segops_tui.client.blocking import SegOpsAdmin
from segops_tui.client.pipeline import Pipeline
from segops_tui.sandbox.core.in_process import AsyncInProcess, InProcess

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from segops_tui.sandbox.core.app import Sandbox

PIPELINE = Pipeline(Policy(max_retries=0))
RULE = {"logic": "AND", "conditions": [{"type": "monetary", "operator": "gte", "value": 200}]}


@pytest.fixture(params=["blocking", "async"])
def call(request: pytest.FixtureRequest, sandbox: Sandbox, clock: Any) -> Any:
    """Make one call with a client whose pauses move the sandbox's clock."""

    class Patient(SegOpsAdmin):
        def sleep(self, seconds: float, /) -> None:
            clock.advance(seconds)

    class AsyncPatient(AsyncSegOpsAdmin):
        async def sleep(self, seconds: float, /) -> None:
            clock.advance(seconds)

    client: Any = (
        Patient(transport=InProcess(sandbox), pipeline=PIPELINE)
        if request.param == "blocking"
        else AsyncPatient(transport=AsyncInProcess(sandbox), pipeline=PIPELINE)
    )

    async def make(what: Callable[[Any], Any]) -> Any:
        result = what(client)
        return await result if inspect.isawaitable(result) else result

    return make


@pytest.fixture
async def segment(call: Any) -> Any:
    await call(
        lambda c: c.events.track(user_id="u_0", event_type="order_placed", payload={"total": 250})
    )
    return await call(lambda c: c.segments.create({"name": "VIPs", "definition": RULE}))


async def test_a_recompute_that_is_waited_for_answers_the_segment(call: Any, segment: Any) -> None:
    seen: list[Any] = []

    done = await call(lambda c: c.segments.recompute(segment.id, wait=True, progress=seen.append))

    assert done.member_count == 1
    assert seen[-1] == done
    assert len(seen) > 1


async def test_a_second_recompute_in_the_same_second_is_waited_for_too(
    call: Any, segment: Any
) -> None:
    first = await call(lambda c: c.segments.recompute(segment.id, wait=True))
    await call(
        lambda c: c.events.track(user_id="u_1", event_type="order_placed", payload={"total": 300})
    )

    second = await call(lambda c: c.segments.recompute(segment.id, wait=True))

    assert (first.member_count, second.member_count) == (1, 2)


async def test_work_that_takes_too_long_says_so_and_goes_on(call: Any, segment: Any) -> None:
    with pytest.raises(WaitTimedOut, match="Not done after 0 s") as caught:
        await call(lambda c: c.segments.recompute(segment.id, wait=True, timeout=0))

    assert caught.value.last.member_count == 0
    done = await call(lambda c: c.segments.wait_for(segment.id))
    assert done.member_count == 1


async def test_waiting_for_what_is_not_there_is_a_404(call: Any) -> None:
    with pytest.raises(NotFound):
        await call(lambda c: c.segments.recompute(99, wait=True))


async def test_an_export_is_read_or_saved(call: Any, segment: Any, tmp_path: Path) -> None:
    await call(lambda c: c.segments.recompute(segment.id, wait=True))

    export = await call(lambda c: c.segments.export(segment.id, format="csv"))
    saved = await call(lambda _c: export.save(tmp_path / "members.csv"))

    assert export["status"] == "complete"
    content = await call(lambda _c: export.read())
    assert content.startswith(b"user_id,computed_at")
    assert saved.read_bytes() == content
    assert [file.name for file in tmp_path.glob("members*")] == ["members.csv"]


async def test_an_export_that_is_not_waited_for_has_no_file_yet(call: Any, segment: Any) -> None:
    export = await call(lambda c: c.segments.export(segment.id, wait=False))

    with pytest.raises(WorkFailed, match="not ready"):
        await call(lambda _c: export.read())


async def test_a_page_is_built_published_and_exported(call: Any) -> None:
    await call(lambda c: c.products.create({"sku": "B-1", "name": "Winter boots"}))
    page = await call(lambda c: c.pages.create({"slug": "boots", "title": "Winter boots"}))

    built = await call(lambda c: c.pages.build(page.id, {"template": "default"}, wait=True))
    await call(lambda c: c.pages.publish(page.id))
    export = await call(lambda c: c.pages.export(page.id, format="html"))

    assert built.is_built
    assert b"Winter boots" in await call(lambda _c: export.read())


async def test_an_import_is_confirmed_and_waited_for(call: Any, tmp_path: Path) -> None:
    file = tmp_path / "catalogue.csv"
    file.write_bytes(b"sku,name\nA,Alpha\nB,Beta\n")

    with file.open("rb") as opened:
        jobs = [
            await call(lambda c: c.products.import_csv(file)),
            await call(lambda c: c.products.import_csv(str(file))),
            await call(lambda c: c.products.import_csv(file.read_bytes(), "catalogue.csv")),
            await call(lambda c: c.products.import_csv(opened)),
        ]
    done = await call(lambda c: c.products.confirm_import(jobs[0].id, {}, wait=True))

    assert {job.filename for job in jobs} == {"catalogue.csv"}
    assert (done.status, done.created_count) == ("done", 2)
    assert (await call(lambda c: c.products.wait_for_import(jobs[0].id))).status == "done"


async def test_a_score_and_a_run_are_waited_for(call: Any) -> None:
    product = await call(lambda c: c.products.create({"sku": "A", "name": "Alpha"}))
    query = await call(lambda c: c.queries.create({"query_text": "boots", "providers": ["claude"]}))

    score = await call(lambda c: c.products.score(product.id, wait=True))
    answers = await call(lambda c: c.queries.run(query.id, wait=True))

    assert score.score is not None
    assert [answer.provider for answer in answers] == ["claude"]


async def test_a_sync_is_waited_for(call: Any, segment: Any) -> None:
    config = {"list_id": "L", "api_key": "pk_not_a_real_one"}
    body = {"segment": segment.id, "connector_type": "klaviyo", "config": config}
    connector = await call(lambda c: c.activations.create(body))

    done = await call(lambda c: c.activations.sync(connector.id, wait=True))

    assert done.last_synced_at is not None


@pytest.mark.parametrize(
    "wrong",
    [
        lambda c: c.segments.get({"id": 1}),
        lambda c: c.segments.get(True),
        lambda c: c.users.get({"user_id": "u_0"}),
        lambda c: c.users.search(q={"q": "u_0"}),
        lambda c: c.segments.list({"page": {"number": 2}}),
        lambda c: c.pages.query({"q": "boots"}),
        lambda c: c.segments.membership(["u_0"]),
        lambda c: c.products.import_csv({"file": "x"}),
    ],
)
def test_an_argument_of_the_wrong_type_is_never_sent(wrong: Callable[[Any], Any]) -> None:
    class Closed:
        def send(self, _attempt: Any) -> Reply:
            raise AssertionError("it was sent")

    client = SegOpsAdmin(transport=Closed(), pipeline=PIPELINE)  # type: ignore[arg-type]

    with pytest.raises(TypeError):
        wrong(client)


def test_a_mapping_is_sent_as_it_is_and_keywords_go_over_it(sandbox: Sandbox) -> None:
    client = SegOpsAdmin(transport=InProcess(sandbox), pipeline=PIPELINE)

    with pytest.raises(Invalid) as caught:
        client.segments.create({"description": "no name"})
    made = client.segments.create({"name": "A", "description": "d"}, name="B")
    listed = client.segments.list({"page_size": 1}, page=1)

    assert caught.value.fields == {"name": ["This field is required."]}
    assert (made.name, made.description, len(listed.results)) == ("B", "d", 1)


@pytest.mark.parametrize("kind", [SegOpsAdmin, AsyncSegOpsAdmin])
def test_a_call_shows_its_real_parameters(kind: Any) -> None:
    client = kind(transport=object())

    create = inspect.signature(client.segments.create)
    recompute = inspect.signature(client.segments.recompute)

    assert list(create.parameters)[:2] == ["name", "definition"]
    assert create.parameters["name"].kind is inspect.Parameter.KEYWORD_ONLY
    assert create.return_annotation == "Segment"
    assert list(recompute.parameters) == ["segment_id", "wait", "timeout", "progress"]
    assert inspect.signature(client.schemas.get).return_annotation == "EventSchema"
    assert client.segments.create.__doc__.startswith("Create a segment")
    assert client.segments.create.__doc__.endswith("may also be given as one mapping.")
    listing = "AsyncListing[Segment]" if kind.is_async else "Listing[Segment]"
    assert inspect.signature(client.segments.list).return_annotation == listing
