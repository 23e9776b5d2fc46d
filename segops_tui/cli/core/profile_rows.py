"""Profiles as rows and as data: which exist, which one is in use, and why. Fetches no key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.address import shown_address
from segops_tui.api.errors import SegOpsConfigError
from segops_tui.api.record import Record
from segops_tui.nouns.column import Column, Context, Noun, Tone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from segops_tui.config.profiles import Profile, Settings


class ProfileRecord(Record):
    """One profile."""


def _guard_tone(row: ProfileRecord, _context: Context) -> Tone:
    tones: dict[Any, Tone] = {"production": "bad", "read-only": "warn"}
    return tones.get(row.raw["guard"], "")


def _active(row: ProfileRecord) -> str:
    return f"← {row.raw['chosen_by']}" if row.raw["active"] else ""


PROFILES: Final[Noun[ProfileRecord]] = Noun(
    name="profile",
    plural="profiles",
    title="Profiles",
    key=lambda row: row.raw["name"],
    label=lambda row: str(row.raw["name"]),
    empty="No profiles.",
    columns=(
        Column("name", "NAME", lambda r: r.raw["name"], min_width=8),
        Column("active", "IN USE", _active, tone=lambda _row, _: "good", max_width=30,
               words=lambda r, _: _active(r)),
        Column("workspace", "WORKSPACE", lambda r: r.raw["workspace"], priority=3),
        Column("api_url", "ADDRESS", lambda r: r.raw["api_url"], flex=True, priority=1),
        Column("key_from", "KEY", lambda r: r.raw["problem"] or r.raw["key_from"], flex=True,
               priority=2, max_width=60),
        Column("guard", "GUARD", lambda r: r.raw["guard"], tone=_guard_tone),
        Column("colour", "COLOUR", lambda r: r.raw["colour"], priority=4),
    ),
)  # fmt: skip


def every_profile(
    settings: Settings, flag: str | None, environ: Mapping[str, str]
) -> list[ProfileRecord]:
    """Every profile there is, the one in use marked; one that is broken says what is wrong."""
    chosen, by = settings.chosen(flag, environ)
    is_from_environment = chosen is None and by != "built in"
    active = None if is_from_environment else chosen or "sandbox"
    rows = [
        _row(settings, name, environ, by if name == active else None) for name in settings.names()
    ]
    if is_from_environment:
        profile = settings.profile(None, environ)
        rows.insert(0, ProfileRecord(described(profile, environ, active_by=by)))
    return rows


def described(
    profile: Profile, environ: Mapping[str, str], *, active_by: str | None = None
) -> dict[str, Any]:
    """A profile as data; the key is its mask where that costs nothing, and never itself."""
    mask, where = key_in_short(profile, environ)
    return {
        "name": profile.name,
        "active": active_by is not None,
        "chosen_by": active_by,
        "workspace": profile.workspace or None,
        "api_url": None if profile.is_sandbox else profile.api_url,
        "key": mask,
        "key_from": where,
        "guard": profile.guard,
        "colour": profile.colour,
        "problem": None,
    }


def key_in_short(profile: Profile, environ: Mapping[str, str]) -> tuple[str | None, str | None]:
    """The key's mask and its place; what would run a program or ask a keyring is left alone."""
    from segops_tui.api.keys import mask_key
    from segops_tui.config.secrets import FromEnvironment, FromFile

    match profile.source:
        case None:
            return None, None
        case FromEnvironment(variable) as source:
            text = environ.get(variable, "")
            return (mask_key(text) if text else None), source.where
        case FromFile() as source:
            return source.secret.mask, source.where
        case source:
            return None, source.where


def _row(
    settings: Settings, name: str, environ: Mapping[str, str], active_by: str | None
) -> ProfileRecord:
    try:
        return ProfileRecord(described(settings.profile(name, {}), environ, active_by=active_by))
    except SegOpsConfigError as error:
        table = settings.table(name)
        known = {key: table.get(key) for key in ("workspace", "api_url", "guard", "colour")}
        said = {key: value if isinstance(value, str) else None for key, value in known.items()}
        if said["api_url"] is not None:
            said["api_url"] = shown_address(said["api_url"])
        return ProfileRecord(
            {"name": name, "active": active_by is not None, "chosen_by": active_by, **said,
             "key": None, "key_from": None, "problem": str(error)}
        )  # fmt: skip
