"""Add, select, remove and rename profiles: in the config file and, for their keys, the keyring.

Each change is made in an order that loses nothing if the file or the keyring fails.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.address import shown_address
from segops_tui.api.errors import SegOpsConfigError
from segops_tui.api.keys import Secret, mask_key, redact, require_secret_key
from segops_tui.config import document, files, keyrings, secrets
from segops_tui.config.faults import KEY_SOURCES, NAME, shape_faults, value_faults
from segops_tui.config.profiles import DEFAULT_URL, ENVIRONMENT, SANDBOX, Profile, implied_guard

if TYPE_CHECKING:
    from collections.abc import Mapping

    from segops_tui.config.paths import Paths

_RESERVED: Final = {
    SANDBOX: "is the built-in sandbox",
    ENVIRONMENT: "is the name of the profile that SEGOPS_API_KEY alone makes",
}


@dataclass(frozen=True, slots=True)
class NewProfile:
    """A profile to be added or changed."""

    name: str
    settings: Mapping[str, str] = field(default_factory=dict)
    """Those given of `api_url`, `guard`, `colour`, `workspace`, `key_env` and `key_command`."""
    typed: str | None = field(default=None, repr=False)
    """The key itself, if it was typed or piped in."""
    in_keyring: bool = False
    """Store the typed key in the system's keyring instead of the file."""

    @property
    def has_key(self) -> bool:
        """Whether a key source was given."""
        return self.typed is not None or bool(self.settings.keys() & {"key_env", "key_command"})

    def check(self, existing: Mapping[str, Any] | None = None) -> None:
        """Check everything that needs no server.

        `existing` is the table of the profile that is to be changed.

        Raises:
            SegOpsConfigError: the name, a setting or the kind of key is wrong.
        """
        check_name(self.name)
        if self.typed is not None:
            require_secret_key(self.typed)
        old = existing or {}
        kept = {k: v for k, v in old.items() if not self.has_key or k not in KEY_SOURCES}
        table = {**kept, **self.table()}
        for fault in (*shape_faults(self.name, table), *value_faults(self.name, table)):
            raise SegOpsConfigError(fault.message, hint=fault.hint)

    def table(self) -> dict[str, str | bool]:
        """The table for the file."""
        kept: dict[str, str | bool] = {"api_url": DEFAULT_URL, **self.settings}
        if self.in_keyring:
            kept["keyring"] = True
        elif self.typed is not None:
            kept["key"] = self.typed.strip()
        return kept

    def to_try(self) -> Profile:
        """The profile as it will be, with its key from where it is now, to test the connection."""
        source: secrets.KeySource
        if self.typed is not None:
            source = secrets.FromInput(Secret(self.typed.strip()))
        elif "key_env" in self.settings:
            source = secrets.from_environment(self.settings["key_env"])
        else:
            source = secrets.FromCommand(self.settings.get("key_command", ""))
        guard = self.settings.get("guard", implied_guard(self.name))
        return Profile(
            self.name, shown_address(self.settings.get("api_url", DEFAULT_URL)), source, guard,
            self.settings.get("colour"), workspace=self.settings.get("workspace", ""),
        )  # fmt: skip


def check_name(name: str) -> None:
    """Refuse an invalid name.

    Raises:
        SegOpsConfigError: the name is invalid or built in.
    """
    if mask_key(name) != "…":
        raise SegOpsConfigError(
            "That is a key, not a name.",
            hint="Revoke this key: shells record command lines, and other users can see them.",
        )
    if not re.fullmatch(NAME, name):
        raise SegOpsConfigError(
            f"{redact(name)!r} is not a valid profile name.",
            hint="Use letters, digits, '.', '_' and '-', a letter or digit first, at most 64.",
        )
    if name in _RESERVED:
        raise SegOpsConfigError(f"{name!r} {_RESERVED[name]}.", hint="Choose another name.")


def add(paths: Paths, new: NewProfile, *, use: bool = False, update: bool = False) -> None:
    """Add a profile; with `update`, change an existing one and keep settings not given.

    Raises:
        SegOpsConfigError: a profile of that name exists, or it cannot be stored.
    """
    check_name(new.name)
    old: dict[str, Any] = {}

    def edit(text: str) -> str:
        there = document.parsed(text).get("profiles", {})
        old.update(there.get(new.name, {}))
        if new.name in there and not update:
            raise SegOpsConfigError(
                f"The profile {new.name!r} already exists.", hint="Pass --update to change it."
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
            # The old key is no longer used; a keyring that refuses keeps it.
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
        SegOpsConfigError: the profile does not exist, or the file cannot be changed.
    """

    def edit(text: str) -> str:
        if name != SANDBOX:
            _existing(document.parsed(text), name)
        return document.with_default(text, name)

    files.change(paths.config_file, edit)


def remove(paths: Paths, name: str) -> list[str]:
    """Remove a profile and its stored key; returns notices of what failed.

    Raises:
        SegOpsConfigError: the profile does not exist, or the file cannot be changed.
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
        return [f"The key is still in the {keyrings.entry(name)}: {error}"]
    return []


def rename(paths: Paths, old: str, new: str) -> list[str]:
    """Rename a profile, with its stored key and its guard; returns notices for the user.

    Raises:
        SegOpsConfigError: the profile does not exist, or the new name is taken or invalid.
    """
    check_name(new)
    table: dict[str, Any] = {}
    notices: list[str] = []

    def edit(text: str) -> str:
        data = document.parsed(text)
        table.update(_existing(data, old))
        if new in data["profiles"]:
            raise SegOpsConfigError(f"The profile {new!r} already exists.")
        if table.get("keyring"):
            key = keyrings.get(old)
            if key is not None:
                keyrings.put(new, key)
        text = document.with_profile_renamed(text, old, new)
        if "guard" not in table and implied_guard(old) != implied_guard(new):
            if implied_guard(old) == "production":
                # The old name made it guarded; the new one must not silently change that.
                notices.append(f'{new} stays guarded: guard = "production" was added to it.')
                return document.with_profile(text, new, {"guard": "production"})
            notices.append(
                f"{new} looks like a production name, so it is now guarded as production."
            )
        return text

    files.change(paths.config_file, edit)
    if table.get("keyring"):
        try:
            keyrings.delete(old)
        except SegOpsConfigError as error:
            notices.append(f"The key is also still in the {keyrings.entry(old)}: {error}")
    return notices


def _existing(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    tables: Mapping[str, Any] = data.get("profiles", {})
    if name == SANDBOX and name not in tables:
        raise SegOpsConfigError("The sandbox is built in and cannot be removed or renamed.")
    if name not in tables:
        raise SegOpsConfigError(
            f"No such profile: {name!r}.", hint=f"Profiles: {', '.join([*tables, SANDBOX])}."
        )
    table: Mapping[str, Any] = tables[name]
    return table
