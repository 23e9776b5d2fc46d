"""Plan a copy of objects from one workspace to another, without files between them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from segops_tui.jobs.workspace.checks import spelt
from segops_tui.jobs.workspace.documents import (
    Document,
    document_of,
    names_of,
    references_of,
)
from segops_tui.jobs.workspace.errors import FileProblem, WorkspaceInvalid
from segops_tui.jobs.workspace.kinds import KINDS
from segops_tui.jobs.workspace.planning import planned

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from segops_tui.api.record import Record
    from segops_tui.jobs.workspace.documents import Names
    from segops_tui.jobs.workspace.planning import Records, WorkspacePlan


def documents_to_copy(
    kind: str, chosen: Iterable[Record], records: Records, *, with_references: bool = False
) -> list[Document]:
    """The documents of some records of a kind; `records` are all of their workspace.

    `with_references` adds those of the objects that they refer to. In place of a file each
    document has the words that problems are told with: `segment 12`.
    """
    names = names_of(records)
    by_id = {(of, str(row["id"])): row for of, rows in records.items() for row in rows}
    left = [(kind, record) for record in chosen]
    found: dict[str, Document] = {}
    while left:
        of, record = left.pop(0)
        path = f"{KINDS[of].one} {record['id']}"
        if path in found:
            continue
        document = replace(document_of(KINDS[of], record, names), path=path, lines={(): 0})
        found[path] = document
        if with_references:
            left += [
                (to, by_id[to, str(key)])
                for _, to, name in references_of(document)
                if isinstance(name, str)
                for key in names.ids_of(to, name)
            ]
    return list(found.values())


def plan_copies(
    documents: Sequence[Document],
    records: Records,
    *,
    environ: Mapping[str, str],
    here: str,
    there: str,
) -> WorkspacePlan:
    """Plan what makes the objects of documents exist in another workspace.

    An object of the same name is changed. `records` are all objects of that workspace, of the
    kinds to read; `here` and `there` are the names of the two profiles.

    Raises:
        WorkspaceInvalid: with every problem found.
    """
    problems = [*_problems(documents, records, here, there)]
    if problems:
        raise WorkspaceInvalid(problems)
    plan = planned(documents, records, environ=environ)
    changes = [
        replace(it, document=None if it.document is None else replace(it.document, path=""))
        for it in plan.changes
    ]
    # No file has their ids, and what is not copied does not matter.
    return replace(plan, changes=tuple(changes), ids={}, labels={}, unmanaged=0)


def _problems(
    documents: Sequence[Document], records: Records, here: str, there: str
) -> Iterator[FileProblem]:
    """What cannot be copied by name."""
    names = names_of(records)
    seen: dict[tuple[str, ...], Document] = {}
    for document in documents:
        twin = seen.setdefault(document.key, document)
        if twin is not document:
            yield _problem(
                document, f"{twin.path} has the same name {document.label!r}: copy one of them."
            )
        kind = KINDS[document.kind]
        ids = [
            str(record["id"])
            for record in records[document.kind]
            if document_of(kind, record, names).key == document.key
        ]
        if len(ids) > 1:
            yield _problem(
                document,
                f"{len(ids)} {kind.name.replace('-', ' ')} in {there} have the name"
                f" {document.label!r} (ids {', '.join(ids)}): rename all but one of them.",
            )
        for place, to, name in references_of(document):
            fault = _reference_fault(to, name, documents, names, here, there)
            if fault:
                yield _problem(document, f"{spelt(place)}: {fault}")


def _problem(document: Document, message: str) -> FileProblem:
    return FileProblem(document.path, 0, message)


def _reference_fault(
    kind: str, name: object, documents: Iterable[Document], names: Names, here: str, there: str
) -> str:
    """Why an object that a copy refers to is not found there; empty if it is."""
    one = KINDS[kind].one
    if not isinstance(name, str):
        return f"{one} {name} does not exist in {here}, or shares its name with another."
    ids = names.ids_of(kind, name)
    if len(ids) > 1:
        found = ", ".join(map(str, ids))
        return f"{there} has {len(ids)} {kind} named {name!r} (ids {found}): rename all but one."
    is_copied = any(it.kind == kind and it.key[0] == name for it in documents)
    if ids or is_copied:
        return ""
    return f"{name!r} is not in {there}: copy it first, or with --with-references."
