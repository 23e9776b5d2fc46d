"""`api`: any call by method and path, for what no other command wraps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import click

from segops_tui.cli.core.bodies import read_data, read_text, scalar
from segops_tui.cli.core.group import Commands
from segops_tui.cli.core.paginate import write_all

if TYPE_CHECKING:
    from segops_tui.api.request import Method
    from segops_tui.cli.core.context import Invocation

COMMANDS: Final = Commands()
METHODS: Final = ("GET", "POST", "PATCH", "PUT", "DELETE")


@COMMANDS.command(
    "api",
    "segops-tui api GET /segments/ -f page_size=5",
    "segops-tui api POST /segments/ -f name=VIPs -F definition=@rule.json",
    "segops-tui api PUT /pim/schema/ --input schema.json",
    "segops-tui api GET /segments/4/members/ --paginate | jq length",
    calls=("http.request",),
)
@click.argument("method", type=click.Choice(METHODS, case_sensitive=False))
@click.argument("path")
@click.option("-f", "texts", metavar="KEY=VALUE", multiple=True, help="A field, as text.")
@click.option(
    "-F",
    "values",
    metavar="KEY=VALUE",
    multiple=True,
    help="A field, as JSON where it parses; @FILE reads it from a file.",
)
@click.option("--input", "source", metavar="FILE|-", type=click.Path(), help="The whole body.")
@click.option("--paginate", is_flag=True, help="GET every page, and print all items as one array.")
def api(
    run: Invocation,
    method: str,
    path: str,
    texts: tuple[str, ...],
    values: tuple[str, ...],
    source: str | None,
    paginate: bool,
) -> None:
    """Send any call by method and path, and print the answer.

    PATH is relative to the API's address, such as /segments/. Fields go into the query of a GET
    and into the body of anything else. Guards, retries and idempotency keys apply as ever.
    """
    if paginate and method != "GET":
        raise click.UsageError("--paginate is for GET.")
    path, query = _split(path)
    fields = _fields(texts, values)
    body: Any = None if source is None else read_data(source)
    if method == "GET":
        query = {**query, **{name: _as_text(value) for name, value in fields.items()}}
    elif fields:
        if body is not None and not isinstance(body, dict):
            raise click.UsageError("--input holds no object, so fields cannot be laid over it.")
        body = {**(body or {}), **fields}
    try:
        if paginate:
            write_all(run, path, query)
            return
        answer = run.client.http.request(cast("Method", method), path, query=query, body=body)
    except ValueError as error:
        raise click.UsageError(f"PATH: {error}.") from error
    if answer is not None:
        run.out.data(answer)


def _split(path: str) -> tuple[str, dict[str, str | int | float | None]]:
    from urllib.parse import parse_qsl

    path, _, query = path.partition("?")
    return path, dict(parse_qsl(query, keep_blank_values=True))


def _fields(texts: tuple[str, ...], values: tuple[str, ...]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for text in texts:
        name, value = _pair(text, "-f")
        fields[name] = value
    for text in values:
        name, value = _pair(text, "-F")
        fields[name] = _from_file(value[1:]) if value.startswith("@") else scalar(value)
    return fields


def _pair(text: str, option: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise click.UsageError(f"{option} wants KEY=VALUE, not {text!r}.")
    return name, value


def _from_file(source: str) -> Any:
    is_data = Path(source).suffix in {".json", ".yaml", ".yml"}
    return read_data(source) if is_data else scalar(read_text(source))


def _as_text(value: Any) -> str:
    from segops_tui.nouns.encode import flat

    return flat(value)
