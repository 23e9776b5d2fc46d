"""Edit a text in $VISUAL or $EDITOR while the console is suspended; running jobs continue."""

from __future__ import annotations

import asyncio
import shlex
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.app import SuspendNotSupported

from segops_tui.system import EDITORS, interrupts_left_to_child

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import App


@dataclass(frozen=True, slots=True)
class ExternalEdit:
    """The edited text, or why there is none."""

    text: str = ""
    problem: str = ""


def editor_command(environ: Mapping[str, str]) -> list[str]:
    """The editor's command line; empty where there is none."""
    for variable in ("VISUAL", "EDITOR"):
        command = environ.get(variable, "").strip()
        if command:
            try:
                return shlex.split(command)
            except ValueError:
                return [command]
    found = next((name for name in EDITORS if shutil.which(name)), None)
    return [found] if found else []


async def edit_externally(
    app: App[Any], text: str, environ: Mapping[str, str], *, name: str = "rule.json"
) -> ExternalEdit:
    """Open a text in the user's editor and wait until it exits.

    Where the editor fails after writing, the file is kept and the problem names it.
    """
    command = editor_command(environ)
    if not command:
        return ExternalEdit(problem="There is no editor: set EDITOR.")
    try:
        folder = Path(tempfile.mkdtemp(prefix="segops-tui-"))
        file = folder / name
        file.write_text(text if text.endswith("\n") else f"{text}\n", encoding="utf-8")
    except OSError as error:
        return ExternalEdit(problem=f"Cannot write a file for the editor: {error.strerror}.")
    try:
        # Nothing is painted meanwhile, but the loop goes on, as jobs run on it.
        with app.batch_update(), app.suspend(), interrupts_left_to_child():
            done = await asyncio.to_thread(subprocess.run, [*command, str(file)], check=False)
    except SuspendNotSupported:
        shutil.rmtree(folder, ignore_errors=True)
        return ExternalEdit(problem="This terminal cannot run another program.")
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        why = error.strerror or error
        return ExternalEdit(
            problem=f"The editor {command[0]!r} could not be started: {why}. Set EDITOR."
        )
    return _read_result(done.returncode, file, text)


def _read_result(code: int, file: Path, before: str) -> ExternalEdit:
    try:
        after = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ExternalEdit(problem=f"{file} cannot be read as text.")
    if code != 0 and after.strip() not in ("", before.strip()):
        return ExternalEdit(
            problem=f"The editor exited with code {code}; what it wrote is in {file}."
        )
    shutil.rmtree(file.parent, ignore_errors=True)
    if code != 0:
        return ExternalEdit(problem=f"The editor exited with code {code}; nothing was changed.")
    if not after.strip():
        return ExternalEdit(problem="The editor left an empty file; the rule is unchanged.")
    return ExternalEdit(after)
