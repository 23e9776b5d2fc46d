"""The form of a connector: its fields depend on the chosen tool.

The API replaces `config` as a whole, so all settings are sent, and masked ones are typed again.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from textual.suggester import SuggestFromList
from textual.widgets import Input

from segops_tui import wording
from segops_tui.nouns.activations import CONNECTORS, SETTINGS, Setting, is_masked
from segops_tui.tui.core.text import crop, one_line
from segops_tui.tui.dialogs.form import Form
from segops_tui.tui.dialogs.form_fields import FormField, Reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from segops_tui.api.resources.activations import Activation

CONNECTOR: Final = "connector_type"
SEGMENT: Final = "segment"
CONFIG: Final = "config."
_TYPE_AGAIN: Final = "Type it again: all settings are sent, and the server does not show this one."


class ConnectorForm(Form):
    """Shows the fields of the chosen connector."""

    def on_mount(self) -> None:
        """Complete segment names, and show the first connector's fields."""
        super().on_mount()
        for field in self._fields:
            if field.name == SEGMENT:
                line = self.query_one(f"#field-{field.slug}", Input)
                line.suggester = SuggestFromList(field.options, case_sensitive=False)
        self._show_fields()

    def changed_field(self, name: str) -> None:
        """Show the fields of another connector."""
        if name == CONNECTOR:
            self._show_fields()

    def _show_fields(self) -> None:
        for field in self._fields:
            line = self._line(field).parent
            if line is not None:
                line.display = self._is_shown(field)
            if not self._is_shown(field):
                self._show_fault(field, "")

    def _is_shown(self, field: FormField) -> bool:
        if not field.name.startswith(CONFIG) or self._changed_only:
            return True
        chosen = next((self._typed(f) for f in self._fields if f.name == CONNECTOR), "")
        return any(CONFIG + setting.name == field.name for setting in SETTINGS.get(chosen, ()))

    def _readings(self) -> dict[str, Reading]:
        readings = super()._readings()
        for field in self._fields:
            if not self._is_shown(field):
                readings[field.name] = Reading(empty=True)
        if self._changed_only and self._config_changes(readings):
            for field in self._fields:
                if field.secret and readings[field.name].empty:
                    readings[field.name] = Reading(fault=_TYPE_AGAIN, empty=True)
        return readings

    def _config_changes(self, readings: Mapping[str, Reading]) -> bool:
        return any(
            field.name.startswith(CONFIG) and readings[field.name].value != (field.value or None)
            for field in self._fields
        )


def connector_fields(row: Activation | None, segments: SegmentNames) -> list[FormField]:
    """The fields of a connector, or of a new one."""
    segment = FormField(
        SEGMENT,
        "Segment",
        value=None if row is None else segments.label(row.segment),
        options=segments.labels,
        required=True,
        hint="its name or its id; → accepts the suggestion",
        check=segments.fault,
    )
    if row is None:
        return [_connector(None), segment, *_new_settings()]
    return [_connector(row), segment, *_settings_of(row)]


def connector_body(
    row: Activation | None, values: Mapping[str, Any], segments: SegmentNames
) -> dict[str, Any]:
    """The request body: the segment's id and, if one changed, all settings except masked ones."""
    body = {name: value for name, value in values.items() if not name.startswith(CONFIG)}
    if SEGMENT in body:
        body[SEGMENT] = segments.id_of(str(body[SEGMENT]))
    changed = {n.removeprefix(CONFIG): v for n, v in values.items() if n.startswith(CONFIG)}
    if changed:
        present = {} if row is None else row.config
        config = {**{name: v for name, v in present.items() if not is_masked(v)}, **changed}
        body["config"] = {name: v for name, v in config.items() if v not in (None, "")}
    return body


def flat_body(body: Mapping[str, Any]) -> dict[str, Any]:
    """A body with the keys that `--set` takes: `config.list_id=…`."""
    found: dict[str, Any] = {}
    for name, value in body.items():
        if name == "config" and isinstance(value, dict):
            found.update({f"{CONFIG}{key}": inner for key, inner in value.items()})
        else:
            found[name] = value
    return found


def _connector(row: Activation | None) -> FormField:
    if row is None:
        return FormField(
            CONNECTOR, "Connector", kind="choice", value="klaviyo", options=list(CONNECTORS),
            required=True,
        )  # fmt: skip
    title = CONNECTORS.get(row.connector_type, row.connector_type)
    return FormField(CONNECTOR, "Connector", value=title, fixed=True)


def _new_settings() -> Iterator[FormField]:
    """Every setting of every connector; the form shows those of the chosen one."""
    every = {setting.name: setting for settings in SETTINGS.values() for setting in settings}
    last = every.pop("api_key")
    for setting in (*every.values(), last):
        yield _field(setting, None)


def _settings_of(row: Activation) -> Iterator[FormField]:
    """The connector's own settings, and any others the server has."""
    known = {setting.name: setting for setting in SETTINGS.get(row.connector_type, ())}
    others = [Setting(name, name, required=False) for name in row.config if name not in known]
    for setting in (*known.values(), *others):
        yield _field(setting, row.config.get(setting.name))


def _field(setting: Setting, value: Any) -> FormField:
    masked = is_masked(value)
    is_text = value is None or isinstance(value, str) or masked
    return FormField(
        CONFIG + setting.name,
        setting.title,
        kind="text" if is_text else "json",
        value=None if masked or value == "" else value,
        required=setting.required and not masked,
        hint="unchanged" if masked else setting.hint,
        check=setting.check,
        secret=setting.secret or masked,
    )


_LONGEST = 60
_LISTED = 3
"""Matching names that a fault lists."""


class SegmentNames:
    """Resolves what was typed for a segment: its name or its id."""

    def __init__(self, names: Mapping[int, str]) -> None:
        shown = {key: crop(one_line(name).strip(), _LONGEST) for key, name in names.items()}
        times = Counter(name.casefold() for name in shown.values())
        # Names of more than one segment are followed by the id.
        self._labels = {
            key: name if name and times[name.casefold()] == 1 else f"{name} #{key}".strip()
            for key, name in shown.items()
        }
        self._ids = {label.casefold(): key for key, label in self._labels.items()}

    @property
    def labels(self) -> list[str]:
        """The labels of all segments, sorted."""
        return sorted(self._labels.values(), key=str.casefold)

    def label(self, segment_id: int) -> str:
        """The label of a segment."""
        return self._labels.get(segment_id, str(segment_id))

    def id_of(self, typed: str) -> int | None:
        """The segment of a name, of a part of one name only, or of an id."""
        words = typed.strip().casefold()
        if words in self._ids:
            return self._ids[words]
        if words.removeprefix("#").isascii() and words.removeprefix("#").isdigit():
            # The server rejects an id that does not exist.
            return int(words.removeprefix("#")[:18])
        matching = self._matching(words)
        return self._ids[matching[0].casefold()] if len(matching) == 1 else None

    def fault(self, typed: object) -> str:
        """Why it is not a segment; lists the matching names where there are several."""
        words = str(typed).strip().casefold()
        if self.id_of(words) is not None:
            return ""
        matching = self._matching(words)
        if not matching:
            return "No such segment; enter a name or an id."
        return f"Which one? {wording.listed(matching, most=_LISTED, word='or')}"

    def _matching(self, words: str) -> list[str]:
        return [label for label in self.labels if words in label.casefold()]
