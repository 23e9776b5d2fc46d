"""What a user can do with jobs."""

from __future__ import annotations

from typing import Final

from segops_tui.nouns.action import Action

RESUME: Final = Action(
    "jobs.resume", "Resume", "r", "one", "jobs resume {id}",
    help="Resume a detached job without sending the work twice.", changes=True,
)  # fmt: skip
RESUME_ALL: Final = Action(
    "jobs.resume_all", "Resume all", "R", "pane", "jobs resume --all",
    help="Resume every detached job of this workspace.", changes=True,
)  # fmt: skip
FORGET: Final = Action(
    "jobs.forget", "Forget", "d", "one", "jobs forget {id}", danger=True,
    help="Remove a job from the ledger; work on the server is not touched.",
)  # fmt: skip

JOB_ACTIONS: Final = (RESUME, RESUME_ALL, FORGET)
