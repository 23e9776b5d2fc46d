"""Names full of markup, escapes, emoji and direction marks: shown as text, anywhere."""

from __future__ import annotations

import pytest

from segops_tui.api.errors import ConnectionFailed

BOUGHT = {"type": "event_count", "event_type": "[/x]", "operator": "gte", "value": 1}
HOSTILE = (
    "price [new]",
    "[/foo]",
    "[bold red]x[/]",
    "[@click=app.quit]quit[/]",
    "\x1b[31mred\x1b[0m",
    "a\nb\tc\r",
    "\u202eright to left",
    "👩‍👩‍👧 family",
    "e" + "\u0301" * 60,
    "x" * 10_000,
    "\\[escaped]",
    "$variable {brace} %s",
)
JOINED = (
    " ".join(HOSTILE[:4] + HOSTILE[10:]),
    " ".join(HOSTILE[4:9]),
    HOSTILE[9],
)
"""The same in a few names."""


@pytest.fixture
def filled(ask) -> None:
    for number, name in enumerate(JOINED):
        rule = {"logic": "AND", "conditions": [{**BOUGHT, "event_type": f"{name[:60]}!"}]}
        body = {"name": name, "description": name, "definition": rule}
        answer = ask("POST", "/api/segments/", body)
        if answer.status >= 400:
            ask.ok("POST", "/api/segments/", {"name": name[:200], "description": name})
        data = {"brand [/b]": name, "list": [name, name]}
        ask.ok(
            "POST",
            "/api/pim/products/",
            {"sku": f"{number}{name[:40]}", "name": name[:500], "data": data},
        )


def plain_enough(screen: str) -> bool:
    """Nothing on the screen moves a cursor, colours it or turns it round."""
    return not any(
        character in screen for character in "\x1b\r\t\x07\u202e\u202d\u2066\u200f\x00\x9b"
    )


async def test_lists_details_and_the_columns_of_a_file_show_them(
    stage, filled, tmp_path, seen, reached, to_columns
):
    """Every row can be walked to; every tab of it opens.

    Attribute names are a server's as well. The headers and samples of a file come from anywhere.
    """
    file = tmp_path / "odd [name].csv"
    file.write_text("SKU,[/foo],\u202eName,[bold]\n" + "1,[red]x[/red],\x1b[31my,🙂\n")
    async with stage.run(size=(140, 40)) as pilot:
        for _ in JOINED:
            await pilot.press("down")
            assert plain_enough(seen(pilot))
        await pilot.press("home")
        for _ in range(4):
            await pilot.press("right_square_bracket")
            await pilot.pause(0.2)
            assert plain_enough(seen(pilot))
        assert "price [new]" in seen(pilot)
        assert "[/foo]" in seen(pilot)
        assert "[@click=app.quit]quit[/]" in seen(pilot)

        pilot.app.screen.go("products")
        await reached(pilot, lambda: "brand [/b]" in seen(pilot))
        for _ in JOINED:
            await pilot.press("down")
            assert plain_enough(seen(pilot))

        await to_columns(pilot, file)
        assert "[/foo]" in seen(pilot)
        assert plain_enough(seen(pilot))

        await pilot.press("down", "enter")
        await pilot.pause()
        assert plain_enough(seen(pilot))


async def test_dialogs_toasts_and_the_tray_show_them(stage, ask, seen, reached, gated):
    """Confirming, exporting, jobs under way, their toasts, the log, the jobs pane, the palette."""
    rule = {"logic": "AND", "conditions": [{**BOUGHT, "event_type": "order_placed"}]}
    for name in JOINED:
        ask.ok("POST", "/api/segments/", {"name": name[:200], "definition": rule})
    async with stage.run(size=(100, 30), notices=True) as pilot:
        with gated(stage, lambda call: call.startswith("POST")):
            await pilot.press("R", "y")
            await pilot.pause(0.2)
            assert plain_enough(seen(pilot))
        await reached(pilot, lambda: len(pilot.app.workspace.jobs.outcomes) == len(JOINED))
        for _ in JOINED:
            for keys in (("d",), ("escape", "x"), ("escape", "down")):
                await pilot.press(*keys)
                assert plain_enough(seen(pilot))
        for keys in (("0",), ("L",), ("escape", "ctrl+p", "e"), ("escape",)):
            await pilot.press(*keys)
            await pilot.pause(0.1)
            assert plain_enough(seen(pilot))


async def test_an_error_s_words_are_no_markup(stage, ask, seen, reached):
    """What a server says of itself is as hostile as anything."""
    stage.open_client()
    stage.door.error = ConnectionFailed("[/oops] \x1b[2J", method="GET", url="[red]/x")
    console = stage.console()
    async with console.run_test(size=(100, 30)) as pilot:
        await reached(pilot, lambda: "[/oops]" in seen(pilot))

        assert "[red]/x" in seen(pilot)
        assert plain_enough(seen(pilot))
