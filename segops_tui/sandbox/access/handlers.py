"""Tokens of users, API keys, and sessions of browsers and apps (contract §1.2).

The sandbox has one user, who logs in with any e-mail address and a secret key of the sandbox as
the password. A key is stored as a digest: its text is in the answer that made it, and nowhere else.
"""

from __future__ import annotations

import hmac
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from segops_tui.sandbox.core import tokens
from segops_tui.sandbox.core.admission import SIGNER, is_origin, key_mark
from segops_tui.sandbox.core.body_fields import BodyForm
from segops_tui.sandbox.core.calls import Answer, answer
from segops_tui.sandbox.core.context import insert, setting
from segops_tui.sandbox.core.errors import ApiRefusal, invalid, not_found, refused
from segops_tui.sandbox.core.identities import OwnDescendant, claim, visitor_of
from segops_tui.sandbox.core.timestamps import SECOND, wire

if TYPE_CHECKING:
    import sqlite3

    from segops_tui.sandbox.core.calls import Call
    from segops_tui.sandbox.core.context import SandboxContext

ACCESS_LIFETIME: Final = 60 * 60
"""Seconds."""
REFRESH_LIFETIME: Final = 24 * 60 * 60
SESSION_LIFETIME: Final = 15 * 60
SIGNATURE_LIFETIME: Final = 5 * 60
"""Seconds that the time of a signature may be before or after ours."""

_KINDS: Final = ("secret", "public")


def token(context: SandboxContext, call: Call) -> Answer:
    """Log in: return an access and a refresh token."""
    form = BodyForm(call.json(), intent="create")
    form.text("email", required=True)
    form.text("password", required=True, opaque=True)
    password = form.check()["password"].encode()
    keys = context.keys.secret
    if keys is not None and not any(
        hmac.compare_digest(key.encode(), password) for key in keys if key.startswith("sk_")
    ):
        words = "No active account found with the given credentials."
        raise ApiRefusal(401, {"detail": words}, {"www-authenticate": "Bearer"})
    return answer({use: _user_token(context, use) for use in ("access", "refresh")})


def refresh(context: SandboxContext, call: Call) -> Answer:
    """Return a new access token for a refresh token."""
    form = BodyForm(call.json(), intent="create")
    form.text("refresh", required=True, longest=4000)
    claims = tokens.read(form.check()["refresh"], _secret(context), now=context.now / SECOND)
    if claims is None or claims["use"] != "refresh":
        words = "Token is invalid or expired."
        raise ApiRefusal(401, {"detail": words}, {"www-authenticate": "Bearer"})
    return answer({"access": _user_token(context, "access")})


def list_keys(context: SandboxContext, _call: Call) -> Answer:
    """List the keys that were made here, without their texts."""
    rows = context.connection.execute("SELECT * FROM api_keys ORDER BY id")
    return answer([_show(row) for row in rows])


def create_key(context: SandboxContext, call: Call) -> Answer:
    """Make a key: a secret one, or a public one with its origins (how is not documented)."""
    form = BodyForm(call.json(), intent="create")
    form.text("name", required=True)
    form.text("tenant_slug", default=_tenant(context))
    form.text("kind", default="secret", choices=_KINDS)
    form.array("allowed_origins")
    form.flag("require_signed_ids")
    if form.values.get("tenant_slug") not in (None, _tenant(context)):
        form.refuse("tenant_slug", f"Object with slug={form.values['tenant_slug']} does not exist.")
    origins = form.values.get("allowed_origins", ())
    if not all(isinstance(each, str) and is_origin(each) for each in origins):
        form.refuse("allowed_origins", "Each must be an origin: https://shop.example.com.")
    values = form.check()
    is_public = values["kind"] == "public"
    key = f"{'pk' if is_public else 'sk'}_test_{context.random_hex(20)}"
    hmac_secret = context.random_hex(32) if is_public and values["require_signed_ids"] else ""
    key_id = insert(
        context.connection,
        "api_keys",
        {
            "name": values["name"],
            "kind": values["kind"],
            "mark": key_mark(key),
            "prefix": key[:12],
            "origins": " ".join(origins),
            "hmac_secret": hmac_secret,
            "created_at": context.now,
        },
    )
    row = context.connection.execute("SELECT * FROM api_keys WHERE id = ?", (key_id,)).fetchone()
    shown = {**_show(row), "key": key}
    if hmac_secret:
        shown["hmac_secret"] = hmac_secret
    return answer(shown, status=201)


def delete_key(context: SandboxContext, _call: Call, key_id: int) -> Answer:
    """Revoke a key: it, and sessions minted with it, are refused from now on."""
    deleted = context.connection.execute("DELETE FROM api_keys WHERE id = ?", (key_id,))
    if not deleted.rowcount:
        raise not_found()
    return Answer(204)


def session(context: SandboxContext, call: Call) -> Answer:
    """Mint a token that may track events of one user or visitor."""
    public_key = call.caller.public_key
    if public_key is None:
        raise refused("A session is minted with a public key (pk_…).", status=403)
    form = BodyForm(call.json(), intent="create")
    form.text("user_id", opaque=True)
    form.text("anonymous_id", opaque=True)
    form.text("user_id_sig")
    user_id, anonymous_id, signature = (
        form.check()[name] for name in ("user_id", "anonymous_id", "user_id_sig")
    )
    if not user_id.strip() and not anonymous_id.strip():
        raise invalid("non_field_errors", "Give a user_id or an anonymous_id.")
    if user_id and public_key.hmac_secret:
        _check_signature(
            user_id, signature, form.body.get("user_id_ts"), public_key.hmac_secret, context.now
        )
    if user_id and anonymous_id:
        with suppress(OwnDescendant):
            claim(context, anonymous_id, user_id)
    uid = user_id or visitor_of(anonymous_id)
    expires_at = context.now // SECOND * SECOND + SESSION_LIFETIME * SECOND
    claims = {"use": "session", "uid": uid, "key": public_key.mark}
    minted = _issue(context, claims, expires_at // SECOND)
    return answer({"token": minted, "expires_at": wire(expires_at), "uid": uid})


def _check_signature(user_id: str, signature: str, moment: Any, secret: str, now: int) -> None:
    """Check that the tenant's own server signed a user id, and lately.

    Raises:
        ApiRefusal: 403.
    """
    is_whole = isinstance(moment, int) and not isinstance(moment, bool)
    is_late = not is_whole or abs(now // SECOND - moment) > SIGNATURE_LIFETIME
    if is_late:
        raise refused("user_id_ts is not within 5 minutes of the server's time.", status=403)
    expected = hmac.new(bytes.fromhex(secret), f"{user_id}|{moment}".encode(), "sha256").hexdigest()
    if not hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace")):
        raise refused("user_id_sig is not the signature of this user_id.", status=403)


def _show(row: sqlite3.Row) -> dict[str, Any]:
    shown = {
        "id": row["id"],
        "name": row["name"],
        "kind": row["kind"],
        "prefix": row["prefix"],
        "created_at": wire(row["created_at"]),
        "last_used_at": wire(row["last_used_at"]),
    }
    if row["kind"] == "public":
        shown["allowed_origins"] = row["origins"].split()
        shown["require_signed_ids"] = bool(row["hmac_secret"])
    return shown


def _user_token(context: SandboxContext, kind: str) -> str:
    lifetime = ACCESS_LIFETIME if kind == "access" else REFRESH_LIFETIME
    return _issue(context, {"use": kind, "user_id": 1}, context.now // SECOND + lifetime)


def _issue(context: SandboxContext, claims: dict[str, Any], expires: int) -> str:
    full = {**claims, "exp": expires, "iat": context.now // SECOND, "jti": context.random_hex(8)}
    return tokens.issue(full, _secret(context))


def _secret(context: SandboxContext) -> str:
    """The workspace's secret for tokens; made when it is first needed."""
    context.connection.execute(
        "INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT DO NOTHING",
        (SIGNER, context.random_hex(32)),
    )
    return setting(context.connection, SIGNER)


def _tenant(context: SandboxContext) -> str:
    return setting(context.connection, "tenant_slug", "sandbox")
