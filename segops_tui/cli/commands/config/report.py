"""Every value in effect and what it came from: flag, environment, file or default.

Knows the order of precedence as `config.profiles` and the options carry it out; fetches no key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.record import Record
from segops_tui.nouns.column import Column, Noun

if TYPE_CHECKING:
    from collections.abc import Iterator

    from segops_tui.cli.core.context import Invocation

_VALUES: Final = ("api_url", "key", "guard", "colour", "workspace")


class ValueRecord(Record):
    """One value in effect."""


VALUES: Final[Noun[ValueRecord]] = Noun(
    name="value",
    plural="values",
    title="Values in effect",
    key=lambda row: row.raw["name"],
    label=lambda row: str(row.raw["name"]),
    empty="No values.",
    columns=(
        Column("name", "NAME", lambda r: r.raw["name"], min_width=14),
        Column("value", "VALUE", lambda r: r.raw["value"], flex=True, max_width=80),
        Column("origin", "FROM", lambda r: r.raw["origin"], flex=True, max_width=60),
    ),
)


def effective(run: Invocation) -> list[ValueRecord]:
    """Every value there is, in a fixed order."""
    return [
        ValueRecord({"name": name, "value": value, "origin": origin})
        for found in (_of_profile(run), _of_options(run), _of_places(run))
        for name, value, origin in found
    ]


def _of_profile(run: Invocation) -> Iterator[tuple[str, Any, str]]:
    from segops_tui.cli.commands.profiles.rows import described

    profile = run.settings.profile(
        run.options.profile, run.environ, api_url=run.options.api_url
    )  # fmt: skip
    yield "profile", profile.name, _placed(run, profile.chosen_by, "default")
    said = described(profile, run.environ)
    for name in _VALUES:
        origin = profile.origins.get(name, "default")
        value = said[name]
        if name == "key" and not profile.is_sandbox:
            where = said["key_from"]
            missing = "not set" if str(where).startswith("environment") else "not fetched"
            value, origin = value or missing, where
            if where == str(run.settings.file):
                origin = _placed(run, run.settings.file.name, "profiles", profile.name, "key")
        else:
            origin = _placed(run, origin, "profiles", profile.name, name)
        yield name, value, origin


def _of_options(run: Invocation) -> Iterator[tuple[str, Any, str]]:
    given = run.options
    for name in ("output", "timeout", "max_retries", "read_only", "dry_run", "debug"):
        value = getattr(given, name)
        default = type(given).__dataclass_fields__[name].default
        flag = f"--{name.replace('_', '-')}"
        shown = 30.0 if name == "timeout" and value is None else value
        yield name, shown, "default" if value == default else flag
    no_colour = given.no_color or bool(run.environ.get("NO_COLOR"))
    named = "--no-color" if given.no_color else "NO_COLOR" if no_colour else "default"
    yield "no_color", no_colour, named


def _of_places(run: Invocation) -> Iterator[tuple[str, Any, str]]:
    by = "SEGOPS_TUI_HOME" if run.environ.get("SEGOPS_TUI_HOME") else "default"
    paths = run.paths
    for name, folder in (
        ("config_file", paths.config_file),
        ("state_folder", paths.state),
        ("data_folder", paths.data),
    ):
        yield name, str(folder), by


def _placed(run: Invocation, origin: str, *path: str) -> str:
    """An origin with its line, where it is the file."""
    if origin != run.settings.file.name:
        return origin
    line = run.settings.line(*path)
    return f"{origin}, line {line}" if line else origin
