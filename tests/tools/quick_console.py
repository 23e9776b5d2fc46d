"""Textual at work, made cheap for tests: the same styles and the same order of events, sooner.

A test of the console starts one, and most of its time went into finding the styles of a hundred
widgets and into waiting. `remembered_styles` finds them once for all consoles of a process.
`settling` waits until a console has nothing left to do: Textual's own pilot sends a message to
every widget and then sleeps until the process seems to be idle, and on a busy machine it seems so
too early. `no_waiting` lets the clock of a console stand still while there is work to do, and jump
to the next timer where there is none. `unpainted` leaves out what nobody sees, and `text_of` draws
a screen again only if something has changed.
"""

from __future__ import annotations

import asyncio
import selectors
import threading
import time
from asyncio.selector_events import BaseSelectorEventLoop
from bisect import insort
from contextlib import contextmanager
from types import CodeType
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple
from weakref import WeakKeyDictionary

import pytest
from textual import _callback as textual_callback
from textual import _time as textual_time
from textual import app as textual_app
from textual import message_pump as textual_message_pump
from textual import pilot as textual_pilot
from textual._compositor import Compositor
from textual._context import visible_screen_stack
from textual.css.model import RuleSet, SelectorType
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode
from textual.geometry import Region
from textual.message_pump import MessagePump
from textual.pilot import Pilot
from textual.widget import Widget

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.message import Message
    from textual.screen import Screen

SOON: Final = 0.04
"""Seconds within which timers are waited for: Textual's own pilot sleeps as long after a key."""
SLICE: Final = 0.05
"""Seconds after which a loop that waits looks again whether there is something to wait for."""
THREADS: Final = 5.0
"""Seconds that threads are waited for which no `Latch` holds up."""

FLAGS = ("_has_hover_style", "_has_focus_within", "_has_order_style", "_has_odd_or_even")


_PARSE, _APPLY = Stylesheet._parse_rules, Stylesheet.apply
_FIND = MessagePump._get_dispatch_methods
_REPLACE = Stylesheet.replace_rules.__func__  # type: ignore[attr-defined]


class _Found(NamedTuple):
    """What a style sheet says about one kind of node in one kind of place."""

    flags: tuple[bool, ...]
    rules: dict[str, Any] | None
    made: dict[str, Any] | None
    """The rules that a node has in the end, unless some are still on their way."""
    parts: dict[str, dict[str, Any]]
    """The rules of its component classes."""


class _Concern(NamedTuple):
    """What can matter to one kind of node."""

    rules: int
    """The number of the list of rules that may apply to it and to its component classes."""
    asked: frozenset[str]
    """The pseudo-classes that those rules ask for."""


class _Memory:
    """What was found so far, in all style sheets."""

    def __init__(self) -> None:
        self.found: dict[Any, _Found] = {}
        self._numbers: dict[Any, int] = {}
        self._classes: set[str] = set()
        self._ids: set[str] = set()
        self._seen: set[RuleSet] = set()

    def learn(self, rules: list[RuleSet]) -> None:
        """Note which classes and ids any selector names: no other matters."""
        for rule in set(rules) - self._seen:
            for selector in (each for one in rule.selector_set for each in one.selectors):
                if selector.type is SelectorType.CLASS:
                    self._classes.add(selector.name)
                elif selector.type is SelectorType.ID:
                    self._ids.add(selector.name)
        self._seen.update(rules)

    def number(self, value: Any) -> int:
        """The same number for what is equal."""
        return self._numbers.setdefault(value, len(self._numbers) + 1)

    def key(self, node: DOMNode, concern: _Concern, places: dict[Any, int]) -> Any:
        """All that the styles of a node and of its component classes depend on.

        `places` are those met before at the same moment.
        """
        place = self._place(node._parent, concern.asked, places)
        return concern.rules, place, self._looks(node, concern.asked)

    def _place(self, node: Any, asked: frozenset[str], places: dict[Any, int]) -> int:
        """The same number for nodes in which all looks the same."""
        if not isinstance(node, DOMNode):
            return 0
        place = places.get((node, asked))
        if place is None:
            above = self._place(node._parent, asked, places)
            place = places[node, asked] = self.number((above, self._looks(node, asked)))
        return place

    def _looks(self, node: DOMNode, asked: frozenset[str]) -> Any:
        answers = node._PSEUDO_CLASSES
        states = tuple(name for name in asked if name in answers and answers[name](node))
        id_ = node._id if node._id in self._ids else None
        return node._css_type_names, id_, frozenset(node._classes & self._classes), states


class _Sheet:
    """A list of rules, and which of them concern a node."""

    def __init__(
        self, memory: _Memory, rules: list[RuleSet], by_name: dict[str, list[RuleSet]]
    ) -> None:
        memory.learn(rules)
        self._memory, self._by_name = memory, by_name
        self._at = {rule: at for at, rule in enumerate(rules)}
        self._concerns: dict[Any, _Concern] = {}

    def concern(self, node: DOMNode) -> _Concern:
        """What can matter to nodes of its kind."""
        kind = type(node), node._id, frozenset(node._classes)
        concern = self._concerns.get(kind)
        if concern is None:
            part_names = sorted(node._get_component_classes())
            parts = [DOMNode(classes=part) for part in part_names]
            names = {name for each in (node, *parts) for name in each._selector_names}
            rules = {rule for name in names for rule in self._by_name.get(name, ())}
            ordered = tuple(map(id, sorted(rules, key=self._at.__getitem__)))
            asked = frozenset[str]().union(*(rule.pseudo_classes for rule in rules))
            number = self._memory.number((ordered, tuple(part_names)))
            concern = self._concerns[kind] = _Concern(number, asked)
        return concern


@contextmanager
def remembered_styles() -> Iterator[None]:
    """Parse each style sheet once, and find the styles of each kind of node once.

    What a sheet says depends on its text, place and variables alone. What it says about a node
    depends on the types, ids, classes and pseudo-classes of the node and of those it is in.
    """
    parsed: dict[Any, dict[Any, Any]] = {}
    sheets: dict[tuple[int, ...], _Sheet] = {}
    memory = _Memory()
    replaced: dict[DOMNode, dict[str, Any]] = {}
    outcomes: dict[int, dict[str, Any]] = {}
    """What a node has once it was given the rules of that identity, which `memory` keeps."""

    def parse_once(sheet: Any, *where: Any, **more: Any) -> Any:
        variables = sheet._variables
        if vars(sheet).get("_parsed_for") is not variables:
            sheet._parsed_for = variables
            sheet._parsed = parsed.setdefault(frozenset(variables.items()), {})
        key = (where, tuple(more.items()))
        if key not in sheet._parsed:
            sheet._parsed[key] = _PARSE(sheet, *where, **more)
        return sheet._parsed[key]

    def sheet_of(sheet: Any) -> _Sheet:
        rules = sheet.rules
        if vars(sheet).get("_found_for") is not rules:
            sheet._found_for = rules
            key = tuple(map(id, rules))
            if key not in sheets:
                sheets[key] = _Sheet(memory, rules, sheet.rules_map)
            sheet._found_in = sheets[key]
        return sheet._found_in  # type: ignore[no-any-return]

    def replace_what_differs(
        cls: Any, node: DOMNode, rules: dict[str, Any], animate: bool = False
    ) -> None:
        replaced[node] = rules
        base = node.styles.base
        if not animate:
            # Setting what is set already does nothing, thirty times a widget.
            for name in base._rules.keys() | rules.keys():
                if base._rules.get(name) != rules.get(name):
                    setattr(base, name, rules.get(name))
            node.notify_style_update()
        elif base._rules != rules:
            _REPLACE(cls, node, rules, animate)

    def fill(node: DOMNode, rules: dict[str, Any]) -> None:
        """Give rules to a node that has none and is not on the screen."""
        base = node.styles.base
        base._rules.update(rules)  # type: ignore[typeddict-item]
        base._updates += 1
        node.notify_style_update()

    def fill_parts(node: DOMNode, parts: dict[str, dict[str, Any]]) -> None:
        for part in sorted(parts):
            stand_in = DOMNode(classes=part)
            stand_in._attach(node)
            fill(stand_in, parts[part])
            node._component_styles[part] = stand_in.styles
        node.refresh()

    def apply_once(sheet: Any, node: DOMNode, *, animate: bool = False, cache: Any = None) -> None:
        places = {} if cache is None else cache.setdefault(sheet, {})
        key = memory.key(node, sheet_of(sheet).concern(node), places)
        found = memory.found.get(key)
        if found is None:
            _APPLY(sheet, node, animate=animate)
            memory.found[key] = _Found(
                tuple(getattr(node, flag) for flag in FLAGS),
                replaced.pop(node, None),
                None if animate else dict(node.styles.base._rules),
                {part: dict(s.base._rules) for part, s in node._component_styles.items()},
            )
            return
        for flag, value in zip(FLAGS, found.flags, strict=True):
            setattr(node, flag, value)
        if found.made is not None and not (node._is_mounted or node.styles.base._rules):
            fill(node, found.made)
        elif found.rules is not None:
            base = node.styles.base._rules
            if base == outcomes.get(id(found.rules)):
                node.notify_style_update()
            else:
                replace_what_differs(Stylesheet, node, found.rules, animate)
                del replaced[node]
                if "transitions" not in found.rules:  # A transition goes on after this.
                    outcomes[id(found.rules)] = dict(base)
        if not (node._component_styles or node._is_mounted):
            if found.parts:
                fill_parts(node, found.parts)
        elif {part: s.base._rules for part, s in node._component_styles.items()} != found.parts:
            sheet._process_component_classes(node)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stylesheet, "_parse_rules", parse_once)
        patch.setattr(Stylesheet, "apply", apply_once)
        patch.setattr(Stylesheet, "replace_rules", classmethod(replace_what_differs))
        # A rule is hashed by its identity, in Python, 100,000 times a start; this does it in C.
        patch.setattr(RuleSet, "__hash__", object.__hash__)
        yield
        # Two who patch and undo each other out of order leave Textual's own to all tests behind.
        assert Stylesheet.apply is apply_once, "a test left styles found anew"
        assert Stylesheet.replace_rules.__func__ is replace_what_differs  # type: ignore[attr-defined]


@contextmanager
def parameters_counted_once() -> Iterator[None]:
    """Look at the signature of each function once: Textual does for each callback that is made."""
    count, counted = textual_callback._count_parameters, dict[CodeType, int]()

    def count_once(function: Any) -> int:
        code = getattr(function, "__code__", None)
        if code is None or hasattr(function, "__wrapped__"):
            return count(function)
        if code not in counted:
            counted[code] = count(function)
        return counted[code]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(textual_callback, "_count_parameters", count_once)
        yield


@contextmanager
def handlers_found_once() -> Iterator[None]:
    """Look for the handlers of each kind of message in each class once.

    Textual goes through all base classes, three or four times a message. A handler that is for
    some senders only (`@on(..., "#id")`) is left to it.
    """
    found: dict[Any, list[tuple[type, list[Any]]] | None] = {}

    def look(pump: type, method_name: str, message: type) -> list[tuple[type, list[Any]]] | None:
        """The handlers by class: functions that are decorated, and names of those that are not."""
        by_class, decorated = [], set[Any]()
        for cls in pump.__mro__:
            handlers: list[Any] = []
            for kind in message.__mro__:
                for method, senders in vars(cls).get("_decorated_handlers", {}).get(kind, ()):
                    if senders:
                        return None
                    if method not in decorated:
                        handlers.append(method)
                        decorated.add(method)
            name = next((n for n in (f"_{method_name}", method_name) if vars(cls).get(n)), None)
            if name and not hasattr(vars(cls)[name], "_textual_on"):
                handlers.append(name)
            if handlers:
                by_class.append((cls, handlers))
        return by_class

    def find_once(pump: Any, method_name: str, message: Any) -> Iterator[Any]:
        kind = type(pump), method_name, type(message)
        if kind not in found:
            found[kind] = look(*kind)
        by_class = found[kind]
        if by_class is None:
            yield from _FIND(pump, method_name, message)
            return
        for cls, handlers in by_class:
            if message._no_default_action:
                return
            for handler in handlers:
                # By its name, since a test may have put another in its place.
                method = vars(cls)[handler] if isinstance(handler, str) else handler
                yield cls, method.__get__(pump, cls)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MessagePump, "_get_dispatch_methods", find_once)
        yield


class _Unheard:
    """A log for developers that no developer reads."""

    @property
    def event(self) -> _Unheard:
        return self

    def verbosity(self, _is_verbose: bool) -> _Unheard:
        return self

    def __call__(self, *_words: object) -> None:
        pass


@contextmanager
def unlogged() -> Iterator[None]:
    """Make no logger for each message: Textual makes two, and asks them whether anyone listens."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(textual_message_pump, "log", _Unheard())
        yield


@contextmanager
def quickly() -> Iterator[None]:
    """Find once what is the same for all consoles, and wait no longer than there is work to do."""
    with (
        remembered_styles(),
        parameters_counted_once(),
        handlers_found_once(),
        unlogged(),
        settling(),
        changes_counted(),
    ):
        yield


def handlers_of(pump: MessagePump, method_name: str, message: Message) -> list[Any]:
    """The handlers of a message as Textual finds them."""
    return list(_FIND(pump, method_name, message))


def find_styles_anew(patch: pytest.MonkeyPatch) -> None:
    """Find styles as Textual does, within `remembered_styles`."""
    patch.setattr(Stylesheet, "apply", _APPLY)
    patch.setattr(Stylesheet, "replace_rules", classmethod(_REPLACE))


class Latch(threading.Event):
    """What a test holds a thread up with; `settle` does not wait for that thread."""

    holding: ClassVar[int] = 0
    """How many threads are held up."""
    _counting: ClassVar[threading.Lock] = threading.Lock()

    def wait(self, timeout: float | None = None) -> bool:
        """Hold the calling thread up until the latch is set."""
        with Latch._counting:
            Latch.holding += 1
        try:
            return super().wait(timeout)
        finally:
            with Latch._counting:
                Latch.holding -= 1


async def settle(*_spans: float) -> None:
    """Wait until the loop has nothing left to do.

    Its threads have ended, and so have the timers that were due soon when this was called, however
    long a busy machine takes for that.
    """
    loop: Any = asyncio.get_running_loop()
    began = loop.time()
    while True:
        await asyncio.sleep(0)
        if loop._ready:
            continue
        now = loop.time()
        threads = _threads.get(loop)
        if threads and len(threads) > Latch.holding and now < began + THREADS:
            await asyncio.wait(threads, timeout=0.01, return_when=asyncio.FIRST_COMPLETED)
            continue
        due = [timer.when() for timer in loop._scheduled if not timer.cancelled()]
        if not due or min(due) > began + SOON:
            return
        await asyncio.sleep(max(0.0, min(due) - now))


_threads: WeakKeyDictionary[asyncio.AbstractEventLoop, set[asyncio.Future[Any]]] = (
    WeakKeyDictionary()
)
"""What runs in threads for a loop."""


@contextmanager
def settling() -> Iterator[None]:
    """Let a pilot wait with `settle`."""
    run_in_executor = asyncio.BaseEventLoop.run_in_executor

    def remembered(loop: Any, *call: Any) -> asyncio.Future[Any]:
        future = run_in_executor(loop, *call)
        running = _threads.setdefault(loop, set())
        running.add(future)
        future.add_done_callback(running.discard)
        return future

    async def wait_for_screen(pilot: Pilot[Any], timeout: float = 0.0) -> bool:
        await settle()
        return pilot.app._exception is None

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asyncio.BaseEventLoop, "run_in_executor", remembered)
        patch.setattr(Pilot, "_wait_for_screen", wait_for_screen)
        patch.setattr(textual_app, "wait_for_idle", settle)
        patch.setattr(textual_pilot, "wait_for_idle", settle)
        yield


class _Waits(selectors.DefaultSelector):
    """What a loop waits with, and how long it has waited: the time its clock shows.

    Where only a timer can end a wait, nothing is waited for. A thread at work and an open
    connection can end one too.
    """

    loop: asyncio.AbstractEventLoop

    def __init__(self) -> None:
        super().__init__()
        self.time = time.monotonic()

    def select(self, timeout: float | None = None) -> Any:
        """Wait, or let the time pass at once."""
        if timeout is None:
            return super().select(timeout)
        if timeout <= 0:
            # There is work to do, and of its own wake-up a loop at work need not hear.
            return super().select(timeout) if len(self.get_map()) > 1 else []
        end = self.time + timeout
        while True:
            threads = _threads.get(self.loop, ())
            if len(self.get_map()) == 1 and len(threads) <= Latch.holding:
                events = super().select(0)
                self.time = self.time if events else end
                return events
            # A thread may come to its latch meanwhile.
            began = time.monotonic()
            events = super().select(min(end - self.time, SLICE))
            self.time = min(self.time + time.monotonic() - began, end)
            if events or self.time >= end:
                return events


@contextmanager
def no_waiting() -> Iterator[None]:
    """Give the loops that are made a clock that stands still while there is something to do."""
    make, now = BaseSelectorEventLoop.__init__, asyncio.BaseEventLoop.time

    def make_one(loop: Any, selector: Any = None) -> None:
        waits = _Waits() if selector is None else selector
        waits.loop = loop
        make(loop, waits)

    def loop_time(loop: Any) -> float:
        waits = getattr(loop, "_selector", None)
        return waits.time if isinstance(waits, _Waits) else now(loop)

    def time_here() -> float:
        try:
            return asyncio.get_running_loop().time()
        except RuntimeError:
            return time.monotonic()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseSelectorEventLoop, "__init__", make_one)
        patch.setattr(asyncio.BaseEventLoop, "time", loop_time)
        patch.setattr(textual_time, "get_time", time_here)
        yield


@contextmanager
def unpainted() -> Iterator[None]:
    """Lay screens out and do not paint them: a pilot's terminal shows nothing.

    What a test reads of a screen is rendered when it reads it. Behind a dialog painting took more
    than everything else together.
    """
    render_update = Compositor.render_update

    def nothing(compositor: Compositor, full: bool = False, **how: Any) -> Any:
        if full:  # A screenshot.
            return render_update(compositor, full, **how)
        visible_screen_stack.set(how.get("screen_stack") or [])
        compositor._dirty_regions.clear()
        return None

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Compositor, "render_update", nothing)
        yield


class _Changes:
    """How often any widget has asked to be drawn or laid out again."""

    count = 0
    is_counted = False


_texts: WeakKeyDictionary[Compositor, tuple[int, str]] = WeakKeyDictionary()
"""What was read of each screen, and how many changes there had been."""


@contextmanager
def changes_counted() -> Iterator[None]:
    """Count the changes, so that `text_of` knows of them."""

    def counted(change: Any) -> Any:
        def count(widget: Any, *what: Any) -> Any:
            _Changes.count += 1
            return change(widget, *what)

        return count

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Widget, "_set_dirty", counted(Widget._set_dirty))
        for name in ("reflow", "reflow_visible", "update_widgets"):
            patch.setattr(Compositor, name, counted(getattr(Compositor, name)))
        patch.setattr(_Changes, "is_counted", True)
        yield


def text_of(screen: Screen[Any]) -> str:
    """What a person reads, line by line.

    Half of the screens that tests read are those they read before: they wait for a change.
    """
    compositor = screen._compositor
    changes = _Changes.count
    count, text = _texts.get(compositor, (-1, ""))
    if count != changes or not _Changes.is_counted:
        text = "\n".join(_lines_of(compositor))
        _texts[compositor] = changes, text
    return text


def _lines_of(compositor: Compositor) -> list[str]:
    """The lines of a screen without their styles.

    Textual draws each widget whole, colours it, and then cuts away what others cover. Here what is
    in front comes first, and of a widget only those lines are drawn that can be seen.
    """
    width, height = compositor.size
    hidden = [[(width, width)] for _ in range(height)]
    """Of each line the columns that are taken, in their order."""
    parts: list[dict[int, str]] = [{} for _ in range(height)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Widget, "get_line_filters", lambda _widget: ())
        for widget, (region, clip) in compositor.visible_widgets.items():
            x, _y, columns, _rows = shown = region.intersection(clip)
            seen = [line for line in shown.line_range if _gaps(hidden[line], x, x + columns)]
            if not (seen and columns):
                continue
            rows = range(seen[0], seen[-1] + 1)
            crop = Region(x - region.x, rows[0] - region.y, columns, len(rows))
            for line, strip in zip(rows, widget.render_lines(crop), strict=True):
                for start, end in _gaps(hidden[line], x, x + columns):
                    parts[line][start] = strip.crop(start - x, end - x).text
                    insort(hidden[line], (start, end))
    return ["".join(part for _, part in sorted(line.items())).rstrip() for line in parts]


def _gaps(taken: list[tuple[int, int]], start: int, end: int) -> list[tuple[int, int]]:
    """What is left of some columns: `taken` is sorted, and begins the last gap at its end."""
    gaps = []
    for first, last in taken:
        if first > start:
            gaps.append((start, min(first, end)))
        start = max(start, last)
        if start >= end:
            break
    return gaps
