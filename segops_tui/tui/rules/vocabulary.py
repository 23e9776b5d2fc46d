"""What a workspace calls its events, their properties, its attributes and its segments.

Asks the server once; what cannot be had is left out, since it only helps in writing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from segops_tui.api.errors import SegOpsError
from segops_tui.tui.rules.templates import Vocabulary

if TYPE_CHECKING:
    from segops_tui.api.condition_types import Kind
    from segops_tui.client.aio import AsyncSegOpsAdmin


async def fetch_vocabulary(client: AsyncSegOpsAdmin, kind: Kind) -> Vocabulary:
    """What can be named in a rule of this kind."""
    return Vocabulary(
        events=await _events(client),
        attributes=await _attributes(client) if kind == "product" else {},
        segments=await _segments(client),
    )


async def _events(client: AsyncSegOpsAdmin) -> dict[str, dict[str, str]]:
    try:
        schemas = [schema async for schema in client.schemas.list()]
    except SegOpsError:
        return {}
    return {
        schema.event_type: {
            str(item["name"]): str(item.get("type") or "")
            for item in schema.properties
            if isinstance(item, Mapping) and item.get("name")
        }
        for schema in schemas
        if schema.event_type
    }


async def _attributes(client: AsyncSegOpsAdmin) -> dict[str, str]:
    try:
        schema = await client.products.schema()
    except SegOpsError:
        return {}
    return {each.name: each.type for each in schema.fields if each.name}


async def _segments(client: AsyncSegOpsAdmin) -> dict[int, str]:
    try:
        return {segment.id: segment.name async for segment in client.segments.list()}
    except SegOpsError:
        return {}
