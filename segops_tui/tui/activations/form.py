"""The form of a connector: it asks what the chosen tool needs, and sends settings whole.

Knows settings by connector; what is common to forms is `form`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from textual.suggester import SuggestFromList
from textual.widgets import Input

from segops_tui.nouns.activations import CONNECTORS
from segops_tui.nouns.connectors import SETTINGS, Setting, is_masked
from segops_tui.tui.dialogs.form import Form
from segops_tui.tui.dialogs.form_fields import FormField, Reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from segops_tui.api.resources.activations import Activation
    from segops_tui.tui.core.segment_names import SegmentNames

CONNECTOR: Final = "connector_type"
SEGMENT: Final = "segment"
CONFIG: Final = "config."
_WHOLE: Final = "Type it again: settings are sent whole, and the server keeps this one to itself."


class ConnectorForm(Form):
    """Lines come and go with the connector."""

    def on_mount(self) -> None:
        """Complete names of segments, and ask for the first connector's settings."""
        super().on_mount()
        for field in self._fields:
            if field.name == SEGMENT:
                line = self.query_one(f"#field-{field.slug}", Input)
                line.suggester = SuggestFromList(field.options, case_sensitive=False)
        self._follow()

    def changed_field(self, name: str) -> None:
        """Another connector asks for other things."""
        if name == CONNECTOR:
            self._follow()

    def _follow(self) -> None:
        for field in self._fields:
            line = self._line(field).parent
            if line is not None:
                line.display = self._is_asked(field)
            if not self._is_asked(field):
                self._show_fault(field, "")

    def _is_asked(self, field: FormField) -> bool:
        if not field.name.startswith(CONFIG) or self._changed_only:
            return True
        chosen = next((self._typed(f) for f in self._fields if f.name == CONNECTOR), "")
        return any(CONFIG + setting.name == field.name for setting in SETTINGS.get(chosen, ()))

    def _readings(self) -> dict[str, Reading]:
        readings = super()._readings()
        for field in self._fields:
            if not self._is_asked(field):
                readings[field.name] = Reading(empty=True)
        if self._changed_only and self._config_changes(readings):
            for field in self._fields:
                if field.secret and readings[field.name].empty:
                    readings[field.name] = Reading(fault=_WHOLE, empty=True)
        return readings

    def _config_changes(self, readings: Mapping[str, Reading]) -> bool:
        return any(
            field.name.startswith(CONFIG) and readings[field.name].value != (field.value or None)
            for field in self._fields
        )


def fields_of(row: Activation | None, segments: SegmentNames) -> list[FormField]:
    """What is asked for, of a connector that there is or of a new one."""
    segment = FormField(
        SEGMENT,
        "Segment",
        value=None if row is None else segments.label(row.segment),
        options=segments.labels,
        required=True,
        hint="its name, or its id; → takes the one proposed",
        check=segments.fault,
    )
    if row is None:
        return [_connector(None), segment, *_new_settings()]
    return [_connector(row), segment, *_settings_of(row)]


def body_of(
    row: Activation | None, values: Mapping[str, Any], segments: SegmentNames
) -> dict[str, Any]:
    """What the API takes: the segment's id, and the settings whole, never a mask among them."""
    body = {name: value for name, value in values.items() if not name.startswith(CONFIG)}
    if SEGMENT in body:
        body[SEGMENT] = segments.id_of(str(body[SEGMENT]))
    changed = {n.removeprefix(CONFIG): v for n, v in values.items() if n.startswith(CONFIG)}
    if changed:
        kept = {} if row is None else row.config
        whole = {**{name: v for name, v in kept.items() if not is_masked(v)}, **changed}
        body["config"] = {name: v for name, v in whole.items() if v not in (None, "")}
    return body


def flat(body: Mapping[str, Any]) -> dict[str, Any]:
    """A body as `--set` says it: `config.list_id=…`."""
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
    """Every setting of every connector once; the form shows those of the chosen one."""
    every = {setting.name: setting for settings in SETTINGS.values() for setting in settings}
    last = every.pop("api_key")
    for setting in (*every.values(), last):
        yield _field(setting, None)


def _settings_of(row: Activation) -> Iterator[FormField]:
    """The connector's own settings, and whatever else the server has of it."""
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
        hint="kept as it is" if masked else setting.hint,
        check=setting.check,
        secret=setting.secret or masked,
    )
