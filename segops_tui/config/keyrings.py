"""The system's keyring: asked in a thread with a limit, so that a locked one hangs nobody.

Knows the `keyring` package, which is an extra and is imported at the question; hands out a key's
text to `secrets` alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

from segops_tui.api.errors import SegOpsConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

LIMIT: Final = 3.0
"""Seconds a keyring may take: a locked one must not hang a cron job."""
SERVICE: Final = "segops-tui"


def entry(profile: str) -> str:
    """An entry in words."""
    return f"system keyring ({SERVICE}, {profile})"


def get(profile: str, *, limit: float = LIMIT) -> str | None:
    """The key kept for a profile; None where there is none.

    Raises:
        SegOpsConfigError: there is no keyring, or it does not answer.
    """
    found: str | None = _in_time(lambda k: k.get_password(SERVICE, profile), profile, limit)
    return found


def put(profile: str, text: str, *, limit: float = LIMIT) -> None:
    """Keep a key for a profile, in place of the one before.

    Raises:
        SegOpsConfigError: there is no keyring, or it does not answer.
    """
    _in_time(lambda keyring: keyring.set_password(SERVICE, profile, text), profile, limit)


def delete(profile: str, *, limit: float = LIMIT) -> bool:
    """Forget a profile's key; answers whether there was one.

    Raises:
        SegOpsConfigError: there is no keyring, or it does not answer.
    """
    if get(profile, limit=limit) is None:
        return False
    _in_time(lambda keyring: keyring.delete_password(SERVICE, profile), profile, limit)
    return True


def backend(*, limit: float = LIMIT) -> str:
    """The name of the keyring in use.

    Raises:
        SegOpsConfigError: there is none, or it does not answer.
    """
    found: Any = _in_time(lambda keyring: keyring.get_keyring(), "any", limit)
    if type(found).__module__.startswith("keyring.backends.fail"):
        raise SegOpsConfigError("This system has no keyring that can be used.")
    return f"{type(found).__module__}.{type(found).__qualname__}"


def _in_time(ask: Callable[[Any], T], profile: str, limit: float) -> T:
    import threading  # noqa: PLC0415 (only a keyring owes it)

    came: list[T] = []
    failed: list[Exception] = []

    def work() -> None:
        try:
            import keyring  # noqa: PLC0415 (an optional extra)

            came.append(ask(keyring))
        except Exception as error:  # noqa: BLE001 (backends raise anything)
            failed.append(error)

    thread = threading.Thread(target=work, daemon=True, name="keyring")
    thread.start()
    thread.join(limit)
    if failed and isinstance(failed[0], ImportError):
        raise SegOpsConfigError(
            "The keyring package is not installed.", hint="pip install 'segops-tui[keyring]'"
        )
    if failed or not came:
        # The backend's own words may hold anything, so they are not passed on.
        why = "does not answer" if not failed else f"says no ({type(failed[0]).__name__})"
        raise SegOpsConfigError(
            f"The {entry(profile)} {why}.",
            hint="Unlock it, or keep the key elsewhere: key_env or key_command.",
        )
    return came[0]
