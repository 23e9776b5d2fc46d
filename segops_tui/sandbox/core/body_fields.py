"""Reads fields from a JSON body and collects every error before refusing it (contract §1.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from segops_tui.sandbox.core.errors import REQUIRED, ApiRefusal

if TYPE_CHECKING:
    from collections.abc import Container

Intent = Literal["create", "replace", "update"]
_MISSING: Any = object()


class BodyForm:
    """Reads fields from a body into `values`; `check` raises if any field was refused.

    An absent field gets its default on create and is left unchanged otherwise.

    Raises:
        ApiRefusal: the body is not an object.
    """

    def __init__(self, body: Any, *, intent: Intent) -> None:
        if not isinstance(body, dict):
            kind = type(body).__name__
            words = f"Invalid data. Expected a dictionary, but got {kind}."
            raise ApiRefusal(400, {"non_field_errors": [words]})
        self.body: dict[str, Any] = body
        self.intent = intent
        self.values: dict[str, Any] = {}
        self.errors: dict[str, list[str]] = {}

    def text(
        self,
        name: str,
        *,
        required: bool = False,
        default: str = "",
        longest: int = 255,
        choices: Container[str] | None = None,
        opaque: bool = False,
    ) -> None:
        """Read a string, trimmed unless `opaque`; a required string may not be blank."""
        value = self._given(name, required, default)
        if value is _MISSING:
            return
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        if isinstance(value, str) and not opaque:
            value = value.strip()
        if not isinstance(value, str):
            self.refuse(name, "Not a valid string.")
        elif "\0" in value:
            self.refuse(name, "Null characters are not allowed.")
        elif required and not value.strip():
            self.refuse(name, "This field may not be blank.")
        elif choices is not None and value not in choices:
            self.refuse(name, f'"{value}" is not a valid choice.')
        elif len(value) > longest:
            self.refuse(name, f"Ensure this field has no more than {longest} characters.")
        else:
            self.values[name] = value

    def flag(self, name: str, *, default: bool = False) -> None:
        """Read a boolean."""
        value = self._given(name, False, default)
        if isinstance(value, bool):
            self.values[name] = value
        elif value is not _MISSING:
            self.refuse(name, "Must be a valid boolean.")

    def mapping(self, name: str, *, required: bool = False) -> None:
        """Read an object."""
        value = self._given(name, required, {})
        if isinstance(value, dict):
            self.values[name] = value
        elif value is not _MISSING:
            self.refuse(name, f"Expected a dictionary of items but got {type(value).__name__}.")

    def array(self, name: str, *, required: bool = False) -> None:
        """Read an array."""
        value = self._given(name, required, [])
        if isinstance(value, list):
            self.values[name] = value
        elif value is not _MISSING:
            self.refuse(name, f"Expected a list of items but got {type(value).__name__}.")

    def refuse(self, name: str, *complaints: str) -> None:
        """Record errors of a field."""
        self.errors.setdefault(name, []).extend(complaints)

    def check(self) -> dict[str, Any]:
        """Return the values.

        Raises:
            ApiRefusal: 400, with the errors of every refused field.
        """
        if self.errors:
            raise ApiRefusal(400, self.errors)
        return self.values

    def _given(self, name: str, required: bool, default: Any) -> Any:
        if name not in self.body:
            if required and self.intent != "update":
                self.refuse(name, REQUIRED)
            elif not required and self.intent == "create":
                return default
            return _MISSING
        if self.body[name] is None:
            self.refuse(name, "This field may not be null.")
            return _MISSING
        return self.body[name]


def read_texts(
    form: BodyForm, name: str, *, longest: int = 255, choices: Container[str] | None = None
) -> None:
    """Read an array of strings: trimmed, not blank, duplicates dropped."""
    if name not in form.body and form.intent != "create":
        return
    form.array(name)
    given = form.values.get(name, [])
    texts = [item.strip() for item in given if isinstance(item, str)]
    if len(texts) < len(given):
        form.refuse(name, "Not a valid string.")
    elif "" in texts:
        form.refuse(name, "This field may not be blank.")
    elif any(len(text) > longest for text in texts):
        form.refuse(name, f"Ensure this field has no more than {longest} characters.")
    elif any("\0" in text for text in texts):
        form.refuse(name, "Null characters are not allowed.")
    elif choices is not None and (odd := [text for text in texts if text not in choices]):
        form.refuse(name, *(f'"{text}" is not a valid choice.' for text in odd))
    else:
        form.values[name] = [*dict.fromkeys(texts)]


def declared_field_error(item: Any, *, types: Container[str]) -> str:
    """The error of a field that a schema declares: `.name: …`, or "" for a valid one."""
    if not isinstance(item, dict):
        return ": must be an object."
    name = item.get("name")
    if name is None:
        return f".name: {REQUIRED}"
    if not isinstance(name, str) or not name.strip() or "\0" in name or len(name) > 255:
        return ".name: Not a valid string."
    if item.get("type", "string") not in types:
        return f'.type: "{item["type"]}" is not a valid choice.'
    if not isinstance(item.get("required", False), bool):
        return ".required: Must be a valid boolean."
    return ""
