"""A landing page's form: the question it answers, its title, and a slug made of either."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any, Final

from textual.widgets import Input

from segops_tui.tui.core.text import crop, one_line
from segops_tui.tui.dialogs.form import Form
from segops_tui.tui.dialogs.form_fields import FormField
from segops_tui.tui.widgets.choice import Choice

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from segops_tui.api.resources.pages import GeneratedPage
    from segops_tui.api.resources.queries import AIQuery

NONE: Final = "none"
_SLUG: Final = re.compile(r"[-a-zA-Z0-9_]+")
_NOT_SLUG: Final = re.compile(r"[^a-z0-9]+")
_QUESTION: Final = 200
"""Cells of a question in the choice, which cuts it to its own width."""


def slug_of(words: str) -> str:
    """A slug made of a title."""
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    return _NOT_SLUG.sub("-", plain).strip("-")[:80].strip("-")


def choices_of(queries: Sequence[AIQuery]) -> dict[str, int]:
    """The id of each tracked query, by its text in the choice."""
    texts = {query.id: crop(one_line(query.query_text), _QUESTION) for query in queries}
    return {f"{key} {text}": key for key, text in texts.items()}


def page_fields(row: GeneratedPage | None, queries: Sequence[AIQuery]) -> list[FormField]:
    """The form's fields; the question is chosen when the page is created."""
    raw = {} if row is None else row.raw
    choices = choices_of(queries)
    taken = next((text for text, key in choices.items() if key == raw.get("query")), NONE)
    return [
        FormField(
            "query", "Question", "choice", taken, options=(NONE, *choices), fixed=row is not None
        ),
        FormField("title", "Title", value=raw.get("title"), longest=1000,
                  hint="default: the question"),
        FormField(
            "slug", "Slug", value=raw.get("slug"), required=True, longest=200, check=_slug_fault,
            hint="the last part of its address",
        ),
    ]  # fmt: skip


def page_body(values: Mapping[str, Any], queries: Sequence[AIQuery]) -> dict[str, Any]:
    """The request body, with the question as the id of its query."""
    body = dict(values)
    key = choices_of(queries).get(str(body.pop("query", NONE)))
    return body if key is None else {"query": key, **body}


class PageForm(Form):
    """A form whose slug follows title and question until the user types another one."""

    _followed = ""

    def changed_field(self, name: str) -> None:
        """Update the slug."""
        slug = self.query_one("#field-slug", Input)
        if name == "slug" or self._changed_only or slug.value not in {"", self._followed}:
            return
        title = self.query_one("#field-title", Input).value.strip()
        question = self.query_one("#field-query", Choice).value
        words = title or ("" if question == NONE else question.partition(" ")[2])
        self._followed = slug.value = slug_of(words)


def _slug_fault(slug: Any) -> str:
    if _SLUG.fullmatch(str(slug)):
        return ""
    return "Only letters, digits, - and _ are allowed."
