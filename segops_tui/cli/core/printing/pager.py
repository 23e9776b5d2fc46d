"""Show a long text in the user's pager."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING

from segops_tui.system import interrupts_left_to_child

if TYPE_CHECKING:
    from collections.abc import Mapping


def pager_command(environ: Mapping[str, str]) -> list[str]:
    """The words of the pager to run; none where there is no pager, or `cat` or an empty $PAGER
    says that none is wanted."""
    asked = environ.get("PAGER")
    if asked is None:
        found = next((name for name in ("less", "more") if shutil.which(name)), None)
        return [found] if found else []
    try:
        words = shlex.split(asked, posix=os.name == "posix")
    except ValueError:
        return []
    return [] if words == ["cat"] else words


def show(text: str, environ: Mapping[str, str], *, height: int) -> bool:
    """Show a text that is higher than the screen; whether it was shown.

    A pager that cannot be started or that fails shows nothing: the caller then prints the text.
    less leaves colours as they are, ends by itself at a short text, and does not clear the screen,
    unless $LESS says otherwise.
    """
    words = pager_command(environ)
    if text.count("\n") < height or not words:
        return False
    try:
        with interrupts_left_to_child():
            process = subprocess.Popen(
                words,
                stdin=subprocess.PIPE,
                env={"LESS": "FRX", "LV": "-c", **environ},
                text=True,
                encoding="utf-8",
                errors="backslashreplace",
            )
            # The user may leave before the last line.
            with suppress(BrokenPipeError):
                process.communicate(text)
            return process.wait() == 0
    except OSError:
        return False
