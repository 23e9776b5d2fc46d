"""What can go wrong with a job beyond a refused request, by what the user can do about it.

`cli` and `tui` choose exit codes and titles by class.

```
SegOpsError
├── SegOpsConfigError
│   ├── WouldOverwrite       the target exists: nothing was sent
│   ├── CannotWrite          the target cannot be written
│   ├── WrongWorkspace       the job belongs to another server or key: nothing was sent
│   └── LedgerFailed         the ledger cannot be read or written
├── JobWaiting               the job waits for a decision by the user; `.job`
│   └── MayRunTwice          its work may have been started, and the API cannot tell
├── ResumableError           the job can be resumed once its cause is fixed
├── JobFailed                the server gave up on the work; `.job`
└── JobBusy                  another process runs the job, or it has ended
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from segops_tui.api.errors import SegOpsConfigError, SegOpsError

if TYPE_CHECKING:
    from segops_tui.jobs.engine.job import Job


class WouldOverwrite(SegOpsConfigError):
    """The target of a download exists and `force` was not given; nothing was sent."""


class CannotWrite(SegOpsConfigError):
    """The target of a download cannot be written: no folder, no permission, or no space."""


class WrongWorkspace(SegOpsConfigError):
    """The job was started at another server or with another key; nothing was sent."""


SPACE_HINT: Final = "Free some disk space or close the program that locks it, then try again."


class LedgerFailed(SegOpsConfigError):
    """The ledger is locked, full, damaged, or was written by a newer version."""

    def is_met_by(self, job_id: str) -> None:
        """Say how to go on with a job whose requests had begun to be sent."""
        if self.hint == SPACE_HINT:
            self.hint = f"Free some disk space, then go on: segops-tui jobs resume {job_id}"


class JobWaiting(SegOpsError):
    """The job stops until the user has decided something; `job` is set once that is on disk."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint
        self.job: Job | None = None


class MayRunTwice(JobWaiting):
    """The answer to the start of the work was lost, and the API does not tell whether it runs."""


class ResumableError(SegOpsError):
    """A job that has sent something can be resumed once the user has fixed the cause."""


class JobFailed(SegOpsError):
    """The server accepted the work and gave up on it."""

    def __init__(self, message: str, *, job: Job, hint: str | None = None) -> None:
        super().__init__(message)
        self.job, self.hint = job, hint


class JobBusy(SegOpsError):
    """The job cannot be resumed here: another process runs it, or it has ended."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint
