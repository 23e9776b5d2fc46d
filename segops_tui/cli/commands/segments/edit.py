"""`segments edit`: a segment in the user's editor, with a diff before it is saved."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from segops_tui.cli.core.exit_codes import ExitCode
from segops_tui.cli.core.group import Commands
from segops_tui.cli.core.input import open_editor, parsed
from segops_tui.cli.core.params import one

if TYPE_CHECKING:
    from collections.abc import Mapping

    from segops_tui.cli.core.context import Invocation

COMMANDS: Final = Commands()

_EDITED: Final = ("name", "description", "is_active", "definition")
"""The fields that the editor shows."""


@COMMANDS.command(
    "segments edit",
    "segops-tui segments edit 12",
    "EDITOR=nano segops-tui segments edit 'High LTV buyers'",
    calls=("segments.get", "segments.update"),
)
@one("segment")
def edit(run: Invocation, id: str) -> int:
    """Edit a segment's rule and texts in your editor.

    The editor opens them as YAML. What changed is shown before it is saved; text that is
    invalid can be edited again.
    """
    from tempfile import TemporaryDirectory

    from segops_tui.nouns.encode import to_yaml
    from segops_tui.nouns.segments import SEGMENTS

    segment = run.client.segments.get(id)
    before = {name: segment.raw[name] for name in _EDITED if name in segment.raw}
    old = to_yaml(before).rstrip() + "\n"
    with TemporaryDirectory(prefix="segops-tui-") as folder:
        copy = Path(folder) / "segment.yaml"
        copy.write_text(old, encoding="utf-8")
        after = _edited(run, copy)
    if after is None:
        return int(ExitCode.USAGE)
    changed = {name: value for name, value in after.items() if before.get(name) != value}
    if not changed:
        run.talk.note("nothing was changed")
        return 0
    _tell_diff(run, old, to_yaml({**before, **changed}).rstrip() + "\n")
    if not run.confirm(f"Save segment {segment.name!r} in profile {run.profile.name!r}?"):
        return run.declined("nothing was saved")
    saved = run.client.segments.update(id, **changed)
    if run.out.is_table:
        run.talk.note(f"segment {id} was saved; its members change with: segments recompute {id}")
    else:
        run.out.one(saved, SEGMENTS)
    return 0


def _edited(run: Invocation, copy: Path) -> Mapping[str, Any] | None:
    """What the user saved; None where it is invalid and they do not want to edit it again."""
    while True:
        open_editor(run.environ, copy)
        try:
            return _checked(copy)
        except click.UsageError as error:
            run.talk.warn(error.format_message())
        if not (run.is_interactive and run.talk.ask("Edit it again?", default=True)):
            run.talk.warn("nothing was saved")
            return None


def _checked(copy: Path) -> Mapping[str, Any]:
    """The fields in a file.

    Raises:
        click.UsageError: they are not YAML, or not a segment's.
    """
    from segops_tui.api.definition import check_definition

    try:
        found = parsed(copy.read_text(encoding="utf-8-sig"), copy.name)
    except UnicodeDecodeError as error:
        raise click.UsageError(f"{copy.name} is not UTF-8 text.") from error
    if not isinstance(found, dict):
        raise click.UsageError(f"{copy.name} must hold the fields of a segment.")
    unknown = [str(name) for name in found if name not in _EDITED]
    if unknown:
        raise click.UsageError(f"{', '.join(unknown)}: only {', '.join(_EDITED)} can be edited.")
    definition = found.get("definition") or {}
    faults = check_definition(definition) if definition else []
    if faults:
        raise click.UsageError("; ".join(f"{fault}" for fault in faults[:5]))
    return found


def _tell_diff(run: Invocation, old: str, new: str) -> None:
    from difflib import unified_diff

    lines = unified_diff(old.splitlines(), new.splitlines(), "saved", "edited", lineterm="")
    if run.out.is_table:
        run.out.diff(lines)
        run.out.flush()
    else:
        for line in lines:
            run.talk.line(line)
