"""What all HTTP transports share: where a request goes, with or without the key, and its reply.

A key is sent to its own origin only.
"""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin, urlsplit

from segops_tui._version import __version__
from segops_tui.api.account import Account
from segops_tui.api.address import (
    LOOPBACK,
    address_hint,
    checked_address,
    checked_base,
    origin,
    server_of,
    without_query,
)
from segops_tui.api.errors import SegOpsConfigError
from segops_tui.api.exchange import Reply
from segops_tui.api.keys import Secret, redact, require_secret_key
from segops_tui.client.bodies import ACCEPTED, LARGEST_ANSWER, LARGEST_DOWNLOAD, BodyDecoder
from segops_tui.client.pipeline import MAX_CONCURRENCY
from segops_tui.wording import plain

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from segops_tui.api.exchange import Attempt

CONNECT: Final = 10.0
"""Seconds to wait for a connection; an attempt's own time-out limits each read and write."""
_LONGEST_HEADER: Final = 1_000
"""Characters of a header that are kept."""


class Wire:
    """The base URL and the key of a transport."""

    def __init__(self, api_key: str | Secret | None, base_url: str) -> None:
        text = api_key.reveal() if isinstance(api_key, Secret) else api_key or ""
        self.key = require_secret_key(text)
        self.base = checked_base(base_url)

    def headers(self, attempt: Attempt) -> dict[str, str]:
        """The headers of an attempt, without the key."""
        return {
            "User-Agent": f"segops-tui/{__version__}",
            "Accept-Encoding": ACCEPTED,
            **attempt.headers,
        }

    def authorization(self, url: str) -> dict[str, str]:
        """The header with the key, if the URL is of the key's own server; else none."""
        if origin(checked_address(url)) != origin(self.base):
            return {}
        return {"Authorization": f"ApiKey {self.key.reveal()}"}

    def address(self, target: str) -> str:
        """Resolve a target: an API path against the base URL, an absolute link as it is."""
        if target.startswith("/api/"):
            return urljoin(self.base, target)
        if target.startswith("/"):
            return self.base.rstrip("/") + target
        return checked_address(target)


class WireTransport:
    """What every transport over HTTP tells of its server."""

    max_concurrency = MAX_CONCURRENCY

    def __init__(self, api_key: str | Secret | None, *, base_url: str) -> None:
        self._wire = Wire(api_key, base_url)

    def account(self, salt: str) -> Account:
        """The server and the fingerprint of the key."""
        return Account(server_of(self._wire.base), self._wire.key.fingerprint(salt))

    @property
    def address_hint(self) -> str | None:
        """What may be wrong with the address, for an answer that makes no sense."""
        return address_hint(self._wire.base)


def is_local(address: str) -> bool:
    """Whether an address is on this machine, and plain."""
    return address.startswith("http://") and (urlsplit(address).hostname or "") in LOOPBACK


def trusted_context() -> ssl.SSLContext:
    """A TLS context with the certificates that SSL_CERT_FILE or SSL_CERT_DIR names, else certifi's.

    Raises:
        SegOpsConfigError: they cannot be read.
    """
    import ssl  # noqa: PLC0415 (6 ms, and none of it for a server on this machine)

    import certifi  # noqa: PLC0415

    file, folder = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    with reading_certificates():
        if file or not folder:
            context = ssl.create_default_context(cafile=file or certifi.where())
        else:
            context = ssl.create_default_context(capath=folder)
    context.set_alpn_protocols(["http/1.1"])
    return context


@contextmanager
def reading_certificates() -> Iterator[None]:
    """Name the environment variables at fault when certificates cannot be read."""
    try:
        yield
    except OSError as error:
        raise SegOpsConfigError(
            f"Cannot read the TLS certificates: {error.strerror or error}.",
            hint="Check SSL_CERT_FILE and SSL_CERT_DIR.",
        ) from error


def decoded(
    pieces: Iterable[bytes],
    decoder: BodyDecoder,
    received: Callable[[int], None] = lambda _size: None,
) -> Iterator[bytes]:
    """The body of an answer; `received` is told the size of each piece as it came."""
    for data in pieces:
        received(len(data))
        yield from decoder.feed(data)
    decoder.finish()


def decoder_of(
    status: int, headers: Mapping[str, str], attempt: Attempt, *, is_file: bool = False
) -> BodyDecoder:
    """The decoder of the body of an answer, or of a file. Header names are lower case.

    Raises:
        UnexpectedAnswer: the body is announced as larger than the limit.
    """
    decoder = BodyDecoder(
        headers.get("content-encoding", ""),
        limit=LARGEST_DOWNLOAD if is_file else LARGEST_ANSWER,
        what=f"{attempt.method} {without_query(attempt.target)}",
        status=status,
    )
    decoder.check_announced(length(headers))
    return decoder


def length(headers: Mapping[str, str]) -> int | None:
    """Bytes of a body as announced; None where it is compressed or not announced."""
    if headers.get("content-encoding"):
        return None
    text = headers.get("content-length", "")
    return int(text) if text.isdigit() else None


def reply(status: int, headers: Mapping[str, str], content: bytes) -> Reply:
    """A whole answer; its headers are made fit to be printed, whatever the server wrote there."""
    clean = {
        name.lower(): redact(plain(value[:_LONGEST_HEADER])) for name, value in headers.items()
    }
    return Reply(status, clean, content, time.time())
