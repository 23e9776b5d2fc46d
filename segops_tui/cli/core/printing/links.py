"""Links that a terminal opens at a click (OSC 8), where it is known to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_PROGRAMS: Final = frozenset({"iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "rio", "Tabby"})
_VARIABLES: Final = ("KITTY_WINDOW_ID", "WT_SESSION", "KONSOLE_VERSION", "DOMTERM")
_NAMES: Final = ("xterm-kitty", "alacritty", "foot", "contour", "xterm-ghostty", "wezterm")
_FIRST_VTE: Final = 5000
"""Version 0.50 of the terminal library that GNOME's and others use."""


def knows_links(environ: Mapping[str, str]) -> bool:
    """Whether the terminal shows links; FORCE_HYPERLINK=1 or 0 decides before all else."""
    forced = environ.get("FORCE_HYPERLINK")
    if forced is not None:
        return forced not in {"", "0"}
    if environ.get("TERM") == "dumb" or environ.get("TMUX") or environ.get("STY"):
        return False
    vte = environ.get("VTE_VERSION", "")
    if vte.isdigit() and int(vte) >= _FIRST_VTE:
        return True
    return (
        environ.get("TERM_PROGRAM") in _PROGRAMS
        or any(environ.get(name) for name in _VARIABLES)
        or environ.get("TERM", "").startswith(_NAMES)
    )


def file_link(path: Path, text: str) -> str:
    """A text that opens a file; the address is percent-encoded, so that it ends where it should."""
    return f"\x1b]8;;{path.absolute().as_uri()}\x1b\\{text}\x1b]8;;\x1b\\"
