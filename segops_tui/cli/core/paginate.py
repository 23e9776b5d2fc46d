"""Every page of any listing as one document, whichever of the API's four styles it has.

Knows pages (contract §1.7); knows no noun. Items are printed as the server sent them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from segops_tui import wording

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from segops_tui.cli.core.context import Invocation

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
        run.talk.warn(f"The server gave {of} and has no further page; -f limit=200 may give more.")


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
    """Each page's items. A cursor that repeats and an empty page end the walk."""
    while items is not None:
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
