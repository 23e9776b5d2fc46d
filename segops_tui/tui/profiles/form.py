"""ProfileForm: add or change a profile; its key is masked and wiped when the form closes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual import on, work
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Checkbox, Input

from segops_tui.api.address import checked_base, origin
from segops_tui.api.errors import SegOpsConfigError, SegOpsError
from segops_tui.api.keys import redact, require_secret_key
from segops_tui.config.faults import command_faults, variable_faults
from segops_tui.config.profiles import COLOURS, DEFAULT_URL, GUARDS, implied_guard
from segops_tui.config.store import NewProfile, check_name
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.core.text import key_hints, one_line
from segops_tui.tui.core.theme import PROFILE_COLOURS
from segops_tui.tui.dialogs.dialog import Dialog
from segops_tui.tui.widgets.choice import Choice
from segops_tui.tui.widgets.plain_text import PlainText
from segops_tui.tui.widgets.text_input import TextInput
from segops_tui.tui.widgets.tick import Tick

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.widget import Widget

    from segops_tui.config.profiles import Profile
    from segops_tui.tui.core.profiles import Profiles

AS_IT_IS: Final = "as it is"
TYPED: Final = "typed here"
VARIABLE: Final = "variable"
COMMAND: Final = "command"
KEYRING: Final = "keyring"
HIDDEN: Final = frozenset({TYPED, KEYRING})
"""Sources for which the key itself is typed."""
NO_COLOUR: Final = "none"
_ABOUT: Final = {
    AS_IT_IS: "the key is not changed",
    TYPED: "saved in the config file, which only you may read",
    VARIABLE: "read each time; the config file holds its name only",
    COMMAND: "run each time, without a shell; it prints the key",
    KEYRING: "saved in the system's keyring",
}
_APART: Final = frozenset({"name", "source", "guard"})
"""Fields with a blank line before them."""
_HINTS: Final = {VARIABLE: "SEGOPS_STAGING_KEY", COMMAND: "pass show segops/staging"}


@dataclass(frozen=True, slots=True)
class ProfileDraft:
    """The values of the form."""

    name: str
    address: str
    workspace: str
    source: str
    guard: str
    colour: str
    given: str = field(default="", repr=False)
    """The key, the variable's name or the command, depending on the source."""
    old: Profile | None = None
    """The profile to change; None adds one."""
    guard_chosen: bool = False
    """Whether the user chose the guard; else it follows from the name."""

    def missing(self) -> str:
        """Which value is missing; empty when none is."""
        if not self.name:
            return "A name is required."
        if not self.address:
            return f"An address is required, such as {DEFAULT_URL}."
        if self.source != AS_IT_IS and not self.given:
            return {
                VARIABLE: "Which environment variable holds the key?",
                COMMAND: "Which command prints the key?",
            }.get(self.source, "The key is required; it is not shown.")
        return ""

    def fault(self, taken: Collection[str]) -> str:
        """What is wrong with the values; empty when nothing is."""
        try:
            if self.name and self.old is None:
                check_name(self.name)
                if self.name in taken:
                    return f"There is a profile {self.name} already; e changes it."
            if self.address:
                checked_base(self.address)
            if self.given and self.source in HIDDEN:
                require_secret_key(self.given)
        except SegOpsConfigError as error:
            return f"{error} {error.hint or ''}".strip()
        checks = {VARIABLE: variable_faults, COMMAND: command_faults}
        if self.given and self.source in checks:
            for words, remedy in checks[self.source](self.given):
                return f"{words} {remedy}"
        if self._moves_a_key():
            return "Another server needs its own key: the saved one is only sent to its own server."
        return ""

    def new_profile(self) -> NewProfile:
        """The profile to save."""
        settings = {"api_url": self.address}
        before = self.old.workspace if self.old is not None else ""
        if self.workspace != before:
            settings["workspace"] = self.workspace
        if self.guard_chosen:
            settings["guard"] = self.guard
        if self.colour != NO_COLOUR:
            settings["colour"] = self.colour
        keys = {VARIABLE: "key_env", COMMAND: "key_command"}
        if self.source in keys:
            settings[keys[self.source]] = self.given
        typed = self.given if self.source in HIDDEN else None
        return NewProfile(self.name, settings, typed, self.source == KEYRING)

    def _moves_a_key(self) -> bool:
        old = self.old
        if old is None or self.source != AS_IT_IS or not self.address:
            return False
        return origin(self.address) != origin(old.api_url)


class KeyField(TextInput):
    """Masks what is typed; it cannot be copied or cut."""

    def __init__(self, *, id: str, placeholder: str = "") -> None:
        super().__init__(id=id, placeholder=placeholder, password=True, compact=True)

    def action_copy(self) -> None:
        """Refuse: a key is not put on the clipboard."""
        self.notify("A key is not copied.", severity="warning", markup=False)

    def action_cut(self) -> None:
        """Refuse, like copying."""
        self.action_copy()

    @property
    def selected_text(self) -> str:
        """Nothing, so that no key is selected with the mouse."""
        return ""


class OpenField(TextInput):
    """Shows what is typed, and empties itself before a key would be drawn.

    It then ignores input until it loses the focus, as the rest of a key may still be typed.
    """

    _shut = False

    class KeyRefused(Message):
        """A key was typed and removed."""

    def __init__(self, value: str = "", *, id: str, placeholder: str = "", **more: Any) -> None:
        super().__init__(value, id=id, placeholder=placeholder, compact=True, **more)

    def validate_value(self, value: str) -> str:
        """Accept anything but a key."""
        if not self._shut and redact(value) == value:
            return value
        if not self._shut and self.is_running:
            self._shut = self.has_focus
            self.post_message(self.KeyRefused())
        return ""

    def on_blur(self) -> None:
        """Accept input again."""
        self._shut = False


class ProfileForm(Dialog[str]):
    """Answers the name of the saved profile, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", id="form.cancel", tooltip="Save nothing."),
        Binding("ctrl+s", "keep", "Save", id="form.keep", tooltip="Check it and save it."),
        Binding("enter", "go_on", "Next", show=False, id="form.go_on"),
        Binding("down", "app.focus_next", "Next", show=False, id="form.next"),
        Binding("up", "app.focus_previous", "Before", show=False, id="form.before"),
    ]

    def __init__(
        self, profiles: Profiles, *, old: Profile | None = None, taken: Sequence[str] = ()
    ) -> None:
        title = "Add a profile" if old is None else f"Change {one_line(old.name)}"
        super().__init__(title)
        self._profiles, self._old, self._taken = profiles, old, taken
        self._guard_chosen = False
        self._busy = False
        self._typed = False
        """Whether the user has typed: before that nothing is missing yet."""

    def body(self) -> ComposeResult:
        """The fields, the box to tick, what is wrong, and the keys."""
        with VerticalScroll(can_focus=False):
            for label, widget in self._fields():
                with Horizontal(classes="line -apart" if widget.id in _APART else "line"):
                    yield PlainText(label, classes="label")
                    yield widget
                if widget.id == "source":
                    with Horizontal(classes="line", id="given"):
                        yield PlainText(classes="label")
                        yield KeyField(id="hidden", placeholder="sk_… is not shown")
                        yield OpenField(id="shown")
                    yield PlainText(id="about")
            yield Tick(Content("Test the connection before saving"), value=True, compact=True)
            yield PlainText(id="status")
            yield PlainText(_KEYS)

    def on_mount(self) -> None:
        """Focus the first required value."""
        self.query_one("#name" if self._old is None else "#workspace").focus()
        self._look()

    def on_unmount(self) -> None:
        """Wipe the key."""
        self._wipe()

    @property
    def draft(self) -> ProfileDraft:
        """The values of the fields now."""
        source = self._choice("source")
        key = self.query_one("#hidden" if source in HIDDEN else "#shown", Input)
        return ProfileDraft(
            name=self._words("name") if self._old is None else self._old.name,
            address=self._words("address"),
            workspace=self._words("workspace"),
            source=source,
            guard=self._choice("guard"),
            colour=self._choice("colour"),
            given=key.value.strip(),
            old=self._old,
            guard_chosen=self._guard_chosen,
        )

    @on(Input.Changed)
    @on(Choice.Changed)
    def _changed(self, event: Message) -> None:
        event.stop()
        if isinstance(event, Input.Changed) and event.input.has_focus:
            self._typed = True
        if isinstance(event, Choice.Changed) and event.choice.id == "guard":
            self._guard_chosen = True
        if isinstance(event, Choice.Changed) and event.choice.id == "source":
            # A value for one source is wrong, or a secret, in another.
            self._wipe()
        self._look()

    @on(OpenField.KeyRefused)
    def _key_refused(self, event: OpenField.KeyRefused) -> None:
        event.stop()
        words = "That was a key; it was not shown. Type it in the masked field."
        self.notify(words, severity="warning", markup=False)
        # The rest of the key is typed into a field that masks it.
        self.query_one("#hidden" if self.draft.source in HIDDEN else "#source").focus()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_go_on()

    def action_go_on(self) -> None:
        """Go to the next field; save from the last one."""
        if not self.next_line():
            self.action_keep()

    def action_cancel(self) -> None:
        """Save nothing."""
        self._wipe()
        self.dismiss(None)

    def action_keep(self) -> None:
        """Save the profile, unless something is wrong or missing."""
        draft = self.draft
        fault = draft.fault(self._taken) or draft.missing()
        if fault:
            self._show_status(fault, "bold $error")
        elif not self._busy:
            self._busy = True
            busy = f"◌ connecting to {draft.address} …" if self._tests else "◌ saving …"
            self._show_status(busy, "$primary")
            self._save(draft)

    @work(exclusive=True, group="keep")
    async def _save(self, draft: ProfileDraft) -> None:
        new = draft.new_profile()
        try:
            if self._tests:
                await asyncio.to_thread(self._profiles.attempt, new)
            await asyncio.to_thread(self._profiles.keep, new, self._old is not None)
        except SegOpsError as error:
            self._busy = False
            untested = " Untick the box to save it untested." if self._tests else ""
            self._show_status(f"Not saved: {problem_of(error).detail}{untested}", "bold $error")
        else:
            self._wipe()
            self.dismiss(draft.name)

    @property
    def _tests(self) -> bool:
        return self.query_one(Checkbox).value

    def _fields(self) -> Iterator[tuple[str, Widget]]:
        old = self._old
        if old is None:
            yield "Name", OpenField(id="name", placeholder="staging", max_length=64)
        yield (
            "Workspace",
            OpenField(old.workspace if old else "", id="workspace", placeholder="what you call it"),
        )
        yield "Address", OpenField(old.api_url if old else DEFAULT_URL, id="address")
        sources = [TYPED, VARIABLE, COMMAND, KEYRING]
        if old is not None:
            sources.insert(0, AS_IT_IS)
        yield "Key", Choice(sources, value=sources[0], id="source")
        guard = old.guard if old is not None and old.guard in GUARDS else GUARDS[0]
        yield "Guard", Choice(GUARDS, value=guard, id="guard")
        colours = COLOURS if old is not None and old.colour else (NO_COLOUR, *COLOURS)
        colour = old.colour if old is not None and old.colour else NO_COLOUR
        yield "Colour", Choice(colours, value=colour, id="colour", styles_of=PROFILE_COLOURS)

    def _look(self) -> None:
        """Show the field of the source, the guard that follows from the name, and what is wrong."""
        draft = self.draft
        hidden, shown = self.query_one("#hidden", Input), self.query_one("#shown", Input)
        self.query_one("#given").display = draft.source != AS_IT_IS
        hidden.display = draft.source in HIDDEN
        shown.display = draft.source in _HINTS
        shown.placeholder = _HINTS.get(draft.source, "")
        self.query_one("#about", PlainText).update(_ABOUT[draft.source])
        if self._old is None and not self._guard_chosen:
            self.query_one("#guard", Choice).value = implied_guard(draft.name)
        fault = draft.fault(self._taken)
        missing = draft.missing() if self._typed else ""
        self._show_status(fault or missing, "$warning" if fault else "$text-muted")

    def _show_status(self, words: str, style: str) -> None:
        self.query_one("#status", PlainText).update(Content.styled(one_line(words), style))

    def _wipe(self) -> None:
        for line in self.query("#hidden, #shown").results(Input):
            line.value = ""

    def _words(self, name: str) -> str:
        return self.query_one(f"#{name}", Input).value.strip()

    def _choice(self, name: str) -> str:
        return self.query_one(f"#{name}", Choice).value


_KEYS: Final = key_hints(
    ("ctrl+s", "save"),
    ("enter tab", "next"),
    ("← →", "choose"),
    ("esc", "cancel"),
)
