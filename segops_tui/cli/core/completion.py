"""What the shell completes: ids and names from a small local file, profiles from the config.

Knows what lists showed last; never asks a server, and never fails a run.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import click
    from click.shell_completion import CompletionItem

    from segops_tui.config.paths import Paths

_MOST: Final = 1_000
"""Objects of one noun that are remembered."""


def remember(paths: Paths, profile: str, noun: str, seen: Iterable[tuple[str, str]]) -> None:
    """Keep the ids and names a list showed; a folder that cannot be written is no failure."""
    file = paths.state / "completion.json"
    known = _read(paths)
    known.setdefault(profile, {})[noun] = [list(pair) for pair in seen][:_MOST]
    scratch = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        scratch.write_text(json.dumps(known), encoding="utf-8")
        scratch.replace(file)
    except OSError:
        return


def completes(noun: str) -> Callable[..., list[CompletionItem]]:
    """A completer of ids of one noun, with the names as help."""

    def complete(
        context: click.Context, _parameter: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        paths, profile = _here(context)
        pairs = _read(paths).get(profile, {}).get(noun, [])
        return [CompletionItem(key, help=name) for key, name in pairs if key.startswith(incomplete)]

    return complete


def profile_names(context: click.Context, incomplete: str) -> list[str]:  # noqa: ARG001
    """Every profile of the config file that begins so."""
    from segops_tui.api.errors import SegOpsConfigError
    from segops_tui.config.paths import find_paths
    from segops_tui.config.profiles import Settings

    try:
        names = Settings.load(find_paths(os.environ)).names()
    except SegOpsConfigError:
        return []
    return [name for name in names if name.startswith(incomplete)]


def _here(context: click.Context) -> tuple[Paths, str]:
    from segops_tui.api.errors import SegOpsConfigError
    from segops_tui.cli.core.options import Shared
    from segops_tui.config.paths import find_paths
    from segops_tui.config.profiles import Settings

    paths = find_paths(os.environ)
    shared = Shared.collect(context.find_object(dict) or {})
    try:
        profile = Settings.load(paths).profile(shared.profile, os.environ)
    except SegOpsConfigError:
        return paths, ""
    return paths, profile.name


def _read(paths: Paths) -> dict[str, Any]:
    try:
        known: Mapping[str, Any] = json.loads((paths.state / "completion.json").read_bytes())
    except (OSError, ValueError):
        return {}
    return dict(known) if isinstance(known, dict) else {}
