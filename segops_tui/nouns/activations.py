"""How activations, the connectors that push a segment to a tool, look to a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from segops_tui.nouns.action import Action, create_action, delete_action, edit_action
from segops_tui.nouns.column import Column, Context, Noun, Tone, aged, said

if TYPE_CHECKING:
    from segops_tui.api.resources.activations import Activation

SYMBOLS: Final = {"active": "●", "inactive": "○", "error": "✗"}
CONNECTORS: Final = {"klaviyo": "Klaviyo", "braze": "Braze", "talonone": "Talon.One"}
"""Wire values of the contract's §6, as the tools spell themselves."""


def status_words(status: Any, _context: Context) -> str:
    """The status with its symbol; an unknown one is told as it is."""
    return f"{SYMBOLS.get(str(status), '·')} {said(status)}"


def status_tone(status: str) -> Tone:
    """How a status is coloured."""
    tones: dict[str, Tone] = {"active": "good", "inactive": "muted", "error": "bad"}
    return tones.get(status, "")


def connector_words(value: Any, _context: Context) -> str:
    """A connector's name as its maker spells it."""
    return CONNECTORS.get(str(value), said(value))


def _segment_words(activation: Activation, context: Context) -> str:
    name = context.names.get(activation.segment)
    return f"{activation.segment} {name}" if name else str(activation.segment)


ACTIVATIONS: Final[Noun[Activation]] = Noun(
    name="activation",
    plural="activations",
    title="Activations",
    key=lambda activation: activation.id,
    label=lambda activation: (
        f"{CONNECTORS.get(activation.connector_type, activation.connector_type)}"
        f" for segment {activation.segment}"
    ),
    empty="No activations yet. Add one: segops-tui activations create --set segment=… "
    "--set connector_type=klaviyo --set config.list_id=…",
    columns=(
        Column("id", "ID", lambda a: a.id, align="right", min_width=2, priority=5),
        Column(
            "segment", "SEGMENT", lambda a: a.segment, words=_segment_words, flex=True,
            min_width=10,
        ),
        Column(
            "connector_type", "CONNECTOR", lambda a: a.connector_type, connector_words,
            min_width=9,
        ),
        Column(
            "status", "STATUS", lambda a: a.status, status_words,
            lambda a, _: status_tone(a.status), min_width=10,
        ),
        Column("last_synced_at", "SYNCED", lambda a: a.last_synced_at, aged, min_width=9),
        Column(
            "last_error", "LAST ERROR", lambda a: a.last_error, lambda v, _: said(v),
            lambda a, _: "bad" if a.last_error else "", max_width=60, flex=True, priority=6,
        ),
        Column("updated_at", "UPDATED", lambda a: a.updated_at, aged, priority=8, wide_only=True),
    ),
)  # fmt: skip

ACTIVATION_ACTIONS: tuple[Action, ...] = (
    Action(
        "activations.sync",
        "Sync",
        "r",
        "marked",
        "activations sync {ids}",
        help="Push who entered and who left since the last sync.",
        changes=True,
    ),
    Action(
        "activations.toggle",
        "Turn on/off",
        "t",
        "marked",
        "activations update {id} --set status={status}",
        help="An active one is synced after every recompute of its segment.",
        changes=True,
    ),
    create_action("activations", "activation"),
    edit_action("activations", "activation"),
    delete_action("activations", help="Delete for good; the tool keeps what it was sent."),
)
