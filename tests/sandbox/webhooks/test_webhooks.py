"""Webhooks: one signed delivery for each successful recompute, whatever the receiver does."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from segops_tui.api.webhook import verify_webhook
from segops_tui.sandbox.core.app import Sandbox
from segops_tui.sandbox.webhooks.deliveries import post

RULE = {
    "logic": "AND",
    "conditions": [{"type": "event_count", "event_type": "x", "operator": "gte", "value": 1}],
}


class Receiver:
    """A server on loopback that notes what it is sent; the path says how it behaves."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.release = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.requests.append((self.path, headers, body))
                receiver.behave(self)

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = False
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self._thread.start()

    def behave(self, handler: BaseHTTPRequestHandler) -> None:
        if handler.path == "/silent":
            self.release.wait(120)
            return
        if handler.path == "/trickle":
            while not self.release.wait(0.05):
                try:
                    handler.wfile.write(b"HTTP/1.1 200 O")
                except OSError:
                    return
        status = {"/broken": 500, "/moved": 302}.get(handler.path, 204)
        handler.send_response(status)
        handler.send_header("Location", f"{self.url}/elsewhere")
        handler.end_headers()

    def paths(self) -> list[str]:
        return sorted(path for path, _, _ in self.requests)

    def close(self) -> None:
        self.release.set()
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def segment(ask):
    ask.track(("ann", "x"), ("bob", "x"))
    return ask.ok("POST", "/api/segments/", {"name": "Größe x", "definition": RULE})["id"]


def hook(ask, url, **fields):
    return ask.ok("POST", "/api/webhooks/", {"url": url, **fields})


def compute(ask, sandbox, segment=1):
    ask.ok("POST", f"/api/segments/{segment}/compute/")
    sandbox.settle()


def last(ask, number=1):
    return ask.ok("GET", f"/api/webhooks/{number}/")["last_delivery"]


def test_a_recompute_is_told_and_signed_over_the_raw_body(ask, sandbox, segment, receiver):
    hook(ask, f"{receiver.url}/hook?a=b", secret="whsec_test")

    compute(ask, sandbox)

    [(path, headers, body)] = receiver.requests
    assert path == "/hook?a=b"
    assert headers["content-type"] == "application/json"
    assert verify_webhook(body, headers["x-segops-signature"], "whsec_test")
    assert json.loads(body) == {
        "event": "segment.recomputed",
        "tenant_slug": "sandbox",
        "segment_id": segment,
        "segment_name": "Größe x",
        "member_count": 2,
        "computed_at": "2026-06-01T12:00:00Z",
    }
    assert last(ask) == {
        "status": "delivered",
        "status_code": 204,
        "error": "",
        "segment_id": segment,
        "created_at": "2026-06-01T12:00:00Z",
    }


def test_without_a_secret_nothing_is_signed(ask, sandbox, segment, receiver):
    hook(ask, receiver.url)

    compute(ask, sandbox)

    [(path, headers, _)] = receiver.requests
    assert path == "/"
    assert "x-segops-signature" not in headers


def test_two_recomputes_in_quick_succession_are_told_twice(ask, sandbox, segment, receiver):
    hook(ask, receiver.url)

    ask.ok("POST", f"/api/segments/{segment}/compute/")
    ask.ok("POST", f"/api/segments/{segment}/compute/")
    sandbox.settle()
    sandbox.settle()

    told = [json.loads(body)["computed_at"] for _, _, body in receiver.requests]
    assert sorted(told) == ["2026-06-01T12:00:00.000001Z", "2026-06-01T12:00:00Z"]


def test_every_active_webhook_is_told_and_no_other(ask, sandbox, segment, receiver):
    hook(ask, f"{receiver.url}/one")
    hook(ask, f"{receiver.url}/two")
    hook(ask, f"{receiver.url}/off", is_active=False)

    compute(ask, sandbox)

    assert receiver.paths() == ["/one", "/two"]
    assert last(ask, 3) is None


def test_a_failed_compute_and_a_product_segment_tell_nothing(ask, sandbox, segment, receiver):
    hook(ask, receiver.url)
    ask.ok("POST", f"/api/segments/{segment}/compute/")
    sandbox.store.connection().execute("UPDATE segments SET definition = '{}'")
    definition = {
        "logic": "AND",
        "conditions": [{"type": "product_attribute", "property": "sku", "operator": "is_set"}],
    }
    ask.ok("POST", "/api/product-segments/", {"name": "All", "definition": definition})
    ask.ok("POST", "/api/product-segments/1/compute/")

    sandbox.settle()

    assert ask.ok("GET", f"/api/segments/{segment}/")["last_compute_error"]
    assert receiver.requests == []


@pytest.mark.parametrize(("path", "code"), [("/broken", 500), ("/moved", 302)])
def test_one_attempt_is_made_and_no_redirect_followed(ask, sandbox, segment, receiver, path, code):
    hook(ask, receiver.url + path)

    compute(ask, sandbox)
    sandbox.settle()

    assert receiver.paths() == [path]
    assert last(ask)["status"] == "failed"
    assert (last(ask)["status_code"], last(ask)["error"]) == (code, f"answered HTTP {code}")


def test_an_address_where_nobody_listens_is_a_failure_not_an_error(ask, sandbox, segment, receiver):
    receiver.close()
    hook(ask, receiver.url)

    compute(ask, sandbox)

    assert (last(ask)["status"], last(ask)["status_code"]) == ("failed", None)
    assert "refused" in last(ask)["error"].lower()


@pytest.mark.parametrize("path", ["/silent", "/trickle"])
def test_a_slow_receiver_is_given_up(receiver, path):
    """Also one that keeps sending something: the limit is on the whole."""
    started = time.monotonic()

    outcome = post(receiver.url + path, b"{}", "", limit=0.3)

    assert time.monotonic() - started < 30
    assert (outcome.status, outcome.error) == ("failed", "no answer within 0.3 s")


def test_the_documented_limit_is_ten_seconds(sandbox):
    assert sandbox.webhook_sender.limit == 10


def test_webhooks_are_told_in_parallel_and_nobody_waits_for_them(
    ask, sandbox, clock, segment, receiver
):
    for number in range(3):
        hook(ask, f"{receiver.url}/silent", description=str(number))
    ask.ok("POST", f"/api/segments/{segment}/compute/")
    clock.advance(5)

    started = time.monotonic()
    found = ask.ok("GET", f"/api/segments/{segment}/")
    took = time.monotonic() - started
    while len(receiver.requests) < 3:
        time.sleep(0.005)
        assert time.monotonic() - started < 120

    # All three are waiting for an answer now, and a call was answered meanwhile.
    assert (found["status"], took < 2) == ("computed", True)
    assert last(ask)["status"] == "sending"
    ask.ok("PATCH", f"/api/segments/{segment}/", {"name": "While they wait"})
    receiver.release.set()
    sandbox.webhook_sender.wait()
    assert last(ask)["status"] == "failed"


def test_two_openers_of_one_file_send_a_delivery_once(
    ask, sandbox, sandbox_path, clock, segment, receiver
):
    hook(ask, receiver.url)
    with Sandbox(sandbox_path, clock=clock) as other:
        for _ in range(5):
            ask.ok("POST", f"/api/segments/{segment}/compute/")
            clock.advance(5)
            threads = [threading.Thread(target=each.tick) for each in (sandbox, other) * 4]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        other.settle()
        sandbox.settle()

    assert len(receiver.requests) == 5


def test_a_delivery_cut_off_with_its_process_is_not_sent_again(
    ask, sandbox, clock, segment, receiver
):
    hook(ask, receiver.url)
    compute(ask, sandbox)
    receiver.requests.clear()
    sandbox.store.connection().execute("UPDATE deliveries SET status = 'sending'")

    clock.advance(61)
    sandbox.tick()

    assert (last(ask)["status"], last(ask)["error"]) == ("failed", "interrupted")
    assert receiver.requests == []


def test_closing_waits_for_what_is_under_way(sandbox_path, clock, ask, segment, receiver):
    hook(ask, receiver.url)
    with Sandbox(sandbox_path, clock=clock) as other:
        ask.ok("POST", f"/api/segments/{segment}/compute/")
        clock.advance(5)
        other.tick()

    assert len(receiver.requests) == 1
    assert last(ask)["status"] == "delivered"


def test_a_served_sandbox_tells_though_nobody_calls(sandbox_path, clock, ask, segment, receiver):
    """The compute and its delivery are the server's own doing."""
    from segops_tui.sandbox.server.serve import serving

    hook(ask, receiver.url)
    ask.ok("POST", f"/api/segments/{segment}/compute/")
    clock.advance(hours=1)
    with Sandbox(sandbox_path, clock=clock) as served, serving(served):
        deadline = time.monotonic() + 120
        while not receiver.requests:
            clock.advance(1)
            time.sleep(0.01)
            assert time.monotonic() < deadline

    assert last(ask)["status"] == "delivered"


def test_the_secret_is_never_shown_and_kept_when_its_mask_comes_back(
    ask, sandbox, segment, receiver
):
    made = hook(ask, receiver.url, secret="whsec_test")
    assert made["secret"] == "***"

    after = ask.ok("PATCH", "/api/webhooks/1/", {**made, "secret": "***", "description": "new"})
    compute(ask, sandbox)

    assert (after["secret"], after["description"]) == ("***", "new")
    [(_, headers, body)] = receiver.requests
    assert verify_webhook(body, headers["x-segops-signature"], "whsec_test")
    assert ask.ok("PATCH", "/api/webhooks/1/", {"secret": ""})["secret"] == ""


@pytest.mark.parametrize(
    ("body", "field", "complaint"),
    [
        ({}, "url", "This field is required."),
        ({"url": "ftp://example.com"}, "url", "Enter a valid URL."),
        ({"url": "https://"}, "url", "Enter a valid URL."),
        ({"url": "https://example.com:port/"}, "url", "Enter a valid URL."),
        ({"url": "https://example.com/a b"}, "url", "Enter a valid URL."),
        ({"url": "https://exa\r\nmple.com/"}, "url", "Enter a valid URL."),
        (
            {"url": "http://example.com/"},
            "url",
            "Only https is allowed, except for localhost.",
        ),
        (
            {"url": "http://127.0.0.1.example.com/"},
            "url",
            "Only https is allowed, except for localhost.",
        ),
        (
            {"url": "https://me:pw@example.com/"},
            "url",
            "A user name or password in the URL is not supported.",
        ),
        (
            {"url": "https://example.com", "secret": "***"},
            "secret",
            "*** keeps the stored secret, but there is none.",
        ),
    ],
)
def test_a_bad_webhook_is_refused_by_its_field(ask, body, field, complaint):
    answer = ask("POST", "/api/webhooks/", body)

    assert answer.status == 400
    assert json.loads(answer.body) == {field: [complaint]}


@pytest.mark.parametrize(
    "url", ["http://localhost:1/", "http://127.0.0.1/x", "http://[::1]:8000", "https://example.com"]
)
def test_https_and_loopback_are_taken(ask, url):
    assert hook(ask, url)["url"] == url


def test_a_deleted_webhook_takes_its_deliveries_along(ask, sandbox, segment, receiver):
    hook(ask, receiver.url)
    compute(ask, sandbox)

    assert ask("DELETE", "/api/webhooks/1/").status == 204

    rows = sandbox.store.connection().execute("SELECT count(*) FROM deliveries").fetchone()
    assert rows[0] == 0
    assert ask.ok("GET", "/api/webhooks/")["results"] == []
