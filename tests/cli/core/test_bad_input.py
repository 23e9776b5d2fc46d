"""Servers that answer nonsense: one clear message and a code, or the data all the same; never a
traceback, and never half a document that looks whole.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.conftest import Ended, Program

KEY = "sk_test_0123456789abcdef"
READS = {
    "segments list": ("results", "GET"),
    "product-segments list": ("results", "GET"),
    "schemas list": ("results", "GET"),
    "activations list": ("results", "GET"),
    "webhooks list": ("results", "GET"),
    "queries list": ("array", "GET"),
    "competitors list": ("array", "GET"),
    "pages list": ("array", "GET"),
    "users search": ("results", "GET"),
    "users events u1": ("results", "GET"),
    "users segments u1": ("array", "GET"),
    "queries results 1": ("array", "GET"),
    "queries win-rate": ("array", "GET"),
    "analytics segments": ("array", "GET"),
    "analytics overlap": ("array", "GET"),
    "analytics activations": ("array", "GET"),
    "segments members 1": ("results", "GET"),
    "segments versions 1": ("array", "GET"),
    "products imports": ("results", "GET"),
}
OBJECTS = (
    "segments get 1",
    "schemas get 1",
    "activations get 1",
    "webhooks get 1",
    "queries get 1",
    "competitors get 1",
    "pages get 1",
    "users get u1",
    "queries dashboard",
    "analytics overview",
    "analytics usage",
    "pages query jacket",
    "queries simulate what",
    "users simulate u1 sale",
    "schemas validate sale --set total=1",
    "segments estimate 1",
    "segments membership u1",
    "products facets",
    "identity alias anon_1 u1",
)


class Nonsense(ThreadingHTTPServer):
    """Answers every call the same, or by its path."""

    daemon_threads = True
    status = 200
    body: Any = b""
    headers: dict[str, str]

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.headers = {}
        self.seen: list[str] = []


class _Handler(BaseHTTPRequestHandler):
    server: Nonsense

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(length)
        self.server.seen.append(f"{self.command} {self.path}")
        body = self.server.body
        if isinstance(body, dict) and "by path" in body:
            path = self.path.removeprefix("/api").partition("?")[0]
            body = next(value for key, value in body["by path"].items() if path.startswith(key))
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        if "Content-Length" not in self.server.headers:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _answer

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def _nonsense() -> Iterator[Nonsense]:
    with Nonsense() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def nonsense(program: Program, _nonsense: Nonsense) -> Nonsense:
    """The server, with nothing in it yet."""
    _nonsense.status, _nonsense.body, _nonsense.headers, _nonsense.seen = 200, b"", {}, []
    address = f"http://127.0.0.1:{_nonsense.server_address[1]}/api"
    program.environ |= {"SEGOPS_API_KEY": KEY, "SEGOPS_API_URL": address}
    return _nonsense


def is_sound(ended: Ended) -> bool:
    """No traceback, no bug, no key."""
    text = ended.out + ended.err
    return not any(word in text for word in ("Traceback", "a bug in segops-tui", KEY))


ERRORS = {
    "html": b"<!DOCTYPE html><html><body><h1>Bad gateway</h1></body></html>",
    "truncated": b'{"detail": "Not fo',
    "nothing": b"",
    "binary": b"\xff\xfe\x00\x01",
    "an array": b'["no"]',
    "a number": b"7",
    "null": b"null",
    "odd fields": b'{"detail": {"a": [1]}, "name": null, "x": [{"y": 2}]}',
    "hostile": b'{"detail": "\\u001b[2J\\u202eevil"}',
    "deep": b"[" * 50_000,
}


CODES = {400: 6, 401: 4, 403: 4, 404: 5, 409: 6, 410: 1, 422: 6, 429: 7, 500: 1, 503: 1}
ANSWERS = [(status, "html") for status in CODES] + [(400, kind) for kind in ERRORS]


@pytest.mark.parametrize(("status", "kind"), sorted(set(ANSWERS)))
def test_an_error_is_one_message_whatever_its_body(
    program: Program, nonsense: Nonsense, status: int, kind: str
) -> None:
    nonsense.status, nonsense.body = status, ERRORS[kind]

    ended = program("segments", "get", "1", "--max-retries", "0")

    assert (ended.code, ended.out) == (CODES[status], "")
    assert is_sound(ended)
    assert str(status) in ended.err
    assert "\x1b" not in ended.err
    assert "<html" not in ended.err
    assert ended.err.count("error:") == 1


BODIES = {
    "html": b"<html>welcome</html>",
    "truncated": b'{"results": [{"id": 1}, {"id"',
    "nothing": b"",
    "null": b"null",
    "a text": b'"hello"',
    "not utf-8": b'{"results": "\xff"}',
    "deep": b"[" * 50_000,
}


EVERY_KIND = [(line, kind) for line in ("segments list", "pages get 1") for kind in BODIES]
EVERY_LINE = [(line, "truncated") for line in [*READS, *OBJECTS]]


@pytest.mark.parametrize(("line", "kind"), sorted({*EVERY_KIND, *EVERY_LINE}))
def test_an_answer_that_is_no_answer_is_refused_with_no_data(
    program: Program, nonsense: Nonsense, line: str, kind: str
) -> None:
    nonsense.body = BODIES[kind]

    ended = program(*line.split(), "--max-retries", "0", "-o", "json")

    assert (ended.code, ended.out) == (1, ""), ended.err
    assert is_sound(ended)
    assert ended.error["exit_code"] == 1


@pytest.mark.parametrize("form", ["table", "json"])
@pytest.mark.parametrize("line", READS)
def test_an_array_and_an_envelope_are_taken_for_each_other(
    program: Program, nonsense: Nonsense, line: str, form: str
) -> None:
    rows = [{"id": 1, "unheard_of": True}, {"id": 2}]
    shown = []
    for body in (rows, {"results": rows}, {"count": 2, "next": None, "results": rows}):
        nonsense.body = body
        ended = program(*line.split(), "-o", form)
        assert ended.code == 0, ended.err
        assert is_sound(ended)
        shown.append(ended.out)

    assert len(set(shown)) == 1
    if form == "json":
        assert json.loads(shown[0]) == rows


ODD = [
    None,
    7,
    -1,
    "text",
    True,
    [],
    {},
    [None],
    {"a": None},
    1e300,
    "2026-99-99T00:00:00Z",
    "\x1b[2J",
]
NAMES = (
    "id", "name", "status", "definition", "properties", "segment", "config", "connector_type",
    "last_synced_at", "event_type", "description", "error_count", "user_id", "event_count",
    "first_seen", "payload", "providers", "tags", "is_active", "last_run_at", "query_text",
    "position", "sentiment", "mentioned_brands", "provider", "title", "builder_status",
    "published", "view_count", "intro_copy", "product_skus", "trend", "overlap_pct", "sync_logs",
    "success_rate", "member_count", "by_provider", "top_brands", "mention_rate", "events_limit",
    "events_used", "period_start", "win_rate", "secret", "url", "last_delivery", "entered",
    "exited", "unchanged_count", "valid", "errors", "products", "metadata", "results", "diff",
    "segments", "brand_aliases", "raw_response", "captured_at", "slug", "last_computed_at",
    "conditions",
)  # fmt: skip


@pytest.mark.parametrize("line", [*READS, *OBJECTS])
def test_wrong_types_and_nulls_break_no_table(
    program: Program, nonsense: Nonsense, line: str
) -> None:
    for shift in range(0, len(ODD), 3):
        odd = {name: ODD[(place + shift) % len(ODD)] for place, name in enumerate(NAMES)}
        is_array = READS.get(line, ("", ""))[0] == "array"
        nonsense.body = odd if line in OBJECTS else [odd, {}] if is_array else {"results": [odd]}

        ended = program(*line.split())

        assert is_sound(ended), (shift, ended.err)
        assert "\x1b" not in ended.out + ended.err
        assert ended.code in {0, 6} or "unexpected shape" in ended.err, (shift, ended.err)


@pytest.mark.parametrize("line", [*READS, *OBJECTS])
def test_wrong_types_and_nulls_are_data_all_the_same(
    program: Program, nonsense: Nonsense, line: str
) -> None:
    odd = {name: ODD[place % len(ODD)] for place, name in enumerate(NAMES)}
    rows = [odd, {}]
    nonsense.body = rows if READS.get(line, ("", ""))[0] == "array" else {"results": rows}
    if line in OBJECTS:
        nonsense.body = odd

    ended = program(*line.split(), "-o", "json")

    assert is_sound(ended)
    assert "\x1b" not in ended.out
    assert ended.data == (odd if line in OBJECTS else rows)


@pytest.mark.parametrize("line", ["segments delete 1 --yes", "segments update 1 --set name=x"])
def test_a_204_with_a_body_and_a_200_without_one(
    program: Program, nonsense: Nonsense, line: str
) -> None:
    nonsense.status, nonsense.headers = 204, {"Content-Length": "0"}
    ended = program(*line.split(), "--max-retries", "0")

    assert ended.code == (0 if "delete" in line else 1)
    assert is_sound(ended)


def test_conditions_are_shown_where_the_segment_itself_cannot_be_read(
    program: Program, nonsense: Nonsense
) -> None:
    rows = [{"label": "x ≥ 500", "threshold": 500, "actual_value": 430, "matches": False}]
    nonsense.body = {"by path": {"/explorer/": rows, "/segments/": []}}

    ended = program("users", "explain", "u1", "1")

    assert ended.code == 0
    assert "✗ no  x ≥ 500    needs ≥ 500, has 430" in ended.out


def test_a_delete_that_answers_something_is_a_delete(program: Program, nonsense: Nonsense) -> None:
    nonsense.body = {"detail": "gone"}

    ended = program("competitors", "delete", "1", "--yes", "-o", "json")

    assert ended.data == {"deleted": [1]}


def test_a_redirect_to_another_host_is_not_followed(program: Program, nonsense: Nonsense) -> None:
    nonsense.status, nonsense.headers = 302, {"Location": "http://127.0.0.1:9/elsewhere"}

    ended = program("segments", "list", "--max-retries", "0")

    assert (ended.code, ended.out) == (1, "")
    assert "redirected" in ended.err
    assert len(nonsense.seen) == 1


def test_a_server_that_says_more_for_ever_does_not_keep_us(
    program: Program, nonsense: Nonsense
) -> None:
    nonsense.body = {"count": 5, "next": "/api/segments/?page=2", "results": []}

    ended = program("segments", "list", "--all", "-o", "json")

    assert ended.data == []
    assert len(nonsense.seen) == 1


def test_an_answer_cut_off_in_the_middle_is_no_answer(program: Program, nonsense: Nonsense) -> None:
    nonsense.body = b'{"results": []}'
    nonsense.headers = {"Content-Length": "5000", "Connection": "close"}

    ended = program("segments", "list", "--max-retries", "0")

    assert (ended.code, ended.out) == (3, "")
    assert is_sound(ended)


@pytest.mark.parametrize("page", ["0", "-1", "999", "x"])
def test_a_page_that_is_not_there_is_not_found(program: Program, page: str) -> None:
    ended = program("api", "GET", "/segments/", "-f", f"page={page}")

    assert (ended.code, ended.out) == (5, "")
    assert "Invalid page" in ended.err


def test_half_a_walk_is_no_document(program: Program, nonsense: Nonsense) -> None:
    """A second page that fails leaves no array that looks whole."""
    nonsense.body = {"by path": {"/segments/": {"count": 2, "next": "x", "results": [{"id": 1}]}}}
    whole = nonsense.body["by path"]["/segments/"]

    class Failing(dict[str, Any]):
        def items(self) -> Any:
            nonsense.status = 200 if len(nonsense.seen) == 1 else 500
            return [("/segments/", whole)]

    nonsense.body["by path"] = Failing()
    ended = program("segments", "list", "--all", "-o", "json", "--max-retries", "0")

    assert (ended.code, ended.out) == (1, "")
