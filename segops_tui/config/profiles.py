"""Profiles: which workspace to use, at which URL, with which key, and where each setting came from.

Flags override the environment, the environment overrides the file, and the built-in sandbox comes
last.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.address import DEFAULT_URL, ShownAddress, origin, shown_address
from segops_tui.api.errors import SegOpsConfigError
from segops_tui.config import secrets
from segops_tui.config.faults import (
    COLOURS,
    GUARDS,
    flat_keys,
    line_of,
    shape_faults,
    top_faults,
    version_fault,
)
from segops_tui.named_tuple import NamedTuple
from segops_tui.wording import share

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from segops_tui.api.keys import Secret
    from segops_tui.config.faults import ConfigFault
    from segops_tui.config.paths import Paths

SANDBOX: Final = "sandbox"
DEFAULT_THRESHOLD: Final = 0.2
ENVIRONMENT: Final = "environment"
"""The name of the profile that `SEGOPS_API_KEY` alone makes."""

__all__ = ["COLOURS", "DEFAULT_URL", "ENVIRONMENT", "GUARDS", "SANDBOX", "Profile", "Settings"]

_PRODUCTION: Final = r"(?i)(^|[._-])(prod(?!uct(?!ion))|prd|live)"
"""A part of a name that begins like production: prod1, prd, production-eu, live2. A product is
none."""
_STRICTNESS: Final = ("none", "production", "read-only")


def implied_guard(name: str) -> str:
    """The guard of a profile that sets none: a name that looks like production implies it."""
    return "production" if re.search(_PRODUCTION, name) else "none"


def guard_from_environment(environ: Mapping[str, str]) -> str:
    """The guard that `SEGOPS_GUARD` asks for.

    Raises:
        SegOpsConfigError: there is no such guard.
    """
    guard = environ.get("SEGOPS_GUARD") or "none"
    if guard not in GUARDS:
        raise SegOpsConfigError(
            f"SEGOPS_GUARD is {guard!r}, which is no guard.", hint=f"One of {', '.join(GUARDS)}."
        )
    return guard


class Profile(NamedTuple):
    """One configured workspace. Holds no key: `key()` reads it when it is needed."""

    name: str
    api_url: ShownAddress
    """It is printed in many places; with something masked in it, a client refuses it."""
    source: secrets.KeySource | None
    """None for the sandbox, which has no key."""
    guard: str = "none"
    colour: str | None = None
    theme: str | None = None
    """The console's theme: dark, light or ansi."""
    workspace: str = ""
    """The user's name for the workspace; the API has none."""
    threshold: float = DEFAULT_THRESHOLD
    """The change of a segment's members, as a share of 1, that the health check reports."""
    thresholds: Mapping[int, float] = MappingProxyType({})
    """Segments with a threshold of their own, by id."""
    chosen_by: str = "built in"
    origins: Mapping[str, str] = MappingProxyType({})
    """Where each value came from: "--api-url", "SEGOPS_API_URL", "config.toml", "default" …"""

    def __eq__(self, other: object) -> bool:
        """Whether all is the same but where it came from."""
        if not isinstance(other, Profile):
            return False
        return self._replace(origins={})[:] == other._replace(origins={})[:]

    def __ne__(self, other: object) -> bool:
        """The opposite: a tuple has its own."""
        return not self == other

    def __hash__(self) -> int:
        """Of what most often differs."""
        return hash((self.name, self.api_url, self.source))

    @property
    def why(self) -> str:
        """How the profile was chosen, to print after its name."""
        if self.chosen_by == "built in":
            return "built-in default"
        return f"chosen by {self.chosen_by}"

    @property
    def is_sandbox(self) -> bool:
        """Whether this is the embedded sandbox rather than an address."""
        return self.source is None

    def key(self, environ: Mapping[str, str]) -> Secret:
        """The secret key.

        Raises:
            SegOpsConfigError: it cannot be read, or is not a secret key.
        """
        if self.source is None:
            raise SegOpsConfigError("The sandbox has no key.")
        return self.source.read(environ)


class ConsoleSettings(NamedTuple):
    """Settings of the console that belong to no profile."""

    theme: str | None = None
    """dark, light or ansi; None means dark."""
    bell: bool = False
    """Whether the terminal bell rings when a job ends."""
    keys: Mapping[str, str] = MappingProxyType({})
    """Action to its keys, separated by commas, as Textual spells them."""


class Settings:
    """The contents of `config.toml`."""

    def __init__(self, data: Mapping[str, Any], *, file: Path, text: str = "") -> None:
        self._data, self._file, self._text = data, file, text

    @classmethod
    def load(cls, paths: Paths, notice: Callable[[str], None] | None = None) -> Settings:
        """Read the file; a missing one counts as empty.

        With `notice`, a file that contains a key and is readable by other users is made private,
        and `notice` is called with a sentence about it.

        Raises:
            SegOpsConfigError: it cannot be read or is not TOML (with file and line), or a newer
                version wrote it.
        """
        file = paths.config_file
        try:
            file.stat()
        except FileNotFoundError:
            return cls({}, file=file)
        except OSError as error:
            raise SegOpsConfigError(f"Cannot read {file}: {error.strerror}.") from error
        # 8 ms, not needed without a file.
        import tomllib  # noqa: PLC0415

        from segops_tui.config import files  # noqa: PLC0415

        text = files.read_text(file) or ""
        try:
            settings = cls(tomllib.loads(text), file=file, text=text)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            raise SegOpsConfigError(
                f"{file} is not valid TOML: {error}.", hint="Fix it: segops-tui config edit"
            ) from error
        settings._raise_first([version for version in [version_fault(settings._data)] if version])
        if notice is not None and settings.holds_a_key and files.is_open_to_others(file):
            notice(files.tighten(file))
        return settings

    @property
    def file(self) -> Path:
        """The path of the file."""
        return self._file

    @property
    def holds_a_key(self) -> bool:
        """Whether the file itself contains a key."""
        tables = self._data.get("profiles")
        values = tables.values() if isinstance(tables, dict) else ()
        return any(isinstance(table, dict) and "key" in table for table in values)

    @property
    def default(self) -> str | None:
        """The default profile, if the file sets one."""
        default = self._data.get("default")
        return default if isinstance(default, str) and default else None

    @property
    def console(self) -> ConsoleSettings:
        """The console's theme, bell and keys.

        Raises:
            SegOpsConfigError: a setting is invalid.
        """
        self._raise_first(top_faults(self._data))
        keys = flat_keys(self._data.get("keys", {}))
        return ConsoleSettings(self._data.get("theme"), self._data.get("bell", False), keys)

    @property
    def releases(self) -> str:
        """The address that tells the latest release; empty where none is set."""
        address = self._data.get("releases", "")
        return address if isinstance(address, str) else ""

    @property
    def defaults(self) -> Mapping[str, Any]:
        """The options that `[defaults]` sets, as they are written."""
        table = self._data.get("defaults")
        return table if isinstance(table, dict) else {}

    @property
    def aliases(self) -> Mapping[str, str]:
        """The user's own commands; one that is no text is left out."""
        table = self._data.get("aliases")
        pairs = table.items() if isinstance(table, dict) else ()
        return {name: words for name, words in pairs if isinstance(words, str)}

    def value(self, path: Sequence[str]) -> Any:
        """What the file has at a path; None for nothing.

        Raises:
            SegOpsConfigError: a setting is invalid.
        """
        self._raise_first(top_faults(self._data))
        found: Any = self._data
        for part in path:
            found = found.get(part) if isinstance(found, dict) else None
        return found

    def names(self) -> list[str]:
        """Every profile, the built-in sandbox last."""
        return [*(name for name in self._tables() if name != SANDBOX), SANDBOX]

    def table(self, name: str) -> Mapping[str, Any]:
        """The settings of a profile in the file; empty for one that is not in it."""
        table: Mapping[str, Any] = self._tables().get(name, {})
        return table

    def line(self, *path: str) -> int | None:
        """The line of a key."""
        return line_of(self._text, path)

    def profile(
        self,
        name: str | None,
        environ: Mapping[str, str],
        *,
        api_url: str | None = None,
    ) -> Profile:
        """Choose a profile: by flag, environment, the file's default, else the sandbox.

        `SEGOPS_API_KEY` and `SEGOPS_API_URL` override the chosen profile's settings; alone they
        make a profile of their own. A profile named by flag keeps its own key and URL, and no
        profile's key is sent to a server other than its own. `SEGOPS_GUARD` guards the profile of
        the environment, and makes the guard of any other but the sandbox stricter.

        Raises:
            SegOpsConfigError: the profile does not exist, or a setting is invalid.
        """
        chosen = self._chosen_profile(name, environ, api_url)
        guard = guard_from_environment(environ)
        if chosen.is_sandbox or _STRICTNESS.index(guard) <= _STRICTNESS.index(chosen.guard):
            return chosen
        return chosen._replace(guard=guard, origins={**chosen.origins, "guard": "SEGOPS_GUARD"})

    def _chosen_profile(
        self, name: str | None, environ: Mapping[str, str], api_url: str | None
    ) -> Profile:
        self._raise_first(top_faults(self._data))
        tables = self._tables()
        chosen_name, by = self.chosen(name, environ)
        if name == ENVIRONMENT and chosen_name is None:
            # By its name and --yes it is unlocked like any other.
            name = None
        key_given = bool(environ.get("SEGOPS_API_KEY"))
        url, url_by = api_url, "--api-url"
        if not url and name is None:
            url, url_by = environ.get("SEGOPS_API_URL"), "SEGOPS_API_URL"
        if chosen_name is None and (key_given or url):
            own = secrets.from_environment("SEGOPS_API_KEY")
            origins = {"api_url": url_by if url else "default", "key": "SEGOPS_API_KEY"}
            return Profile(
                ENVIRONMENT, shown_address(url or DEFAULT_URL), own, threshold=self._threshold,
                chosen_by=by, origins=origins,
            )  # fmt: skip
        if chosen_name is None or (chosen_name == SANDBOX and SANDBOX not in tables):
            if name == SANDBOX and api_url:
                raise SegOpsConfigError("The sandbox profile has no URL: omit --api-url.")
            return Profile(
                SANDBOX, shown_address("sandbox:"), None, workspace="sandbox",
                threshold=self._threshold, chosen_by=by,
            )  # fmt: skip
        source = secrets.from_environment("SEGOPS_API_KEY") if key_given and name is None else None
        chosen = self._read(chosen_name, by, source)
        return self._at(chosen, url, url_by, is_free=source is not None) if url else chosen

    def chosen(self, name: str | None, environ: Mapping[str, str]) -> tuple[str | None, str]:
        """The name of the chosen profile, or None for one without a table, and what chose it."""
        is_set = any(environ.get(variable) for variable in ("SEGOPS_API_KEY", "SEGOPS_API_URL"))
        if name == ENVIRONMENT and ENVIRONMENT not in self._tables() and is_set:
            return None, "--profile"
        if name is not None:
            return name, "--profile"
        if environ.get("SEGOPS_PROFILE"):
            return environ["SEGOPS_PROFILE"], "SEGOPS_PROFILE"
        for variable in ("SEGOPS_API_KEY", "SEGOPS_API_URL"):
            if environ.get(variable):
                return None, variable
        return (self.default, self._file.name) if self.default else (None, "built in")

    @property
    def _threshold(self) -> float:
        """The threshold of profiles without one of their own."""
        given = self._data.get("threshold")
        return DEFAULT_THRESHOLD if given is None else share(given)

    def _tables(self) -> Mapping[str, Any]:
        self._raise_first(fault for fault in top_faults(self._data) if fault.path[0] == "profiles")
        tables: Mapping[str, Any] = self._data.get("profiles", {})
        return tables

    def _read(self, name: str, by: str, source: secrets.KeySource | None) -> Profile:
        tables = self._tables()
        if name not in tables:
            raise SegOpsConfigError(
                f"No such profile: {name!r}.", hint=f"Profiles: {', '.join(self.names())}."
            )
        table = tables[name]
        self._raise_first(shape_faults(name, table))
        file = self._file.name
        origins = {key: file if key in table else "default" for key in ("api_url", "colour")}
        return Profile(
            name,
            shown_address(table.get("api_url", DEFAULT_URL)),
            source or secrets.from_table(table, profile=name, file=self._file),
            guard=table.get("guard", implied_guard(name)),
            colour=table.get("colour"),
            theme=table.get("theme"),
            workspace=table.get("workspace", ""),
            threshold=share(table["threshold"]) if "threshold" in table else self._threshold,
            thresholds={int(key): share(v) for key, v in table.get("thresholds", {}).items()},
            chosen_by=by,
            origins={
                **origins,
                "workspace": file if "workspace" in table else "default",
                "key": "SEGOPS_API_KEY" if source else file,
                "guard": file if "guard" in table
                else "the profile's name" if implied_guard(name) != "none" else "default",
            },
        )  # fmt: skip

    def _at(self, profile: Profile, url: str, by: str, *, is_free: bool) -> Profile:
        """The profile at another URL; its own key is only sent to its own server."""
        if not is_free and not _is_one_server(url, profile.api_url):
            raise SegOpsConfigError(
                f"{by} is not the server of profile {profile.name!r},"
                " and the profile's key is only sent to its own server.",
                hint="Add a profile for that URL, or set SEGOPS_API_KEY to its key.",
            )
        return profile._replace(
            api_url=shown_address(url), origins={**profile.origins, "api_url": by}
        )

    def _raise_first(self, faults: Iterable[ConfigFault]) -> None:
        """Raise the first of the faults, with file and line."""
        for fault in faults:
            line = self.line(*fault.path) if fault.path else None
            where = f"{self._file}, line {line}" if line else str(self._file)
            raise SegOpsConfigError(f"{where}: {fault.sentence}", hint=fault.hint)


def _is_one_server(one: str, other: str) -> bool:
    try:
        return origin(one) == origin(other)
    except ValueError:
        return False
