"""Users: the explorer's view of people, and what a rule makes of them (contract §9.1).

The explorer is read-only and sees canonical users; merging them is `identity`.
"""

from __future__ import annotations

from segops_tui.api.endpoint import C_co, Resource, endpoint, listing
from segops_tui.api.record import Record, array, flag, integer, mapping, maybe_integer, moment, text
from segops_tui.api.request import Id, JsonObject, Page, Request, compact, page_of, path


class User(Record):
    """A canonical user; `properties` and `event_type_count` come with a single one only."""

    user_id = text()
    event_count = integer()
    event_type_count = maybe_integer()
    first_seen = moment()
    last_seen = moment()
    properties = mapping()


class Event(Record):
    """One event as it was stored."""

    event_type = text()
    occurred_at = moment()
    payload = mapping()


class UserSegment(Record):
    """A segment a user is in."""

    segment_id = integer()
    segment_name = text()
    member_count = maybe_integer()
    computed_at = moment()


class ConditionResult(Record):
    """One condition of a rule, evaluated for one user.

    `actual_value` and `threshold` are whatever JSON the server sends: read them from `raw`.
    """

    index = integer()
    type = text()
    label = text()
    matches = flag()


class EventEffect(Record):
    """What an event would change, had it happened; nothing is stored."""

    published = flag()
    entered = array()
    exited = array()
    unchanged_count = integer()


class Users(Resource[C_co]):
    """The user explorer."""

    @listing
    def search(self, q: str | None = None, *, limit: int = 200) -> Request[Page[User]]:
        """Users whose id contains `q`; at most 200, `count` says how many there are."""
        return Request(
            "GET", "/explorer/users/", parse=page_of(User.parse), query={"q": q, "limit": limit}
        )

    @endpoint
    def get(self, user_id: str) -> Request[User]:
        """One user, with the properties of their latest identify event."""
        return Request("GET", path("/explorer/users/{}/", user_id), parse=User.parse)

    @listing
    def events(
        self,
        user_id: str,
        *,
        event_type: str | None = None,
        since: str | None = None,
        limit: int = 200,
    ) -> Request[Page[Event]]:
        """A user's events, newest first; `since` is an ISO date."""
        return Request(
            "GET",
            path("/explorer/users/{}/events/", user_id),
            parse=page_of(Event.parse),
            query={"event_type": event_type, "since": since, "limit": limit},
        )

    @listing
    def segments(self, user_id: str) -> Request[Page[UserSegment]]:
        """The segments a user is in."""
        return Request(
            "GET",
            path("/explorer/users/{}/segments/", user_id),
            parse=page_of(UserSegment.parse, "segments"),
        )

    @listing
    def explain(self, user_id: str, segment_id: Id) -> Request[Page[ConditionResult]]:
        """Each condition of a segment's rule for one user, member or not."""
        return Request(
            "GET",
            path("/explorer/users/{}/segments/{}/explain/", user_id, segment_id),
            parse=page_of(ConditionResult.parse, "conditions"),
        )

    @endpoint
    def publish_sandbox(
        self,
        *,
        user_id: str,
        event_type: str,
        payload: JsonObject | None = None,
        occurred_at: str | None = None,
    ) -> Request[EventEffect]:
        """Try an event in the vendor's event sandbox: what would change, storing nothing."""
        body = compact(
            user_id=user_id, event_type=event_type, payload=payload, occurred_at=occurred_at
        )
        return Request(
            "POST", "/explorer/sandbox/publish/", parse=EventEffect.parse, body=body, reads=True
        )
