"""Describe an error for the command line: the catalogue's words, JSON, and the exit code."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import click

from segops_tui.api import errors
from segops_tui.api.keys import redact
from segops_tui.cli.core.exit_codes import ExitCode
from segops_tui.cli.core.process import OutputFailed, Stopped
from segops_tui.error_catalogue import command_hint, entry_for
from segops_tui.wording import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

_CODES: Final[tuple[tuple[type[BaseException], ExitCode], ...]] = (
    (errors.WrongKeyKind, ExitCode.AUTHENTICATION),
    (errors.MissingKey, ExitCode.AUTHENTICATION),
    (errors.SegOpsConfigError, ExitCode.USAGE),
    (errors.Refused, ExitCode.USAGE),
    (errors.ConnectionFailed, ExitCode.NETWORK),
    (errors.AuthenticationFailed, ExitCode.AUTHENTICATION),
    (errors.PermissionDenied, ExitCode.AUTHENTICATION),
    (errors.NotFound, ExitCode.NOT_FOUND),
    (errors.Conflict, ExitCode.INVALID),
    (errors.Invalid, ExitCode.INVALID),
    (errors.RateLimited, ExitCode.RATE_LIMITED),
    (errors.SegOpsError, ExitCode.REFUSED),
    (click.UsageError, ExitCode.USAGE),
    (OSError, ExitCode.USAGE),
)
_LISTS: Final = {
    "segments": "segments list",
    "product-segments": "product-segments list",
    "pim/import": "products imports",
    "pim": "products list",
    "schemas": "schemas list",
    "activations": "activations list",
    "webhooks": "webhooks list",
    "explorer": "users search",
    "ai-reach/queries": "queries list",
    "ai-reach/competitors": "competitors list",
    "ai-pages": "pages list",
}


@dataclass(frozen=True, slots=True)
class ErrorReport:
    """One error, for people and for scripts."""

    message: str
    exit_code: int
    hint: str | None = None
    request: str = ""
    """`GET /segments/99/`, where one was sent or refused."""
    status: int | None = None
    fields: Mapping[str, list[str]] = field(default_factory=dict)
    request_id: str | None = None
    title: str = ""
    is_bug: bool = False
    """Whether the program is at fault, so that its traceback helps."""

    def as_json(self) -> dict[str, Any]:
        """The object scripts get on stderr under `-o json`."""
        return {
            "error": {
                "message": self.message,
                "status": self.status,
                "fields": dict(self.fields),
                "request_id": self.request_id,
                "hint": self.hint,
                "exit_code": int(self.exit_code),
            }
        }

    def lines(self) -> list[str]:
        """What happened and in which request; every further fault; what to do next."""
        answered = f" → {self.status}" if self.status is not None else ""
        named = f", request {self.request_id}" if self.request_id else ""
        where = f" [{self.request}{answered}{named}]" if self.request else ""
        faults = [f"{name}: {text}" for name, texts in self.fields.items() for text in texts]
        if len(faults) > 1:
            said = [f"{self.title}{where}:", *(f"  {fault}" for fault in faults)]
        else:
            said = [f"{self.message}{where}"]
        return [*said, *([f"hint: {self.hint}"] if self.hint else [])]


def explain(error: BaseException) -> ErrorReport:
    """Describe an error; an unexpected exception is reported as a bug."""
    if isinstance(error, UnicodeEncodeError) and "surrogates" in error.reason:
        shown = error.object[:60].encode("ascii", "backslashreplace").decode()
        return ErrorReport(_clean(f"Not valid UTF-8: {shown}."), ExitCode.USAGE)
    code = _code(error)
    if isinstance(error, Stopped):
        return ErrorReport("Stopped by a signal.", error.code)
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return ErrorReport("Interrupted.", ExitCode.INTERRUPTED)
    if code is None:
        return _bug(error)
    if isinstance(error, click.UsageError):
        return _usage(error, code)
    if isinstance(error, click.ClickException):
        hint = getattr(error, "hint", None)
        return ErrorReport(_clean(error.format_message()), code, hint=hint)
    if isinstance(error, OSError):
        return _file(error, code)
    return ErrorReport(
        _clean(str(error)),
        code,
        hint=_clean(_hint(error)) or None,
        request=_request(error),
        status=getattr(error, "status", None) or None,
        fields=_fields(error),
        request_id=_clean(getattr(error, "request_id", None) or "") or None,
        title=entry_for(error).title,
    )


def _code(error: BaseException) -> ExitCode | None:
    if isinstance(error, OutputFailed):
        return ExitCode.REFUSED
    if isinstance(error, click.ClickException) and not isinstance(error, click.UsageError):
        # click's own default is 1; ours that mean more say so themselves.
        return ExitCode(error.exit_code) if error.exit_code != 1 else ExitCode.USAGE
    module = type(error).__module__
    if isinstance(error, errors.SegOpsError) and module.endswith(
        ("jobs.engine.errors", "jobs.imports.errors", "jobs.workspace.errors")
    ):
        from segops_tui.jobs.engine import errors as job_errors

        if isinstance(error, job_errors.JobFailed):
            return ExitCode.JOB_FAILED
        if isinstance(error, job_errors.JobBusy):
            return ExitCode.INVALID
        if isinstance(error, job_errors.LedgerFailed):
            return ExitCode.REFUSED
        if module.endswith("workspace.errors") and isinstance(error, errors.SegOpsConfigError):
            return ExitCode.INVALID
        return ExitCode.USAGE
    return next((code for kind, code in _CODES if isinstance(error, kind)), None)


def _bug(error: BaseException) -> ErrorReport:
    said = _clean(str(error))
    what = f"{type(error).__name__}: {said}" if said else type(error).__name__
    hint = "Run it again with --debug for the details, and please report them."
    return ErrorReport(
        f"This is a bug in segops-tui: {what}", ExitCode.REFUSED, hint=hint, is_bug=True
    )


def _usage(error: click.UsageError, code: ExitCode) -> ErrorReport:
    hint = getattr(error, "hint", None)
    if hint is None and error.ctx is not None:
        hint = f"{error.ctx.command_path} --help"
    return ErrorReport(_clean(error.format_message()), code, hint=hint)


def _file(error: OSError, code: ExitCode) -> ErrorReport:
    what = error.strerror or str(error) or type(error).__name__
    named = f"{error.filename}: " if error.filename else ""
    return ErrorReport(_clean(f"{named}{what}."), code)


def _clean(text: str) -> str:
    return redact(plain(text))


def _request(error: BaseException) -> str:
    method, path = getattr(error, "method", ""), getattr(error, "path", "")
    return plain(f"{method} {path or getattr(error, 'url', '')}".strip()) if method else ""


def _fields(error: BaseException) -> dict[str, list[str]]:
    fields = getattr(error, "fields", None)
    if not isinstance(fields, dict):
        return {}
    return {_clean(name): [_clean(text) for text in texts] for name, texts in fields.items()}


def _hint(error: BaseException) -> str:
    hint = command_hint(error)
    if hint or not isinstance(error, errors.NotFound):
        return hint
    path = error.path.removeprefix("/")
    found = next((known for known in _LISTS if f"{path}/".startswith(f"{known}/")), None)
    return f"List what exists: segops-tui {_LISTS[found]}" if found else ""
