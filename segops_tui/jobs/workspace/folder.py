"""A workspace folder on disk: one YAML file for each object, in a folder for each kind.

`segments/high-ltv-buyers.yaml` is a segment. Beside the folders, `.segops-ids.yaml` notes which
object of which profile a file was pulled from or applied to (`12@prod: its name`), so that a
renamed object is known again. Files are replaced whole: a reader sees the old text or the new one.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.errors import SegOpsConfigError
from segops_tui.jobs.workspace.checks import nearest, parsed
from segops_tui.jobs.workspace.documents import (
    document_of,
    is_variable,
    names_of,
    resolved,
    same,
    short,
    stem_of,
)
from segops_tui.jobs.workspace.errors import FileProblem, WorkspaceInvalid
from segops_tui.jobs.workspace.kinds import KINDS
from segops_tui.jobs.workspace.planning import Hint, matched
from segops_tui.jobs.workspace.yaml_text import NotReadable, read_yaml, write_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from segops_tui.jobs.workspace.documents import Document
    from segops_tui.jobs.workspace.planning import Records

IDS: Final = ".segops-ids.yaml"
_SUFFIXES: Final = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Folder:
    """What a workspace folder has."""

    documents: tuple[Document, ...]
    kinds: tuple[str, ...]
    """The kinds that have a folder."""
    ids: Mapping[str, Mapping[str, Hint]] = field(default_factory=dict)
    """By file and profile, its object there."""
    ignored: tuple[str, ...] = ()
    """YAML files that are in no kind's folder."""

    def hints(self, profile: str) -> dict[str, Hint]:
        """By file, its object in one profile."""
        return {path: ids[profile] for path, ids in self.ids.items() if profile in ids}


@dataclass(frozen=True, slots=True)
class Writing:
    """What a pull writes: nothing is on disk yet."""

    texts: Mapping[str, str]
    """The text of each file, by path."""
    ids: Mapping[str, Hint]
    """The id and the name of each file's object."""
    new: tuple[str, ...]
    changed: tuple[str, ...]
    gone: tuple[str, ...]
    """Files of objects that no longer exist."""
    kinds: tuple[str, ...]


def read_folder(root: Path) -> Folder:
    """Read a folder; one that does not exist has nothing.

    Raises:
        WorkspaceInvalid: files are not what they should be; with every problem found.
        OSError: a folder cannot be read.
    """
    if not root.exists():
        return Folder((), ())
    documents: list[Document] = []
    problems: list[FileProblem] = []
    kinds = [name for name in KINDS if (root / name).is_dir()]
    for name in kinds:
        for path in _yaml_files(root / name):
            document, found = _read_file(root, path, name)
            documents += [] if document is None else [document]
            problems += found
    problems += _misnamed(root)
    try:
        ids = _read_ids(root)
    except NotReadable as error:
        ids = {}
        problems.append(FileProblem(IDS, error.line, str(error)))
    if problems:
        raise WorkspaceInvalid(problems)
    loose = tuple(path.name for path in _yaml_files(root) if not path.name.startswith("."))
    return Folder(tuple(documents), tuple(kinds), ids, loose)


def require_kinds(folder: Folder, root: Path) -> None:
    """Refuse a folder that has nothing to compare.

    Raises:
        SegOpsConfigError: it has no folder of a kind.
    """
    if not folder.kinds:
        message = f"There is no folder {root}."
        if root.exists():
            message = f"{root} is no workspace folder: it has none of {', '.join(KINDS)}."
        raise SegOpsConfigError(message, hint=f"Write one: segops-tui pull {root}")


def written(
    records: Records,
    kinds: Iterable[str],
    existing: Folder,
    root: Path,
    *,
    profile: str,
    environ: Mapping[str, str],
) -> Writing:
    """The files for what a server has of some kinds.

    Files that exist keep their names and the variables they name themselves.

    Raises:
        OSError: an existing file cannot be read.
    """
    names = names_of(records)
    chosen = tuple(kinds)
    ours = [document for document in existing.documents if document.kind in chosen]
    ids, _ = matched(ours, records, existing.hints(profile))
    by_id = {(doc.kind, str(ids[doc.path])): doc for doc in ours if doc.path in ids}
    taken = {document.path.casefold() for document in ours}
    texts: dict[str, str] = {}
    found: dict[str, Hint] = {}
    before_texts = {doc.path: (root / doc.path).read_text("utf-8-sig") for doc in ours}
    for kind in chosen:
        fresh = [(document_of(KINDS[kind], r, names), r) for r in records.get(kind, ())]
        for document, record in sorted(fresh, key=lambda pair: (pair[0].key, str(pair[1]["id"]))):
            before = by_id.get((kind, str(record["id"])))
            path = _free_path(document, taken) if before is None else before.path
            stem = path.rpartition("/")[2].rpartition(".")[0]
            full = document_of(KINDS[kind], record, names, stem=stem)
            values = short(full)
            if before is not None:
                values = _with_own_variables(values, before.values, environ)
            # A file that says the same keeps its comments and its order.
            is_same = before is not None and same(values, short(before))
            texts[path] = before_texts[path] if is_same else write_yaml(values)
            found[path] = Hint(record["id"], document.label)
    return Writing(
        texts,
        found,
        new=tuple(path for path in texts if path not in before_texts),
        changed=tuple(p for p, text in texts.items() if before_texts.get(p, text) != text),
        gone=tuple(path for path in before_texts if path not in texts),
        kinds=chosen,
    )


def write_folder(root: Path, writing: Writing, existing: Folder, profile: str) -> None:
    """Write a pull to disk: files that differ, folders of all its kinds, and the ids.

    Raises:
        OSError: a file cannot be written.
    """
    for kind in writing.kinds:
        (root / kind).mkdir(parents=True, exist_ok=True)
    for path in (*writing.new, *writing.changed):
        replace_text(root / path, writing.texts[path])
    for path in writing.gone:
        (root / path).unlink(missing_ok=True)
    note_ids(root, profile, writing.ids, gone=writing.gone, known=existing.ids)


def note_ids(
    root: Path,
    profile: str,
    ids: Mapping[str, Hint],
    *,
    gone: Iterable[str] = (),
    known: Mapping[str, Mapping[str, Hint]] | None = None,
) -> None:
    """Note which objects of a profile the files are, beside those of other profiles.

    Raises:
        OSError: the file cannot be written.
    """
    try:
        before = {**(_read_ids(root) if known is None else known)}
    except NotReadable:
        before = {}
    after = {path: {**before.get(path, {}), profile: ids[path]} for path in ids}
    merged = {**before, **after}
    for path in [*gone, *(path for path in merged if not (root / path).exists())]:
        merged.pop(path, None)
    value = {
        path: {f"{hint.id}@{name}": hint.name for name, hint in entries.items()}
        for path, entries in merged.items()
    }
    text = write_yaml(value) if value else ""
    file = root / IDS
    if (text or file.exists()) and (not file.exists() or file.read_text("utf-8") != text):
        replace_text(file, text)


def replace_text(file: Path, text: str) -> None:
    """Replace a file's text, whole; a link stays a link.

    Raises:
        OSError: it cannot be written.
    """
    real = file.resolve()
    aside = real.with_name(f".{real.name}.{secrets.token_hex(4)}.tmp")
    try:
        with aside.open("w", encoding="utf-8", newline="\n") as opened:
            opened.write(text)
            opened.flush()
            os.fsync(opened.fileno())
        if real.exists():
            aside.chmod(real.stat().st_mode & 0o777)
        aside.replace(real)
    except BaseException:
        with suppress(OSError):
            aside.unlink()
        raise


def _yaml_files(folder: Path) -> list[Path]:
    return sorted(
        path for path in folder.iterdir() if path.suffix in _SUFFIXES and not _is_hidden(path)
    )


def _is_hidden(path: Path) -> bool:
    return path.name.startswith(".")


def _read_file(root: Path, path: Path, kind: str) -> tuple[Document | None, list[FileProblem]]:
    shown = path.relative_to(root).as_posix()
    try:
        text = path.read_bytes().decode("utf-8-sig")
        data, lines = read_yaml(text)
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        return None, [FileProblem(shown, line, "not UTF-8 text.")]
    except NotReadable as error:
        return None, [FileProblem(shown, error.line, str(error))]
    except OSError as error:
        return None, [FileProblem(shown, 0, f"cannot be read: {error.strerror or error}.")]
    return parsed(KINDS[kind], data, lines, shown)


def _misnamed(root: Path) -> list[FileProblem]:
    """Folders whose name is nearly that of a kind: their files would be passed over."""
    problems = []
    for path in sorted(root.iterdir()):
        close = nearest(path.name, KINDS)
        if path.name not in KINDS and close and path.is_dir() and _yaml_files(path):
            problems.append(FileProblem(path.name, 0, f"no kind has this name.{close}"))
    return problems


def _read_ids(root: Path) -> dict[str, dict[str, Hint]]:
    try:
        text = (root / IDS).read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return {}
    except UnicodeDecodeError as error:
        raise NotReadable("not UTF-8 text.", 1) from error
    data, lines = read_yaml(text)
    if not isinstance(data, dict | None):
        raise NotReadable("must hold the ids of files.", 1)
    found: dict[str, dict[str, Hint]] = {}
    for path, entries in (data or {}).items():
        for entry, label in entries.items() if isinstance(entries, dict) else [(entries, None)]:
            object_id, at, profile = str(entry).partition("@")
            if not (object_id and at and profile and isinstance(label, str)):
                raise NotReadable(f"{entry!r} is not ID@PROFILE: NAME.", lines[path,])
            known = int(object_id) if object_id.isdecimal() else object_id
            found.setdefault(path, {})[profile] = Hint(known, label)
    return found


def _free_path(document: Document, taken: set[str]) -> str:
    stem = stem_of(document.label)
    number = 1
    path = f"{document.kind}/{stem}.yaml"
    while path.casefold() in taken:
        number += 1
        path = f"{document.kind}/{stem}-{number}.yaml"
    taken.add(path.casefold())
    return path


def _with_own_variables(values: Any, own: Any, environ: Mapping[str, str]) -> Any:
    """The values with the file's own variables, where they stand for the same."""
    if is_variable(own):
        is_same = is_variable(values) or same(values, resolved(own, lambda n: environ.get(n, "")))
        return own if is_same else values
    if isinstance(values, Mapping) and isinstance(own, Mapping):
        return {
            name: _with_own_variables(item, own.get(name), environ) for name, item in values.items()
        }
    if isinstance(values, list) and isinstance(own, list) and len(values) == len(own):
        pairs = zip(values, own, strict=True)
        return [_with_own_variables(item, mine, environ) for item, mine in pairs]
    return values
