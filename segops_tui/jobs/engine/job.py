"""A job: one piece of long-running work, as the ledger keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.account import Account
from segops_tui.api.keys import redact

if TYPE_CHECKING:
    from collections.abc import Mapping

FINAL: Final = frozenset({"done", "failed"})
RESUMABLE: Final = frozenset({"detached", "interrupted", "waiting"})

_VERBS: Final = {
    "recompute": "recompute",
    "recompute-products": "recompute",
    "export": "export",
    "export-traits": "export",
    "import": "import",
    "import-undo": "undo import",
    "score": "score",
    "score-all": "score",
    "page-build": "build",
    "page-regenerate": "regenerate",
    "pages-generate": "generate",
    "page-export": "export",
    "query-run": "run",
    "sync": "sync",
    "apply": "apply",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job. It is immutable: each transition makes a new value."""

    id: str
    kind: str
    target: str
    """What it works on: an id, or the path of a file."""
    target_name: str
    profile: str
    command: str
    """The command line that does the same."""
    server: str = ""
    """The server it was started at; empty where an earlier version did not record it."""
    fingerprint: str = ""
    """A salted hash of the key it was started with."""
    params: Mapping[str, Any] = field(default_factory=dict)
    """What the user asked for, and what the plan has found out since. JSON."""
    stage: str = "new"
    state: str = "running"
    """running, done, failed, detached (the server keeps working), interrupted (its process died)
    or waiting (for a decision by the user)."""
    remote_ids: Mapping[str, int] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)
    """Idempotency keys by what they are for; on disk before a request uses them."""
    done: int | None = None
    total: int | None = None
    unit: str = ""
    created_at: float = 0.0
    begun_at: float | None = None
    """When its first transition was written; before that it was queued."""
    resumed: int = 0
    """How often it was resumed. The duration of a resumed job predicts nothing."""
    updated_at: float = 0.0
    finished_at: float | None = None
    result: Mapping[str, Any] = field(default_factory=dict)
    """The result; `summary` is one line for people. JSON."""
    error: str = ""

    @property
    def account(self) -> Account:
        """The only place where it may be continued."""
        return Account(self.server, self.fingerprint)

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in FINAL

    @property
    def is_resumable(self) -> bool:
        """Whether it may be resumed."""
        return self.state in RESUMABLE

    @property
    def took(self) -> float | None:
        """Seconds from its start to its end, without the time in the queue. None before the end."""
        if self.finished_at is None:
            return None
        return round(max(self.finished_at - (self.begun_at or self.created_at), 0.0), 3)

    @property
    def title(self) -> str:
        """What it does, in a few words."""
        return f"{_VERBS.get(self.kind, self.kind)} {self.target_name}"

    @property
    def summary(self) -> str:
        """The result, in one line."""
        return str(self.result.get("summary", ""))

    def at(self, stage: str, *, done: int | None = None, total: int | None = None) -> Job:
        """The same job in another stage, its counters reset."""
        return replace(self, stage=stage, done=done, total=total)

    def counted(self, done: int, total: int | None = None) -> Job:
        """The same job with its progress; a total, once known, is kept."""
        return replace(self, done=done, total=self.total if total is None else total)

    def measured(self, unit: str) -> Job:
        """The same job counted in `unit`."""
        return replace(self, unit=unit)

    def with_params(self, **params: Any) -> Job:
        """The same job with more parameters."""
        return replace(self, params={**self.params, **params})

    def attached(self, name: str, remote_id: int) -> Job:
        """The same job with the server's id for `name`."""
        return replace(self, remote_ids={**self.remote_ids, name: remote_id})

    def keyed(self, name: str, key: str) -> Job:
        """The same job with an idempotency key for `name`."""
        return replace(self, keys={**self.keys, name: key})

    def ended(self, result: Mapping[str, Any]) -> Job:
        """The same job, done, its counters complete."""
        total = self.total if self.total is not None else self.done
        return replace(
            self, state="done", stage="done", done=total, total=total, result=result, error=""
        )

    def stopped(self, state: str, error: str = "") -> Job:
        """The same job in a state that is not running; a server's words may repeat a key."""
        return replace(self, state=state, error=redact(error))
