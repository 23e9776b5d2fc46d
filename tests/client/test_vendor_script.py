"""A script written for the vendor's SDK runs with only the import changed, and hears the same."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from segops_tui import SegOpsAdmin, SegOpsApiError
from segops_tui.sandbox.core.app import Sandbox
from tests.client import vendor_script

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = "sk_test_0123456789abcdef"


@pytest.fixture
def run(tmp_path: Path, http_door: Any, clock: Any) -> Callable[..., dict[str, Any]]:
    """Run the script against a workspace of its own, with a clock that stands still."""

    def against(client: Any, error: type[Exception]) -> dict[str, Any]:
        file = tmp_path / f"{client.__module__}.db"
        with (
            Sandbox(file, clock=clock, keys=frozenset({KEY}), pace=0) as sandbox,
            http_door(sandbox) as address,
        ):
            opened = client(api_key=KEY, base_url=address)
            try:
                return vendor_script.run(opened, error, sandbox.settle)
            finally:
                getattr(opened, "close", bool)()

    return against


def test_a_script_that_uses_every_form_runs(run: Callable[..., dict[str, Any]]) -> None:
    said = run(SegOpsAdmin, SegOpsApiError)

    assert len(said) > 90
    assert said["users.search(params)"]["count"] == 1
    assert said["a missing object"] == [404, {"detail": "Not found."}]
    assert said["a body without what is required"] == [400, {"name": ["This field is required."]}]
    assert said["segments.members(id)"] == ["u_0", "u_1"]


def test_it_hears_what_the_vendors_own_client_hears(run: Callable[..., dict[str, Any]]) -> None:
    vendor = pytest.importorskip("segops_admin", reason="the vendor's package is not installed")

    ours = run(SegOpsAdmin, SegOpsApiError)
    theirs = run(vendor.SegOpsAdmin, vendor.SegOpsApiError)

    assert {call: (ours[call], said) for call, said in theirs.items() if ours[call] != said} == {}


def test_webhooks_are_verified_by_the_module_of_the_vendors_name() -> None:
    from segops_tui.api.webhook import sign_webhook
    from segops_tui.webhook import verify_webhook

    body, secret = b'{"event": "segment.recomputed"}', "a secret"
    assert verify_webhook(body, sign_webhook(body, secret), secret)
    assert not verify_webhook(body, None, secret)
