"""Simulate a query: a form, then each assistant's answer and the brands they mention.

Nothing is tracked, and every answer is labelled as simulated.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual.binding import Binding
from textual.content import Content

from segops_tui import wording
from segops_tui.api.resources.queries import QueryResult
from segops_tui.nouns.queries import MARKS, PROVIDERS, SIMULATED
from segops_tui.tui.core.text import one_line, packed
from segops_tui.tui.dialogs.dialog import Dialog
from segops_tui.tui.dialogs.form import Form
from segops_tui.tui.dialogs.form_fields import FormField
from segops_tui.tui.panes.detail import Scroll
from segops_tui.tui.queries.answer_text import STYLES, AnswerText
from segops_tui.tui.widgets.plain_text import PlainText

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from segops_tui.api.resources.queries import Simulation
    from segops_tui.nouns.action import Action
    from segops_tui.nouns.queries import Naming
    from segops_tui.tui.core.workspace import Workspace

LONGEST: Final = 1_000
"""Characters of a query (contract §1.5)."""
_GROUPS: Final = {
    "all": "mentioned by all",
    "some": "mentioned by some",
    "none": "mentioned by none",
}
_SIGNS: Final = {"all": ("✓", "$success"), "some": ("◐", "$warning"), "none": ("✗", "$error")}


class SimulateForm(Form):
    """Sends the query to the chosen assistants; answers the simulation."""

    busy_title = "asking the assistants, up to 30 s"
    failed_title = "Not asked"
    key_title = "ask"

    def __init__(self, workspace: Workspace, action: Action, *, query_text: str = "") -> None:
        def command(body: dict[str, Any]) -> str:
            line = action.command_line(query=body.get("query_text", ""))
            chosen = [f"--provider {shlex.quote(name)}" for name in body.get("providers", ())]
            return " ".join([line, *chosen])

        async def send(body: dict[str, Any]) -> Simulation:
            found = await workspace.client.queries.simulate(**body)
            workspace.log.add(command(body))
            return found

        super().__init__(
            "Simulate",
            simulation_fields(query_text),
            send=send,
            profile=workspace.profile.name,
            command=command,
            note="The query is asked once: nothing is tracked and no figure changes.",
        )


class SimulationScreen(Dialog[bool]):
    """Shows the answers; true if the user chooses to track the query."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "cancel", "Close", id="simulation.close", tooltip="Go back."),
        Binding(
            "n", "track", "Track it", id="simulation.track",
            tooltip="Create this query in a form.",
        ),
    ]  # fmt: skip
    DEFAULT_CSS = """
    SimulationScreen #query { margin: 0 0 1 1; }
    SimulationScreen Scroll { height: 1fr; padding: 0 1; }
    """

    def __init__(self, found: Simulation, naming: Naming, *, now: datetime) -> None:
        super().__init__(
            f"{SIMULATED} Simulated", subtitle="n track this query   esc close", box="-tall"
        )
        self._found, self._naming, self._now = found, naming, now
        self._answers = AnswerText()

    def body(self) -> ComposeResult:
        """Lay out the query and the answers."""
        yield PlainText(Content("\n").join(simulation_head(self._found)), id="query")
        with Scroll():
            yield self._answers

    def on_mount(self) -> None:
        """Draw the answers, and focus them for scrolling."""
        found = self._found
        results = [QueryResult(row) for row in found.results if isinstance(row, Mapping)]
        if results:
            before = partial(diff_lines, found, self._naming, asked=len(results))
            self._answers.show(results, self._naming, now=self._now, before=before)
        else:
            self._answers.show_note("No assistant answered.")
        self.query_one(Scroll).focus()

    def action_track(self) -> None:
        """Close, and track the query."""
        self.dismiss(True)


def simulation_fields(query_text: str) -> list[FormField]:
    """The fields of the form."""
    return [
        FormField(
            "query_text",
            "Query",
            value=query_text or None,
            required=True,
            longest=LONGEST,
            hint="What is the best rain jacket?",
        ),
        FormField(
            "providers",
            "Assistants",
            "several",
            value=[],
            options=list(PROVIDERS),
            note="If none is chosen, all five are asked.",
        ),
    ]


def simulation_head(found: Simulation) -> Iterator[Content]:
    """The query, and a note that it is not tracked."""
    yield Content.styled(one_line(found.query_text), "bold")
    yield Content.styled("Asked once: nothing is tracked and no figure changes.", "$text-muted")
    if found.timed_out:
        yield Content.styled("◔ Not every assistant answered in time.", "$warning")


def diff_lines(found: Simulation, naming: Naming, cells: int, *, asked: int) -> list[Content]:
    """The brands mentioned by all, by some and by none."""
    items = [item for item in found.diff if isinstance(item, Mapping)]
    lines: list[Content] = []
    for status, words in _GROUPS.items():
        named = [item for item in items if item.get("status") == status]
        if not named:
            continue
        sign, style = _SIGNS[status]
        brands = [_brand(item, naming, with_count=status == "some", asked=asked) for item in named]
        head = Content.styled(f"{sign} {words}", style)
        lines.extend(packed([head, *brands], cells, gap=3))
    return [*lines, Content("")] if lines else []


def _brand(item: Mapping[str, Any], naming: Naming, *, with_count: bool, asked: int) -> Content:
    name = one_line(item.get("brand_name") or "–")
    kind = naming.kind_of(name)
    providers = item.get("providers")
    by = len(providers) if isinstance(providers, list) else 0
    count = f" {by} of {wording.count(asked)}" if with_count and by else ""
    return Content.assemble((f"{MARKS[kind]} {name}", STYLES[kind]), (count, "$text-muted"))
