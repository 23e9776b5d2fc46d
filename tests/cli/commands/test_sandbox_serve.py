"""The options of `sandbox serve` for public keys are checked before anything is served."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Program


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--origin", "https://a.example.com"], "need --public-key"),
        (["--hmac-secret", "00"], "need --public-key"),
        (["--public-key", "sk_test_1"], "starts with pk_"),
        (["--public-key", "pk_a", "--origin", "example.com"], "is not an origin"),
        (["--public-key", "pk_a", "--origin", "https://a.example.com/x"], "is not an origin"),
        (["--public-key", "pk_a", "--hmac-secret", "xyz"], "pairs of hex digits"),
    ],
)
def test_a_wrong_option_for_public_keys_is_named(
    program: Program, options: list[str], words: str
) -> None:
    ended = program("sandbox", "serve", "--port", "0", *options)

    assert ended.code == 2
    assert words in ended.err
