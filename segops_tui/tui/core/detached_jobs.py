"""Jobs that were left before this console was opened, and the words that offer them.

Knows the ledger; takes nothing up by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from segops_tui import wording
from segops_tui.tui.core.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.ledger import Ledger

_LEFT: Final = frozenset({"detached", "interrupted"})
"""Nobody is at them, and none waits for a word."""
_MOST: Final = 500
"""Jobs looked at; older ones stay in the ledger."""


def left_of(jobs: Iterable[Job], profile: str) -> list[Job]:
    """Those of a profile that can be taken up as they are."""
    return [job for job in jobs if job.profile == profile and job.state in _LEFT]


def left_behind(ledger: Ledger, profile: str) -> list[Job]:
    """What the ledger has of them, the newest first.

    Raises:
        SegOpsError: it cannot be read.
    """
    return left_of(ledger.list(limit=_MOST), profile)


def offer(jobs: list[Job]) -> tuple[str, str]:
    """A title, and how they are taken up."""
    names = wording.listed([one_line(job.title) for job in jobs], most=3)
    title = f"{wording.plural(len(jobs), 'job')} {'was' if len(jobs) == 1 else 'were'} left"
    return title, f"{names}\nPane 0, R takes {'it' if len(jobs) == 1 else 'them'} up."
