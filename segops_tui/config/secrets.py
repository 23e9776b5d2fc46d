"""Where a profile's key is kept, and how it is read when it is needed.

No error message contains a key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

from segops_tui.api.errors import MissingKey, SegOpsConfigError
from segops_tui.api.keys import Secret, require_secret_key
from segops_tui.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

COMMAND_LIMIT: Final = 10.0
"""Seconds a `key_command` may take."""
_GRACE: Final = 0.5
"""Seconds for a pipe to close after its program was killed."""
_MAX_OUTPUT: Final = 4096
"""Bytes a `key_command` may print; a key has fewer than 100."""


class KeySource(Protocol):
    """Where a key can be read from."""

    @property
    def where(self) -> str:
        """A description for `whoami`."""

    def read(self, environ: Mapping[str, str]) -> Secret:
        """Read the key; raises `SegOpsConfigError` if that fails."""


class FromEnvironment(NamedTuple):
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


class FromFile(NamedTuple):
    """The config file itself."""

    file: Path
    secret: Secret

    @property
    def where(self) -> str:
        """The file's path."""
        return str(self.file)

    def read(self, environ: Mapping[str, str]) -> Secret:  # noqa: ARG002
        """Check and return the key."""
        return self.secret.checked()


class FromCommand(NamedTuple):
    """The one line that a program prints, such as a password manager. Run without a shell."""

    command: str
    limit: float = COMMAND_LIMIT

    @property
    def where(self) -> str:
        """The program's name alone: its arguments may be secret."""
        return f"key_command ({self.command.split()[0] if self.command.split() else 'empty'} …)"

    def read(self, environ: Mapping[str, str]) -> Secret:
        """Run the command; its output is never shown."""
        content, code = self._run(environ)
        if code is not None and code != 0:
            raise SegOpsConfigError(f"{self.where} failed with exit code {code}.")
        if len(content) > _MAX_OUTPUT:
            raise SegOpsConfigError(f"{self.where} printed more than one line.")
        lines = content.decode("utf-8", "replace").splitlines()
        if len(lines) != 1:
            raise SegOpsConfigError(f"{self.where} printed {len(lines)} lines, not one.")
        return require_secret_key(lines[0])

    def _run(self, environ: Mapping[str, str]) -> tuple[bytes, int | None]:
        """The start of its output, and its exit code if it ended."""
        import shlex  # noqa: PLC0415
        import subprocess  # noqa: PLC0415 (15 ms that only a key_command needs)
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
            raise AssertionError("stdout is a pipe")
        # A thread: no other way to read a pipe with a time limit works on every system.
        reader = threading.Thread(
            target=lambda: content.append(out.read(_MAX_OUTPUT + 1)), daemon=True
        )
        reader.start()
        reader.join(self.limit)
        try:
            if reader.is_alive():
                raise subprocess.TimeoutExpired(self.command, self.limit)
            if len(content[0]) > _MAX_OUTPUT:
                return content[0], None
            return content[0], process.wait(self.limit)
        except subprocess.TimeoutExpired as error:
            raise SegOpsConfigError(f"{self.where} took over {self.limit:g} s.") from error
        finally:
            process.kill()
            process.wait()
            # A child of the program may keep the pipe open; then the reader thread is abandoned.
            reader.join(_GRACE)
            if not reader.is_alive():
                out.close()


class FromKeyring(NamedTuple):
    """The system's keyring (the `keyring` extra)."""

    profile: str

    @property
    def where(self) -> str:
        """The keyring's entry."""
        from segops_tui.config import keyrings  # noqa: PLC0415

        return keyrings.entry(self.profile)

    def read(self, environ: Mapping[str, str]) -> Secret:  # noqa: ARG002
        """Read the key from the keyring."""
        from segops_tui.config import keyrings  # noqa: PLC0415 (needs an optional extra)

        text = keyrings.get(self.profile)
        if not text:
            raise MissingKey(f"The {self.where} has no key.")
        return require_secret_key(text)


class FromInput(NamedTuple):
    """A key that was just typed or piped in, and is not stored yet."""

    secret: Secret

    @property
    def where(self) -> str:
        """That it is not stored."""
        return "your input"

    def read(self, environ: Mapping[str, str]) -> Secret:  # noqa: ARG002
        """Check and return the key."""
        return self.secret.checked()


def from_environment(variable: str) -> KeySource:
    """A key in an environment variable."""
    return FromEnvironment(variable)


def from_table(table: Mapping[str, Any], *, profile: str, file: Path) -> KeySource:
    """The key source in a profile's table.

    Raises:
        SegOpsConfigError: it names no key source, or several.
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
