"""Link and merge user identities (contract §9.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segops_tui.sandbox.core.body_fields import BodyForm
from segops_tui.sandbox.core.calls import answer
from segops_tui.sandbox.core.errors import invalid
from segops_tui.sandbox.core.identities import AlreadyMerged, OwnDescendant, canonical, visitor_of
from segops_tui.sandbox.core.identities import claim as claim_visitor
from segops_tui.sandbox.core.identities import merge as merge_users

if TYPE_CHECKING:
    from segops_tui.sandbox.core.calls import Answer, Call
    from segops_tui.sandbox.core.context import SandboxContext


def alias(context: SandboxContext, call: Call) -> Answer:
    """Link a visitor to a user; a later claim returns the link that exists."""
    anonymous_id, user_id = _two_ids(call, "anonymous_id", "user_id")
    try:
        status = claim_visitor(context, anonymous_id, user_id)
    except OwnDescendant as error:
        raise invalid("user_id", "A visitor cannot be an alias of itself.") from error
    found = {
        "anonymous_id": anonymous_id,
        "user_id": user_id,
        "status": status,
        "canonical_user_id": canonical(context.connection, visitor_of(anonymous_id)),
    }
    return answer(found)


def merge(context: SandboxContext, call: Call) -> Answer:
    """Merge one user into another; repeating a merge returns the same answer."""
    from_user_id, into_user_id = _two_ids(call, "from_user_id", "into_user_id")
    if from_user_id == into_user_id:
        raise invalid("into_user_id", "A user cannot be merged into itself.")
    try:
        merge_users(context, from_user_id, into_user_id)
    except OwnDescendant as error:
        words = f"{into_user_id} is already part of {from_user_id}: this would be a cycle."
        raise invalid("into_user_id", words) from error
    except AlreadyMerged as error:
        raise invalid("from_user_id", f"Already merged into {error.into}.") from error
    found = {"from_user_id": from_user_id, "into_user_id": into_user_id, "status": "merged"}
    return answer(found)


def _two_ids(call: Call, first: str, second: str) -> tuple[str, str]:
    form = BodyForm(call.json(), intent="create")
    form.text(first, required=True, opaque=True)
    form.text(second, required=True, opaque=True)
    values = form.check()
    return values[first], values[second]
