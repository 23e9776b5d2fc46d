"""Plans for a workspace and the job that applies them, on the sandbox."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segops_tui.client.blocking import SegOpsAdmin
from segops_tui.client.pipeline import Pipeline, Policy
from segops_tui.jobs.engine.ledger import Ledger
from segops_tui.jobs.engine.runner import run_job, run_part
from segops_tui.jobs.workspace import applying
from segops_tui.jobs.workspace.checks import parsed
from segops_tui.jobs.workspace.documents import document_of, names_of
from segops_tui.jobs.workspace.folder import Folder, write_folder, written
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
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
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
