"""The conversation behind one call, fed replies by hand: no clock, no mock, no network."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segops_tui.api.errors import (
    AuthenticationFailed,
    ConnectionFailed,
    Gone,
    Invalid,
    NotFound,
    RateLimited,
    SegOpsApiError,
    SegOpsError,
    ServerFailed,
    UnexpectedAnswer,
    may_be_carried_out,
)
from segops_tui.api.exchange import Attempt, Policy, Reply, Sleep, exchange, retry_after
from segops_tui.api.request import Request, raw_json
from segops_tui.api.resources.activations import Activations
from segops_tui.api.resources.pages import Pages
from segops_tui.api.resources.product_segments import ProductSegments
from segops_tui.api.resources.products import Products
from segops_tui.api.resources.queries import Queries
from segops_tui.api.resources.segments import Segments

READ = Request("GET", "/segments/", parse=raw_json)
CHANGE = Request("POST", "/segments/", parse=raw_json, body={"name": "VIPs"})
NOON = 1_767_268_800.0  # 2026-01-01T12:00:00Z


def reply(status: int, body: Any = None, **headers: str) -> Reply:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(status, {k.replace("_", "-"): v for k, v in headers.items()}, content, NOON)


def converse(
    request: Request[Any], *answers: Reply | ConnectionFailed, key: str | None = "k1", **policy: Any
) -> tuple[Any, list[Attempt | Sleep]]:
    """Walk a conversation with the answers given; what it returned, and every step it took."""
    flow = exchange(request, key=key, policy=Policy(**policy), jitter=lambda: 1.0)
    steps: list[Attempt | Sleep] = []
    waiting = list(answers)
    send: Reply | ConnectionFailed | None = None
    while True:
        try:
            step = flow.send(send)
        except StopIteration as stop:
            assert not waiting, "answers were left over"
            return stop.value, steps
        steps.append(step)
        send = None if isinstance(step, Sleep) else waiting.pop(0)


def test_an_answer_is_read_at_once() -> None:
    value, steps = converse(READ, reply(200, {"count": 0}))

    assert value == {"count": 0}
    assert len(steps) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503, 599])
def test_what_passes_is_waited_out_with_growing_pauses(status: int) -> None:
    value, steps = converse(
        CHANGE, reply(status), reply(status), reply(201, {"id": 1}), first_wait=0.5
    )

    assert value == {"id": 1}
    assert [step.seconds for step in steps if isinstance(step, Sleep)] == [0.5, 1.0]


def test_a_lost_connection_is_tried_again_and_at_last_reported() -> None:
    lost = ConnectionFailed("refused")

    with pytest.raises(ConnectionFailed, match="refused"):
        converse(READ, lost, lost, lost, max_retries=2)


@pytest.mark.parametrize(
    "first", [ConnectionFailed("reset"), reply(500), reply(502), reply(504)], ids=str
)
def test_what_is_sent_once_is_not_repeated_where_it_may_have_been_carried_out(first: Any) -> None:
    once = CHANGE._replace(once=True)

    with pytest.raises((ConnectionFailed, ServerFailed)) as failed:
        converse(once, first)

    assert may_be_carried_out(failed.value)


@pytest.mark.parametrize(
    "first", [ConnectionFailed("refused", was_sent=False), reply(429), reply(503)], ids=str
)
def test_what_is_sent_once_is_repeated_where_the_server_did_not_act(first: Any) -> None:
    value, _ = converse(CHANGE._replace(once=True), first, reply(201, {"id": 1}))

    assert value == {"id": 1}


def test_every_retry_of_a_mutation_carries_the_same_idempotency_key() -> None:
    _, steps = converse(CHANGE, ConnectionFailed("cut"), reply(500), reply(201, {}), key="abc")

    sent = [step.headers["Idempotency-Key"] for step in steps if isinstance(step, Attempt)]
    assert sent == ["abc", "abc", "abc"]


def test_a_read_carries_no_idempotency_key_even_when_it_is_a_post() -> None:
    preview = Request("POST", "/segments/preview/", parse=raw_json, body={}, reads=True)

    for request in (READ, preview):
        _, steps = converse(request, reply(200, {}))
        assert isinstance(steps[0], Attempt)
        assert "Idempotency-Key" not in steps[0].headers


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("12", 12.0),
        ("0", 0.0),
        ("1.5", 1.5),
        ("Thu, 01 Jan 2026 12:00:20 GMT", 20.0),
        ("Thu, 01 Jan 2026 11:00:00 GMT", -3600.0),
        ("soon", None),
        ("-5", None),
        ("", None),
    ],
)
def test_retry_after_is_read_in_seconds_or_as_a_date(header: str, seconds: float | None) -> None:
    assert retry_after(reply(429, {}, retry_after=header)) == seconds


def test_the_servers_wish_is_honoured() -> None:
    _, steps = converse(
        READ,
        reply(429, {}, retry_after="7"),
        reply(429, {}, retry_after="60"),
        reply(429, {}, retry_after="Thu, 01 Jan 2026 11:00:00 GMT"),
        reply(200, {}),
        longest_wait=30.0,
    )

    assert [step.seconds for step in steps if isinstance(step, Sleep)] == [7.0, 60.0, 0.0]


@pytest.mark.parametrize("status", [429, 503])
def test_a_wait_of_days_fails_at_once_and_names_the_day(status: int) -> None:
    with pytest.raises(SegOpsApiError) as caught:
        converse(READ, reply(status, {"detail": "Quota used up."}, retry_after="864000"))

    assert str(caught.value) == (
        "Quota used up. The server asks to wait until 2026-01-11 12:00 UTC."
    )
    if isinstance(caught.value, RateLimited):
        assert caught.value.retry_after == 864000.0


def test_a_wait_beyond_every_calendar_is_told_in_seconds() -> None:
    with pytest.raises(RateLimited, match=r"asks to wait 1e\+18 s"):
        converse(READ, reply(429, {}, retry_after="1" + "0" * 18))


STREAM = (
    b': begin\r\n\r\ndata: {"builder_status": "building"}\n\n'
    b'event: state\ndata: {"id": 8,\ndata: "builder_status": "built"}\n\ndata: [DONE]\n\n'
)


def test_a_build_that_streams_its_states_answers_the_last() -> None:
    request = Pages.build.build(None, 8)

    page, _ = converse(request, answer(200, STREAM, "text/event-stream; charset=utf-8"))

    assert (page.id, page.builder_status) == (8, "built")


@pytest.mark.parametrize(
    "request_",
    [
        Segments.recompute.build(None, 7),
        ProductSegments.recompute.build(None, 7),
        Activations.sync.build(None, 7),
        Queries.run.build(None, 7),
        Pages.build.build(None, 7),
        Pages.publish.build(None, 7),
        Products.score_all.build(None),
        Products.confirm_import.build(None, 7),
        Segments.delete.build(None, 7),
    ],
    ids=lambda request: f"{request.method} {request.path}",
)
@pytest.mark.parametrize(
    "said",
    [
        (202, b"", ""),
        (204, b"", ""),
        (200, b"OK", "text/plain"),
        (200, b"<p>Done</p>", "text/html"),
    ],
    ids=["202", "204", "text", "html"],
)
def test_what_the_server_accepted_does_not_fail_for_its_answer(
    request_: Request[Any], said: tuple[int, bytes, str]
) -> None:
    accepted, _ = converse(request_, answer(*said))

    assert not accepted or accepted.get("status") == "queued"


def test_an_unreadable_answer_to_a_create_says_that_it_was_accepted() -> None:
    request = Segments.create.build(None, name="VIPs")

    with pytest.raises(UnexpectedAnswer, match="accepted the change; check it"):
        converse(request, answer(201, b"Created", "text/plain"))


@pytest.mark.parametrize(
    ("content", "kind", "read"),
    [
        (b"user_id\nu_0\n", "text/csv", "user_id\nu_0\n"),
        (b"PAR1\xff", "application/octet-stream", b"PAR1\xff"),
        (b"[1]", "text/plain", [1]),
    ],
)
def test_a_raw_request_reads_what_is_not_json(content: bytes, kind: str, read: Any) -> None:
    request = Request("GET", "/segments/exports/3/download/", parse=raw_json, any_content=True)

    assert converse(request, answer(200, content, kind))[0] == read


def test_cut_json_is_no_text() -> None:
    request = Request("GET", "/segments/", parse=raw_json, any_content=True)

    with pytest.raises(UnexpectedAnswer, match="not JSON"):
        converse(request, answer(200, b'{"count": 1', "application/json"))


def answer(status: int, content: bytes, kind: str) -> Reply:
    return Reply(status, {"content-type": kind}, content, 0.0)


@pytest.mark.parametrize("data", [{"competitor_name": "A", "wins": 0}, {"rates": [{"wins": 0}]}])
def test_win_rates_that_come_as_an_object_are_read(data: Any) -> None:
    (rate,) = Queries.win_rate.build(None).parse(data).items

    assert (rate.wins, rate.losses, rate.win_rate) == (0, None, None)


def test_no_retry_is_made_where_none_was_allowed() -> None:
    with pytest.raises(RateLimited) as caught:
        converse(READ, reply(429, {"detail": "Slow down."}, retry_after="9"), max_retries=0)

    assert caught.value.retry_after == 9.0


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Invalid),
        (401, AuthenticationFailed),
        (404, NotFound),
        (410, Gone),
        (418, SegOpsApiError),
    ],
)
def test_a_refusal_is_not_retried_and_is_named_for_its_remedy(
    status: int, kind: type[SegOpsApiError]
) -> None:
    with pytest.raises(kind) as caught:
        converse(READ, reply(status, {"detail": "No."}, x_request_id="r-1"))

    assert (caught.value.status, caught.value.request_id) == (status, "r-1")
    assert str(caught.value) == "No."
    assert caught.value.body == {"detail": "No."}


def test_field_errors_are_kept_by_field() -> None:
    with pytest.raises(Invalid) as caught:
        converse(CHANGE, reply(400, {"name": ["This field is required."], "detail": "x"}))

    assert caught.value.fields == {"name": ["This field is required."]}


@pytest.mark.parametrize("body", [b"<html>Bad gateway</html>", b"", b'{"trunc', b"\xff\xfe"])
def test_an_error_body_of_any_kind_is_survived(body: bytes) -> None:
    with pytest.raises(ServerFailed, match=r"HTTP 502|trunc|\ufffd"):
        converse(READ, reply(502, body), max_retries=0)


@pytest.mark.parametrize("body", [b"<html>", b'{"a":', b"\xff", b"[" * 100_000])
def test_a_success_that_is_not_json_is_an_unexpected_answer(body: bytes) -> None:
    with pytest.raises(UnexpectedAnswer, match="not JSON"):
        converse(READ, reply(200, body))


def test_a_204_with_a_body_is_nothing() -> None:
    value, _ = converse(READ, reply(204, b"surprise"))

    assert value is None


def test_a_redirect_is_never_followed() -> None:
    with pytest.raises(UnexpectedAnswer, match="redirected"):
        converse(CHANGE, reply(302, b"", location="https://elsewhere.example.com/"))


def test_a_shape_the_reader_refuses_is_an_unexpected_answer_with_its_request_id() -> None:
    strict = Request("GET", "/segments/7/", parse=lambda data: data["id"])

    with pytest.raises(UnexpectedAnswer, match="unexpected shape") as caught:
        converse(strict, reply(200, [], x_request_id="r-9"))

    assert caught.value.request_id == "r-9"


@given(
    status=st.integers(200, 599),
    body=st.binary(max_size=60),
    header=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30),
)
def test_no_answer_makes_anything_but_a_value_or_an_error_of_ours(
    status: int, body: bytes, header: str
) -> None:
    with suppress(SegOpsError):
        converse(READ, reply(status, body, retry_after=header), max_retries=0)
