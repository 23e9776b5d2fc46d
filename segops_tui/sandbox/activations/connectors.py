"""The outside tools a segment can be pushed to: what each needs, and how its double answers.

Knows configurations and their secrets; keeps nothing and calls nobody. A sandbox never reaches
the real tool: `refusal_of` stands in for it, by a rule that depends on the configuration alone,
and names itself simulated.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

MASK: Final = "***"
"""What a secret is shown as; sent back, it means the one that is stored."""

_SECRET: Final = re.compile(r"api_?key|secret|token|password", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Connector:
    """One tool."""

    title: str
    needs: tuple[str, ...]
    """Keys its configuration must have before it can be synced."""


CONNECTORS: Final[Mapping[str, Connector]] = {
    "klaviyo": Connector("Klaviyo", ("list_id", "api_key")),
    "braze": Connector("Braze", ("rest_endpoint", "api_key")),
    "talonone": Connector("Talon.One", ("base_url", "api_key", "audience_id")),
}
"""By wire name."""

SPELLINGS: Final = {"talon_one": "talonone"}
"""Other wire names that are taken (contract §6)."""


def refusal_of(connector_type: str, config: Mapping[str, Any]) -> str:
    """What the tool would object to, or "" where it would take the members.

    It objects to a key it needs being absent or blank, to a `rest_endpoint` or `base_url` that is
    no https address or ends in a slash, and to an `api_key` that starts with `bad`.
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
    """A configuration with its secrets hidden, at any depth."""
    if isinstance(config, dict):
        return {
            name: MASK if _is_secret(name, value) else masked(value)
            for name, value in config.items()
        }
    return [masked(item) for item in config] if isinstance(config, list) else config


def unmasked(config: Any, stored: Any, *, path: str = "") -> Any:
    """A configuration as it is kept: a mask is read as the stored secret in its place.

    Raises:
        ValueError: a mask where no secret is stored; it says where.
    """
    if isinstance(config, dict):
        known = stored if isinstance(stored, dict) else {}
        kept = {}
        for name, value in config.items():
            place = f"{path}.{name}" if path else str(name)
            if value == MASK and _SECRET.search(name):
                if not known.get(name):
                    raise ValueError(f"{place}: {MASK} stands for a stored secret; there is none.")
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
    """Which outside audience a configuration means; another one starts out empty."""
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
