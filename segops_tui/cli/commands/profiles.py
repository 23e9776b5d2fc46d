"""`profiles` and `whoami`: the workspaces configured on this machine, and the one in use."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

import click

from segops_tui.api.address import shown_address
from segops_tui.cli.core.group import Commands
from segops_tui.cli.core.options import Renamed
from segops_tui.config.faults import COLOURS, GUARDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from segops_tui.cli.core.context import Invocation
    from segops_tui.config.profiles import Profile
    from segops_tui.config.store import NewProfile

COMMANDS: Final = Commands()
_MOST: Final = 4096
"""Characters read from standard input for a key."""
_WAYS: Final = "--key-stdin, --key-env NAME or --key-command CMD"


def _complete(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    from segops_tui.cli.core.params import profile_names

    return profile_names(context, incomplete)


def _name(**more: Any) -> Callable[..., Any]:
    return click.argument("name", shell_complete=_complete, **more)


@COMMANDS.command(
    "profiles list", "segops-tui profiles list", "segops-tui profiles list -o json", lists=True
)
def list_profiles(run: Invocation) -> None:
    """List profiles, marking the one in use and what selected it."""
    from segops_tui.cli.core.lists import write_rows
    from segops_tui.cli.core.profile_rows import PROFILES, every_profile

    rows = every_profile(run.settings, run.options.profile, run.environ)
    write_rows(run, rows, PROFILES)


@COMMANDS.command(
    "profiles show", "segops-tui profiles show staging", "segops-tui profiles show staging -o json"
)
@_name(required=False)
def show(run: Invocation, name: str | None) -> None:
    """Show one profile, by default the one in use, with its key masked."""
    from segops_tui.cli.core.profile_rows import described

    profile = run.settings.profile(name or run.options.profile, run.environ)
    active, by = run.settings.chosen(run.options.profile, run.environ)
    is_active = name is None or name == (active or "sandbox")
    said = described(profile, run.environ, active_by=by if is_active else None)
    _tell(run, profile, {**said, "config_file": str(run.settings.file)})


@COMMANDS.command(
    "profiles add",
    "segops-tui profiles add staging",
    "segops-tui profiles add staging --key-env SEGOPS_STAGING_KEY --use",
    "segops-tui profiles add prod --key-command 'pass show segops/prod' --guard production",
    "segops-tui profiles add local --api-url http://127.0.0.1:8000/api --key-stdin < key.txt",
    writes="the config file",
)
@_name()
@click.option("--key-stdin", is_flag=True, help="Read the key from standard input.")
@click.option("--key-env", metavar="VARIABLE", help="Read the key from this environment variable.")
@click.option("--key-command", metavar="CMD", help="Run this command to get the key (no shell).")
@click.option("--keyring", is_flag=True, help="Store the key in the system keyring.")
@click.option("--guard", type=click.Choice(GUARDS), help="Protection against changes.")
@click.option("--colour", type=click.Choice(COLOURS), help="Colour of the profile in the console.")
@click.option("--workspace", metavar="TEXT", help="Label for the workspace.")
@click.option("--no-check", is_flag=True, help="Skip the connection test.")
@click.option("--use", is_flag=True, help="Make it the default.")
@click.option(
    "--update",
    cls=Renamed,
    was="--replace",
    is_flag=True,
    help="Change an existing profile, keeping its other settings.",
)
def add(
    run: Invocation,
    name: str,
    key_stdin: bool,
    keyring: bool,
    no_check: bool,
    use: bool,
    update: bool,
    **given: str | None,
) -> None:
    """Add a profile; prompts for its key unless an option says where it is.

    The key is never an argument, since command lines are visible to others. Before saving, the
    key's type and the address are checked and one read is sent.
    """
    from segops_tui.config import keyrings, store

    settings = {key: text for key, text in given.items() if text is not None}
    if run.options.api_url:
        settings["api_url"] = run.options.api_url
    store.check_name(name)
    is_there = name in run.settings.names()
    if is_there and not update:
        raise click.UsageError(f"There is a profile {name!r} already; --update changes it.")
    _one_way(settings, key_stdin=key_stdin, keyring=keyring)
    if keyring:
        keyrings.backend()  # Fail before prompting for a key that could not be stored.
    asks = not settings.keys() & {"key_env", "key_command"} and not (is_there and not keyring)
    if run.is_only_shown(f"{'change' if is_there else 'add'} profile {name}"):
        return
    typed = _read_key(run, from_stdin=key_stdin) if key_stdin or asks else None
    new = store.NewProfile(name, settings, typed, keyring)
    new.check(run.settings.table(name))
    tried = None if no_check else _tried(run, new)
    store.add(run.paths, new, use=use, update=update)
    _told_added(run, name, tried)


@COMMANDS.command("profiles use", "segops-tui profiles use staging", writes="the config file")
@_name()
def use(run: Invocation, name: str) -> None:
    """Set the default profile, for commands and the console."""
    from segops_tui.config import store

    if run.is_only_shown(f"make {name} the default profile"):
        return
    store.use(run.paths, name)
    for variable in ("SEGOPS_PROFILE", "SEGOPS_API_KEY", "SEGOPS_API_URL"):
        if run.environ.get(variable):
            run.talk.warn(f"{variable} is set here and overrides the default.")
    _said(run, {"default": name}, f"{name} is the default now, in {run.paths.config_file}")


@COMMANDS.command(
    "profiles delete",
    "segops-tui profiles delete staging",
    "segops-tui profiles delete staging --yes",
    writes="the config file",
)
@_name()
def delete(run: Invocation, name: str) -> int:
    """Delete a profile, and its key if this program stores it."""
    from segops_tui.config import store

    names = run.settings.names()
    if name != "sandbox" and name not in names:
        raise click.UsageError(f"There is no profile {name!r}. Profiles: {', '.join(names)}.")
    table = run.settings.table(name)
    kept = " and its key" if "key" in table or table.get("keyring") else ""
    if run.is_only_shown(f"delete profile {name}{kept}"):
        return 0
    if not run.confirm(f"Delete profile {name}{kept}?"):
        return run.declined("nothing was deleted")
    was_default = run.settings.default == name
    for notice in store.remove(run.paths, name):
        run.talk.warn(notice)
    if was_default:
        run.talk.note("it was the default; now there is none, and the sandbox is used")
    _said(run, {"deleted": name}, f"{name}{kept} was deleted from {run.paths.config_file}")
    return 0


@COMMANDS.command(
    "profiles rename", "segops-tui profiles rename staging qa", writes="the config file"
)
@_name()
@click.argument("new", metavar="NEW")
def rename(run: Invocation, name: str, new: str) -> None:
    """Rename a profile; keeps its key, guard and default."""
    from segops_tui.config import store

    if run.is_only_shown(f"rename profile {name} to {new}"):
        return
    for notice in store.rename(run.paths, name, new):
        run.talk.note(notice)
    _said(run, {"renamed": name, "to": new}, f"{name} is {new} now, in {run.paths.config_file}")


def _one_way(settings: dict[str, str], *, key_stdin: bool, keyring: bool) -> None:
    """Refuse two paths for one key; a key where a name belongs is caught before it is shown."""
    from segops_tui.config.faults import command_faults, variable_faults

    for key, look in (("key_env", variable_faults), ("key_command", command_faults)):
        for words, remedy in look(settings[key]) if key in settings else ():
            raise click.UsageError(f"--{key.replace('_', '-')}: {words} {remedy}")
    ways = len(settings.keys() & {"key_env", "key_command"})
    if ways + key_stdin > 1 or (ways and keyring):
        raise click.UsageError("Give the key's source only once.")


def _read_key(run: Invocation, *, from_stdin: bool) -> str:
    if from_stdin:
        text = sys.stdin.read(_MOST + 1)
        if len(text.splitlines()) > 1 or len(text) > _MOST:
            raise click.UsageError("Standard input has more than one line; a key is one.")
        return text.strip()
    if not run.is_interactive:
        raise click.UsageError(f"Without a terminal, give the key's source: {_WAYS}.")
    return run.talk.ask_hidden("API key (sk_…, not shown)").strip()


def _tried(run: Invocation, new: NewProfile) -> Profile:
    """Read one segment with it; raises what came of that, with a way to go on all the same."""

    from segops_tui.api.errors import SegOpsError
    from segops_tui.session import open_client

    if new.has_key:
        profile = new.to_try()
    else:
        profile = run.settings.profile(new.name, {})
        profile = profile._replace(
            api_url=shown_address(new.settings.get("api_url", profile.api_url))
        )
    run.talk.passing(f"trying {profile.api_url} …")
    options = run.session_options._replace(max_retries=0)
    try:
        with open_client(profile, run.paths, run.environ, options) as client:
            client.segments.list(page_size=1).page()
    except SegOpsError:
        run.talk.note("nothing was saved; --no-check saves without a test")
        raise
    return profile


def _told_added(run: Invocation, name: str, tried: Profile | None) -> None:
    from segops_tui.cli.core.profile_rows import described
    from segops_tui.config.profiles import Settings

    settings = Settings.load(run.paths)
    profile = settings.profile(name, {})
    is_default = settings.default == name
    said = {
        **described(profile, run.environ, active_by="config.toml" if is_default else None),
        "checked": tried is not None,
        "config_file": str(settings.file),
    }
    run.talk.note(f"{name} was saved in {settings.file}")
    if not is_default:
        run.talk.note(f"use it: segops-tui -p {name} …, always: segops-tui profiles use {name}")
    _tell(run, profile, said)


def _tell(run: Invocation, profile: Profile, said: dict[str, Any]) -> None:
    if run.options.output == "name":
        run.out.line(profile.name)
        return
    if not run.out.is_table:
        run.out.data(said)
        return
    key = " ".join(part for part in (said["key"], f"from {said['key_from']}") if part)
    if not said["key"] and str(said["key_from"]).startswith("environment"):
        key = f"missing: {said['key_from']} is not set here"
    facts = {
        "Profile": profile.name + (f", in use: {said['chosen_by']}" if said["active"] else ""),
        "Workspace": profile.workspace or "–",
        "Address": "the built-in sandbox" if profile.is_sandbox else profile.api_url,
        "Key": "none needed" if profile.is_sandbox else key,
        "Guard": profile.guard,
        "Colour": profile.colour or "–",
    }
    if "checked" in said:
        facts["Checked"] = "one read succeeded" if said["checked"] else "not tried"
    run.out.facts({**facts, "Config": said["config_file"]})


def _said(run: Invocation, data: dict[str, Any], sentence: str) -> None:
    """A change as data where data was asked for, else as a sentence to the person."""
    if run.out.is_table:
        run.talk.note(sentence)
    elif run.options.output == "name":
        run.out.line(str(list(data.values())[-1]))
    else:
        run.out.data(data)


@COMMANDS.command("whoami", "segops-tui whoami", "segops-tui whoami -p staging -o json")
def whoami(run: Invocation) -> None:
    """Show the profile, API address and key in use; works offline.

    The key is masked; a key held by a command or a keyring is not fetched.
    """
    from segops_tui.cli.core.profile_rows import key_in_short

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
