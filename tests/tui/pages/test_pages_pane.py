"""The Pages pane: what pages say, building, publishing, exporting, generating, finding products."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from segops_tui.api.errors import ConnectionFailed
from segops_tui.api.exchange import Reply
from segops_tui.tui.core.opened import Opened
from segops_tui.tui.pages.pane import slug_of
from segops_tui.tui.pages.preview import PagePreview, ShownProduct, preview_lines

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from segops_tui.tui.pages.pane import PagesPane


def pane_of(pilot: Pilot[Any]) -> PagesPane:
    """The pane, whatever dialog may still stand before it."""
    screens = reversed(pilot.app.screen_stack)
    return next(screen.pane for screen in screens if hasattr(screen, "pane"))


async def go_to(pilot: Pilot[Any], reached: Any, slug: str) -> None:
    """Put the cursor on the page of that slug."""
    at = next(n for n, page in enumerate(pane_of(pilot).shown()) if page.slug.startswith(slug))
    pane_of(pilot).table.cursor_row = at
    await reached(pilot, lambda: pane_of(pilot).row.slug.startswith(slug))


def log_of(pilot: Pilot[Any]) -> list[str]:
    return [entry.command for entry in pilot.app.workspace.log.entries]  # type: ignore[attr-defined]


async def test_a_page_reads_with_names_and_prices_and_products_are_found_by_meaning(
    shop, seen, reached
):
    """The API tells SKUs; the search that made the page tells the rest.

    Where it is down the copy is still read, and it is said that names are missing. The blocks are
    exported when they are looked at, and enrich the preview: comparison and questions stand in no
    other answer. Until then nothing but reading is done.

    Products that are found by meaning are ranked and narrowed, with what is known of the one under
    the cursor.
    """
    shop.open_client()
    send, is_down = shop.door.send, True

    async def answer(attempt: Any) -> Any:
        if is_down and attempt.target.endswith("/query"):
            return Reply(503, {}, b'{"detail": "Embedding service down."}', 0.0)
        return await send(attempt)

    shop.door.send = answer
    async with shop.run(place="pages", size=(140, 60)) as pilot:
        await reached(pilot, lambda: pane_of(pilot).detail._view.preview)
        await reached(pilot, lambda: "NW-BOO-00007" in seen(pilot))
        assert "You asked:" in seen(pilot)
        assert "names are missing" in seen(pilot).replace("│\n", " ")

        is_down = False
        await pilot.press("down", "up")
        await reached(pilot, lambda: "Otter Hiking Boot, Rust" in seen(pilot))
        assert "You asked:" in seen(pilot)
        assert "223.00 USD" in seen(pilot)
        assert all(call.startswith("GET") for call in shop.door.asked)

        await pilot.press("right_square_bracket")
        await reached(pilot, lambda: pane_of(pilot).detail._blocks)
        await reached(pilot, lambda: '"type": "hero"' in seen(pilot))
        await pilot.press("left_square_bracket")
        await reached(pilot, lambda: "Side by side" in seen(pilot))
        assert "? Which one costs the least?" in seen(pilot)

        await pilot.press("m")
        await reached(pilot, lambda: "as a shopper would" in seen(pilot))
        pilot.app.screen.focused.value = "warm jacket"
        await pilot.press("enter")
        await reached(pilot, lambda: "the best 100 of" in seen(pilot))
        assert log_of(pilot)[-1] == "segops-tui pages query 'warm jacket'"

        await pilot.press("f")
        await reached(pilot, lambda: "Found products that have" in seen(pilot))
        pilot.app.screen.focused.value = "fleece"
        await pilot.pause()
        await pilot.press("enter")
        await reached(pilot, lambda: "category=Fleece" in seen(pilot))
        assert "NW-JKT" not in seen(pilot).split("Semantic search")[1]
        await pilot.press("escape")
        await reached(pilot, lambda: "category=Fleece" not in seen(pilot))

        shop.door.error = ConnectionFailed("No route.", method="GET", url="https://x.test/")
        await pilot.press("slash", "enter")
        await reached(pilot, lambda: "Press enter to try again." in seen(pilot))
        assert "NW-" not in seen(pilot).split("Semantic search")[1], "rows of another question"
        shop.door.error = None
        await pilot.press("enter")
        await reached(pilot, lambda: "the best 100 of" in seen(pilot))


async def test_pages_are_built_written_anew_published_and_taken_back(
    shop, seen, reached, gated, told
):
    """A draft cannot be published, and the key says why.

    While it is built its row tells for how long. Publishing asks with the address. Marked pages are
    written anew by one job each.
    """
    async with shop.run(place="pages", size=(140, 40)) as pilot:
        await go_to(pilot, reached, "carbon")
        await pilot.press("u")
        assert "It has not been built. Press b to build it." in told(pilot)
        with gated(shop, lambda call: call.startswith("POST")):
            await pilot.press("b")
            await reached(pilot, lambda: "◐ building 0 s" in seen(pilot))
            await reached(pilot, lambda: "▶ build Carbon trekking poles" in seen(pilot))
        await reached(pilot, lambda: pane_of(pilot).row.builder_status == "built")
        assert log_of(pilot)[-1] == "segops-tui pages build 7"

        await go_to(pilot, reached, "daypack")
        await pilot.press("u")
        await pilot.pause()
        assert "Publish 1 page?" in seen(pilot)
        assert "/ai-pages/public/pages/WORKSPACE/daypack-18l" in seen(pilot)
        await pilot.press("enter")
        await pilot.pause()
        assert not any("publish" in call for call in shop.door.asked)

        await pilot.press("u", "y")
        await reached(pilot, lambda: pane_of(pilot).row.published)
        assert log_of(pilot)[-1] == "segops-tui pages publish 8 --yes"

        await pilot.press("u")
        await reached(pilot, lambda: "Unpublish 1 page?" in seen(pilot))
        await pilot.press("y")
        await reached(pilot, lambda: not pane_of(pilot).row.published)
        assert log_of(pilot)[-1] == "segops-tui pages update 8 --set published=false"

        before = len(pilot.app.workspace.jobs.outcomes)
        await pilot.press("home", "space", "space", "r")
        await reached(pilot, lambda: len(pilot.app.workspace.jobs.outcomes) == before + 2)
        assert log_of(pilot)[-1] == "segops-tui pages regenerate 1 2"
        assert not pane_of(pilot).table.marked


async def test_pages_are_made_of_questions_their_titles_changed_and_their_files_exported(
    shop, tmp_path: Path, seen, reached
):
    """The API does not tell the short name of a workspace: it is asked for once, and the address of
    a page copied.

    Of a changed title nothing else is sent, as the question a page answers is chosen once. The
    format of an export, which is a job, is that of the file's name.

    A page is made of a tracked question, or pages generated of typed ones after a count. No
    question at all means every active one, and typed ones stand one on each line. The slug of a
    page follows its question; one that is taken is refused at its line.
    """
    file = tmp_path / "boots.tsx"
    async with shop.run(place="pages", size=(120, 36)) as pilot:
        await pilot.press("o")
        await reached(pilot, lambda: "Public address" in seen(pilot))
        pilot.app.screen.query_one("#field-workspace").value = "north/wind"
        await pilot.press("ctrl+s")
        path = "/api/ai-pages/public/pages/north%2Fwind/what-are-the-best-waterproof-hiking-boots/"
        await reached(pilot, lambda: pilot.app.clipboard == path)
        pilot.app.copy_to_clipboard("")
        await pilot.press("o")
        await reached(pilot, lambda: pilot.app.clipboard == path)

        await pilot.press("e")
        await reached(pilot, lambda: "Edit Best" in seen(pilot))
        pilot.app.screen.query_one("#field-title").value = "Boots [/b]"
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: pane_of(pilot).row.title == "Boots [/b]")
        assert log_of(pilot)[-1] == "segops-tui pages update 1 --set 'title=Boots [/b]'"

        await pilot.press("x")
        await pilot.pause()
        pilot.app.screen.query_one("Input").value = str(file)
        await pilot.press("enter")
        await reached(pilot, lambda: pilot.app.workspace.jobs.outcomes)
        assert "export default function" in file.read_text()
        assert log_of(pilot)[-1] == f"segops-tui pages export 1 --to {file}"

        posts = sum(call.startswith("POST") for call in shop.door.asked)
        await pilot.press("N")
        await reached(pilot, lambda: "One on each line." in seen(pilot))
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: "One for each of" in seen(pilot))
        await pilot.press("escape")
        await reached(pilot, lambda: not pilot.app.screen.is_modal)
        assert sum(call.startswith("POST") for call in shop.door.asked) == posts

        await pilot.press("n")
        await reached(pilot, lambda: "New page" in seen(pilot))
        await pilot.press("right", "right")
        slug = pilot.app.screen.query_one("#field-slug")
        assert slug.value == "best-lightweight-2-person-tent-for-backpacking"
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: "page with this slug already exists." in seen(pilot))
        slug.value = "tents two"
        await pilot.pause()
        assert "Only letters, digits, - and _" in seen(pilot)
        slug.value = "tents-two"
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: pane_of(pilot).row.slug == "tents-two")
        assert pane_of(pilot).row.raw["query"] == 2
        assert log_of(pilot)[-1] == "segops-tui pages create --set query=2 --set slug=tents-two"

        await pilot.press("N")
        await reached(pilot, lambda: "One on each line." in seen(pilot))
        pilot.app.screen.query_one("#field-questions").text = "Warm [socks]?\n\nDry boots?\n"
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: "Generate 2 pages?" in seen(pilot))
        await pilot.press("y")
        await reached(pilot, lambda: len(pilot.app.workspace.jobs.outcomes) == 2)
        await reached(pilot, lambda: len(pane_of(pilot).rows) == 11)
        line = "segops-tui pages generate 'Warm [socks]?' 'Dry boots?'"
        assert log_of(pilot)[-1] == line


HOSTILE = "[@click=app.quit]q[/] \x1b[31mred \u202eabc " + "x" * 300


async def test_a_page_of_hostile_words_is_read_asked_about_and_changed(stage, ask, seen, reached):
    """Titles and questions are anybody's."""
    ask.ok("POST", "/api/ai-reach/queries/", {"query_text": HOSTILE})
    ask.ok("POST", "/api/ai-pages/pages/", {"slug": "odd", "title": HOSTILE})
    async with stage.run(place="pages", size=(140, 40)) as pilot:
        await reached(pilot, lambda: pane_of(pilot).row is not None)
        assert "[@click=app.quit]q[/]" in seen(pilot)
        for key in "enNd":
            await pilot.press(key)
            await reached(pilot, lambda: pilot.app.screen.is_modal)
            await pilot.press("right", "right")
            text = seen(pilot)
            assert "\x1b" not in text
            assert "\u202e" not in text
            await pilot.press("escape", "escape")
            await reached(pilot, lambda: not pilot.app.screen.is_modal)


@pytest.mark.thorough
async def test_a_locked_profile_reads_pages_and_changes_none(shop, seen, reached, told):
    """Blocks need an export, which is a change; the preview does not."""

    def locked() -> Opened:
        return Opened(shop.open_client(), read_only="Nothing is changed here.")

    async with shop.run(place="pages", size=(140, 40), open_client=locked) as pilot:
        for key in "bruxNned":
            await pilot.press(key)
            await pilot.pause()
            assert not pilot.app.screen.is_modal
        assert told(pilot).count("Nothing is changed here.") >= 8


@pytest.mark.parametrize("width", [3, 20, 40, 200])
def test_a_preview_takes_whatever_a_page_may_hold(width, clock):
    """Unknown blocks, wrong types, markup, a word of ten thousand letters."""
    odd: Any = [
        {"type": "hero", "title": 3},
        {"type": "products", "items": [{"sku": None}, "x", {"name": "[/b]\x1b[31m", "price": {}}]},
        {"type": "comparison", "columns": None, "items": [["a", 1], 7, []]},
        {"type": "comparison", "columns": ["A", {"b": 1}], "items": None},
        {"type": "questions", "items": [{"question": None}, None]},
        {"type": ["new"], "text": "later"},
        {},
    ]
    page = PagePreview("x" * 10_000, "\u202eabc", [ShownProduct("s")], odd, ["note"])

    lines = [line.plain for line in preview_lines(page, width, now=clock())]

    assert any("[/b]" in line for line in lines) or width < 20
    assert not any("\x1b" in line or "\u202e" in line or "\n" in line for line in lines)
    assert all(len(line) <= 88 for line in lines)
    json.dumps(lines)


def test_a_slug_is_made_of_any_words():
    assert slug_of("  Größe: 2-Person tents?! ") == "groe-2-person-tents"
    assert slug_of("雨") == ""
