"""How the console lists, opens, tests and saves profiles: functions that its caller provides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from segops_tui.config.profiles import Profile
    from segops_tui.config.store import NewProfile
    from segops_tui.tui.core.opened import Opened


@dataclass(frozen=True, slots=True)
class Known:
    """A profile as the switcher lists it."""

    name: str
    profile: Profile | None
    """None where its section of the file is invalid."""
    fault: str = ""
    key: str = ""
    """Where the key is stored, masked if reading it costs nothing."""
    kept: bool = True
    """Whether it is in the file, and can be edited here."""


@dataclass(frozen=True, slots=True)
class Profiles:
    """The profiles, and functions to open, test and save one. Each may take a while.

    Each raises `SegOpsConfigError` or another `SegOpsError`.
    """

    known: Callable[[], Sequence[Known]]
    open: Callable[[Profile], Opened]
    attempt: Callable[[NewProfile], None]
    """Test a profile with one read."""
    keep: Callable[[NewProfile, bool], None]
    """Save a profile; with True, replace the one of that name."""
