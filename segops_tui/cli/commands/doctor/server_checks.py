"""What `doctor` asks the server: is it there, how soon, by which certificate, does the key work?

Knows the profile in use; sends one request without a key and one read with it, and changes
nothing.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from segops_tui.api.errors import ConnectionFailed, SegOpsApiError, SegOpsConfigError, SegOpsError
from segops_tui.cli.commands.doctor.checks import Check, keyring

if TYPE_CHECKING:
    from collections.abc import Iterator

    from segops_tui.cli.core.context import Invocation
    from segops_tui.client.probe import ProbeResult
    from segops_tui.config.profiles import Profile

_PATIENCE: Final = 10.0
"""Seconds for each of the two requests, unless --timeout says otherwise."""
_SLOW: Final = 3.0
_SKEW: Final = 120.0
"""Seconds our clock may be off before ages and waits are told wrongly."""
_EXPIRES_SOON: Final = 21
"""Days of a certificate's life left that are worth a word."""


def workspace(run: Invocation) -> Iterator[Check]:
    """Everything about the profile in use and its server."""
    try:
        profile = run.settings.profile(
            run.options.profile, run.environ, api_url=run.options.api_url
        )
    except SegOpsConfigError as error:
        yield Check("profile", "fail", str(error), error.hint)
        yield keyring(is_needed=False)
        return
    guard = "" if profile.guard == "none" else f", guard: {profile.guard}"
    yield Check("profile", "ok", f"{profile.name}, {profile.why}{guard}")
    if profile.is_sandbox:
        yield keyring(is_needed=False)
        yield _read(run, profile)
        return
    yield keyring(is_needed=profile.source is not None and "keyring" in profile.source.where)
    fetched, check = _key(run, profile)
    yield check
    yield from _server(run, profile)
    if fetched is not None:
        yield _read(run, fetched)


def _key(run: Invocation, profile: Profile) -> tuple[Profile | None, Check]:
    """The profile with its key in hand, so that a password manager is asked once."""
    from segops_tui.config.secrets import FromInput

    where = profile.source.where if profile.source else ""
    try:
        secret = profile.key(run.environ)
    except SegOpsConfigError as error:
        return None, Check("key", "fail", str(error), error.hint or "segops-tui profiles show")
    held = replace(profile, source=FromInput(secret))
    return held, Check("key", "ok", f"{secret.mask}, a secret key, from {where}")


def _server(run: Invocation, profile: Profile) -> Iterator[Check]:
    from segops_tui.client.probe import probe

    try:
        found = probe(profile.api_url, timeout=run.options.timeout or _PATIENCE)
    except ConnectionFailed as error:
        yield Check("server", "fail", f"{profile.api_url}: {error}", _remedy(error))
        return
    except SegOpsConfigError as error:
        yield Check("server", "fail", str(error), error.hint)
        return
    yield _answered(profile.api_url, found)
    yield _tls(found)
    yield _clock(found)


def _answered(url: str, found: ProbeResult) -> Check:
    said = f"{url} answers in {found.seconds * 1000:.0f} ms"
    if found.status >= 500:
        remedy = "The server, or what stands before it, has a fault of its own."
        return Check("server", "warn", f"{said}, with HTTP {found.status}", remedy)
    if found.seconds > _SLOW:
        return Check("server", "warn", said, "It is slow; --timeout waits longer.")
    # Without a key and a path 404 is what a healthy API says: the number would only alarm.
    return Check("server", "ok", said)


def _tls(found: ProbeResult) -> Check:
    from ssl import cert_time_to_seconds

    if found.tls is None:
        return Check("tls", "ok", "plain http, on this machine")
    if found.expires is None:
        return Check("tls", "ok", found.tls)
    days = int((cert_time_to_seconds(found.expires) - found.received_at) // 86_400)
    until = datetime.fromtimestamp(cert_time_to_seconds(found.expires), UTC).date()
    said = f"{found.tls}, certificate good until {until} ({days} days)"
    if days < _EXPIRES_SOON:
        return Check("tls", "warn", said, "Whoever runs the server has to renew it.")
    return Check("tls", "ok", said)


def _clock(found: ProbeResult) -> Check:
    from email.utils import parsedate_to_datetime

    try:
        theirs = parsedate_to_datetime(found.date or "").timestamp()
    except (TypeError, ValueError):
        return Check("clock", "ok", "the server does not tell the time")
    off = found.received_at - theirs
    # The header counts whole seconds, and the answer took its way.
    if abs(off) <= _SKEW:
        return Check("clock", "ok", f"within {max(abs(off), 1):.0f} s of the server's")
    side = "ahead of" if off > 0 else "behind"
    said = f"{abs(off):,.0f} s {side} the server's"
    return Check("clock", "warn", said, "Set this machine's clock.")


def _read(run: Invocation, profile: Profile) -> Check:
    from segops_tui.session import Options, open_client

    options = Options(
        read_only=True, timeout=run.options.timeout or _PATIENCE, max_retries=0,
        on_prepare=run.note_preparing, trace=run.session_options.trace,
    )  # fmt: skip
    try:
        with open_client(profile, run.paths, run.environ, options) as client:
            page = client.segments.list(page_size=1).page()
    except SegOpsError as error:
        return Check("read", "fail", _said(error), _remedy(error))
    many = f", {page.count} segments" if page.count is not None else ""
    where = "the built-in sandbox" if profile.is_sandbox else "the key"
    return Check("read", "ok", f"{where} works{many}")


def _said(error: SegOpsError) -> str:
    status = f"HTTP {error.status}: " if isinstance(error, SegOpsApiError) else ""
    return f"{status}{error}"


def _remedy(error: SegOpsError) -> str:
    if isinstance(error, SegOpsApiError) and error.status in {401, 403}:
        return "Give another key: segops-tui profiles add NAME --replace"
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return "Is it signed by an authority of your own? Name its file in SSL_CERT_FILE."
    hint: str | None = getattr(error, "hint", None)
    return hint or "Is the address right, the network up, the proxy the one to use?"
