"""Webhook signatures: sign a body, verify one (contract §11), and sign as Shopify does (§12).

The key is the secret's UTF-8 bytes, not hex-decoded.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from typing import Final

HEADER: Final = "X-SegOps-Signature"
_PREFIX: Final = "sha256="


def sign_webhook(body: bytes | str, secret: bytes | str) -> str:
    """The value of `X-SegOps-Signature` for a raw body: `sha256=` and lowercase hex."""
    return _PREFIX + hmac.new(_octets(secret), _octets(body), hashlib.sha256).hexdigest()


def verify_webhook(
    body: bytes | str | None, signature: bytes | str | None, secret: bytes | str | None
) -> bool:
    """Whether a delivery was signed with the secret.

    Accepts the hex with or without `sha256=`, compares in constant time, and returns False for
    anything missing or malformed; it never raises.
    """
    if body is None or not signature or not secret:
        return False
    try:
        given = _octets(signature).strip().removeprefix(_PREFIX.encode())
        wanted = sign_webhook(body, secret).removeprefix(_PREFIX).encode()
    except (TypeError, ValueError, AttributeError):
        return False
    return hmac.compare_digest(given, wanted)


def sign_shopify(body: bytes | str, secret: bytes | str) -> str:
    """The value of `X-Shopify-Hmac-SHA256` for a raw body: base64 of the same HMAC."""
    return b64encode(hmac.digest(_octets(secret), _octets(body), "sha256")).decode()


def _octets(text: bytes | str) -> bytes:
    if isinstance(text, str):
        return text.encode()
    if isinstance(text, bytes | bytearray | memoryview):
        return bytes(text)
    raise TypeError(f"expected text or bytes, not {type(text).__name__}")
