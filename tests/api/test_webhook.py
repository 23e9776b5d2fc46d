"""Webhook signatures."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segops_tui.api.webhook import sign_webhook, verify_webhook

BODY = b'{"event": "segment.recomputed", "segment_id": 42}'
SECRET = "whsec_test_only"
ANYTHING = st.none() | st.binary(max_size=80) | st.text(max_size=80)


def test_a_signature_is_the_one_of_the_rfc() -> None:
    # RFC 4231, test case 2.
    assert sign_webhook(b"what do ya want for nothing?", "Jefe") == (
        "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    )


@given(body=st.binary() | st.text(), secret=st.binary(min_size=1) | st.text(min_size=1))
def test_what_was_signed_verifies_with_and_without_the_prefix(
    body: bytes | str, secret: bytes | str
) -> None:
    try:
        signature = sign_webhook(body, secret)
    except UnicodeEncodeError:
        return

    assert verify_webhook(body, signature, secret)
    assert verify_webhook(body, signature.encode(), secret)
    assert verify_webhook(body, signature.removeprefix("sha256="), secret)


@given(body=st.binary(), secret=st.text("abc", min_size=1), place=st.integers(0, 70))
def test_a_signature_with_one_character_changed_does_not(
    body: bytes, secret: str, place: int
) -> None:
    signature = sign_webhook(body, secret)
    changed = list(signature)
    changed[place] = "0" if changed[place] != "0" else "1"

    assert not verify_webhook(body, "".join(changed), secret)


@pytest.mark.parametrize("signature", [None, "", "sha256=", "sha256=é", "é" * 64, b"\xff\xfe", "x"])
def test_what_is_absent_or_malformed_is_false(signature: bytes | str | None) -> None:
    assert not verify_webhook(BODY, signature, SECRET)


def test_upper_case_hex_is_not_the_senders() -> None:
    assert not verify_webhook(BODY, sign_webhook(BODY, SECRET).upper(), SECRET)


def test_no_secret_verifies_nothing() -> None:
    assert not verify_webhook(BODY, sign_webhook(BODY, ""), "")
    assert not verify_webhook(BODY, sign_webhook(BODY, ""), None)


@given(body=ANYTHING, signature=ANYTHING, secret=ANYTHING)
def test_it_never_raises(
    body: bytes | str | None, signature: bytes | str | None, secret: bytes | str | None
) -> None:
    assert verify_webhook(body, signature, secret) in {True, False}
