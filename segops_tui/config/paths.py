"""Where files live: three folders by the platform's custom, or all below `SEGOPS_TUI_HOME`.

Knows paths; creates and reads nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from segops_tui.api.errors import SegOpsConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

APP: Final = "segops-tui"


@dataclass(frozen=True, slots=True)
class Paths:
    """The folders of one installation."""

    config: Path
    """`config.toml`: what a person wrote."""
    state: Path
    """Jobs, caches, logs: what this machine remembers."""
    data: Path
    """The sandbox."""

    @property
    def config_file(self) -> Path:
        """Profiles and preferences."""
        return self.config / "config.toml"

    @property
    def debug_log(self) -> Path:
        """What `--debug` wrote down."""
        return self.state / "logs" / "debug.log"

    @property
    def console_file(self) -> Path:
        """What the console remembers of how things are shown."""
        return self.state / "console.json"

    @property
    def ledger_file(self) -> Path:
        """Every job started from here."""
        return self.state / "jobs.db"

    @property
    def sandbox_file(self) -> Path:
        """The embedded sandbox's database."""
        return self.data / "sandbox.db"


def find_paths(environ: Mapping[str, str]) -> Paths:
    """The folders for this environment.

    Raises:
        SegOpsConfigError: this user has no home folder.
    """
    home = environ.get("SEGOPS_TUI_HOME")
    try:
        found = _below(Path(home).expanduser()) if home else _by_custom()
    except (RuntimeError, KeyError) as error:
        raise _homeless() from error
    if not home and not found.config.is_absolute():
        # platformdirs leaves "~" as it is where nobody can say what it stands for.
        raise _homeless()
    return found


def _below(root: Path) -> Paths:
    return Paths(root / "config", root / "state", root / "data")


def _by_custom() -> Paths:
    import platformdirs  # noqa: PLC0415 (4 ms that an override does not owe)

    return Paths(
        platformdirs.user_config_path(APP, appauthor=False),
        platformdirs.user_state_path(APP, appauthor=False),
        platformdirs.user_data_path(APP, appauthor=False),
    )


def _homeless() -> SegOpsConfigError:
    return SegOpsConfigError(
        "There is no home folder to keep settings in.",
        hint="Set SEGOPS_TUI_HOME to a folder that can be written.",
    )
