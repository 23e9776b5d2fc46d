"""What is known of a row that has no more to it than its own fields.

Knows a noun's columns; fetches nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from textual.content import Content
from textual.widgets import TabPane

from segops_tui.nouns.column import Context
from segops_tui.tui.panes.detail import Detail, Scroll
from segops_tui.tui.widgets.fact_list import FactList

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from segops_tui.nouns.column import Noun
    from segops_tui.tui.core.workspace import Workspace

R = TypeVar("R")


class FactsDetail(Detail[R]):
    """Every column under its name."""

    first_tab = "facts"

    def __init__(self, workspace: Workspace, noun: Noun[R]) -> None:
        super().__init__(workspace)
        self.noun = noun
        self._facts = FactList()

    def compose(self) -> ComposeResult:
        """One tab."""
        yield self.head
        with self.tabs, TabPane("Facts", id="facts"), Scroll():
            yield self._facts

    def name_of(self, row: R) -> str:
        """As the noun names it in a sentence."""
        return self.noun.label(row)

    def is_same(self, before: R, after: R) -> bool:
        """The same object."""
        return bool(self.noun.key(before) == self.noun.key(after))

    def summary(self, row: R) -> Content:  # noqa: ARG002
        """Nothing that the facts do not say."""
        return Content("")

    def draw(self, row: R) -> None:
        """Every fact."""
        context = Context(now=self.workspace.now(), names=self.workspace.names)
        self._facts.facts = [
            (column.title.capitalize(), column.text(row, context))
            for column in self.noun.columns
            if column.title
        ]
