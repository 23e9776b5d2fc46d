"""Copying to the clipboard: by the terminal (OSC 52), and by a program where there is one.

Over ssh no program is run, as it would fill the remote machine's clipboard.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final

from textual.app import App

if TYPE_CHECKING:
    from collections.abc import Mapping

LIMIT: Final = 2.0
"""Seconds a program may take: xclip can wait forever without a display."""


class Copying(App[int]):
    """An app that copies both ways."""

    def copy_to_clipboard(self, text: str) -> None:
        """Copy by the terminal, which works over ssh too, and by a program where there is one."""
        super().copy_to_clipboard(text)
        program = clipboard_program(os.environ)
        if program is not None:
            self.run_worker(partial(fill_clipboard, text, program), thread=True, group="clipboard")


def clipboard_program(
    environ: Mapping[str, str], *, platform: str = sys.platform
) -> list[str] | None:
    """The command that fills this desktop's clipboard from standard input, if there is one."""
    if "SSH_CONNECTION" in environ or "SSH_TTY" in environ:
        return None
    candidates: list[list[str]] = []
    if platform == "darwin":
        candidates.append(["pbcopy"])
    if "WSL_DISTRO_NAME" in environ:
        candidates.append(["clip.exe"])
    if environ.get("WAYLAND_DISPLAY"):
        candidates.append(["wl-copy"])
    if environ.get("DISPLAY"):
        candidates += [["xclip", "-selection", "clipboard"], ["xsel", "--clipboard", "--input"]]
    return next((each for each in candidates if shutil.which(each[0])), None)


def fill_clipboard(text: str, program: list[str]) -> None:
    """Run the program; it may fail silently, as the terminal copies too."""
    with suppress(OSError, subprocess.SubprocessError):
        subprocess.run(
            program,
            input=text.encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=LIMIT,
            check=False,
        )
