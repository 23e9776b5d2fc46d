"""Who calls: checks the key or token of a call before anything else is done (contract §1.2)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, Literal

from segops_tui.named_tuple import NamedTuple
from segops_tui.sandbox.core.errors import ApiRefusal, refused
from segops_tui.sandbox.core.timestamps import SECOND

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping

Kind = Literal["anyone", "secret", "assistant", "user", "public", "session"]

SESSION_PATH: Final = "/api/auth/session"
TRACK_PATHS: Final = ("/api/ingestion/track", "/api/ingestion/track/batch")
SIGNER: Final = "signer"
"""The setting with the secret that signs tokens."""

_FORBIDDEN: Final = "You do not have permission to perform this action."
_DEFAULT_SCOPES: Final = frozenset({"mcp:read", "mcp:write"})
_CHALLENGE: Final = {"www-authenticate": "ApiKey"}
_KEYS_PATH: Final = "/api/auth/api-keys"
_ORIGIN: Final = r"(?i)https?://(\*\.)?[a-z0-9.-]+(:[0-9]{1,5})?"
_NOTED_FOR: Final = 60
"""Seconds after which the next use of a key is noted."""


class PublicKey(NamedTuple):
    """A key for browsers and apps, which may only mint sessions."""

    mark: str
    """The digest of the key; see `key_mark`."""
    origins: tuple[str, ...] = ()
    """Allowed origins: `https://shop.example.com`, or `https://*.example.com` for one level."""
    hmac_secret: str = ""
    """Hex. If given, a `user_id` must be signed with it."""

    def allows(self, origin: str | None) -> bool:
        """Whether a page of an origin may use the key; an app sends none, and may."""
        return origin is None or any(_covers(allowed, origin) for allowed in self.origins)


class Caller(NamedTuple):
    """Who makes a call."""

    kind: Kind = "anyone"
    public_key: PublicKey | None = None
    user_id: str | None = None
    """The one user a session may track."""
    used_key: str | None = None
    """The mark of a key in the database whose time of use is to be noted."""


ANYONE: Final = Caller()


class Keys(NamedTuple):
    """The keys a sandbox was opened with; those made by calls are in its database."""

    secret: frozenset[str] | None = None
    """Secret and assistants' keys, the latter perhaps with scopes: `mk_test_1=mcp:read`. None
    accepts every call."""
    public: tuple[PublicKey, ...] = ()


NO_KEYS: Final = Keys()


def key_mark(key: str) -> str:
    """Return the digest under which a key is stored."""
    import hashlib  # noqa: PLC0415  # 4 ms that a call with a configured key does not need

    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


def admit(
    keys: Keys,
    connection: sqlite3.Connection,
    *,
    method: str,
    path: str,
    headers: Mapping[str, str],
    now: float,
) -> Caller:
    """Return who calls, if they may make this call; `now` is in Unix seconds.

    Raises:
        ApiRefusal: 401, no key or token, or an unknown one; 403, it does not allow the call.
    """
    scheme, credential = _credential(headers)
    at = path.rstrip("/")
    if scheme == "bearer" and credential.count(".") == 2:
        caller = _by_token(keys, connection, credential, now=now)
        allowed = at in TRACK_PATHS if caller.kind == "session" else at != SESSION_PATH
    elif credential.startswith("pk_"):
        # Not looked up for other paths: no public key may call them.
        allowed = at == SESSION_PATH
        key = _public_key(keys, connection, credential) if allowed else None
        caller = Caller("public", key, used_key=key.mark if key else None)
    else:
        caller = _by_key(keys, connection, scheme, credential, method=method, now=now)
        # With a configured key, the log-in's paths are for its users only.
        allowed = keys.secret is None or (at != SESSION_PATH and not at.startswith(_KEYS_PATH))
    if not allowed:
        raise refused(_FORBIDDEN, status=403)
    if caller.public_key is not None and not caller.public_key.allows(headers.get("origin")):
        raise refused("This origin is not allowed for the public key.", status=403)
    return caller


def _by_token(keys: Keys, connection: sqlite3.Connection, token: str, *, now: float) -> Caller:
    # 6 ms of hashing and base64.
    from segops_tui.sandbox.core import tokens  # noqa: PLC0415

    row = connection.execute("SELECT value FROM settings WHERE key = ?", (SIGNER,)).fetchone()
    claims = None if row is None else tokens.read(token, row["value"], now=now)
    if claims is not None and claims["use"] == "access":
        return Caller("user")
    if claims is not None and claims["use"] == "session":
        key = _marked(keys, connection, claims["key"])
        if key is not None:
            return Caller("session", key, claims["uid"])
    raise ApiRefusal(401, {"detail": "Token is invalid or expired."}, _CHALLENGE)


def _by_key(
    keys: Keys,
    connection: sqlite3.Connection,
    scheme: str,
    credential: str,
    *,
    method: str,
    now: float,
) -> Caller:
    if keys.secret is None:
        return ANYONE
    if not credential:
        words = "Authentication credentials were not provided."
        raise ApiRefusal(401, {"detail": words}, _CHALLENGE)
    caller = None if scheme == "bearer" else _configured(keys.secret, credential, method=method)
    if caller is None and scheme != "bearer":
        caller = _stored(connection, credential, now=now)
    if caller is None:
        raise ApiRefusal(401, {"detail": "Invalid API key."}, _CHALLENGE)
    return caller


def _configured(entries: Iterable[str], sent: str, *, method: str) -> Caller | None:
    from hmac import compare_digest  # noqa: PLC0415  # 4 ms of hashlib

    found = None
    for entry in entries:
        key, has_scopes, scopes = entry.partition("=")
        # Every entry is compared, and in constant time.
        if compare_digest(key.encode(), sent.encode("utf-8", "replace")):
            found = key, frozenset(scopes.split(",")) if has_scopes else _DEFAULT_SCOPES
    if found is None:
        return None
    if not found[0].startswith("mk_"):
        return Caller("secret")
    if _needed_scope(method) not in found[1]:
        raise refused(_FORBIDDEN, status=403)
    return Caller("assistant")


def _stored(connection: sqlite3.Connection, sent: str, *, now: float) -> Caller | None:
    mark = key_mark(sent)
    row = connection.execute(
        "SELECT last_used_at FROM api_keys WHERE mark = ? AND kind = 'secret'", (mark,)
    ).fetchone()
    if row is None:
        return None
    # Noting every use would make a write of every read.
    is_recent = row["last_used_at"] is not None and now - row["last_used_at"] / SECOND < _NOTED_FOR
    return Caller("secret", used_key=None if is_recent else mark)


def _public_key(keys: Keys, connection: sqlite3.Connection, sent: str) -> PublicKey:
    found = _marked(keys, connection, key_mark(sent))
    if found is not None:
        return found
    if keys.secret is None:
        return PublicKey(key_mark(sent), origins=("*",))
    raise ApiRefusal(401, {"detail": "Invalid API key."}, _CHALLENGE)


def _marked(keys: Keys, connection: sqlite3.Connection, mark: str) -> PublicKey | None:
    """The public key with a mark."""
    from hmac import compare_digest  # noqa: PLC0415  # 4 ms of hashlib

    for key in keys.public:
        if compare_digest(key.mark, mark):
            return key
    row = connection.execute(
        "SELECT origins, hmac_secret FROM api_keys WHERE mark = ? AND kind = 'public'", (mark,)
    ).fetchone()
    if row is None:
        # A sandbox without keys takes any; see `_public_key`.
        return PublicKey(mark, origins=("*",)) if keys.secret is None else None
    return PublicKey(mark, tuple(row["origins"].split()), row["hmac_secret"])


def is_origin(text: str) -> bool:
    """Whether a text is an entry of an allow-list: an exact origin, or one level of subdomains."""
    return re.fullmatch(_ORIGIN, text) is not None


def is_allowed_origin(keys: Keys, connection: sqlite3.Connection, origin: str) -> bool:
    """Whether any public key allows an origin: a browser asks before it sends the key."""
    stored = connection.execute("SELECT origins FROM api_keys WHERE kind = 'public'")
    lists = [key.origins for key in keys.public]
    lists += [tuple(row["origins"].split()) for row in stored]
    return keys.secret is None or any(
        _covers(allowed, origin) for origins in lists for allowed in origins
    )


def _covers(allowed: str, origin: str) -> bool:
    """Whether an entry of an allow-list covers an origin; `*.` stands for one label."""
    if allowed == "*":
        return True
    pattern = re.escape(allowed).replace(r"\*\.", r"[a-z0-9-]+\.", 1)
    return re.fullmatch(pattern, origin, re.IGNORECASE) is not None


def _credential(headers: Mapping[str, str]) -> tuple[str, str]:
    """Return the scheme, in lower case, and the key or token of a call; both may be empty."""
    scheme, _, rest = headers.get("authorization", "").strip().partition(" ")
    if scheme.lower() in {"apikey", "bearer"}:
        return scheme.lower(), rest.strip()
    return "", headers.get("x-api-key", "").strip() or scheme


def _needed_scope(method: str) -> str:
    if method in {"GET", "HEAD", "OPTIONS"}:
        return "mcp:read"
    return "mcp:admin" if method == "DELETE" else "mcp:write"


def cors_headers(caller: Caller, headers: Mapping[str, str]) -> dict[str, Any]:
    """Return the headers that let a page read the answer; none for other callers."""
    origin = headers.get("origin")
    if origin is None or caller.public_key is None:
        return {}
    return {"access-control-allow-origin": origin, "vary": "Origin"}
