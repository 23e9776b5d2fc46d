"""Tells of a newer release: looked up at most once a day, by a process of its own.

Nothing is looked up unless a release address is configured. A run shows what an earlier look-up
noted, so it never waits. The look-up sends no key and gets none in its environment.
"""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.address import checked_address
from segops_tui.api.errors import SegOpsConfigError
from segops_tui.config.files import change

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

ADDRESS: Final = "SEGOPS_RELEASES_URL"
"""The variable that names a JSON document about the latest release."""
OFF: Final = "SEGOPS_NO_UPDATE_NOTIFIER"
_CI: Final = ("CI", "BUILD_NUMBER", "RUN_ID")
"""What continuous integration sets."""
_DAY: Final = 24 * 60 * 60
_RELEASE: Final = re.compile(r"v?(\d{1,6}(?:\.\d{1,6}){1,3})")
_MOST_BYTES: Final = 1 << 20
_KEPT: Final = re.compile(
    r"PATH|HOME|PYTHONPATH|PYTHONHOME|SYSTEMROOT|TMPDIR|TEMP|SSL_CERT_\w+|\w+_PROXY", re.IGNORECASE
)
"""The variables that a look-up may have."""


def is_wanted(environ: Mapping[str, str]) -> bool:
    """Whether notices are on: neither turned off nor in continuous integration."""
    return not any(environ.get(variable) for variable in (OFF, *_CI))


def notice(
    file: Path, current: str, address: str, *, now: float, look_up: Callable[[Path, str], None]
) -> str | None:
    """What to tell of a newer release, as last noted in `file`; asks again when a day has passed.

    A build between releases is told nothing, and nothing is where the file cannot be written.
    """
    own = numbers(current)
    if own is None:
        return None
    try:
        checked_address(address)
    except SegOpsConfigError:
        return (
            f"No release was looked for: its address ({ADDRESS}, or releases in config.toml) "
            "must be an https URL without a user."
        )
    noted = read(file)
    # A clock that was set back does not put the next look-up off.
    if not 0 <= now - noted["asked"] < _DAY:
        try:
            # Noted first: of two runs one asks, and a look-up that fails waits for its day, too.
            write(file, asked=now)
        except SegOpsConfigError:
            return None
        look_up(file, address)
    latest = numbers(noted["latest"])
    if latest is None or latest <= own:
        return None
    return (
        f"A new release of segops-tui is available: {current} → {'.'.join(map(str, latest))}\n"
        f"Upgrade it the way it was installed, such as: uv tool upgrade segops-tui. "
        f"{OFF}=1 turns this notice off."
    )


def numbers(version: str) -> tuple[int, ...] | None:
    """A release's numbers; None for a pre-release, a build between releases, or no version."""
    found = _RELEASE.fullmatch(version.strip())
    return tuple(int(part) for part in found[1].split(".")) if found else None


def latest_of(document: object) -> str | None:
    """The release that a document names, as the usual release services and indexes write it."""
    for path in (("tag_name",), ("info", "version"), ("version",)):
        value: Any = document
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        if isinstance(value, str) and numbers(value):
            return value.strip().removeprefix("v")
    return None


def read(file: Path) -> dict[str, Any]:
    """When it was last asked, in seconds since 1970, and the latest release then."""
    try:
        noted = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        noted = None
    noted = noted if isinstance(noted, dict) else {}
    asked, latest = noted.get("asked"), noted.get("latest")
    return {
        "asked": asked if isinstance(asked, int | float) else 0.0,
        "latest": latest if isinstance(latest, str) else "",
    }


def write(file: Path, **values: object) -> None:
    """Change some of what is noted.

    Raises:
        SegOpsConfigError: the file cannot be written.
    """
    change(file, lambda _: json.dumps({**read(file), **values}))


def start(file: Path, address: str, environ: Mapping[str, str]) -> None:
    """Start a look-up that outlives this run, without a terminal and without keys."""
    import subprocess

    kept = {name: value for name, value in environ.items() if _KEPT.fullmatch(name)}
    nothing = subprocess.DEVNULL
    try:
        child = subprocess.Popen(
            [sys.executable, "-P", "-m", __name__, str(file), address],
            stdin=nothing, stdout=nothing, stderr=nothing, env=kept, start_new_session=True,
        )  # fmt: skip
    except OSError:
        return
    # It is not waited for: the next run reads what it noted.
    child.returncode = 0


def main(words: Sequence[str]) -> int:
    """Fetch the document and note its release."""
    import urllib.request
    from pathlib import Path

    file, address = words
    agent = {"User-Agent": "segops-tui", "Accept": "application/json"}
    request = urllib.request.Request(checked_address(address), headers=agent)
    with urllib.request.urlopen(request, timeout=10) as answer:
        latest = latest_of(json.loads(answer.read(_MOST_BYTES)))
    if latest is not None:
        write(Path(file), latest=latest)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
