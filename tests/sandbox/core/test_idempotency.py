"""The same call twice is done once (contract §1.5)."""

from __future__ import annotations

import io
import json

import pytest

from segops_tui.sandbox.core.app import Call, Sandbox, UploadedFile


def _count(ask):
    return ask.ok("GET", "/api/segments/")["count"]


def test_a_repeated_call_gets_the_first_answer_again(ask):
    """Status and body alike, though the workspace has moved on."""
    first = ask("POST", "/api/segments/", {"name": "x"}, idempotency_key="k1")
    ask.ok("PATCH", "/api/segments/1/", {"name": "y"})

    again = ask("POST", "/api/segments/", {"name": "x"}, idempotency_key="k1")

    assert (again.status, again.body) == (first.status, first.body)
    assert again.status == 201
    assert _count(ask) == 1


def test_a_delete_is_replayed_with_its_empty_answer(ask):
    ask.ok("POST", "/api/segments/", {"name": "x"})

    answers = [ask("DELETE", "/api/segments/1/", idempotency_key="k1") for _ in range(2)]

    assert [(answer.status, answer.body) for answer in answers] == [(204, b""), (204, b"")]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/api/segments/", {"name": "y"}),
        ("POST", "/api/product-segments/", {"name": "x"}),
        ("PATCH", "/api/segments/1/", {"name": "x"}),
    ],
)
def test_a_key_reused_for_another_call_is_refused(ask, method, path, body):
    ask.ok("POST", "/api/segments/", {"name": "x"}, idempotency_key="k1")

    answer = ask(method, path, body, idempotency_key="k1")

    assert answer.status == 422
    assert json.loads(answer.body) == {
        "detail": "Idempotency-Key was reused with a different request."
    }


def test_a_key_is_forgotten_after_a_day(ask, clock):
    ask.ok("POST", "/api/segments/", {"name": "x"}, idempotency_key="k1")
    clock.advance(hours=24)

    ask.ok("POST", "/api/segments/", {"name": "other"}, idempotency_key="k1")

    assert _count(ask) == 2


def test_a_refused_call_may_be_mended_under_its_key(ask):
    refused = ask("POST", "/api/segments/", {}, idempotency_key="k1")
    mended = ask("POST", "/api/segments/", {"name": "x"}, idempotency_key="k1")

    assert (refused.status, mended.status) == (400, 201)


def test_reading_takes_no_key(ask):
    """A GET with a key is answered afresh each time."""
    ask.ok("GET", "/api/segments/", idempotency_key="k1")
    ask.ok("POST", "/api/segments/", {"name": "x"}, idempotency_key="k1")

    assert ask.ok("GET", "/api/segments/", idempotency_key="k1")["count"] == 1


def test_an_upload_is_known_by_its_content(sandbox):
    """The same file again is the same import; another file under the key is refused."""

    def upload(content):
        file = UploadedFile("a.csv", "text/csv", io.BytesIO(content))
        headers = {"idempotency-key": "k1"}
        return sandbox.answer(Call("POST", "/api/pim/import/csv/", (), headers, upload=file))

    first, again, other = upload(b"sku\n1\n"), upload(b"sku\n1\n"), upload(b"sku\n2\n")

    assert (first.status, again.status, other.status) == (201, 201, 422)
    assert first.body == again.body
    assert len(list(sandbox.store.folder.iterdir())) == 1


def test_keys_can_be_ignored_as_the_vendor_does_today(sandbox_path, clock):
    with Sandbox(sandbox_path, clock=clock, honour_idempotency=False) as careless:
        call = Call("POST", "/api/segments/", (), {"idempotency-key": "k1"}, b'{"name": "x"}')
        ids = [json.loads(careless.answer(call).body)["id"] for _ in range(2)]

    assert ids == [1, 2]
