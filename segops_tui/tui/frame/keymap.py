"""Custom keys from the config file: which are valid, unknown, or in conflict."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final

from textual.binding import Binding
from textual.widget import Widget

from segops_tui.tui.core.actions import APP_ACTIONS, HELP_ANYWHERE
from segops_tui.tui.frame.main import MainScreen
from segops_tui.tui.panes.registry import PANES
from segops_tui.tui.table.virtual_table import TABLE_BINDINGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from segops_tui.nouns.action import Action

Bound = dict[str, str]
"""Ids and their keys, separated by commas."""

_OTHER_SCREENS: Final = (
    "frame.command_log",
    "frame.help",
    "frame.notices",
    "product_imports.history",
    "product_imports.screen",
    "products.semantic_search",
    "profiles.screen",
    "rules.editor",
)
"""Modules with keys of their own that no pane imports."""

SHADOWED: Final = frozenset({"table.drop_range", "main.reopen"})
"""Share a key on purpose: one takes it while a range is open, one while no pane is."""


def checked(keys: Mapping[str, str]) -> tuple[Bound, list[str]]:
    """The keys that can be given, and what is wrong with the others or between them."""
    known = every_id()
    complaints = []
    good: Bound = {}
    for name, given in keys.items():
        if name not in known:
            close = get_close_matches(name, sorted(known), n=1)
            hint = f" Did you mean {close[0]}?" if close else ""
            complaints.append(f"keys: there is no action {name!r}.{hint}")
        else:
            good[name] = normal(given)
    complaints.extend(clashes(good))
    return good, complaints


def normal(given: str) -> str:
    """Keys as Textual names them: `?` is `question_mark`."""
    if given.strip() == ",":
        return "comma"
    parts = ",".join(part.strip() for part in given.split(",") if part.strip())
    return ",".join(binding.key for binding in Binding.make_bindings([Binding(parts, "")]))


def clashes(changed: Mapping[str, str]) -> list[str]:
    """Two actions of one pane on one key, where the config file moved at least one of them."""
    found: dict[str, None] = {}
    for place in PANES:
        bound = {**_keys(_of_place(place.load())), **changed}
        here = [(name, set(bound[name].split(","))) for name in _keys(_of_place(place.load()))]
        for (one, its), (other, others) in combinations(here, 2):
            if not its & others or not {one, other} & set(changed) or SHADOWED & {one, other}:
                continue
            key = sorted(its & others)[0]
            found[f"keys: {one} and {other} are both on {key}."] = None
    return list(found)


def every_id() -> set[str]:
    """The id of everything that can have a custom key. Imports every pane and dialog."""
    for pane in PANES:
        pane.load()
    for name in _OTHER_SCREENS:
        import_module(f"segops_tui.tui.{name}")
    bindings = {
        binding.id
        for widget in _classes(Widget)
        for binding in widget.__dict__.get("BINDINGS", ())
        if isinstance(binding, Binding) and binding.id
    }
    return bindings | {str(HELP_ANYWHERE.id), *(action.id for action in APP_ACTIONS)}


def _of_place(pane: Any) -> Iterator[tuple[str, str]]:
    actions: Iterable[Action] = [*APP_ACTIONS, *MainScreen.ACTIONS, *pane.ACTIONS]
    yield from ((action.id, action.key) for action in actions if action.key)
    yield from ((binding.id or "", binding.key) for binding in TABLE_BINDINGS)


def _keys(pairs: Iterable[tuple[str, str]]) -> Bound:
    return {name: normal(key) for name, key in pairs}


def _classes(parent: type[Any]) -> Iterator[type[Any]]:
    child: type[Any]
    for child in parent.__subclasses__():
        if child.__module__.startswith("segops_tui."):
            yield child
        yield from _classes(child)
