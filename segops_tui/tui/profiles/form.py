"""A form for a profile: checked as it is typed, tried with one read, kept.

Knows fields and what is against them; a key is hidden while it is typed and gone once it is kept.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on, work
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Checkbox, Input, Static

from segops_tui.api.errors import SegOpsError
from segops_tui.config.profiles import COLOURS, DEFAULT_URL, GUARDS, implied_guard
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.core.text import one_line
from segops_tui.tui.core.theme import PROFILE_COLOURS
from segops_tui.tui.profiles.draft import (
    AS_IT_IS,
    COMMAND,
    HIDDEN,
    KEYRING,
    NO_COLOUR,
    TYPED,
    VARIABLE,
    Draft,
)
from segops_tui.tui.profiles.key_field import KeyField, OpenField
from segops_tui.tui.widgets.choice import Choice

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.widget import Widget

    from segops_tui.config.profiles import Profile
    from segops_tui.tui.core.profiles import Profiles

_ABOUT: Final = {
    AS_IT_IS: "the key stays where it is",
    TYPED: "kept in the config file, which only you may read",
    VARIABLE: "read each time; the config file holds its name only",
    COMMAND: "run each time, without a shell; it prints the key",
    KEYRING: "kept in the system's keyring",
}
_APART: Final = frozenset({"name", "source", "guard"})
"""Fields with a blank line before them."""
_HINTS: Final = {VARIABLE: "SEGOPS_STAGING_KEY", COMMAND: "pass show segops/staging"}


class ProfileForm(ModalScreen["str | None"]):
    """Answers the name of the profile that was kept, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "give_up", "Cancel", id="form.cancel", tooltip="Keep nothing."),
        Binding("ctrl+s", "keep", "Keep", id="form.keep", tooltip="Check it and keep it."),
        Binding("down", "app.focus_next", "Next", show=False, id="form.next"),
        Binding("up", "app.focus_previous", "Before", show=False, id="form.before"),
    ]

    class Kept(Message):
        """It is in the config file."""

    class Failed(Message):
        """It was not kept."""

        def __init__(self, error: SegOpsError) -> None:
            self.error = error
            super().__init__()

    def __init__(
        self, profiles: Profiles, *, old: Profile | None = None, taken: Sequence[str] = ()
    ) -> None:
        super().__init__()
        self._profiles, self._old, self._taken = profiles, old, taken
        self._guard_chosen = False
        self._busy = False

    def compose(self) -> ComposeResult:
        """A line for each thing, what is against it, and how to go on."""
        old = self._old
        title = "Add a profile" if old is None else f"Change {one_line(old.name)}"
        with VerticalScroll(classes="dialog", can_focus=False) as box:
            box.border_title = Content.styled(title, "bold")
            for label, widget in self._fields():
                with Horizontal(classes="line -apart" if widget.id in _APART else "line"):
                    yield Static(label, classes="label", markup=False)
                    yield widget
                if widget.id == "source":
                    with Horizontal(classes="line", id="given"):
                        yield Static("", classes="label", markup=False)
                        yield KeyField(id="hidden", placeholder="sk_… is not shown")
                        yield OpenField(id="shown")
                    yield Static("", id="about", markup=False)
            yield Checkbox(Content("Try one read before it is kept"), value=True, compact=True)
            yield Static("", id="said", markup=False)
            yield Static(_KEYS, markup=False)

    def on_mount(self) -> None:
        """Begin at what has to be given."""
        self.query_one("#name" if self._old is None else "#workspace").focus()
        self._look()

    def on_unmount(self) -> None:
        """Leave no key behind."""
        self._wipe()

    @property
    def draft(self) -> Draft:
        """What stands in the fields now."""
        source = self._choice("source")
        key = self.query_one("#hidden" if source in HIDDEN else "#shown", Input)
        return Draft(
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
        if isinstance(event, Choice.Changed) and event.choice.id == "guard":
            self._guard_chosen = True
        if isinstance(event, Choice.Changed) and event.choice.id == "source":
            # What was meant for one source says too much, or nothing, in another.
            self._wipe()
        self._look()

    @on(OpenField.KeyRefused)
    def _key_refused(self, event: OpenField.KeyRefused) -> None:
        event.stop()
        words = "That was a key; it was not shown. Type it where it is hidden."
        self.notify(words, severity="warning", markup=False)
        # What is typed on belongs where nothing is shown.
        self.query_one("#hidden" if self.draft.source in HIDDEN else "#source").focus()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_keep()

    @on(Kept)
    def _was_kept(self) -> None:
        name = self.draft.name
        self._wipe()
        self.dismiss(name)

    @on(Failed)
    def _failed(self, event: Failed) -> None:
        self._busy = False
        problem = problem_of(event.error)
        tried = " Without the tick it is kept all the same." if self._tries else ""
        self._say(f"Not kept: {problem.detail}{tried}", "bold $error")

    def action_give_up(self) -> None:
        """Keep nothing."""
        self._wipe()
        self.dismiss(None)

    def action_keep(self) -> None:
        """Keep it, unless something is against it."""
        draft = self.draft
        against = draft.fault(self._taken) or draft.missing()
        if against:
            self._say(against, "bold $error")
        elif not self._busy:
            self._busy = True
            self._say(f"◌ trying {draft.address} …" if self._tries else "◌ keeping …", "$primary")
            self._keep(draft)

    @work(exclusive=True, group="keep")
    async def _keep(self, draft: Draft) -> None:
        new = draft.made()
        try:
            if self._tries:
                await asyncio.to_thread(self._profiles.attempt, new)
            await asyncio.to_thread(self._profiles.keep, new, self._old is not None)
        except SegOpsError as error:
            self.post_message(self.Failed(error))
        else:
            self.post_message(self.Kept())

    @property
    def _tries(self) -> bool:
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
        """Show the field that fits the source, what follows from the name, and what is amiss."""
        draft = self.draft
        hidden, shown = self.query_one("#hidden", Input), self.query_one("#shown", Input)
        self.query_one("#given").display = draft.source != AS_IT_IS
        hidden.display = draft.source in HIDDEN
        shown.display = draft.source in _HINTS
        shown.placeholder = _HINTS.get(draft.source, "")
        self.query_one("#about", Static).update(_ABOUT[draft.source])
        if self._old is None and not self._guard_chosen:
            self.query_one("#guard", Choice).value = implied_guard(draft.name)
        fault = draft.fault(self._taken)
        self._say(fault or draft.missing(), "$warning" if fault else "$text-muted")

    def _say(self, words: str, style: str) -> None:
        self.query_one("#said", Static).update(Content.styled(one_line(words), style))

    def _wipe(self) -> None:
        for field in self.query("#hidden, #shown").results(Input):
            field.value = ""

    def _words(self, name: str) -> str:
        return self.query_one(f"#{name}", Input).value.strip()

    def _choice(self, name: str) -> str:
        return self.query_one(f"#{name}", Choice).value


_KEYS: Final = Content("   ").join(
    Content.assemble((key, "bold $primary"), f" {words}")
    for key, words in (
        ("enter", "keep"),
        ("tab", "next"),
        ("← →", "choose"),
        ("esc", "cancel"),
    )
)
