"""What a command is handed: options, profile, client, ledger, output, each made on demand."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import click

from segops_tui.cli.core.diagnostics import Diagnostics
from segops_tui.cli.core.options import Shared, wants_colour
from segops_tui.cli.core.printing.links import knows_links
from segops_tui.cli.core.process import terminal_size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from segops_tui.cli.core.output import Output
    from segops_tui.client.blocking import SegOpsAdmin
    from segops_tui.client.guard import WouldSend
    from segops_tui.client.pipeline import Trace
    from segops_tui.config.paths import Paths
    from segops_tui.config.profiles import Profile, Settings
    from segops_tui.jobs.engine.ledger import Ledger
    from segops_tui.sandbox.core.app import Sandbox
    from segops_tui.session import Options

_SANDBOX_NOTE = "sandbox-noted"
"""A file in the state folder: this home was told once that it works on the sandbox."""


class Invocation:
    """One run of the program."""

    def __init__(self, options: Shared, environ: Mapping[str, str]) -> None:
        self.options, self.environ = options, environ
        self._stack = ExitStack()
        self.defaults: Mapping[str, tuple[Any, str]] = {}
        """Options that the environment or the config file sets, each with its origin."""
        self.given: frozenset[str] = frozenset()
        """Options that the command line sets."""
        self.ended_early = 0
        """The exit code where the user ended the work: 130 after Ctrl-C, 1 after a no, else 0."""

    @classmethod
    def of(cls, context: click.Context) -> Invocation:
        """The run a click context stands for."""
        given = context.find_object(dict) or {}
        run = cls(Shared.collect(given), os.environ)
        run.defaults = run._find_defaults()
        values = {name: value for name, (value, _) in run.defaults.items()}
        run.given = frozenset(given)
        run.options = Shared.collect({**values, **given})
        return run

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_exc: object) -> None:
        self.talk.close()
        self._stack.close()
        if kind is None:
            self._mention_release()

    @cached_property
    def talk(self) -> Diagnostics:
        """Stderr."""
        return diagnostics(self.options, self.environ)

    @cached_property
    def out(self) -> Output:
        """Stdout."""
        from segops_tui.cli.core.output import Output
        from segops_tui.nouns.column import Context

        terminal = sys.stdout.isatty()
        return Output(
            sys.stdout,
            form=self.options.output,
            fields=self.options.fields,
            safe=self.options.safe,
            context=Context(now=self.now()),
            colour=wants_colour(terminal, self.options, self.environ),
            width=terminal_size().columns if terminal else None,
            header=self.options.header,
            narrow=self._filter(),
            page=self._pager() if terminal and self.options.pager else None,
            announce=self._announcing() if terminal else None,
            links=terminal and knows_links(self.environ),
        )

    def check_filter(self) -> None:
        """Read --jq before anything is sent.

        Raises:
            click.UsageError: the library is missing, or it is no jq program.
        """
        _ = self.out

    def _filter(self) -> Callable[[Any], list[Any]] | None:
        """What --jq makes of a value.

        Raises:
            click.UsageError: the library is missing, or it is no jq program.
        """
        if self.options.jq is None:
            return None
        from segops_tui.cli.core.printing.jq import compiled

        return compiled(self.options.jq, form=self.options.output)

    def _pager(self) -> Callable[[str], bool] | None:
        """Shows a long text in a pager, if the terminal can."""
        if self.environ.get("TERM") == "dumb":
            return None

        def page(text: str) -> bool:
            from segops_tui.cli.core.printing.pager import show

            return show(text, self.environ, height=terminal_size().lines)

        return page

    def _announcing(self) -> Callable[[str], None] | None:
        return self.talk.note if self.talk.is_terminal else None

    @cached_property
    def paths(self) -> Paths:
        """The folders of this installation."""
        from segops_tui.config.paths import find_paths

        return find_paths(self.environ)

    @cached_property
    def settings(self) -> Settings:
        """The config file."""
        from segops_tui.config.profiles import Settings

        return Settings.load(self.paths, self.talk.warn)

    @cached_property
    def profile(self) -> Profile:
        """The workspace in use; a first run on the sandbox by default is told so, once."""
        chosen = self.settings.profile(
            self.options.profile, self.environ, api_url=self.options.api_url
        )
        if chosen.is_sandbox and chosen.chosen_by == "built in":
            self._note_sandbox()
        return chosen

    @cached_property
    def client(self) -> SegOpsAdmin:
        """The workspace's client, closed at the end of the run."""
        from segops_tui.session import open_client

        client = open_client(self.profile, self.paths, self.environ, self.session_options)
        self._stack.callback(client.close)
        return client

    @cached_property
    def session_options(self) -> Options:
        """Options of every request."""
        from segops_tui.session import Options

        asked = self.options
        return Options(
            read_only=asked.read_only,
            dry_run=asked.dry_run,
            unlocked=asked.unlocks,
            timeout=asked.timeout or 30.0,
            max_retries=asked.max_retries,
            trace=self._tracer() if asked.debug else None,
            on_prepare=self.note_preparing,
        )

    def at(self, profile: str, *, option: str) -> Invocation:
        """The same run in another profile's workspace, which `option` named; both end together.

        As with --profile, the option and --yes unlock a profile that is guarded as production.
        """
        from segops_tui.session import production_lock

        other = Invocation(self.options._replace(profile=profile, api_url=None), self.environ)
        other.settings, other.talk, other.out = self.settings, self.talk, self.out
        lock = production_lock(other.profile, option=option)
        other.session_options = other.session_options._replace(lock=lock)
        self._stack.callback(other._stack.close)
        return other

    @cached_property
    def ledger(self) -> Ledger:
        """Every job started from this machine; new ones are bound to this run's workspace."""
        from segops_tui.session import open_ledger

        ledger = open_ledger(self.paths)
        self._stack.callback(ledger.close)
        return ledger.bound_to(lambda salt: self.client.account(salt))

    def _find_defaults(self) -> dict[str, tuple[Any, str]]:
        from segops_tui.api.errors import SegOpsConfigError
        from segops_tui.cli.core.options import environment_defaults, file_defaults, variable_of
        from segops_tui.config.profiles import Settings

        found: dict[str, tuple[Any, str]] = {}
        # A file that cannot be read is told of by what needs it.
        with suppress(SegOpsConfigError):
            settings = Settings.load(self.paths)
            values = file_defaults(settings.defaults)
            found = {name: (value, settings.file.name) for name, value in values.items()}
        given = environment_defaults(self.environ)
        return {**found, **{name: (value, variable_of(name)) for name, value in given.items()}}

    def console_options(self) -> Options:
        """The same for the console: a production profile starts locked even with --yes, since it
        stays open for hours; and traces go to the log only."""
        from segops_tui.session import production_lock

        trace = self._tracer(is_said=False) if self.options.debug else None
        lock = production_lock(self.profile)
        return self.session_options._replace(unlocked=False, lock=lock, trace=trace)

    def _tracer(self, *, is_said: bool = True) -> Callable[[Trace], None] | None:
        from segops_tui.cli.core.debug_log import tracer

        say = self.talk.trace if is_said else None
        return tracer(self.paths.debug_log, self._stack, say=say, warn=self.talk.warn)

    def _mention_release(self) -> None:
        """Tell of a newer release on a terminal, where an address to ask is configured."""
        loaded: Settings | None = self.__dict__.get("settings")
        address = self.environ.get("SEGOPS_RELEASES_URL") or (loaded.releases if loaded else "")
        if not address or self.talk.is_quiet or not self.talk.is_terminal:
            return
        from segops_tui._version import __version__
        from segops_tui.api.errors import SegOpsConfigError
        from segops_tui.cli import releases

        if not releases.is_wanted(self.environ):
            return
        try:
            file = self.paths.releases_file
        except SegOpsConfigError:
            return
        text = releases.notice(
            file,
            __version__,
            address,
            now=self.now().timestamp(),
            look_up=lambda file, url: releases.start(file, url, self.environ),
        )
        for line in (text or "").splitlines():
            self.talk.note(line)

    def use_sandbox(self) -> None:
        """Work on the built-in sandbox, whatever the environment names."""
        from segops_tui.config.profiles import SANDBOX

        self.options = self.options._replace(profile=SANDBOX, api_url=None)

    def sandbox(self) -> Sandbox:
        """The embedded sandbox itself, closed at the end of the run."""
        from segops_tui.session import open_sandbox

        return self._stack.enter_context(open_sandbox(self.paths, on_prepare=self.note_preparing))

    def note_preparing(self) -> None:
        """Explain why the first use takes a moment."""
        self.talk.note("preparing the sandbox: first use, a few seconds …")

    @property
    def is_interactive(self) -> bool:
        """Whether the user can be prompted."""
        return sys.stdin.isatty() and self.talk.is_terminal

    @property
    def can_draw(self) -> bool:
        """Whether the console has a screen: a terminal, or what the driver named by TEXTUAL_DRIVER
        draws on, which is a browser under textual-serve."""
        return (sys.stdin.isatty() and sys.stdout.isatty()) or self.is_served

    @property
    def is_served(self) -> bool:
        """Whether another program draws the console."""
        return bool(self.environ.get("TEXTUAL_DRIVER"))

    @staticmethod
    def now() -> datetime:
        """The clock, read at the edge."""
        return datetime.now(UTC)

    def confirm(self, question: str) -> bool:
        """Whether to make a change: --yes, a dry run, or the user confirms. Defaults to no.

        Raises:
            click.UsageError: there is no terminal to prompt on, and --yes was not given.
        """
        if self.options.yes or self.options.dry_run:
            return True
        if not self.is_interactive:
            raise click.UsageError(f"{question} Without a terminal, confirm with --yes.")
        return self.talk.ask(question)

    def confirm_by_typing(self, question: str, word: str) -> bool:
        """Whether to make a change that cannot be undone: --yes, a dry run, or the typed word.

        Raises:
            click.UsageError: there is no terminal to prompt on, and --yes was not given.
        """
        if self.options.yes or self.options.dry_run or not self.is_interactive:
            return self.confirm(question)
        return self.talk.ask_word(question, word)

    def declined(self, text: str) -> int:
        """Say what was not done because the user said no; returns the exit code."""
        from segops_tui.cli.core.exit_codes import ExitCode

        self.talk.note(text)
        return int(ExitCode.REFUSED)

    def is_only_shown(self, change: str) -> bool:
        """Whether a change to this machine is only to be shown: a dry run, which prints it.

        `change` begins with a verb: `delete the sandbox`.

        Raises:
            Refused: --read-only was given.
        """
        if self.options.read_only:
            from segops_tui.api.errors import Refused

            raise Refused(f"--read-only: did not {change}.", method="", path="")
        if self.options.dry_run:
            self.out.data({"dry_run": {"change": change}})
        return self.options.dry_run

    def each(self, keys: Iterable[str], do: Callable[[str], object]) -> tuple[list[str], int]:
        """Call `do` for every id; a failure is reported and does not stop the others.

        Returns the ids that succeeded, and the exit code of the first failure.

        Raises:
            WouldSendEach: in a dry run, the changes of all of them.
        """
        from segops_tui.api.errors import SegOpsError
        from segops_tui.cli.core.error_report import explain
        from segops_tui.client.guard import WouldSend

        went_well, code = [], 0
        stops: list[WouldSend] = []
        for key in keys:
            try:
                do(key)
            except WouldSend as stop:
                stops.append(stop)
            except SegOpsError as error:
                problem = explain(error)
                self.talk.problem(problem)
                code = code or int(problem.exit_code)
            else:
                went_well.append(key)
        if stops:
            raise WouldSendEach(stops)
        return went_well, code

    def call(self, callback: Callable[..., int | None], **params: Any) -> int | None:
        """Run a command; a dry run ends at its first change, or at one for each of several
        objects, and prints that."""
        if not self.options.dry_run:
            return callback(self, **params)
        from segops_tui.client.guard import WouldSend

        try:
            return callback(self, **params)
        except (WouldSend, WouldSendEach) as stop:
            stops = [stop] if isinstance(stop, WouldSend) else stop.stops
            told = [{"dry_run": described(each, self.profile.api_url)} for each in stops]
            self.out.data(told if len(told) > 1 else told[0])
            return 0

    def command_line(self) -> str:
        """This run's command line, for the ledger."""
        import shlex

        from segops_tui.api.keys import redact

        return redact(shlex.join(["segops-tui", *sys.argv[1:]]))

    def _note_sandbox(self) -> None:
        mark = self.paths.state / _SANDBOX_NOTE
        if mark.exists():
            return
        self.talk.note(
            "using the built-in sandbox, a local workspace with made-up data; "
            "for your own: export SEGOPS_API_KEY=sk_…"
        )
        try:
            mark.parent.mkdir(parents=True, exist_ok=True)
            mark.touch()
        except OSError:
            # A read-only home is told every time; that is no reason to fail.
            return


class WouldSendEach(Exception):
    """A dry run stopped at a change to each of several objects."""

    def __init__(self, stops: Sequence[WouldSend]) -> None:
        super().__init__(f"{len(stops)} changes")
        self.stops = stops


def described(stop: WouldSend, base: str) -> dict[str, Any]:
    """The request a dry run stopped at, as JSON."""
    from urllib.parse import urlencode

    request = stop.request
    query = urlencode({k: v for k, v in request.query.items() if v is not None})
    body = request.body
    if request.upload is not None:
        body = {request.upload.field: request.upload.filename}
    return {
        "method": request.method,
        "url": f"{base.rstrip('/')}{request.path}{'?' if query else ''}{query}",
        "body": body,
        "idempotency_key": stop.key or None,
    }


def diagnostics(options: Shared, environ: Mapping[str, str]) -> Diagnostics:
    """Stderr as the options want it."""
    return Diagnostics(
        sys.stderr,
        colour=wants_colour(sys.stderr.isatty(), options, environ),
        quiet=options.quiet,
        as_json=options.output in {"json", "ndjson"},
    )
