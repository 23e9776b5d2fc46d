"""What can go wrong with a workspace's files, and with the job that applies them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from segops_tui.api.errors import SegOpsConfigError
from segops_tui.jobs.engine.errors import JobFailed, ResumableError
from segops_tui.wording import plural

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class FileProblem:
    """One thing that is wrong, and where."""

    path: str
    """The file, in its folder; empty for a document that is in none."""
    line: int
    """From 1; 0 for the file as a whole."""
    message: str

    @property
    def where(self) -> str:
        """`segments/vip.yaml:3`."""
        return f"{self.path}:{self.line}" if self.path and self.line else self.path

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message


class WorkspaceInvalid(SegOpsConfigError):
    """Files of a workspace cannot be applied; nothing was sent."""

    def __init__(self, problems: Sequence[FileProblem]) -> None:
        one = str(problems[0])
        where = " in the files" if any(it.line for it in problems) else ""
        many = f"{plural(len(problems), 'problem')}{where}: {one}"
        super().__init__(one if len(problems) == 1 else many, hint="Nothing was changed.")
        self.problems = tuple(problems)

    @property
    def fields(self) -> dict[str, list[str]]:
        """Place to messages."""
        found: dict[str, list[str]] = {}
        for problem in self.problems:
            found.setdefault(problem.where or "document", []).append(problem.message)
        return found


class ChangedSince(JobFailed):
    """An object is neither as it was when the plan was made nor as the plan wants it."""


class VariableMissing(ResumableError):
    """The environment variable that has a secret is not set."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint
