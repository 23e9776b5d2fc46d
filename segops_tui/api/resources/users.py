"""Users: search them, read their events and segments, explain membership (contract §9.1).

Ids of merged users resolve to one canonical user; `identity` merges them.
"""

from __future__ import annotations

from segops_tui.api.endpoint import C_co, Resource, endpoint, listing, with_fields
from segops_tui.api.record import Record, array, flag, integer, mapping, maybe_integer, moment, text
from segops_tui.api.request import Id, JsonObject, Page, Request, compact, page_of, path


class User(Record):
    """A canonical user; only `get` returns `properties` and `event_type_count`."""

    user_id = text()
    event_count = maybe_integer()
    event_type_count = maybe_integer()
    first_seen = moment()
    last_seen = moment()
    properties = mapping()


class Event(Record):
    """One stored event."""

    event_type = text()
    occurred_at = moment()
    payload = mapping()


class UserSegment(Record):
    """A segment of a user, with the time of the compute that added them."""

    segment_id = integer()
    segment_name = text()
    member_count = maybe_integer()
    computed_at = moment()


class ConditionResult(Record):
    """One condition of a rule, evaluated for one user.

    `actual_value` and `threshold` may be any JSON value: read them from `raw`.
    """

    index = integer()
    type = text()
    label = text()
    matches = flag()


class EventEffect(Record):
    """The segments a user would enter and exit with an event that was not stored."""

    published = flag()
    entered = array()
    exited = array()
    unchanged_count = integer()


class Users(Resource[C_co]):
    """The user explorer; it changes nothing."""

    @listing
    def search(self, q: str | None = None, *, limit: int = 200) -> Request[Page[User]]:
        """Users whose id contains `q`; at most 200, with the total in `count`."""
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
        """The events of a user, newest first; `since` is an ISO 8601 date."""
        return Request(
            "GET",
            path("/explorer/users/{}/events/", user_id),
            parse=page_of(Event.parse),
            query={"event_type": event_type, "since": since, "limit": limit},
        )

    @listing
    def segments(self, user_id: str) -> Request[Page[UserSegment]]:
        """The segments of a user as of their last computes."""
        return Request(
            "GET",
            path("/explorer/users/{}/segments/", user_id),
            parse=page_of(UserSegment.parse, "segments"),
        )

    @listing
    def explain(self, user_id: str, segment_id: Id) -> Request[Page[ConditionResult]]:
        """Evaluate each condition of a segment's rule for one user, member or not."""
        return Request(
            "GET",
            path("/explorer/users/{}/segments/{}/explain/", user_id, segment_id),
            parse=page_of(ConditionResult.parse, "conditions"),
        )

    @with_fields
    def publish_sandbox(
        self,
        *,
        user_id: str,
        event_type: str,
        payload: JsonObject | None = None,
        occurred_at: str | None = None,
    ) -> Request[EventEffect]:
        """Simulate an event in the vendor's event sandbox, without storing it."""
        body = compact(
            user_id=user_id, event_type=event_type, payload=payload, occurred_at=occurred_at
        )
        return Request(
            "POST", "/explorer/sandbox/publish/", parse=EventEffect.parse, body=body, reads=True
        )
