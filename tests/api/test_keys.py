"""Keys: which are accepted, and that none is ever shown."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segops_tui.api.errors import SegOpsConfigError, WrongKeyKind
from segops_tui.api.keys import Secret, mask_key, redact, require_secret_key

KEY = "sk_test_abcdefghijkl4f2a"


@pytest.mark.parametrize(
    "text", [KEY, "sk_live_0123456789abcdef", "sk_plain12345678", f"  {KEY}\n"]
)
def test_a_secret_key_is_accepted(text: str) -> None:
    assert require_secret_key(text).reveal() == text.strip()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("pk_live_0123456789abcdef", "public key"),
        ("mk_0123456789abcdef", "assistant key"),
        ("hunter2hunter2", "not a SegOps key"),
        ("", "empty"),
        ("sk_", "not a SegOps key"),
        ("sk_test_abc def", "spaces"),
        ("sk_test_abcé", "spaces"),
    ],
)
def test_any_other_key_is_refused_by_name_and_without_being_shown(text: str, words: str) -> None:
    with pytest.raises(WrongKeyKind, match=words) as caught:
        require_secret_key(text)

    assert isinstance(caught.value, SegOpsConfigError)
    if len(text) > 4:
        assert text not in f"{caught.value} {caught.value.hint}"


def test_a_secret_shows_its_mask_wherever_it_is_put() -> None:
    secret = Secret(KEY)

    for shown in (
        repr(secret),
        str(secret),
        f"{secret}",
        f"{secret:>40}",
        f"{[secret]}",
        secret.mask,
    ):
        assert KEY not in shown
        assert "sk_test_…4f2a" in shown


def test_a_secret_is_neither_pickled_nor_copied_out() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Secret(KEY))
    with pytest.raises(TypeError):
        copy.deepcopy(Secret(KEY))


def test_two_secrets_compare_by_what_they_hide() -> None:
    assert Secret(KEY) == Secret(KEY)
    assert Secret(KEY) != Secret(KEY + "x")
    assert len({Secret(KEY), Secret(KEY)}) == 1


def test_a_short_key_shows_none_of_itself() -> None:
    assert mask_key("sk_short123") == "sk_…"
    assert mask_key("not a key") == "…"


@given(st.text(), st.text())
def test_a_key_inside_any_text_is_redacted(before: str, after: str) -> None:
    assert KEY not in redact(f"{before} {KEY} {after}")


@pytest.mark.parametrize("key", [KEY, "sk_live_0123456789abcdef", "pk_0123456789abcdef"])
def test_redacting_twice_is_redacting_once(key: str) -> None:
    once = redact(f"a {key} b {key}… c")

    assert redact(once) == once
    assert key not in once
