"""What is wrong in a workspace: findings over what the API and the ledger say, without requests.

`jobs/health.py` says what is read. What could not be read is a finding too: an error never looks
like "all well".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, Protocol

from segops_tui import wording
from segops_tui.api.definition import referenced_events, referenced_segments
from segops_tui.api.record import Record, as_integer, as_moment, moment, text
from segops_tui.api.resources.segments import is_edited
from segops_tui.nouns.activations import CONNECTORS
from segops_tui.nouns.analytics import trend_days
from segops_tui.nouns.column import Column, Context, Noun, Tone, aged
from segops_tui.nouns.segments import STALE_AFTER, has_rule

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from segops_tui.api.request import Page
    from segops_tui.api.resources.activations import Activation
    from segops_tui.api.resources.analytics import ActivationHealth, Trend, Usage
    from segops_tui.api.resources.pages import GeneratedPage
    from segops_tui.api.resources.product_segments import ProductSegment
    from segops_tui.api.resources.schemas import EventSchema
    from segops_tui.api.resources.segments import Segment
    from segops_tui.api.resources.webhooks import Webhook

    AnySegment = Segment | ProductSegment

Severity = Literal["error", "warning", "unknown"]

SEVERITIES: Final[Mapping[str, tuple[str, Tone]]] = {
    "error": ("✗", "bad"),
    "warning": ("!", "warn"),
    "unknown": ("?", "muted"),
}
"""Each with its symbol and its tone, the most urgent first."""

CHECKS: Final[Mapping[str, str]] = {
    "read": "a part of the workspace that could not be read",
    "sync": "connectors that do not receive their segment",
    "compute": "computes that failed",
    "reference": "rules that refer to a missing segment",
    "event-type": "rules that ask for an event type that no schema and no event has",
    "job": "jobs of this machine that failed or were detached",
    "page": "pages whose build failed",
    "webhook": "webhooks that did not take the last delivery",
    "events": "events that were dropped because they broke their schema",
    "quota": "quotas near their end",
    "change": "segments that grew or shrank beyond the threshold",
    "stale": "segments that were not computed for a day, or not since their rule changed",
}
"""What is checked, the most urgent first."""

NEAR: Final = 0.9
"""The share of a quota that is near its end."""
FAILED_FOR: Final = timedelta(days=7)
"""How long a failed job is reported."""
SYNC_TAKES: Final = timedelta(minutes=15)
"""How long a sync may take after its compute before it counts as missing."""

_KEY_REFUSED: Final = re.compile(r"\b40[13]\b|unauthori[sz]ed|invalid.{0,12}key", re.IGNORECASE)


class HealthFinding(Record):
    """One thing that is wrong. Its keys are what `check -o json` prints."""

    id = text()
    """Stays the same while the same thing is wrong."""
    severity = text()
    check = text()
    """A key of `CHECKS`."""
    noun = text()
    key = text()
    """The object's id, as commands take it."""
    name = text()
    what = text()
    why = text()
    since = moment()
    remedy = text()
    command = text()
    """The command line of the remedy."""
    place = text()
    """Where the console shows it, as `open` takes it."""

    @property
    def pane(self) -> str:
        """The pane its object is in."""
        return str(self.get("pane") or "")


class JobFacts(Protocol):
    """What a job of the ledger says; nouns do not import jobs."""

    @property
    def id(self) -> str:
        """Its id in the ledger."""

    @property
    def kind(self) -> str:
        """What sort of work it is."""

    @property
    def target(self) -> str:
        """What it works on."""

    @property
    def title(self) -> str:
        """What it does, in a few words."""

    @property
    def state(self) -> str:
        """`failed`, `detached`, `waiting` and so on."""

    @property
    def error(self) -> str:
        """Why it failed."""

    @property
    def command(self) -> str:
        """The command line that does the same."""

    @property
    def updated_at(self) -> float:
        """When it last changed, in Unix seconds."""

    @property
    def finished_at(self) -> float | None:
        """When it ended, in Unix seconds."""


class Unread(NamedTuple):
    """A part that could not be read."""

    title: str
    pane: str
    why: str
    remedy: str = ""
    """What to do next, where the error tells."""


@dataclass(frozen=True, slots=True)
class Readings:
    """What was read so far; None where it was not, or not yet."""

    segments: Page[Segment] | None = None
    product_segments: Page[ProductSegment] | None = None
    activations: Page[Activation] | None = None
    syncs: Page[ActivationHealth] | None = None
    trends: Page[Trend] | None = None
    pages: Page[GeneratedPage] | None = None
    schemas: Page[EventSchema] | None = None
    webhooks: Page[Webhook] | None = None
    usage: Usage | None = None
    new_rules: frozenset[int] | None = None
    """Segments whose rule is newer than their last compute."""
    unused_events: frozenset[str] | None = None
    """Event types in rules that no user had."""
    jobs: Sequence[JobFacts] | None = None
    """This workspace's jobs, newest first."""
    unread: Mapping[str, Unread] = field(default_factory=dict)
    """What could not be read, by its name."""


@dataclass(frozen=True, slots=True)
class Limits:
    """When something counts as wrong."""

    now: datetime
    threshold: float
    """The change of a segment's members from one day to the next that is worth a look."""
    thresholds: Mapping[int, float] = field(default_factory=dict)
    """Segments with a threshold of their own."""

    def of(self, segment_id: int) -> float:
        """The threshold of a segment, as a share of 1."""
        return self.thresholds.get(segment_id, self.threshold)


def findings(readings: Readings, limits: Limits) -> list[HealthFinding]:
    """Everything that is wrong as far as it was read: urgent first, then new."""
    found = [
        *_unread(readings),
        *_syncs(readings, limits),
        *_computes(readings, limits),
        *_references(readings),
        *_changes(readings, limits),
        *_pages(readings),
        *_webhooks(readings),
        *_events(readings),
        *_quotas(readings),
    ]
    # A sync that failed is one thing that is wrong, and not also the job that asked for it.
    told = {(each.pane, each.key) for each in found if each.severity == "error"}
    found += _jobs(readings.jobs or (), limits, told)
    severities, checks = list(SEVERITIES), list(CHECKS)
    found.sort(
        key=lambda f: (
            severities.index(f.severity),
            checks.index(f.check),
            -f.since.timestamp() if f.since else 0.0,
        )
    )
    return found


def is_wrong(finding: HealthFinding) -> bool:
    """Whether it needs a person; what the API does not tell does not."""
    return finding.severity != "unknown"


def tally(found: Iterable[HealthFinding]) -> str:
    """`2 errors, 1 warning`; empty where nothing is wrong."""
    counts = dict.fromkeys(SEVERITIES, 0)
    for finding in found:
        counts[finding.severity] += 1
    words = [wording.plural(counts[name], name) for name in ("error", "warning") if counts[name]]
    return ", ".join(words)


def edited_segments(readings: Readings) -> list[tuple[int, datetime]]:
    """The computed segments that were updated since, each with the time of its compute."""
    rows = readings.segments.items if readings.segments else []
    return [
        (row.id, row.last_computed_at)
        for row in rows
        if row.last_computed_at is not None and row.is_active and is_edited(row)
    ]


def undeclared_events(readings: Readings) -> list[str]:
    """The event types in rules that have no schema."""
    rules = readings.segments.items if readings.segments else []
    schemas = readings.schemas.items if readings.schemas else []
    named = {name for row in rules for name in referenced_events(row.definition)}
    return sorted(named - {schema.event_type for schema in schemas})


def _finding(
    severity: Severity,
    check: str,
    pane: str,
    key: object,
    what: str,
    *,
    name: str = "",
    why: str = "",
    since: datetime | None = None,
    remedy: str = "",
    command: str = "",
    tab: str = "",
) -> HealthFinding:
    one = _ONES.get(pane, "")
    place = f"{one}/{key}{'/' if tab else ''}{tab}" if one and key else pane
    return HealthFinding(
        {
            "id": f"{check}:{pane}:{key or name}",
            "severity": severity,
            "check": check,
            "noun": one or pane,
            "key": str(key or ""),
            "name": name,
            "what": what,
            "why": why,
            "since": None if since is None else wording.iso(since),
            "remedy": remedy,
            "command": command,
            "place": place,
            "pane": pane,
        }
    )


_ONES: Final = {
    "segments": "segment",
    "product-segments": "product-segment",
    "activations": "activation",
    "pages": "page",
    "schemas": "schema",
    "webhooks": "webhook",
    "jobs": "job",
}
"""What links call one object of a pane."""


def _unread(readings: Readings) -> Iterator[HealthFinding]:
    """One finding for each reason: a server that is down is one thing that is wrong."""
    by_reason: dict[str, list[Unread]] = {}
    for part in sorted(readings.unread.values()):
        by_reason.setdefault(part.why, []).append(part)
    for why, parts in by_reason.items():
        titles = [part.title for part in parts]
        # One name: the line has to fit a narrow screen.
        words = titles[0] if len(parts) == 1 else f"{titles[0]} and {len(parts) - 1} more"
        yield _finding(
            "error",
            "read",
            parts[0].pane if len(parts) == 1 else "health",
            "",
            f"{_capital(words)} could not be read",
            name=", ".join(titles),
            why=why,
            remedy=parts[0].remedy or "Find out whether the address, the key and the network work.",
            command="segops-tui doctor",
        )
    listings = {
        "segments": readings.segments,
        "product-segments": readings.product_segments,
        "activations": readings.activations,
        "schemas": readings.schemas,
        "webhooks": readings.webhooks,
    }
    for pane, page in listings.items():
        if page is not None and page.more:
            yield _finding(
                "unknown",
                "read",
                pane,
                "",
                f"Only the first {len(page.items):,} {pane.replace('-', ' ')} were checked",
                name="the others",
                why="" if page.count is None else f"There are {page.count:,}.",
            )


def _syncs(readings: Readings, limits: Limits) -> Iterator[HealthFinding]:
    if readings.activations is None:
        return
    logs = {row.id: row for row in readings.syncs.items} if readings.syncs else {}
    segments = _by_id(readings.segments)
    for row in readings.activations.items:
        health = logs.get(row.id)
        segment = segments.get(row.segment)
        tool = CONNECTORS.get(row.connector_type, row.connector_type or "The tool")
        name = segment.name if segment is not None else (health.segment_name if health else "")
        audience = name or f"segment {row.segment}"
        about: dict[str, Any] = {"name": f"{audience} → {tool}", "tab": "syncs"}
        # One that is off has the error of its last sync for ever: no next one is due.
        if row.status == "error" or (row.last_error and row.status != "inactive"):
            refused = bool(_KEY_REFUSED.search(row.last_error))
            yield _finding(
                "error",
                "sync",
                "activations",
                row.id,
                f"{tool} stopped receiving {audience}",
                why=f"The key is refused: {row.last_error}" if refused else row.last_error,
                # Not known without its logs: it may have been updated long before it failed.
                since=None if health is None else failing_since(health) or row.updated_at,
                remedy="Give the connector a new key, then sync it."
                if refused
                else "Mend what the error names, then sync it.",
                command=f"segops-tui activations update {row.id} --set config.api_key=…"
                if refused
                else f"segops-tui activations sync {row.id}",
                **about,
            )
        elif segment is None and _is_whole(readings.segments):
            yield _finding(
                "error",
                "sync",
                "activations",
                row.id,
                f"{tool} is sent segment {row.segment}, which does not exist",
                remedy="Choose another segment, or delete the connector.",
                command=f"segops-tui activations update {row.id} --set segment=…",
                **about,
            )
        elif segment is not None and _is_late(row, segment, limits.now):
            yield _finding(
                "warning",
                "sync",
                "activations",
                row.id,
                f"{tool} has not received {audience} since it was recomputed",
                why=f"The last sync was {wording.age(row.last_synced_at, now=limits.now)},"
                f" the last compute {wording.age(segment.last_computed_at, now=limits.now)}.",
                since=segment.last_computed_at,
                remedy="Sync it.",
                command=f"segops-tui activations sync {row.id}",
                **about,
            )


def failing_since(health: ActivationHealth | None) -> datetime | None:
    """The first failure of the syncs that have failed in a row; None where none is known."""
    first = None
    logs = [log for log in (health.sync_logs if health else ()) if isinstance(log, Mapping)]
    dated = [(when, log) for log in logs if (when := as_moment(log.get("synced_at"))) is not None]
    for when, log in sorted(dated, key=lambda each: each[0], reverse=True):
        if log.get("status") == "success":
            break
        first = when
    return first


def _is_late(row: Activation, segment: Segment, now: datetime) -> bool:
    """Whether an active connector missed the sync that follows every compute (contract §6)."""
    computed_at = segment.last_computed_at
    if row.status != "active" or computed_at is None or now - computed_at < SYNC_TAKES:
        return False
    # One that was made after the compute waits for the next one.
    if row.created_at is not None and row.created_at > computed_at:
        return False
    return row.last_synced_at is None or computed_at - row.last_synced_at > timedelta(0)


def _computes(readings: Readings, limits: Limits) -> Iterator[HealthFinding]:
    feeding = _feeding(readings)
    pages: tuple[tuple[str, Page[Any] | None], ...] = (
        ("segments", readings.segments),
        ("product-segments", readings.product_segments),
    )
    for pane, page in pages:
        for row in page.items if page else ():
            uses = feeding.get(row.id, []) if pane == "segments" else []
            finding = _compute(pane, row, uses, readings, limits)
            if finding is not None:
                yield finding


def _compute(
    pane: str, row: AnySegment, uses: list[str], readings: Readings, limits: Limits
) -> HealthFinding | None:
    remedy: dict[str, Any] = {
        "name": row.name,
        "remedy": "Recompute it.",
        "command": f"segops-tui {pane} recompute {row.id}",
    }
    used = f"It feeds {wording.listed(uses, most=3)}." if uses else ""
    when = row.last_computed_at
    if row.last_compute_error:
        why = f"{row.last_compute_error} {used}".strip()
        return _finding(
            "error", "compute", pane, row.id, f"{row.name} could not be computed",
            why=why, since=row.updated_at if when is None else when, **remedy,
        )  # fmt: skip
    if not row.is_active or row.is_computing or not has_rule(row):
        return None
    if when is None:
        # A draft is no problem until something reads it as an empty list.
        what = f"{row.name} was never computed, and is read as empty"
        why = used
        if not uses:
            return None
    elif pane == "segments" and row.id in (readings.new_rules or ()):
        what = f"The rule of {row.name} changed after its last compute"
        why = f"Its members are those of the old rule. {used}".strip()
        return _finding(
            "warning", "stale", pane, row.id, what, why=why, since=row.updated_at, **remedy
        )
    elif limits.now - when > STALE_AFTER:
        what, why = f"{row.name} is stale", used
    else:
        return None
    return _finding("warning", "stale", pane, row.id, what, why=why, since=when, **remedy)


def _feeding(readings: Readings) -> dict[int, list[str]]:
    """What reads each segment: active connectors and the rules of other segments."""
    found: dict[int, list[str]] = {}
    for each in readings.activations.items if readings.activations else ():
        if each.status != "inactive":
            tool = CONNECTORS.get(each.connector_type, each.connector_type)
            found.setdefault(each.segment, []).append(tool)
    for rows in (readings.segments, readings.product_segments):
        for row in rows.items if rows else ():
            for segment_id in referenced_segments(row.definition):
                found.setdefault(segment_id, []).append(row.name)
    return found


def _references(readings: Readings) -> Iterator[HealthFinding]:
    known = _by_id(readings.segments) if _is_whole(readings.segments) else None
    feeding = _feeding(readings)
    pages: tuple[tuple[str, Page[Any] | None], ...] = (
        ("segments", readings.segments),
        ("product-segments", readings.product_segments),
    )
    for pane, page in pages:
        for row in page.items if page else ():
            uses = feeding.get(row.id, []) if pane == "segments" else []
            used = f" It feeds {wording.listed(uses, most=3)}." if uses else ""
            about: dict[str, Any] = {
                "name": row.name,
                "tab": "rule",
                "remedy": "Change the rule, then recompute it.",
                "command": f"segops-tui {pane} update {row.id} rule.json",
            }
            gone = sorted(referenced_segments(row.definition) - known.keys()) if known else []
            if known is not None and gone:
                ids = wording.listed([str(each) for each in gone])
                verb = "does" if len(gone) == 1 else "do"
                yield _finding(
                    "error", "reference", pane, row.id,
                    f"The rule of {row.name} refers to segment {ids}, which {verb} not exist",
                    why=f"A missing segment is read as empty.{used}", **about,
                )  # fmt: skip
            odd = sorted(referenced_events(row.definition) & (readings.unused_events or set()))
            if odd and pane == "segments":
                yield _finding(
                    "warning", "event-type", pane, row.id,
                    f"The rule of {row.name} asks for {wording.listed(odd)}, which no user had",
                    why=f"No schema and no event has that type; it may be misspelt.{used}", **about,
                )  # fmt: skip


def _changes(readings: Readings, limits: Limits) -> Iterator[HealthFinding]:
    for row in readings.trends.items if readings.trends else ():
        change = last_change(row, now=limits.now)
        if change is None:
            continue
        day, before, after = change
        share = abs(after - before) / before if before else float(after > 0)
        threshold = limits.of(row.id)
        if share <= threshold:
            continue
        verb = "grew by" if after > before else "lost"
        members = "" if after > before else " of its members"
        words = wording.percent(share) if before else "from nothing"
        what = f"{row.name} {verb} {words}{members}"
        if not before:
            what = f"{row.name} grew from nothing to {wording.plural(after, 'member')}"
        yield _finding(
            "warning",
            "change",
            "segments",
            row.id,
            what,
            name=row.name,
            why=f"{before:,} → {after:,} since {day}, the threshold is"
            f" {wording.percent(threshold)}.",
            since=row.last_computed_at,
            remedy="Look at its history and its versions.",
            command=f"segops-tui segments versions {row.id}",
            tab="history",
        )


def last_change(trend: Trend, *, now: datetime) -> tuple[str, int, int] | None:
    """The last day before the newest one with its count, and the newest count; None without.

    A server carries a count into the next day, in which it is no change. What a compute of
    yesterday has changed is told for a day all the same.
    """
    days = sorted(trend_days(trend).items())
    computed = trend.last_computed_at
    if computed is not None and now - computed < timedelta(days=1) and len(days) > 2:
        (_, before), (newest_day, newest) = days[-2:]
        if before == newest and computed.astimezone(UTC).date().isoformat() < newest_day:
            days.pop()
    if len(days) < 2:
        return None
    (before_day, before), (_, newest) = days[-2:]
    return before_day, before, newest


_WORKS_ON: Final = {
    "sync": "activations",
    "recompute": "segments",
    "recompute-products": "product-segments",
    "page-build": "pages",
    "page-regenerate": "pages",
}
"""The pane of what a kind of job works on."""


def _jobs(
    jobs: Sequence[JobFacts], limits: Limits, told: Collection[tuple[str, str]]
) -> Iterator[HealthFinding]:
    """The jobs that need a person, but for failures of objects that are `told` of already."""
    seen: set[tuple[str, str]] = set()
    for job in jobs:
        # Only the newest of each: a later run tells whether it still fails.
        if (job.kind, job.target) in seen:
            continue
        seen.add((job.kind, job.target))
        when = datetime.fromtimestamp(job.finished_at or job.updated_at, UTC)
        if job.state == "failed" and (_WORKS_ON.get(job.kind, ""), job.target) in told:
            continue
        if job.state == "failed" and limits.now - when <= FAILED_FOR:
            yield _finding(
                "error", "job", "jobs", job.id, f"{_capital(job.title)} failed",
                name=job.title, why=job.error, since=when,
                remedy="Start it again, or forget it.",
                command=job.command or f"segops-tui jobs show {job.id}",
            )  # fmt: skip
        elif job.state in {"detached", "interrupted"}:
            yield _finding(
                "warning", "job", "jobs", job.id, f"{_capital(job.title)} was {job.state}",
                name=job.title, since=when, remedy="Resume it: no work is sent twice.",
                command=f"segops-tui jobs resume {job.id}",
            )  # fmt: skip
        elif job.state == "waiting":
            yield _finding(
                "warning", "job", "jobs", job.id, f"{_capital(job.title)} waits for an answer",
                name=job.title, why=job.error, since=when, remedy="Answer it.",
                command=f"segops-tui jobs resume {job.id}",
            )  # fmt: skip


def _pages(readings: Readings) -> Iterator[HealthFinding]:
    for row in readings.pages.items if readings.pages else ():
        if row.is_broken:
            name = row.title or row.slug
            yield _finding(
                "error", "page", "pages", row.id, f"The build of {name} failed",
                name=name, since=row.updated_at, remedy="Build it again.",
                command=f"segops-tui pages build {row.id}",
            )  # fmt: skip


def _webhooks(readings: Readings) -> Iterator[HealthFinding]:
    for row in readings.webhooks.items if readings.webhooks else ():
        last = row.raw.get("last_delivery")
        if not row.is_active or not isinstance(last, Mapping):
            continue
        if last.get("status") in {None, "success", "delivered", "ok", "pending", "queued"}:
            continue
        code = last.get("status_code")
        yield _finding(
            "error", "webhook", "webhooks", row.id, f"{row.url} did not take the last delivery",
            name=row.url, why=str(last.get("error") or (f"HTTP {code}" if code else "")),
            since=as_moment(last.get("created_at")),
            remedy="Mend the receiver; a delivery is not repeated, the next one follows a compute.",
            command=f"segops-tui webhooks get {row.id}",
        )  # fmt: skip


def _events(readings: Readings) -> Iterator[HealthFinding]:
    if readings.schemas is None:
        return
    rows = readings.schemas.items
    for row in rows:
        dropped = as_integer(row.raw.get("error_count"))
        if dropped:
            yield _finding(
                "warning", "events", "schemas", row.id,
                f"{wording.plural(dropped, f'{row.event_type} event')} dropped",
                name=row.event_type, why=str(row.raw.get("last_error") or ""),
                remedy="Correct the sender, or make the property optional.",
                command=f"segops-tui schemas get {row.id}",
            )  # fmt: skip
    # The API keeps an error log of dropped events (contract §5), but has no documented way to it.
    if rows and not any("error_count" in row.raw for row in rows):
        yield _finding(
            "unknown", "events", "schemas", "", "Dropped events: unknown",
            why="This server does not tell how many events broke their schema.",
        )  # fmt: skip


def _quotas(readings: Readings) -> Iterator[HealthFinding]:
    usage = readings.usage
    if usage is None:
        return
    for name, used, limit in (
        ("events", usage.events_used, usage.events_limit),
        ("AI credits", usage.ai_credits_used, usage.ai_credits_limit),
    ):
        if used is None or not limit:
            yield _finding(
                "unknown", "quota", "analytics", "", f"Quota of {name}: unknown", name=name,
                why="This server does not tell.",
            )  # fmt: skip
        elif limit > 0 and used >= NEAR * limit:
            is_over = used >= limit
            until = f"; the period ends {usage.period_end[:10]}" if usage.period_end else ""
            yield _finding(
                "error" if is_over else "warning", "quota", "analytics", "",
                f"The quota of {name} is used up" if is_over
                else f"{used / limit:.0%} of the {name} of this period are used",
                name=name, why=f"{used:,} of {limit:,}{until}.",
                remedy="Send fewer, or ask for a larger plan.",
                command="segops-tui analytics usage",
            )  # fmt: skip


def _by_id(page: Page[Segment] | None) -> dict[int, Segment]:
    return {row.id: row for row in page.items} if page else {}


def _is_whole(page: Page[Any] | None) -> bool:
    """Whether every row is there: only then is one that is not there missing."""
    if page is None or page.more:
        return False
    return page.count is None or len(page.items) >= page.count


def _capital(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"


def severity_words(value: Any, _context: Context) -> str:
    """The severity with its symbol."""
    symbol, _ = SEVERITIES.get(str(value), ("·", ""))
    return f"{symbol} {value}"


def severity_tone(finding: HealthFinding, _context: Context) -> Tone:
    """How a severity is coloured."""
    return SEVERITIES.get(finding.severity, ("", ""))[1]


def _since_words(value: Any, context: Context) -> str:
    return "–" if value is None else aged(value, context)


FINDINGS: Final[Noun[HealthFinding]] = Noun(
    name="finding",
    plural="findings",
    title="Health",
    key=lambda finding: finding.id,
    label=lambda finding: finding.what,
    empty="All well.",
    columns=(
        Column(
            "severity", "STATE", lambda f: f.severity, severity_words, severity_tone,
            min_width=9, max_width=9,
        ),
        Column(
            "what", "WHAT", lambda f: f.what, flex=True,
            min_width=30, ample_width=60, max_width=90,
        ),
        Column("why", "WHY", lambda f: f.why, flex=True, min_width=16, max_width=70, priority=4),
        Column("since", "SINCE", lambda f: f.since, _since_words, min_width=8, priority=2),
        Column("check", "CHECK", lambda f: f.check, priority=8, wide_only=True),
        Column("name", "OBJECT", lambda f: f.name, priority=9, wide_only=True),
        Column("command", "REMEDY", lambda f: f.command, max_width=70, priority=6),
        Column("place", "PLACE", lambda f: f.place, priority=9, wide_only=True),
    ),
)  # fmt: skip
