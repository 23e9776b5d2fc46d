"""The detail of the row under the cursor."""

from __future__ import annotations


async def test_the_cursor_is_painted_first_and_rows_that_were_passed_are_not_drawn(
    stage, ask, seen, monkeypatch
):
    """One under a dialog is drawn at once."""
    products = [{"sku": f"S-{number}", "name": f"Lamp {number}"} for number in range(5)]
    ask.ok("POST", "/api/pim/products/bulk/", {"products": products})
    async with stage.run(place="products") as pilot:
        pane = pilot.app.screen.pane
        drawn: list[str] = []
        draw = pane.detail.draw
        monkeypatch.setattr(pane.detail, "draw", lambda row: (drawn.append(row.sku), draw(row))[0])
        passed = pane.table.loaded_rows[1:4]

        for row in passed:
            pane.detail.show(row)

        assert (pane.detail.row, drawn) == (passed[-1], [])
        await pilot.pause()
        assert drawn == [passed[-1].sku]
        assert passed[-1].sku in seen(pilot)

        await pilot.press("question_mark")
        await pilot.pause()
        assert pilot.app.screen is not pane.screen

        row = pane.table.loaded_rows[4]
        pane.detail.show(row)

        assert pane.detail.name_of(row) in str(pane.detail.border_title)
