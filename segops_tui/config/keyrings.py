"""Read and write the system's keyring, with a time limit so that a locked one never hangs.

Every call raises `SegOpsConfigError` if there is no keyring or it does not answer.
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
    """A description of a profile's entry."""
    return f"system keyring ({SERVICE}, {profile})"


def get(profile: str, *, limit: float = LIMIT) -> str | None:
    """The key of a profile; None if it has no entry."""
    found: str | None = _with_limit(lambda k: k.get_password(SERVICE, profile), profile, limit)
    return found


def put(profile: str, text: str, *, limit: float = LIMIT) -> None:
    """Store the key of a profile, replacing an earlier one."""
    _with_limit(lambda keyring: keyring.set_password(SERVICE, profile, text), profile, limit)


def delete(profile: str, *, limit: float = LIMIT) -> bool:
    """Delete the key of a profile; returns whether there was one."""
    if get(profile, limit=limit) is None:
        return False
    _with_limit(lambda keyring: keyring.delete_password(SERVICE, profile), profile, limit)
    return True


def backend(*, limit: float = LIMIT) -> str:
    """The name of the keyring in use."""
    found: Any = _with_limit(lambda keyring: keyring.get_keyring(), "any", limit)
    if type(found).__module__.startswith("keyring.backends.fail"):
        raise SegOpsConfigError("This system has no usable keyring.")
    return f"{type(found).__module__}.{type(found).__qualname__}"


def _with_limit(ask: Callable[[Any], T], profile: str, limit: float) -> T:
    import threading  # noqa: PLC0415 (only a keyring needs it)

    results: list[T] = []
    errors: list[Exception] = []

    def work() -> None:
        try:
            import keyring  # noqa: PLC0415 (an optional extra)

            results.append(ask(keyring))
        except Exception as error:  # noqa: BLE001 (backends raise anything)
            errors.append(error)

    thread = threading.Thread(target=work, daemon=True, name="keyring")
    thread.start()
    thread.join(limit)
    if errors and isinstance(errors[0], ImportError):
        raise SegOpsConfigError(
            "The keyring package is not installed.", hint="pip install 'segops-tui[keyring]'"
        )
    if errors or not results:
        # The backend's own message may contain anything, so it is not shown.
        why = "does not answer" if not errors else f"reported an error ({type(errors[0]).__name__})"
        raise SegOpsConfigError(
            f"The {entry(profile)} {why}.",
            hint="Unlock it, or use key_env or key_command instead.",
        )
    return results[0]
