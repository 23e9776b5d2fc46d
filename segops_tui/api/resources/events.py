"""Events: send what users did (contract §12); `users.events` reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.endpoint import C_co, Resource, endpoint, with_fields
from segops_tui.api.record import Record, integer
from segops_tui.api.request import JsonObject, Request, compact, encode_json, path

if TYPE_CHECKING:
    from collections.abc import Iterable

BATCH_LIMIT: Final = 500
"""The most events in one batch request (contract §1.4, documented)."""


class TrackResult(Record):
    """How many events the server accepted; for one event it sends `true`, for a batch a number."""

    skipped = integer()

    @property
    def queued(self) -> int:
        """Events accepted."""
        value = self.raw.get("queued")
        return int(value) if isinstance(value, bool | int) else 0


class Events(Resource[C_co]):
    """Send events."""

    @with_fields
    def track(
        self,
        /,
        *,
        user_id: str,
        event_type: str,
        payload: JsonObject | None = None,
        occurred_at: str | None = None,
        **fields: Any,
    ) -> Request[TrackResult]:
        """Send one event; `occurred_at` is ISO 8601 and defaults to the time of receipt."""
        body = compact(
            user_id=user_id,
            event_type=event_type,
            payload=payload,
            occurred_at=occurred_at,
            **fields,
        )
        return Request("POST", "/ingestion/track/", parse=TrackResult.parse, body=body)

    @endpoint
    def batch(self, events: Iterable[JsonObject]) -> Request[TrackResult]:
        """Send up to 500 events; the server skips and counts invalid ones."""
        return Request(
            "POST",
            "/ingestion/track/batch/",
            parse=TrackResult.parse,
            body={"events": [dict(event) for event in events]},
        )

    @endpoint
    def shopify(
        self, tenant_slug: str, /, *, topic: str, payload: JsonObject, secret: str
    ) -> Request[TrackResult]:
        """Send a Shopify webhook for a topic such as `orders/create`, signed with `secret`."""
        # 4 ms of hashlib that only a signature needs.
        from segops_tui.api.webhook import sign_shopify  # noqa: PLC0415

        body = dict(payload)
        headers = {
            "X-Shopify-Topic": topic,
            "X-Shopify-Hmac-SHA256": sign_shopify(encode_json(body), secret),
        }
        return Request(
            "POST",
            path("/ingestion/shopify/{}/", tenant_slug),
            parse=TrackResult.parse,
            body=body,
            headers=headers,
        )
