"""Errors, by what the caller can do about them.

They carry facts; the command and the console choose exit codes and the wording on screen.

```
SegOpsError
├── SegOpsConfigError        the configuration is wrong: no request was sent
│   ├── MissingKey           there is no key to send
│   └── WrongKeyKind         the key is not a secret key (sk_…)
├── Refused                  a guard refused a mutating request: it was not sent
├── ConnectionFailed         no answer: network, DNS, TLS
│   └── TimedOut             no answer in time
├── WorkFailed               the server accepted the work and gave up on it
├── WaitTimedOut             the work was not done in time; the server works on
├── UnexpectedAnswer         the answer cannot be read (not JSON, wrong shape, a redirect)
└── SegOpsApiError           the API answered with an error
    ├── AuthenticationFailed     401: use another key
    ├── PermissionDenied         403: this key or plan may not
    ├── NotFound                 404
    ├── Conflict                 409
    ├── Gone                     410: the link expired, ask for a new one
    ├── Invalid                  400, 422: correct the values in `.fields`
    ├── RateLimited              429: wait `.retry_after` seconds
    └── ServerFailed             5xx: try later
```
"""

from __future__ import annotations

from typing import Any


class SegOpsError(Exception):
    """Base class of all errors this package raises on purpose."""


class SegOpsConfigError(SegOpsError):
    """The configuration is wrong; nothing was sent.

    `hint` is one sentence on what to do.
    """

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class MissingKey(SegOpsConfigError):
    """There is no key: its environment variable is not set, or the profile has none."""


class WrongKeyKind(SegOpsConfigError):
    """The key is public (`pk_`), for assistants (`mk_`), or not a SegOps key."""


class Refused(SegOpsError):
    """A guard refused a mutating request; nothing was sent."""

    def __init__(self, message: str, *, method: str, path: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.method, self.path, self.hint = method, path, hint


class ConnectionFailed(SegOpsError):
    """No answer: the network, DNS or TLS failed. `url` has no query and no key."""

    def __init__(
        self, message: str, *, method: str = "", url: str = "", was_sent: bool = True
    ) -> None:
        super().__init__(message)
        self.method, self.url = method, url
        self.was_sent = was_sent
        """Whether the request may have reached the server; not, where no connection was made."""


class TimedOut(ConnectionFailed):
    """No answer in time; the server may or may not have acted."""


class WorkFailed(SegOpsError):
    """The server accepted the work and gave up on it; `last` is the object as last fetched."""

    def __init__(self, message: str, *, last: Any = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.last, self.hint = last, hint


class WaitTimedOut(SegOpsError):
    """The work was not done in time; the server works on. `last` is the object as last fetched."""

    def __init__(self, message: str, *, last: Any = None) -> None:
        super().__init__(message)
        self.last = last


class UnexpectedAnswer(SegOpsError):
    """The answer cannot be read: not JSON, the wrong shape, or a redirect we do not follow."""

    hint: str | None = None

    def __init__(self, message: str, *, status: int = 0, request_id: str | None = None) -> None:
        super().__init__(message)
        self.status, self.request_id = status, request_id


class SegOpsApiError(SegOpsError):
    """The API answered with an error.

    `body` is the decoded JSON of the answer, or its text if it was not JSON.
    """

    hint: str | None = None

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
    """409: the state of the object does not allow this."""


class Gone(SegOpsApiError):
    """410: the link of an export expired after an hour."""


class Invalid(SegOpsApiError):
    """400 or 422: the request is invalid."""

    @property
    def fields(self) -> dict[str, list[str]]:
        """Field name to its error messages; empty when the answer names no field."""
        if not isinstance(self.body, dict):
            return {}
        return {
            str(name): [str(text) for text in texts]
            for name, texts in self.body.items()
            if isinstance(texts, list)
        }


class RateLimited(SegOpsApiError):
    """429, after all retries; `retry_after` is the wait the server asked for, in seconds."""

    retry_after: float | None = None


class ServerFailed(SegOpsApiError):
    """500 and above, after all retries."""


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
    """The class of error for an HTTP status."""
    return _BY_STATUS.get(status, ServerFailed if status >= 500 else SegOpsApiError)


def may_be_carried_out(error: SegOpsError) -> bool:
    """Whether the server may have acted on a request that ended with this error."""
    if isinstance(error, ConnectionFailed):
        return error.was_sent
    if isinstance(error, SegOpsApiError):
        # 503 is for a server that does not handle the request.
        return error.status >= 500 and error.status != 503
    return isinstance(error, UnexpectedAnswer)
