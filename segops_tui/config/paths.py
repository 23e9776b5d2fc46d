"""Where files live: in the platform's own folders, or all below `SEGOPS_TUI_HOME`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from segops_tui.api.errors import SegOpsConfigError
from segops_tui.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

APP: Final = "segops-tui"


class Paths(NamedTuple):
    """The folders of one installation."""

    config: Path
    """Settings: `config.toml`."""
    state: Path
    """Jobs, caches and logs."""
    data: Path
    """The sandbox."""

    @property
    def config_file(self) -> Path:
        """Profiles and preferences."""
        return self.config / "config.toml"

    @property
    def debug_log(self) -> Path:
        """The log of `--debug`."""
        return self.state / "logs" / "debug.log"

    @property
    def console_file(self) -> Path:
        """How the console last looked: columns, sizes, theme."""
        return self.state / "console.json"

    @property
    def releases_file(self) -> Path:
        """When a newer release was last looked for, and which it was."""
        return self.state / "releases.json"

    @property
    def ledger_file(self) -> Path:
        """The jobs started on this machine."""
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
        found = _below(Path(home).expanduser()) if home else _of_platform()
    except (RuntimeError, KeyError) as error:
        raise _homeless() from error
    if not home and not found.config.is_absolute():
        # platformdirs leaves "~" unexpanded where the system knows no home folder.
        raise _homeless()
    return found


def _below(root: Path) -> Paths:
    return Paths(root / "config", root / "state", root / "data")


def _of_platform() -> Paths:
    import platformdirs  # noqa: PLC0415 (4 ms, not needed with SEGOPS_TUI_HOME)

    return Paths(
        platformdirs.user_config_path(APP, appauthor=False),
        platformdirs.user_state_path(APP, appauthor=False),
        platformdirs.user_data_path(APP, appauthor=False),
    )


def _homeless() -> SegOpsConfigError:
    return SegOpsConfigError(
        "This user has no home folder to keep settings in.",
        hint="Set SEGOPS_TUI_HOME to a writable folder.",
    )
