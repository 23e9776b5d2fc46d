"""The Webhooks pane: addresses, their secrets that are never shown, pausing, trying."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from segops_tui.api.resources.webhooks import Webhook
from segops_tui.tui.dialogs.form import Form
from segops_tui.tui.dialogs.form_fields import read
from segops_tui.tui.webhooks.pane import address_fault, secret_field, trial_content

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from segops_tui.tui.webhooks.pane import WebhooksPane

URL = "https://hooks.example.com/a"


def pane_of(pilot: Pilot[Any]) -> WebhooksPane:
    return pilot.app.screen.pane  # type: ignore[attr-defined,no-any-return]


@pytest.fixture
def bodies(stage: Any) -> list[bytes]:
    """What was sent with each change."""
    sent: list[bytes] = []
    stage.open_client()
    send = stage.door.send

    async def noted(attempt: Any) -> Any:
        if attempt.method in {"POST", "PATCH"}:
            sent.append(bytes(attempt.content or b""))
        return await send(attempt)

    stage.door.send = noted
    return sent


async def opened(pilot: Pilot[Any], reached: Any, key: str) -> Any:
    await reached(pilot, lambda: pilot.app.screen.pane.has_answer)
    await pilot.press(key)
    await reached(pilot, lambda: isinstance(pilot.app.screen, Form))
    return pilot.app.screen


async def test_webhooks_are_made_changed_paused_tried_and_deleted_and_a_secret_is_in_no_log(
    stage, ask, bodies, seen, told, reached
):
    """A change leaves the secret as it is: neither the mask nor an empty text is sent back.

    A key pauses and resumes it; what could not be paused is said and stays. The tab Test has a
    payload, and `Y` copies the command.

    Of several those that are marked and active are paused; the webhook under the cursor is deleted
    after a yes. An address is whole before its description is shown. Any record is drawn.
    """
    records: list[dict[str, Any]] = [
        {},
        {"id": "x", "url": None, "secret": None, "last_delivery": "[/b] \x1b[31m"},
        {"url": "é" * 10_000, "last_delivery": {"status": 5, "error": ["a"], "created_at": 7}},
        {"last_delivery": [], "is_active": "maybe", "description": {"a": 1}},
    ]
    async with stage.run(place="webhooks", size=(140, 36)) as pilot:
        form = await opened(pilot, reached, "n")
        form.write("url", URL)
        form.write("secret", "whs-1234")
        await pilot.pause()
        assert "whs-1234" not in seen(pilot)
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: "✓ yes, each delivery" in seen(pilot))

        assert b"whs-1234" in bodies[-1]
        log = pilot.app.workspace.log.entries[-1].command
        assert "whs-1234" not in log
        assert "whs-1234" not in seen(pilot)

        form = await opened(pilot, reached, "e")
        assert form.typed("secret") == ""
        assert "Leave empty to keep the present one." in seen(pilot)
        form.write("description", "Warehouse")
        await pilot.pause()
        await pilot.press("ctrl+s")
        await reached(pilot, lambda: "Warehouse" in seen(pilot))

        assert b"secret" not in bodies[-1]
        assert "✓ yes, each delivery" in seen(pilot)

        await reached(pilot, lambda: "told of every recompute" in seen(pilot))
        await pilot.press("t")
        await reached(pilot, lambda: "told of nothing: t resumes it" in seen(pilot))
        await pilot.press("t")
        await reached(pilot, lambda: "told of every recompute" in seen(pilot))
        stage.door.status = 401
        await pilot.press("t")
        await reached(pilot, lambda: "Not changed: https" in told(pilot))
        assert "● active" in seen(pilot)
        log = [entry.command for entry in pilot.app.workspace.log.entries]
        assert log[2:] == [
            "segops-tui webhooks update 1 --set is_active=false",
            "segops-tui webhooks update 1 --set is_active=true",
        ]

        await pilot.press("Y")
        assert pilot.app.clipboard == "segops-tui webhooks get 1"
        await pilot.press("right_square_bracket")
        await reached(pilot, lambda: "segment.recomputed" in seen(pilot))
        await pilot.press("Y")
        assert pilot.app.clipboard == "segops-tui webhooks sign --secret-env HOOK_SECRET"

        stage.door.status = None
        url = "https://staging.example.com/hooks/segments-recomputed"
        ask.ok("POST", "/api/webhooks/", {"url": "https://hooks.example.com/b"})
        ask.ok("POST", "/api/webhooks/", {"url": url, "description": "Off since May"})
        ask.ok("PATCH", "/api/webhooks/2/", {"is_active": False})
        await pilot.press("left_square_bracket", "ctrl+r")
        await reached(pilot, lambda: "Webhooks 3 of 3" in seen(pilot))
        pilot.app.clear_notifications()
        stage.door.asked.clear()
        row = next(line for line in seen(pilot).split("\n") if "staging" in line)
        assert url in row
        await pilot.resize_terminal(200, 36)
        row = next(line for line in seen(pilot).split("\n") if "staging" in line)
        assert url in row
        assert "Off since May" in row

        await pilot.resize_terminal(80, 24)
        await pilot.press("space", "space", "t")
        await reached(pilot, lambda: seen(pilot).count("○ paused") >= 2)
        patched = [call for call in stage.door.asked if call.startswith("PATCH")]
        assert patched == ["PATCH /webhooks/1/"]

        await pilot.press("escape", "d")
        await reached(pilot, lambda: "Delete 1 webhook?" in seen(pilot))
        await pilot.press("enter")
        assert not any(call.startswith("DELETE") for call in stage.door.asked)

        await pilot.press("d", "y")
        await reached(pilot, lambda: "Webhooks 2 of 2" in seen(pilot))

        await pilot.press("enter")
        for raw in records:
            pane_of(pilot).detail.show(Webhook(raw))
            await pilot.pause()
            assert "\x1b" not in seen(pilot), raw
            assert trial_content(Webhook(raw), now="2026-06-01T12:00:00Z").plain, raw


@pytest.mark.parametrize(
    ("url", "is_good"),
    [
        (URL, True),
        ("http://localhost:9000/x", True),
        ("http://example.com", False),
        ("ftp://example.com", False),
        ("https://u:p@example.com", False),
        ("hooks", False),
        ("https://", False),
        ("https://exa mple.com", False),
    ],
)
def test_an_address_is_checked_as_it_is_typed(url, is_good):
    assert (address_fault(url) == "") is is_good


def test_the_mask_is_no_secret():
    field = secret_field(Webhook({"id": 1, "secret": "***"}))

    assert read(field, "***").fault
    assert read(field, "").value is None
    assert field.typed == ""
