"""Use against the plan: a bar for each limit, words beside it, and where the pace leads."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from textual.content import Content
from textual.widget import Widget

from segops_tui import wording
from segops_tui.nouns.analytics import UNLIMITED, used_tone
from segops_tui.tui.core.text import fit, one_line
from segops_tui.tui.core.theme import TONES
from segops_tui.tui.plots.meter import FILLED, meter

if TYPE_CHECKING:
    from segops_tui.api.resources.analytics import Usage

_LABEL: Final = 16
_WORDS: Final = {"": "", "warn": "nearly all of it", "bad": "used up"}
_DAY: Final = 86_400.0
_FAINT: Final = "$text-muted"


class UsageMeters(Widget):
    """The period, and what was used in it."""

    DEFAULT_CSS = "UsageMeters { height: auto; width: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self._usage: Usage | None = None
        self._now = datetime(1970, 1, 1, tzinfo=UTC)

    def show(self, usage: Usage, *, now: datetime) -> None:
        """Draw this use, as it stands now."""
        self._usage, self._now = usage, now
        self.refresh(layout=True)

    def render(self) -> Content:
        """Draw what was shown last."""
        if self._usage is None:
            return Content("")
        return Content("\n").join(usage_lines(self._usage, now=self._now, cells=self.size.width))


def usage_lines(usage: Usage, *, now: datetime, cells: int) -> list[Content]:
    """The plan, the period, a bar for each limit; then what has none."""
    gone = share_gone(usage, now=now)
    lines = [
        Content.assemble((fit("Plan", _LABEL), _FAINT), (one_line(usage.plan or "–"), "bold")),
        Content(""),
        *_period(usage, gone, now=now, cells=cells),
    ]
    for label, used, limit in (
        ("Events", usage.events_used, usage.events_limit),
        ("AI credits", usage.ai_credits_used, usage.ai_credits_limit),
    ):
        lines += [Content(""), *_limit(label, used, limit, gone=gone, cells=cells)]
    lines += [
        Content(""),
        _fact("Users counted", wording.count(usage.mtu_computed), "what the plan bills by"),
        _fact("API calls", wording.count(usage.api_calls_per_minute_limit), "a minute at most"),
    ]
    return lines


def share_gone(usage: Usage, *, now: datetime) -> float | None:
    """How much of the period is over, 0 to 1; None where its ends cannot be read."""
    start, end = _moment(usage.period_start), _moment(usage.period_end)
    if start is None or end is None or end <= start:
        return None
    return min(max((now - start) / (end - start), 0.0), 1.0)


def _period(usage: Usage, gone: float | None, *, now: datetime, cells: int) -> list[Content]:
    end = _moment(usage.period_end)
    days = f"{one_line(usage.period_start)[:10]} to {one_line(usage.period_end)[:10]}"
    if gone is None or end is None:
        return [_fact("Period", days if days.strip() != "to" else "–", "")]
    left = max(0.0, (end - now).total_seconds() / _DAY)
    rest = (
        "over"
        if left <= 0
        else "less than a day left"
        if left < 1
        else f"{wording.plural(int(left), 'day')} left"
    )
    bar = meter(gone, _bar(cells), style=_FAINT)
    words = Content.assemble("  ", (rest, "bold"))
    return [
        Content.assemble((fit("Period", _LABEL), _FAINT), bar, words),
        Content.styled(" " * _LABEL + days, _FAINT),
    ]


def _limit(label: str, used: int, limit: int, *, gone: float | None, cells: int) -> list[Content]:
    name = (fit(label, _LABEL), _FAINT)
    if limit <= UNLIMITED:
        return [Content.assemble(name, (wording.count(used), "bold"), "  no limit")]
    if limit == 0:
        return [Content.assemble(name, (wording.count(used), "bold"), "  none in this plan")]
    share = used / limit
    tone = used_tone(used, limit)
    style = TONES[tone]
    words = Content.assemble("  ", (wording.percent(share), f"bold {style}".strip()))
    if tone:
        words = Content.assemble(words, (f"  ! {_WORDS[tone]}", style))
    below = f"{wording.count(used)} of {wording.count(limit)}"
    return [
        Content.assemble(name, meter(share, _bar(cells), style=style or FILLED), words),
        Content.assemble((" " * _LABEL + below, _FAINT), _pace(used, limit, gone=gone)),
    ]


def _pace(used: int, limit: int, *, gone: float | None) -> Content:
    """Where it leads, once a tenth of the period tells anything about the rest."""
    if gone is None or gone < 0.1 or not used:
        return Content("")
    whole = round(used / gone)
    words = f"   at this pace {wording.count(whole)} by its end"
    return Content.styled(words, "$warning" if 0 < limit < whole else _FAINT)


def _fact(label: str, words: str, note: str) -> Content:
    return Content.assemble(
        (fit(label, _LABEL), _FAINT), (one_line(words), "bold"), (f"  {note}".rstrip(), _FAINT)
    )


def _bar(cells: int) -> int:
    return max(8, min(48, cells - _LABEL - 26))


def _moment(words: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(words)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
