"""API URLs: which ones a key may be sent to, and whether two of them are the same server."""

from __future__ import annotations

import re
from typing import Final, NewType
from urllib.parse import urlsplit

from segops_tui.api.errors import SegOpsConfigError
from segops_tui.api.keys import redact

DEFAULT_URL: Final = "https://api.segops.ai/api"
"""The vendor's own API (contract §1.1, seen in its SDK)."""

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
"""Hosts that are this machine, where plain http never crosses a network."""

_WHERE: Final = "Set the key with SEGOPS_API_KEY, or: segops-tui profiles add NAME"
_USER: Final = r"^((?:[A-Za-z][\w+.-]*:)?//|)[^/\\]*@"
"""What is before the host, the slashes in a group."""

_PORTS: Final = {"https": 443, "http": 80}

Origin = tuple[str, str | None, int | None]
"""Scheme, host and port."""


def checked_address(url: str) -> str:
    """Return a URL unchanged if it is https, or http on this machine.

    Raises:
        SegOpsConfigError: any other URL; a key must not cross a network unencrypted.
    """
    try:
        parts = urlsplit(url)
        scheme, host, _ = origin(url)
    except ValueError as error:
        raise _invalid(url) from error
    if "@" in parts.netloc:
        raise SegOpsConfigError(
            "The API URL must not contain a user name or password.", hint=_WHERE
        )
    # URL parsers must agree where the host ends, so ambiguous characters are refused.
    if not host or "\\" in url or any(not "!" <= letter <= "~" for letter in parts.netloc):
        raise _invalid(url)
    if scheme == "https" or (scheme == "http" and host in LOOPBACK):
        return url
    if scheme == "http":
        raise SegOpsConfigError(
            f"Refused http://{host}: the key would be sent unencrypted.",
            hint="Use https://; plain http is allowed for this machine only.",
        )
    raise _invalid(url)


def checked_base(url: str) -> str:
    """Return the address of an API unchanged if requests can be sent below it.

    Raises:
        SegOpsConfigError: it is no safe URL, or has a query, a fragment or a key in it, which
            would be printed wherever the address is.
    """
    checked_address(url)
    if "?" in url or "#" in url:
        raise SegOpsConfigError("The API URL must not contain a query or a fragment.", hint=_WHERE)
    if url != shown_address(url) or "…" in url:
        raise SegOpsConfigError("The API URL must not contain a key.", hint=_WHERE)
    return url


ShownAddress = NewType("ShownAddress", str)
"""An address fit to be shown; only `shown_address` makes one."""


def shown_address(url: str) -> ShownAddress:
    """An address fit to be shown: a user, a query, a fragment and keys in it become `…`."""
    base = without_query(url)
    mark = url[len(base) : len(base) + 1]
    return ShownAddress(redact(re.sub(_USER, r"\1…@", base)) + (f"{mark}…" if mark else ""))


def address_hint(url: str) -> str | None:
    """What is wrong with an address that a server does not know; None if it looks right.

    Every path of the API starts with `/api/`, on other hosts too (contract §1.1, documented).
    """
    if urlsplit(url).path.strip("/"):
        return None
    return f"The address has no /api at its end; try {url.rstrip('/')}/api."


def origin(url: str) -> Origin:
    """The server of a URL, however it is spelled.

    Raises:
        ValueError: the port is not a number.
    """
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)


def server_of(url: str) -> str:
    """A base URL in one spelling, for comparing: no user, query, fragment, or usual port.

    Raises:
        ValueError: the port is not a number.
    """
    scheme, host, port = origin(url)
    place = f"[{host}]" if host and ":" in host else host or ""
    if port is not None and port != _PORTS.get(scheme):
        place += f":{port}"
    return f"{scheme}://{place}{urlsplit(url).path.rstrip('/')}"


def without_query(url: str) -> str:
    """A URL fit for a message or a log: the query of a signed link is a secret."""
    return url.partition("?")[0].partition("#")[0]


def _invalid(url: str) -> SegOpsConfigError:
    return SegOpsConfigError(
        f"Not a valid URL: {shown_address(url)!r}.",
        hint="An API URL looks like https://api.segops.ai/api.",
    )
