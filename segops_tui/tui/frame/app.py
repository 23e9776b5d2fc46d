"""The App: global actions, the command palette, and notices on finished jobs."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar, Final

from segops_tui import wording
from segops_tui.api.errors import SegOpsError
from segops_tui.api.keys import redact
from segops_tui.jobs.imports.errors import MappingNeeded
from segops_tui.tui.core import actions, theme
from segops_tui.tui.core.actions import HELP_ANYWHERE, bindings
from segops_tui.tui.core.job_texts import batch_summary, failure_summary
from segops_tui.tui.core.request_log import LoggedNotice
from segops_tui.tui.core.text import one_line, shorten
from segops_tui.tui.frame.palette import Actions, GoTo, Palette
from segops_tui.tui.frame.switching import (
    Switching,
    cannot_switch_profile,
    cannot_unlock,
    switch_profile,
    unlock,
)
from segops_tui.tui.frame.terminal import ConsoleDriver, Departure

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.binding import BindingType
    from textual.driver import Driver
    from textual.notifications import SeverityLevel

    from segops_tui.client.aio import AsyncSegOpsAdmin
    from segops_tui.config.profiles import ConsoleSettings, Profile
    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.ledger import Ledger
    from segops_tui.nouns.action import Action
    from segops_tui.tui.core.job_runner import Ended
    from segops_tui.tui.core.opened import Opened
    from segops_tui.tui.core.profiles import Profiles
    from segops_tui.tui.core.ui_state import UiState


MOST_NOTICES: Final = 500
"""The newest notices that are kept."""
MOST_CELLS: Final = 400
"""What is shown of a notice: with its title it fits on the smallest screen."""


async def quit_console(app: Console) -> None:
    """Quit; ask first while jobs run."""
    running = app.running
    if running:
        from segops_tui.tui.dialogs.confirm import Confirm  # noqa: PLC0415 (when opened)

        counted = wording.plural(len(running), "job")
        confirm = Confirm(
            f"Quit while {counted} {'runs' if len(running) == 1 else 'run'}?",
            lines=[
                wording.listed([progress.title for progress in running]),
                "The server keeps working. Resume with: segops-tui jobs resume",
            ],
            profile=app.profiles_with_jobs,
            yes="Quit",
            no="Stay",
        )
        if not await app.push_screen_wait(confirm):
            return
    app.exit(0)


class Console(Switching):
    """The App: its workspaces, their jobs, and the screens on them."""

    TITLE = "segops-tui"
    CSS_PATH: ClassVar = [
        "../styles/console.tcss",
        "../styles/profiles.tcss",
        "../styles/queries.tcss",
        "../styles/sections.tcss",
    ]
    COMMANDS: ClassVar = {lambda: Actions, lambda: GoTo}
    ACTIONS: ClassVar[Sequence[Action]] = (
        actions.HELP.does(lambda app: app.show_help()),
        actions.PALETTE.does(lambda app: app.show_palette()),
        actions.LOG.does(
            lambda app: app.show_log(),
            unavailable=lambda app: "" if app.workspace else "The workspace is not open yet.",
        ),
        actions.NOTICES.does(lambda app: app.show_notices()),
        actions.PROFILES.does(switch_profile, unavailable=cannot_switch_profile),
        actions.UNLOCK.does(unlock, unavailable=cannot_unlock),
        actions.THEME.does(lambda app: app.next_theme()),
        actions.QUIT.does(quit_console),
    )
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(ACTIONS), HELP_ANYWHERE]
    COMMAND_PALETTE_BINDING = "f24"
    """Textual's own; ours is an action like any other, on the keys people know."""

    _batch: Sequence[Ended] = ()
    _notices: Sequence[LoggedNotice] = ()
    _key_problems: Sequence[str] = ()
    _departure: Departure | None = None

    def get_driver_class(self) -> type[Driver]:
        """Textual's driver for the platform, made to survive the end of its terminal."""
        usual = super().get_driver_class()
        return ConsoleDriver if issubclass(ConsoleDriver, usual) else usual

    def run_watched(self) -> int:
        """Run until the user quits, a signal comes or the terminal goes; returns the exit code."""
        # Shades need more than sixteen colours, and `NO_COLOR` asks for none of ours.
        if self.no_color or self.console.color_system == "standard":
            self.usual_theme = theme.ANSI
            self.apply_theme(self.profile)
        self._departure = departure = Departure(leave=self.exit, force=self._end_by_force)
        with departure.watching():
            code = self.run() or self.return_code or 0
        return code if departure.code is None else departure.code

    def on_mount(self) -> None:
        """Open the workspace once its frame is painted: a pane that loads would hold that up."""
        if self._departure is not None:
            self._departure.loop = asyncio.get_running_loop()
        self._take_keys()
        # At once: told later, the last but one of a batch would see none running and close it.
        self.open_workspaces.ended.subscribe(self, self._job_ended, immediate=True)
        self.call_after_refresh(self.open_workspace)

    async def on_unmount(self) -> None:
        """Close everything that is open."""
        await self.close_all()

    def show_help(self) -> None:
        """Show the keys that work where the focus is."""
        from segops_tui.tui.frame.help import HelpScreen  # noqa: PLC0415 (when first opened)

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(self.screen, problems=self._key_problems))

    def action_help_anywhere(self) -> None:
        """Show help in a dialog or a field too."""
        self.show_help()

    def show_palette(self) -> None:
        """Open the palette."""
        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(id="--command-palette"))

    def show_log(self) -> None:
        """Show the commands of this session."""
        from segops_tui.tui.frame.command_log import (  # noqa: PLC0415 (when first opened)
            CommandLogScreen,
        )

        if self.workspace is not None and not isinstance(self.screen, CommandLogScreen):
            self.push_screen(CommandLogScreen(self.workspace))

    def show_notices(self) -> None:
        """Show the notices of this session."""
        from segops_tui.tui.frame.notices import NoticesScreen  # noqa: PLC0415 (when opened)

        if not isinstance(self.screen, NoticesScreen):
            self.push_screen(NoticesScreen(self._notices))

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        """Show a notice, and keep it for the history; of a very long one only a part is shown."""
        title, message = redact(title), redact(message)
        logged = LoggedNotice(self._now(), severity, title, message)
        self._notices = [*self._notices[-MOST_NOTICES + 1 :], logged]
        if not markup and shorten(message, MOST_CELLS) != message:
            message = f"{shorten(message, MOST_CELLS)}\n! shows all of it."
        super().notify(message, title=title, severity=severity, timeout=timeout, markup=markup)

    def next_theme(self) -> None:
        """Apply the next theme, and remember it for profiles without a theme of their own."""
        words = list(theme.BY_WORD)
        current = next((w for w, own in theme.BY_WORD.items() if own.name == self.theme), words[0])
        word = words[(words.index(current) + 1) % len(words)]
        self.theme = theme.BY_WORD[word].name
        self._ui_state.put("theme", word)
        self.notify(f"Theme: {word}", markup=False, timeout=2)

    def _take_keys(self) -> None:
        """Apply the custom keys of the config file, and notify the user of invalid ones."""
        if not self._preferences.keys:
            return
        # Checking imports every pane; only custom keys pay for it.
        from segops_tui.tui.frame.keymap import checked  # noqa: PLC0415

        keys, complaints = checked(self._preferences.keys)
        self.set_keymap(keys)
        self._key_problems = complaints
        for complaint in complaints:
            words = f"{complaint} See: segops-tui config validate"
            self.notify(words, title="Keys", severity="warning", markup=False, timeout=15)

    async def action_quit(self) -> None:
        """Quit by Textual's own key, asking as `q` does."""
        self.perform(self.action("app.quit"))

    def _end_by_force(self) -> None:
        """Detach the jobs and restore the terminal while the loop is stuck. Runs in a thread."""
        if self._ledger is not None:
            with suppress(SegOpsError):
                self._ledger.detach_all()
        if isinstance(self._driver, ConsoleDriver):
            self._driver.restore()

    def _fatal_error(self) -> None:
        from rich.segment import Segments  # noqa: PLC0415
        from rich.traceback import Traceback  # noqa: PLC0415 (loads pygments)

        # Textual's own also prints local variables, and a request's headers hold the key.
        self.bell()
        traceback = Traceback(show_locals=False, width=None)
        lines = self.console.render(traceback, self.console.options)
        self._exit_renderables.append(Segments(lines))
        self._close_messages_no_wait()

    def _job_ended(self, ended: Ended) -> None:
        job, title = ended.job, self._title_of(ended.job)
        if self._preferences.bell:
            self.bell()
        for workspace in self.open_workspaces.workspaces:
            self._leave(workspace)
        if getattr(self.screen, "reports_kind", "") == job.kind:
            return
        if isinstance(ended.error, MappingNeeded):
            words = "Column mapping needed: press r in pane 0."
            self.notify(words, title=title, severity="warning", markup=False, timeout=12)
            return
        self._batch = [*self._batch, ended]
        if not self.running:
            self._notify_batch()

    def _notify_batch(self) -> None:
        """Notify the user of finished jobs once the last of a batch has ended."""
        batch, self._batch = self._batch, []
        title, lines = failure_summary(batch, self._title_of)
        if lines:
            words = "\n".join(lines)
            self.notify(words, title=f"✗ {title}", severity="error", markup=False, timeout=12)
        title, lines = batch_summary(batch, self._title_of)
        elsewhere = dict.fromkeys(ended.job.profile for ended in batch)
        elsewhere.pop(self.profile.name, None)
        if lines and elsewhere:
            lines.append(one_line(f"p switches to {wording.listed(list(elsewhere), word='or')}"))
        if lines:
            self.notify("\n".join(lines), title=f"✓ {title}", markup=False)

    def _title_of(self, job: Job) -> str:
        """The title of a job, prefixed with its profile where that is another one."""
        before = "" if job.profile == self.profile.name else f"{job.profile}: "
        return one_line(f"{before}{job.title}")


def run_console(
    *,
    profile: Profile,
    open_client: Callable[[], AsyncSegOpsAdmin | Opened],
    open_ledger: Callable[[], Ledger],
    profiles: Profiles | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    place: str = "health",
    ui_state: UiState | None = None,
    preferences: ConsoleSettings | None = None,
) -> int:
    """Run the console until the user quits; returns the exit code."""
    console = Console(
        profile=profile,
        open_client=open_client,
        open_ledger=open_ledger,
        profiles=profiles,
        now=now,
        place=place,
        ui_state=ui_state,
        preferences=preferences,
    )
    return console.run_watched()
