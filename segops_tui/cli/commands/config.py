"""`config`: show, validate and edit the config file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from segops_tui.api.record import Record
from segops_tui.cli.core.exit_codes import ExitCode
from segops_tui.cli.core.group import Commands
from segops_tui.cli.core.input import open_editor
from segops_tui.nouns.column import Column, Noun

if TYPE_CHECKING:
    from collections.abc import Iterator

    from segops_tui.cli.core.context import Invocation
    from segops_tui.config.faults import ConfigFault


COMMANDS: Final = Commands()


@COMMANDS.command("config path", "segops-tui config path", "segops-tui config path -o json")
def path(run: Invocation) -> None:
    """Print the config file's path.

    As data: also where jobs, logs and the sandbox are.
    """
    paths = run.paths
    if run.out.is_table or run.options.output == "name":
        run.out.line(str(paths.config_file))
        return
    run.out.data(
        {
            "config_file": str(paths.config_file),
            "exists": paths.config_file.exists(),
            "state_folder": str(paths.state),
            "data_folder": str(paths.data),
            "job_ledger": str(paths.ledger_file),
            "debug_log": str(paths.debug_log),
            "sandbox": str(paths.sandbox_file),
        }
    )


@COMMANDS.command(
    "config show",
    "segops-tui config show",
    "segops-tui config show -p prod -o json",
    lists=True,
)
def show(run: Invocation) -> None:
    """Show every setting in effect and its source.

    Precedence: flag, environment, config file, default. Keys are masked.
    """

    from segops_tui.cli.core.lists import write_rows

    write_rows(run, config_report(run), VALUES)


@COMMANDS.command(
    "config validate", "segops-tui config validate", "segops-tui config validate other.toml"
)
@click.argument("file", required=False, type=click.Path(dir_okay=False))
def validate(run: Invocation, file: str | None) -> int:
    """Validate the config file; list errors with lines and fixes.

    Exits 2 if there are errors. FILE validates another file than the one in use.
    """
    from segops_tui.config import files

    target = Path(file) if file else run.paths.config_file
    text = files.read_text(target)
    if text is None and file:
        raise click.UsageError(f"{file}: there is no such file.")
    faults = _faults(text or "")
    if run.out.is_table:
        for fault in faults:
            run.out.line(_sentence(fault, target.name))
    else:
        found = [
            {"line": f.line, "where": ".".join(f.path), "message": f.sentence, "hint": f.hint}
            for f in faults
        ]
        run.out.data({"file": str(target), "valid": not faults, "faults": found})
    if not faults:
        run.talk.note(f"{target}: nothing wrong" if text is not None else f"no file at {target}")
    return int(ExitCode.USAGE if faults else ExitCode.OK)


@COMMANDS.command(
    "config edit",
    "segops-tui config edit",
    "EDITOR=nano segops-tui config edit",
    writes="the config file",
)
def edit(run: Invocation) -> int:
    """Edit the config file in your editor; saved only if valid.

    The editor opens a private copy. If it is invalid you can edit it again; without a terminal
    it is discarded and the file is unchanged (exit code 2).
    """
    from segops_tui.config import files

    file = run.paths.config_file
    if run.is_only_shown(f"edit {file}"):
        return 0
    before = files.read_text(file) or ""
    with files.scratch_copy(file, before or _START) as copy:
        while True:
            open_editor(run.environ, copy)
            after = files.read_text(copy) or ""
            faults = _faults(after)
            if not faults:
                break
            for fault in faults:
                run.talk.warn(_sentence(fault, file.name))
            if not (run.is_interactive and run.talk.ask("Edit it again?", default=True)):
                run.talk.warn(f"{file} was left as it was.")
                return int(ExitCode.USAGE)
    if after in (before, _START):
        run.talk.note("nothing was changed")
        return 0
    files.change(file, lambda now: _unless_changed(now, before, after, file))
    run.talk.note(f"{file} was changed")
    return 0


@COMMANDS.command(
    "config get", "segops-tui config get output", "segops-tui config get profiles.staging.guard"
)
@click.argument("name", metavar="NAME")
def get(run: Invocation, name: str) -> int:
    """Print one setting in effect.

    NAME is output, timeout, wait_timeout, max_retries or limit, or a dotted path in the file.
    Exits 5 if it is not set. Keys are masked.
    """
    from segops_tui.api.keys import redact

    path = _path(name)
    if path[0] == "defaults" and len(path) == 2:
        given = run.defaults.get(path[1])
        value = given[0] if given else _BUILT_IN.get(path[1])
    else:
        value = run.settings.value(path)
    if value is None:
        run.talk.note(f"{name} is not set")
        return int(ExitCode.NOT_FOUND)
    if run.options.output not in {"json", "ndjson", "yaml"} and not isinstance(value, dict | list):
        run.out.line(redact(str(value).lower() if isinstance(value, bool) else f"{value}"))
    else:
        run.out.data(_masked(value))
    return 0


_BUILT_IN: Final = {"output": "table", "timeout": 30.0, "max_retries": 3, "limit": 100}


def _masked(value: Any) -> Any:
    from segops_tui.api.keys import redact

    if isinstance(value, dict):
        return {name: _masked(item) for name, item in value.items()}
    return redact(value) if isinstance(value, str) else value


@COMMANDS.command(
    "config set",
    "segops-tui config set output json",
    "segops-tui config set timeout 90s",
    "segops-tui config set aliases.vip 'segments list --limit 20'",
    "segops-tui config set limit --unset",
    writes="the config file",
)
@click.argument("name", metavar="NAME")
@click.argument("value", metavar="[VALUE]", required=False)
@click.option("--unset", is_flag=True, help="Remove the setting.")
def set_(run: Invocation, name: str, value: str | None, unset: bool) -> int:
    """Set one setting in the config file, keeping its comments.

    NAME is output, timeout, wait_timeout, max_retries or limit, or a dotted path, such as
    theme, aliases.vip or profiles.staging.guard. A change that would make the file invalid is
    refused.
    """
    from segops_tui.config import document, files

    if (value is None) is not unset:
        raise click.UsageError("Give a VALUE, or --unset.")
    path = _path(name)
    if path[-1] == "key":
        raise click.UsageError(
            "A key is never an argument: others can see command lines."
            " Store one: segops-tui profiles add NAME --update"
        )
    found = None if value is None else _typed(path, value)
    file = run.paths.config_file

    def edit(text: str) -> str:
        from segops_tui.api.errors import SegOpsConfigError

        new = document.with_value(text, path, found)
        before = {fault.sentence for fault in _faults(text)}
        for fault in _faults(new):
            if fault.sentence not in before:
                raise SegOpsConfigError(fault.sentence, hint=fault.hint)
        return new

    done = f"set {name} in {file}" if found is not None else f"remove {name} from {file}"
    edit(files.read_text(file) or "")
    if run.is_only_shown(done):
        return 0
    files.change(file, edit)
    run.talk.note(f"{name} was {'set' if found is not None else 'removed'} in {file}")
    return 0


def _path(name: str) -> tuple[str, ...]:
    """The path of a setting; the name of a shared option stands for `defaults.NAME`."""
    from segops_tui.api.keys import mask_key
    from segops_tui.config.faults import DEFAULTS

    plain = name.replace("-", "_")
    if plain in DEFAULTS:
        return ("defaults", plain)
    head, dot, rest = name.partition(".")
    path = (head, rest) if head in {"aliases", "keys"} and dot else tuple(name.split("."))
    if not all(path) or mask_key(name) != "…":
        raise click.UsageError("NAME is a setting, such as output or profiles.staging.guard.")
    return path


def _typed(path: tuple[str, ...], text: str) -> Any:
    """The value as the file has it: a number or a boolean where the setting is one."""
    from segops_tui.api.keys import redact
    from segops_tui.cli.core.input import scalar

    if redact(text) != text:
        raise click.UsageError("VALUE is a key, and a key is never an argument.")
    is_text = path[0] in {"aliases", "keys", "default", "theme"} or path[-1] == "output"
    value = text if is_text else scalar(text)
    return text if value is None or isinstance(value, dict | list) else value


_START: Final = """version = 1

# default = "staging"

# [profiles.staging]
# api_url = "https://api.segops.ai/api"
# key_env = "SEGOPS_STAGING_KEY"    # or key_command = "pass show …", keyring = true, key = "sk_…"
# guard = "none"                    # or "read-only", "production"
# colour = "green"
"""


def _key_faults(data: dict[str, Any], text: str) -> list[ConfigFault]:
    """Keys for what does not exist, and keys in each other's way: the console knows."""
    from segops_tui.config.faults import ConfigFault, flat_keys, line_of

    keys = data.get("keys")
    wanted = flat_keys(keys) if isinstance(keys, dict) else {}
    wanted = {name: key for name, key in wanted.items() if isinstance(key, str)}
    if not wanted:
        return []
    from segops_tui.tui.frame.keymap import checked

    line = line_of(text, ("keys",))
    return [ConfigFault(("keys",), complaint, line=line) for complaint in checked(wanted)[1]]


def _unless_changed(now: str, before: str, after: str, file: Path) -> str:
    from segops_tui.api.errors import SegOpsConfigError

    if now != before:
        raise SegOpsConfigError(
            f"{file} was changed by another program; your changes were not saved.",
            hint="Edit it again.",
        )
    return after


def _faults(text: str) -> list[ConfigFault]:
    import re
    import tomllib

    from segops_tui.config.faults import ConfigFault, every_fault

    try:
        data = tomllib.loads(text)
        return [*every_fault(data, text), *_key_faults(data, text)]
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        at = re.search(r"line (\d+)", str(error))
        line = int(at[1]) if at else text.count("\n") + 1
        return [ConfigFault((), f"is not valid TOML: {error}.", "Fix that line first.", line)]


def _sentence(fault: ConfigFault, name: str) -> str:
    where = f"{name}:{fault.line}" if fault.line else name
    return " ".join(part for part in (f"{where}:", fault.sentence, fault.hint) if part)


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


def config_report(run: Invocation) -> list[ValueRecord]:
    """Every value there is, in a fixed order."""
    return [
        ValueRecord({"name": name, "value": value, "origin": origin})
        for found in (_of_profile(run), _of_options(run), _of_paths(run))
        for name, value, origin in found
    ]


def _of_profile(run: Invocation) -> Iterator[tuple[str, Any, str]]:
    from segops_tui.cli.core.profile_rows import described

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
    names = ("output", "timeout", "wait_timeout", "max_retries", "limit")
    for name in (*names, "read_only", "dry_run", "debug"):
        value = getattr(given, name)
        default = type(given)._field_defaults[name]
        flag = f"--{name.replace('_', '-')}"
        shown = _BUILT_IN.get(name) if value is None else value
        _, by = run.defaults.get(name, (None, "default"))
        is_given = name in run.given and value != default
        yield name, shown, flag if is_given else _placed(run, by, "defaults", name)
    yield "color", *_colour(run)


def _colour(run: Invocation) -> tuple[str, str]:
    """When to colour, and what says so."""
    if run.options.color != "auto":
        return run.options.color, "--color"
    environ = run.environ
    if environ.get("NO_COLOR"):
        return "never", "NO_COLOR"
    for name in ("CLICOLOR_FORCE", "FORCE_COLOR"):
        if environ.get(name, "0") not in {"", "0"}:
            return "always", name
    return ("never", "CLICOLOR") if environ.get("CLICOLOR") == "0" else ("auto", "default")


def _of_paths(run: Invocation) -> Iterator[tuple[str, Any, str]]:
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
