"""Addresses: which ones a key may be sent to, and when two of them are the same server.

Knows the words of an address; opens nothing and resolves nothing.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from segops_tui.api.errors import SegOpsConfigError

DEFAULT_URL: Final = "https://api.segops.ai/api"
"""The vendor's own API (contract §1.1, seen in its SDK)."""

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
"""Hosts that are this machine, where plain http crosses no network."""

_PORTS: Final = {"https": 443, "http": 80}

Origin = tuple[str, str | None, int | None]
"""Scheme, host and port: what a key belongs to."""


def checked_address(url: str) -> str:
    """Accept https anywhere and http on this machine.

    Raises:
        SegOpsConfigError: anything else; a key must not cross a network in clear.
    """
    try:
        parts = urlsplit(url)
        scheme, host, _ = origin(url)
    except ValueError as error:
        raise _not_one(url) from error
    if "@" in parts.netloc:
        raise SegOpsConfigError("The API address must not contain a user name or password.")
    # Two readers of one address must agree where its host ends, so nothing doubtful gets through.
    if not host or "\\" in url or any(not "!" <= letter <= "~" for letter in parts.netloc):
        raise _not_one(url)
    if scheme == "https" or (scheme == "http" and host in LOOPBACK):
        return url
    if scheme == "http":
        raise SegOpsConfigError(
            f"Refusing http://{host}: the key would travel unencrypted.",
            hint="Use https://; plain http is for this machine only.",
        )
    raise _not_one(url)


def origin(url: str) -> Origin:
    """The server an address names, however it is spelt.

    Raises:
        ValueError: its port is no port.
    """
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)


def without_query(url: str) -> str:
    """An address fit for a message or a log: a signed link's query is a secret."""
    return url.partition("?")[0].partition("#")[0]


def _not_one(url: str) -> SegOpsConfigError:
    return SegOpsConfigError(
        f"Not an address: {without_query(url)!r}.",
        hint="An API address looks like https://api.segops.ai/api.",
    )
