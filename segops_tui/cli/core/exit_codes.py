"""What an exit code means: a contract with every script that calls this program."""

from __future__ import annotations

from enum import IntEnum
from typing import Self


class ExitCode(IntEnum):
    """How a run ended, for scripts."""

    meaning: str
    """One sentence, for people and for `commands --json`."""

    def __new__(cls, value: int, meaning: str = "") -> Self:
        """A code and what it means."""
        code = int.__new__(cls, value)
        code._value_, code.meaning = value, meaning
        return code

    OK = 0, "Success."
    REFUSED = (
        1,
        "The API failed (5xx, 410, an unreadable response), something unexpected happened, you "
        "answered no to a question, or `check` found something wrong.",
    )
    USAGE = (
        2,
        "The command line, a file it names or the configuration is wrong, or a guard or a "
        "missing confirmation blocked a change. Nothing was sent. Of `diff`: there are changes.",
    )
    NETWORK = 3, "No response: network, DNS, TLS or a timeout."
    AUTHENTICATION = 4, "No key, the wrong kind of key, or the API answered 401 or 403."
    NOT_FOUND = 5, "No such object in this workspace (404)."
    INVALID = 6, "Validation or conflict (400, 409, 422), or rows of an import were rejected."
    RATE_LIMITED = 7, "Still over the rate limit after every retry (429)."
    JOB_FAILED = 8, "A job ran and failed."
    WAIT_TIMED_OUT = 9, "Waiting for a job timed out; the job keeps running."
    HUNG_UP = 129, "The terminal was closed (SIGHUP); jobs were detached."
    INTERRUPTED = 130, "Ctrl-C."
    BROKEN_PIPE = 141, "The reader of the output closed it, as `head` does."
    TERMINATED = 143, "SIGTERM; jobs were detached."
