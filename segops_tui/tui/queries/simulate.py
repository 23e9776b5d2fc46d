"""A question asked once: a form for it, then what each assistant answered and who is named.

Knows what a simulation is; nothing of it is tracked, and all of it is labelled as simulated.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from segops_tui import wording
from segops_tui.api.resources.queries import QueryResult
from segops_tui.nouns.answers import MARKS, SIMULATED
from segops_tui.nouns.queries import PROVIDERS
from segops_tui.tui.core.text import one_line, packed
from segops_tui.tui.dialogs.form import Form
from segops_tui.tui.dialogs.form_fields import FormField
from segops_tui.tui.panes.detail import Scroll
from segops_tui.tui.queries.answer_text import STYLES, AnswerText

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from segops_tui.api.resources.queries import Simulation
    from segops_tui.nouns.action import Action
    from segops_tui.nouns.answers import Naming
    from segops_tui.tui.core.workspace import Workspace

LONGEST: Final = 1_000
"""Characters of a question (contract §1.5)."""
_GROUPS: Final = {"all": "named by all", "some": "named by some", "none": "named by none"}
_SIGNS: Final = {"all": ("✓", "$success"), "some": ("◐", "$warning"), "none": ("✗", "$error")}


class SimulateForm(Form):
    """Asks what to ask, and whom; answers the simulation."""

    busy_title = "asking the assistants, up to 30 s"
    failed_title = "Not asked"
    key_title = "ask"

    def __init__(self, workspace: Workspace, action: Action, *, question: str = "") -> None:
        def command(body: dict[str, Any]) -> str:
            line = action.command_line(question=body.get("query_text", ""))
            chosen = [f"--provider {shlex.quote(name)}" for name in body.get("providers", ())]
            return " ".join([line, *chosen])

        async def send(body: dict[str, Any]) -> Simulation:
            found = await workspace.client.queries.simulate(**body)
            workspace.log.add(command(body))
            return found

        super().__init__(
            "Simulate",
            simulation_fields(question),
            send=send,
            profile=workspace.profile.name,
            command=command,
            note="A question asked once: nothing is tracked, no figure changes.",
        )


class SimulationScreen(ModalScreen[bool]):
    """Shows what came of it; answers whether the question shall be tracked."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave(False)", "Close", id="simulation.close", tooltip="Go back."),
        Binding(
            "n", "leave(True)", "Track it", id="simulation.track",
            tooltip="Make a query of this question, in a form.",
        ),
    ]  # fmt: skip
    DEFAULT_CSS = """
    SimulationScreen .dialog.-tall { width: 120; height: 90%; }
    SimulationScreen #question { margin: 0 0 1 1; }
    SimulationScreen Scroll { height: 1fr; padding: 0 1; }
    """

    def __init__(self, found: Simulation, naming: Naming, *, now: datetime) -> None:
        super().__init__()
        self._found, self._naming, self._now = found, naming, now
        self._answers = AnswerText()

    def compose(self) -> ComposeResult:
        """The question, who is named, the answers."""
        with Vertical(classes="dialog -tall") as box:
            box.border_title = Content.styled(f"{SIMULATED} Simulated", "bold")
            box.border_subtitle = Content("n tracks this question   esc closes")
            yield Static(
                Content("\n").join(simulation_head(self._found)), id="question", markup=False
            )
            with Scroll():
                yield self._answers

    def on_mount(self) -> None:
        """The answers can be scrolled at once."""
        found = self._found
        results = [QueryResult(row) for row in found.results if isinstance(row, Mapping)]
        if results:
            before = partial(diff_lines, found, self._naming, asked=len(results))
            self._answers.show(results, self._naming, now=self._now, before=before)
        else:
            self._answers.say("No assistant answered.")
        self.query_one(Scroll).focus()

    def action_leave(self, track: bool) -> None:
        """Close; say what shall follow."""
        self.dismiss(track)


def simulation_fields(question: str) -> list[FormField]:
    """What a simulation needs."""
    return [
        FormField(
            "query_text",
            "Question",
            value=question or None,
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
            note="With none of them chosen all five are asked.",
        ),
    ]


def simulation_head(found: Simulation) -> Iterator[Content]:
    """The question, and what it is not."""
    yield Content.styled(one_line(found.query_text), "bold")
    yield Content.styled("Asked once: nothing is tracked, no figure changes.", "$text-muted")
    if found.timed_out:
        yield Content.styled("◔ Not every assistant answered in time.", "$warning")


def diff_lines(found: Simulation, naming: Naming, cells: int, *, asked: int) -> list[Content]:
    """Which brands are named by all, by some, by none."""
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
