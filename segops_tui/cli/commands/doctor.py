"""`doctor`: checks this machine, then the server and the key; output is fit to be pasted."""

from __future__ import annotations

import os
import platform
import re
import sys
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import urlsplit

import click

from segops_tui._version import __version__
from segops_tui.api.errors import ConnectionFailed, SegOpsApiError, SegOpsConfigError, SegOpsError
from segops_tui.api.keys import redact
from segops_tui.cli.core.exit_codes import ExitCode
from segops_tui.cli.core.group import Commands

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from segops_tui.cli.core.context import Invocation
    from segops_tui.client.probe import ProbeResult
    from segops_tui.config.paths import Paths
    from segops_tui.config.profiles import Profile

COMMANDS: Final = Commands()

State = Literal["ok", "warn", "fail"]

_COLOURS: Final = {"ok": "green", "warn": "yellow", "fail": "red"}
_PACKAGE: Final = "segops-tui"
_REQUIREMENT: Final = re.compile(r"(?P<name>[\w.-]+)\s*>=\s*(?P<least>[\d.]+)")
_PROXIES: Final = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")
_CLIPBOARD: Final = ("kitty", "wezterm", "alacritty", "iterm", "ghostty", "foot", "contour")
"""Terminals known to take text for the clipboard by OSC 52."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    state: State
    found: str
    remedy: str | None = None


def anonymous(text: str, environ: Mapping[str, str]) -> str:
    """A text fit for a bug report: no key, and no name of the user in a home folder's path."""
    homes = {environ.get("HOME", ""), environ.get("USERPROFILE", ""), str(Path("~").expanduser())}
    for home in sorted(homes, key=len, reverse=True):
        if len(home) > 1:
            text = text.replace(home.rstrip("/\\"), "~")
    return redact(text)


def versions() -> Iterator[Check]:
    """The versions of the program, of Python and of the system."""

    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    python = f"Python {platform.python_version()}"
    yield Check("program", "ok", f"segops-tui {__version__}, {python}, {system}")
    yield libraries(_requirements(), _version)


def libraries(requirements: Sequence[str], version_of: Callable[[str], str | None]) -> Check:
    """Whether each library is installed, and no older than the package requires.

    `requirements` are the package's own, as its metadata has them; an extra's may be missing.
    """
    import sqlite3

    found, faults = [], []
    for requirement in requirements:
        match = _REQUIREMENT.match(requirement)
        if match is None:
            continue
        name, least, version = match["name"], match["least"], version_of(match["name"])
        found.append(f"{name} {version or 'not installed'}")
        if version is None:
            if "extra ==" not in requirement:
                faults.append(f"{name} is missing")
        elif _release(version) < _release(least):
            faults.append(f"{name} {version} is older than {least}")
    said = ", ".join([*found, f"sqlite {sqlite3.sqlite_version}"])
    if faults:
        remedy = f"Reinstall: pip install --upgrade {_PACKAGE}"
        return Check("libraries", "fail", f"{said}; {', '.join(faults)}", remedy)
    return Check("libraries", "ok", said)


def config(paths: Paths) -> Iterator[Check]:
    """The config file: whether it says what it should, and who may read it."""
    import tomllib

    from segops_tui.config import files
    from segops_tui.config.faults import every_fault

    file = paths.config_file
    try:
        text = files.read_text(file)
        faults = every_fault(tomllib.loads(text), text) if text else []
    except (SegOpsConfigError, tomllib.TOMLDecodeError) as error:
        yield Check("config", "fail", f"{file}: {error}", "segops-tui config edit")
        return
    if text is None:
        yield Check("config", "ok", f"{file} (not there; none is needed)")
        return
    rights = files.rights_of(file)
    mode = f", rights {rights:04o}" if rights is not None else ""
    if faults:
        lines = ", ".join(str(fault.line) for fault in faults)
        remedy = "segops-tui config validate"
        yield Check("config", "fail", f"{file}: faults in line {lines}{mode}", remedy)
    elif files.is_open_to_others(file):
        yield Check("config", "warn", f"{file}{mode}: others may read it", f"chmod 600 {file}")
    else:
        yield Check("config", "ok", f"{file}{mode}")


def folders(paths: Paths) -> Iterator[Check]:
    """Whether jobs, logs and the sandbox can be written."""
    for name, folder in (("state", paths.state), ("data", paths.data)):
        nearest = next(path for path in (folder, *folder.parents) if path.exists())
        if nearest.is_dir() and os.access(nearest, os.W_OK):
            yield Check(f"{name} folder", "ok", str(folder))
        else:
            remedy = "Set SEGOPS_TUI_HOME to a folder that can be written."
            yield Check(f"{name} folder", "fail", f"{folder} cannot be written", remedy)


def job_ledger(paths: Paths) -> Check:
    """Whether the record of jobs can be read; it is read whole, which takes milliseconds."""
    from segops_tui.jobs.engine.ledger_repair import damage_of

    file = paths.ledger_file
    try:
        damage = damage_of(file)
    except SegOpsError as error:
        return Check("job ledger", "fail", str(error), getattr(error, "hint", None))
    if damage:
        remedy = "Save what can be read of it: segops-tui jobs repair"
        return Check("job ledger", "fail", f"{file} is damaged: {damage}", remedy)
    return Check("job ledger", "ok", f"{file}{'' if file.exists() else ' (no jobs yet)'}")


def keyring(*, is_needed: bool) -> Check:
    """Whether the system's keyring can be asked."""
    from segops_tui.config import keyrings

    try:
        return Check("keyring", "ok", keyrings.backend())
    except SegOpsConfigError as error:
        if is_needed:
            return Check("keyring", "fail", str(error), error.hint)
        return Check("keyring", "ok", f"{error} None is needed.")


def proxies(environ: Mapping[str, str]) -> Check:
    """Which proxies and certificates the environment names; never a proxy's password."""
    both = {name: environ.get(name) or environ.get(name.lower()) for name in _PROXIES}
    said = [f"{name}={_host_of(value)}" for name, value in both.items() if value]
    for name in ("NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        value = environ.get(name) or (environ.get("no_proxy") if name == "NO_PROXY" else None)
        if value:
            said.append(f"{name}={value}")
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        if environ.get(name) and not Path(environ[name]).exists():
            return Check("proxy", "fail", ", ".join(said), f"{name} names nothing that is there.")
    return Check("proxy", "ok", ", ".join(said) or "none, and the usual certificates")


def terminal(environ: Mapping[str, str], *, size: os.terminal_size | None) -> Check:
    """What the terminal can do, as far as it tells."""
    term = environ.get("TERM", "")
    encoding = (getattr(sys.stdout, "encoding", None) or "unknown").lower()
    where = f"{size.columns}×{size.lines}" if size else "no terminal"
    said = (
        f"{where}, TERM={term or 'not set'}, {_colours(environ)}, {encoding},"
        f" clipboard by OSC 52: {_clipboard(environ)}"
    )
    if size is None:
        return Check("terminal", "ok", said)
    if term in {"", "dumb"}:
        return Check("terminal", "warn", said, "The console needs a terminal; set TERM.")
    if "utf" not in encoding:
        return Check("terminal", "warn", said, "Use a UTF-8 locale, such as LANG=C.UTF-8.")
    if size.columns < 80 or size.lines < 24:
        return Check("terminal", "warn", said, "The console needs 80×24 or more.")
    return Check("terminal", "ok", said)


def _version(library: str) -> str | None:
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return None


def _requirements() -> list[str]:
    try:
        return metadata.requires(_PACKAGE) or []
    except metadata.PackageNotFoundError:
        # A copy of the sources that was never installed.
        return []


def _release(version: str) -> tuple[int, ...]:
    """The numbers of a version, for comparing: `8.2.5` and `8.2.5rc1` are (8, 2, 5)."""
    numbers = tuple(int(part) for part in re.findall(r"\d+", re.split("[^0-9.]", version)[0]))
    return numbers + (0,) * (4 - len(numbers))


def _host_of(proxy: str) -> str:
    try:
        parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "…"
    return f"{parts.scheme}://{parts.hostname}{port}"


def _colours(environ: Mapping[str, str]) -> str:
    if environ.get("NO_COLOR"):
        return "no colour (NO_COLOR)"
    if environ.get("COLORTERM", "").lower() in {"truecolor", "24bit"}:
        return "16 million colours"
    return "256 colours" if "256color" in environ.get("TERM", "") else "16 colours"


def _clipboard(environ: Mapping[str, str]) -> str:
    if environ.get("TMUX"):
        return "if tmux has set-clipboard on"
    names = f"{environ.get('TERM_PROGRAM', '')} {environ.get('TERM', '')}".lower()
    if environ.get("WT_SESSION") or any(name in names for name in _CLIPBOARD):
        return "likely"
    if "apple_terminal" in names or names.strip().startswith(("screen", "linux", "dumb")):
        return "unlikely"
    return "unknown"


_PATIENCE: Final = 10.0
"""Seconds for each of the two requests, unless --timeout says otherwise."""
_SLOW: Final = 3.0
_SKEW: Final = 120.0
"""Seconds our clock may be off before ages and waits are told wrongly."""
_EXPIRES_SOON: Final = 21
"""Days of a certificate's life left that are worth a word."""


def workspace(run: Invocation) -> Iterator[Check]:
    """Everything about the profile in use and its server."""
    try:
        profile = run.settings.profile(
            run.options.profile, run.environ, api_url=run.options.api_url
        )
    except SegOpsConfigError as error:
        yield Check("profile", "fail", str(error), error.hint)
        yield keyring(is_needed=False)
        return
    guard = "" if profile.guard == "none" else f", guard: {profile.guard}"
    yield Check("profile", "ok", f"{profile.name}, {profile.why}{guard}")
    if profile.is_sandbox:
        yield keyring(is_needed=False)
        yield _read(run, profile)
        return
    yield keyring(is_needed=profile.source is not None and "keyring" in profile.source.where)
    fetched, check = _key(run, profile)
    yield check
    yield from _server(run, profile)
    if fetched is not None:
        yield _read(run, fetched)


def _key(run: Invocation, profile: Profile) -> tuple[Profile | None, Check]:
    """The profile with its key in hand, so that a password manager is asked once."""
    from segops_tui.config.secrets import FromInput

    where = profile.source.where if profile.source else ""
    try:
        secret = profile.key(run.environ)
    except SegOpsConfigError as error:
        return None, Check("key", "fail", str(error), error.hint or "segops-tui profiles show")
    held = profile._replace(source=FromInput(secret))
    return held, Check("key", "ok", f"{secret.mask}, a secret key, from {where}")


def _server(run: Invocation, profile: Profile) -> Iterator[Check]:
    from segops_tui.client.probe import probe

    try:
        found = probe(profile.api_url, timeout=run.options.timeout or _PATIENCE)
    except ConnectionFailed as error:
        yield Check("server", "fail", f"{profile.api_url}: {error}", _remedy(error))
        return
    except SegOpsConfigError as error:
        yield Check("server", "fail", str(error), error.hint)
        return
    yield _answered(profile.api_url, found)
    yield _tls(found)
    yield _clock(found)


def _answered(url: str, found: ProbeResult) -> Check:
    said = f"{url} answers in {found.seconds * 1000:.0f} ms"
    if found.status >= 500:
        remedy = "The server, or what stands before it, has a fault of its own."
        return Check("server", "warn", f"{said}, with HTTP {found.status}", remedy)
    if found.seconds > _SLOW:
        return Check("server", "warn", said, "It is slow; raise --timeout.")
    # Without a key and a path 404 is what a healthy API says: the number would only alarm.
    return Check("server", "ok", said)


def _tls(found: ProbeResult) -> Check:
    from ssl import cert_time_to_seconds

    if found.tls is None:
        return Check("tls", "ok", "plain http, on this machine")
    if found.expires is None:
        return Check("tls", "ok", found.tls)
    days = int((cert_time_to_seconds(found.expires) - found.received_at) // 86_400)
    until = datetime.fromtimestamp(cert_time_to_seconds(found.expires), UTC).date()
    said = f"{found.tls}, certificate good until {until} ({days} days)"
    if days < _EXPIRES_SOON:
        return Check("tls", "warn", said, "Ask the server's operator to renew it.")
    return Check("tls", "ok", said)


def _clock(found: ProbeResult) -> Check:
    from email.utils import parsedate_to_datetime

    try:
        theirs = parsedate_to_datetime(found.date or "").timestamp()
    except (TypeError, ValueError):
        return Check("clock", "ok", "the server sends no date")
    off = found.received_at - theirs
    # The header counts whole seconds, and the answer took its way.
    if abs(off) <= _SKEW:
        return Check("clock", "ok", f"within {max(abs(off), 1):.0f} s of the server's")
    side = "ahead of" if off > 0 else "behind"
    said = f"{abs(off):,.0f} s {side} the server's"
    return Check("clock", "warn", said, "Set this machine's clock.")


def _read(run: Invocation, profile: Profile) -> Check:
    from segops_tui.session import Options, open_client

    options = Options(
        read_only=True, timeout=run.options.timeout or _PATIENCE, max_retries=0,
        on_prepare=run.note_preparing, trace=run.session_options.trace,
    )  # fmt: skip
    try:
        with open_client(profile, run.paths, run.environ, options) as client:
            page = client.segments.list(page_size=1).page()
    except SegOpsError as error:
        return Check("read", "fail", _said(error), _remedy(error))
    many = f", {page.count} segments" if page.count is not None else ""
    where = "the built-in sandbox" if profile.is_sandbox else "the key"
    return Check("read", "ok", f"{where} works{many}")


def _said(error: SegOpsError) -> str:
    status = f"HTTP {error.status}: " if isinstance(error, SegOpsApiError) else ""
    return f"{status}{error}"


def _remedy(error: SegOpsError) -> str:
    if isinstance(error, SegOpsApiError) and error.status in {401, 403}:
        return "Give another key: segops-tui profiles add NAME --update"
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return "Is it signed by an authority of your own? Name its file in SSL_CERT_FILE."
    hint: str | None = getattr(error, "hint", None)
    return hint or "Is the address right, the network up, the proxy the one to use?"


@COMMANDS.command("doctor", "segops-tui doctor", "segops-tui doctor -p prod -o json")
def doctor(run: Invocation) -> int:
    """Diagnose this installation; output is safe to paste in a report.

    Sends one request without a key and one read with it. Keys are not shown and home folders are
    written as ~. Exits 1 if a check failed.
    """
    from segops_tui.cli.core.options import wants_colour
    from segops_tui.wording import plain

    def fit(text: str | None) -> str | None:
        return None if text is None else anonymous(plain(text), run.environ)

    checks: list[Check] = []
    colour = wants_colour(sys.stdout.isatty(), run.options, run.environ)
    for check in _checks(run):
        clean = replace(check, found=fit(check.found) or "", remedy=fit(check.remedy))
        checks.append(clean)
        if run.out.is_table:
            _say(run, clean, colour=colour)
    if run.options.output == "name":
        for check in checks:
            run.out.line(f"{check.state} {check.name}")
    elif not run.out.is_table:
        run.out.data(
            {
                "healthy": all(check.state != "fail" for check in checks),
                "checks": [asdict(check) for check in checks],
            }
        )
    return int(ExitCode.REFUSED if any(c.state == "fail" for c in checks) else ExitCode.OK)


def _checks(run: Invocation) -> Iterator[Check]:
    yield from versions()
    try:
        paths = run.paths
    except SegOpsConfigError as error:
        yield Check("folders", "fail", str(error), error.hint)
        return
    yield from config(paths)
    yield from folders(paths)
    yield job_ledger(paths)
    size = os.get_terminal_size(sys.stdout.fileno()) if sys.stdout.isatty() else None
    yield terminal(run.environ, size=size)
    yield proxies(run.environ)
    yield from workspace(run)


def _say(run: Invocation, check: Check, *, colour: bool) -> None:
    state = f"{check.state:<4}"
    state = click.style(state, fg=_COLOURS[check.state]) if colour else state
    run.out.line(f"{state}  {check.name:<12}  {check.found}")
    if check.remedy and check.state != "ok":
        run.out.line(f"{'':<4}  {'':<12}  → {check.remedy}")
    run.out.flush()
