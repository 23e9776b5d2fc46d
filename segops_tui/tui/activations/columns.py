"""The columns of the Activations pane: a connector's own, how it fares, and what runs now.

Knows both nouns and the words of a sync under way; asks nobody.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from segops_tui.nouns.activations import ACTIVATIONS, CONNECTORS, status_tone, status_words
from segops_tui.nouns.analytics import HEALTH
from segops_tui.nouns.column import Column, Context, Noun, Tone
from segops_tui.tui.plots.meter import spinner

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from segops_tui.api.resources.activations import Activation
    from segops_tui.api.resources.analytics import ActivationHealth
    from segops_tui.jobs.engine.progress import Progress

_OF_HEALTH: Final = ("success_rate", "sync_logs")
"""Columns that analytics know, beside the connector's own."""
_GIVEN_UP: Final = {"connector_type": 1, "last_synced_at": 2}
_LAST: Final = ("last_error", "updated_at")


def with_health(
    known: Mapping[int, ActivationHealth],
    *,
    segment: Callable[[Activation], str],
    progress: Callable[[Activation], Progress | None],
) -> Noun[Activation]:
    """The noun of a connector: told by its segment's name, its health beside it, its sync live."""

    def state(row: Activation, context: Context) -> str:
        running = progress(row)
        if running is None:
            return status_words(row.status, context)
        return f"{spinner(max(0.0, context.now.timestamp() - running.started_at))} syncing"

    def tone(row: Activation, _context: Context) -> Tone:
        return status_tone(row.status) if progress(row) is None else "busy"

    columns: dict[str, Column[Activation]] = {c.key: c for c in ACTIVATIONS.columns}
    columns["segment"] = replace(columns["segment"], value=segment, words=None, min_width=18)
    columns["status"] = replace(columns["status"], words=state, tone=tone, min_width=10)
    # Where there is little room, which segment and how it stands are worth most.
    for key, priority in _GIVEN_UP.items():
        columns[key] = replace(columns[key], priority=priority)
    last = {key: columns.pop(key) for key in _LAST}
    for key in _OF_HEALTH:
        columns[key] = _of_health(known, HEALTH.column(key))
    return replace(
        ACTIVATIONS,
        columns=tuple({**columns, **last}.values()),
        label=lambda row: (
            f"{CONNECTORS.get(row.connector_type, row.connector_type)} for {segment(row)}"
        ),
        empty="No activations yet. n makes one: a segment, and the tool it is pushed to.",
    )


def _of_health(
    known: Mapping[int, ActivationHealth], column: Column[ActivationHealth]
) -> Column[Activation]:
    def words(row: Activation, context: Context) -> str:
        health = known.get(row.id)
        return "–" if health is None else column.text(health, context)

    def tone(row: Activation, context: Context) -> Tone:
        health = known.get(row.id)
        return "" if health is None else column.tone(health, context)

    def value(row: Activation) -> Any:
        health = known.get(row.id)
        return None if health is None else column.value(health)

    return Column(
        column.key,
        column.title,
        value,
        words=words,
        tone=tone,
        align=column.align,
        priority=column.priority + 3,
    )
