"""What the console is handed to go from one profile to another, and to keep new ones.

Knows no file, no address and no key; whoever starts the console does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from segops_tui.config.profiles import Profile
    from segops_tui.config.store import NewProfile
    from segops_tui.tui.core.workspace import Opened


@dataclass(frozen=True, slots=True)
class Known:
    """A profile as the switcher lists it."""

    name: str
    profile: Profile | None
    """None where what the file says of it cannot be read."""
    fault: str = ""
    key: str = ""
    """Where the key lives, with its mask where that costs nothing."""
    kept: bool = True
    """Whether it is in the file, and may be changed here."""


@dataclass(frozen=True, slots=True)
class Profiles:
    """The profiles there are, and the ways to open, try and keep one. Each may take a while.

    Every one of them raises `SegOpsConfigError`, or another `SegOpsError`, with words for people.
    """

    known: Callable[[], Sequence[Known]]
    open: Callable[[Profile], Opened]
    attempt: Callable[[NewProfile], None]
    """Reads one thing with it."""
    keep: Callable[[NewProfile, bool], None]
    """Adds it; where it says so, it changes the one of that name."""
