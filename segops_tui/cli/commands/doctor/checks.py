"""What `doctor` looks at on this machine: versions, config, keyring, proxies, terminal.

Knows the environment it is handed; sends nothing. Each check says what it found and, where
something is wrong, what to do.
"""

from __future__ import annotations

import os
import platform
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import urlsplit

from segops_tui._version import __version__
from segops_tui.api.errors import SegOpsConfigError
from segops_tui.api.keys import redact

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from segops_tui.config.paths import Paths

State = Literal["ok", "warn", "fail"]

_LIBRARIES: Final = ("click", "rich", "textual", "httpx", "platformdirs", "tomlkit", "uvicorn")
_EXTRAS: Final = ("keyring", "pyarrow")
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
    """A text fit for a bug report: no key, and no name of a person in a home folder's path."""
    homes = {environ.get("HOME", ""), environ.get("USERPROFILE", ""), str(Path("~").expanduser())}
    for home in sorted(homes, key=len, reverse=True):
        if len(home) > 1:
            text = text.replace(home.rstrip("/\\"), "~")
    return redact(text)


def versions() -> Iterator[Check]:
    """Which versions of what."""
    import sqlite3

    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    python = f"Python {platform.python_version()}"
    yield Check("program", "ok", f"segops-tui {__version__}, {python}, {system}")
    found = [f"{name} {version}" for name in _LIBRARIES if (version := _version(name))]
    missing = [name for name in _LIBRARIES if _version(name) is None]
    extras = [f"{name} {_version(name) or 'not installed'}" for name in _EXTRAS]
    said = ", ".join([*found, f"sqlite {sqlite3.sqlite_version}", *extras])
    if missing:
        yield Check(
            "libraries", "fail", f"{said}; missing: {', '.join(missing)}", "Install it again."
        )
    else:
        yield Check("libraries", "ok", said)


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
        return Check("terminal", "warn", said, "The console wants 80×24 or more.")
    return Check("terminal", "ok", said)


def _version(library: str) -> str | None:
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return None


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
