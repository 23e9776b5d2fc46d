"""Filter JSON with a jq expression: `--jq`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

_SHUT: str = "{} as $ENV | def env: {}; "
"""Put before every expression: the environment holds keys, and no output may."""


class _Unavailable(click.UsageError):
    """The library is not installed."""

    hint = "Install it: pip install 'segops-tui[jq]'. Or pipe the JSON to the program jq."


def compiled(expression: str, *, form: str) -> Callable[[Any], list[Any]]:
    """A function from a value to what the expression makes of it.

    Raises:
        click.UsageError: the output is no JSON, the library is missing, or it is no jq program.
    """
    if form not in {"json", "ndjson"}:
        raise click.UsageError(f"--jq filters JSON: use -o json or -o ndjson, not -o {form}.")
    try:
        import jq
    except ImportError as error:
        raise _Unavailable("--jq needs the Python library jq, which is not installed.") from error
    try:
        program = jq.compile(f"{_SHUT}{expression}")
    except ValueError as error:
        raise click.UsageError(f"--jq: {_first_line(error)}") from error

    def run(value: Any) -> list[Any]:
        from segops_tui.nouns.encode import to_json

        try:
            found: list[Any] = program.input_text(to_json(value, indent=None)).all()
        except ValueError as error:
            raise click.UsageError(f"--jq: {_first_line(error)}") from error
        return found

    return run


def _first_line(error: Exception) -> str:
    said = str(error).replace(_SHUT, "").splitlines()
    return f"{said[0]}." if said else "the expression failed."


def written(value: Any) -> str:
    """A result as a line: a text as it is, anything else as JSON."""
    from segops_tui.api.keys import redact
    from segops_tui.nouns.encode import to_json
    from segops_tui.wording import plain

    if not isinstance(value, str):
        return redact(to_json(value, indent=None))
    return redact("".join(c if c in "\n\t" else plain(c) for c in value))
