"""What was done in a session, said in one of three ways, and as a script that does it again.

Knows the log and three languages; writes no file and runs nothing.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from segops_tui.tui.core.request_log import ADDRESS, as_curl, as_python
from segops_tui.tui.core.text import one_line

if TYPE_CHECKING:
    from datetime import datetime

    from segops_tui.config.profiles import Profile
    from segops_tui.tui.core.workspace import CommandLog

Form = Literal["command", "curl", "python"]
"""As a command line of this program, as HTTP, as Python."""

FORMS: Final[tuple[Form, ...]] = ("command", "curl", "python")
ENDINGS: Final[dict[Form, str]] = {"command": ".sh", "curl": ".sh", "python": ".py"}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was done: when, in short, and in full."""

    when: datetime
    title: str
    code: str
    hides: bool = False
    """A secret was left out of it."""


def lines_of(log: CommandLog, form: Form, profile: Profile) -> list[Line]:
    """What was done, oldest first. A command may have sent several requests, or none."""
    if form == "command":
        said = [(ran.when, with_profile(ran.command, profile)) for ran in log.entries]
        return [Line(when, line, line, hides="=…" in line) for when, line in said]
    if form == "curl":
        base = ADDRESS if profile.is_sandbox else profile.api_url
        return [Line(s.when, s.title, as_curl(s, base=base), s.hides) for s in log.sent]
    return [Line(s.when, s.title, as_python(s), s.hides) for s in log.sent]


def with_profile(command: str, profile: Profile) -> str:
    """A command line as it has to be given where production is guarded."""
    if profile.guard != "production":
        return command
    return f"{command.removesuffix(' --yes')} --profile {shlex.quote(profile.name)} --yes"


def script_of(log: CommandLog, form: Form, profile: Profile) -> str:
    """All of it as a program."""
    lines = lines_of(log, form, profile)
    about = [f"Done in segops-tui, profile {one_line(profile.name)}"]
    if lines:
        about[0] += f", {lines[0].when:%Y-%m-%d %H:%M} to {lines[-1].when:%H:%M}"
    about[0] += "."
    if any(line.hides for line in lines):
        about.append("Secrets were left out: write them where … stands.")
    if any("body.json" in line.code for line in lines):
        about.append("A body too long to be kept is read from body.json.")
    comments = [f"# {words}" for words in about]
    code = [line.code for line in lines]
    if form == "python":
        parts = [_PYTHON, *comments, *_imports(code), *_where(form, profile), *code]
    else:
        parts = [_SHELL, *comments, "set -eu", *_where(form, profile), *code]
    return "\n".join(parts) + "\n"


def _imports(code: list[str]) -> list[str]:
    """What the calls need, and no more."""
    uploads = any("Upload(" in each for each in code)
    return [
        *(["import json"] if any("json.load(" in each for each in code) else []),
        "import os",
        "",
        "from segops_tui import SegOpsAdmin",
        *(["from segops_tui.api.request import Request, Upload, raw_json"] if uploads else []),
        "",
    ]


def _where(form: Form, profile: Profile) -> list[str]:
    """How the program finds the workspace; the key is never in it."""
    if form == "command":
        if profile.origins.get("key") == "SEGOPS_API_KEY":
            return [_NEEDED_KEY, f"export SEGOPS_API_URL={shlex.quote(profile.api_url)}"]
        return [f"export SEGOPS_PROFILE={shlex.quote(profile.name)}"]
    if form == "curl":
        if profile.is_sandbox:
            return ["# segops-tui sandbox serve prints both.", _NEEDED_KEY, _NEEDED_URL]
        return [_NEEDED_KEY]
    base = 'os.environ["SEGOPS_API_URL"]' if profile.is_sandbox else repr(profile.api_url)
    return [f'client = SegOpsAdmin(os.environ["SEGOPS_API_KEY"], base_url={base})']


_NEEDED_KEY: Final = ': "${SEGOPS_API_KEY:?}"'
_NEEDED_URL: Final = ': "${SEGOPS_API_URL:?}"'
_SHELL: Final = "#!/usr/bin/env bash"
"""Some lines have here-strings, which sh has not."""
_PYTHON: Final = "#!/usr/bin/env python3"
