"""Trying something the server only thinks about: a form that stays, and below it what came of it.

Knows a noun's table and a sentence; knows no endpoint.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from segops_tui.nouns.column import Context
from segops_tui.tui.dialogs.form import LOW, FormScreen
from segops_tui.tui.dialogs.form_fields import as_option
from segops_tui.tui.table.noun_table import NounTable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from textual.widget import Widget

    from segops_tui.nouns.column import Noun
    from segops_tui.tui.core.workspace import Workspace

TALLEST: Final = 7
"""Lines the table of results takes; it scrolls."""
LOWEST: Final = 4
"""Lines it takes on a low screen."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: a sentence with its style, and rows."""

    words: str
    style: str = ""
    rows: Sequence[Any] = ()


class TrialForm(FormScreen):
    """Sends as often as one likes; esc leaves, and nothing is lost by that."""

    DEFAULT_CSS = """
    TrialForm .line TextArea, TrialForm .line TextArea:focus { height: 7; }
    TrialForm.-low .line TextArea, TrialForm.-low .line TextArea:focus { height: 3; }
    TrialForm NounTable { display: none; margin-top: 1; }
    """

    key_title = "try"
    doing = "trying"
    not_done = "Not tried"
    noun: ClassVar[Noun[Any]]

    def __init__(
        self,
        title: str,
        fields: Sequence[Any],
        *,
        workspace: Workspace,
        outcome: Callable[[Any], Outcome],
        **more: Any,
    ) -> None:
        super().__init__(title, fields, profile=workspace.profile.name, **more)
        self._workspace, self._outcome = workspace, outcome
        self.results = NounTable(id="results", markable=False)

    def below(self) -> Iterable[Widget]:
        """The table, once there is something in it."""
        yield self.results

    def on_mount(self) -> None:
        """The columns."""
        super().on_mount()
        self.results.show_columns(
            self.noun.columns, context=lambda: Context(now=self._workspace.now())
        )

    def kept(self, answer: Any) -> None:
        """Show what came of it, and stay."""
        outcome = self._outcome(answer)
        self.results.display = bool(outcome.rows)
        tallest = LOWEST if self.app.size.height < LOW else TALLEST
        self.results.styles.height = min(len(outcome.rows) + 1, tallest)
        self.results.set_rows(outcome.rows, key=id)
        self.stay(outcome.words, outcome.style)

    def action_give_up(self) -> None:
        """Leave at once: what was tried is nowhere, and easily tried again."""
        self.dismiss(None)


def payload_options(payload: Mapping[str, Any]) -> list[str]:
    """The `--set` options that say a payload."""
    options = []
    for name, value in payload.items():
        options += ["--set", f"{name}={as_option(value)}"]
    return options
