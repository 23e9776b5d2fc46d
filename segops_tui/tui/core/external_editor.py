"""A text in the person's own editor, the console standing aside meanwhile.

Knows VISUAL and EDITOR and how to give up the terminal; judges no text. Jobs go on being driven.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from textual.app import SuspendNotSupported

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from textual.app import App

_FALLBACKS: Final = ("notepad",) if os.name == "nt" else ("sensible-editor", "nano", "vi")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: the text as it was left, or why there is none."""

    text: str = ""
    trouble: str = ""


def editor_words(environ: Mapping[str, str]) -> list[str]:
    """The editor's command line; empty where there is none."""
    for variable in ("VISUAL", "EDITOR"):
        words = environ.get(variable, "").strip()
        if words:
            try:
                return shlex.split(words)
            except ValueError:
                return [words]
    found = next((name for name in _FALLBACKS if shutil.which(name)), None)
    return [found] if found else []


async def write_outside(
    app: App[Any], text: str, environ: Mapping[str, str], *, name: str = "rule.json"
) -> Outcome:
    """Let the person write in their editor; answers when it has ended.

    What it wrote before it failed stays in a file, which the trouble names.
    """
    words = editor_words(environ)
    if not words:
        return Outcome(trouble="There is no editor: set EDITOR.")
    try:
        folder = Path(tempfile.mkdtemp(prefix="segops-tui-"))
        file = folder / name
        file.write_text(text if text.endswith("\n") else f"{text}\n", encoding="utf-8")
    except OSError as error:
        return Outcome(trouble=f"No file could be made for the editor: {error.strerror}.")
    try:
        # Nothing is painted meanwhile, though the loop goes on for the sake of jobs.
        with app.batch_update(), app.suspend(), _deaf_to_interrupts():
            done = await asyncio.to_thread(subprocess.run, [*words, str(file)], check=False)
    except SuspendNotSupported:
        shutil.rmtree(folder, ignore_errors=True)
        return Outcome(trouble="This terminal cannot be lent to another program.")
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        why = error.strerror or error
        return Outcome(trouble=f"The editor {words[0]!r} could not be started: {why}. Set EDITOR.")
    return _left_by(done.returncode, file, text)


def _left_by(code: int, file: Path, before: str) -> Outcome:
    try:
        after = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return Outcome(trouble=f"What the editor left in {file} cannot be read as text.")
    if code != 0 and after.strip() not in ("", before.strip()):
        why = f"The editor ended with exit code {code}; what it wrote is in {file}."
        return Outcome(trouble=why)
    shutil.rmtree(file.parent, ignore_errors=True)
    if code != 0:
        return Outcome(trouble=f"The editor ended with exit code {code}; nothing was changed.")
    if not after.strip():
        return Outcome(trouble="The editor left an empty file, so the rule is as it was.")
    return Outcome(after)


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Leave ctrl+c to the editor, which shares the terminal."""
    try:
        before = signal.signal(signal.SIGINT, lambda *_: None)
    except ValueError:
        # Not the main thread: a signal would not come here.
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
