"""How activations (a segment pushed to a tool) are shown, and which settings each tool needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.json_text import json_text
from segops_tui.nouns.action import Action, create_action, delete_action, edit_action
from segops_tui.nouns.column import Column, Context, Noun, Tone, aged, format_value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from segops_tui.api.resources.activations import Activation

SYMBOLS: Final = {"active": "●", "inactive": "○", "error": "✗"}
CONNECTORS: Final = {"klaviyo": "Klaviyo", "braze": "Braze", "talonone": "Talon.One"}
"""The makers' spelling, by connector type (contract §6)."""


def status_words(status: Any, _context: Context) -> str:
    """The status with its symbol; an unknown one is shown unchanged."""
    return f"{SYMBOLS.get(str(status), '·')} {format_value(status)}"


def status_tone(status: str) -> Tone:
    """The colour of a status."""
    tones: dict[str, Tone] = {"active": "good", "inactive": "muted", "error": "bad"}
    return tones.get(status, "")


def connector_words(value: Any, _context: Context) -> str:
    """A connector's name as its maker spells it."""
    return CONNECTORS.get(str(value), format_value(value))


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
            lambda a, _: status_tone(a.status), min_width=9,
        ),
        Column("last_synced_at", "SYNCED", lambda a: a.last_synced_at, aged, min_width=8),
        Column(
            "last_error", "LAST ERROR", lambda a: a.last_error, lambda v, _: format_value(v),
            lambda a, _: "bad" if a.last_error else "", max_width=60, flex=True, priority=6,
        ),
        Column("updated_at", "UPDATED", lambda a: a.updated_at, aged, priority=8, wide_only=True),
    ),
)  # fmt: skip

SYNC: Final = Action(
    "activations.sync",
    "Sync",
    "r",
    "marked",
    "activations sync {ids}",
    help="Push who entered and who left since the last sync.",
    changes=True,
)
TOGGLE: Final = Action(
    "activations.toggle",
    "Turn on/off",
    "t",
    "marked",
    "activations update {id} --set status={status}",
    help="An active one is synced after every recompute of its segment.",
    changes=True,
)
CREATE: Final = create_action("activations", "activation")
EDIT: Final = edit_action("activations", "activation")
DELETE: Final = delete_action(
    "activations", help="Delete for good; the tool keeps what it was sent."
)

ACTIVATION_ACTIONS: Final[tuple[Action, ...]] = (SYNC, TOGGLE, CREATE, EDIT, DELETE)

MASK: Final = "***"
"""The API shows this in place of a secret; it is never sent back (contract §6)."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One key of a connector's `config`."""

    name: str
    title: str
    required: bool = True
    secret: bool = False
    hint: str = ""
    check: Callable[[Any], str] | None = None


def _address(value: Any) -> str:
    words = str(value)
    if not words.startswith("https://") or len(words) == len("https://"):
        return "The address must begin with https://."
    return "Remove the slash at the end." if words.endswith("/") else ""


_KEY: Final = Setting("api_key", "API key", secret=True)

SETTINGS: Final[Mapping[str, tuple[Setting, ...]]] = {
    "klaviyo": (
        Setting("list_id", "List", hint="the id in the list's address"),
        _KEY,
    ),
    "braze": (
        Setting(
            "rest_endpoint", "REST endpoint", hint="https://rest.iad-01.braze.com", check=_address
        ),
        Setting("segment_id", "Braze segment", required=False, hint="its id, if there is one"),
        _KEY,
    ),
    "talonone": (
        Setting("base_url", "Address", hint="https://yours.europe-west1.talon.one", check=_address),
        Setting("audience_id", "Audience", hint="the id of the audience"),
        _KEY,
    ),
}
"""The settings of each connector type (contract §6), the secret last."""


def is_masked(value: Any) -> bool:
    """Whether the server masks a setting, or a part of it."""
    return value == MASK or (isinstance(value, dict | list) and MASK in json_text(value))
