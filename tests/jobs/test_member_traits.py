"""Traits of many users: in order, tried again where that may help, and never guessed."""

from __future__ import annotations

from typing import Any

import pytest

from segops_tui.api.errors import AuthenticationFailed, NotFound, RateLimited, ServerFailed
from segops_tui.api.resources.users import User
from segops_tui.jobs.engine.plan import ReadEach, Wait
from segops_tui.jobs.member_traits import traits_of

BROKEN = ServerFailed("broken", status=500)


def user(name: str) -> User:
    return User({"user_id": name, "properties": {"email": f"{name}@example.com"}})


def run(users: list[str], rounds: list[list[Any]]) -> tuple[Any, list[list[str]], int]:
    """The result, who was asked for in each round, and how often it waited."""
    part, asked, waits = traits_of(users), [], 0
    reply: Any = None
    while True:
        try:
            step = part.send(reply)
        except StopIteration as end:
            return end.value, asked, waits
        reply = None
        if isinstance(step, ReadEach):
            asked.append([request.path.split("/")[-2] for request in step.requests])
            reply = rounds[len(asked) - 1]
        else:
            assert isinstance(step, Wait)
            waits += 1


def test_traits_come_in_the_order_of_the_users_whatever_failed_first():
    limited = RateLimited("slow down", status=429)

    found, asked, waits = run(
        ["a", "b", "c", "a"], [[user("a"), BROKEN, limited], [user("b"), BROKEN], [user("c")]]
    )

    assert [it["email"] for it in found] == [f"{name}@example.com" for name in "abca"]
    assert asked == [["a", "b", "c"], ["b", "c"], ["c"]]
    assert waits == 2


def test_a_user_whom_the_explorer_does_not_know_has_no_traits():
    found, _, _ = run(["a"], [[NotFound("gone", status=404)]])

    assert found == [{}]


def test_an_error_that_no_further_try_mends_ends_it_at_once():
    refused = AuthenticationFailed("no", status=401)
    part = traits_of(["a", "b"])
    next(part)

    with pytest.raises(AuthenticationFailed):
        part.send([BROKEN, refused])


def test_a_server_that_stays_broken_ends_it_after_its_patience():
    with pytest.raises(ServerFailed):
        run(["a"], [[BROKEN]] * 100)
