"""The shape of the package: folders, inheritance, imports and names.

An exception needs an entry in a table below, and its reason in CONTRIBUTING.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from importlib import import_module
from inspect import getsource
from pathlib import Path
from typing import TYPE_CHECKING, Final

import segops_tui
from segops_tui.tui.core.sized import AutoSized

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE: Final = Path(segops_tui.__file__).parent
MODULES: Final = sorted(PACKAGE.rglob("*.py"))

MOST_MODULES: Final = 20
"""Modules in one folder, `__init__` not counted."""
DEEPEST: Final = 3
"""Classes of our own from a class to the Textual class it stands on, itself included."""

LONG_FOLDERS: Final[dict[str, int]] = {}
"""Folders that may have more modules, and how many."""
DEEP_CLASSES: Final[frozenset[str]] = frozenset()
"""Classes that may stand deeper."""
SHARED_NAMES: Final[frozenset[str]] = frozenset()
"""Public class names that two modules may both define."""
CIRCLES: Final[tuple[frozenset[str], ...]] = ()
"""Modules that may import each other."""


def dotted(module: Path) -> str:
    """The name a module is imported by."""
    parts = module.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES: Final = {dotted(module) for module in MODULES}


@cache
def sources() -> dict[str, str]:
    """Every module by its name, without its comments."""
    return {
        dotted(module): re.sub(r" *#.*", "", module.read_text(encoding="utf-8"))
        for module in MODULES
    }


def test_no_folder_has_more_modules_than_a_reader_can_scan() -> None:
    counts: dict[str, int] = defaultdict(int)
    for module in MODULES:
        if module.name != "__init__.py":
            counts[module.parent.relative_to(PACKAGE).as_posix()] += 1

    crowded = {
        folder: count
        for folder, count in counts.items()
        if count > LONG_FOLDERS.get(folder, MOST_MODULES)
    }

    assert crowded == {}


def test_no_class_of_the_console_stands_deeper_than_three_of_our_own() -> None:
    deep = {
        f"{kind.__module__}.{kind.__qualname__}": depth
        for kind in console_classes()
        if (depth := own_depth(kind)) > DEEPEST
    }

    assert {name: depth for name, depth in deep.items() if name not in DEEP_CLASSES} == {}
    assert set(deep) >= DEEP_CLASSES, "an exception that is no longer needed"


def test_no_widget_relies_on_the_event_of_a_resize_alone() -> None:
    """It is a `Sized` instead; a screen is told of each size."""
    found = {name for name, text in sources().items() if "def on_resize(" in text}

    assert found == {"segops_tui.tui.core.sized", "segops_tui.tui.dialogs.confirm"}


def test_a_widget_whose_size_follows_from_what_it_shows_has_the_size_of_the_last() -> None:
    """It is an `AutoSized`, as every text is, so that a busy machine cannot cut it off."""
    asking = re.compile(r"def get_content_(height|width)|layout=True")
    asks = {kind for kind in console_classes() if asking.search(getsource(kind))}

    # A mixin behind the widget would have no effect.
    assert [kind for kind in asks if kind.refresh is not AutoSized.refresh] == []
    texts = {
        name for name, text in sources().items() if re.search(r"import .*\b(Static|Label)\b", text)
    }
    assert texts == {"segops_tui.tui.widgets.plain_text"}


def test_no_module_imports_itself_by_a_circle() -> None:
    graph = {name: set(imports(text)) - {name} for name, text in sources().items()}

    circles = [group for group in circles_of(graph) if len(group) > 1]

    assert [sorted(group) for group in circles if group not in CIRCLES] == []
    assert all(group in circles for group in CIRCLES), "an exception that is no longer needed"


def test_one_class_name_means_one_thing() -> None:
    homes: dict[str, list[str]] = defaultdict(list)
    for name, text in sources().items():
        for defined in re.findall(r"^class ([^_\W]\w*)", text, re.MULTILINE):
            homes[defined].append(name)

    shared = {name: places for name, places in homes.items() if len(places) > 1}

    assert {name: at for name, at in shared.items() if name not in SHARED_NAMES} == {}
    assert set(shared) >= SHARED_NAMES, "an exception that is no longer needed"


def console_classes() -> Iterator[type]:
    """Every class that a module of the console defines."""
    for name in sorted(NAMES):
        if name.startswith("segops_tui.tui"):
            for value in vars(import_module(name)).values():
                if isinstance(value, type) and value.__module__ == name:
                    yield value


def own_depth(kind: type) -> int:
    """The longest chain of our own classes from a class to Textual's; a mixin is not a link."""
    is_textual = any(base.__module__.partition(".")[0] == "textual" for base in kind.__mro__)
    if not is_textual or kind.__module__.partition(".")[0] != "segops_tui":
        return 0
    return 1 + max(own_depth(base) for base in kind.__bases__)


IMPORT: Final = re.compile(r"^ *(?:from (\S+) import (\([^)]*\)|.*)|import (.*))$", re.MULTILINE)
"""An import as ruff formats it; parsing all modules would take twenty times as long."""


def imports(text: str) -> Iterator[str]:
    """The modules of the package that a module imports at any place, for types only included.

    Importing a name from a folder is importing the module of that name, if there is one.
    """
    for source, names, modules in IMPORT.findall(text):
        yield from NAMES.intersection(re.findall(r"[\w.]+", modules))
        if source in NAMES:
            for name in re.findall(r"(\w+)(?: as \w+)?", names):
                inner = f"{source}.{name}"
                yield inner if inner in NAMES else source


def test_an_import_is_seen_in_each_form() -> None:
    text = """
import json, segops_tui.session as session
from segops_tui.api import errors as e, request
if TYPE_CHECKING:
    from segops_tui.named_tuple import (
        named_tuple,
    )
"""
    assert set(imports(text)) == {
        "segops_tui.session",
        "segops_tui.api.errors",
        "segops_tui.api.request",
        "segops_tui.named_tuple",
    }


def circles_of(graph: dict[str, set[str]]) -> list[set[str]]:
    """The strongly connected components of a graph, by Tarjan's algorithm."""
    index: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: list[set[str]] = []

    def visit(node: str) -> None:
        index[node] = lowest[node] = len(index)
        stack.append(node)
        for other in sorted(graph[node]):
            if other not in index:
                visit(other)
                lowest[node] = min(lowest[node], lowest[other])
            elif other in stack:
                lowest[node] = min(lowest[node], index[other])
        if lowest[node] == index[node]:
            at = stack.index(node)
            found.append(set(stack[at:]))
            del stack[at:]

    for node in sorted(graph):
        if node not in index:
            visit(node)
    return found
