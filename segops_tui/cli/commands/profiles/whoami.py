"""`whoami`: which workspace, by which address, with which key; no request is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from segops_tui.cli.core.group import Commands

if TYPE_CHECKING:
    from segops_tui.cli.core.context import Invocation
    from segops_tui.config.profiles import Profile

COMMANDS: Final = Commands()


@COMMANDS.command("whoami", "segops-tui whoami", "segops-tui whoami -p staging -o json")
def whoami(run: Invocation) -> None:
    """Show the profile, address and key in use; works offline.

    A key shows as its mask. One that a program or a keyring keeps is not fetched for this.
    """
    from segops_tui.cli.commands.profiles.rows import key_in_short

    profile = run.profile
    key, where = key_in_short(profile, run.environ)
    said: dict[str, Any] = {
        "profile": profile.name,
        "chosen_by": profile.chosen_by,
        "workspace": profile.workspace or None,
        "api_url": str(run.paths.sandbox_file) if profile.is_sandbox else profile.api_url,
        "key": key,
        "key_from": where,
        "guard": profile.guard,
        "colour": profile.colour,
        "read_only": run.options.read_only or profile.guard == "read-only",
        "config_file": str(run.settings.file),
        "config_exists": run.settings.file.exists(),
    }
    if run.options.output == "name":
        run.out.line(profile.name)
    elif not run.out.is_table:
        run.out.data(said)
    else:
        run.out.facts(_for_people(said, profile))


def _for_people(said: dict[str, Any], profile: Profile) -> dict[str, str]:
    if profile.is_sandbox:
        key = "none needed"
    elif said["key"]:
        key = f"{said['key']}, from {said['key_from']}"
    elif said["key_from"].startswith("environment"):
        key = f"missing: {said['key_from']} is not set"
    else:
        key = f"not fetched, kept in {said['key_from']}"
    exists = "" if said["config_exists"] else " (not there)"
    return {
        "Profile": f"{said['profile']}, {profile.why}",
        "Workspace": said["workspace"] or "–",
        "Address": f"the built-in sandbox, {said['api_url']}"
        if profile.is_sandbox
        else said["api_url"],
        "Key": key,
        "Guard": said["guard"] + (" (--read-only)" if _is_read_only_now(said) else ""),
        "Config": f"{said['config_file']}{exists}",
    }


def _is_read_only_now(said: dict[str, Any]) -> bool:
    return bool(said["read_only"]) and said["guard"] != "read-only"
