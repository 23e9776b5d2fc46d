"""Keys and what they do, in one line: what stands at the foot of a dialog.

Knows words; whether a key works is its screen's.
"""

from __future__ import annotations

from textual.content import Content


def key_words(*keys: tuple[str, str]) -> Content:
    """Each key in bold with its word behind it."""
    return Content("  ").join(
        Content.assemble((key, "bold $primary"), f" {word}") for key, word in keys
    )
