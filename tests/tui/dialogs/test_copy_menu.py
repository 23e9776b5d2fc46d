"""The copy menu."""

from __future__ import annotations

from segops_tui.tui.dialogs.copy_menu import LINE, Copyable, CopyMenu


def test_the_copy_menu_keeps_its_alignment_whatever_the_titles() -> None:
    choices = [Copyable("i", "id", "12"), Copyable("t", "a title that is long", "x" * 99)]
    menu = CopyMenu(choices, about="two")
    lines = [menu._drawn(choice).plain for choice in choices]

    assert lines[0].index("12") == lines[1].index("xx")
    assert max(map(len, lines)) == LINE
