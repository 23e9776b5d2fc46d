"""ProfilesScreen: the profiles, their workspaces, guards and where their keys are kept."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar, Final

from rich.text import Text
from textual import on, work
from textual.binding import Binding
from textual.content import Content
from textual.widgets import Input

from segops_tui.api.errors import SegOpsError
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.core.text import key_hints, one_line
from segops_tui.tui.core.theme import PROFILE_COLOURS
from segops_tui.tui.dialogs.dialog import Dialog
from segops_tui.tui.profiles.form import ProfileForm
from segops_tui.tui.table.messages import RowHighlighted, RowSelected
from segops_tui.tui.table.virtual_table import TableColumn, VirtualTable
from segops_tui.tui.widgets.plain_text import PlainText
from segops_tui.tui.widgets.text_input import TextInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from segops_tui.config.profiles import Profile
    from segops_tui.tui.core.profiles import Known, Profiles

_MEANS: Final = {
    "production": "production: locked until U unlocks it for 15 minutes",
    "none": "none: changes are sent at once",
}
_GUARDS: Final = {"production": "▲ production", "read-only": "◇ read-only", "none": "· none"}


class ProfileFilter(TextInput):
    """The filter of the list; Enter chooses from the rows that match."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "screen.leave_filter", "All", id="profiles.all", tooltip="Show all."),
        Binding("up,down", "screen.to_list", "List", show=False, id="profiles.list"),
    ]


class ProfilesScreen(Dialog["Profile"]):
    """A table of profiles; answers the one to switch to, or None to stay."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter", id="profiles.filter", tooltip="Type part of a name."),
        Binding("a", "add", "Add", id="profiles.add", tooltip="Add a profile."),
        Binding("e", "edit", "Edit", id="profiles.edit", tooltip="Change this profile."),
        Binding("ctrl+s", "go", "Switch", show=False, id="profiles.go"),
        Binding("escape,q,p", "cancel", "Back", id="profiles.back", tooltip="Stay where you are."),
    ]

    def __init__(self, profiles: Profiles, *, current: Profile) -> None:
        super().__init__("Profiles", box="-tall")
        self._profiles, self._current = profiles, current
        self._known: Sequence[Known] = ()

    def body(self) -> ComposeResult:
        """The filter, the table, and what it has no room for."""
        yield ProfileFilter(placeholder="part of a name, a workspace or an address")
        yield VirtualTable(self._columns(), markable=False)
        yield PlainText(id="about")
        yield PlainText(_KEYS, id="profile-keys")

    def on_mount(self) -> None:
        """List the profiles."""
        self.query_one(ProfileFilter).display = False
        self._table.empty_text = "No profile matches. esc clears the filter."
        self._table.focus()
        self._list(self._current.name)

    @work(exclusive=True, group="profiles")
    async def _list(self, cursor: str) -> None:
        try:
            self._known = await asyncio.to_thread(self._profiles.known)
        except SegOpsError as error:
            self._table.empty_text = one_line(problem_of(error).line)
            self._table.set_rows([], key=_name)
            return
        self._show_matching()
        names = [known.name for known in self._shown()]
        if cursor in names:
            self._table.cursor_row = names.index(cursor)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._show_matching()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._go()

    def action_go(self) -> None:
        """Switch to the profile under the cursor."""
        self._go()

    @on(RowHighlighted)
    def _highlighted(self, event: RowHighlighted) -> None:
        event.stop()
        self.query_one("#about", PlainText).update(_about(event.row))

    @on(RowSelected)
    def _selected(self, event: RowSelected) -> None:
        event.stop()
        self._go()

    def action_filter(self) -> None:
        """Open the filter."""
        self.query_one(ProfileFilter).display = True
        self.query_one(ProfileFilter).focus()

    def action_leave_filter(self) -> None:
        """Close the filter and show every profile."""
        self.query_one(ProfileFilter).value = ""
        self.query_one(ProfileFilter).display = False
        self._table.focus()

    def action_to_list(self) -> None:
        """Go to the list."""
        self._table.focus()

    def action_add(self) -> None:
        """Add a profile in a form."""
        names = [known.name for known in self._known]
        self._open(ProfileForm(self._profiles, taken=names))

    def action_edit(self) -> None:
        """Change the profile under the cursor in a form."""
        known = self._under_cursor
        if known is None:
            return
        if not known.kept or known.profile is None:
            words = known.fault or "It is not in the config file, so there is nothing to change."
            self.notify(one_line(words), title=one_line(known.name), markup=False)
            return
        self._open(ProfileForm(self._profiles, old=known.profile))

    @work(exclusive=True, group="form")
    async def _open(self, form: ProfileForm) -> None:
        name = await self.app.push_screen_wait(form)
        if name is not None:
            self.notify("Saved. Press enter to switch to it.", title=one_line(name), markup=False)
            self._list(name)

    def _go(self) -> None:
        known = self._under_cursor
        if known is None:
            return
        if known.profile is None:
            words = one_line(known.fault)
            self.notify(words, title=one_line(known.name), severity="error", markup=False)
            return
        self.dismiss(known.profile)

    @property
    def _table(self) -> VirtualTable:
        return self.query_one(VirtualTable)

    @property
    def _under_cursor(self) -> Known | None:
        row: Known | None = self._table.current_row
        return row

    def _shown(self) -> list[Known]:
        words = self.query_one(ProfileFilter).value.casefold().split()
        return [known for known in self._known if all(w in _searched(known) for w in words)]

    def _show_matching(self) -> None:
        self._table.set_rows(self._shown(), key=_name)

    def _columns(self) -> list[TableColumn]:
        return [
            TableColumn("name", "PROFILE", self._named, min_width=12, max_width=30),
            TableColumn("guard", "GUARD", self._guard, width=12),
            TableColumn("where", "WORKSPACE", _where, flex=True, max_width=60, priority=1),
            TableColumn("key", "KEY", _key_short, max_width=34, priority=2),
        ]

    def _named(self, known: Known) -> Text:
        here = "▸ " if known.name == self._current.name else "  "
        profile = known.profile
        colour = PROFILE_COLOURS.get((profile and profile.colour) or "", "$foreground")
        bold = "bold " if here.strip() else ""
        about = "  here" if here.strip() else ""
        return Text.assemble(
            here,
            ("■ ", self._style(colour)),
            (one_line(known.name), f"{bold}{self._style(colour)}"),
            (about, self._style("$success")),
        )

    def _guard(self, known: Known) -> Text:
        guard = "" if known.profile is None else known.profile.guard
        tones = {"production": "$error", "read-only": "$warning"}
        words = _GUARDS.get(guard, one_line(guard))
        return Text(words, self._style(tones.get(guard, "$text-muted")))

    def _style(self, name: str) -> Any:
        """A colour of the theme as Rich, which draws the table, names it."""
        return self.app.theme_variables.get(name.removeprefix("$"), name.removeprefix("ansi_"))


_KEYS: Final = key_hints(
    ("enter", "switch to it"),
    ("/", "filter"),
    ("a", "add"),
    ("e", "edit"),
    ("esc", "back"),
)


def _name(known: Known) -> str:
    return known.name


def _where(known: Known) -> str:
    profile = known.profile
    if profile is None:
        return f"✗ {known.fault}"
    if profile.is_sandbox:
        return "the built-in sandbox"
    return profile.workspace or profile.api_url


def _key(known: Known) -> str:
    return known.key or ("none needed" if known.profile and known.profile.is_sandbox else "–")


def _key_short(known: Known) -> str:
    return _key(known).partition(" · ")[0]


def _about(known: Known) -> Content:
    """What the table has no room for."""
    if known.profile is None:
        return Content.styled(one_line(f"✗ {known.fault}"), "$error")
    facts = (
        ("Address", "the built-in sandbox" if known.profile.is_sandbox else known.profile.api_url),
        ("Key", _key(known)),
        ("Guard", _MEANS.get(known.profile.guard, "every change is refused")),
    )
    lines = [
        Content.assemble((f"{label:<9}", "$text-muted"), one_line(words)) for label, words in facts
    ]
    return Content("\n").join(lines)


def _searched(known: Known) -> str:
    profile = known.profile
    more = "" if profile is None else f"{profile.api_url} {profile.guard}"
    return f"{known.name} {_where(known)} {more}".casefold()
