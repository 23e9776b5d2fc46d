"""Carry out a plan for a workspace, as one job: in order, once each, and from where it stopped.

The job keeps what it wants, not how far it is: before each change it compares the object with
what was planned. An object that is as wanted is done, one that is as it was is changed, and one
that is neither was changed by someone else since. So a job that was killed at any moment is
resumed without doubles, whether or not the server acts on idempotency keys. Secrets are not kept:
they are read from the environment when they are sent.
"""

from __future__ import annotations

import os
import uuid
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.errors import NotFound, SegOpsApiError, SegOpsError, may_be_carried_out
from segops_tui.jobs.engine.ledger import note_job
from segops_tui.jobs.engine.plan import (
    Note,
    Patience,
    Save,
    Send,
    Wait,
    Work,
    is_passing,
    send_until_answered,
)
from segops_tui.jobs.workspace.documents import Document, body_of, document_of, variables_in
from segops_tui.jobs.workspace.errors import ChangedSince, VariableMissing
from segops_tui.jobs.workspace.folder import note_ids
from segops_tui.jobs.workspace.kinds import KINDS, REFERRED
from segops_tui.jobs.workspace.planning import (
    Hint,
    differences,
    digest,
    kinds_to_read,
    look,
    names_after,
)
from segops_tui.wording import count, listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from segops_tui.api.record import Record
    from segops_tui.api.request import Id, Request
    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.ledger import Ledger
    from segops_tui.jobs.engine.plan import Part, Plan
    from segops_tui.jobs.workspace.planning import Change, WorkspacePlan

APPLY: Final = "apply"
_MOST_NAMED: Final = 3
"""Created objects whose ids the result names."""
_ARRIVAL: Final = 5.0
"""Seconds after which a creation whose answer was lost shows in a listing, or was not made."""


def start_apply(
    ledger: Ledger,
    plan: WorkspacePlan,
    *,
    profile: str,
    name: str,
    folder: Path | None = None,
    command: str = "",
) -> Job:
    """Note the job that carries out a plan; nothing is sent yet.

    `name` says what is applied, for people. With `folder`, the ids of its files' objects are noted
    there at the end.
    """
    return note_job(
        ledger,
        APPLY,
        "" if folder is None else str(folder),
        name=name,
        profile=profile,
        command=command or f"segops-tui apply {name}",
        keys=("apply",),
        params={
            "folder": None if folder is None else str(folder.absolute()),
            "profile": profile,
            "ids": dict(plan.ids),
            "labels": dict(plan.labels),
            "changes": [_stored(change) for change in plan.changes],
        },
    )


def plan(job: Job) -> Plan:
    """Carry out what is left of a plan."""
    todo = [_Todo.read(stored) for stored in job.params["changes"]]
    job = job.measured("objects").at("applying", done=0, total=len(todo))
    yield Save(job)
    # Read when the job runs: a ledger keeps no secret.
    environ: dict[str, str] = yield Work(lambda _report: dict(os.environ))
    records = yield from look(kinds_to_read({it.kind for it in todo}))
    state = _State(job, todo, records, environ)
    for number, it in enumerate(todo):
        job = job.counted(number)
        yield Note(job)
        try:
            yield from _carry_out(it, state, job)
        except SegOpsApiError as error:
            _place(error, it, job)
            raise
    if job.params["folder"] is not None:
        yield Work(lambda _report: state.note_ids(job))
    return job.counted(len(todo)).ended(_result(todo, state))


@dataclass(frozen=True, slots=True)
class _Todo:
    """One change as the ledger keeps it."""

    action: str
    kind: str
    label: str
    id: Id | None
    document: Document | None
    fields: tuple[str, ...]
    base: str
    """The digest of what was on the server when the plan was made."""

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> _Todo:
        """A change from the ledger."""
        given = stored["document"]
        return cls(
            stored["action"],
            stored["kind"],
            stored["label"],
            stored["id"],
            None if given is None else Document(stored["kind"], given["values"], given["path"]),
            tuple(stored["fields"]),
            stored["base"],
        )


def _stored(change: Change) -> dict[str, Any]:
    return {
        "action": change.action,
        "kind": change.kind,
        "label": change.label,
        "id": change.id,
        "document": None if change.document is None else change.document.stored(),
        "fields": change.names,
        "base": "" if change.base is None else digest(change.base),
    }


class _State:
    """What the server has while the plan is carried out."""

    def __init__(
        self,
        job: Job,
        todo: Sequence[_Todo],
        records: dict[str, list[Record]],
        environ: Mapping[str, str],
    ) -> None:
        self.environ = environ
        self.remarks: list[str] = []
        """What did not come out as planned."""
        self.created: dict[tuple[str, Id], str] = {}
        """The kind, id and place in words of what this job has created."""
        self._ids: dict[str, Id] = dict(job.params["ids"])
        documents = [it.document for it in todo if it.document is not None]
        self.names = names_after(documents, records, self._ids)
        """The names that objects have once the plan is carried out."""
        self._records: dict[str, dict[str, Record]] = {}
        for kind, rows in records.items():
            self.learn(kind, rows)

    def learn(self, kind: str, rows: Iterable[Record]) -> None:
        """Note all objects of a kind."""
        self._records[kind] = {str(row["id"]): row for row in rows}

    def found(self, it: _Todo) -> tuple[Record, Document] | None:
        """The object of a change: by its id, or by its key where it is to be created."""
        rows = self._records[it.kind]
        if it.id is not None:
            record = rows.get(str(it.id))
            return None if record is None else (record, self.document(it.kind, record))
        for record in rows.values():
            document = self.document(it.kind, record)
            if it.document is not None and document.key == it.document.key:
                return record, document
        return None

    def document(self, kind: str, record: Record) -> Document:
        """The document of a record."""
        return document_of(KINDS[kind], record, self.names)

    def keep(self, it: _Todo, record: Record) -> None:
        """Note what the server answered to a change."""
        self._records[it.kind][str(record["id"])] = record
        if it.action == "create":
            self.created[it.kind, record["id"]] = f"{KINDS[it.kind].one} {record['id']}"
        if it.document is not None:
            if it.kind in REFERRED and self.names.name_of(it.kind, record["id"]) is None:
                self.names.add(it.kind, record["id"], it.document.key[0])
            if it.document.path:
                self._ids[it.document.path] = record["id"]

    def drop(self, it: _Todo) -> None:
        """Note that an object is gone."""
        self._records[it.kind].pop(str(it.id), None)

    def note_ids(self, job: Job) -> None:
        """Note the objects' ids beside the files."""
        try:
            labels = job.params["labels"]
            hints = {path: Hint(it, labels[path]) for path, it in self._ids.items()}
            note_ids(Path(job.params["folder"]), job.params["profile"], hints)
        except OSError as error:
            self.remarks.append(f"the ids were not noted: {error.strerror or error}")


def _carry_out(it: _Todo, state: _State, job: Job) -> Part[None]:
    if it.document is None:
        yield from _delete(it, state, job)
    elif it.id is None:
        yield from _create(it, it.document, state, job)
    else:
        yield from _change(it, it.document, state, job)


def _create(it: _Todo, document: Document, state: _State, job: Job) -> Part[None]:
    """Create an object, unless an earlier run of this job has done it."""
    there = state.found(it)
    if there is not None and not job.resumed:
        raise _since(f"{_named(it)} was created since the plan was made.", job)
    if there is None:
        body = _body(document, state)
        request = KINDS[it.kind].resource.create.build(None, **body)
        record = yield from _send_creation(it, request, state, job)
        state.keep(it, record)
    else:
        record = there[0]
        state.keep(it, record)
    # A server may ignore a field of a new object, such as the status of a connector.
    missed = _missed(document, record, state)
    if missed:
        yield from _send_change(it, document, missed, record["id"], state)


def _change(it: _Todo, document: Document, state: _State, job: Job) -> Part[None]:
    there = state.found(it)
    if there is None:
        raise _since(f"{_named(it)} was deleted since the plan was made.", job)
    record, now = there
    if not _missed(document, record, state):
        state.keep(it, record)
        return
    if digest(now) != it.base:
        raise _since(f"{_named(it)} was changed since the plan was made.", job)
    yield from _send_change(it, document, it.fields, record["id"], state)


def _delete(it: _Todo, state: _State, job: Job) -> Part[None]:
    there = state.found(it)
    if there is None:
        return
    if digest(there[1]) != it.base:
        raise _since(f"{_named(it)} was changed since the plan was made.", job)
    with suppress(NotFound):
        yield from send_until_answered(KINDS[it.kind].resource.delete.build(None, it.id))
    state.drop(it)


def _send_creation(it: _Todo, request: Request[Record], state: _State, job: Job) -> Part[Record]:
    """Create an object; after a lost answer, look whether it arrived before sending again."""
    # The same key in every run of the job.
    key = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{job.keys['apply']} {it.kind} {it.label}"))
    patience = Patience()
    while True:
        try:
            record: Record = yield Send(request._replace(once=True), key=key)
        except SegOpsError as error:
            yield patience.wait_after(error)
            if may_be_carried_out(error):
                yield Wait(_ARRIVAL)
                again = yield from look([it.kind])
                state.learn(it.kind, again[it.kind])
                there = state.found(it)
                if there is not None:
                    return there[0]
        else:
            return record


def _send_change(
    it: _Todo, document: Document, names: Sequence[str], object_id: Id, state: _State
) -> Part[None]:
    body = _body(document, state, names)
    request = KINDS[it.kind].resource.update.build(None, object_id, **body)
    record: Record = yield from send_until_answered(request)
    if "id" not in record:
        return
    state.keep(it, record)
    missed = _missed(document, record, state)
    if missed:
        state.remarks.append(f"{_named(it)}: the server did not take {listed(missed)}")


def _missed(wanted: Document, record: Record, state: _State) -> list[str]:
    """The fields of a record that are not as wanted, where the server shows them at all."""
    changes = differences(state.document(wanted.kind, record), wanted, state.environ)
    names = dict.fromkeys(str(change.place[0]) for change in changes)
    return [name for name in names if name in record or name.removesuffix("_id") in record]


def _body(document: Document, state: _State, only: Sequence[str] | None = None) -> dict[str, Any]:
    """What to send.

    Raises:
        VariableMissing: a variable that has a secret is not set.
    """
    chosen = {
        name: value for name, value in document.values.items() if only is None or name in only
    }
    for _, variable in variables_in(chosen):
        if not state.environ.get(variable):
            raise VariableMissing(
                f"{document.path or document.label}: the environment variable {variable} is not"
                " set.",
                hint=f"Set {variable}, then resume the job.",
            )
    return body_of(document, state.names, state.environ.__getitem__, only)


def _named(it: _Todo) -> str:
    return f"{KINDS[it.kind].one} {it.label!r}"


def _since(words: str, job: Job) -> ChangedSince:
    return ChangedSince(words, job=job.stopped("failed", words), hint=_AGAIN)


_AGAIN: Final = "What was done until then stays. To see what is left, run the command again."


def _place(error: SegOpsApiError, it: _Todo, job: Job) -> None:
    """Make a refusal say which object it is about, and how to go on."""
    error.args = (f"{_named(it)}: {error}",)
    done = f"{count(job.done)} of {count(job.total)} done"
    again = f"Go on with: segops-tui jobs resume {job.id}" if is_passing(error) else _AGAIN
    error.hint = f"At {_named(it)}, {done}. {again}"


def _result(todo: Sequence[_Todo], state: _State) -> dict[str, Any]:
    counts = {
        name: sum(it.action == action for it in todo)
        for name, action in (("created", "create"), ("changed", "change"), ("deleted", "delete"))
    }
    parts = {name: f"{count(number)} {name}" for name, number in counts.items() if number}
    made = list(state.created.values())
    if "created" in parts and len(made) <= _MOST_NAMED:
        parts["created"] += f" ({listed(made)})"
    words = listed(list(parts.values()))
    return {**counts, "remarks": state.remarks, "summary": words or "nothing to do"}
