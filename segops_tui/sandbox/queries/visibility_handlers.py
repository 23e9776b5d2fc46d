"""The own brand's standing with the assistants: dashboard and win rate (contract §7).

Knows two addresses; the formulas are `sandbox.visibility`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from segops_tui.sandbox.core.calls import answer
from segops_tui.sandbox.queries import visibility

if TYPE_CHECKING:
    from segops_tui.sandbox.core.calls import Answer, Call
    from segops_tui.sandbox.core.context import Workspace


def dashboard(workspace: Workspace, _call: Call) -> Answer:
    """All answers together."""
    return answer(visibility.dashboard(workspace.connection))


def win_rate(workspace: Workspace, _call: Call) -> Answer:
    """Against each active competitor."""
    return answer(visibility.win_rates(workspace.connection))
