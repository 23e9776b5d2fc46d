"""The only writer of stderr: notes, warnings, errors, questions, traces."""

from __future__ import annotations

import json
import sys
from typing import IO, TYPE_CHECKING

import click

from segops_tui.cli.core.process import discard, terminal_size
from segops_tui.wording import plain

if TYPE_CHECKING:
    from segops_tui.cli.core.error_report import ErrorReport
    from segops_tui.client.pipeline import Trace


class Diagnostics:
    """Talks to the user on stderr."""

    def __init__(
        self, stream: IO[str], *, colour: bool, quiet: bool = False, as_json: bool = False
    ) -> None:
        self.stream = stream
        self._colour, self._quiet, self._as_json = colour, quiet, as_json
        self._is_open = False

    @property
    def is_quiet(self) -> bool:
        """Whether notes and progress are unwanted."""
        return self._quiet

    @property
    def is_terminal(self) -> bool:
        """Whether stderr is a terminal."""
        return self.stream.isatty()

    @property
    def has_colour(self) -> bool:
        """Whether colour is wanted and seen."""
        return self._colour

    @property
    def width(self) -> int | None:
        """Cells a line has; None where it is no terminal."""
        return terminal_size().columns if self.is_terminal else None

    def note(self, text: str) -> None:
        """Print a note; silent under --quiet."""
        if not self._quiet:
            self._say(self._styled(plain(text), dim=True))

    def line(self, text: str) -> None:
        """Print a line of progress; silent under --quiet."""
        if not self._quiet:
            self._say(plain(text))

    def passing(self, text: str) -> None:
        """Show a line that the next one replaces; only on a terminal."""
        if not self._quiet and self.is_terminal:
            self._write(f"\r\x1b[K{plain(text)}")
            self._is_open = True

    def warn(self, text: str) -> None:
        """Print a warning, even under --quiet."""
        self._say(f"{self._styled('warning:', fg='yellow')} {plain(text)}")

    def problem(self, problem: ErrorReport) -> None:
        """Print an error: lines for people, one JSON object for `-o json` and `ndjson`."""
        if self._as_json:
            self._say(json.dumps(problem.as_json(), ensure_ascii=True))
            return
        first, *rest = problem.lines()
        self._say(f"{self._styled('error:', fg='red', bold=True)} {first}")
        for line in rest:
            self._say(line)

    def close(self) -> None:
        """Erase a passing line."""
        if self._is_open:
            self._is_open = False
            self._write("\r\x1b[K")

    def interrupted(self, text: str) -> None:
        """Print what happens after Ctrl-C; the blank line ends the terminal's ^C."""
        self._say(f"\n{plain(text)}")

    def trace(self, trace: Trace) -> None:
        """Print one request attempt, for --debug."""
        came = str(trace.status) if trace.status is not None else f"no answer: {trace.error}"
        named = f" {trace.request_id}" if trace.request_id else ""
        text = f"{trace.method} {trace.target} {came} {trace.seconds * 1000:.0f} ms{named}"
        self._say(self._styled(plain(text), dim=True))
        for mark, headers in ((">", trace.sent), ("<", trace.answered)):
            for name, value in headers:
                self._say(self._styled(plain(f"  {mark} {name}: {value}"), dim=True))

    def details(self, text: str) -> None:
        """Print several lines as they are, for --debug."""
        for line in text.splitlines():
            self._say(plain(line))

    def ask(self, question: str, *, default: bool = False) -> bool:
        """Ask yes or no on the terminal; only a yes is one, unless the default is yes."""
        self._write(f"{plain(question)} {'[Y/n]' if default else '[y/N]'} ")
        answer = sys.stdin.readline()
        if default and answer == "\n":
            return True
        return answer.strip().lower() in {"y", "yes"}

    def ask_number(self, question: str, *, most: int) -> int | None:
        """Ask for a number from 1 to `most`; None for any other answer."""
        self._write(f"{plain(question)} [1-{most}, enter to cancel] ")
        answer = sys.stdin.readline().strip()
        return int(answer) if answer.isdecimal() and 1 <= int(answer) <= most else None

    def ask_hidden(self, question: str) -> str:
        """Prompt for hidden input."""
        from getpass import getpass

        self.close()
        return getpass(f"{plain(question)}: ", sys.stderr)

    def ask_word(self, question: str, word: str) -> bool:
        """Ask for a word to be typed; only that word is a yes."""
        self._write(f"{plain(question)}\nType {plain(word)} to continue: ")
        return sys.stdin.readline().strip() == word

    def _styled(
        self, text: str, *, fg: str | None = None, bold: bool = False, dim: bool = False
    ) -> str:
        return (
            click.style(text, fg=fg, bold=bold or None, dim=dim or None) if self._colour else text
        )

    def _say(self, text: str) -> None:
        start, self._is_open = ("\r\x1b[K" if self._is_open else ""), False
        self._write(f"{start}{text}\n")

    def _write(self, text: str) -> None:
        try:
            self.stream.write(text)
            self.stream.flush()
        except (OSError, ValueError):
            # Closed or full: the work goes on, and the exit code reports its result.
            discard(self.stream)
