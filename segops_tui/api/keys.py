"""SegOps API keys: recognise their kind, refuse the wrong ones, mask them in text."""

from __future__ import annotations

import re
from typing import Final

from segops_tui.api.errors import WrongKeyKind

_KEY: Final = r"\b([spm]k)_(live_|test_)?(?!(?:live|test)_…)([A-Za-z0-9_\-]{4,})"
"""Matches keys but no masks, so that redacting a text twice changes nothing."""

_OTHER_KINDS: Final = {
    "pk_": "a public key (pk_…); it only opens browser sessions and cannot read a workspace",
    "mk_": "an assistant key (mk_…); it only serves MCP clients",
}


class Secret:
    """A key that prints as its mask.

    Holds the text in one attribute that neither `repr`, `str`, `format`, pickling nor
    dataclass conversion reaches. Only the HTTP transport calls `reveal`.
    """

    __slots__ = ("__text",)

    def __init__(self, text: str) -> None:
        self.__text = text

    def reveal(self) -> str:
        """The key itself, for the HTTP transport only."""
        return self.__text

    def checked(self) -> Secret:
        """Return this key if it is a secret key.

        Raises:
            WrongKeyKind: it is another kind of key, or none.
        """
        return require_secret_key(self.__text)

    def fingerprint(self, salt: str) -> str:
        """A hash that says whether two keys are the same, and nothing else about them."""
        import hashlib  # noqa: PLC0415 (4 ms, needed only where a job is started or resumed)

        text = self.__text.strip().encode()
        return hashlib.blake2b(text, key=salt.encode()[:64], digest_size=16).hexdigest()

    @property
    def mask(self) -> str:
        """`sk_live_…4f2a`: enough to distinguish two keys, too little to use one."""
        return mask_key(self.__text)

    def __repr__(self) -> str:
        return f"<Secret {self.mask}>"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other.__text == self.__text

    def __hash__(self) -> int:
        return hash(("Secret", self.__text))

    def __reduce__(self) -> str:
        raise TypeError("a Secret cannot be pickled")


def mask_key(text: str) -> str:
    """Shorten a key to its kind and last four characters; anything else becomes `…`."""
    match = re.fullmatch(_KEY, text.strip())
    if match is None:
        return "…"
    kind, environment, body = match.groups()
    tail = body[-4:] if len(body) >= 12 else ""
    return f"{kind}_{environment or ''}…{tail}"


def redact(text: str) -> str:
    """Replace everything in `text` that looks like a key by its mask."""
    if "k_" not in text:
        return text
    return re.sub(_KEY, lambda match: mask_key(match.group()), text)


def require_secret_key(text: str) -> Secret:
    """Return a secret key.

    Raises:
        WrongKeyKind: it is empty, public, for assistants, or not a key. The message never
            contains the key.
    """
    key = text.strip()
    if not key:
        raise WrongKeyKind("The API key is empty.", hint="Use a secret key, sk_….")
    for prefix, what in _OTHER_KINDS.items():
        if key.startswith(prefix):
            raise WrongKeyKind(
                f"This is {what}.", hint="Use a secret key, sk_…, from the workspace's settings."
            )
    if not key.startswith("sk_") or len(key) < 4:
        raise WrongKeyKind("This is not a SegOps key.", hint="A secret key starts with sk_.")
    if any(not ("!" <= character <= "~") for character in key):
        raise WrongKeyKind(
            "The API key contains spaces or characters that an HTTP header cannot carry.",
            hint="Copy the key again, without line breaks or quotes.",
        )
    return Secret(key)
