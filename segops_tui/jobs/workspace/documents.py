"""Documents: objects of a workspace as plain values without ids, counters and secrets.

A document has the fields of its kind (`kinds`), with defaults filled in. References are names
(`segment: Newsletter readers`), and a secret is the name of an environment variable
(`${env:NAME}`). A reference to an object that is gone, or whose name it shares with another, keeps
its id (`segment_id: 12`) and is valid in its own workspace only.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.condition_checks import segment_number
from segops_tui.jobs.workspace.kinds import KINDS, REFERRED, REQUIRED, UNMANAGED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from segops_tui.api.record import Record
    from segops_tui.api.request import Id
    from segops_tui.jobs.workspace.kinds import DocumentField, Kind

Place = tuple[str | int, ...]
"""Where a value is in a document: field names and list indexes."""

_MASK: Final = "***"
"""What the server returns for a secret (contract §6, §11)."""
_REFERENCE: Final = re.compile(r"\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}")
_SECRET: Final = re.compile(
    r"api_?key|secret|token|password|credential|authorization", re.IGNORECASE
)
REFERRING: Final = ("segment_membership", "user_behavior_signal")
"""The conditions that refer to a segment."""
_MOST_STEM: Final = 60


@dataclass(frozen=True, slots=True)
class Document:
    """One object as a file has it."""

    kind: str
    values: Mapping[str, Any]
    path: str = ""
    """The file, relative to its folder; empty for one that is in no file."""
    lines: Mapping[Place, int] = field(default_factory=dict, compare=False)
    """The line of each value in its file."""

    @property
    def key(self) -> tuple[str, ...]:
        """What identifies it among those of its kind."""
        return tuple(_key_part(self.values, name) for name in KINDS[self.kind].key)

    @property
    def label(self) -> str:
        """Its name, for people."""
        return label_of(self.key)

    def line_of(self, place: Place) -> int:
        """The line of a value, or of the nearest one around it that has a line."""
        for length in range(len(place), -1, -1):
            if place[:length] in self.lines:
                return self.lines[place[:length]]
        return 1

    def stored(self) -> dict[str, Any]:
        """The document as JSON, for a ledger."""
        return {"kind": self.kind, "values": dict(self.values), "path": self.path}


class Names:
    """The names of objects that others refer to, and back."""

    def __init__(self, pairs: Iterable[tuple[str, Id, str]] = ()) -> None:
        """`pairs` are kind, id and name."""
        self._names: dict[tuple[str, str], str] = {}
        self._ids: dict[tuple[str, str], list[Id]] = {}
        for kind, object_id, name in pairs:
            self.add(kind, object_id, name)

    def add(self, kind: str, object_id: Id, name: str) -> None:
        """Learn of an object; one that is known already keeps its name."""
        if (kind, str(object_id)) in self._names:
            return
        self._names[kind, str(object_id)] = name
        self._ids.setdefault((kind, name), []).append(object_id)

    def name_of(self, kind: str, object_id: object) -> str | None:
        """The name of an object; None if it is not known, or several share its name."""
        name = self._names.get((kind, str(object_id)))
        return name if name is not None and len(self.ids_of(kind, name)) == 1 else None

    def ids_of(self, kind: str, name: str) -> list[Id]:
        """The ids of all objects of that name."""
        return self._ids.get((kind, name), [])

    def known(self, kind: str) -> list[str]:
        """All names of a kind."""
        return [name for other, name in self._ids if other == kind]


def names_of(records: Mapping[str, Iterable[Record]]) -> Names:
    """The names of all records that others may refer to."""
    return Names(
        (kind, record["id"], key_of(KINDS[kind], record)[0])
        for kind in REFERRED
        for record in records.get(kind, ())
        if "id" in record
    )


def document_of(kind: Kind, record: Record, names: Names, *, stem: str = "") -> Document:
    """The document of a server's record.

    `names` are those of the objects it may refer to. `stem` is the name of its file without a
    suffix, from which its environment variables are named; by default that of a new file.
    """
    values: dict[str, Any] = {}
    for each in kind.fields:
        value = _READERS[each.type](each, record, names)
        if value is not UNMANAGED:
            values |= value if each.type == "reference" else {each.name: value}
    document = Document(kind.name, values)
    prefix = variable_name(kind.one, stem or stem_of(document.label))
    return replace(document, values=_without_secrets(kind, values, prefix))


def key_of(kind: Kind, record: Record) -> tuple[str, ...]:
    """The key of a record of a kind that refers to no other."""
    return tuple(str(getattr(record, name)) for name in kind.key)


def label_of(key: Iterable[str]) -> str:
    """A key as a name for people: `klaviyo High LTV buyers`."""
    return " ".join(key)


def filled(kind: Kind, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with defaults for what is absent, and texts without spaces at either end."""
    full: dict[str, Any] = {}
    for each in kind.fields:
        if each.type == "reference" and f"{each.name}_id" in values:
            full[f"{each.name}_id"] = values[f"{each.name}_id"]
        elif each.name in values:
            full[each.name] = _trimmed(each, values[each.name])
        elif each.default is not REQUIRED and each.default is not UNMANAGED:
            full[each.name] = default_of(each)
    return full


def short(document: Document) -> dict[str, Any]:
    """The values that a file needs: without those that are the default."""
    by_name = KINDS[document.kind].by_name
    return {
        name: value
        for name, value in document.values.items()
        if name not in by_name or not same(value, default_of(by_name[name]))
    }


def default_of(each: DocumentField) -> Any:
    """The default of a field as JSON; a sentinel for one that has none."""
    empty: dict[str, Any] = {"texts": [], "definition": {}}
    return empty.get(each.type, each.default) if each.default == () else each.default


def body_of(
    document: Document,
    names: Names,
    secret: Callable[[str], str],
    only: Iterable[str] | None = None,
) -> dict[str, Any]:
    """What to send for a document: references as ids, and secrets fetched with `secret`.

    `only` are the names of the fields to send.

    Raises:
        KeyError: a name is not known, or known twice.
    """
    kind = KINDS[document.kind]
    chosen = None if only is None else set(only)
    body: dict[str, Any] = {}
    for each in kind.fields:
        given = {each.name, f"{each.name}_id"} & set(document.values)
        if not given or (chosen is not None and not chosen & {each.name, *given}):
            continue
        value = document.values[given.pop()]
        match each.type:
            case "reference":
                is_name = each.name in document.values
                body[each.name] = _sent_reference(each.to, value, names) if is_name else value
            case "definition":
                body[each.name] = _sent_definition(each, value, names)
            case "config" | "secret":
                body[each.name] = resolved(value, secret)
            case _:
                body[each.name] = value
    return body


def variables_in(value: Any, place: Place = ()) -> Iterator[tuple[Place, str]]:
    """The environment variables a value refers to, with their places."""
    match value:
        case str():
            found = _REFERENCE.fullmatch(value)
            if found:
                yield place, found[1]
        case Mapping():
            for name, item in value.items():
                yield from variables_in(item, (*place, name))
        case list() | tuple():
            for index, item in enumerate(value):
                yield from variables_in(item, (*place, index))


def resolved(value: Any, secret: Callable[[str], str]) -> Any:
    """A value with each `${env:NAME}` replaced by what `secret(NAME)` returns."""
    if isinstance(value, str):
        found = _REFERENCE.fullmatch(value)
        return secret(found[1]) if found else value
    if isinstance(value, Mapping):
        return {name: resolved(item, secret) for name, item in value.items()}
    return [resolved(item, secret) for item in value] if isinstance(value, list) else value


def is_variable(value: object) -> bool:
    """Whether a value is `${env:NAME}`."""
    return isinstance(value, str) and _REFERENCE.fullmatch(value) is not None


def is_secret(place: Place, value: Any) -> bool:
    """Whether a value is a secret, by the names on the way to it: `credentials.user`."""
    is_named = any(isinstance(part, str) and _SECRET.search(part) for part in place)
    return is_named and value is not None and value != "" and not isinstance(value, bool)


def references_of(document: Document) -> Iterator[tuple[Place, str, Any]]:
    """Every reference: its place, the kind it is to, and a name; or an id, as a number."""
    for each in KINDS[document.kind].fields:
        if each.type == "reference":
            if document.values.get(each.name) is not None:
                yield (each.name,), each.to, document.values[each.name]
            elif f"{each.name}_id" in document.values:
                yield (f"{each.name}_id",), each.to, _as_number(document.values[f"{each.name}_id"])
        elif each.type == "definition":
            for index, condition in _conditions(document.values.get(each.name)):
                place = (each.name, "conditions", index)
                if condition.get("segment") is not None:
                    yield (*place, "segment"), "segments", condition["segment"]
                elif "segment_id" in condition:
                    yield (*place, "segment_id"), "segments", _as_number(condition["segment_id"])


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values are equal; unlike in Python, true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def stem_of(label: str) -> str:
    """The name of a file for an object of that name, without a suffix."""
    bare = re.sub(r"^https?://", "", label.casefold())
    text = "".join(c for c in unicodedata.normalize("NFKD", bare) if not unicodedata.combining(c))
    words = re.sub(r"[\W_]+", "-", unicodedata.normalize("NFC", text)).strip("-")
    short_words = words[:_MOST_STEM].strip("-") or "unnamed"
    # A device on Windows.
    is_device = re.fullmatch(r"con|prn|aux|nul|com\d|lpt\d", short_words) is not None
    return f"{short_words}-" if is_device else short_words


def variable_name(*words: str) -> str:
    """The name of an environment variable made of words."""
    text = unicodedata.normalize("NFKD", " ".join(words)).encode("ascii", "ignore").decode()
    return "SEGOPS_" + re.sub(r"[^A-Z0-9]+", "_", text.upper()).strip("_")


def _key_part(values: Mapping[str, Any], name: str) -> str:
    if name in values:
        return str(values[name])
    return f"#{values[f'{name}_id']}" if f"{name}_id" in values else ""


def _trimmed(each: DocumentField, value: Any) -> Any:
    if isinstance(value, str) and each.type == "text":
        text = value if each.is_exact else value.strip()
        return dict(each.spellings).get(text, text)
    if each.type == "texts" and isinstance(value, list):
        return [*dict.fromkeys(item.strip() if isinstance(item, str) else item for item in value)]
    return value


def _read_text(each: DocumentField, record: Record, _names: Names) -> Any:
    if each.default is UNMANAGED and record.get(each.name) is None:
        return UNMANAGED
    text = _trimmed(each, getattr(record, each.name))
    return text or (each.default if isinstance(each.default, str) else text)


def _read_value(each: DocumentField, record: Record, _names: Names) -> Any:
    return _copied(getattr(record, each.name))


def _read_texts(each: DocumentField, record: Record, _names: Names) -> list[str]:
    return [item for item in getattr(record, each.name) if isinstance(item, str)]


def _read_secret(each: DocumentField, record: Record, _names: Names) -> str:
    return _MASK if record.get(each.name) else ""


def _read_reference(each: DocumentField, record: Record, names: Names) -> dict[str, Any]:
    object_id = record.get(each.name, record.get(f"{each.name}_id"))
    if object_id is None:
        return {each.name: None}
    name = names.name_of(each.to, object_id)
    return {f"{each.name}_id": object_id} if name is None else {each.name: name}


def _read_definition(each: DocumentField, record: Record, names: Names) -> Any:
    definition = _copied(getattr(record, each.name))
    for _, condition in _conditions(definition):
        name = names.name_of("segments", condition.get("segment_id"))
        if condition.get("type") in REFERRING and name is not None and "segment" not in condition:
            del condition["segment_id"]
            condition["segment"] = name
    return definition


_READERS: Final[Mapping[str, Callable[[DocumentField, Record, Names], Any]]] = {
    "text": _read_text,
    "flag": _read_value,
    "texts": _read_texts,
    "definition": _read_definition,
    "properties": _read_value,
    "config": _read_value,
    "reference": _read_reference,
    "secret": _read_secret,
}


def _without_secrets(kind: Kind, values: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """The values with a variable for each secret, masked or not."""
    hidden = dict(values)
    for each in kind.fields:
        if each.type in {"config", "secret"}:
            hidden[each.name] = _hidden(hidden[each.name], (each.name,), prefix)
    return hidden


def _hidden(value: Any, place: Place, prefix: str) -> Any:
    if isinstance(value, Mapping):
        return {name: _hidden(item, (*place, name), prefix) for name, item in value.items()}
    if isinstance(value, list):
        return [_hidden(item, (*place, index), prefix) for index, item in enumerate(value)]
    if value != _MASK and not is_secret(place, value):
        return value
    words = [str(part) for part in place if part != "config"]
    return f"${{env:{variable_name(prefix.removeprefix('SEGOPS_'), *words)}}}"


def _sent_reference(to: str, name: Any, names: Names) -> Any:
    if name is None:
        return None
    (object_id,) = names.ids_of(to, name) or _unknown(to, name)
    return object_id


def _sent_definition(each: DocumentField, definition: Any, names: Names) -> Any:
    sent = _copied(definition)
    for _, condition in _conditions(sent):
        if "segment" in condition and condition.get("type") in REFERRING:
            object_id = _sent_reference("segments", condition.pop("segment"), names)
            # A product segment refers to a segment by text (contract §13.5).
            condition["segment_id"] = object_id if each.rule == "user" else str(object_id)
    return sent


def _unknown(to: str, name: str) -> list[Id]:
    raise KeyError(f"{to}: {name}")


def _conditions(definition: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    conditions = definition.get("conditions") if isinstance(definition, Mapping) else None
    for index, condition in enumerate(conditions if isinstance(conditions, list) else ()):
        if isinstance(condition, dict) and condition.get("type") in REFERRING:
            yield index, condition


def _as_number(value: Any) -> Any:
    number = segment_number(value)
    return value if number is None else number


def _copied(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _copied(item) for name, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list | tuple) else value
