"""Narrow products to values of their attributes, one for each attribute."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on, work
from textual.binding import Binding
from textual.content import Content
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from segops_tui import wording
from segops_tui.api.errors import SegOpsError
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.core.text import crop, key_hints, one_line
from segops_tui.tui.dialogs.dialog import Dialog
from segops_tui.tui.widgets.plain_text import PlainText
from segops_tui.tui.widgets.text_input import TextInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

Where = Mapping[str, str]
"""Field to the value it must have."""
Count = Callable[[Where], Awaitable[int | None]]
"""Counts the rows a filter leaves; None where the server does not tell."""

MOST: Final = 400
"""Values shown at once; typing finds the others."""
_LONGEST: Final = 60
"""Characters of a value; a longer one is prose, not a value to pick from a list."""


class FacetChooser(Dialog[dict[str, str]]):
    """Answers the whole filter; None leaves it as it was."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", id="facets.cancel", tooltip="As it was."),
        Binding("ctrl+s", "apply", "Apply", show=False, id="facets.apply"),
        Binding("down", "go(1)", "Next", show=False, id="facets.next", priority=True),
        Binding("up", "go(-1)", "Before", show=False, id="facets.before", priority=True),
        Binding(
            "tab", "take", "Choose", id="facets.take", tooltip="Choose it, and go on choosing.",
            priority=True,
        ),
        # In a field this key cuts the text; here there is hardly any to cut.
        Binding(
            "ctrl+x", "clear", "None", id="facets.clear", tooltip="Remove the whole filter.",
            priority=True,
        ),
    ]  # fmt: skip
    DEFAULT_CSS = """
    FacetChooser OptionList { margin: 1 0; }
    FacetChooser PlainText { padding: 0 1; }
    FacetChooser #counted { height: 1; }
    """

    AUTO_FOCUS = "Input"

    def __init__(
        self,
        title: str,
        facets: Mapping[str, Sequence[str]],
        *,
        chosen: Where,
        fields: Sequence[str] = (),
        count: Count | None = None,
        one: str = "product",
    ) -> None:
        super().__init__(title, box="-tall")
        self._count, self._one = count, one
        self._facets = {name: list(values) for name, values in facets.items()}
        self._fields = list(dict.fromkeys([*facets, *fields]))
        self._chosen = dict(chosen)
        self._is_changed = False
        self._found: list[tuple[str, str]] = []
        self._exact: list[tuple[str, str]] = []
        self._prefers_found = False
        """Whether a value on offer is what was typed but for its case."""
        self._lines: list[tuple[str, str] | None] = []

    def body(self) -> ComposeResult:
        """The field to type in, the values that match, what they would leave, and the keys."""
        yield TextInput(placeholder="type to find a field or a value, or FIELD=VALUE", compact=True)
        yield OptionList(markup=False)
        yield PlainText(id="counted")
        yield PlainText(_KEYS, id="keys")

    def on_mount(self) -> None:
        """Show every value, until something is typed."""
        self._narrow()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._narrow()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_apply()

    def action_apply(self) -> None:
        """Answer the filter."""
        # With nothing chosen yet, enter chooses the value under the cursor.
        if not self._is_changed:
            self._turn()
        self.dismiss(self._chosen)

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.action_take()

    @on(OptionList.OptionHighlighted)
    def _highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        pair = self._pair
        if pair is not None and self._count is not None:
            where = {**self._chosen, pair[0]: pair[1]}
            if self._chosen.get(pair[0]) == pair[1]:
                where = self._chosen
            self._show_count(where)
        else:
            self.workers.cancel_group(self, "count")
            self._show_status(Content(""))

    @work(exclusive=True, group="count")
    async def _show_count(self, where: Where) -> None:
        """Count what the filter would leave; moving the cursor cancels the count."""
        if self._count is None:
            return
        self._show_status(Content.styled("◌ counting …", "$text-muted"))
        words = Content.assemble((where_words(where), "bold"), "   ")
        try:
            count = await self._count(where)
        except SegOpsError as error:
            problem = problem_of(error)
            words += Content.styled(one_line(f"{problem.symbol} {problem.line}"), "$error")
        else:
            if count is not None:
                style = "$success" if count else "$warning"
                words += Content.styled(wording.plural(count, self._one), style)
        self._show_status(words)

    def action_go(self, step: int) -> None:
        """Go to the next value, or the one before; the field keeps the focus."""
        options = self.query_one(OptionList)
        if step > 0:
            options.action_cursor_down()
        else:
            options.action_cursor_up()

    def action_take(self) -> None:
        """Choose the value under the cursor, or take it back, and stay."""
        if self._turn():
            self._is_changed = True
            self._draw(keep_position=True)

    def action_clear(self) -> None:
        """Answer an empty filter."""
        self.dismiss({})

    @property
    def _pair(self) -> tuple[str, str] | None:
        at = self.query_one(OptionList).highlighted
        return None if at is None or at >= len(self._lines) else self._lines[at]

    def _turn(self) -> bool:
        pair = self._pair
        if pair is None:
            return False
        field, value = pair
        if self._chosen.get(field) == value:
            del self._chosen[field]
        else:
            self._chosen[field] = value
        return True

    def _show_status(self, words: Content) -> None:
        self.query_one("#counted", PlainText).update(words)

    def _narrow(self) -> None:
        typed = self.query_one(Input).value.strip()
        field, equals, value = (part.strip() for part in typed.partition("="))
        # Written as `Color=pine`, the field is `color`, and `Pine` is offered before `pine`.
        if field not in self._fields:
            field = next((name for name in self._fields if _same(name, field)), "")
        is_pair = bool(equals and value and field)
        words = (value if is_pair else typed).casefold().split()
        self._found = [
            (name, each)
            for name, values in self._facets.items()
            if not is_pair or name == field
            for each in values
            if len(each) <= _LONGEST and _fits(each if is_pair else f"{name} {each}", words)
        ]
        if is_pair:
            self._found.sort(key=lambda pair: (pair[1] != value, not _same(pair[1], value)))
        # A chosen value can be taken back even when the server does not list it.
        offered = {(field, value) for field, values in self._facets.items() for value in values}
        exact = [pair for pair in self._chosen.items() if pair not in offered]
        if is_pair and (field, value) not in self._found:
            exact = [(field, value), *exact]
        self._exact = list(dict.fromkeys(exact))
        self._prefers_found = is_pair and any(_same(each, value) for _, each in self._found)
        self._draw(keep_position=False)

    def _draw(self, *, keep_position: bool) -> None:
        options = self.query_one(OptionList)
        at = options.highlighted
        self._lines = []
        drawn: list[Option] = []
        if not self._prefers_found:
            self._add_exact(drawn)
        heading = ""
        for field, value in self._found[:MOST]:
            if field != heading:
                heading = field
                self._add(drawn, Option(self._headed(field), disabled=True), None)
            self._add(drawn, Option(self._valued(field, value)), (field, value))
        hidden = len(self._found) - MOST
        if hidden > 0:
            words = f"{hidden:,} more; type to find them"
            self._add(drawn, Option(Content.styled(words, "$text-muted"), disabled=True), None)
        if self._prefers_found:
            self._add_exact(drawn)
        if not drawn:
            words = "No field or value matches. FIELD=VALUE filters by exactly that."
            self._add(drawn, Option(Content.styled(words, "$text-muted"), disabled=True), None)
        options.set_options(drawn)
        first = next((n for n, pair in enumerate(self._lines) if pair is not None), None)
        options.highlighted = at if keep_position else first
        if options.highlighted is None:
            # No value is under the cursor, so the count of the last one is not its count.
            self.workers.cancel_group(self, "count")
            self._show_status(Content(""))

    def _add_exact(self, drawn: list[Option]) -> None:
        for pair in self._exact:
            self._add(drawn, Option(self._exactly(pair)), pair)

    def _add(self, drawn: list[Option], option: Option, pair: tuple[str, str] | None) -> None:
        drawn.append(option)
        self._lines.append(pair)

    def _headed(self, field: str) -> Content:
        count = wording.plural(len(self._facets[field]), "value")
        return Content.assemble(
            (one_line(field.replace("_", " ").upper()), "bold $text-muted"),
            (f"  {count}", "$text-muted"),
        )

    def _valued(self, field: str, value: str) -> Content:
        is_chosen = self._chosen.get(field) == value
        sign = ("  ✓ ", "$success") if is_chosen else ("    ", "")
        return Content.assemble(sign, (one_line(value), "bold" if is_chosen else ""))

    def _exactly(self, pair: tuple[str, str]) -> Content:
        is_chosen = self._chosen.get(pair[0]) == pair[1]
        sign = ("  ✓ ", "$success") if is_chosen else ("  = ", "$primary")
        return Content.assemble(
            sign, (where_words(dict([pair])), "bold"), ("  exactly", "$text-muted")
        )


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def _fits(text: str, words: Sequence[str]) -> bool:
    folded = text.casefold()
    return all(word in folded for word in words)


def where_words(where: Where) -> str:
    """A filter as text on a border: `brand=Fern · color=Moss`."""
    return " · ".join(crop(one_line(f"{name}={value}"), 32) for name, value in where.items())


def facets_of(raw: Mapping[str, object]) -> dict[str, list[str]]:
    """The fields of an answer that have short values to choose from."""
    found = {}
    for name, values in raw.items():
        if not isinstance(values, list):
            continue
        texts = [str(value) for value in values if isinstance(value, str | int | float)]
        short = [text for text in texts if text and len(text) <= _LONGEST]
        if 2 * len(short) > len(texts):
            found[str(name)] = list(dict.fromkeys(short))
    return found


_KEYS: Final = key_hints(
    ("enter", "choose"),
    ("tab", "one more"),
    ("↑ ↓", "go"),
    ("ctrl+x", "none"),
    ("esc", "cancel"),
)
