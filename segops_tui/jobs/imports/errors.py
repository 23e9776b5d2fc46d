"""What can go wrong with an import before the server is to blame: the file, or its mapping.

```
SegOpsError
├── SegOpsConfigError
│   └── BadMapping           a --map, --skip or mapping file names a column that does not exist
├── BadFile                  the file is not a CSV that can be imported; `.line`, `.hint`
│   ├── ReadingUnclear       it can be read in several ways; `.choices`, for the user to decide
│   └── FileChanged          the file is not the one the job began with (a ResumableError)
├── CannotUndo               an import cannot be taken back; `.hint`
└── JobWaiting
    └── MappingNeeded        the user has to choose what the columns become; `.review`
```
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from segops_tui.api.errors import SegOpsConfigError, SegOpsError
from segops_tui.jobs.engine.errors import JobWaiting, ResumableError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from segops_tui.jobs.imports.files.options import ReadOptions
    from segops_tui.jobs.imports.review import Review


class BadMapping(SegOpsConfigError):
    """A mapping override cannot be applied: an unknown header, or two columns for one field."""


class BadFile(SegOpsError):
    """A file that cannot be imported; `line`, from 1, is the line at fault, if there is one."""

    def __init__(self, message: str, *, hint: str | None = None, line: int | None = None) -> None:
        super().__init__(message)
        self.hint, self.line = hint, line


@dataclass(frozen=True, slots=True)
class ReadChoice:
    """One way to read a file: the options to add, and what its cells look like then."""

    label: str
    options: ReadOptions
    cells: tuple[str, ...] = ()


class ReadingUnclear(BadFile):
    """A file can be read in several ways, and only the user knows which is right."""

    def __init__(
        self,
        message: str,
        *,
        choices: Sequence[ReadChoice],
        hint: str | None = None,
        line: int | None = None,
    ) -> None:
        super().__init__(message, hint=hint, line=line)
        self.choices = tuple(choices)
        """The likeliest first."""


class FileChanged(BadFile, ResumableError):
    """The file is gone, or differs from the one the job began with."""


class CannotUndo(SegOpsError):
    """An import that cannot be taken back: it still runs, or it cannot be told what it did."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class MappingNeeded(JobWaiting):
    """Nothing is imported until the user has chosen what the columns become.

    `review` is what to show them; `job` is set once the waiting job is in the ledger.
    """

    def __init__(self, message: str, *, review: Review, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.review = review
