"""`api`: any request by method and path, for what no other command wraps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import click

from segops_tui import wording
from segops_tui.cli.core.group import Commands
from segops_tui.cli.core.input import FILE, read_data, read_text, scalar

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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
@click.option(
    "--input",
    "source",
    metavar="FILE|-",
    type=FILE,
    help="Read the request body from a file.",
)
@click.option("--paginate", is_flag=True, help="Fetch every page and print all items as one array.")
def api(
    run: Invocation,
    method: str,
    path: str,
    texts: tuple[str, ...],
    values: tuple[str, ...],
    source: str | None,
    paginate: bool,
) -> None:
    """Send any API request and print the response.

    PATH is relative to the API's address, such as /segments/. Fields go into the query of a GET
    and into the body of anything else. Guards, retries and idempotency keys apply as usual.
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
    if isinstance(answer, bytes):
        run.out.octets(answer)
    elif isinstance(answer, str) and run.out.is_table:
        run.out.text(answer)
    elif answer is not None:
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
        raise click.UsageError(f"{option} takes KEY=VALUE, not {text!r}.")
    return name, value


def _from_file(source: str) -> Any:
    is_data = Path(source).suffix in {".json", ".yaml", ".yml"}
    return read_data(source) if is_data else scalar(read_text(source))


def _as_text(value: Any) -> str:
    from segops_tui.nouns.encode import flat

    return flat(value)


_LISTS: Final = ("results", "members", "user_ids", "segments", "versions", "conditions")
"""What an envelope calls its items, likeliest first; the contract's own word is `results`."""

Query = dict[str, "str | int | float | None"]


def write_all(run: Invocation, path: str, query: Query) -> None:
    """Walk every page of a GET and write all items as one array, or one a line as NDJSON.

    An answer that is no listing is written as it came. What the server keeps back, having no
    pages to ask for, is said on stderr.
    """
    first = run.client.http.request("GET", path, query=query)
    items = items_of(first)
    if items is None:
        run.out.data(first)
        return
    walk = _pages(run, path, query, first, items)
    shown = 0
    everything: list[Any] = []
    for page in walk:
        shown += len(page)
        run.talk.passing(f"{wording.count(shown)} items")
        if run.options.output == "ndjson":
            for item in page:
                run.out.data([item])
        else:
            everything += page
    if run.options.output != "ndjson":
        run.out.data(everything)
    run.out.flush()
    count = first.get("count") if isinstance(first, dict) else None
    if isinstance(count, int) and count > shown:
        of = f"{wording.count(shown)} of {wording.count(count)}"
        run.talk.warn(
            f"The server returned {of} and has no further page; -f limit=200 may return more."
        )


def items_of(answer: Any) -> list[Any] | None:
    """The items of a listing's answer, or None where it is no listing."""
    if isinstance(answer, list):
        return answer
    if not isinstance(answer, dict):
        return None
    found = next((answer[n] for n in _LISTS if isinstance(answer.get(n), list)), None)
    is_envelope = found is not None and ("results" in answer or _is_paged(answer))
    return found if is_envelope else None


def _is_paged(answer: Mapping[str, Any]) -> bool:
    return any(name in answer for name in ("count", "next", "next_cursor"))


def _pages(
    run: Invocation, path: str, query: Query, answer: Any, items: list[Any] | None
) -> Iterator[list[Any]]:
    """Each page's items. An empty page ends the walk, one that repeats is an error."""
    from segops_tui.api.request import PageTrail

    trail = PageTrail(path, cursor=query.get("cursor"))
    while items is not None:
        cursor = answer.get("next_cursor") if isinstance(answer, dict) else None
        trail.add(items, str(cursor) if cursor else None)
        yield items
        onward = following(answer, query, is_empty=not items)
        if onward is None:
            return
        query = onward
        answer = run.client.http.request("GET", path, query=query)
        items = items_of(answer)


def following(answer: Any, query: Query, *, is_empty: bool) -> Query | None:
    """The query of the next page, or None after the last."""
    if not isinstance(answer, dict):
        return None
    cursor = answer.get("next_cursor")
    if cursor:
        return None if str(cursor) == query.get("cursor") else {**query, "cursor": str(cursor)}
    if not answer.get("next") or is_empty:
        return None
    page = str(query.get("page") or 1)
    if "offset" in query:
        return _further(query, answer)
    return {**query, "page": int(page) + 1} if page.isdecimal() else None


def _further(query: Query, answer: Mapping[str, Any]) -> Query | None:
    """The next stretch of a walk that was begun by offset."""
    offset = str(query["offset"])
    got = items_of(answer) or []
    return {**query, "offset": int(offset) + len(got)} if offset.isdecimal() else None
