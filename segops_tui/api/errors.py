"""Everything that can go wrong with a call, by what the caller can do about it.

Knows facts, never wording for a screen or an exit code: those are chosen in one place by each
front end.

```
SegOpsError
├── SegOpsConfigError        fix the configuration: no request was sent
│   ├── MissingKey           there is no key to send
│   └── WrongKeyKind         the key is not a secret key (sk_…)
├── Refused                  the guard kept a mutating request from leaving
├── ConnectionFailed         no answer: network, DNS, TLS
│   └── TimedOut             no answer in time
├── UnexpectedAnswer         an answer nobody can read (not JSON, wrong shape, a redirect)
└── SegOpsApiError           the API answered, and the answer was no
    ├── AuthenticationFailed     401: give another key
    ├── PermissionDenied         403: this key or plan may not
    ├── NotFound                 404
    ├── Conflict                 409
    ├── Gone                     410: the link expired, ask for a new one
    ├── Invalid                  400, 422: change what was sent; `.fields`
    ├── RateLimited              429: wait `.retry_after` seconds
    └── ServerFailed             5xx: try later
```
"""

from __future__ import annotations

from typing import Any


class SegOpsError(Exception):
    """Base class of every error this package raises on purpose."""


class SegOpsConfigError(SegOpsError):
    """The configuration is wrong; nothing was sent.

    `hint` says in one sentence what to do next.
    """

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class MissingKey(SegOpsConfigError):
    """There is no key where one was to be: a variable that is not set, a profile without one."""


class WrongKeyKind(SegOpsConfigError):
    """The key is public (`pk_`), for assistants (`mk_`), or no SegOps key at all."""


class Refused(SegOpsError):
    """A guard kept a mutating request from leaving; nothing was sent."""

    def __init__(self, message: str, *, method: str, path: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.method, self.path, self.hint = method, path, hint


class ConnectionFailed(SegOpsError):
    """No answer came: the network, DNS or TLS. `url` has no query and no key."""

    def __init__(self, message: str, *, method: str = "", url: str = "") -> None:
        super().__init__(message)
        self.method, self.url = method, url


class TimedOut(ConnectionFailed):
    """No answer came in time; the server may or may not have acted."""


class UnexpectedAnswer(SegOpsError):
    """The answer cannot be read: not JSON, the wrong shape, or a redirect we do not follow."""

    def __init__(self, message: str, *, status: int = 0, request_id: str | None = None) -> None:
        super().__init__(message)
        self.status, self.request_id = status, request_id


class SegOpsApiError(SegOpsError):
    """The API answered, and the answer was no.

    `body` is the decoded JSON of the answer, or its text where it was not JSON.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int,
        body: Any = None,
        request_id: str | None = None,
        method: str = "",
        path: str = "",
    ) -> None:
        super().__init__(message)
        self.status, self.body, self.request_id = status, body, request_id
        self.method, self.path = method, path


class AuthenticationFailed(SegOpsApiError):
    """401: the key is unknown or revoked."""


class PermissionDenied(SegOpsApiError):
    """403: the key, role or plan does not allow this."""


class NotFound(SegOpsApiError):
    """404: no such object in this workspace."""


class Conflict(SegOpsApiError):
    """409: the object is in a state that does not allow this."""


class Gone(SegOpsApiError):
    """410: an export link outlived its hour."""


class Invalid(SegOpsApiError):
    """400 or 422: what was sent is not acceptable."""

    @property
    def fields(self) -> dict[str, list[str]]:
        """Field name to its complaints; empty when the answer names no field."""
        if not isinstance(self.body, dict):
            return {}
        return {
            str(name): [str(text) for text in texts]
            for name, texts in self.body.items()
            if isinstance(texts, list)
        }


class RateLimited(SegOpsApiError):
    """429, after every retry; `retry_after` is what the server asked for, in seconds."""

    retry_after: float | None = None


class ServerFailed(SegOpsApiError):
    """500 and above, after every retry."""


_BY_STATUS: dict[int, type[SegOpsApiError]] = {
    400: Invalid,
    401: AuthenticationFailed,
    403: PermissionDenied,
    404: NotFound,
    409: Conflict,
    410: Gone,
    422: Invalid,
    429: RateLimited,
}


def error_for(status: int) -> type[SegOpsApiError]:
    """The class of error a status stands for."""
    return _BY_STATUS.get(status, ServerFailed if status >= 500 else SegOpsApiError)
