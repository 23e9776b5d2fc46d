"""What a line of a form is typed or chosen in, and what stands in it now.

Knows kinds of fields and the widget of each; sends nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Input, Static, TextArea

from segops_tui.tui.core.key_hints import key_words
from segops_tui.tui.core.text import block, one_line
from segops_tui.tui.dialogs.form_fields import NO, YES
from segops_tui.tui.widgets.choice import Choice
from segops_tui.tui.widgets.text_input import TextInput
from segops_tui.tui.widgets.ticks import Ticks

_KEYS = (("tab", "next"), ("← →", "choose"), ("ctrl+y", "copy command"), ("esc", "cancel"))

if TYPE_CHECKING:
    from textual.widget import Widget

    from segops_tui.tui.dialogs.form_fields import FormField


def line_of(field: FormField) -> Widget:
    """A widget to type or choose in, its first value in it."""
    name = f"field-{field.slug}"
    if field.fixed:
        return Static(Content(one_line(field.typed or "–")), classes="fixed", id=name)
    match field.kind:
        case "choice":
            options = list(dict.fromkeys([*field.options, *filter(None, [field.typed])]))
            return Choice(options, value=field.typed or options[0], id=name)
        case "flag":
            return Choice([YES, NO], value=field.typed, id=name)
        case "several":
            return Ticks(field.options, taken=list(field.value or ()), id=name)
        case "json" | "lines":
            area = TextArea(block(field.typed), id=name, tab_behavior="focus", compact=True)
            is_short = field.reader is None and (field.kind == "lines" or not field.typed)
            return area.set_class(is_short, "-short")
    return TextInput(
        one_line(field.typed),
        id=name,
        placeholder=one_line(field.hint),
        password=field.secret,
        compact=True,
        select_on_focus=False,
    )


def typed_of(field: FormField, widget: Widget) -> str:
    """What stands in it; what a server sent is drawn without its controls, and is itself until
    somebody changes it."""
    typed = typed_in(widget)
    drawn = block if isinstance(widget, TextArea) else one_line
    return field.typed if typed == drawn(field.typed) else typed


def typed_in(widget: Widget) -> str:
    """What stands in it, as a person would type it.

    Raises:
        TypeError: nothing can be typed in it.
    """
    match widget:
        case Input() | Choice():
            return widget.value
        case TextArea():
            return widget.text
        case Ticks():
            return ", ".join(widget.taken)
    raise TypeError(type(widget))


def label_of(field: FormField) -> Content:
    """What it is called, with a star where it is needed."""
    return Content.assemble(one_line(field.label), (" *" if field.required else "", "$primary"))


def write_in(widget: Widget, typed: str) -> None:
    """Put something there as if it had been typed."""
    match widget:
        case Input() | Choice():
            widget.value = typed
        case TextArea():
            widget.text = typed


def keys_line(save: str) -> Content:
    """The keys of a form, below it; `save` is what ctrl+s does, in a word."""
    return key_words(("ctrl+s", save), *_KEYS)
