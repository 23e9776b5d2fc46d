"""Probe an address without a key: does a server answer, how fast, and with which certificate?"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from segops_tui.api.address import checked_base
from segops_tui.api.exchange import Attempt
from segops_tui.client.deadlines import Deadline, run_with_deadline
from segops_tui.client.http import failures, keyless_connection

if TYPE_CHECKING:
    import ssl


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What a server answers to a request without a key."""

    status: int
    seconds: float
    date: str | None
    """The server's clock, from its `Date` header."""
    received_at: float
    """Our clock at that moment, in Unix seconds."""
    tls: str | None = None
    """The TLS version in use, such as "TLSv1.3"; None over plain http."""
    expires: str | None = None
    """When the certificate expires, in OpenSSL's format."""


def probe(base_url: str, *, timeout: float) -> ProbeResult:
    """Send one request to an address, without a key.

    Raises:
        SegOpsConfigError: the address is refused, or a proxy or certificate variable is wrong.
        ConnectionFailed: no server answers.
    """
    attempt = Attempt("GET", checked_base(base_url), timeout=timeout)
    connection = keyless_connection()
    started = time.perf_counter()
    with connection.client as client, failures(attempt):
        request = client.build_request(attempt.method, attempt.target, timeout=timeout)
        response = run_with_deadline(
            lambda: connection.send(request), Deadline(timeout), cut=connection.cut
        )
        seconds, received_at = time.perf_counter() - started, time.time()
        stream = response.extensions.get("network_stream")
        tls: ssl.SSLObject | None = stream and stream.get_extra_info("ssl_object")
        certificate: Any = (tls.getpeercert() if tls else None) or {}
        version = tls.version() if tls else None
        response.close()
    return ProbeResult(
        response.status_code,
        seconds,
        response.headers.get("date"),
        received_at,
        version,
        certificate.get("notAfter"),
    )
