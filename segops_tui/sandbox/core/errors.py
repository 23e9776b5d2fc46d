"""Refusals of the sandbox, in the wording of the API's framework (contract §1.3).

Knows statuses and bodies; knows no request and no noun.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.errors import SegOpsConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

REQUIRED: Final = "This field is required."


class ApiRefusal(Exception):
    """The call is answered with this status and body; whatever it had written is undone."""

    def __init__(
        self, status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(f"{status} {dict(body)}")
        self.status, self.body, self.headers = status, body, headers or {}


class PortInUse(SegOpsConfigError):
    """Another program listens where the sandbox was asked to serve."""


class SandboxUnreadable(SegOpsConfigError):
    """The sandbox's file cannot be opened: no database, a newer one, or no right to it."""


def invalid(field: str, *complaints: str) -> ApiRefusal:
    """400, one field and what is wrong with it."""
    return ApiRefusal(400, {field: list(complaints)})


def refused(detail: str, *, status: int = 400) -> ApiRefusal:
    """A refusal about the call as a whole."""
    return ApiRefusal(status, {"detail": detail})


def not_found() -> ApiRefusal:
    """404: no such object."""
    return refused("Not found.", status=404)


def wrong_method(method: str, allowed: str) -> ApiRefusal:
    """405, naming what the address does take."""
    return ApiRefusal(405, {"detail": f'Method "{method}" not allowed.'}, {"allow": allowed})
