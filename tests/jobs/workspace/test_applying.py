"""Plans for a workspace and the job that applies them, on the sandbox."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segops_tui.api.errors import ConnectionFailed, Invalid
from segops_tui.client.blocking import SegOpsAdmin
from segops_tui.client.pipeline import Pipeline, Policy
from segops_tui.jobs.engine.ledger import Ledger
from segops_tui.jobs.engine.runner import run_job, run_part
from segops_tui.jobs.registry import resume
from segops_tui.jobs.workspace import applying
from segops_tui.jobs.workspace.checks import parsed
from segops_tui.jobs.workspace.documents import document_of, names_of
from segops_tui.jobs.workspace.errors import ChangedSince, VariableMissing
from segops_tui.jobs.workspace.folder import Folder, read_folder, write_folder, written
from segops_tui.jobs.workspace.kinds import KINDS
from segops_tui.jobs.workspace.planning import look, planned
from segops_tui.sandbox.core.app import Sandbox
from segops_tui.sandbox.core.in_process import InProcess

if TYPE_CHECKING:
    from collections.abc import Mapping

    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.workspace.documents import Document
    from segops_tui.jobs.workspace.planning import WorkspacePlan


@pytest.fixture(autouse=True)
def _klaviyo_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KLAVIYO_KEY", "pk_test_1")


class AnyVariable(dict[str, str]):
    """An environment in which every variable is set."""

    def get(self, name: str, default: Any = None) -> Any:
        del default
        return f"value of {name}"


class Patient(SegOpsAdmin):
    """A client that does not really wait."""

    def sleep(self, seconds: float, /) -> None:
        pass


def client_of(sandbox: Sandbox) -> Patient:
    """A client that retries nothing by itself."""
    return Patient(transport=InProcess(sandbox), pipeline=Pipeline(Policy(max_retries=0)))


def documents_on(client: SegOpsAdmin) -> list[Document]:
    """All that a server has, as documents."""
    records = run_part(look(KINDS), client)
    names = names_of(records)
    return [document_of(KINDS[kind], record, names) for kind in KINDS for record in records[kind]]


def plan_for(
    client: SegOpsAdmin,
    documents: list[Document],
    *,
    environ: Mapping[str, str] | None = None,
    **options: Any,
) -> WorkspacePlan:
    """The plan for documents on a server."""
    records = run_part(look(KINDS), client)
    return planned(documents, records, environ=environ or AnyVariable(), **options)


def apply(
    client: SegOpsAdmin, ledger: Ledger, plan: WorkspacePlan, folder: Path | None = None
) -> Job:
    """Carry out a plan."""
    job = applying.start_apply(ledger, plan, profile="sandbox", name="ws", folder=folder)
    return run_job(applying.plan(job), job, client, ledger)


def pull(client: SegOpsAdmin, root: Path, existing: Folder | None = None) -> dict[str, str]:
    """Write a folder of all that a server has; the texts by path."""
    existing = existing or Folder((), ())
    records = run_part(look(KINDS), client)
    writing = written(records, KINDS, existing, root, profile="sandbox", environ={})
    write_folder(root, writing, existing, "sandbox")
    return dict(writing.texts)


def document(kind: str, path: str = "", **values: Any) -> Document:
    """A document as a file would have it."""
    found, problems = parsed(KINDS[kind], values, {}, path or f"{kind}/{values}.yaml")
    assert found is not None, problems
    return found


_WORD = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\x00"),
    min_size=1,
    max_size=8,
).filter(lambda text: bool(text.strip()))
_NAME = _WORD.map(str.strip)
_FLAG = st.booleans()


def _event_rule(value: int) -> dict[str, Any]:
    return {"type": "event_count", "event_type": "order_placed", "operator": "gte", "value": value}


@st.composite
def worlds(draw: st.DrawFn) -> list[Document]:
    """Documents that refer to each other without circles, as a workspace may have them."""
    unique = {"unique": True, "max_size": 4}
    segments = draw(st.lists(_NAME, **unique))
    queries = draw(st.lists(_NAME, **unique))
    found = []
    for number, name in enumerate(segments):
        earlier = draw(st.lists(st.sampled_from(segments[:number]), max_size=2)) if number else []
        logic = draw(st.sampled_from(["AND", "OR"]))
        conditions = [
            _event_rule(draw(st.integers(0, 9))),
            *({"type": "segment_membership", "operator": "in", "segment": it} for it in earlier),
        ]
        found.append(
            document(
                "segments",
                f"segments/{number}.yaml",
                name=name,
                description=draw(_NAME | st.just("")),
                is_active=draw(_FLAG),
                definition={
                    "logic": logic,
                    "conditions": conditions,
                },
            )
        )
    for number, text in enumerate(queries):
        found.append(
            document(
                "queries", f"queries/{number}.yaml", query_text=text,
                tags=draw(st.lists(_NAME, **unique)), is_active=draw(_FLAG),
                schedule=draw(st.sampled_from(["hourly", "daily"])),
            )
        )  # fmt: skip
    slugs = st.text("abc-", min_size=1, max_size=4)
    for number, slug in enumerate(draw(st.lists(slugs, **unique))):
        asked = draw(st.sampled_from([None, *queries]))
        found.append(
            document(
                "pages", f"pages/{number}.yaml", slug=slug, title=draw(_NAME), query=asked,
                published=draw(_FLAG),
            )
        )  # fmt: skip
    if segments:
        found.append(
            document(
                "activations", "activations/a.yaml", segment=draw(st.sampled_from(segments)),
                connector_type="klaviyo", status=draw(st.sampled_from(["active", "inactive"])),
                config={"list_id": draw(_NAME), "api_key": "${env:KLAVIYO_KEY}"},
            )
        )  # fmt: skip
        rule = {"type": "user_behavior_signal", "signal": "viewed_by_segment"}
        found.append(
            document(
                "product-segments", "product-segments/p.yaml", name=draw(_NAME),
                definition={
                    "logic": "AND",
                    "conditions": [{**rule, "segment": draw(st.sampled_from(segments))}],
                },
            )
        )  # fmt: skip
    return found


def _plain(documents: list[Document]) -> list[tuple[str, Any]]:
    """Documents without their files, and without the names that variables were given."""
    found = []
    for it in documents:
        values = dict(it.values)
        if it.kind == "activations":
            values["config"] = {**values["config"], "api_key": "…"}
        found.append((it.kind, values))
    return sorted(found, key=repr)


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(first=worlds(), second=worlds())
def test_any_workspace_becomes_any_other_one_and_then_nothing_is_to_do(
    client: SegOpsAdmin, ledger: Ledger, first: list[Document], second: list[Document]
) -> None:
    for documents in ([], first, second):
        apply(client, ledger, plan_for(client, documents, prune=KINDS))
        assert _plain(documents_on(client)) == _plain(documents)
        again = plan_for(client, documents, prune=KINDS)
        assert (again.changes, again.unchanged) == ((), len(documents))


class Unlucky(InProcess):
    """A server that does what it is told and then loses its first answers to changes."""

    def __init__(self, sandbox: Sandbox, losses: int) -> None:
        super().__init__(sandbox)
        self._losses = losses

    def send(self, attempt: Any, /) -> Any:
        reply = super().send(attempt)
        if attempt.method != "GET" and self._losses:
            self._losses -= 1
            raise ConnectionFailed("lost", method=attempt.method, url=attempt.target)
        return reply


def test_lost_answers_double_nothing_though_the_server_knows_no_keys(
    tmp_path: Path, clock: Any, ledger: Ledger
) -> None:
    files = [
        document("segments", name="A"),
        document("segments", name="B"),
        document("competitors", name="C"),
    ]
    with Sandbox(tmp_path / "s.sqlite3", clock=clock, honour_idempotency=False) as sandbox:
        client = Patient(transport=Unlucky(sandbox, 2), pipeline=Pipeline(Policy(max_retries=0)))
        done = apply(client, ledger, plan_for(client, files))
        assert done.summary == "3 created (competitor 1, segment 1 and segment 2)"
        assert sorted(it.label for it in documents_on(client)) == ["A", "B", "C"]


@pytest.mark.parametrize("change", ["changed", "deleted"])
def test_what_somebody_else_changed_since_is_left_alone(
    client: SegOpsAdmin, ledger: Ledger, change: str
) -> None:
    for name in ("A", "B"):
        client.segments.create(name=name)
    files = [document("segments", name=name, description="ours") for name in ("A", "B")]
    plan = plan_for(client, files)
    if change == "changed":
        client.segments.update(2, description="theirs")
    else:
        client.segments.delete(2)

    with pytest.raises(ChangedSince, match=f"segment 'B' was {change} since") as stopped:
        apply(client, ledger, plan)

    assert stopped.value.job.state == "failed"
    assert client.segments.get(1).description == "ours"
    if change == "changed":
        assert client.segments.get(2).description == "theirs"


def test_what_somebody_else_created_since_is_not_overwritten(
    client: SegOpsAdmin, ledger: Ledger
) -> None:
    plan = plan_for(client, [document("segments", name="A", description="ours")])
    client.segments.create(name="A", description="theirs")
    with pytest.raises(ChangedSince, match="segment 'A' was created since"):
        apply(client, ledger, plan)
    assert client.segments.get(1).description == "theirs"


def test_what_changed_since_is_not_pruned(client: SegOpsAdmin, ledger: Ledger) -> None:
    client.segments.create(name="A")
    plan = plan_for(client, [], prune=["segments"])
    client.segments.update(1, description="theirs")
    with pytest.raises(ChangedSince):
        apply(client, ledger, plan)
    assert client.segments.get(1).name == "A"


def test_a_refusal_names_the_object_and_what_was_done(
    client: SegOpsAdmin, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [document("competitors", name="A"), document("schemas", event_type="E", properties=[])]
    plan = plan_for(client, files)
    monkeypatch.setattr(client, "send", _refusing(client.send, "/ai-reach/competitors/"))

    with pytest.raises(Invalid) as refused:
        apply(client, ledger, plan)

    assert str(refused.value).startswith("competitor 'A': ")
    assert refused.value.hint == (
        "At competitor 'A', 1 of 2 done. What was done until then stays. To see what is left, run"
        " the command again."
    )
    assert ledger.list()[0].state == "failed"


def _refusing(send: Any, path: str) -> Any:
    def refuse(request: Any, **options: Any) -> Any:
        if request.mutates and request.path == path:
            raise Invalid("name: no.", status=400, body={"name": ["no."]})
        return send(request, **options)

    return refuse


def test_a_field_that_the_server_does_not_take_is_told(
    client: SegOpsAdmin, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = client.send

    def forgetful(request: Any, **options: Any) -> Any:
        body = dict(request.body or {})
        body.pop("description", None)
        return send(request._replace(body=body) if request.mutates else request, **options)

    monkeypatch.setattr(client, "send", forgetful)
    done = apply(
        client, ledger, plan_for(client, [document("segments", name="A", description="x")])
    )
    assert done.result["remarks"] == ["segment 'A': the server did not take description"]


def test_a_secret_that_is_missing_stops_a_job_that_can_be_resumed(
    client: SegOpsAdmin, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [
        document("competitors", name="C"),
        document("webhooks", url="https://a.example", secret="${env:HOOK}"),
    ]
    plan = plan_for(client, files)
    with pytest.raises(VariableMissing, match="HOOK is not set"):
        apply(client, ledger, plan)
    (left,) = ledger.list()
    assert left.state == "detached"

    monkeypatch.setenv("HOOK", "pssst")
    job, rest = resume(ledger, left.id)
    assert run_job(rest, job, client, ledger).summary == "2 created (competitor 1 and webhook 1)"
    assert len(client.competitors.list()) == len(client.webhooks.list()) == 1
    assert b"pssst" not in ledger.path.read_bytes()


def test_ids_are_noted_beside_those_of_other_profiles(
    client: SegOpsAdmin, ledger: Ledger, tmp_path: Path
) -> None:
    root = tmp_path / "ws"
    (root / "segments").mkdir(parents=True)
    (root / "segments" / "a.yaml").write_text("name: A\n")
    (root / ".segops-ids.yaml").write_text(
        "segments/a.yaml:\n  7@prod: A\nsegments/gone.yaml:\n  8@prod: B\n"
    )
    files = read_folder(root)
    apply(client, ledger, plan_for(client, [*files.documents]), root)
    assert (root / ".segops-ids.yaml").read_text() == (
        "segments/a.yaml:\n  1@sandbox: A\n  7@prod: A\n"
    )
