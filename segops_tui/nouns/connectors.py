"""The outside tools a segment can be pushed to: what each asks for, said to a person.

Knows names of settings and what is plainly wrong with one; whether a tool takes them only a sync
can tell.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MASK: Final = "***"
"""What the API shows in place of a secret; it is never sent back (contract §6)."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One key of a connector's `config`."""

    name: str
    title: str
    required: bool = True
    secret: bool = False
    hint: str = ""
    check: Callable[[Any], str] | None = None


def _address(value: Any) -> str:
    words = str(value)
    if not words.startswith("https://") or len(words) == len("https://"):
        return "An address that begins with https:// is needed."
    return "It has no slash at its end." if words.endswith("/") else ""


_KEY: Final = Setting("api_key", "API key", secret=True)

SETTINGS: Final[Mapping[str, tuple[Setting, ...]]] = {
    "klaviyo": (
        Setting("list_id", "List", hint="the id in the list's address"),
        _KEY,
    ),
    "braze": (
        Setting(
            "rest_endpoint", "REST endpoint", hint="https://rest.iad-01.braze.com", check=_address
        ),
        Setting("segment_id", "Braze segment", required=False, hint="its id, where there is one"),
        _KEY,
    ),
    "talonone": (
        Setting("base_url", "Address", hint="https://yours.europe-west1.talon.one", check=_address),
        Setting("audience_id", "Audience", hint="the id of the audience"),
        _KEY,
    ),
}
"""By wire name, as the contract's §6 has them; the secret comes last."""


def is_masked(value: Any) -> bool:
    """Whether a setting is kept secret by the server, wholly or within."""
    return value == MASK or (isinstance(value, dict | list) and MASK in json.dumps(value))
