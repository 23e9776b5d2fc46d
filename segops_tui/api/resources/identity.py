"""Identity: link and merge user identities (contract §9.2; response shapes inferred)."""

from __future__ import annotations

from segops_tui.api.endpoint import C_co, Resource, endpoint
from segops_tui.api.record import Record, text
from segops_tui.api.request import Request


class AliasResult(Record):
    """`status` is `created`, `exists` or `conflict`: the first link of an anonymous id stays."""

    anonymous_id = text()
    user_id = text()
    status = text()
    canonical_user_id = text()


class MergeResult(Record):
    """The result of merging two users."""

    from_user_id = text()
    into_user_id = text()
    status = text()


class Identity(Resource[C_co]):
    """Link and merge user identities; stored events keep their ids, reads resolve them."""

    @endpoint
    def alias(self, anonymous_id: str, user_id: str) -> Request[AliasResult]:
        """Link an anonymous id to a user."""
        return Request(
            "POST",
            "/identity/alias/",
            parse=AliasResult.parse,
            body={"anonymous_id": anonymous_id, "user_id": user_id},
        )

    @endpoint
    def merge(self, from_user_id: str, into_user_id: str) -> Request[MergeResult]:
        """Merge one user into another; this cannot be undone."""
        return Request(
            "POST",
            "/identity/merge/",
            parse=MergeResult.parse,
            body={"from_user_id": from_user_id, "into_user_id": into_user_id},
        )
