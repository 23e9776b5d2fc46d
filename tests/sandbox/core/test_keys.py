"""Which key may do what (contract §1.2)."""

from __future__ import annotations

import json

import pytest

from segops_tui.sandbox.core.app import Call, Sandbox

SECRET = "sk_test_secret"
KEYS = frozenset(
    {SECRET, "mk_test_usual", "mk_test_reader=mcp:read", "mk_test_admin=mcp:read,mcp:admin"}
)


@pytest.fixture
def status(sandbox_path, clock):
    with Sandbox(sandbox_path, clock=clock, keys=KEYS) as keyed:

        def ask(method="GET", path="/api/segments/", body=b"", **headers):
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            answer = keyed.answer(Call(method, path, (), named, body))
            return answer.status, json.loads(answer.body or b"null")

        yield ask


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": f"ApiKey {SECRET}"},
        {"authorization": f"apikey   {SECRET} "},
        {"x_api_key": SECRET},
    ],
)
def test_a_secret_key_is_let_in_either_way(status, headers):
    assert status(**headers)[0] == 200


def test_no_key_is_asked_for(status):
    assert status() == (401, {"detail": "Authentication credentials were not provided."})


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": "ApiKey sk_test_other"},
        {"authorization": f"Bearer {SECRET}"},
        {"x_api_key": "sk_test_sécret"},
        {"x_api_key": "mk_test_reader=mcp:read"},
    ],
)
def test_an_unknown_key_is_refused(status, headers):
    assert status(**headers) == (401, {"detail": "Invalid API key."})


def test_a_public_key_may_not_read(status):
    code, body = status(authorization="ApiKey pk_test_public")

    assert code == 403
    assert body == {"detail": "You do not have permission to perform this action."}


@pytest.mark.parametrize(
    ("key", "method", "expected"),
    [
        ("mk_test_usual", "GET", 200),
        ("mk_test_usual", "POST", 201),
        ("mk_test_usual", "DELETE", 403),
        ("mk_test_reader", "GET", 200),
        ("mk_test_reader", "POST", 403),
        ("mk_test_admin", "DELETE", 404),
        ("mk_test_admin", "POST", 403),
    ],
)
def test_an_assistants_key_may_what_its_scopes_say(status, key, method, expected):
    path = "/api/segments/9/" if method == "DELETE" else "/api/segments/"

    assert status(method, path, b'{"name": "x"}', authorization=f"ApiKey {key}")[0] == expected


def test_an_address_nobody_knows_is_kept_from_strangers(status):
    assert status(path="/api/nope/")[0] == 401
