"""A rest that one call was asked for holds for a download as well."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from segops_tui.api.exchange import Policy, Reply
from segops_tui.api.request import Request
from segops_tui.client.blocking import SegOpsAdmin
from segops_tui.client.pipeline import Pipeline

if TYPE_CHECKING:
    from collections.abc import Iterator

DOWNLOAD: Request[None] = Request("GET", "/file/", parse=lambda _: None)


class Door:
    """Asks the first call to rest, and answers every other."""

    def __init__(self) -> None:
        self.replies = [Reply(429, {"retry-after": "30"}, b"{}", 0.0)]

    def send(self, attempt: Any, /) -> Reply:
        return self.replies.pop() if self.replies else Reply(200, {}, b"{}", 0.0)

    @contextmanager
    def stream(self, attempt: Any, /) -> Iterator[Any]:
        yield iter(())

    def close(self) -> None:
        return None


class Sleepless(SegOpsAdmin):
    """Notes for how long it would have slept."""

    def sleep(self, seconds: float, /) -> None:
        self.__dict__.setdefault("slept", []).append(seconds)


def test_a_download_rests_while_another_call_was_asked_to() -> None:
    client = Sleepless(transport=Door(), pipeline=Pipeline(Policy(max_retries=1)))
    client.send(DOWNLOAD)
    client.slept.clear()

    with client.fetch(DOWNLOAD):
        pass

    assert len(client.slept) == 1
    assert 25 < client.slept[0] <= 36
