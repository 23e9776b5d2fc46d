"""`demo` and `open`: the commands that start the console, and the demo without a terminal."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import click

from segops_tui import wording
from segops_tui.api.address import shown_address
from segops_tui.api.errors import SegOpsConfigError
from segops_tui.cli.core.group import Commands
from segops_tui.cli.core.profile_rows import key_in_short
from segops_tui.client.guard import Lock
from segops_tui.config import store
from segops_tui.config.profiles import Settings
from segops_tui.session import open_async_client, open_client
from segops_tui.tui.core.opened import Opened
from segops_tui.tui.core.profiles import Known, Profiles

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from segops_tui.cli.core.context import Invocation
    from segops_tui.config.profiles import Profile
    from segops_tui.config.store import NewProfile
    from segops_tui.tui.core.links import Link

UNLOCKING: Final = "U unlocks it for 15 minutes."


class ProfileAccess:
    """The profiles of one run."""

    def __init__(self, run: Invocation) -> None:
        self._run = run
        self._started = run.profile
        # The console itself says what it waits for.
        self._options = run.console_options()._replace(on_prepare=None)

    @property
    def profiles(self) -> Profiles:
        """All of it, as the console takes it."""
        return Profiles(self.known, self.open, self.attempt, self.keep)

    def known(self) -> list[Known]:
        """Every profile, the one this run began with as it began, whatever outranks the file.

        Raises:
            SegOpsConfigError: the file cannot be read.
        """
        settings = Settings.load(self._run.paths)
        found = [self._known(settings, name) for name in settings.names()]
        if self._started.name not in settings.names():
            found.insert(0, self._described(self._started, kept=False))
        return found

    def open(self, profile: Profile) -> Opened:
        """A client for a profile, with its own lock.

        Raises:
            SegOpsConfigError: its key is unavailable, or its address is not allowed.
        """
        lock = None
        if profile.guard == "production" and not self._options.read_only:
            lock = Lock(f"The profile {profile.name!r} is guarded as production", hint=UNLOCKING)
        options = self._options._replace(lock=lock)
        client = open_async_client(profile, self._run.paths, self._run.environ, options)
        return Opened(client, lock, _read_only(profile, is_asked=options.read_only))

    def attempt(self, new: NewProfile) -> None:
        """Read one segment with a profile that is not kept yet.

        Raises:
            SegOpsError: it cannot be read.
        """
        run = self._run
        settings = Settings.load(run.paths)
        new.check(settings.table(new.name))
        if new.has_key:
            profile = new.to_try()
        else:
            profile = settings.profile(new.name, {})
            profile = profile._replace(
                api_url=shown_address(new.settings.get("api_url", profile.api_url))
            )
        options = self._options._replace(max_retries=0)
        with open_client(profile, run.paths, run.environ, options) as client:
            client.segments.list(page_size=1).page()

    def keep(self, new: NewProfile, replaces: bool) -> None:
        """Add it, or change the one of that name.

        Raises:
            SegOpsConfigError: it cannot be kept.
        """
        store.add(self._run.paths, new, update=replaces)

    def _known(self, settings: Settings, name: str) -> Known:
        try:
            profile = settings.profile(name, self._guarding)
        except SegOpsConfigError as error:
            return Known(name, None, fault=str(error), kept=False)
        if name == self._started.name:
            chosen_by = self._started.chosen_by
            is_same = self._is_outranked
            profile = self._started if is_same else profile._replace(chosen_by=chosen_by)
        return self._described(profile, kept=not profile.is_sandbox)

    @property
    def _guarding(self) -> dict[str, str]:
        """The one variable that counts for every profile: it makes a guard stricter."""
        return {"SEGOPS_GUARD": self._run.environ.get("SEGOPS_GUARD", "")}

    @property
    def _is_outranked(self) -> bool:
        """Whether the command line or the environment says more of it than the file."""
        said = {self._started.origins.get("api_url"), self._started.origins.get("key")}
        return bool(said & {"--api-url", "SEGOPS_API_URL", "SEGOPS_API_KEY"})

    def _described(self, profile: Profile, *, kept: bool) -> Known:
        mask, where = key_in_short(profile, self._run.environ)
        key = " · ".join(part for part in (mask, where) if part)
        return Known(profile.name, profile, key=key, kept=kept)


def _read_only(profile: Profile, *, is_asked: bool) -> str:
    if is_asked:
        return "read-only: the console was started with --read-only"
    if profile.guard not in {"none", "production"}:
        return f"read-only: {profile.name} is guarded against every change"
    return ""


COMMANDS: Final = Commands()

PAINTS: Final = "120"
"""Paints a second at most. At the 60 that Textual has by itself, a key may wait for 16 ms."""


def open_console(run: Invocation, *, place: str = "health") -> int:
    """Run the console on the profile in use until the person leaves."""
    os.environ.setdefault("TEXTUAL_FPS", PAINTS)  # which Textual reads when it is imported
    from functools import partial

    from segops_tui.session import open_ledger
    from segops_tui.tui.core.ui_state import UiState
    from segops_tui.tui.frame.app import run_console

    access = ProfileAccess(run)
    return run_console(
        profile=run.profile,
        open_client=partial(access.open, run.profile),
        open_ledger=partial(open_ledger, run.paths),
        profiles=access.profiles,
        place=place,
        ui_state=UiState(run.paths.console_file),
        preferences=run.settings.console,
    )


@COMMANDS.command("demo", "segops-tui demo", "segops-tui demo | cat", writes="the sandbox")
def demo(run: Invocation) -> int:
    """Open the console on the sandbox, or run a headless demo.

    Without a terminal, imports the sample catalogue, recomputes every segment and prints tables.
    """
    run.use_sandbox()
    if run.can_draw:
        return open_console(run)
    return run_headless(run)


def _complete_place(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    from segops_tui.tui.panes.registry import PANES

    words = [place.name for place in PANES] + [
        f"{place.row_kind}/" for place in PANES if place.row_kind
    ]
    return [CompletionItem(each) for each in words if each.startswith(incomplete)]


@COMMANDS.command(
    "open",
    "segops-tui open segment/12/members",
    "segops-tui open 'segment/High LTV buyers'",
    "segops-tui open user/ada%40example.com",
    writes="the workspace, from the console",
)
@click.argument("place", shell_complete=_complete_place)
def open_(run: Invocation, place: str) -> int:
    """Open the console at a pane or a row.

    PLACE is a pane (segments, analytics/overlap) or a row of one (segment/12, segment/12/members,
    'segment/High LTV buyers'); ids and names are percent-encoded where they have a slash. `y` and
    then `l` in the console copies the link to a row.
    """
    from segops_tui.tui.core.links import BadLink, parse_link
    from segops_tui.tui.panes.registry import LINK_NAMES

    try:
        link = parse_link(place, LINK_NAMES)
    except BadLink as error:
        raise click.UsageError(str(error)) from error
    if not run.can_draw:
        raise click.UsageError("The console needs an interactive terminal (stdin and stdout).")

    return open_console(run, place=_with_id(run, link))


def _with_id(run: Invocation, link: Link) -> str:
    """The place in words, with an id where a name was given.

    Raises:
        NoSuchName: nothing has that name.
        click.UsageError: several objects have it.
    """
    from dataclasses import replace

    from segops_tui.cli.core.names import id_of
    from segops_tui.tui.core.links import link_words
    from segops_tui.tui.panes.registry import LINK_NAMES

    if link.key:
        one = next(named.one for named in LINK_NAMES if named.pane == link.pane)
        link = replace(link, key=id_of(run, one.replace("-", " "), link.key))
    return link_words(link, LINK_NAMES)


def run_headless(run: Invocation) -> int:
    """Import the sample catalogue, recompute every segment, print the tables."""

    from segops_tui.cli.commands.segments.recompute import recompute_everything
    from segops_tui.cli.core.lists import write_list
    from segops_tui.nouns.products import IMPORTS
    from segops_tui.nouns.segments import SEGMENTS

    run.options = run.options._replace(yes=True, wait=True, output="table")
    _import_sample(run)
    run.out.line("")
    failed = recompute_everything(run)
    run.out.line("")
    write_list(run, run.client.segments.list(), SEGMENTS)
    run.out.line("")
    write_list(run, run.client.products.imports(), IMPORTS)
    run.out.line("")
    run.out.line("This was the console's demo without a terminal. In a terminal: segops-tui demo")
    return failed


def _import_sample(run: Invocation) -> None:
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from segops_tui.cli.commands.products import import_views
    from segops_tui.cli.commands.products.importing import ImportRequest, Source, carry_out
    from segops_tui.jobs.imports.mapping import MappingOverrides
    from segops_tui.sandbox.seeding.sample import sample_csv

    with TemporaryDirectory(prefix="segops-tui-") as folder:
        file = Path(folder) / "sample-catalogue.csv"
        file.write_bytes(sample_csv())
        run.out.line(wording.plain(f"Importing {file.name}"))
        outcome = carry_out(run, ImportRequest(Source(file, file.name), MappingOverrides()))
    if outcome is not None:
        import_views.report(run, outcome.job)
