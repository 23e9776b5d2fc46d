"""Runs tests in environments other than the pinned one; needs only a Python 3.11 or newer.

    python tests/tools/environments.py lowest [PYTEST ARGUMENT …]
    python tests/tools/environments.py newest [PYTEST ARGUMENT …]
    python tests/tools/environments.py pythons [PYTEST ARGUMENT …]

`lowest` installs every direct dependency at its lower bound in pyproject.toml, `newest` whatever
the index has today, `pythons` the pinned versions under each Python from 3.11 on that is installed.
Each is a virtual environment in `.environments/`, made again when the versions change.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".environments"
PINS = ROOT / "tests" / "constraints.txt"
SMOKE = (
    *("tests/startup", "tests/cli/core", "tests/cli/commands/test_doctor.py", "tests/config"),
    *("tests/jobs/engine", "tests/sandbox/server", "tests/tui/test_every_pane.py"),
)
"""What shows within minutes whether the versions fit: every entry point's modules, the command,
files and locks, the ledger, uploads over HTTP, and every pane."""
_BOUND = re.compile(r"(?P<name>[A-Za-z0-9._-]+)\s*>=\s*(?P<version>[0-9][0-9A-Za-z.]*)")
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
"""The Pythons that the sources are written for. The classifiers name those that were run."""


def project() -> dict[str, Any]:
    """The whole of pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def normal(name: str) -> str:
    """A package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def lowest(requirements: Iterable[str]) -> dict[str, str]:
    """The lower bound of each requirement.

    Raises:
        ValueError: a requirement has none.
    """
    bounds = {}
    for requirement in requirements:
        found = _BOUND.match(requirement)
        if found is None:
            raise ValueError(f"pyproject.toml: {requirement!r} has no lower bound (name>=version)")
        bounds[normal(found["name"])] = found["version"]
    return bounds


def direct(metadata: dict[str, Any]) -> list[str]:
    """Every requirement that users can get: the dependencies, and those of the extras."""
    extras = metadata["project"].get("optional-dependencies", {}).values()
    return [*metadata["project"]["dependencies"], *(each for extra in extras for each in extra)]


def versions(pins: str) -> list[str]:
    """The pinned versions, `name==version ; marker`, without the hashes of their files.

    pip takes no editable installation beside hashes; `make setup` installs the two apart.
    """
    lines = (line.removesuffix("\\").strip() for line in pins.splitlines())
    return [line for line in lines if line and not line.startswith(("#", "--hash="))]


def constraints(metadata: dict[str, Any], pins: str) -> str:
    """Direct dependencies at their lower bounds, everything else as it is pinned."""
    bounds = lowest(direct(metadata))
    others = [line for line in versions(pins) if normal(line.partition("==")[0]) not in bounds]
    return "\n".join([*(f"{name}=={version}" for name, version in bounds.items()), *others, ""])


def interpreter(
    minor: str,
    *,
    which: Callable[[str], str | None] = shutil.which,
    home: Path | None = None,
) -> str | None:
    """A Python of that version that runs: on the path, or one that pyenv or uv keeps."""
    home = home or Path.home()
    kept = [
        *sorted(home.glob(f".pyenv/versions/{minor}.*/bin/python"), reverse=True),
        *sorted(home.glob(f".local/share/uv/python/cpython-{minor}*/bin/python3"), reverse=True),
    ]
    for candidate in filter(None, [which(f"python{minor}"), *map(str, kept)]):
        if _minor_of(candidate) == minor:
            return candidate
    return None


def _minor_of(python: str) -> str:
    """Its version; empty where it does not run, as pyenv's shims of other versions do not."""
    probe = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run([python, "-c", probe], capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip()


def made(name: str, python: str, pins: str | None) -> Path:
    """The environment's Python, installed anew if the versions or pyproject.toml changed."""
    folder = FOLDER / name
    stamp = folder / ".versions"
    wanted = (ROOT / "pyproject.toml").read_text(encoding="utf-8") + (pins or "newest")
    digest = hashlib.sha256(wanted.encode()).hexdigest()
    own = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    # What is newest today may not be tomorrow.
    if pins is not None and stamp.exists() and stamp.read_text(encoding="utf-8") == digest:
        return own
    say(f"Setting up {folder.relative_to(ROOT)} …")
    subprocess.run([python, "-m", "venv", "--clear", str(folder)], check=True)
    pip = [str(own), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--upgrade", "pip>=25.1"], check=True)
    held: list[str] = []
    if pins is not None:
        file = folder / "constraints.txt"
        file.write_text(pins, encoding="utf-8")
        held = ["--constraint", str(file)]
    wanted_parts = ["--group", "dev", "--group", "docs", "--editable", ".[excel,jq,mcp,parquet]"]
    subprocess.run([*pip, *held, *wanted_parts], check=True, cwd=ROOT)
    stamp.write_text(digest, encoding="utf-8")
    return own


def tested(python: Path, arguments: Sequence[str]) -> bool:
    """Whether the tests pass there."""
    workers = str(os.environ.get("WORKERS") or (os.cpu_count() or 2) + 1)
    command = [str(python), "-m", "pytest", "-q", "--workers", workers]
    done = subprocess.run([*command, "-m", "not pictures", *arguments], cwd=ROOT, check=False)
    return done.returncode == 0


def on_pythons(arguments: Sequence[str]) -> bool:
    """Run the tests on every Python there is; one that is missing is named and skipped."""
    pins = "\n".join(versions(PINS.read_text(encoding="utf-8")))
    words = []
    for minor in PYTHONS:
        python = interpreter(minor)
        if python is None:
            words.append(f"Python {minor}: skipped, not installed")
        elif tested(made(f"python{minor}", python, pins), arguments):
            words.append(f"Python {minor}: passed")
        else:
            words.append(f"Python {minor}: FAILED")
    say(*words)
    return not any(word.endswith("FAILED") for word in words)


def say(*lines: str) -> None:
    """Tell the person who runs it."""
    print(*lines, sep="\n", file=sys.stderr, flush=True)


def main(words: Sequence[str]) -> int:
    """Run what is asked for; 1 if a test failed."""
    kind, arguments = (words[0] if words else ""), words[1:]
    if kind == "pythons":
        return 0 if on_pythons(arguments) else 1
    if kind == "lowest":
        python = made(kind, sys.executable, constraints(project(), PINS.read_text("utf-8")))
    elif kind == "newest":
        python = made(kind, sys.executable, None)
    else:
        say("usage: environments.py lowest|newest|pythons [PYTEST ARGUMENT …]")
        return 2
    return 0 if tested(python, arguments or SMOKE) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
