"""Compare documents with what a server has, and plan the changes that make it match them.

Nothing is sent and no file is read: `look` is a part of a job that reads the server, and `planned`
is a function. A document belongs to the record with the same key; one whose key no record has
belongs to the record its hint names, which is then renamed, if that still has the name it had. Two
documents or records with the same key are told apart by their hints alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from segops_tui.api.json_text import json_text
from segops_tui.jobs.engine.plan import read_all
from segops_tui.jobs.workspace.checks import faults_of, nearest, spelt
from segops_tui.jobs.workspace.documents import (
    Document,
    Names,
    document_of,
    is_variable,
    key_of,
    label_of,
    names_of,
    references_of,
    resolved,
    same,
    short,
    variables_in,
)
from segops_tui.jobs.workspace.errors import FileProblem, WorkspaceInvalid
from segops_tui.jobs.workspace.kinds import KINDS, REFERRED, UNMANAGED
from segops_tui.wording import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from segops_tui.api.record import Record
    from segops_tui.api.request import Id
    from segops_tui.jobs.engine.plan import Part
    from segops_tui.jobs.workspace.documents import Place

Action = Literal["create", "change", "delete"]
Records = Mapping[str, Sequence["Record"]]
"""What a server has, by kind."""


class Hint(NamedTuple):
    """What is known of a file's object in one workspace."""

    id: Id
    name: str
    """Its name when it was last pulled or applied: another object may have the id now."""


Hints = Mapping[str, Hint]
"""The hint of each file, by path."""
Node = tuple[str, str]

ABSENT: Final[Any] = object()
"""In place of a value that is not there."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One value that changes: `before` or `after` may be `ABSENT`."""

    place: Place
    before: Any
    after: Any

    @property
    def name(self) -> str:
        """Where it is: `definition.conditions[0].value`."""
        return spelt(self.place)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One object to create, change or delete."""

    action: Action
    kind: str
    label: str
    id: Id | None = None
    """Its id on the server; None for one that is to be created."""
    was: str = ""
    """Its name before, where it is renamed."""
    document: Document | None = None
    """What it becomes; None for one that is deleted."""
    fields: tuple[FieldChange, ...] = ()
    base: Document | None = None
    """What it is on the server now; None for one that is to be created."""

    @property
    def names(self) -> list[str]:
        """The fields that change, by name."""
        return list(dict.fromkeys(str(change.place[0]) for change in self.fields))


@dataclass(frozen=True, slots=True)
class WorkspacePlan:
    """What is to be done, in the order it is done, and what stays."""

    changes: tuple[Change, ...]
    unchanged: int
    ids: Mapping[str, Id] = field(default_factory=dict)
    """The id of the object of each file that has one already."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """The name of each file's object once the plan is carried out."""
    unmanaged: int = 0
    """Objects of the server that no file describes, and that stay."""
    lacking: tuple[str, ...] = ()
    """Environment variables that are needed to carry it out, and are not set."""

    def count(self, action: Action) -> int:
        """How many objects an action is for."""
        return sum(change.action == action for change in self.changes)


def kinds_to_read(kinds: Iterable[str]) -> list[str]:
    """The kinds to read from a server in order to compare some: also those they refer to."""
    wanted = {*kinds}
    for name in list(wanted):
        wanted |= {each.to for each in KINDS[name].fields if each.to}
        if any(each.type == "definition" for each in KINDS[name].fields):
            wanted.add("segments")
    return [name for name in KINDS if name in wanted]


def look(kinds: Iterable[str]) -> Part[dict[str, list[Record]]]:
    """Read all objects of some kinds from a server.

    Raises:
        SegOpsError: the server refused, or failed for two minutes.
    """
    found: dict[str, list[Record]] = {}
    for name in kinds:
        rows: list[Record] = yield from read_all(KINDS[name].resource.list.build(None))
        found[name] = with_ids(rows)
    return found


def with_ids(records: Iterable[Record]) -> list[Record]:
    """The records that can be addressed: a listing may have an odd one without an id."""
    return [record for record in records if isinstance(record.get("id"), int | str)]


def planned(
    documents: Sequence[Document],
    records: Records,
    *,
    environ: Mapping[str, str],
    hints: Hints | None = None,
    prune: Iterable[str] = (),
    only_shown: bool = False,
) -> WorkspacePlan:
    """Plan what makes a server match documents.

    `records` are all objects of their kinds and of those they refer to (`kinds_to_read`). `hints`
    are the ids of the documents' objects on this server, where known. Objects of the kinds in
    `prune` that no document describes are deleted. A plan that is `only_shown` needs no secrets:
    variables that are not set are in `lacking`.

    Raises:
        WorkspaceInvalid: with every problem found.
    """
    planner = _Planner(documents, records, environ, hints or {}, set(prune))
    return planner.plan(only_shown=only_shown)


def matched(
    documents: Sequence[Document], records: Records, hints: Hints
) -> tuple[dict[str, Id], list[FileProblem]]:
    """The id of the record that each document (by path) belongs to, and what is ambiguous."""
    found: dict[str, Id] = {}
    problems: list[FileProblem] = []
    for kind in KINDS:
        ours = [document for document in documents if document.kind == kind]
        if ours:
            # Keys of activations have names of segments, which are matched before.
            names = names_after(documents, records, found)
            problems += _match_kind(kind, ours, records.get(kind, ()), names, hints, found)
    return found, problems


def differences(
    before: Document, after: Document, environ: Mapping[str, str] | None = None
) -> list[FieldChange]:
    """What changes where one document takes the place of another of its kind.

    `environ` has the variables that settings other than secrets are compared by.
    """
    by_name = KINDS[after.kind].by_name
    one, other = before.values, after.values
    found: list[FieldChange] = []
    for name in [*other, *(name for name in one if name not in other)]:
        if name in other or by_name[name].default is not UNMANAGED:
            found += _differences(
                one.get(name, ABSENT), other.get(name, ABSENT), (name,), environ or {}
            )
    return found


def digest(document: Document) -> str:
    """A document's values as one text, to see whether they are still the same."""
    return json_text(document.values, sort_keys=True, ensure_ascii=False)


def _match_kind(
    kind: str,
    documents: Sequence[Document],
    records: Iterable[Record],
    names: Names,
    hints: Hints,
    found: dict[str, Id],
) -> list[FileProblem]:
    theirs: dict[tuple[str, ...], list[Id]] = defaultdict(list)
    for record in records:
        theirs[document_of(KINDS[kind], record, names).key].append(record["id"])
    ours: dict[tuple[str, ...], list[Document]] = defaultdict(list)
    for document in documents:
        ours[document.key].append(document)
    problems = []
    free = {str(it): (it, label_of(key)) for key, ids in theirs.items() for it in ids}
    for key, twins in ours.items():
        ids = theirs.get(key, [])
        told = [hints[twin.path].id if twin.path in hints else None for twin in twins]
        if len(twins) == 1 and len(ids) == 1:
            found[twins[0].path] = ids[0]
        elif ids and len(set(map(str, told))) == len(twins) and all(_is_in(i, ids) for i in told):
            found.update((twin.path, hints[twin.path].id) for twin in twins)
        elif ids or len(twins) > 1:
            problems += [_ambiguous(twin, twins, ids) for twin in twins]
        for taken in ids:
            free.pop(str(taken), None)
    for key, twins in ours.items():
        hint = hints.get(twins[0].path)
        if hint is None or len(twins) > 1 or theirs.get(key):
            continue
        object_id, name = free.get(str(hint.id), (None, ""))
        if object_id is not None and name == hint.name:
            found[twins[0].path] = object_id
            del free[str(hint.id)]
    return problems


def _is_in(hint: Id | None, ids: Sequence[Id]) -> bool:
    return str(hint) in map(str, ids)


def _ambiguous(document: Document, twins: Sequence[Document], ids: Sequence[Id]) -> FileProblem:
    kind = KINDS[document.kind]
    if len(twins) > 1:
        others = [twin.path for twin in twins if twin is not document]
        have = f"{listed(others)} {'has' if len(others) == 1 else 'have'}"
        words = f"{have} the same name {document.label!r}: which is which cannot be told."
        remedy = "Give one of them another name."
    else:
        shown = ", ".join(map(str, ids))
        words = f"{len(ids)} {kind.name} have the name {document.label!r} (ids {shown})."
        remedy = "Rename all but one of them, or pull this workspace again, which notes their ids."
    return FileProblem(document.path, document.line_of((kind.key[0],)), f"{words} {remedy}")


def names_after(documents: Iterable[Document], records: Records, ids: Mapping[str, Id]) -> Names:
    """The names that objects have once the documents are applied, those to be created left out."""
    ours = {
        (document.kind, str(ids[document.path])): document.key[0]
        for document in documents
        if document.path in ids and document.kind in REFERRED
    }
    return Names(
        (kind, record["id"], ours.get((kind, str(record["id"]))) or key_of(KINDS[kind], record)[0])
        for kind in REFERRED
        for record in records.get(kind, ())
    )


def _differences(
    before: Any, after: Any, place: Place, environ: Mapping[str, str]
) -> Iterator[FieldChange]:
    if is_variable(after) and is_variable(before):
        # A secret on the server: whether it is this one cannot be seen.
        return
    if is_variable(after) and before is not ABSENT:
        real = resolved(after, lambda name: environ.get(name, ""))
        if real and same(before, real):
            return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in [*after, *(name for name in before if name not in after)]:
            here = (*place, name)
            yield from _differences(
                before.get(name, ABSENT), after.get(name, ABSENT), here, environ
            )
    elif isinstance(before, list) and isinstance(after, list):
        yield from _list_differences(before, after, place, environ)
    elif before is ABSENT or after is ABSENT or not same(before, after):
        yield FieldChange(place, before, after)


def _list_differences(
    before: list[Any], after: list[Any], place: Place, environ: Mapping[str, str]
) -> Iterator[FieldChange]:
    one = [json_text(item, sort_keys=True) for item in before]
    other = [json_text(item, sort_keys=True) for item in after]
    for tag, i, j, k, m in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        if j - i == m - k:
            for at in range(j - i):
                here = (*place, k + at)
                yield from _differences(before[i + at], after[k + at], here, environ)
            continue
        for at in range(i, j):
            yield FieldChange((*place, at), before[at], ABSENT)
        for at in range(k, m):
            yield FieldChange((*place, at), ABSENT, after[at])


class _Planner:
    """One comparison."""

    def __init__(
        self,
        documents: Sequence[Document],
        records: Records,
        environ: Mapping[str, str],
        hints: Hints,
        prune: set[str],
    ) -> None:
        self._documents, self._records, self._environ = documents, records, environ
        self._prune = prune
        self._lacking: dict[str, FileProblem] = {}
        self._ids, self._problems = matched(documents, records, hints)
        self._names = names_after(documents, records, self._ids)
        self._plain = names_of(records)
        self._server = {
            (kind, str(record["id"])): (record, document_of(KINDS[kind], record, self._names))
            for kind, rows in records.items()
            for record in rows
        }
        described = {
            (document.kind, str(self._ids[document.path]))
            for document in documents
            if document.path in self._ids
        }
        self._others = {node: it for node, it in self._server.items() if node not in described}

    def plan(self, *, only_shown: bool) -> WorkspacePlan:
        """The plan.

        Raises:
            WorkspaceInvalid: with every problem found.
        """
        wanted = [self._change(document) for document in self._documents]
        changes = [change for change in wanted if change is not None]
        changes += self._deletions()
        gone = {(c.kind, str(c.id)) for c in changes if c.action == "delete"}
        for change in changes:
            if change.document is not None:
                self._check(change, change.document, gone)
        rank = self._ranks()
        if not only_shown:
            self._problems += self._lacking.values()
        if self._problems:
            raise WorkspaceInvalid(sorted(set(self._problems), key=lambda p: (p.path, p.line)))
        changes.sort(key=lambda change: rank[_node_of(change)])
        deletions = [change for change in reversed(changes) if change.action == "delete"]
        managed = {document.kind for document in self._documents} | self._prune
        left = sum(kind in managed for kind, _ in self._others)
        return WorkspacePlan(
            (*(change for change in changes if change.action != "delete"), *deletions),
            unchanged=wanted.count(None),
            ids=self._ids,
            labels={document.path: document.label for document in self._documents},
            unmanaged=left - len(deletions),
            lacking=tuple(sorted(self._lacking)),
        )

    def _change(self, document: Document) -> Change | None:
        """What a document asks for; None for nothing."""
        if document.path not in self._ids:
            return Change(
                action="create",
                kind=document.kind,
                label=document.label,
                document=document,
                fields=tuple(
                    FieldChange((name,), ABSENT, value) for name, value in short(document).items()
                ),
            )
        record, base = self._server[document.kind, str(self._ids[document.path])]
        fields = tuple(differences(base, document, self._environ))
        if not fields:
            return None
        before = document_of(KINDS[document.kind], record, self._plain).label
        return Change(
            action="change",
            kind=document.kind,
            label=document.label,
            id=record["id"],
            was="" if before == document.label else before,
            document=document,
            fields=fields,
            base=base,
        )

    def _deletions(self) -> list[Change]:
        return [
            Change(action="delete", kind=kind, label=base.label, id=record["id"], base=base)
            for (kind, _), (record, base) in self._others.items()
            if kind in self._prune
        ]

    def _check(self, change: Change, document: Document, gone: set[Node]) -> None:
        """Note what the server would refuse of a change."""
        self._problems += faults_of(document)
        changed = set(change.names) if change.action == "change" else set(document.values)
        for place, name in variables_in(document.values):
            if place[0] in changed and not self._environ.get(name):
                message = f"the environment variable {name} is not set."
                line = document.line_of(place)
                self._lacking.setdefault(name, FileProblem(document.path, line, message))
        for place, kind, name in references_of(document):
            message = self._reference_fault(kind, name, gone) if place[0] in changed else ""
            if message:
                self._note(document, place, f"{spelt(place)}: {message}")

    def _note(self, document: Document, place: Place, message: str) -> None:
        self._problems.append(FileProblem(document.path, document.line_of(place), message))

    def _reference_fault(self, kind: str, name: Any, gone: set[Node]) -> str:
        """Why a reference cannot be sent; empty if it can."""
        one = KINDS[kind].one
        if not isinstance(name, str):
            return (
                f"{one} {name} is named by its id, which is another one elsewhere: write its name."
            )
        ids = self._names.ids_of(kind, name)
        ours = [d.key[0] for d in self._documents if d.kind == kind]
        if len(ids) > 1:
            return f"{len(ids)} {kind} have the name {name!r}: which is meant cannot be told."
        renamed = [d for d in self._documents if d.kind == kind and self._was(d) == name]
        if not ids and name not in ours and renamed:
            return f"{renamed[0].path} renames {one} {name!r} to {renamed[0].label!r}: write that."
        if not ids and name not in ours:
            known = nearest(name, [*self._names.known(kind), *ours])
            return f"there is no {one} {name!r}, in a file or on the server.{known}"
        if ids and (kind, str(ids[0])) in gone:
            return f"{one} {name!r} is in no file, so --prune would delete it."
        return ""

    def _was(self, document: Document) -> str:
        """The name that a document's object has now; empty for one that is to be created."""
        if document.path not in self._ids:
            return ""
        record, _ = self._server[document.kind, str(self._ids[document.path])]
        return key_of(KINDS[document.kind], record)[0]

    def _ranks(self) -> dict[Node, tuple[int, int, tuple[str, ...]]]:
        """The place of each object in order of dependence: by kind and name where it is free."""
        everything: dict[Node, Document] = {
            **{(document.kind, document.path): document for document in self._documents},
            **{(kind, f"#{key}"): base for (kind, key), (_, base) in self._others.items()},
        }
        named: dict[Node, list[Node]] = defaultdict(list)
        for node, document in everything.items():
            named[document.kind, document.key[0]].append(node)
        order = list(KINDS)
        sorted_nodes = sorted(
            everything, key=lambda node: (order.index(node[0]), everything[node].key, node[1])
        )
        graph = {
            node: [
                other
                for _, kind, name in references_of(everything[node])
                if isinstance(name, str)
                for other in named.get((kind, name), ())
            ]
            for node in sorted_nodes
        }
        while True:
            try:
                ranked = [*TopologicalSorter(graph).static_order()]
            except CycleError as error:
                circle: list[Node] = error.args[1]
                if self._note_circle([everything[node] for node in reversed(circle)]):
                    return {}
                # The server's own affair.
                graph |= {node: [] for node in circle}
            else:
                # Kinds refer to earlier kinds only, and segments alone to their own: changes stay
                # together by kind.
                return {
                    node: (order.index(node[0]), at * (node[0] == "segments"), everything[node].key)
                    for at, node in enumerate(ranked)
                }

    def _note_circle(self, circle: Sequence[Document]) -> bool:
        """Note that objects refer to each other; False if none of them is a document."""
        ours = next((document for document in circle if document in self._documents), None)
        if ours is None:
            return False
        names = " → ".join(repr(document.label) for document in circle)
        self._note(ours, (), f"these refer to each other in a circle: {names}.")
        return True


def _node_of(change: Change) -> Node:
    return (change.kind, f"#{change.id}" if change.document is None else change.document.path)
