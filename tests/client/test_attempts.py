"""Each attempt of a call is reported with its number, for what counts retries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segops_tui.api.exchange import Policy, Reply
from segops_tui.client.blocking import SegOpsAdmin
from segops_tui.client.pipeline import Pipeline

if TYPE_CHECKING:
    from segops_tui.api.exchange import Attempt
    from segops_tui.client.pipeline import Trace


class FailsTwice:
    """Answers 500 twice, then an empty listing."""

    def __init__(self) -> None:
        self.left = 2

    def send(self, _attempt: Attempt, /) -> Reply:
        self.left -= 1
        status = 500 if self.left >= 0 else 200
        return Reply(status, {"content-type": "application/json"}, b'{"results": []}', 0.0)

    def close(self) -> None:
        pass


def test_every_attempt_is_reported_with_its_number() -> None:
    seen: list[Trace] = []
    pipeline = Pipeline(Policy(max_retries=3, first_wait=0.0), jitter=lambda: 0.0)
    with SegOpsAdmin(transport=FailsTwice(), pipeline=pipeline) as client:  # type: ignore[arg-type]
        client.on_attempt = seen.append
        client.segments.list().page()
    assert [(each.number, each.status) for each in seen] == [(1, 500), (2, 500), (3, 200)]
