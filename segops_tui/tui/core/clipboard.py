"""The clipboard: the terminal's own first, then this machine's, as some terminals know no OSC 52.

Knows the programs that fill a clipboard; nothing is tried over ssh, where it would be the wrong
machine's.
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
"""Seconds a program may take; xclip has been seen to wait for ever without a display."""


class Copying(App[int]):
    """An app whose copying reaches both."""

    def copy_to_clipboard(self, text: str) -> None:
        """Copy: by the terminal (OSC 52, over ssh too), and by a program where there is one."""
        super().copy_to_clipboard(text)
        program = clipboard_program(os.environ)
        if program is not None:
            self.run_worker(partial(fill_clipboard, text, program), thread=True, group="clipboard")


def clipboard_program(
    environ: Mapping[str, str], *, platform: str = sys.platform
) -> list[str] | None:
    """The program that fills this desktop's clipboard from standard input, if there is one."""
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


def fill_clipboard(words: str, program: list[str]) -> None:
    """Put words there; failing is silent, since the terminal was asked as well."""
    with suppress(OSError, subprocess.SubprocessError):
        subprocess.run(
            program,
            input=words.encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=LIMIT,
            check=False,
        )
