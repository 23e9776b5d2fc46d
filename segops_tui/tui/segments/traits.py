"""Fetches the traits of the members in sight: a few at a time, each once, and none that has gone.

The API has no request for several users (contract §9.1): it is one for each.
"""

from __future__ import annotations

from collections import OrderedDict
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol

from segops_tui.api.errors import NotFound, SegOpsError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from segops_tui.jobs.engine.rate_gate import RateGate

AT_ONCE: Final = 4
"""Requests under way for one table."""
KEPT: Final = 5_000
"""Users whose traits are kept; the ones used last."""

Traits = dict[str, Any]


class Running(Protocol):
    """A request under way."""

    def cancel(self) -> object:
        """Stop it."""


class TraitLoader:
    """The traits that are known, and what is being done about the others.

    `read` fetches a user's traits, `spawn` runs a request in the background, and `arrived` is
    called with each user about whom something has become known.
    """

    def __init__(
        self,
        read: Callable[[str], Awaitable[Mapping[str, Any]]],
        *,
        spawn: Callable[[Callable[[], Awaitable[None]]], Running],
        sleep: Callable[[float], Awaitable[None]],
        gate: RateGate,
        arrived: Callable[[str], None],
    ) -> None:
        self._read, self._spawn, self._sleep = read, spawn, sleep
        self._gate, self._arrived = gate, arrived
        self._known: OrderedDict[str, Traits] = OrderedDict()
        self._failed: dict[str, SegOpsError] = {}
        self._wanted: tuple[str, ...] = ()
        self._running: dict[str, Running] = {}
        self.names: dict[str, None] = {}
        """The names of all traits seen so far."""

    def traits(self, user_id: str) -> Traits | SegOpsError | None:
        """A user's traits, or why they could not be read; None while that is not known."""
        if user_id in self._known:
            return self._known[user_id]
        return self._failed.get(user_id)

    @property
    def failure(self) -> tuple[int, SegOpsError] | None:
        """How many of the users in sight could not be read, and the first one's error."""
        errors = [self._failed[user] for user in self._wanted if user in self._failed]
        return (len(errors), errors[0]) if errors else None

    def want(self, users: Sequence[str]) -> None:
        """Fetch the traits of these users, the first ones first, and of no others."""
        self._wanted = tuple(users)
        for user in [user for user in self._running if user not in self._wanted]:
            self._running.pop(user).cancel()
        for user in self._wanted:
            if user in self._known:
                self._known.move_to_end(user)
        self._pump()

    def retry(self) -> None:
        """Ask again for what could not be read."""
        failed, self._failed = self._failed, {}
        for user in failed:
            self._arrived(user)
        self._pump()

    def forget(self) -> None:
        """Drop everything: other users are listed now, or newer traits are wanted."""
        self.want(())
        self._known.clear()
        self._failed.clear()

    async def load(self, user: str) -> None:
        """Fetch one user's traits, unless they are known; an error is kept."""
        if user in self._known:
            return
        await self._wait_for_rate_limit()
        found: Mapping[str, Any]
        try:
            found = await self._read(user)
        except NotFound:
            # A member whose events are gone, or whose id was merged, has no traits.
            found = {}
        except SegOpsError as error:
            self._gate.note_error(error)
            self._failed[user] = error
            return
        self._failed.pop(user, None)
        self._known[user] = dict(found)
        self.names.update(dict.fromkeys(map(str, found)))
        while len(self._known) > KEPT:
            self._known.popitem(last=False)

    async def _wait_for_rate_limit(self) -> None:
        pause = self._gate.pause()
        while pause is not None:
            await self._sleep(pause.left)
            pause = self._gate.pause(after=pause)

    def _pump(self) -> None:
        for user in self._wanted:
            if len(self._running) >= AT_ONCE:
                return
            if user in self._known or user in self._failed or user in self._running:
                continue
            self._running[user] = self._spawn(partial(self._fetch, user))

    async def _fetch(self, user: str) -> None:
        await self.load(user)
        if self._running.pop(user, None) is not None:
            self._arrived(user)
            self._pump()
