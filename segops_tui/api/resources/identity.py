"""Identity: which ids are one person (contract §9.2). Answers are inferred."""

from __future__ import annotations

from segops_tui.api.endpoint import C_co, Resource, endpoint
from segops_tui.api.record import Record, text
from segops_tui.api.request import Request


class AliasResult(Record):
    """`created`, `exists`, or `conflict`: the first claim on an anonymous id wins."""

    anonymous_id = text()
    user_id = text()
    status = text()
    canonical_user_id = text()


class MergeResult(Record):
    """Two known users became one."""

    from_user_id = text()
    into_user_id = text()
    status = text()


class Identity(Resource[C_co]):
    """Aliases and merges; events are never rewritten, ids are resolved when read."""

    @endpoint
    def alias(self, *, anonymous_id: str, user_id: str) -> Request[AliasResult]:
        """Say that an anonymous visitor is this user."""
        return Request(
            "POST",
            "/identity/alias/",
            parse=AliasResult.parse,
            body={"anonymous_id": anonymous_id, "user_id": user_id},
        )

    @endpoint
    def merge(self, *, from_user_id: str, into_user_id: str) -> Request[MergeResult]:
        """Make one known user part of another; there is no undo."""
        return Request(
            "POST",
            "/identity/merge/",
            parse=MergeResult.parse,
            body={"from_user_id": from_user_id, "into_user_id": into_user_id},
        )
