"""Find objects by name, wherever a command takes an id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from segops_tui import wording
from segops_tui.cli.core.exit_codes import ExitCode
from segops_tui.cli.core.params import ObjectId
from segops_tui.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from segops_tui.api.record import Record
    from segops_tui.cli.core.context import Invocation
    from segops_tui.client.blocking import SegOpsAdmin
    from segops_tui.nouns.column import Noun

R = TypeVar("R", bound="Record")

_MOST_CANDIDATES: Final = 10
_NAMED: Final = "name:"
"""Before a text that is no id although it is a number: `name:2024`."""


class NameLookup(NamedTuple):
    """How objects of one noun are found by name.

    The API searches none of these fields, so the listing is walked (contract §2 to §11: `q` of
    products looks for part of a name and not at SKUs).
    """

    space: str
    """The client's namespace."""
    many: str
    fields: Sequence[str] = ("name",)
    """Fields that name an object; a match in an earlier one counts before a later one's."""
    is_unique: bool = False
    """Whether no two objects share the first field, so that the walk may end at a match."""
    names: Callable[[SegOpsAdmin], Callable[[Any], Sequence[str]]] | None = None
    """Makes the names of an object that has no field for one."""
    listing: str = "list"
    """The method of the namespace that lists them."""

    @property
    def command(self) -> str:
        """The command that lists them."""
        verb = self.listing.replace("_", "-")
        return f"segops-tui {self.space.replace('_', '-')} {verb}"


def _activation_names(client: SegOpsAdmin) -> Callable[[Any], Sequence[str]]:
    """`Klaviyo for High LTV buyers`, its segment's name, `klaviyo`."""
    from contextlib import suppress

    from segops_tui.api.errors import SegOpsError
    from segops_tui.nouns.activations import ACTIVATIONS, CONNECTORS

    segments: dict[int, str] = {}
    # A key that may not read segments still finds activations by their tool.
    with suppress(SegOpsError):
        segments.update({segment.id: segment.name for segment in client.segments.list()})

    def names(activation: Any) -> Sequence[str]:
        kind = activation.connector_type
        tool = CONNECTORS.get(kind, kind)
        segment = segments.get(activation.segment, "")
        return [f"{tool} for {segment}", ACTIVATIONS.label(activation), segment, tool, kind]

    return names


LOOKUPS: Final[Mapping[str, NameLookup]] = {
    "segment": NameLookup("segments", "segments"),
    "product segment": NameLookup("product_segments", "product segments"),
    "page": NameLookup("pages", "pages", ("slug", "title"), is_unique=True),
    "product": NameLookup("products", "products", ("sku", "name"), is_unique=True),
    "schema": NameLookup("schemas", "schemas", ("event_type",), is_unique=True),
    "query": NameLookup("queries", "queries", ("query_text",)),
    "activation": NameLookup("activations", "activations", names=_activation_names),
    "competitor": NameLookup("competitors", "competitors"),
    "webhook": NameLookup("webhooks", "webhooks", ("url", "description")),
    "import": NameLookup("products", "imports", ("filename",), listing="imports"),
}
"""Every noun whose objects have a name, by the noun's singular."""


def name_of(row: R, noun: Noun[R]) -> str:
    """What a command takes in place of a row's id: its SKU, its slug, its name."""
    lookup = LOOKUPS.get(noun.name)
    if lookup is None or lookup.names is not None:
        return noun.label(row)
    return str(row.raw.get(lookup.fields[0]) or noun.label(row))


class NoSuchName(click.ClickException):
    """Nothing has that name: exit code 5, like an id that is not found."""

    exit_code = int(ExitCode.NOT_FOUND)

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def with_ids(run: Invocation, command: click.Command, given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a command, with ids in place of names; each noun is walked once.

    Raises:
        NoSuchName: nothing has one of the names.
        click.UsageError: several objects have one of them.
    """
    found = dict(given)
    by_noun: dict[str, list[click.Parameter]] = {}
    for param in command.params:
        if isinstance(param.type, ObjectId) and param.type.noun in LOOKUPS:
            by_noun.setdefault(param.type.noun, []).append(param)
    for noun, params in by_noun.items():
        texts = [text for param in params for text in _texts(given.get(param.name or ""))]
        names = [text for text in dict.fromkeys(texts) if not is_id(text)]
        if not names:
            continue
        ids = _Search(noun, LOOKUPS[noun], names).run(run.client)
        for param in params:
            value = given.get(param.name or "")
            if isinstance(value, str):
                found[param.name or ""] = ids.get(value, value)
            elif value:
                found[param.name or ""] = tuple(ids.get(text, text) for text in value)
    return found


def id_of(run: Invocation, noun: str, text: str) -> str:
    """The id of the object that a text names; an id, and what has no names, stays as it is.

    Raises:
        NoSuchName: nothing has that name.
        click.UsageError: several objects have it.
    """
    if noun not in LOOKUPS or is_id(text):
        return text
    return _Search(noun, LOOKUPS[noun], [text]).run(run.client)[text]


def is_id(text: str) -> bool:
    """Whether a text is sent as it is: a number, or `-` for standard input."""
    return text == "-" or (text.isascii() and text.isdigit())


def _texts(value: Any) -> Iterable[str]:
    return () if value is None else (value,) if isinstance(value, str) else value


def _folded(text: str) -> str:
    return " ".join(wording.plain(text).casefold().split())


class _Search:
    """Finds the ids of a few names in one walk through a listing."""

    def __init__(self, noun: str, lookup: NameLookup, texts: Sequence[str]) -> None:
        self._noun, self._lookup = noun, lookup
        self._wanted = {text: text.removeprefix(_NAMED).strip() for text in texts}
        self._hits: dict[str, dict[tuple[int, bool], dict[str, str]]] = {t: {} for t in texts}
        """By text: by rank (place of the name, whether only case differs): id to label."""
        self._known: list[str] = []

    def run(self, client: SegOpsAdmin) -> dict[str, str]:
        """The id of every name."""
        lookup = self._lookup
        names = self._by_field if lookup.names is None else lookup.names(client)
        open_ = set(self._wanted)
        for record in getattr(getattr(client, lookup.space), lookup.listing)():
            self._look_at(record, names(record))
            if lookup.is_unique:
                open_ = {text for text in open_ if (0, False) not in self._hits[text]}
                if not open_:
                    break
        return {text: self._one(text) for text in self._wanted}

    def _by_field(self, record: Any) -> Sequence[str]:
        raw = record.raw
        return [str(raw.get(name) or "") for name in self._lookup.fields]

    def _look_at(self, record: Any, names: Sequence[str]) -> None:
        self._known.extend(name for name in names[:1] if name)
        plain, folded = [wording.plain(n) for n in names], [_folded(n) for n in names]
        for text, wanted in self._wanted.items():
            for place, name in enumerate(names):
                is_exact = wanted in {name, plain[place]}
                if name and (is_exact or _folded(wanted) == folded[place]):
                    label = next((n for n in plain if n), "")
                    rank = (place, not is_exact)
                    self._hits[text].setdefault(rank, {})[str(record.raw.get("id"))] = label
                    break

    def _one(self, text: str) -> str:
        hits = self._hits[text]
        if not hits:
            raise self._missing(text)
        best = hits[min(hits)]
        if len(best) > 1:
            said = [f"{key} ({label})" for key, label in best.items()]
            wanted = self._wanted[text]
            raise click.UsageError(
                f"{wording.count(len(best))} {self._lookup.many} are called {wanted!r}:"
                f" {wording.listed(said, most=_MOST_CANDIDATES)}. Give the id of one."
            )
        return next(iter(best))

    def _missing(self, text: str) -> NoSuchName:
        from difflib import get_close_matches

        from segops_tui.cli.core.command_table import with_article

        wanted = self._wanted[text]
        by_fold = {_folded(name): name for name in self._known}
        close = get_close_matches(_folded(wanted), by_fold, n=1)
        nearest = f" Did you mean {wording.plain(by_fold[close[0]])!r}?" if close else ""
        return NoSuchName(
            f"There is no {self._noun} {wanted!r}.{nearest}",
            hint=f"Give an id or the name of {with_article(self._noun)}; list what exists:"
            f" {self._lookup.command}",
        )
