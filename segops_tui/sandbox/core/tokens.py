"""Signed tokens (JWT, HS256): what `/api/auth/` hands out and a later call brings back."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

_HEADER = (
    urlsafe_b64encode(json.dumps({"alg": "HS256", "typ": "JWT"}).encode()).decode().rstrip("=")
)


def issue(claims: dict[str, Any], secret: str) -> str:
    """Return a signed token."""
    body = f"{_HEADER}.{_encode(json.dumps(claims).encode())}"
    return f"{body}.{_encode(_mac(body, secret))}"


def read(token: str, secret: str, *, now: float) -> dict[str, Any] | None:
    """Return the claims of a token that we signed and that has not expired; None for others.

    `now` is in Unix seconds.
    """
    body, _, signature = token.rpartition(".")
    header, _, payload = body.partition(".")
    if header != _HEADER or not hmac.compare_digest(
        _encode(_mac(body, secret)).encode(), signature.encode("utf-8", "replace")
    ):
        return None
    claims: dict[str, Any] = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims if now < claims["exp"] else None


def _mac(body: str, secret: str) -> bytes:
    return hmac.digest(secret.encode(), body.encode("utf-8", "replace"), hashlib.sha256)


def _encode(octets: bytes) -> str:
    return urlsafe_b64encode(octets).decode().rstrip("=")
