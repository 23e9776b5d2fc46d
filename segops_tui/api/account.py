"""Where a client sends: its server, and which key it uses there, told without the key."""

from __future__ import annotations

from segops_tui.named_tuple import NamedTuple


class Account(NamedTuple):
    """A server and a fingerprint of a key, so that work is never continued in another workspace.

    The API does not name the workspace of a key, so another key counts as another workspace.
    """

    server: str = ""
    """The base URL in one spelling, without user, query and fragment; `sandbox:` for the one in
    this process; empty where it is unknown."""
    fingerprint: str = ""
    """A salted hash of the key; empty for a server without keys."""


SANDBOX: Account = Account("sandbox:")
"""The sandbox in this process."""
