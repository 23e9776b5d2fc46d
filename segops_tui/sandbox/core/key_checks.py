"""Which key may do what (contract §1.2).

Knows prefixes and scopes; knows no address. A sandbox without keys asks for none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from segops_tui.sandbox.core.errors import Problem, refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_FORBIDDEN: Final = "You do not have permission to perform this action."
_DEFAULT_SCOPES: Final = frozenset({"mcp:read", "mcp:write"})
_CHALLENGE: Final = {"www-authenticate": "ApiKey"}


def check_key(keys: Iterable[str], *, method: str, headers: Mapping[str, str]) -> None:
    """Let a call pass, or say why not.

    A key for assistants may be followed by its scopes: `mk_test_1=mcp:read,mcp:admin`; without
    them it may read and write.

    Raises:
        Problem: 401 no key or an unknown one, 403 a key that may not do this.
    """
    given = _given(headers)
    if not given:
        words = "Authentication credentials were not provided."
        raise Problem(401, {"detail": words}, _CHALLENGE)
    if given.startswith("pk_"):
        raise refused(_FORBIDDEN, status=403)
    for entry in keys:
        key, has_scopes, scopes = entry.partition("=")
        if key.encode() == given.encode():
            allowed = frozenset(scopes.split(",")) if has_scopes else _DEFAULT_SCOPES
            if key.startswith("mk_") and _scope(method) not in allowed:
                raise refused(_FORBIDDEN, status=403)
            return
    raise Problem(401, {"detail": "Invalid API key."}, _CHALLENGE)


def _given(headers: Mapping[str, str]) -> str:
    """The key of a call: `Authorization: ApiKey …`, whatever the case, or `X-API-Key`."""
    scheme, _, key = headers.get("authorization", "").strip().partition(" ")
    if scheme.lower() == "apikey":
        return key.strip()
    # Any other scheme has no sandbox user behind it, and is refused as an unknown key.
    return headers.get("x-api-key", "").strip() or scheme


def _scope(method: str) -> str:
    if method in {"GET", "HEAD", "OPTIONS"}:
        return "mcp:read"
    return "mcp:admin" if method == "DELETE" else "mcp:write"
