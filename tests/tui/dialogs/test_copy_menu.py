"""The copy menu."""

from __future__ import annotations

from textual.widgets import OptionList

from segops_tui.tui.dialogs.copy_menu import LINE, Copyable, CopyMenu


def test_the_copy_menu_keeps_its_alignment_whatever_the_titles() -> None:
    choices = [Copyable("i", "id", "12"), Copyable("t", "a title that is long", "x" * 99)]
    menu = CopyMenu(choices, about="two")
    lines = [menu._drawn(choice).plain for choice in choices]

    assert lines[0].index("12") == lines[1].index("xx")
    assert max(map(len, lines)) == LINE


async def test_each_text_has_one_line_in_the_menu(stage, ask) -> None:
    """A JSON object is cut, and does not go on below its letter."""
    product = {"sku": "A", "name": "Apple", "brand": "Fern", "tags": ["red", "round"]}
    ask.ok("POST", "/api/pim/products/", product)
    async with stage.run(place="products", size=(80, 24)) as pilot:
        await pilot.press("y")
        await pilot.pause()
        menu = pilot.app.screen
        assert isinstance(menu, CopyMenu)
        lines = menu.query_one(OptionList).virtual_size.height

        assert lines == len(menu._choices) > 5
