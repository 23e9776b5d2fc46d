"""Profiles changed for good: added, used, removed, renamed, their keys with them.

Knows the file and the keyring and the order that loses nothing when one of them fails; asks
nobody and tries no server.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.errors import SegOpsConfigError
from segops_tui.api.keys import Secret, mask_key, redact, require_secret_key
from segops_tui.config import document, files, keyrings, secrets
from segops_tui.config.faults import KEY_SOURCES, NAME, sense_faults, shape_faults
from segops_tui.config.profiles import DEFAULT_URL, ENVIRONMENT, SANDBOX, Profile, implied_guard

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from segops_tui.config.paths import Paths

_TAKEN: Final = {
    SANDBOX: "is the built-in sandbox",
    ENVIRONMENT: "is what SEGOPS_API_KEY alone is called",
}


@dataclass(frozen=True, slots=True)
class NewProfile:
    """A profile as a person asks for it, kept nowhere yet."""

    name: str
    settings: Mapping[str, str] = field(default_factory=dict)
    """What was given of `api_url`, `guard`, `colour`, `workspace`, `key_env`, `key_command`."""
    typed: str | None = field(default=None, repr=False)
    """The key itself, where it was typed or piped in."""
    in_keyring: bool = False
    """Keep the typed key in the system's keyring instead of the file."""

    @property
    def has_key(self) -> bool:
        """Whether a place to take the key from was given."""
        return self.typed is not None or bool(self.settings.keys() & {"key_env", "key_command"})

    def check(self, there: Mapping[str, Any] | None = None) -> None:
        """Look for everything that can be seen without asking anybody.

        `there` is what the file says of a profile that is to be changed.

        Raises:
            SegOpsConfigError: the name, a value or the kind of key is wrong.
        """
        check_name(self.name)
        if self.typed is not None:
            require_secret_key(self.typed)
        old = there or {}
        kept = {k: v for k, v in old.items() if not self.has_key or k not in KEY_SOURCES}
        table = {**kept, **self.table()}
        for fault in (*shape_faults(self.name, table), *sense_faults(self.name, table)):
            raise SegOpsConfigError(fault.message, hint=fault.hint)

    def table(self) -> dict[str, str | bool]:
        """What the file will say."""
        kept: dict[str, str | bool] = {"api_url": DEFAULT_URL, **self.settings}
        if self.in_keyring:
            kept["keyring"] = True
        elif self.typed is not None:
            kept["key"] = self.typed.strip()
        return kept

    def to_try(self) -> Profile:
        """The profile as it will be, its key taken from where it is now."""
        source: secrets.KeySource
        if self.typed is not None:
            source = secrets.FromInput(Secret(self.typed.strip()))
        elif "key_env" in self.settings:
            source = secrets.from_environment(self.settings["key_env"])
        else:
            source = secrets.FromCommand(self.settings.get("key_command", ""))
        guard = self.settings.get("guard", implied_guard(self.name))
        return Profile(
            self.name, self.settings.get("api_url", DEFAULT_URL), source, guard,
            self.settings.get("colour"), self.settings.get("workspace", ""),
        )  # fmt: skip


def check_name(name: str) -> None:
    """Refuse a name no profile may have.

    Raises:
        SegOpsConfigError: it is none, or it is taken by something built in.
    """
    if mask_key(name) != "…":
        raise SegOpsConfigError(
            "That is a key, not a name.",
            hint="Revoke the key where it was made: a command line is kept and seen by others.",
        )
    if not NAME.fullmatch(name):
        raise SegOpsConfigError(
            f"{redact(name)!r} is no name for a profile.",
            hint="Use letters, digits, '.', '_' and '-', a letter or digit first, at most 64.",
        )
    if name in _TAKEN:
        raise SegOpsConfigError(f"{name!r} {_TAKEN[name]}.", hint="Choose another name.")


def add(paths: Paths, new: NewProfile, *, use: bool = False, replace: bool = False) -> None:
    """Keep a profile; with `replace` it may be there already, and what is not given stays.

    Raises:
        SegOpsConfigError: there is one of that name, or it cannot be kept.
    """
    check_name(new.name)
    old: dict[str, Any] = {}

    def edit(text: str) -> str:
        there = document.parsed(text).get("profiles", {})
        old.update(there.get(new.name, {}))
        if new.name in there and not replace:
            raise SegOpsConfigError(
                f"There is a profile {new.name!r} already.", hint="--replace changes it."
            )
        new.check(old)
        values = new.table()
        if new.name in there and "api_url" not in new.settings:
            del values["api_url"]
        text = document.with_profile(text, new.name, values)
        return document.with_default(text, new.name) if use else text

    if not new.in_keyring or new.typed is None:
        files.change(paths.config_file, edit)
        if old.get("keyring") and new.has_key:
            # The key it had is of no use any more; a keyring that says no keeps it.
            with suppress(SegOpsConfigError):
                keyrings.delete(new.name)
        return
    before = keyrings.get(new.name)
    keyrings.put(new.name, new.typed.strip())
    try:
        files.change(paths.config_file, edit)
    except BaseException:
        if before is None:
            keyrings.delete(new.name)
        else:
            keyrings.put(new.name, before)
        raise


def use(paths: Paths, name: str) -> None:
    """Make a profile the default.

    Raises:
        SegOpsConfigError: there is no such profile, or the file cannot be changed.
    """

    def edit(text: str) -> str:
        if name != SANDBOX:
            _existing(document.parsed(text), name)
        return document.with_default(text, name)

    files.change(paths.config_file, edit)


def remove(paths: Paths, name: str) -> list[str]:
    """Forget a profile and the key that was kept for it; answers what could not be done.

    Raises:
        SegOpsConfigError: there is no such profile, or the file cannot be changed.
    """
    gone: dict[str, Any] = {}

    def edit(text: str) -> str:
        gone.update(_existing(document.parsed(text), name))
        return document.without_profile(text, name)

    files.change(paths.config_file, edit)
    if not gone.get("keyring"):
        return []
    try:
        keyrings.delete(name)
    except SegOpsConfigError as error:
        return [f"Its key is still in the {keyrings.entry(name)}: {error}"]
    return []


def rename(paths: Paths, old: str, new: str) -> list[str]:
    """Give a profile another name, its key and its guard with it; answers what is worth knowing.

    Raises:
        SegOpsConfigError: there is no such profile, the name is taken or none.
    """
    check_name(new)
    table: dict[str, Any] = {}
    said: list[str] = []

    def edit(text: str) -> str:
        data = document.parsed(text)
        table.update(_existing(data, old))
        if new in data["profiles"]:
            raise SegOpsConfigError(f"There is a profile {new!r} already.")
        if table.get("keyring"):
            key = keyrings.get(old)
            if key is not None:
                keyrings.put(new, key)
        text = document.with_profile_renamed(text, old, new)
        if "guard" not in table and implied_guard(old) != implied_guard(new):
            if implied_guard(old) == "production":
                # The old name guarded it; the new one must not quietly stop to.
                said.append(f'It stays guarded: guard = "production" was written to {new}.')
                return document.with_profile(text, new, {"guard": "production"})
            said.append(f"The name {new} looks like production, so it is guarded as production.")
        return text

    files.change(paths.config_file, edit)
    if table.get("keyring"):
        try:
            keyrings.delete(old)
        except SegOpsConfigError as error:
            said.append(f"Its key is still in the {keyrings.entry(old)} as well: {error}")
    return said


def _existing(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    tables: Mapping[str, Any] = data.get("profiles", {})
    if name == SANDBOX and name not in tables:
        raise SegOpsConfigError("The sandbox is built in; it cannot be removed or renamed.")
    if name not in tables:
        raise SegOpsConfigError(
            f"There is no profile {name!r}.", hint=f"Profiles: {_listed([*tables, SANDBOX])}."
        )
    table: Mapping[str, Any] = tables[name]
    return table


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
