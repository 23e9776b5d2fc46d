"""Traits of many users: one request for each, a few at a time (contract §9.1 has no other)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from segops_tui.api.errors import NotFound, SegOpsError
from segops_tui.api.resources.users import Users
from segops_tui.jobs.engine.plan import Patience, ReadEach, is_passing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from segops_tui.jobs.engine.plan import Part


def traits_of(users: Sequence[str]) -> Part[list[Mapping[str, Any]]]:
    """The traits of users, in order; a user whom the explorer does not know has none.

    Raises:
        SegOpsError: one of them could not be read, or transient failures lasted two minutes.
    """
    found: dict[str, Mapping[str, Any]] = {}
    left = list(dict.fromkeys(users))
    patience = Patience()
    while left:
        answers = yield ReadEach([Users.get.build(None, user) for user in left])
        errors: dict[str, SegOpsError] = {}
        for user, answer in zip(left, answers, strict=True):
            if isinstance(answer, NotFound):
                found[user] = {}
            elif isinstance(answer, SegOpsError):
                errors[user] = answer
            else:
                found[user] = answer.properties
        if errors:
            if len(errors) < len(left):
                patience = Patience()
            # One that no further try mends ends it at once.
            yield patience.wait_after(min(errors.values(), key=is_passing))
        left = list(errors)
    return [found[user] for user in users]
