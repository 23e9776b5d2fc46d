"""What can go wrong with a job beyond a refused request, by what a person can do about it.

Knows facts and one hint each; never an exit code, which `cli` chooses by class.

```
SegOpsError
├── SegOpsConfigError
│   ├── BadMapping           a --map, --skip or mapping file names what is not there
│   ├── WouldOverwrite       the target exists: nothing was sent
│   ├── CannotWrite          the target cannot be written
│   └── LedgerFailed         the record of jobs cannot be read or written
├── BadFile                  the file is not a CSV that can be imported; `.line`, `.hint`
│   └── FileChanged          it is not the file the job began with
├── MappingNeeded            a person has to say what the columns mean; `.review`, `.job`
├── JobFailed                the server gave up on the work; `.job`
└── JobBusy                  another process is at it, or it is over
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from segops_tui.api.errors import SegOpsConfigError, SegOpsError

if TYPE_CHECKING:
    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.imports.review import Review


class BadMapping(SegOpsConfigError):
    """A wish about columns cannot be met: an unknown header, or two columns for one field."""


class WouldOverwrite(SegOpsConfigError):
    """The target of a download exists and nobody said to replace it; nothing was sent."""


class CannotWrite(SegOpsConfigError):
    """The target of a download cannot be written: no folder, no right, no room."""


class LedgerFailed(SegOpsConfigError):
    """The ledger is locked, full, damaged, or was written by a newer version."""


class BadFile(SegOpsError):
    """A file that cannot be imported; `line`, from 1, where one line is to blame."""

    def __init__(self, message: str, *, hint: str | None = None, line: int | None = None) -> None:
        super().__init__(message)
        self.hint, self.line = hint, line


class FileChanged(BadFile):
    """The file is gone or is another than the one the job began with."""


class MappingNeeded(SegOpsError):
    """Nothing is imported before a person has said what the columns mean.

    `review` is what to show them; `job` is set once the job waits in the ledger.
    """

    def __init__(self, message: str, *, review: Review, hint: str | None = None) -> None:
        super().__init__(message)
        self.review, self.hint = review, hint
        self.job: Job | None = None


class JobFailed(SegOpsError):
    """The server took the work on and gave it up."""

    def __init__(self, message: str, *, job: Job, hint: str | None = None) -> None:
        super().__init__(message)
        self.job, self.hint = job, hint


class JobBusy(SegOpsError):
    """The job cannot be taken over: another process is at it, or it is over."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint
