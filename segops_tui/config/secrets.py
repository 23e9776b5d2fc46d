"""Where a profile's key is kept, and how it is fetched.

Knows environment, command, keyring and file; hands out `Secret`, and never says a key in an
error. Nothing is fetched before it is needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from segops_tui.api.errors import MissingKey, SegOpsConfigError
from segops_tui.api.keys import Secret, require_secret_key

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

COMMAND_LIMIT: Final = 10.0
"""Seconds a `key_command` may take."""
_MOMENT: Final = 0.5
"""Seconds for a pipe to end once its program was killed."""
_MOST: Final = 4096
"""Bytes a `key_command` may print; a key has fewer than a hundred."""


class KeySource(Protocol):
    """A place a key can be read from."""

    @property
    def where(self) -> str:
        """The place in words, for `whoami`."""

    def read(self, environ: Mapping[str, str]) -> Secret:
        """Fetch the key; raises `SegOpsConfigError` where it cannot be had."""


@dataclass(frozen=True, slots=True)
class FromEnvironment:
    """An environment variable."""

    variable: str

    @property
    def where(self) -> str:
        """The variable's name."""
        return f"environment variable {self.variable}"

    def read(self, environ: Mapping[str, str]) -> Secret:
        """Read the variable."""
        text = environ.get(self.variable, "")
        if not text:
            raise MissingKey(f"{self.variable} is not set.", hint=f"export {self.variable}=sk_…")
        return require_secret_key(text)


@dataclass(frozen=True, slots=True)
class FromFile:
    """The config file itself."""

    file: Path
    secret: Secret

    @property
    def where(self) -> str:
        """The file's path."""
        return str(self.file)

    def read(self, environ: Mapping[str, str]) -> Secret:  # noqa: ARG002
        """Check and hand out the key."""
        return self.secret.checked()


@dataclass(frozen=True, slots=True)
class FromCommand:
    """The one line a program prints, such as a password manager's. Run without a shell."""

    command: str
    limit: float = COMMAND_LIMIT

    @property
    def where(self) -> str:
        """The program's name alone: arguments may say too much."""
        return f"key_command ({self.command.split()[0] if self.command.split() else 'empty'} …)"

    def read(self, environ: Mapping[str, str]) -> Secret:
        """Run it; what it prints is never shown."""
        content, code = self._ran(environ)
        if code is not None and code != 0:
            raise SegOpsConfigError(f"{self.where} failed with exit code {code}.")
        if len(content) > _MOST:
            raise SegOpsConfigError(f"{self.where} printed more than one line.")
        lines = content.decode("utf-8", "replace").splitlines()
        if len(lines) != 1:
            raise SegOpsConfigError(f"{self.where} printed {len(lines)} lines, not one.")
        return require_secret_key(lines[0])

    def _ran(self, environ: Mapping[str, str]) -> tuple[bytes, int | None]:
        """What it printed, as far as anybody wants to know, and its exit code if it ended."""
        import shlex  # noqa: PLC0415
        import subprocess  # noqa: PLC0415 (15 ms that only a key_command owes)
        import threading  # noqa: PLC0415

        content: list[bytes] = []
        try:
            process = subprocess.Popen(
                shlex.split(self.command),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=dict(environ),
            )
        except (OSError, ValueError, IndexError) as error:
            raise SegOpsConfigError(f"{self.where} could not be run.") from error
        out = process.stdout
        if out is None:
            raise AssertionError("a pipe was asked for")
        # A thread, since a pipe can be waited for with a limit in no other way on every system.
        reader = threading.Thread(target=lambda: content.append(out.read(_MOST + 1)), daemon=True)
        reader.start()
        reader.join(self.limit)
        try:
            if reader.is_alive():
                raise subprocess.TimeoutExpired(self.command, self.limit)
            if len(content[0]) > _MOST:
                return content[0], None
            return content[0], process.wait(self.limit)
        except subprocess.TimeoutExpired as error:
            raise SegOpsConfigError(f"{self.where} took over {self.limit:g} s.") from error
        finally:
            process.kill()
            process.wait()
            # A child of the program may hold the pipe on; then the reader is left behind.
            reader.join(_MOMENT)
            if not reader.is_alive():
                out.close()


@dataclass(frozen=True, slots=True)
class FromKeyring:
    """The system's keyring (the `keyring` extra)."""

    profile: str

    @property
    def where(self) -> str:
        """The keyring's entry."""
        from segops_tui.config import keyrings  # noqa: PLC0415

        return keyrings.entry(self.profile)

    def read(self, environ: Mapping[str, str]) -> Secret:  # noqa: ARG002
        """Ask the keyring."""
        from segops_tui.config import keyrings  # noqa: PLC0415 (an optional extra's)

        text = keyrings.get(self.profile)
        if not text:
            raise MissingKey(f"There is no key in the {self.where}.")
        return require_secret_key(text)


@dataclass(frozen=True, slots=True)
class FromInput:
    """A key that was just typed or piped in, and is kept nowhere yet."""

    secret: Secret

    @property
    def where(self) -> str:
        """That it is nowhere."""
        return "your hand"

    def read(self, environ: Mapping[str, str]) -> Secret:  # noqa: ARG002
        """Check and hand out the key."""
        return self.secret.checked()


def from_environment(variable: str) -> KeySource:
    """A key in an environment variable."""
    return FromEnvironment(variable)


def from_table(table: Mapping[str, Any], *, profile: str, file: Path) -> KeySource:
    """The key source a profile's table names.

    Raises:
        SegOpsConfigError: it names none, or several.
    """
    sources: list[KeySource] = []
    if "key" in table:
        sources.append(FromFile(file, Secret(table["key"])))
    if "key_env" in table:
        sources.append(FromEnvironment(table["key_env"]))
    if "key_command" in table:
        sources.append(FromCommand(table["key_command"]))
    if table.get("keyring"):
        sources.append(FromKeyring(profile))
    if len(sources) == 1:
        return sources[0]
    names = "key, key_env, key_command or keyring = true"
    where, hint = f"{file}: [profiles.{profile}]", f"Give one of {names}."
    if not sources:
        raise MissingKey(f"{where} has no key.", hint=hint)
    raise SegOpsConfigError(f"{where} has several keys.", hint=hint)
