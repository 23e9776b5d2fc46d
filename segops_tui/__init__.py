"""segops-tui: clients, a console and a local sandbox for SegOps workspaces.

Public names are imported on first use (PEP 562): `import segops_tui` is fast, and the blocking
client never loads asyncio.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from segops_tui._version import __version__

if TYPE_CHECKING:
    from segops_tui.api.errors import (
        AuthenticationFailed,
        Conflict,
        ConnectionFailed,
        Gone,
        Invalid,
        MissingKey,
        NotFound,
        PermissionDenied,
        RateLimited,
        Refused,
        SegOpsApiError,
        SegOpsConfigError,
        SegOpsError,
        ServerFailed,
        TimedOut,
        UnexpectedAnswer,
        WaitTimedOut,
        WorkFailed,
        WrongKeyKind,
    )
    from segops_tui.api.webhook import verify_webhook
    from segops_tui.client.aio import AsyncSegOpsAdmin
    from segops_tui.client.blocking import SegOpsAdmin
    from segops_tui.sandbox.core.app import Sandbox
    from segops_tui.sandbox.core.in_process import AsyncInProcess, InProcess

_MODULES = {
    "SegOpsAdmin": "segops_tui.client.blocking",
    "AsyncSegOpsAdmin": "segops_tui.client.aio",
    "Sandbox": "segops_tui.sandbox.core.app",
    "InProcess": "segops_tui.sandbox.core.in_process",
    "AsyncInProcess": "segops_tui.sandbox.core.in_process",
    "verify_webhook": "segops_tui.api.webhook",
}

__all__ = [
    "AsyncInProcess",
    "AsyncSegOpsAdmin",
    "AuthenticationFailed",
    "Conflict",
    "ConnectionFailed",
    "Gone",
    "InProcess",
    "Invalid",
    "MissingKey",
    "NotFound",
    "PermissionDenied",
    "RateLimited",
    "Refused",
    "Sandbox",
    "SegOpsAdmin",
    "SegOpsApiError",
    "SegOpsConfigError",
    "SegOpsError",
    "ServerFailed",
    "TimedOut",
    "UnexpectedAnswer",
    "WaitTimedOut",
    "WorkFailed",
    "WrongKeyKind",
    "__version__",
    "verify_webhook",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_MODULES.get(name, "segops_tui.api.errors")), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
