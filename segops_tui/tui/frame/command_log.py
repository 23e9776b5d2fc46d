"""The command log: what was done in this session, as command lines, curl or Python.

Any line can be copied, and all of them saved as a script that does the same.
"""

from __future__ import annotations

import pprint
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, Literal

from textual import on, work
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.reactive import reactive

from segops_tui import wording
from segops_tui.api.errors import SegOpsError
from segops_tui.api.json_text import json_text
from segops_tui.jobs.engine.download import Receiver, Target
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.core.text import block, crop, one_line
from segops_tui.tui.dialogs.dialog import Dialog
from segops_tui.tui.dialogs.path_form import PathForm
from segops_tui.tui.table.messages import RowHighlighted, RowSelected
from segops_tui.tui.table.virtual_table import TableColumn, VirtualTable
from segops_tui.tui.widgets.plain_text import PlainText

if TYPE_CHECKING:
    from datetime import datetime

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from segops_tui.config.profiles import Profile
    from segops_tui.tui.core.request_log import CommandLog, LoggedRequest
    from segops_tui.tui.core.workspace import Workspace

LogFormat = Literal["command", "curl", "python"]

FORMATS: Final[tuple[LogFormat, ...]] = ("command", "curl", "python")
SUFFIXES: Final[dict[LogFormat, str]] = {"command": ".sh", "curl": ".sh", "python": ".py"}


ADDRESS: Final = "$SEGOPS_API_URL"

_TITLES: Final[dict[LogFormat, tuple[str, str]]] = {
    "command": ("u", "Commands"),
    "curl": ("c", "curl"),
    "python": ("p", "Python"),
}
_EMPTY: Final[dict[LogFormat, str]] = {
    "command": "No actions yet. Each one appears as a command line.",
    "curl": "No changes yet. Each one appears as a request.",
    "python": "No changes yet. Each one appears as a call.",
}

_NEEDED_KEY: Final = ': "${SEGOPS_API_KEY:?}"'
_NEEDED_URL: Final = ': "${SEGOPS_API_URL:?}"'
_SHELL: Final = "#!/usr/bin/env bash"
"""Some lines use here-strings, which sh does not have."""
_PYTHON: Final = "#!/usr/bin/env python3"


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of the log: its time, its title, and its code in full."""

    when: datetime
    title: str
    code: str
    hides: bool = False
    """Whether a secret was left out of it."""


class CommandLogScreen(Dialog[None]):
    """The log, newest first, with the line under the cursor in full below."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,enter", "copy", "Copy", id="log.copy", tooltip="Copy this line."),
        Binding("Y", "copy_all", "Copy all", id="log.copy_all", tooltip="Copy all as a script."),
        Binding("s", "save", "Save script", id="log.save", tooltip="Save all as a script."),
        Binding("tab", "next", "Next format", id="log.turn", tooltip="Commands, curl, Python."),
        Binding("u", "show('command')", "Commands", id="log.command", tooltip="As command lines."),
        Binding("c", "show('curl')", "curl", id="log.curl", tooltip="As curl, without the key."),
        Binding("p", "show('python')", "Python", id="log.python", tooltip="As Python calls."),
        Binding("escape,q,L", "dismiss", "Close", id="log.close", tooltip="Close the log."),
    ]
    DEFAULT_CSS = """
    CommandLogScreen #formats { height: 1; margin-bottom: 1; }
    CommandLogScreen #full { height: auto; max-height: 9; overflow-y: auto; padding: 0 1; }
    CommandLogScreen #full { border-top: solid $border-blurred; }
    """

    format: reactive[LogFormat] = reactive("command")

    def __init__(self, workspace: Workspace) -> None:
        subtitle = "y copies   s saves a script   esc closes"
        super().__init__("Command log", subtitle=subtitle, box="-tall")
        self._log, self._profile = workspace.log, workspace.profile

    def body(self) -> ComposeResult:
        """The formats, the log as a table, and one line in full."""
        yield PlainText(id="formats")
        yield VirtualTable(
            [
                TableColumn("when", "TIME", lambda line: f"{line.when:%H:%M:%S}", width=8),
                TableColumn(
                    "line", "WHAT", lambda line: one_line(line.title), flex=True, max_width=400
                ),
            ],
            markable=False,
            fit="scroll",
        )
        with Vertical(id="full"):
            yield PlainText(id="code")

    def on_mount(self) -> None:
        """Focus the table."""
        self.query_one(VirtualTable).focus()

    def watch_format(self, format: LogFormat) -> None:
        """Show the log in another format."""
        table = self.query_one(VirtualTable)
        table.empty_text = _EMPTY[format]
        table.set_rows(list(reversed(log_lines(self._log, format, self._profile))), key=id)
        self.query_one("#formats", PlainText).update(self._format_tabs())
        self._show(table.current_row)

    def action_show(self, format: LogFormat) -> None:
        """Show the log in a format."""
        self.format = format

    def action_next(self) -> None:
        """Show the log in the next format."""
        self.format = FORMATS[(FORMATS.index(self.format) + 1) % len(FORMATS)]

    def action_copy(self) -> None:
        """Copy the line under the cursor."""
        line: LogLine | None = self.query_one(VirtualTable).current_row
        if line is not None:
            self.app.copy_to_clipboard(line.code)
            text = crop(one_line(line.code), 200)
            self.notify(text, title="Copied", markup=False, timeout=3)

    def action_copy_all(self) -> None:
        """Copy the script that `s` would save."""
        if self._count:
            self.app.copy_to_clipboard(script_of(self._log, self.format, self._profile))
            lines = wording.plural(self._count, "line")
            self.notify(f"A script of {lines}", title="Copied", timeout=3)

    @work(group="save", exclusive=True)
    async def action_save(self) -> None:
        """Ask for a path and save the log as a script."""
        if not self._count:
            self.notify(_EMPTY[self.format], title="Save script: not available", severity="warning")
            return
        suffix, lines = SUFFIXES[self.format], wording.plural(self._count, "line")
        destination = await self.app.push_screen_wait(
            PathForm(
                "Save this session as a script",
                about=f"{lines}, without the key",
                proposal=f"segops-session{suffix}",
                endings=[suffix],
            )
        )
        if destination is None:
            return
        target = Target(destination.path, destination.force, tag="session")
        try:
            target.check()
            with Receiver(target) as receiver:
                receiver.write(script_of(self._log, self.format, self._profile).encode())
                receiver.finish(announced=None)
        except SegOpsError as error:
            text = problem_of(error).words
            self.notify(text, title="Not saved", severity="error", markup=False)
            return
        program = "python" if destination.path.suffix == ".py" else "bash"
        name = one_line(destination.path)
        text = f"{lines} → {name}\nReview it, then run: {program} {name}"
        self.notify(text, title="Saved", markup=False, timeout=8)

    @on(RowHighlighted)
    def _highlighted(self, event: RowHighlighted) -> None:
        event.stop()
        self._show(event.row)

    @on(RowSelected)
    def _selected(self, event: RowSelected) -> None:
        event.stop()
        self.action_copy()

    @property
    def _count(self) -> int:
        return len(self._log.entries if self.format == "command" else self._log.requests)

    def _show(self, line: LogLine | None) -> None:
        self.query_one("#full").display = line is not None
        if line is not None:
            note = "\nA secret is hidden: …" if line.hides else ""
            code = Content(block(line.code))
            self.query_one("#code", PlainText).update(code + Content.styled(note, "$warning"))

    def _format_tabs(self) -> Content:
        current = "bold $block-cursor-foreground on $block-cursor-background"
        return Content("  ").join(
            Content.assemble(
                (f" {key} ", "bold $primary"),
                (f" {title} ", current if format == self.format else "$text-muted"),
            )
            for format, (key, title) in _TITLES.items()
        )


def log_lines(log: CommandLog, format: LogFormat, profile: Profile) -> list[LogLine]:
    """The log in a format, oldest first. A command may have sent several requests, or none."""
    if format == "command":
        lines = [(each.when, with_profile(each.command, profile)) for each in log.entries]
        return [LogLine(when, line, line, hides="=…" in line) for when, line in lines]
    if format == "curl":
        base = ADDRESS if profile.is_sandbox else profile.api_url
        return [
            LogLine(each.when, each.title, as_curl(each, base=base), each.hides)
            for each in log.requests
        ]
    return [LogLine(each.when, each.title, as_python(each), each.hides) for each in log.requests]


def with_profile(command: str, profile: Profile) -> str:
    """A command line with the options that a production profile requires."""
    if profile.guard != "production":
        return command
    return f"{command.removesuffix(' --yes')} --profile {shlex.quote(profile.name)} --yes"


def script_of(log: CommandLog, format: LogFormat, profile: Profile) -> str:
    """The log as a script."""
    lines = log_lines(log, format, profile)
    about = [f"Session of segops-tui, profile {one_line(profile.name)}"]
    if lines:
        about[0] += f", {lines[0].when:%Y-%m-%d %H:%M} to {lines[-1].when:%H:%M}"
    about[0] += "."
    if any(line.hides for line in lines):
        about.append("Secrets are hidden: replace each … with its value.")
    if any("body.json" in line.code for line in lines):
        about.append("A body that was too long to keep is read from body.json.")
    comments = [f"# {line}" for line in about]
    code = [line.code for line in lines]
    if format == "python":
        parts = [_PYTHON, *comments, *_imports(code), *_where(format, profile), *code]
    else:
        parts = [_SHELL, *comments, "set -eu", *_where(format, profile), *code]
    return "\n".join(parts) + "\n"


def _imports(code: list[str]) -> list[str]:
    """The imports that the calls need."""
    uploads = any("Upload(" in each for each in code)
    return [
        *(["import json"] if any("json.load(" in each for each in code) else []),
        "import os",
        "",
        "from segops_tui import SegOpsAdmin",
        *(["from segops_tui.api.request import Request, Upload, raw_json"] if uploads else []),
        "",
    ]


def _where(format: LogFormat, profile: Profile) -> list[str]:
    """How the script finds the workspace; the key is never in it."""
    if format == "command":
        if profile.origins.get("key") == "SEGOPS_API_KEY":
            return [_NEEDED_KEY, f"export SEGOPS_API_URL={shlex.quote(profile.api_url)}"]
        return [f"export SEGOPS_PROFILE={shlex.quote(profile.name)}"]
    if format == "curl":
        if profile.is_sandbox:
            return ["# segops-tui sandbox serve prints both.", _NEEDED_KEY, _NEEDED_URL]
        return [_NEEDED_KEY]
    base = 'os.environ["SEGOPS_API_URL"]' if profile.is_sandbox else repr(profile.api_url)
    return [f'client = SegOpsAdmin(os.environ["SEGOPS_API_KEY"], base_url={base})']


def as_curl(request: LoggedRequest, *, base: str = ADDRESS) -> str:
    """The request as a curl command; the key is read from the environment."""
    lines = [f"curl -sS --fail-with-body -X {request.method}", _address(request, base)]
    lines.append('-H "Authorization: ApiKey $SEGOPS_API_KEY"')
    if request.upload:
        part = request.upload.replace("\\", "\\\\").replace('"', '\\"')
        named = f'{request.form_field}=@"{part}"'
        lines.append(f"-F {shlex.quote(named)}")
    elif request.is_long:
        lines.append("-H 'Content-Type: application/json' -d @body.json")
    elif request.body is not None:
        text = json_text(request.body, ensure_ascii=False)
        text = text if text.isprintable() else json_text(request.body)
        lines.append(f"-H 'Content-Type: application/json' -d {shlex.quote(text)}")
    return " \\\n  ".join(lines)


def as_python(request: LoggedRequest) -> str:
    """The request as a call of this package's client."""
    if request.upload:
        return (
            f"client.send(Request({request.method!r}, {request.path!r}, parse=raw_json,"
            f" upload=Upload(\n"
            f"    open=lambda: open({request.upload!r}, 'rb'), filename={request.upload!r},"
            f" field={request.form_field!r})))"
        )
    call = f"client.http.request({request.method!r}, {request.path!r}"
    more = f", query={dict(request.query)!r}" if request.query else ""
    if request.is_long:
        more += ", body=json.load(open('body.json', encoding='utf-8'))"
    elif request.body is not None:
        body = pprint.pformat(request.body, width=92, sort_dicts=False)
        lines = f"body={body}".replace("\n", "\n" + " " * 9)
        more += f",\n    {lines}" if "\n" in body else f", {lines}"
    return f"{call}{more})"


def _address(request: LoggedRequest, base: str) -> str:
    query = ""
    if request.query:
        from urllib.parse import urlencode  # noqa: PLC0415 (only when a log is opened)

        query = f"?{urlencode(request.query)}"
    if base == ADDRESS:
        return f'"{ADDRESS}"{shlex.quote(request.path + query)}'
    return shlex.quote(f"{base.rstrip('/')}{request.path}{query}")
