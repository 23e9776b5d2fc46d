"""The rule builder: a rule as rows to pick from, and how many users each condition has alone.

It holds no rule of its own: each edit is a new text, which the editor puts into the JSON.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.geometry import Region
from textual.message import Message
from textual.style import Style

from segops_tui import wording
from segops_tui.api.errors import Invalid, SegOpsError
from segops_tui.nouns.action import Action
from segops_tui.tui.core.actions import ActionOwner, bindings, run_flow
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.core.sized import Sized
from segops_tui.tui.core.text import crop, fit, one_line
from segops_tui.tui.dialogs.chooser import Chooser
from segops_tui.tui.rules.json_edits import EditRefused
from segops_tui.tui.rules.pickers import picker_for
from segops_tui.tui.rules.preview import DEBOUNCE
from segops_tui.tui.rules.rows import (
    Row,
    add_condition,
    change_operator,
    change_type,
    key_of,
    move_row,
    opposite,
    reason_no_rows,
    remove_row,
    rows_of,
    set_part,
    switch_logic,
    ungroup,
)
from segops_tui.tui.rules.templates import template
from segops_tui.tui.widgets.plain_text import PlainText

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from segops_tui.api.condition_types import Kind
    from segops_tui.tui.core.workspace import Workspace
    from segops_tui.tui.rules.draft import RuleDraft
    from segops_tui.tui.rules.json_positions import Path
    from segops_tui.tui.rules.templates import Vocabulary

TYPE_WIDTH: Final = 19
COUNT_WIDTH: Final = 13
MOST_IN_PART: Final = 32
"""Cells of one part; the JSON has all of it."""
NO_COUNTS: Final = "No counts: the API has no preview of product segments."

Counts = dict[str, int | None]
"""Users by condition; None where the server refuses the condition."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """The row and the part of it that keys are about."""

    row: int = 0
    part: int = 0


def narrowest(rows: Sequence[Row], counts: Counts) -> int | None:
    """The row that narrows the rule most: of all conditions that must hold, the rarest.

    None while one of them is not counted, since that may be it.
    """
    if not rows or rows[0].value.get("logic") != "AND":
        return None
    places = [place for place, row in enumerate(rows) if row.depth == 1 and row.is_condition]
    found = [
        (count, place)
        for place in places
        if (count := counts.get(key_of(rows[place].value))) is not None
    ]
    if len(found) < len(places):
        return None
    least = min(found, default=None)
    if len(found) < 2 or least is None or least[0] == max(found)[0]:
        return None
    return least[1]


def draw_rows(
    rows: Sequence[Row],
    cells: int,
    *,
    cursor: Cursor | None,
    counts: Counts,
    marked: frozenset[Path] = frozenset(),
    counted: bool = True,
) -> list[list[Content]]:
    """The lines of each row: its parts, its count at the right, and what is wrong with it."""
    narrow = narrowest(rows, counts)
    return [
        _row_lines(
            row,
            place,
            cells,
            at=cursor.part if cursor is not None and cursor.row == place else None,
            marked=row.path in marked,
            count=_count(row, counts, is_narrowest=place == narrow) if counted else Content(""),
        )
        for place, row in enumerate(rows)
    ]


def _row_lines(
    row: Row, place: int, cells: int, *, at: int | None, marked: bool, count: Content
) -> list[Content]:
    sign = "▸" if at is not None else " "
    mark = "*" if marked else " "
    indent = "  " * max(0, row.depth - 1)
    room = cells - COUNT_WIDTH - len(indent) - 3
    pieces = [_piece(row, place, number, at=at, room=room) for number in range(len(row.parts))]
    if row.kind == "json":
        style = _style(place, 0, is_current=at is not None)
        words = fit("JSON only", TYPE_WIDTH) + " " + one_line(row.words)
        pieces = [Content.styled(crop(words, room), "$text-muted").stylize(style)]
    line = Content(" ").join(pieces)
    if row.unknown:
        extra = f" +{wording.plural(len(row.unknown), 'field')} JSON only"
        line = line + Content.styled(extra, "$text-muted")
    if line.cell_length > room:
        line = line.truncate(room, ellipsis=True)
    gap = " " * max(1, room - line.cell_length)
    head = Content.styled(f"{sign}{mark}{indent}", "bold $primary")
    lines = [head + line + gap + count]
    if row.fault:
        fault = crop(f"   {indent}✗ {one_line(row.fault)}", cells)
        lines.append(Content.styled(fault, "$error"))
    return lines


def _piece(row: Row, place: int, number: int, *, at: int | None, room: int) -> Content:
    part = row.parts[number]
    words = crop(one_line(part.words), min(MOST_IN_PART, max(8, room // 2)))
    if part.name == "type":
        words = fit(words, TYPE_WIDTH)
    colour = "bold $primary" if part.name == "logic" else "$accent" if part.name == "type" else ""
    if not part.is_set or part.is_odd:
        colour = "$text-muted"
    return Content.styled(words, colour).stylize(_style(place, number, is_current=at == number))


def _style(place: int, part: int, *, is_current: bool) -> Style:
    meta = Style.from_meta({"row": place, "part": part})
    return meta + Style(reverse=True) if is_current else meta


def _count(row: Row, counts: Counts, *, is_narrowest: bool) -> Content:
    if row.kind == "group":
        words = "users alone" if row.depth == 0 else ""
        return Content.styled(fit(words, COUNT_WIDTH - 2, "right"), "$text-muted")
    if not row.is_condition:
        return Content("")
    key = key_of(row.value)
    if key not in counts:
        return Content.styled(fit("…", COUNT_WIDTH - 2, "right"), "$text-muted")
    count = counts[key]
    if count is None:
        return Content.styled(fit("?", COUNT_WIDTH - 2, "right"), "$error")
    shown = fit(wording.count(count), COUNT_WIDTH - 2, "right")
    return Content.styled(f"{shown} ◂", "bold $warning") if is_narrowest else Content(shown)


async def _edit(builder: RuleBuilder) -> None:
    await builder.edit_part()


async def _add(builder: RuleBuilder) -> None:
    await builder.add()


async def _group(builder: RuleBuilder) -> None:
    await builder.group()


_COMMAND: Final = "segments update {id} {fields}"

BUILDER_ACTIONS: Final = (
    Action(
        "builder.edit", "Change", "enter", "one", _COMMAND,
        help="Choose another value for the part under the cursor.", run=_edit,
    ),
    Action(
        "builder.add", "Add", "a", "one", _COMMAND,
        help="Choose a kind of condition and add one below the cursor.", run=_add,
    ),
    Action(
        "builder.delete", "Delete", "d,delete", "one", _COMMAND,
        help="Remove the condition under the cursor, or the marked ones.",
        run=lambda builder: builder.delete(),
        unavailable=lambda builder: builder.why_not_condition(),
    ),
    Action(
        "builder.group", "Group", "g", "marked", _COMMAND,
        help="Make a segment of the marked conditions and refer to it: rules have no groups.",
        changes=True, run=_group, unavailable=lambda builder: builder.why_not_grouped(),
    ),
    Action(
        "builder.not", "Not", "exclamation_mark", "one", _COMMAND,
        help="Turn the condition into its exact opposite, where an operator says that.",
        run=lambda builder: builder.negate(),
        unavailable=lambda builder: builder.why_not_negated(),
    ),
    Action(
        "builder.logic", "All/any", "o", "one", _COMMAND,
        help="Switch between all and any of the conditions.",
        run=lambda builder: builder.switch(),
    ),
    Action(
        "builder.undo", "Undo", "u", "pane", _COMMAND,
        help="Undo the last change of the rule.",
        run=lambda builder: builder.post_message(RuleBuilder.Undone()),
    ),
    Action(
        "builder.mark", "Mark", "space", "one", _COMMAND,
        help="Mark the condition, to group or remove several.",
        run=lambda builder: builder.mark(),
        unavailable=lambda builder: builder.why_not_condition(),
    ),
    Action(
        "builder.move_up", "Move up", "K,shift+up", "one", _COMMAND,
        help="Move the condition up.", run=lambda builder: builder.move(-1),
        unavailable=lambda builder: builder.why_not_condition(),
    ),
    Action(
        "builder.move_down", "Move down", "J,shift+down", "one", _COMMAND,
        help="Move the condition down.", run=lambda builder: builder.move(1),
        unavailable=lambda builder: builder.why_not_condition(),
    ),
)  # fmt: skip


class RuleBuilder(ActionOwner, VerticalScroll, Sized, can_focus=True):
    """Rows of condition, operator and value; arrows move, enter picks."""

    ACTIONS: ClassVar[Sequence[Action]] = BUILDER_ACTIONS
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(BUILDER_ACTIONS),
        Binding("up,k", "step(-1, 0)", "Up", show=False, id="builder.up"),
        Binding("down,j", "step(1, 0)", "Down", show=False, id="builder.down"),
        Binding("left,h", "step(0, -1)", "Left", show=False, id="builder.left"),
        Binding("right,l", "step(0, 1)", "Right", show=False, id="builder.right"),
        Binding("home", "step(-1000, 0)", "First", show=False, id="builder.first"),
        Binding("end", "step(1000, 0)", "Last", show=False, id="builder.last"),
    ]
    DEFAULT_CSS = """
    RuleBuilder {
        padding: 1 1 0 0; scrollbar-size-vertical: 1; background: $background;
        PlainText { height: auto; width: 1fr; }
    }
    """

    class Edited(Message):
        """The rule is to have another text."""

        def __init__(self, text: str) -> None:
            self.text = text
            super().__init__()

    class Undone(Message):
        """The user asked to undo the last change."""

    class JsonWanted(Message):
        """A part can only be changed as JSON."""

        def __init__(self, path: Path) -> None:
            self.path = path
            super().__init__()

    class ConditionWanted(Message):
        """The user asked for a new condition."""

    class GroupWanted(Message):
        """The user asked to make a segment of some conditions."""

        def __init__(self, rows: Sequence[Row]) -> None:
            self.rows = rows
            super().__init__()

    def __init__(
        self,
        workspace: Workspace,
        kind: Kind,
        *,
        vocabulary: Callable[[], Vocabulary],
        choose_type: Callable[[str], Awaitable[str | None]],
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self.workspace, self._kind = workspace, kind
        self._vocabulary, self._choose_type = vocabulary, choose_type
        self.rows: list[Row] = []
        self._text, self._reason, self._trouble = "", "", ""
        self._cursor = Cursor()
        self._goal: Path | None = None
        self._marked: frozenset[Path] = frozenset()
        self._counts: Counts = {}
        self._drawn = PlainText()
        self._tops: list[int] = []

    def compose(self) -> ComposeResult:
        """The rows in one widget, which scrolls."""
        yield self._drawn

    def fit_size(self) -> None:
        """Fit the rows to the new width."""
        self._draw()

    def on_focus(self) -> None:
        """Show the cursor."""
        self._draw()

    def on_blur(self) -> None:
        """Hide the cursor."""
        self._draw()

    def on_click(self, event: events.Click) -> None:
        """Go to the part that was clicked on; a second click picks."""
        meta = event.style.meta
        if "row" not in meta:
            return
        to = Cursor(meta["row"], meta["part"])
        if to == self._cursor and event.chain > 1:
            self.perform(self.action("builder.edit"))
        self._cursor = to
        self._moved()

    @property
    def row(self) -> Row | None:
        """The row under the cursor."""
        return self.rows[self._cursor.row] if self._cursor.row < len(self.rows) else None

    @property
    def chosen(self) -> list[Row]:
        """The marked conditions, else the one under the cursor."""
        marked = [row for row in self.rows if row.path in self._marked]
        return marked or ([self.row] if self.row is not None and self.row.depth else [])

    def show(self, draft: RuleDraft) -> None:
        """Show the rows of a text, and count its conditions once it rests."""
        names = self.workspace.names
        self._text, self._reason = draft.text, reason_no_rows(draft.text)
        definition = draft.definition if not self._reason else None
        self.rows = [] if definition is None else rows_of(definition, kind=self._kind, names=names)
        paths = {row.path for row in self.rows}
        self._marked &= paths
        if self._goal is not None:
            self.go_to(self._goal)
            self._goal = None
        self._clamp()
        self._draw()
        self._count(DEBOUNCE)

    def put(self, text: str) -> None:
        """Post another text; what was marked may have another place in it."""
        self._marked = frozenset()
        self.post_message(self.Edited(text))

    def recount(self) -> None:
        """Fetch every count again."""
        self._counts.clear()
        self._count(0.0)

    def go_to(self, path: Path) -> None:
        """Put the cursor on the row of a path, or of what is around it."""
        near = [n for n, row in enumerate(self.rows) if row.path == path[: len(row.path)]]
        if near:
            place = max(near, key=lambda n: len(self.rows[n].path))
            inside = path[len(self.rows[place].path) :]
            parts = [part.name for part in self.rows[place].parts]
            at = parts.index(inside[0]) if inside and inside[0] in parts else 0
            self._cursor = Cursor(place, at)
            self._moved()

    async def edit_part(self) -> None:
        """Pick another value for the part under the cursor."""
        row = self.row
        if row is None:
            return
        part = row.parts[min(self._cursor.part, len(row.parts) - 1)] if row.parts else None
        if part is None or part.is_odd:
            self.post_message(self.JsonWanted(row.path if part is None else (*row.path, part.name)))
        elif part.name == "logic":
            self.switch()
        elif part.name == "type":
            await self._edit_type(row)
        else:
            await self._pick(row, part.name)

    async def add(self) -> None:
        """Choose a type and add a condition of it below the cursor."""
        if not self.rows:
            return
        place = self._cursor.row
        name = await self._choose_type("")
        if name is None or place >= len(self.rows):
            return
        condition = template(name, self._kind, self._vocabulary())
        row = self.rows[place]
        if row.kind == "group":
            self._goal = (*row.path, "conditions", 0)
        elif isinstance(row.path[-1], int):
            self._goal = (*row.path[:-1], row.path[-1] + 1)
        self._change(lambda text: add_condition(text, self.rows, place, condition))

    def add_last(self, name: str) -> None:
        """Add a condition of a type below the last one."""
        condition = template(name, self._kind, self._vocabulary())
        top = [n for n, row in enumerate(self.rows) if row.depth <= 1]
        place = top[-1] if top else 0
        at = len(top) - 1
        self._goal = ("conditions", at)
        self._change(lambda text: add_condition(text, self.rows, place, condition))

    def delete(self) -> None:
        """Remove the chosen conditions."""
        chosen = sorted(self.chosen, key=lambda row: row.path, reverse=True)
        kept = [
            row
            for row in chosen
            if not any(row is not o and row.path[: len(o.path)] == o.path for o in chosen)
        ]

        def change(text: str) -> str:
            for row in kept:
                text = remove_row(text, row)
            return text

        self._change(change)

    def negate(self) -> None:
        """Turn the condition into its opposite."""
        row = self.row
        if row is None:
            return

        def change(text: str) -> str:
            for name, value in opposite(row).items():
                text = set_part(text, row, name, value)
            return text

        self._change(change)

    def switch(self) -> None:
        """Switch ALL and ANY of the group that the cursor is in."""
        row = self.row
        groups = [each for each in self.rows if each.kind == "group"]
        if row is None or not groups:
            return
        around = [each for each in groups if each.path == row.path[: len(each.path)]]
        self._change(lambda text: switch_logic(text, around[-1]))

    def mark(self) -> None:
        """Mark the condition, or unmark it, and go on to the next."""
        if self.row is not None:
            self._marked ^= {self.row.path}
            self.action_step(1, 0)

    def move(self, step: int) -> None:
        """Move the condition within its list."""
        row = self.row
        if row is None:
            return
        try:
            text, self._goal = move_row(self._text, row, step)
        except EditRefused:
            return
        self.put(text)

    async def group(self) -> None:
        """Ask for a segment of the chosen conditions; a nested group is dissolved."""
        row = self.row
        if row is not None and row.kind == "group":
            self._change(lambda text: ungroup(text, row))
        else:
            self.post_message(self.GroupWanted(self.chosen))

    def why_not_condition(self) -> str:
        """A condition must be chosen."""
        return "" if self.chosen else "Move the cursor to a condition."

    def why_not_negated(self) -> str:
        """There must be an operator that says the opposite."""
        if self.row is None or self.row.kind != "condition":
            return "Move the cursor to a condition."
        if opposite(self.row):
            return ""
        return "No operator says exactly the opposite; a segment that is “not in” does."

    def why_not_grouped(self) -> str:
        """Conditions of one list are grouped, and only users have segments."""
        row = self.row
        if row is not None and row.kind == "group" and row.depth:
            return ""
        if self._kind == "product":
            return "The API has no groups, and product segments cannot refer to each other."
        chosen = self.chosen
        if not chosen:
            return "Move the cursor to a condition; space marks several."
        if len({row.path[:-1] for row in chosen}) > 1:
            return "The marked conditions are not in one list."
        if any(row.kind != "condition" or row.fault for row in chosen):
            return "Only conditions without faults can be grouped."
        return ""

    def action_step(self, rows: int, parts: int) -> None:
        """Move the cursor."""
        place = min(max(self._cursor.row + rows, 0), max(0, len(self.rows) - 1))
        self._cursor = Cursor(place, max(0, self._cursor.part + parts))
        self._clamp()
        self._moved()

    async def _edit_type(self, row: Row) -> None:
        name = await self._choose_type(str(row.value.get("type", "")))
        if name is None or row.value not in [each.value for each in self.rows]:
            return
        pattern = template(name, self._kind, self._vocabulary())
        self._goal = (*row.path, "type")
        self._change(lambda text: change_type(text, row, pattern, kind=self._kind))

    async def _pick(self, row: Row, name: str) -> None:
        part = row.part(name)
        if part is None:
            return
        picker = picker_for(row, part, kind=self._kind, vocabulary=self._vocabulary())
        choice = await self.app.push_screen_wait(
            Chooser(
                picker.title,
                picker.choices,
                current=picker.current,
                empty=picker.empty,
                placeholder=picker.placeholder,
                new=picker.new,
            )
        )
        now = next((each for each in self.rows if each.path == row.path), None)
        if choice is None or now is None or now.value != row.value:
            return
        self._goal = (*row.path, name)
        if name == "operator":
            self._change(lambda text: change_operator(text, row, choice.value))
        else:
            self._change(lambda text: set_part(text, row, name, choice.value))

    def _change(self, edit: Callable[[str], str]) -> None:
        """Post the text after an edit; the editor shows it, and the rows follow."""
        try:
            text = edit(self._text)
        except EditRefused as error:
            self._goal = None
            self.notify(f"Change it as JSON: {error}", severity="warning", markup=False)
            return
        self.put(text)

    def _count(self, delay: float) -> None:
        """Count what is on screen; counting of earlier rows ends."""
        if self._kind == "user" and self.display:
            run_flow(self, self._fetch_counts, delay, group="counts", exclusive=True)
        else:
            self.workers.cancel_group(self, "counts")

    async def _fetch_counts(self, delay: float) -> None:
        """Count each condition that is not counted yet, one after the other."""
        self._trouble = ""
        client = self.workspace.client
        wanted = {key_of(row.value): row.value for row in self.rows if row.is_condition}
        missing = {key: value for key, value in wanted.items() if key not in self._counts}
        if not missing:
            return
        await client.sleep(delay)
        for key, condition in missing.items():
            definition = {"logic": "AND", "conditions": [condition]}
            try:
                found = await client.segments.preview(definition=definition, limit=1)
            except Invalid:
                self._counts[key] = None
            except SegOpsError as error:
                problem = problem_of(error)
                self._trouble = f"Counts are not available: {problem.line} ctrl+r tries again."
                self._draw()
                return
            else:
                self._counts[key] = found.matched_users
            self._draw()

    def _clamp(self) -> None:
        row = min(self._cursor.row, max(0, len(self.rows) - 1))
        parts = len(self.rows[row].parts) if row < len(self.rows) else 0
        self._cursor = Cursor(row, min(self._cursor.part, max(0, parts - 1)))

    def _moved(self) -> None:
        self._draw()
        self.refresh_bindings()
        if self._cursor.row < len(self._tops):
            top = self._tops[self._cursor.row]
            self.scroll_to_region(Region(0, top, 1, 1), animate=False)

    def _draw(self) -> None:
        cells = max(30, self.size.width - 1)
        if self._reason:
            words = f"{self._reason} ctrl+t shows the JSON."
            self._drawn.update(Content.styled(words, "$warning"))
            self._tops = []
            return
        drawn = draw_rows(
            self.rows,
            cells,
            cursor=self._cursor if self.has_focus else None,
            counts=self._counts,
            marked=self._marked,
            counted=self._kind == "user",
        )
        self._tops = []
        lines: list[Content] = []
        for each in drawn:
            self._tops.append(len(lines))
            lines.extend(each)
        self._drawn.update(Content("\n").join([*lines, *self._legend(cells)]))

    def _legend(self, cells: int) -> list[Content]:
        """What the counts are, below the rows."""
        if len(self.rows) < 2:
            return [Content(""), Content.styled("No conditions yet. a adds one.", "$text-muted")]
        if self._kind == "product":
            return [Content(""), Content.styled(crop(NO_COUNTS, cells), "$text-muted")]
        if self._trouble:
            return [Content(""), Content.styled(crop(one_line(self._trouble), cells), "$warning")]
        if narrowest(self.rows, self._counts) is not None:
            words = "◂ narrows the rule most: the fewest users on its own."
            return [Content(""), Content.styled(crop(words, cells), "$text-muted")]
        return []
