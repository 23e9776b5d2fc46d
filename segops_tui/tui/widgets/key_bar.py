"""The bottom line: keys that can be pressed now; keys of unavailable actions are dimmed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.content import Content
from textual.reactive import reactive
from textual.style import Style
from textual.widget import Widget
from textual.widgets import Input

from segops_tui.tui.core.actions import ActionOwner

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual import events
    from textual.screen import Screen

LAST: Final = ("app.help", "app.palette", "app.quit")
"""Always visible, at the right end."""

_HIDDEN: Final = frozenset(
    {
        "app.log",
        "app.theme",
        "list.reverse",
        "main.back",
        "main.forward",
        "pane.columns",
        "pane.copy_command",
        "pane.next_tab",
        "pane.pause",
        "pane.previous_tab",
        "pane.save_view",
    }
)
"""Shown in help and in the palette only."""

_WHERE_IT_WORKS: Final = frozenset(
    {
        "app.profiles",
        "app.unlock",
        "import.accept",
        "import.again",
        "import.compare",
        "import.go",
        "import.save_rejected",
        "import.skip",
    }
)
"""Left out, not dimmed, where they are unavailable."""

Shown = tuple[str, str, str, bool]
"""An action's id, its key, its title and whether it is available."""

_SPACE: Final = "  "
"""Between keys."""


class KeyBar(Widget):
    """Shows as many keys as there is room for; a click does what the key does."""

    DEFAULT_CSS = "KeyBar { height: 1; width: 1fr; padding: 0 1; }"
    ALLOW_SELECT = False

    keys: reactive[tuple[Shown, ...]] = reactive(())

    def on_mount(self) -> None:
        """Follow the focus."""
        self.screen.bindings_updated_signal.subscribe(self, self.read)
        self.read(self.screen)

    def read(self, screen: Screen[object]) -> None:
        """Collect the active keys: the table's, then the pane's in the order of its actions."""
        if not self.is_attached or screen is not self.screen:
            return
        found: dict[str, tuple[int, Shown]] = {}
        for active in screen.active_bindings.values():
            binding, node = active.binding, active.node
            if not binding.show or not binding.id or not binding.description:
                continue
            # A key that a part of the pane has in place of the pane's own is shown.
            hidden = binding.id in _HIDDEN and binding.action.startswith("run(")
            if hidden or binding.id in found or binding.id.startswith("go."):
                continue
            if isinstance(screen.focused, Input) and len(self.app.get_key_display(binding)) == 1:
                continue
            place, works = 0, True
            if isinstance(node, ActionOwner) and binding.action.startswith("run("):
                action = node.action(binding.id)
                place, works = list(node.ACTIONS).index(action) + 1, not node.unavailable(action)
            if binding.id in _WHERE_IT_WORKS and not works:
                continue
            key = self.app.get_key_display(binding)
            found[binding.id] = (place, (binding.id, key, binding.description, works))
        self.keys = tuple(shown for _, shown in sorted(found.values(), key=lambda each: each[0]))

    def render(self) -> Content:
        """Draw the first keys there is room for, then those that are always visible."""
        order = {action_id: place for place, action_id in enumerate(LAST)}
        shown = sorted(self.keys, key=lambda key: order.get(key[0], -1))
        drawn = {key: _drawn(*key) for key in shown}
        right = _joined(drawn[key] for key in drawn if key[0] in LAST)
        room = self.size.width - right.cell_length
        left: list[Shown] = []
        # Available actions get the room first; the order stays the same.
        for key in sorted(drawn, key=lambda key: not key[3]):
            width = drawn[key].cell_length + len(_SPACE)
            if key[0] not in LAST and width <= room:
                left.append(key)
                room -= width
        left.sort(key=self.keys.index)
        before = _joined(drawn[key] for key in left)
        gap = max(1, self.size.width - before.cell_length - right.cell_length)
        return Content.assemble(before, " " * gap, right)

    async def on_click(self, event: events.Click) -> None:
        """Run the action of the key clicked on."""
        action_id = event.style.meta.get("action_id")
        for active in self.screen.active_bindings.values():
            if active.binding.id == action_id:
                await self.app.run_action(active.binding.action, active.node)
                return


def _joined(keys: Iterable[Content]) -> Content:
    # Each time with a separator of its own: Textual adds a length that one was asked for.
    return Content(_SPACE).join(keys)


def _drawn(action_id: str, key: str, title: str, works: bool) -> Content:
    if works:
        drawn = Content.assemble((key, "bold $footer-key-foreground"), (f" {title}", "$foreground"))
    else:
        drawn = Content.styled(f"{key} {title}", "$text-disabled")
    return drawn.stylize(Style.from_meta({"action_id": action_id}))
