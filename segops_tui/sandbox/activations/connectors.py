"""The connectors of the sandbox: the configuration each needs, its secrets, and its simulator.

A sandbox never reaches the real service: `refusal_of` answers from the configuration alone, and
labels what it says as simulated.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

MASK: Final = "***"
"""Replaces a secret in responses; in a request it keeps the stored secret."""

_SECRET: Final = re.compile(r"api_?key|secret|token|password", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Connector:
    """One service."""

    title: str
    needs: tuple[str, ...]
    """Keys that its configuration needs before it can be synced."""


CONNECTORS: Final[Mapping[str, Connector]] = {
    "klaviyo": Connector("Klaviyo", ("list_id", "api_key")),
    "braze": Connector("Braze", ("rest_endpoint", "api_key")),
    "talonone": Connector("Talon.One", ("base_url", "api_key", "audience_id")),
}
"""By the name in requests and responses."""

SPELLINGS: Final = {"talon_one": "talonone"}
"""Other names that requests may use (contract §6)."""


def refusal_of(connector_type: str, config: Mapping[str, Any]) -> str:
    """The error of a simulated sync, or "" if it succeeds.

    A sync fails without a needed key, with a `rest_endpoint` or `base_url` that is not an https
    address or ends in a slash, and with an `api_key` that starts with `bad`.
    """
    connector = CONNECTORS[connector_type]
    missing = [name for name in connector.needs if not str(config.get(name) or "").strip()]
    if missing:
        return f"{connector.title} (simulated): the config lacks {', '.join(missing)}."
    for name in ("rest_endpoint", "base_url"):
        address = str(config.get(name) or "")
        if name in connector.needs and not re.fullmatch(r"https://\S*[^\s/]", address):
            return (
                f"{connector.title} (simulated): {name} must be an https address"
                " without a slash at its end."
            )
    if str(config["api_key"]).startswith("bad"):
        return f"{connector.title} (simulated): HTTP 401, the API key is not valid."
    return ""


def masked(config: Any) -> Any:
    """A configuration with its secrets masked, at any depth."""
    if isinstance(config, dict):
        return {
            name: MASK if _is_secret(name, value) else masked(value)
            for name, value in config.items()
        }
    return [masked(item) for item in config] if isinstance(config, list) else config


def unmasked(config: Any, stored: Any, *, path: str = "") -> Any:
    """A configuration to store: each mask is replaced by the stored secret.

    Raises:
        ValueError: there is no stored secret for a mask; the message says where.
    """
    if isinstance(config, dict):
        known = stored if isinstance(stored, dict) else {}
        kept = {}
        for name, value in config.items():
            place = f"{path}.{name}" if path else str(name)
            if value == MASK and _SECRET.search(name):
                if not known.get(name):
                    raise ValueError(f"{place}: {MASK} keeps the stored secret, but there is none.")
                kept[name] = known[name]
            else:
                kept[name] = unmasked(value, known.get(name), path=place)
        return kept
    if isinstance(config, list):
        known_items = stored if isinstance(stored, list) else []
        return [
            unmasked(item, known_items[at] if at < len(known_items) else None, path=f"{path}[{at}]")
            for at, item in enumerate(config)
        ]
    return config


def audience_of(connector_type: str, config: Mapping[str, Any]) -> tuple[Any, ...]:
    """The audience a configuration points at; a sync to another one starts from empty."""
    return (
        connector_type,
        *(
            config.get(name)
            for name in CONNECTORS[connector_type].needs
            if not _SECRET.search(name)
        ),
    )


def _is_secret(name: str, value: Any) -> bool:
    return value not in (None, "") and _SECRET.search(name) is not None
