"""Logging in, API keys, and sessions of a public key (contract §1.2)."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any

import pytest

from segops_tui.sandbox.core.admission import PublicKey, key_mark
from segops_tui.sandbox.core.app import Call, Sandbox

SECRET = "sk_test_secret"
PUBLIC = "pk_test_shop"
SIGNING = "pk_test_signing"
HMAC_SECRET = "00ff" * 16
SHOP = "https://shop.example.com"
USER = {"email": "owner@example.com", "password": SECRET}


@dataclass
class Door:
    """A sandbox with keys, seen from outside."""

    sandbox: Sandbox

    def __call__(
        self, method: str, path: str, body: Any = None, auth: str = "", **headers: str
    ) -> tuple[int, Any]:
        named = {"authorization": auth, **headers} if auth else dict(headers)
        content = b"" if body is None else json.dumps(body).encode()
        answer = self.sandbox.answer(Call(method, path, (), named, content))
        return answer.status, json.loads(answer.body or b"null")

    def log_in(self) -> str:
        return f"Bearer {self('POST', '/api/auth/token/', USER)[1]['access']}"

    def session(self, key: str = PUBLIC, **body: Any) -> tuple[int, Any]:
        return self("POST", "/api/auth/session/", body, f"ApiKey {key}")

    def events(self, user_id: str) -> int:
        path = f"/api/explorer/users/{user_id}/"
        status, user = self("GET", path, auth=f"ApiKey {SECRET}")
        return user["event_count"] if status == 200 else 0


@pytest.fixture
def door(sandbox_path, clock):
    keys = (
        PublicKey(key_mark(PUBLIC), (SHOP, "https://*.example.org")),
        PublicKey(key_mark(SIGNING), (), HMAC_SECRET),
    )
    with Sandbox(sandbox_path, clock=clock, keys=frozenset({SECRET}), public_keys=keys) as opened:
        yield Door(opened)


def signed(user_id: str, moment: int) -> dict[str, Any]:
    key = bytes.fromhex(HMAC_SECRET)
    mac = hmac.new(key, f"{user_id}|{moment}".encode(), hashlib.sha256)
    return {"user_id": user_id, "user_id_sig": mac.hexdigest(), "user_id_ts": moment}


def test_a_user_logs_in_with_the_sandboxs_key_and_may_do_everything(door):
    auth = door.log_in()

    assert door("POST", "/api/segments/", {"name": "A"}, auth)[0] == 201
    assert door("GET", "/api/segments/", auth=auth)[1]["count"] == 1


@pytest.mark.parametrize("password", ["sk_test_other", "mk_test_1", "é"])
def test_another_password_is_refused(door, password):
    status, body = door("POST", "/api/auth/token/", {**USER, "password": password})

    assert (status, list(body)) == (401, ["detail"])


def test_an_access_token_lasts_an_hour_and_is_refreshed(door, clock):
    tokens = door("POST", "/api/auth/token/", USER)[1]
    clock.advance(minutes=59, seconds=59)
    assert door("GET", "/api/segments/", auth=f"Bearer {tokens['access']}")[0] == 200
    clock.advance(seconds=1)

    late = door("GET", "/api/segments/", auth=f"Bearer {tokens['access']}")
    again = door("POST", "/api/auth/token/refresh/", {"refresh": tokens["refresh"]})

    assert late == (401, {"detail": "Token is invalid or expired."})
    assert door("GET", "/api/segments/", auth=f"Bearer {again[1]['access']}")[0] == 200


def test_one_kind_of_token_is_not_taken_for_another(door):
    tokens = door("POST", "/api/auth/token/", USER)[1]
    minted = door.session(user_id="ann")[1]["token"]

    assert door("GET", "/api/segments/", auth=f"Bearer {tokens['refresh']}")[0] == 401
    for token in (tokens["access"], minted, "a.b.c", "é.é.é", ""):
        assert door("POST", "/api/auth/token/refresh/", {"refresh": token})[0] in {400, 401}


@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_token_that_was_changed_is_refused(door, at):
    parts = door.log_in().removeprefix("Bearer ").split(".")
    parts[at] = parts[at][:-2] + ("AA" if not parts[at].endswith("AA") else "BB")

    assert door("GET", "/api/segments/", auth=f"Bearer {'.'.join(parts)}")[0] == 401


def test_a_key_is_shown_once_used_and_revoked(door, clock):
    auth = door.log_in()
    status, made = door(
        "POST", "/api/auth/api-keys/", {"name": "CI", "tenant_slug": "sandbox"}, auth
    )
    key = f"ApiKey {made['key']}"

    assert (status, made["key"][:8]) == (201, "sk_test_")
    assert door("GET", "/api/segments/", auth=key)[0] == 200
    [listed] = door("GET", "/api/auth/api-keys/", auth=auth)[1]
    assert "key" not in listed
    assert listed["last_used_at"] == "2026-06-01T12:00:00Z"
    clock.advance(minutes=2)
    door("GET", "/api/segments/", auth=key)
    assert door("GET", "/api/auth/api-keys/", auth=auth)[1][0]["last_used_at"][14:16] == "02"
    assert door("DELETE", f"/api/auth/api-keys/{made['id']}/", auth=auth)[0] == 204
    assert door("GET", "/api/segments/", auth=key)[0] == 401
    assert door("DELETE", f"/api/auth/api-keys/{made['id']}/", auth=auth)[0] == 404


def test_the_text_of_a_key_is_not_in_the_file(door, sandbox_path):
    auth = door.log_in()
    headers = {"idempotency-key": "once"}
    made = door("POST", "/api/auth/api-keys/", {"name": "CI"}, auth, **headers)[1]

    stored = b"".join(path.read_bytes() for path in sandbox_path.parent.iterdir())

    assert made["key"].encode() not in stored


def test_only_a_user_manages_keys(door):
    minted = door.session(user_id="ann")[1]["token"]

    for auth in (f"ApiKey {SECRET}", f"Bearer {minted}", f"ApiKey {PUBLIC}"):
        assert door("GET", "/api/auth/api-keys/", auth=auth)[0] == 403


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "A", "tenant_slug": "elsewhere"},
        {"name": "A", "kind": "master"},
        {"name": "A", "kind": "public", "allowed_origins": ["https://shop.example.com/path"]},
        {"name": "A", "kind": "public", "allowed_origins": [5]},
    ],
)
def test_a_bad_request_for_a_key_is_refused(door, body):
    assert door("POST", "/api/auth/api-keys/", body, door.log_in())[0] == 400


def test_a_session_tracks_as_its_own_user_whoever_an_event_names(door):
    status, session = door.session(user_id="ann")
    auth = f"Bearer {session['token']}"
    event = {"user_id": "mallory", "event_type": "page_viewed"}

    one = door("POST", "/api/ingestion/track/", event, auth)
    many = door("POST", "/api/ingestion/track/batch/", {"events": [event, event]}, auth)

    assert (status, session["uid"], session["expires_at"]) == (200, "ann", "2026-06-01T12:15:00Z")
    assert (one, many) == ((202, {"queued": True}), (202, {"queued": 2, "skipped": 0}))
    assert (door.events("ann"), door.events("mallory")) == (3, 0)


def test_a_session_reads_nothing_and_ends_after_15_minutes(door, clock):
    auth = f"Bearer {door.session(user_id='ann')[1]['token']}"
    event = {"user_id": "ann", "event_type": "x"}

    assert door("GET", "/api/segments/", auth=auth)[0] == 403
    assert door("POST", "/api/identity/merge/", {}, auth)[0] == 403
    clock.advance(minutes=15)
    assert door("POST", "/api/ingestion/track/", event, auth)[0] == 401


def test_a_visitors_session_is_linked_when_the_visitor_becomes_known(door):
    visitor = door.session(anonymous_id="v1")[1]
    door(
        "POST",
        "/api/ingestion/track/",
        {"user_id": "x", "event_type": "page_viewed"},
        f"Bearer {visitor['token']}",
    )

    known = door.session(user_id="ann", anonymous_id="v1")[1]

    assert (visitor["uid"], known["uid"]) == ("anon_v1", "ann")
    assert door.events("ann") == 1


def test_a_session_is_for_somebody(door):
    assert door.session()[0] == 400
    assert door.session(user_id=" ")[0] == 400
    assert door.session(user_id=["ann"])[0] == 400


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (SHOP, 200),
        ("HTTPS://Shop.example.com", 200),
        ("https://a.example.org", 200),
        ("https://a.b.example.org", 403),
        ("https://example.org", 403),
        ("https://evil.example.net", 403),
        ("http://shop.example.com", 403),
        ("https://shop.example.com.evil.net", 403),
        ("https://shopXexample.com", 403),
        ("null", 403),
        ("", 403),
    ],
)
def test_a_page_needs_an_allowed_origin(door, origin, status):
    code, _ = door(
        "POST", "/api/auth/session/", {"user_id": "ann"}, f"ApiKey {PUBLIC}", origin=origin
    )

    assert code == status


def test_a_browser_is_told_that_it_may_send_the_call_and_read_the_answer(door):
    def headers(method: str, origin: str, auth: str = "") -> dict[str, str]:
        sent = {"origin": origin, "authorization": auth}
        call = Call(method, "/api/auth/session/", (), sent, b'{"user_id": "ann"}')
        return dict(door.sandbox.answer(call).headers)

    asked, refused = headers("OPTIONS", SHOP), headers("OPTIONS", "https://evil.example.net")
    minted = headers("POST", SHOP, f"ApiKey {PUBLIC}")

    assert asked["access-control-allow-origin"] == minted["access-control-allow-origin"] == SHOP
    assert "authorization" in asked["access-control-allow-headers"]
    assert "access-control-allow-origin" not in refused


def test_a_session_is_used_from_an_allowed_origin_only(door):
    auth = f"Bearer {door.session(user_id='ann')[1]['token']}"
    event = {"user_id": "ann", "event_type": "x"}

    assert door("POST", "/api/ingestion/track/", event, auth, origin=SHOP)[0] == 202
    assert door("POST", "/api/ingestion/track/", event, auth, origin="https://b.net")[0] == 403


def test_a_key_that_wants_signed_ids_takes_no_other(door, clock):
    now = int(clock().timestamp())

    assert door.session(SIGNING, **signed("ann", now))[0] == 200
    assert door.session(SIGNING, **signed("ann", now - 300))[0] == 200
    assert door.session(SIGNING, anonymous_id="v1")[0] == 200
    for bad in (
        {"user_id": "ann"},
        signed("ann", now - 301),
        signed("ann", now + 301),
        {**signed("ann", now), "user_id": "bob"},
        {**signed("ann", now), "user_id_sig": "é"},
        {**signed("ann", now), "user_id_ts": str(now)},
        {**signed("ann", now), "user_id_ts": None},
    ):
        assert door.session(SIGNING, **bad)[0] == 403


def test_a_public_key_made_by_a_call_works_until_it_is_deleted(door, clock):
    auth = door.log_in()
    wanted = {"name": "Shop", "kind": "public", "require_signed_ids": True}
    made = door("POST", "/api/auth/api-keys/", {**wanted, "allowed_origins": [SHOP]}, auth)[1]
    moment = int(clock().timestamp())
    mac = hmac.new(bytes.fromhex(made["hmac_secret"]), f"ann|{moment}".encode(), hashlib.sha256)
    body = {"user_id": "ann", "user_id_sig": mac.hexdigest(), "user_id_ts": moment}

    status, session = door.session(made["key"], **body)
    door("DELETE", f"/api/auth/api-keys/{made['id']}/", auth=auth)

    assert (status, made["key"][:8]) == (200, "pk_test_")
    event = {"user_id": "ann", "event_type": "x"}
    assert door("POST", "/api/ingestion/track/", event, f"Bearer {session['token']}")[0] == 401
    assert door.session(made["key"], **body)[0] == 401


def test_an_unknown_public_key_is_refused(door):
    assert door.session("pk_test_unknown", user_id="ann")[0] == 401


def test_a_sandbox_without_keys_mints_for_any_public_key(ask):
    session = ask.ok(
        "POST", "/api/auth/session/", {"user_id": "ann"}, authorization="ApiKey pk_test_any"
    )
    auth = f"Bearer {session['token']}"
    event = {"user_id": "bob", "event_type": "x"}

    ask.ok("POST", "/api/ingestion/track/", event, authorization=auth)

    assert ask.ok("GET", "/api/explorer/users/ann/")["event_count"] == 1
