"""A form whose answer is only looked at: a question follows, and nothing is saved by it.

Knows its own words; everything else is `form`'s.
"""

from __future__ import annotations

from segops_tui.tui.dialogs.form import FormScreen


class AskForm(FormScreen):
    """Answers what was typed, read by whoever asks."""

    doing = "looking"
    not_done = "Not so"
    key_title = "go on"
